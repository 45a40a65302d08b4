"""What the dispatcher sees of runs: who drives, who rides, who has still to say yes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from mobility.actions.by_hand import check_desk
from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.fleet import Driver
from mobility.domain.riders import Rider
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.store.interface import Transaction


@dataclass(frozen=True, slots=True)
class RideSeen:
    """A ride on a run, and who rides."""

    booking: Booking
    leg: Leg
    rider: Rider


@dataclass(frozen=True, slots=True)
class DeskRun:
    """A run with its service, its driver, and its rides by leg id; ``waiting``: how many rides on it wait for a yes."""

    run: Run
    service: Service
    driver: Driver | None
    rides: Mapping[str, RideSeen]
    waiting: int


def see_day(context: Context, actor: Actor, day: date) -> list[DeskRun]:
    """The runs of a day, by their beginning, without the riders' names.

    Raises:
        NotAllowedError: not the desk.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        runs = sorted(tx.list_runs(actor, day), key=lambda run: (run.starts_at, run.vehicle.name, run.id))
        services = {service.id: service for service in tx.list_services(actor)}
        drivers = {driver.id: driver for driver in tx.list_drivers(actor)}
        bookings = tx.list_bookings_of_legs(actor, {leg_id for run in runs for leg_id in run.leg_ids})
    waits = [leg.run_id for one in bookings for leg in one.legs if leg.state is LegState.AWAITING_CONFIRMATION]
    return [
        DeskRun(run, services[run.service_id], drivers.get(run.driver_id or ""), {}, waits.count(run.id))
        for run in runs
        if run.service_id in services
    ]


def see_run(context: Context, actor: Actor, run_id: str) -> DeskRun:
    """One run with everybody on it.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such run.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        run = tx.get_run(actor, run_id)
        rides = _rides(tx, actor, run.leg_ids)
        driver = None if run.driver_id is None else tx.get_driver(actor, run.driver_id)
        waiting = sum(one.leg.state is LegState.AWAITING_CONFIRMATION and one.leg.run_id == run.id for one in rides.values())
        return DeskRun(run, tx.get_service(actor, run.service_id), driver, rides, waiting)


def names_of(context: Context, actor: Actor, leg_ids: Collection[str]) -> dict[str, str]:
    """The names of those who ride, by leg.

    Raises:
        NotAllowedError: not the desk.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        return {leg_id: ride.rider.name for leg_id, ride in _rides(tx, actor, leg_ids).items()}


def _rides(tx: Transaction, actor: Actor, leg_ids: Collection[str]) -> dict[str, RideSeen]:
    bookings = tx.list_bookings_of_legs(actor, leg_ids)
    riders = {rider_id: tx.get_rider(actor, rider_id) for rider_id in sorted({booking.rider_id for booking in bookings})}
    wanted = set(leg_ids)
    return {leg.id: RideSeen(one, leg, riders[one.rider_id]) for one in bookings for leg in one.legs if leg.id in wanted}
