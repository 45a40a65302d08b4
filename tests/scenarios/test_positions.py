"""A bus says where it is: the next rider can be met on the way, and nobody else learns where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.follow_ride import follow_booking
from mobility.actions.report_positions import forget_positions, report_positions
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.runs import Position, Run, VisitKind
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from mobility.planning.compiling import known_position
from mobility.planning.rescuing import stands_at
from tests.county import AGENCY, County, local, wish


@pytest.fixture
def run(county: County) -> Run:
    """Of a driver, with one ride."""
    with county.context.store.transaction() as tx:
        rider = tx.list_riders(county.desk)[0]
    here, there = county.place("Bahnhof Kranichstedt"), county.place("Rathaus Auenfurt")
    offers = county.rides(wish(here, there, depart_after=local(9), rider_id=rider.id), "auental-bus")
    booking = county.book(offers[0])
    assert isinstance(booking, Booking)
    return county.run(booking.legs[0].run_id)


def test_planning_starts_where_the_bus_says_it_is(county: County, run: Run) -> None:
    pickup = next(visit for visit in run.visits if visit.kind is VisitKind.PICKUP)
    county.clock.now = pickup.planned - timedelta(minutes=4)
    seen = Position(county.place("Rathaus Auenfurt"), county.clock.now)
    assert stands_at(run, county.clock.now) == run.visits[0].place, "nothing is known: at its base"
    report_positions(county.context, county.driver(run.driver_id or ""), {run.id: seen})
    after = county.run(run.id)
    assert (after.position, after.revision, after.visits) == (seen, run.revision, run.visits), "it changes no plan"
    assert stands_at(after, county.clock.now) == seen.place
    assert known_position(after, county.clock.now + timedelta(minutes=4)) is None, "it does not hold for long"


def test_a_later_save_of_the_plan_does_not_put_the_bus_back(county: County, run: Run) -> None:
    seen = Position(run.visits[0].place, county.clock.now)
    report_positions(county.context, county.desk, {run.id: seen})
    with county.context.store.transaction() as tx:
        tx.save_run(replace(run, revision=run.revision + 1), run.revision)
    assert county.run(run.id).position == seen
    report_positions(county.context, county.desk, {run.id: Position(run.visits[-1].place, seen.at - timedelta(seconds=1))})
    assert county.run(run.id).position == seen, "what comes late says where it was, not where it is"


def test_who_may_report_and_who_may_see(county: County, run: Run) -> None:
    seen = {run.id: Position(run.visits[0].place, county.clock.now)}
    other = next(d for d in county.files.people.drivers if d.id != run.driver_id)
    with pytest.raises(NotFoundError):
        report_positions(county.context, county.driver(other.id), seen)
    planner = Actor("a-planner", AGENCY, Role.PLANNER)
    with pytest.raises(NotAllowedError):
        report_positions(county.context, planner, seen)
    with pytest.raises(InvalidInputError, match="future"):
        report_positions(county.context, county.desk, {run.id: replace(seen[run.id], at=county.clock.now + timedelta(hours=1))})
    report_positions(county.context, county.desk, seen)
    with county.context.store.transaction() as tx:
        assert tx.get_run(planner, run.id).position is None, "planners see no vehicle's whereabouts"
    with pytest.raises(NotFoundError), county.context.store.transaction() as tx:
        tx.save_position("no-such-run", seen[run.id])


def test_a_driver_s_position_counts_on_duty_only_and_is_forgotten_at_night(county: County, run: Run) -> None:
    driver = county.driver(run.driver_id or "")
    for moment in (run.starts_at - timedelta(minutes=20), run.ends_at + timedelta(minutes=20)):
        county.clock.now = moment
        with pytest.raises(ConflictError):
            report_positions(county.context, driver, {run.id: Position(run.visits[0].place, moment)})
    county.clock.now = run.ends_at
    report_positions(county.context, driver, {run.id: Position(run.visits[0].place, run.ends_at)})
    forget_positions(county.context)
    assert county.run(run.id).position is not None
    county.clock.now = run.ends_at + timedelta(hours=3)
    forget_positions(county.context)
    assert county.run(run.id).position is None


def test_the_rider_is_told_by_where_the_bus_is(county: County, run: Run) -> None:
    """Ten minutes before, at the far end of the county and under way: it comes later than planned, and the page says so."""
    pickup = next(visit for visit in run.visits if visit.kind is VisitKind.PICKUP)
    with county.context.store.transaction() as tx:
        (booking,) = tx.list_bookings_of_legs(county.desk, [pickup.leg_id or ""])
    rider = county.resident(booking.rider_id)
    county.clock.now = pickup.latest - timedelta(minutes=1)
    (before,) = follow_booking(county.context, rider, booking.id)
    far = Position(county.place("Rathaus Auenfurt"), county.clock.now)
    report_positions(county.context, county.driver(run.driver_id or ""), {run.id: far})
    (after,) = follow_booking(county.context, rider, booking.id)
    assert before.late_s == 0
    assert after.late_s > 60
    assert after.expected is not None
    assert after.expected > pickup.latest
    county.clock.now += timedelta(minutes=4)
    (later,) = follow_booking(county.context, rider, booking.id)
    assert later.late_s == 0, "what was said four minutes ago says nothing"
