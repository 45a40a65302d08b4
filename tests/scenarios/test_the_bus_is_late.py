"""A bus twenty minutes late: the day goes on, nobody is harmed further, everybody concerned is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.runs import Run, VisitKind
from mobility.errors import ConflictError, NotFoundError
from tests.county import County, local, wish

BUS = "auental-bus"
RIDES = (
    ("r-003", "Kirschallee 10 Nebelow", "Hausarztpraxis am Markt Auenfurt", 10),
    ("r-004", "Dorfstraße 6 Kuckuckshorst", "Dialysezentrum Auenfurt", 10),
    ("r-002", "Kuckuckshorster Straße 2 Birkenthin", "Dialysezentrum Auenfurt", 10),
)


def book_the_morning(county: County) -> list[Booking]:
    booked = []
    for rider_id, origin, destination, hour in RIDES:
        request = wish(county.place(origin), county.place(destination), arrive_by=local(hour), rider_id=rider_id)
        answer = county.book(county.rides(request, BUS)[0])
        assert isinstance(answer, Booking)
        booked.append(answer)
    return booked


def late_by_twenty_minutes(county: County) -> tuple[Run, list[Booking]]:
    bookings = book_the_morning(county)
    run = county.run(bookings[0].legs[0].run_id)
    first = next(v for v in run.visits if v.kind is VisitKind.PICKUP)
    county.clock.now = first.planned
    report = Progress(ProgressKind.DELAYED, county.clock(), delay_s=40 * 60)
    return report_progress(county.context, county.desk, run.id, report), bookings


def notices(county: County, kind: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [n for n in tx.list_notices(county.desk) if n.kind is kind]


def lateness(run: Run) -> dict[tuple[str, str], int]:
    """Seconds each rider is met or set down after the promise."""
    return {
        (v.leg_id, v.kind.value): max(0, round((v.planned - v.latest).total_seconds()))
        for v in run.visits
        if v.leg_id is not None
    }


def test_expected_times_follow_and_the_promise_stays_as_told(county: County) -> None:
    run, bookings = late_by_twenty_minutes(county)
    first = next(v for v in run.visits if v.kind is VisitKind.PICKUP)
    assert first.planned >= county.clock() + timedelta(minutes=40)
    leg = next(leg for b in bookings for leg in b.legs if leg.id == first.leg_id)
    assert (first.earliest, first.latest) == (leg.pickup_window.earliest, leg.pickup_window.latest)


def test_whoever_is_met_late_has_a_notice_and_nobody_is_told_twice(county: County) -> None:
    run, bookings = late_by_twenty_minutes(county)
    harmed = {leg_id for (leg_id, _), late in lateness(run).items() if late > 0}
    assert harmed
    told = notices(county, NoticeKind.DELAYED)
    concerned = {b.id for b in bookings if b.legs[0].id in harmed}
    assert {n.booking_id for n in told} == concerned
    assert all(n.delay_s for n in told)
    report = Progress(ProgressKind.DELAYED, county.clock(), delay_s=40 * 60)
    again = report_progress(county.context, county.desk, run.id, report)
    assert lateness(again) == lateness(run), "saying the same twice makes it no later"
    assert len(notices(county, NoticeKind.DELAYED)) == len(told)


def test_new_rides_are_taken_where_they_harm_nobody_further(county: County) -> None:
    run, _ = late_by_twenty_minutes(county)
    before = lateness(run)
    request = wish(
        county.place("Hausarztpraxis am Markt Auenfurt"),
        county.place("Kirschallee 10 Nebelow"),
        depart_after=local(11),
        rider_id="r-010",
    )
    offers = county.rides(request, BUS)
    assert offers, "the day goes on"
    answer = county.book(offers[0])
    assert isinstance(answer, Booking)
    after = lateness(county.run(run.id))
    assert {key: after[key] for key in before} == before


def test_a_day_as_it_is_driven(county: County) -> None:
    bookings = book_the_morning(county)
    run = county.run(bookings[0].legs[0].run_id)
    for visit in run.visits[1:-1]:
        if visit.leg_id is None:
            continue
        county.clock.now = visit.planned
        kind = ProgressKind.BOARDED if visit.kind is VisitKind.PICKUP else ProgressKind.ALIGHTED
        report_progress(county.context, county.desk, run.id, Progress(kind, county.clock(), visit.leg_id))
    for booking in bookings:
        leg = county.booking(booking.id).legs[0]
        if leg.run_id == run.id:
            assert (leg.state, leg.outcome) == (LegState.CLOSED, Outcome.PERFORMED)


def test_nobody_came_frees_the_seat_and_is_written_down(county: County) -> None:
    bookings = book_the_morning(county)
    run = county.run(bookings[0].legs[0].run_id)
    first = next(v for v in run.visits if v.kind is VisitKind.PICKUP)
    county.clock.now = first.planned
    report = Progress(ProgressKind.NO_SHOW, county.clock(), first.leg_id)
    after = report_progress(county.context, county.desk, run.id, report)
    assert [v.kind for v in after.visits if v.leg_id == first.leg_id] == [VisitKind.PICKUP]
    assert report_progress(county.context, county.desk, run.id, report) == after, "the same report twice changes nothing"
    booking = next(b for b in bookings if b.legs[0].id == first.leg_id)
    assert county.booking(booking.id).legs[0].outcome is Outcome.NO_SHOW


def test_nobody_alights_who_has_not_boarded(county: County) -> None:
    booking = book_the_morning(county)[0]
    leg = booking.legs[0]
    with pytest.raises(ConflictError):
        report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.ALIGHTED, county.clock(), leg.id))
    with pytest.raises(NotFoundError):
        report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.BOARDED, county.clock(), "nobody"))
