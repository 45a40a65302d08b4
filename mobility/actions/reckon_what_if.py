"""What if a driver is ill tomorrow: for each one the real search for other runs, without changing anything. The desk reads it in advance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.declare_rescue import as_rescued
from mobility.domain.accounts import Actor, Agency, Role, system_actor
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.rescues import RescuedRide, WhatIf
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import NotAllowedError
from mobility.planning.rescuing import plan_rescue, stranded
from mobility.planning.travel import TravelCache

_SEE = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_MORNING = time(6)
"""Reckoned after that, it is about the next day; before, about the day that begins."""


@dataclass(frozen=True, slots=True)
class WhatIfSeen:
    """What was reckoned, with the driver's name; ``left`` are those rides that no run could take and that are still to be driven, each with
    its rider's name.
    """

    what_if: WhatIf
    driver: str
    left: tuple[tuple[Booking, Leg, str], ...]


def list_what_ifs(context: Context, actor: Actor) -> list[WhatIfSeen]:
    """As reckoned last, those first of whom most rides would be left.

    Raises:
        NotAllowedError: not the desk.
    """
    if actor.role not in _SEE:
        raise NotAllowedError(f"the role {actor.role.value} does not see what would happen")
    with context.store.transaction() as tx:
        kept = tx.list_what_ifs(actor)
        names = {driver.id: driver.name for driver in tx.list_drivers(actor)}
        legs = [ride.leg_id for one in kept for ride in one.rides if ride.run_id is None]
        bookings = {booking.id: booking for booking in tx.list_bookings_of_legs(actor, legs)}
        riders = {
            rider_id: tx.get_rider(actor, rider_id).name for rider_id in {booking.rider_id for booking in bookings.values()}
        }
    seen = [WhatIfSeen(one, names.get(one.driver_id, ""), _left(one, bookings, riders)) for one in kept]
    return sorted(seen, key=lambda each: (-len(each.left), each.driver, each.what_if.id))


def _left(what_if: WhatIf, bookings: Mapping[str, Booking], riders: Mapping[str, str]) -> tuple[tuple[Booking, Leg, str], ...]:
    lost = [
        (bookings[ride.booking_id], ride.leg_id) for ride in what_if.rides if ride.run_id is None and ride.booking_id in bookings
    ]
    found = [(booking, booking.leg(leg_id), riders[booking.rider_id]) for booking, leg_id in lost]
    coming = (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION)
    return tuple(sorted((one for one in found if one[1].state in coming), key=lambda one: one[1].pickup_window.earliest))


def reckon_what_ifs(context: Context) -> int:
    """For every agency and every driver with riders on the coming service day; returns how many drivers. What was reckoned before is replaced.

    Raises:
        NothingImportedError: nothing has been imported yet.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
    return sum(_reckon(context, agency) for agency in agencies)


def _reckon(context: Context, agency: Agency) -> int:
    """Read in one transaction, reckoned outside of any, kept in another one: nobody waits for it."""
    system = system_actor(agency.id)
    now = context.clock().astimezone(ZoneInfo(agency.timezone))
    day = now.date() + timedelta(days=now.time() >= _MORNING)
    with context.store.transaction() as tx:
        runs = [run for run in tx.list_runs(system, day) if not run.withdrawn]
        bookings = tx.list_bookings_of_legs(system, [leg_id for run in runs for leg_id in run.leg_ids])
        services = {service.id: service for service in tx.list_services(system)}
        travel = context.network(tx, system).travel if runs else None
    found = []
    if travel is not None:
        scene = _Scene(day, context.clock(), runs, bookings, services, travel)
        found = [
            _without(scene, driver_id) for driver_id in sorted({run.driver_id for run in runs if run.driver_id and run.leg_ids})
        ]
    with context.store.transaction() as tx:
        tx.replace_what_ifs(agency.id, found)
    return len(found)


@dataclass(frozen=True, slots=True)
class _Scene:
    """The coming day as it is planned."""

    day: date
    now: datetime
    runs: Sequence[Run]
    bookings: Sequence[Booking]
    services: Mapping[str, Service]
    travel: TravelCache


def _without(scene: _Scene, driver_id: str) -> WhatIf:
    """None of the driver's runs takes place; one after the other its riders look for another one, as in a declared rescue."""
    own = sorted((run for run in scene.runs if run.driver_id == driver_id), key=lambda run: (run.starts_at, run.id))
    by_service: dict[str, dict[str, Run]] = defaultdict(dict)
    for run in scene.runs:
        by_service[run.service_id][run.id] = replace(run, withdrawn=run.driver_id == driver_id)
    rides: list[RescuedRide] = []
    for run in own:
        if run.service_id not in scene.services:
            continue
        lost = stranded(run, scene.bookings, scene.now)
        runs, places = plan_rescue(
            by_service[run.service_id], run.id, lost, scene.services[run.service_id], scene.travel, scene.now
        )
        by_service[run.service_id] = runs
        rides += [as_rescued(ride, place) for ride, place in zip(lost, places, strict=True)]
    name = f"{own[0].agency_id}.{scene.day:%Y%m%d}.{driver_id}"
    return WhatIf(name, own[0].agency_id, scene.day, driver_id, scene.now, tuple(run.id for run in own), tuple(rides))
