"""What the bursts found, each as a small story."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from mobility.actions.book_ride import book_ride
from mobility.actions.by_hand import Hand
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.hold_offer import hold_offer, release_lapsed_holds
from mobility.actions.move_ride import Move, move_ride
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.actions.take_driver_events import Reported, take_driver_events
from mobility.domain.bookings import Booking
from mobility.domain.driver_events import EventKind
from mobility.domain.holds import Hold
from mobility.domain.requests import Rejection
from mobility.domain.runs import Run, VisitKind
from mobility.errors import ConflictError
from mobility.store.memory import MemoryStore
from tests.county import County, CountyFiles, local, open_county
from tests.integrity.last_seat import Contest
from tests.integrity.turmoil import Turmoil


def carrying(county: County) -> Run:
    """The contest's bus with two rides on it."""
    contest = Contest(county, seats=[2])
    for number, offer_id in enumerate(contest.offers()[:2]):
        contest.book(offer_id, f"key {number}")
    return county.run(contest.offer.run_id)


def test_the_end_is_not_passed_while_riders_wait(county: County) -> None:
    run = carrying(county)
    county.clock.set(10, 5)
    with pytest.raises(ConflictError, match="riders"):
        report_progress(county.context, county.desk, run.id, Progress(ProgressKind.PASSED, county.clock()))
    assert county.run(run.id) == run


def test_passing_a_halt_told_twice_passes_one(county: County) -> None:
    with county.context.store.transaction() as tx:
        county.context.network(tx, county.desk)
    turmoil = Turmoil(county, Random(1))
    turmoil.ask(1)  # opens the runs of that day
    run = next(r for r in turmoil.inspector.look().runs.values() if sum(v.kind is VisitKind.HALT for v in r.visits) >= 3)
    county.clock.now = run.starts_at + timedelta(minutes=5)
    first = Progress(ProgressKind.PASSED, county.clock())
    once = report_progress(county.context, county.desk, run.id, first)
    assert report_progress(county.context, county.desk, run.id, first) == once
    county.clock.now += timedelta(minutes=2)
    again = report_progress(county.context, county.desk, run.id, Progress(ProgressKind.PASSED, county.clock()))
    assert sum(visit.is_done for visit in again.visits) == sum(visit.is_done for visit in once.visits) + 1


def test_a_delay_outlives_the_ride_it_was_reported_for(county: County) -> None:
    run = carrying(county)
    county.clock.set(9, 50)
    late = Progress(ProgressKind.DELAYED, county.clock(), delay_s=1200)
    delayed = report_progress(county.context, county.desk, run.id, late)
    first = delayed.visits[1]
    with county.context.store.transaction() as tx:
        (booking,) = tx.list_bookings_of_legs(county.desk, [first.leg_id or ""])
    cancel_booking(county.context, county.desk, booking.id)
    left = county.run(run.id)
    assert left.visits[1].kind is VisitKind.PICKUP
    assert left.visits[1].planned >= first.planned >= local(10, 20)


def test_after_a_cancellation_the_times_can_be_driven(county_files: CountyFiles) -> None:
    """A break is held where the vehicle is: without the ride before it, another way follows it."""
    county = open_county(MemoryStore(), county_files)
    turmoil = Turmoil(county, Random(5))
    for _ in range(12):
        turmoil.offers.clear()
        turmoil.ask(2)
        for offer_id in turmoil.offers[::2]:
            book_ride(county.context, county.desk, offer_id, new_id())
        still = [b for _, b in sorted(turmoil.inspector.look().bookings.items()) if b.is_open]
        for booking in turmoil.random.sample(still, min(3, len(still))):
            cancel_booking(county.context, county.desk, booking.id)
            assert turmoil.inspector.findings() == []


def test_a_ride_booked_after_a_delay_is_not_delayed_by_it_when_reports_come_twice(county: County) -> None:
    """The driver's telephone sends again what is known; the new rider is not told that the bus is late."""
    contest = Contest(county, seats=[4])
    first, second = contest.offers()[:2]
    contest.book(first, "first")
    run_id = contest.offer.run_id or ""
    county.clock.set(9, 40)
    delay = [Reported(1, EventKind.DELAYED, county.clock(), delay_s=600)]
    take_driver_events(county.context, county.desk, run_id, "telephone", county.clock(), delay)
    (pickup,) = [visit for visit in county.run(run_id).visits if visit.kind is VisitKind.PICKUP]
    boarded = Reported(2, EventKind.BOARDED, pickup.planned, pickup.leg_id)
    county.clock.now = pickup.planned
    take_driver_events(county.context, county.desk, run_id, "telephone", county.clock(), [boarded])
    assert isinstance(contest.book(second, "second"), Booking)
    before = county.run(run_id).visits
    take_driver_events(county.context, county.desk, run_id, "telephone", county.clock(), [*delay, boarded])
    assert county.run(run_id).visits == before


def test_a_run_ends_after_its_break_whatever_the_clocks_say(county: County) -> None:
    contest = Contest(county, seats=[2])
    run_id = contest.offer.run_id or ""
    run = county.run(run_id)
    start, end = run.visits
    rest = replace(start, kind=VisitKind.BREAK, earliest=local(9, 55), latest=local(10), planned=local(9, 55), service_s=900)
    with county.context.store.transaction() as tx:
        tx.save_run(run.with_visits((start, rest, end)), run.revision)
    county.clock.set(10, 30)
    for minute in (10, 5):  # the break, then the end, by another clock
        report_progress(county.context, county.desk, run_id, Progress(ProgressKind.PASSED, local(10, minute)))
    assert [visit.kind for visit in county.run(run_id).visits] == [VisitKind.START, VisitKind.BREAK, VisitKind.END]


def test_a_place_held_on_a_bus_that_has_gone_home_is_not_booked_there(county: County) -> None:
    contest = Contest(county, seats=[2])
    offer_id = contest.offers()[0]
    county.clock.set(9, 50)
    assert isinstance(hold_offer(county.context, county.desk, offer_id), Hold)
    run_id = contest.offer.run_id or ""
    report_progress(county.context, county.desk, run_id, Progress(ProgressKind.PASSED, county.clock()))
    ended = county.run(run_id)
    assert ended.visits[-1].is_done
    assert ended.leg_ids == ()
    assert isinstance(contest.book(offer_id, "key"), Rejection)
    release_lapsed_holds(county.context)
    assert contest.inspector.findings() == []


def test_a_ride_that_is_over_cannot_be_moved_by_hand(county: County) -> None:
    run = carrying(county)
    county.clock.set(11, 30)
    for visit in run.visits[1:]:
        kinds = {VisitKind.PICKUP: ProgressKind.BOARDED, VisitKind.DROPOFF: ProgressKind.ALIGHTED}
        report = Progress(kinds.get(visit.kind, ProgressKind.PASSED), visit.planned, visit.leg_id)
        report_progress(county.context, county.desk, run.id, report)
    with pytest.raises(ConflictError):
        move_ride(county.context, county.desk, Move(run.leg_ids[0], run.id, run.id), Hand())
