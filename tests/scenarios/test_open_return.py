"""There at nine, home when the doctor is done: a real ride in the evening, an earlier one when the rider calls."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from mobility.actions.book_open_return import NO_WAY_BACK, book_open_return
from mobility.actions.call_home import call_home, settle_silent_returns
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Rejection
from mobility.domain.riders import Need, Party
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector

BUS, SURGERY, HOME = "auental-bus", "Hausarztpraxis am Markt Auenfurt", "Kirschallee 10 Nebelow"
RIDER = "r-003"


@pytest.fixture
def quick(county_files: CountyFiles) -> County:
    """In memory alone."""
    return open_county(MemoryStore(), county_files)


def booked(county: County, key: str | None = None, **more: object) -> Booking:
    there = wish(county.place(HOME), county.place(SURGERY), arrive_by=local(9), rider_id=RIDER, **more)
    offer = county.rides(there, BUS)[0]
    answer = book_open_return(county.context, county.resident(RIDER), offer.id, key or new_id())
    assert isinstance(answer, Booking)
    return answer


def call(county: County, booking: Booking) -> Booking | Rejection:
    return call_home(county.context, county.resident(RIDER), booking.id, booking.legs[1].id)


def told(county: County, kind: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [one for one in tx.list_notices(county.desk) if one.kind is kind]


def findings(county: County) -> list[str]:
    return Inspector(county.context, AGENCY, [MONDAY]).findings()


def places_of(county: County, leg: Leg) -> int:
    """How many runs of the day carry this ride."""
    with county.context.store.transaction() as tx:
        return sum(leg.id in run.leg_ids for run in tx.list_runs(county.desk, MONDAY))


def test_whatever_happens_i_have_a_ride_home(quick: County) -> None:
    booking = booked(quick)
    home = booking.legs[1]
    assert (home.state, home.open_return) == (LegState.ON_RUN, True)
    assert home.pickup_window.earliest >= local(16), "the last one of the day"
    assert home.call_by == home.pickup_window.earliest - timedelta(minutes=60)
    assert home.id in quick.run(home.run_id).leg_ids
    assert findings(quick) == []


def test_i_call_and_am_home_before_noon(county: County) -> None:
    booking = booked(county)
    evening = booking.legs[1]
    county.clock.set(10)
    answer = call(county, booking)
    assert isinstance(answer, Booking)
    home = answer.legs[1]
    assert local(10) <= home.pickup_window.earliest < local(12)
    assert (home.id, home.open_return, home.call_by, home.state) == (evening.id, False, None, LegState.ON_RUN)
    assert places_of(county, home) == 1, "the evening's place is free, the new one is taken"
    assert home.id in county.run(home.run_id).leg_ids
    assert len(told(county, NoticeKind.CONFIRMED)) == 1
    assert findings(county) == []
    assert call(county, booking) == answer, "pressed twice"


def test_when_no_earlier_ride_can_be_had_the_evening_stands(quick: County) -> None:
    booking = booked(quick)
    quick.clock.set(10)
    with quick.context.store.transaction() as tx:
        for run in tx.list_runs(quick.desk, MONDAY):
            if run.id != booking.legs[1].run_id:
                tx.save_run(replace(run, withdrawn=True, revision=run.revision + 1), run.revision)
        evening = county_run = tx.get_run(quick.desk, booking.legs[1].run_id or "")
        tx.save_run(
            replace(county_run, vehicle=replace(evening.vehicle, seats=1), revision=evening.revision + 1), evening.revision
        )
    quick.clock.now = booking.legs[1].pickup_window.earliest - timedelta(minutes=5)
    assert isinstance(call(quick, booking), Rejection)
    assert quick.booking(booking.id) == booking
    assert places_of(quick, booking.legs[1]) == 1


def test_it_breaks_between_giving_back_and_taking_and_nothing_has_changed(quick: County, monkeypatch: pytest.MonkeyPatch) -> None:
    booking = booked(quick)
    run = quick.run(booking.legs[1].run_id)
    quick.clock.set(10)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with quick.context.store.transaction() as tx:
        kind = type(tx)
    with monkeypatch.context() as patched:
        patched.setattr(kind, "save_booking", dies)
        with pytest.raises(KeyboardInterrupt):
            call(quick, booking)
    assert quick.booking(booking.id) == booking
    assert quick.run(run.id) == run
    assert findings(quick) == []
    assert isinstance(call(quick, booking), Booking)


def test_who_does_not_call_is_asked_after_and_fetched_all_the_same(county: County) -> None:
    booking = booked(county)
    assert settle_silent_returns(county.context) == 0
    county.clock.now = booking.legs[1].call_by or county.clock.now
    assert settle_silent_returns(county.context) == 1
    assert settle_silent_returns(county.context) == 0
    assert len(told(county, NoticeKind.NO_CALL)) == 1
    after = county.booking(booking.id).legs[1]
    assert replace(after, call_by=booking.legs[1].call_by) == booking.legs[1], "nothing else has changed"


def test_who_was_not_there_in_the_morning_is_asked_before_the_evening_is_given_away(quick: County) -> None:
    booking = booked(quick)
    out, home = booking.legs
    quick.clock.now = out.pickup_window.latest + timedelta(minutes=5)
    report_progress(quick.context, quick.desk, out.run_id or "", Progress(ProgressKind.NO_SHOW, quick.clock(), out.id))
    assert quick.booking(booking.id).leg(home.id) == home
    (task,) = told(quick, NoticeKind.RETURN_UNCLEAR)
    assert task.to_rider_id is None


def test_with_a_wheelchair_both_ways_fit_it(quick: County) -> None:
    booking = booked(quick, party=Party(0, 1), needs=frozenset({Need.WHEELCHAIR}))
    assert Need.WHEELCHAIR in quick.run(booking.legs[1].run_id).equipment
    quick.clock.set(10)
    answer = call(quick, booking)
    assert isinstance(answer, Booking)
    assert Need.WHEELCHAIR in quick.run(answer.legs[1].run_id).equipment
    assert findings(quick) == []


def test_pressing_twice_books_once(quick: County) -> None:
    there = wish(quick.place(HOME), quick.place(SURGERY), arrive_by=local(9), rider_id=RIDER)
    offer = quick.rides(there, BUS)[0]
    both = [book_open_return(quick.context, quick.resident(RIDER), offer.id, "my click") for _ in range(2)]
    assert both[0] == both[1]
    with quick.context.store.transaction() as tx:
        assert len(tx.list_bookings(quick.desk)) == 1


def test_without_a_way_back_nothing_is_booked(quick: County) -> None:
    there = wish(quick.place(HOME), quick.place(SURGERY), depart_after=local(7), rider_id=RIDER)
    offer = quick.rides(there, BUS)[0]
    with quick.context.store.transaction() as tx:
        for run in tx.list_runs(quick.desk, MONDAY):
            if run.id != offer.run_id:
                tx.save_run(replace(run, withdrawn=True, revision=run.revision + 1), run.revision)
        run = tx.get_run(quick.desk, offer.run_id or "")
        end = replace(run.visits[-1], latest=offer.dropoff_window.latest + timedelta(minutes=1))
        ends_at = end.latest + timedelta(minutes=1)
        tx.save_run(replace(run, ends_at=ends_at, visits=(*run.visits[:-1], end), revision=run.revision + 1), run.revision)
    answer = book_open_return(quick.context, quick.resident(RIDER), offer.id, "k")
    assert isinstance(answer, Rejection)
    assert answer.rule == NO_WAY_BACK
    with quick.context.store.transaction() as tx:
        assert tx.list_bookings(quick.desk) == []


def test_whose_call_it_is(quick: County) -> None:
    booking = booked(quick)
    home = booking.legs[1].id
    with pytest.raises(NotFoundError):
        call_home(quick.context, quick.resident("r-004"), booking.id, home)
    with pytest.raises(NotAllowedError):
        call_home(quick.context, quick.driver("d-001"), booking.id, home)
    with pytest.raises(ConflictError, match="no open return"):
        call_home(quick.context, quick.desk, booking.id, booking.legs[0].id)
    cancel_booking(quick.context, quick.desk, booking.id, home)
    with pytest.raises(ConflictError, match="over"):
        call_home(quick.context, quick.desk, booking.id, home)


def test_two_presses_at_the_same_moment_are_one_call(county: County) -> None:
    booking = booked(county)
    county.clock.set(10)
    together = Barrier(2)

    def press(_: int) -> Booking | Rejection:
        together.wait()
        return call(county, booking)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(press, range(2))
    assert one == other == county.booking(booking.id)
    assert places_of(county, booking.legs[1]) == 1
    assert len(told(county, NoticeKind.CONFIRMED)) == 1
