"""I let it ring and hang up: the bus comes and takes me home. Who else rings, or says it is me, gets nothing by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.book_open_return import book_open_return
from mobility.actions.context import new_id
from mobility.actions.take_missed_call import check_secret, take_missed_call
from mobility.domain.bookings import BY_MISSED_CALL, Booking, LegState, Outcome
from mobility.domain.notices import Notice, NoticeKind
from mobility.errors import NotFoundError, NotSignedInError, UnavailableError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county, wish
from tests.county_web import Web, web

__all__ = ["web"]

BUS, SURGERY, HOME = "auental-bus", "Hausarztpraxis am Markt Auenfurt", "Kirschallee 10 Nebelow"
RIDER, HUSBAND, NUMBER = "r-003", "r-004", "+493023125777"
SECRET = "agreed with the provider"


@pytest.fixture
def quick(county_files: CountyFiles) -> County:
    county = open_county(MemoryStore(), county_files)
    with county.context.store.transaction() as tx:
        tx.save_rider(replace(tx.get_rider(county.desk, RIDER), telephone=NUMBER))
    return county


def booked(county: County, rider_id: str = RIDER) -> Booking:
    there = wish(county.place(HOME), county.place(SURGERY), arrive_by=local(9), rider_id=rider_id)
    offer = county.rides(there, BUS)[0]
    answer = book_open_return(county.context, county.resident(rider_id), offer.id, new_id())
    assert isinstance(answer, Booking)
    return answer


def rings(county: County, number: str = NUMBER, call_id: str = "1") -> None:
    take_missed_call(county.context, AGENCY, number, call_id)


def told(county: County, kind: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [one for one in tx.list_notices(county.desk) if one.kind is kind and one.sent_at is None]


def test_i_let_it_ring_and_am_fetched(quick: County) -> None:
    booking = booked(quick)
    quick.clock.set(10)
    rings(quick, "030 23125 777")
    home = quick.booking(booking.id).legs[1]
    assert home.open_return is False
    assert home.pickup_window.earliest < local(12)
    assert quick.booking(booking.id).history[-1].by == BY_MISSED_CALL
    assert [one.to_rider_id for one in told(quick, NoticeKind.CONFIRMED)] == [RIDER]
    rings(quick, call_id="2")
    assert quick.booking(booking.id).legs[1] == home, "rung twice"
    assert told(quick, NoticeKind.MISSED_CALL) == []


def test_nobody_is_fetched_who_has_not_set_out_or_whom_nobody_knows(quick: County) -> None:
    booking = booked(quick)
    rings(quick)
    quick.clock.set(10)
    for number, call_id in (("+493023125778", "2"), ("anonymous", "3"), ("", "4"), (NUMBER, "1")):
        rings(quick, number, call_id)
    assert quick.booking(booking.id) == booking
    assert told(quick, NoticeKind.MISSED_CALL) == []
    with pytest.raises(NotFoundError):
        take_missed_call(quick.context, "nowhere", NUMBER, "5")


def test_a_call_is_not_lost_when_something_fails_and_each_is_answered(quick: County, monkeypatch: pytest.MonkeyPatch) -> None:
    booking = booked(quick)
    quick.clock.set(10)

    def fails(*_: object) -> None:
        raise UnavailableError("no roads have been imported")

    monkeypatch.setattr("mobility.actions.take_missed_call.call_home", fails)
    rings(quick)
    rings(quick)
    (task,) = told(quick, NoticeKind.MISSED_CALL)
    assert task.booking_id == booking.id
    with quick.context.store.transaction() as tx:
        tx.mark_notice(task.id, quick.clock())
    rings(quick, call_id="2")
    assert len(told(quick, NoticeKind.MISSED_CALL)) == 1, "who rings again is rung back again"


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.NO_SHOW])
def test_nobody_is_fetched_who_did_not_go(quick: County, outcome: Outcome) -> None:
    booking = booked(quick)
    with quick.context.store.transaction() as tx:
        there = replace(booking.legs[0], state=LegState.CLOSED, outcome=outcome, run_id=None)
        stayed = booking.with_leg(there, replace(booking.history[0], what="stayed"))
        tx.save_booking(stayed)
    quick.clock.set(10)
    rings(quick)
    assert quick.booking(booking.id) == stayed
    assert told(quick, NoticeKind.MISSED_CALL) == []


def test_when_two_may_be_meant_a_person_rings_back(quick: County) -> None:
    with quick.context.store.transaction() as tx:
        tx.save_rider(replace(tx.get_rider(quick.desk, RIDER), id=HUSBAND))
    mine, his = booked(quick), booked(quick, HUSBAND)
    quick.clock.set(10)
    rings(quick)
    assert (quick.booking(mine.id), quick.booking(his.id)) == (mine, his)
    assert {one.booking_id for one in told(quick, NoticeKind.MISSED_CALL)} == {mine.id, his.id}


def test_when_no_earlier_ride_can_be_had_the_evening_stands_and_a_person_rings_back(quick: County) -> None:
    booking = booked(quick)
    quick.clock.set(10)
    with quick.context.store.transaction() as tx:
        for run in tx.list_runs(quick.desk, MONDAY):
            if run.id != booking.legs[1].run_id:
                tx.save_run(replace(run, withdrawn=True, revision=run.revision + 1), run.revision)
        evening = tx.get_run(quick.desk, booking.legs[1].run_id or "")
        less = replace(evening, vehicle=replace(evening.vehicle, seats=0), revision=evening.revision + 1)
        tx.save_run(less, evening.revision)
    rings(quick)
    assert quick.booking(booking.id).legs[1].open_return
    assert [one.booking_id for one in told(quick, NoticeKind.MISSED_CALL)] == [booking.id]


def test_who_rings_all_the_time_is_not_listened_to(quick: County) -> None:
    booking = booked(quick)
    set_out = booking.legs[0].pickup_window.earliest
    quick.clock.now = set_out - timedelta(minutes=30)
    for call in range(6):
        rings(quick, call_id=f"before {call}")
    quick.clock.now = set_out
    rings(quick, call_id="seventh")
    assert quick.booking(booking.id) == booking
    quick.clock.now = set_out + timedelta(minutes=31)
    rings(quick, call_id="later")
    assert quick.booking(booking.id) != booking


def test_only_the_provider_tells_of_calls(web: Web) -> None:
    context = web.county.context
    with pytest.raises(NotFoundError):
        check_secret(context, "")
    set_up = replace(context, call_secret=SECRET)
    check_secret(set_up, SECRET)
    for wrong in ("", "wrong", SECRET[:-1]):
        with pytest.raises(NotSignedInError):
            check_secret(set_up, wrong)
    body = {"caller": NUMBER, "call_id": "1"}
    assert web.call("desk", "POST", f"/missed-calls/{AGENCY}", body).status_code == 404
    web.app.state.context = set_up
    assert web.call("desk", "POST", f"/missed-calls/{AGENCY}", body).status_code == 401
    headers = {"Authorization": f"Bearer {SECRET}"}
    answer = web.client.post(f"/missed-calls/{AGENCY}", json=body, headers=headers)
    assert (answer.status_code, answer.content) == (202, b"")
