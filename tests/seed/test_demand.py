"""Wishes to ride."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.domain.riders import Need
from seed.demand import Wish, demand

DAY = date(2026, 3, 3)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def wishes() -> list[Wish]:
    return demand(600, DAY, 1)


def local_hour(wish: Wish) -> float:
    instant = wish.arrive_by or wish.depart_after
    assert instant is not None
    local = instant.astimezone(BERLIN)
    assert local.date() == DAY
    return local.hour + local.minute / 60


@settings(max_examples=10, deadline=None)
@given(count=st.integers(0, 80), seed=st.integers(0, 2**31), day=st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_as_many_as_asked_and_always_the_same(count: int, seed: int, day: date) -> None:
    wishes = demand(count, day, seed)
    assert len(wishes) == count
    assert wishes == demand(count, day, seed)
    for wish in wishes:
        assert (wish.depart_after is None) != (wish.arrive_by is None)
        assert wish.origin != wish.destination
        assert wish.party.seats + wish.party.wheelchairs >= 1
        assert (wish.party.wheelchairs == 1) == (Need.WHEELCHAIR in wish.needs)


def test_other_seeds_and_days_differ() -> None:
    assert demand(20, DAY, 1) != demand(20, DAY, 2)
    assert [w.origin for w in demand(20, DAY, 1)] != [w.origin for w in demand(20, date(2026, 3, 4), 1)]


def test_one_in_ten_needs_a_wheelchair_place_or_brings_a_frame(wishes: list[Wish]) -> None:
    aided = sum(bool(wish.needs & {Need.WHEELCHAIR, Need.WALKING_FRAME}) for wish in wishes)
    assert 0.06 <= aided / len(wishes) <= 0.15


def test_mostly_to_town_in_the_morning(wishes: list[Wish]) -> None:
    out = [wish for wish in wishes if wish.purpose != "home"]
    doctors = [wish for wish in out if wish.purpose == "doctor"]
    assert {wish.purpose for wish in out} == {"doctor", "shopping", "train", "visit"}
    assert sum("Auenfurt" in wish.destination.name for wish in out) > 0.45 * len(out)
    assert all(8 <= local_hour(wish) <= 12 for wish in doctors)
    hours = Counter(int(local_hour(wish)) for wish in wishes)
    assert sum(hours[hour] for hour in range(8, 12)) > sum(hours[hour] for hour in range(16, 20))
    assert all(6 <= local_hour(wish) <= 20 for wish in wishes)


def test_nobody_is_in_two_places_at_once() -> None:
    """As long as there are enough riders: everybody's wishes lie at least half an hour apart."""
    by_rider: dict[str, list[float]] = {}
    for wish in demand(60, DAY, 5):
        by_rider.setdefault(wish.rider_id, []).append(local_hour(wish))
    for hours in by_rider.values():
        ordered = sorted(hours)
        assert all(b - a >= 0.5 for a, b in pairwise(ordered))
