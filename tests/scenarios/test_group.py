"""The parish goes on an outing: twelve in two buses, all of them or nobody; given back as one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.actions.book_group import MOST_PARTS, NOT_ALL, TOGETHER, _chosen, _ways_to_split, book_group, cancel_group
from mobility.actions.context import new_id
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Reason, Rejection, RideRequest
from mobility.domain.riders import Party
from mobility.errors import InvalidInputError, KeyReusedError, NotFoundError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector

RIDER = "r-003"
HALL, CHURCH = "Kirschallee 10 Nebelow", "Hausarztpraxis am Markt Auenfurt"


@pytest.fixture
def quick(county_files: CountyFiles) -> County:
    return open_county(MemoryStore(), county_files)


def outing(county: County, seats: int = 12) -> RideRequest:
    asked = {"arrive_by": local(10, day=DAYS[1]), "rider_id": RIDER, "party": Party(seats)}
    return wish(county.place(HALL), county.place(CHURCH), **asked)


def booked(county: County, seats: int = 12, key: str | None = None) -> list[Booking]:
    answer = book_group(county.context, county.desk, outing(county, seats), key or new_id())
    assert not isinstance(answer, Rejection)
    return answer


def carried(county: County) -> int:
    with county.context.store.transaction() as tx:
        runs = tx.list_runs(county.desk, DAYS[1])
    return sum(visit.party.seats for run in runs for visit in run.visits if visit.party and visit.kind == "pickup")


def test_twelve_go_in_several_vehicles_at_about_the_same_time(quick: County) -> None:
    assert quick.ask(outing(quick)).rejection is not None, "no single vehicle takes them"
    group = booked(quick, key="once")
    assert sum(one.party.seats for one in group) == 12 == carried(quick)
    assert len({one.group_id for one in group}) == 1
    assert len({one.legs[0].run_id for one in group}) == len(group) > 1
    begin = [one.legs[0].pickup_window.earliest for one in group]
    assert max(begin) - min(begin) <= TOGETHER
    assert all(one.rider_id == RIDER and one.legs[0].state is LegState.ON_RUN for one in group)
    assert {one.id for one in booked(quick, key="once")} == {one.id for one in group}, "sent twice"
    with pytest.raises(KeyReusedError):
        book_group(quick.context, quick.desk, outing(quick, 11), "once")
    assert Inspector(quick.context, AGENCY, [DAYS[1]]).findings() == []


def test_when_not_all_find_a_place_nobody_is_booked_and_it_is_known(quick: County) -> None:
    answer = book_group(quick.context, quick.desk, outing(quick, 200), "k")
    assert isinstance(answer, Rejection)
    assert (answer.reason, answer.rule) == (Reason.NO_CAPACITY, NOT_ALL)
    assert carried(quick) == 0
    with quick.context.store.transaction() as tx:
        assert tx.list_bookings(quick.desk, RIDER) == []
        assert [one.rule for one in tx.list_decisions(quick.desk, quick.clock())] == [NOT_ALL]
    assert book_group(quick.context, quick.desk, outing(quick, 200), "k") == answer, "a no is kept too"
    with quick.context.store.transaction() as tx:
        assert len(tx.list_decisions(quick.desk, quick.clock())) == 1
    with pytest.raises(KeyReusedError):
        book_group(quick.context, quick.desk, outing(quick, 12), "k")


def test_the_same_answer_when_it_is_sent_again_too_late(quick: County) -> None:
    request = outing(quick)
    group = book_group(quick.context, quick.desk, request, "once")
    quick.clock.now = local(9, 50, day=DAYS[1])
    assert book_group(quick.context, quick.desk, request, "once") == group


def test_what_is_wrong_with_one_vehicle_too_is_said_of_the_group(quick: County) -> None:
    at_night = replace(outing(quick), arrive_by=local(3, day=DAYS[1]))
    single = quick.ask(replace(at_night, party=Party(2))).rejection
    answer = book_group(quick.context, quick.desk, at_night, "night")
    assert isinstance(answer, Rejection)
    assert single is not None
    assert answer.reason is single.reason is not Reason.NO_CAPACITY


def test_no_driver_has_to_say_yes_for_a_part_of_a_group(quick: County) -> None:
    part = Party(2)
    decision = quick.ask(replace(outing(quick), party=part))
    assert list(_chosen([part], {part: decision}))
    for acceptance in set(Acceptance) - {Acceptance.ROSTERED}:
        asks = replace(decision, offers=tuple(replace(offer, acceptance=acceptance) for offer in decision.offers))
        assert not list(_chosen([part], {part: asks}))


@given(st.integers(2, 24), st.integers(0, 12), st.integers(0, 5))
def test_whoever_helps_rides_with_somebody_to_help(seats: int, assistants: int, stowed: int) -> None:
    party = Party(seats, assistants=min(assistants, seats // 2), stowed=stowed)
    for parts in _ways_to_split(party):
        assert 2 <= len(parts) <= MOST_PARTS
        assert all(part.seats and part.assists_somebody for part in parts)
        for what in ("seats", "assistants", "stowed"):
            assert sum(getattr(part, what) for part in parts) == getattr(party, what)
    assert any(_ways_to_split(party)) or (seats, party.assistants) == (2, 1)


def test_given_back_as_one(quick: County) -> None:
    group = booked(quick)
    with pytest.raises(NotFoundError):
        cancel_group(quick.context, quick.resident("r-005"), group[0].id)
    after = cancel_group(quick.context, quick.resident(RIDER), group[1].id)
    assert {leg.outcome for one in after for leg in one.legs} == {Outcome.CANCELLED}
    assert carried(quick) == 0
    assert cancel_group(quick.context, quick.desk, group[0].id) == after, "once"
    with quick.context.store.transaction() as tx:
        told = [one for one in tx.list_notices(quick.desk) if one.kind is NoticeKind.CANCELLED]
    assert len(told) == len(group)


def test_it_needs_somebody_who_answers_for_it_and_people_on_seats(quick: County) -> None:
    for request, where in (
        (replace(outing(quick), rider_id=None), "rider_id"),
        (replace(outing(quick), party=Party(5, 1)), "party"),
    ):
        with pytest.raises(InvalidInputError, match=where):
            book_group(quick.context, quick.desk, request, new_id())
