"""Who has driven how much of late for the hours offered: reckoned, shown, and kept with the coming runs, so that whoever has driven least is
asked first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.read_drive import check_drives
from mobility.domain.accounts import Actor, Agency, Role, system_actor
from mobility.domain.fleet import Driver
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Fairness, Service
from mobility.domain.volunteering import Share, burdens
from mobility.errors import NotAllowedError
from mobility.planning.travel import TravelCache
from mobility.store.interface import Transaction

_SEE_ALL = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_DAYS = 28
"""Where a service does not reckon, its volunteers' figures are shown for four weeks."""


@dataclass(frozen=True, slots=True)
class SharesOfService:
    """One volunteer service: from which day to which, who did what, by name, and how heavily it weighs (per cent, by driver)."""

    service: Service
    first: date
    last: date
    shares: tuple[tuple[Driver, Share], ...]
    burdens: dict[str, int]


def list_shares(context: Context, actor: Actor) -> list[SharesOfService]:
    """All volunteers of every volunteer service, for the desk and the agency alone: no volunteer is shown how he compares.

    Raises:
        NotAllowedError: not the desk.
        NothingImportedError: no streets have been imported.
    """
    if actor.role not in _SEE_ALL:
        raise NotAllowedError(f"the role {actor.role.value} does not see what volunteers have driven")
    with context.store.transaction() as tx:
        drivers = {driver.id: driver for driver in tx.list_drivers(actor)}
        return [
            _of_service(context, tx, service, list(drivers.values()))
            for service in tx.list_services(actor)
            if service.volunteers is not None
        ]


def read_own_shares(context: Context, actor: Actor) -> list[tuple[Service, date, Share]]:
    """A volunteer's own figures, of each service with volunteers that he has offered hours to or driven for, since which day.

    Raises:
        NotAllowedError: not a driver's account.
        NothingImportedError: no streets have been imported.
    """
    driver_id = check_drives(actor)
    system = system_actor(actor.agency_id)
    with context.store.transaction() as tx:
        driver = tx.get_driver(actor, driver_id)
        services = [one for one in tx.list_services(system) if one.volunteers is not None]
        found = [(one, _of_service(context, tx, one, [driver])) for one in services]
    return [(service, seen.first, share) for service, seen in found for _, share in seen.shares]


def weigh_volunteers(context: Context) -> int:
    """Give every coming run of a volunteer service the burden of its driver; returns how many changed. Running it again changes nothing.

    A manifest that has been handed out stays as it is.

    Raises:
        NothingImportedError: no streets have been imported.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
    return sum(context.store.in_transaction(partial(_weigh, context, agency)) for agency in agencies)


def _weigh(context: Context, agency: Agency, tx: Transaction) -> int:
    system, changed = system_actor(agency.id), 0
    drivers = tx.list_drivers(system)
    for service in tx.list_services(system):
        if service.volunteers is None:
            continue
        weighs = _of_service(context, tx, service, drivers).burdens
        first, last = _span(service, context.clock())
        coming = [
            run
            for driver_id in {driver.id for driver in drivers}
            for run in tx.list_runs_of(system, driver_id, max(first, _today(service, context.clock())), last)
            if run.service_id == service.id and run.burden != weighs.get(driver_id, 0) and run.starts_at > context.clock()
        ]
        for run in tx.lock_runs([run.id for run in coming if run.manifest is None and not run.withdrawn]):
            weighed = replace(run, burden=weighs.get(run.driver_id or "", 0), revision=run.revision + 1)
            tx.save_run(weighed, run.revision)
            changed += 1
    return changed


def _today(service: Service, now: datetime) -> date:
    return now.astimezone(ZoneInfo(service.timezone)).date()


def _span(service: Service, now: datetime) -> tuple[date, date]:
    """So many days back, and as far ahead as one can book."""
    today = _today(service, now)
    back = _DAYS if service.volunteers is None else service.volunteers.fairness_days
    return today - timedelta(days=back), today + timedelta(days=service.booking.max_days_ahead)


def _of_service(context: Context, tx: Transaction, service: Service, drivers: Sequence[Driver]) -> SharesOfService:
    first, last = _span(service, context.clock())
    shares = []
    for driver in sorted(drivers, key=lambda one: (one.name, one.id)):
        share = _share(context, tx, service, driver, (first, last))
        if share.offered_s or share.rides:
            shares.append((driver, share))
    by = Fairness.OFF if service.volunteers is None else service.volunteers.fairness
    return SharesOfService(service, first, last, tuple(shares), burdens([share for _, share in shares], by))


def _share(context: Context, tx: Transaction, service: Service, driver: Driver, days: tuple[date, date]) -> Share:
    """What was driven, and what is booked for the days to come; against all hours declared for the same days, days off left out."""
    system, (first, last) = system_actor(driver.agency_id), days
    travel = context.network(tx, system).travel
    away = [leave for leave in tx.list_leaves(system, first, last) if leave.driver_id == driver.id]
    offered = [
        shift.end_s - shift.start_s
        for shift in tx.list_shifts_of(system, driver.id, first, last)
        if shift.service_id == service.id and not any(leave.first_day <= shift.day <= leave.last_day for leave in away)
    ]
    runs = [run for run in tx.list_runs_of(system, driver.id, first, last) if run.service_id == service.id and not run.withdrawn]
    rides, metres, seconds = (
        sum(each) for each in zip((0, 0, 0), *(effort_of(run, travel, context.clock()) for run in runs), strict=True)
    )
    return Share(driver.id, service.id, rides, metres, seconds, sum(offered))


def effort_of(run: Run, travel: TravelCache, now: datetime) -> tuple[int, int, int]:
    """Rides, metres and seconds at the wheel: of a run that has ended what was driven, of another one what is planned."""
    over = run.ends_at <= now
    held = [v for v in run.visits[1:-1] if v.kind is not VisitKind.BREAK and (v.actual is not None if over else not v.skipped)]
    if not held:
        return 0, 0, 0
    places = [run.visits[0].place, *(visit.place for visit in held), run.visits[-1].place]
    ways = [travel.drive(origin, destination) for origin, destination in pairwise(places)]
    rides = sum(visit.kind is VisitKind.DROPOFF for visit in held)
    return rides, _total(way[1] for way in ways), _total(way[0] for way in ways)


def _total(parts: Iterable[int]) -> int:
    return sum(parts)
