"""A volunteer's own hours, days off and refund: nobody who has booked is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mobility.actions import own_hours
from mobility.actions.open_runs import open_runs
from mobility.actions.own_hours import add_hours, end_leave, list_own_hours, take_hours_back, take_leave
from mobility.actions.refund_kilometres import driven_metres, refund_of_month
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking
from mobility.domain.fleet import Acceptance
from mobility.errors import ConflictError, InvalidInputError
from tests.county import AGENCY, DAYS, MONDAY, County
from tests.scenarios.test_volunteers import SERVICE, booked, volunteer_offer


def a_ride(county: County) -> tuple[Booking, Actor]:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ROSTERED))
    return booking, county.driver(county.run(leg.run_id).driver_id or "")


def test_hours_are_added_booked_and_taken_back(county: County) -> None:
    _, driver = a_ride(county)
    day = MONDAY + timedelta(days=5)
    while True:
        try:
            shift = add_hours(county.context, driver, SERVICE, day, 10 * 3600, 12 * 3600)
            break
        except InvalidInputError:
            day += timedelta(days=1)
    with pytest.raises(ConflictError):
        add_hours(county.context, driver, SERVICE, day, 11 * 3600, 13 * 3600)
    with county.context.store.transaction() as tx:
        (run,) = tx.list_runs_of(driver, driver.driver_id or "", day, day)
    assert (run.service_id, run.withdrawn) == (SERVICE, False)
    assert take_hours_back(county.context, driver, shift.id, day, moves_riders=False) == 0
    assert county.run(run.id).withdrawn
    add_hours(county.context, driver, SERVICE, day, 10 * 3600, 13 * 3600)
    again = county.run(run.id)
    assert (again.withdrawn, again.ends_at - again.starts_at) == (False, timedelta(hours=3))


def test_days_off_lose_nobody(county: County) -> None:
    booking, driver = a_ride(county)
    leg = booking.legs[0]
    day = county.run(leg.run_id).day
    with pytest.raises(ConflictError):
        take_leave(county.context, driver, day, day, moves_riders=False)
    assert take_leave(county.context, driver, day, day, moves_riders=True) == 1
    moved = county.booking(booking.id).legs[0]
    assert county.run(leg.run_id).withdrawn
    assert moved.run_id != leg.run_id, "on another run, or with the desk"
    assert moved.run_id is not None or moved.owner is not None
    _, (leave,), _ = list_own_hours(county.context, driver, day, day)
    end_leave(county.context, driver, leave.id, MONDAY)
    assert not county.run(leg.run_id).withdrawn


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_centuries_away_is_refused(county: County, day: date) -> None:
    _, driver = a_ride(county)
    with pytest.raises(InvalidInputError):
        add_hours(county.context, driver, SERVICE, day, 10 * 3600, 12 * 3600)
    with pytest.raises(InvalidInputError):
        take_leave(county.context, driver, day, MONDAY, moves_riders=True)


def test_a_bus_driver_s_days_off_leave_the_bus_and_a_task(county: County) -> None:
    offer = next(o for day in DAYS for o in [volunteer_offer(county, Acceptance.ROSTERED)] if day)
    with county.context.store.transaction() as tx:
        run = tx.get_run(county.desk, offer.run_id or "")
        tx.save_run(replace(run, vehicle=replace(run.vehicle, id="the-bus"), revision=run.revision + 1), run.revision)
    driver = county.driver(run.driver_id or "")
    take_leave(county.context, driver, run.day, run.day, moves_riders=True)
    assert (county.run(run.id).driver_id, county.run(run.id).withdrawn) == (None, False)
    with county.context.store.transaction() as tx:
        assert "driver_missing" in [notice.kind.value for notice in tx.list_notices(county.desk)]


def test_a_duty_filled_again_while_the_days_off_are_taken_is_given_up_too(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    with county.context.store.transaction() as tx:
        run = tx.get_run(county.desk, offer.run_id or "")
        tx.save_run(replace(run, vehicle=replace(run.vehicle, id="the-bus"), revision=run.revision + 1), run.revision)

    def meanwhile() -> str:
        open_runs(county.context, AGENCY, run.day)
        assert county.run(run.id).driver_id == run.driver_id, "the worker has filled it again"
        return "leave-1"

    monkeypatch.setattr("mobility.actions.own_hours.new_id", meanwhile)
    take_leave(county.context, county.driver(run.driver_id or ""), run.day, run.day, moves_riders=True)
    assert county.run(run.id).driver_id is None


def test_a_duty_filled_again_while_hours_are_taken_back_is_given_up_too(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    with county.context.store.transaction() as tx:
        run = tx.get_run(county.desk, offer.run_id or "")
        tx.save_run(replace(run, vehicle=replace(run.vehicle, id="the-bus"), revision=run.revision + 1), run.revision)
    driver = county.driver(run.driver_id or "")
    shift = next(one for one in list_own_hours(county.context, driver, run.day, run.day)[0] if one.service_id == run.service_id)
    give_up, filled = own_hours._give_up, list[str | None]()

    def meanwhile(*args: Any, **more: Any) -> int:
        moved = give_up(*args, **more)
        if not filled:
            open_runs(county.context, AGENCY, run.day)
            filled.append(county.run(run.id).driver_id)
        return moved

    monkeypatch.setattr(own_hours, "_give_up", meanwhile)
    take_hours_back(county.context, driver, shift.id, run.day, moves_riders=True)
    assert filled == [run.driver_id], "the worker has filled it again"
    assert county.run(run.id).driver_id is None


def test_what_was_driven_is_refunded(county: County) -> None:
    booking, driver = a_ride(county)
    leg = booking.legs[0]
    assert refund_of_month(county.context, driver, leg.pickup_window.earliest.date()) == []
    for kind, at in ((ProgressKind.BOARDED, leg.pickup_window.earliest), (ProgressKind.ALIGHTED, leg.dropoff_window.latest)):
        county.clock.now = at
        report_progress(county.context, driver, leg.run_id or "", Progress(kind, at, leg.id))
    (driven,) = refund_of_month(county.context, driver, leg.pickup_window.earliest.date())
    with county.context.store.transaction() as tx:
        travel = county.context.network(tx, county.desk).travel
        rules = tx.get_service(county.desk, SERVICE).volunteers
    run = county.run(leg.run_id)
    home = run.visits[0].place
    ways = (home, leg.pickup), (leg.pickup, leg.dropoff), (leg.dropoff, home)
    assert driven.metres == sum(travel.drive(*way)[1] for way in ways) == driven_metres(run, travel)
    assert rules is not None
    assert (driven.rides, driven.cents) == (1, round(driven.metres * rules.cents_per_km / 1000))
