"""What passengers may pay together without a permit, on a straight road on which places are kilometres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.fleet import Acceptance, ReachedBy, Vehicle
from mobility.domain.places import Place
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.planning.ceilings import cents_left, lawful_prices
from mobility.planning.travel import TravelCache
from routing.dialaride.problem import Insertion

NOON = datetime(2026, 6, 8, 10, tzinfo=UTC)


class StraightRoad:
    """Places are kilometres along it."""

    def drive(self, origin: Place, destination: Place) -> tuple[int, int]:
        metres = round(abs(origin.lon - destination.lon) * 1000)
        return metres // 10, metres


ROAD = cast("TravelCache", StraightRoad())


def visit(what: str, km: float) -> Visit:
    """``+a`` boards, ``-a`` alights, ``x`` is the run's start or end."""
    kind = {"+": VisitKind.PICKUP, "-": VisitKind.DROPOFF}.get(what[0], VisitKind.START)
    return Visit(kind, Place(km, 0.0), NOON, NOON, 0, NOON, leg_id=what[1:] or None)


def run(*visits: tuple[str, float], cents: int | None = 30) -> Run:
    middle = [visit(what, km) for what, km in visits]
    car = Vehicle("car", "Auto", 4)
    ends = visit("x", 0), replace(visit("x", 0), kind=VisitKind.END)
    return Run(
        *("r", "a", "p", "s", date(2026, 6, 8), car, None, Acceptance.ROSTERED, ReachedBy.LIVE, NOON, NOON),
        visits=(ends[0], *middle, ends[1]),
        ceiling_cents_per_km=cents,
    )


ALONE = [("+a", 2.0), ("-a", 12.0)]
SHARED = [("+a", 2.0), ("+b", 4.0), ("-b", 8.0), ("-a", 12.0)]
ONE_AFTER_THE_OTHER = [("+a", 2.0), ("-a", 12.0), ("+b", 12.0), ("-b", 22.0)]


@pytest.mark.parametrize(
    ("says", "visits", "prices", "expected"),
    [
        ("ten kilometres are three euros", ALONE, {"a": 300}, {}),
        ("a cent more is too much", ALONE, {"a": 301}, {"a": 300}),
        ("the way to the rider and home does not count", ALONE, {"a": 500}, {"a": 300}),
        ("who comes later pays what is left", SHARED, {"a": 250, "b": 120}, {"b": 50}),
        ("nothing is left", SHARED, {"a": 300, "b": 120}, {"b": 0}),
        ("and the first pays less too, if that is not enough", SHARED, {"a": 400, "b": 120}, {"b": 0, "a": 300}),
        ("one after the other are two rides", ONE_AFTER_THE_OTHER, {"a": 300, "b": 300}, {}),
        ("free is free", SHARED, {"a": 0, "b": 0}, {}),
    ],
)
def test_who_pays_less(says: str, visits: list[tuple[str, float]], prices: dict[str, int], expected: dict[str, int]) -> None:
    assert lawful_prices(run(*visits), prices, ["b", "a"], ROAD) == expected, says


def test_a_run_with_a_permit_has_no_ceiling() -> None:
    assert lawful_prices(run(*ALONE, cents=None), {"a": 5000}, ["a"], ROAD) == {}
    assert cents_left(run(cents=None), Insertion(0, 0, 0, 0, 0, 0), (Place(1, 0), Place(2, 0)), {}, ROAD) is None


def test_a_held_place_pays_nothing_and_drives_nowhere() -> None:
    """The detour for whoever may still hang up makes nobody's ride dearer."""
    held = [replace(one, held_until=NOON) if one.leg_id == "b" else one for one in run(*SHARED, ("x", 0)).visits]
    assert lawful_prices(replace(run(), visits=tuple(held)), {"a": 301}, ["a"], ROAD) == {"a": 300}


def test_what_is_left_for_somebody_put_between() -> None:
    """From 4 to 8 while somebody rides from 2 to 12 for 2.50: fifty cents are left; alone, behind her, all of it."""
    ends = Place(4.0, 0.0), Place(8.0, 0.0)
    assert cents_left(run(*ALONE), Insertion(0, 1, 1, 0, 0, 0), ends, {"a": 250}, ROAD) == 50
    assert cents_left(run(*ALONE), Insertion(0, 2, 2, 0, 0, 0), ends, {"a": 250}, ROAD) == 120
    assert cents_left(run(*ALONE), Insertion(0, 1, 1, 0, 0, 0), ends, {"a": 400}, ROAD) == 0


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 40)), max_size=12),
    st.fixed_dictionaries({leg: st.integers(0, 2000) for leg in "abcd"}),
)
def test_no_ride_is_paid_above_its_ceiling(drawn: Sequence[tuple[str, int]], prices: dict[str, int]) -> None:
    """Whatever the order: reckoned leg of road by leg of road, the ride's passengers pay at most its kilometres; nobody pays more than before."""
    visits: list[tuple[str, float]] = []
    for leg, km in drawn:
        times = sum(what[1] == leg for what, _ in visits)
        if times < 2:
            visits.append(("+-"[times] + leg, float(km)))
    visits += [("-" + leg, 50.0) for leg in "abcd" if sum(what[1] == leg for what, _ in visits) == 1]
    lower = lawful_prices(run(*visits), prices, list("dcba"), ROAD)
    now_paid = prices | lower
    assert all(now_paid[leg] <= prices[leg] for leg in prices)
    starts = [i for i in range(len(visits)) if not _aboard(visits[:i])]
    for first, after in pairwise([*starts, len(visits)]):
        ride = visits[first:after]
        metres = sum(1000 * abs(there - here) for (_, here), (_, there) in pairwise(ride))
        assert sum(now_paid[what[1]] for what, _ in ride if what[0] == "+") <= metres * 30 / 1000


def _aboard(visits: Sequence[tuple[str, float]]) -> set[str]:
    inside: set[str] = set()
    for what, _ in visits:
        inside ^= {what[1]}
    return inside
