"""Open the runs of a service day: what the services' duties, trips and volunteers' shifts make possible, ready to be booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gtfs.feed import Feed
from gtfs.nouns import TimetableTrip
from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.fleet import Acceptance, Driver, ReachedBy, Shift, Vehicle
from mobility.domain.places import Place
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.service_days import at
from mobility.domain.services import Duty, Service, ServiceForm
from mobility.errors import ConflictError, InvalidInputError, Problem
from mobility.files.opening import duties_on, hours_on
from mobility.store.interface import Transaction


def open_runs(context: Context, agency_id: str, day: date) -> int:
    """Add the day's runs that do not exist yet; returns how many are new. Running it again changes nothing.

    A duty whose vehicle or driver is already on another run at that time is left out.
    """
    with context.store.transaction() as tx:
        plans = _days(context, tx, agency_id, day)
    return sum(_add(context, run) for plan in plans for run in _runs_of(plan))


def _days(context: Context, tx: Transaction, agency_id: str, day: date) -> list[_Day]:
    """What each service's runs of a day are made from."""
    system = system_actor(agency_id)
    feed = context.network(tx, system).feed
    drivers = {driver.id: driver for driver in tx.list_drivers(system)}
    away = {leave.driver_id for leave in tx.list_leaves(system, day, day)}
    there = [shift for shift in tx.list_shifts(system, day) if shift.driver_id not in away]
    found = []
    for service in tx.list_services(system):
        own = [shift for shift in there if shift.service_id == service.id]
        able = [shift for shift in own if _may_drive(drivers, service, shift)]
        found.append(_Day(service, agency_id, day, feed, able, drivers, [shift for shift in own if shift not in able]))
    return found


@dataclass(frozen=True, slots=True)
class PlannedDuty:
    """A duty of a day with its runs as they would be opened now; ``lacking`` have declared hours for it, but not shown what they must."""

    service: Service
    duty: Duty
    day: date
    runs: tuple[Run, ...]
    lacking: tuple[Driver, ...]


def planned_duties(context: Context, tx: Transaction, agency_id: str, day: date) -> list[PlannedDuty]:
    """Every duty of a day that makes runs, whether these have been opened or not."""
    found = []
    for plan in _days(context, tx, agency_id, day):
        if plan.service.form is not ServiceForm.VOLUNTEER_RIDES and hours_on(plan.service, day):
            for duty, runs in _runs_of_duties(plan):
                lacking = tuple(
                    plan.drivers[one.driver_id] for one in plan.unable if one.driver_id in plan.drivers and _covers(one, duty)
                )
                found.append(PlannedDuty(plan.service, duty, day, tuple(runs), lacking))
    return [duty for duty in found if duty.runs]


def _may_drive(drivers: Mapping[str, Driver], service: Service, shift: Shift) -> bool:
    """Whether everything the driver has shown holds until the shift ends, and is what the service demands."""
    driver = drivers.get(shift.driver_id)
    return driver is None or driver.may_drive(service.driver_credentials, shift.last_day)


def _add(context: Context, run: Run) -> bool:
    try:
        with context.store.transaction() as tx:
            return tx.add_run(run) or _filled(tx, run)
    except ConflictError:
        return False


def _filled(tx: Transaction, run: Run) -> bool:
    """Give a duty that was unfilled its driver, declared since, and a run that nobody is on the law it would be opened under now;
    never counts as a new run.
    """
    for old in tx.lock_runs([run.id]):
        filled = old
        if old.driver_id is None and run.driver_id is not None:
            filled = driven_like(old, run)
        if not old.carries_riders:
            filled = replace(filled, legal_basis=run.legal_basis, ceiling_cents_per_km=run.ceiling_cents_per_km)
        if filled != old:
            tx.save_run(replace(filled, revision=old.revision + 1), old.revision)
    return False


def driven_like(old: Run, run: Run) -> Run:
    """A duty's run with the driver of ``run``, and what comes with him."""
    return replace(
        old,
        driver_id=run.driver_id,
        acceptance=run.acceptance,
        reached_by=run.reached_by,
        equipment=run.equipment,
        max_metres=run.max_metres,
        revision=old.revision + 1,
    )


def list_or_open_runs(context: Context, agency_id: str, day: date, services: Sequence[Service]) -> list[Run]:
    """The day's runs; a day that can be booked and that nobody has asked about yet is opened first."""
    system = system_actor(agency_id)
    with context.store.transaction() as tx:
        runs = tx.list_runs(system, day)
    today, last = bookable_days(services, context.clock())
    if runs or not today <= day <= last or not open_runs(context, agency_id, day):
        return runs
    with context.store.transaction() as tx:
        return tx.list_runs(system, day)


def open_coming_runs(context: Context, agency_id: str) -> int:
    """Open the runs of every day on which rides can be booked already; returns how many are new."""
    with context.store.transaction() as tx:
        services = tx.list_services(system_actor(agency_id))
    today, last = bookable_days(services, context.clock())
    days = (last - today).days + 1 if services else 0
    return sum(open_runs(context, agency_id, today + timedelta(days=ahead)) for ahead in range(days))


def bookable_days(services: Sequence[Service], now: datetime) -> tuple[date, date]:
    """Today, and the last day on which any of the services can be booked already."""
    today = now.astimezone(ZoneInfo(services[0].timezone if services else "Europe/Berlin")).date()
    return today, today + timedelta(days=max((service.booking.max_days_ahead for service in services), default=0))


@dataclass(frozen=True, slots=True)
class _Day:
    """What the runs of one service on one day are made from."""

    service: Service
    agency_id: str
    day: date
    feed: Feed | None
    shifts: Sequence[Shift]
    drivers: Mapping[str, Driver]
    unable: Sequence[Shift] = ()

    def instant(self, seconds: int) -> datetime:
        return at(self.day, seconds, ZoneInfo(self.service.timezone))

    def run_id(self, name: str) -> str:
        return f"{self.agency_id}.{self.service.id}.{name}.{self.day:%Y%m%d}"


def _runs_of(day: _Day) -> list[Run]:
    """The runs of one service: volunteers' shifts, duties, or trips."""
    if not hours_on(day.service, day.day):
        return []
    if day.service.form is ServiceForm.VOLUNTEER_RIDES:
        return [_volunteer_run(day, shift) for shift in day.shifts if shift.driver_id in day.drivers]
    return [run for _, runs in _runs_of_duties(day) for run in runs]


def _runs_of_duties(day: _Day) -> list[tuple[Duty, list[Run]]]:
    """Each duty with the first hours declared that cover it."""
    free = [shift for shift in day.shifts if shift.driver_id in day.drivers]
    found = []
    for duty in duties_on(day.service, day.day):
        shift = next((one for one in free if _covers(one, duty)), None)
        if shift is not None:
            free.remove(shift)
        driver = None if shift is None else day.drivers[shift.driver_id]
        by_trip = day.service.form is ServiceForm.TRIPS_IF_BOOKED
        found.append((duty, _trip_runs(day, duty, driver) if by_trip else [_duty_run(day, duty, driver)]))
    return found


def _covers(shift: Shift, duty: Duty) -> bool:
    return shift.start_s <= duty.start_s and shift.end_s >= duty.end_s


def _volunteer_run(day: _Day, shift: Shift) -> Run:
    driver = day.drivers[shift.driver_id]
    if driver.vehicle is None or driver.home is None:
        raise InvalidInputError(
            Problem(f"driver {driver.id}", "has a volunteer's shift but no car or home", "complete the people file")
        )
    visits = (_end(VisitKind.START, driver.home, day, shift), _end(VisitKind.END, driver.home, day, shift))
    return _run(day, f"{driver.id}.{shift.start_s // 60}", driver.vehicle, driver, visits)


def _end(kind: VisitKind, place: Place, day: _Day, hours: Shift | Duty) -> Visit:
    start, end = day.instant(hours.start_s), day.instant(hours.end_s)
    return Visit(kind, place, start, end, 0, start)


def _duty_run(day: _Day, duty: Duty, driver: Driver | None) -> Run:
    middle = [halt for trip in trips_of_duty(day.service, day.feed, day.day, duty) for halt in _halts(day, trip)]
    middle += [
        Visit(
            VisitKind.BREAK,
            duty.base,
            day.instant(b.earliest_s),
            day.instant(b.latest_s),
            b.duration_s,
            day.instant(b.earliest_s),
        )
        for b in duty.breaks
    ]
    middle.sort(key=lambda visit: visit.earliest)
    visits = (_end(VisitKind.START, duty.base, day, duty), *middle, _end(VisitKind.END, duty.base, day, duty))
    run = _run(day, duty.id, _vehicle(day.service, duty), driver, visits)
    return replace(run, ends_anywhere=duty.ends_anywhere)


def _trip_runs(day: _Day, duty: Duty, driver: Driver | None) -> list[Run]:
    """One run for each trip, from its first halt to its last: only what is booked is driven."""
    runs = []
    for trip in trips_of_duty(day.service, day.feed, day.day, duty):
        halts = _halts(day, trip)
        start, end = replace(halts[0], kind=VisitKind.START), replace(halts[-1], kind=VisitKind.END, earliest=halts[0].earliest)
        run = _run(day, f"{duty.id}.{trip.trip_id}", _vehicle(day.service, duty), driver, (start, *halts, end))
        runs.append(replace(run, only_if_booked=True))
    return runs


def trips_of_duty(service: Service, feed: Feed | None, day: date, duty: Duty) -> list[TimetableTrip]:
    """The trips of the service's line that a duty drives on a service day: those it lists, else every one that lies within its hours."""
    line = service.line
    if line is None or feed is None:
        return []
    trips = [trip for trip in feed.trips_of_route(line.route_id, day) if line.takes(trip.trip_id)]
    if duty.trip_ids:
        return [trip for trip in trips if trip.trip_id in duty.trip_ids]
    chosen: list[TimetableTrip] = []
    for trip in trips:
        begins, ends = _span(trip)
        after_the_last = not chosen or begins >= _span(chosen[-1])[1]
        if begins >= duty.start_s and ends <= duty.end_s and after_the_last:
            chosen.append(trip)
    return chosen


def _span(trip: TimetableTrip) -> tuple[int, int]:
    """First departure and last arrival, service-day seconds."""
    return trip.halts[0][2], trip.halts[-1][1]


def _halts(day: _Day, trip: TimetableTrip) -> list[Visit]:
    line, feed = day.service.line, day.feed
    if line is None or feed is None:
        return []
    visits = []
    for stop_id, _, departure_s in trip.halts:
        stop = feed.find_stop(stop_id)
        if stop is None:
            continue
        leaves = day.instant(departure_s)
        place = Place(stop.lon, stop.lat, stop.name, stop.id)
        visits.append(Visit(VisitKind.HALT, place, leaves, leaves + timedelta(seconds=line.max_late_s), 0, leaves))
    return visits


def _vehicle(service: Service, duty: Duty) -> Vehicle:
    return next(vehicle for vehicle in service.vehicles if vehicle.id == duty.vehicle_id)


def _run(day: _Day, name: str, vehicle: Vehicle, driver: Driver | None, visits: tuple[Visit, ...]) -> Run:
    return Run(
        id=day.run_id(name),
        agency_id=day.agency_id,
        provider_id=day.service.carrier.provider_id,
        service_id=day.service.id,
        day=day.day,
        vehicle=vehicle,
        driver_id=None if driver is None else driver.id,
        acceptance=Acceptance.ROSTERED if driver is None else driver.acceptance,
        reached_by=ReachedBy.LIVE if driver is None else driver.reached_by,
        starts_at=visits[0].earliest,
        ends_at=visits[-1].latest,
        visits=visits,
        equipment=vehicle.equipment | (frozenset() if driver is None else driver.abilities),
        walk_up_seats=day.service.walk_up_seats,
        max_metres=None if driver is None else driver.max_metres_per_day,
        legal_basis=day.service.legal_basis,
        ceiling_cents_per_km=None if day.service.ceiling is None else day.service.ceiling.cents_per_km,
    )
