"""What the bursts found, each as a small story."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.runs import Run, VisitKind
from mobility.errors import ConflictError
from tests.county import County, local
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


def test_after_a_cancellation_the_times_can_be_driven(county: County) -> None:
    """A break is held where the vehicle is: without the ride before it, another way follows it."""
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
