"""OR-Tools improves the plan behind the scenes: promises stay, nothing half-saved, nobody's booking lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions import reoptimise_day as module
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.hand_out_manifest import acknowledge_manifest, issue_manifest
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.domain.bookings import Booking, LegState
from mobility.domain.fleet import ReachedBy
from mobility.domain.runs import Run
from mobility.errors import StaleRunError
from mobility.planning.reoptimising import improve_plan
from seed.demand import demand
from tests.county import AGENCY, MONDAY, County, wish
from tests.kept import begin_with

BUS = "auental-bus"


def book_a_day(county: County, count: int = 25) -> list[Booking]:
    """A day as the desk books it; every third ride is cancelled again, which leaves gaps worth closing."""
    booked: list[Booking] = []
    for number, each in enumerate(demand(count, MONDAY, 11)):
        county.clock.set(5)
        request = wish(each.origin, each.destination, depart_after=each.depart_after, arrive_by=each.arrive_by)
        rides = county.rides(replace(request, party=each.party, needs=each.needs, rider_id=each.rider_id), BUS)
        answer = county.book(rides[0]) if rides else None
        if isinstance(answer, Booking):
            booked.append(cancel_booking(county.context, county.desk, answer.id) if number % 3 == 0 else answer)
    return booked


def begin_with_a_day(county: County, count: int = 25) -> list[Booking]:
    """The county with such a day and nothing else."""
    bookings = begin_with(county.context.store, f"booked with gaps, {count}", lambda: book_a_day(county, count))
    county.clock.set(5)
    return bookings


def runs_of(county: County) -> list[Run]:
    with county.context.store.transaction() as tx:
        return tx.list_runs(county.desk, MONDAY)


def assert_promises_kept(county: County, bookings: list[Booking]) -> None:
    """Every rider has one pickup and one later drop-off, on the run his booking names, within the windows he was told."""
    runs = {run.id: run for run in runs_of(county)}
    for booking in bookings:
        leg = county.booking(booking.id).legs[0]
        found = [v for run in runs.values() for v in run.visits if v.leg_id == leg.id]
        if leg.state is LegState.CLOSED:
            assert found == []
            continue
        assert [v.kind.value for v in found] == ["pickup", "dropoff"]
        assert leg.id in runs[leg.run_id or ""].leg_ids
        told = booking.legs[0]
        assert told.pickup_window.earliest <= found[0].planned <= told.pickup_window.latest
        assert told.dropoff_window.earliest <= found[1].planned <= told.dropoff_window.latest
        ride = found[1].planned - found[0].planned - timedelta(seconds=found[0].service_s)
        assert ride <= timedelta(seconds=told.max_ride_s)


def reach_by(county: County, means: ReachedBy) -> None:
    """From now on the bus drivers are reached this way."""
    buses = [run for run in runs_of(county) if run.service_id == BUS]
    with county.context.store.transaction() as tx:
        for run in buses:
            tx.save_run(replace(run, reached_by=means, revision=run.revision + 1), run.revision)


def test_the_plan_gets_cheaper_and_every_promise_stays(county: County) -> None:
    bookings = begin_with_a_day(county)
    result = reoptimise_day(county.context, AGENCY, MONDAY, seconds=3.0)
    assert result.cost_after < result.cost_before, "a day booked one by one, with gaps, can be improved"
    assert result.runs_changed > 0
    assert_promises_kept(county, bookings)


def test_a_booking_in_the_meantime_wins_and_nothing_is_saved(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    bookings = begin_with_a_day(county, count=16)
    optimise = improve_plan
    meanwhile: list[Booking] = []

    def and_somebody_books(*arguments: object) -> object:
        improved = optimise(*arguments)  # type: ignore[arg-type]
        touched = {run.id for run in improved[0] if run.visits != county.run(run.id).visits}
        victim = next(b for b in bookings if b.legs[0].run_id in touched)
        meanwhile.append(cancel_booking(county.context, county.desk, victim.id))
        return improved

    monkeypatch.setattr(module, "improve_plan", and_somebody_books)
    with pytest.raises(StaleRunError):
        reoptimise_day(county.context, AGENCY, MONDAY, seconds=2.0)
    assert meanwhile
    assert_promises_kept(county, bookings)


def test_a_manifest_on_paper_is_left_alone(county: County) -> None:
    bookings = begin_with_a_day(county)
    reach_by(county, ReachedBy.PAPER)
    handed_out = [issue_manifest(county.context, county.desk, run.id) for run in runs_of(county) if run.service_id == BUS]
    reoptimise_day(county.context, AGENCY, MONDAY, seconds=2.0)
    assert [county.run(run.id) for run in handed_out] == handed_out
    assert_promises_kept(county, bookings)


def test_a_ride_onto_a_printed_manifest_is_confirmed_by_its_acknowledgement(county: County) -> None:
    begin_with_a_day(county, count=4)
    reach_by(county, ReachedBy.TELEPHONE)
    for run in runs_of(county):
        if run.service_id == BUS:
            issue_manifest(county.context, county.desk, run.id)
    booked = next(b for b in book_a_day(county, count=12)[4:] if b.is_open)
    leg = booked.legs[0]
    assert leg.state is LegState.AWAITING_CONFIRMATION
    acknowledge_manifest(county.context, county.desk, leg.run_id or "")
    assert county.booking(booked.id).legs[0].state is LegState.ON_RUN
