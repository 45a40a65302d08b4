"""Drivers say themselves when they are there: hours added and taken back, days off. Nobody booked is lost by it: a run that carries riders
becomes a rescue, a duty without its driver a task of the desk.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mobility.actions.context import Context, new_id
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.notices import desk_notice
from mobility.actions.open_runs import bookable_days, open_runs
from mobility.actions.read_drive import check_drives
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.fleet import Driver, Leave, Shift
from mobility.domain.notices import NoticeKind
from mobility.domain.rescues import RescueCause
from mobility.domain.runs import Run, Visit
from mobility.domain.service_days import at
from mobility.domain.services import Service, ServiceForm
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem
from mobility.files.opening import hours_on
from mobility.store.interface import Transaction

MOST_DAYS = 92
_SHORTEST_S = 3600


def list_own_hours(context: Context, actor: Actor, first: date, last: date) -> tuple[list[Shift], list[Leave], list[Service]]:
    """The driver's hours and days off from the first day to the last, and the services he may drive for.

    Raises:
        NotAllowedError: not a driver's account.
    """
    driver_id = check_drives(actor)
    with context.store.transaction() as tx:
        shifts, leaves = tx.list_shifts_of(actor, driver_id, first, last), tx.list_leaves(actor, first, last)
        return shifts, leaves, _services(tx, actor, _driver(tx, actor))


def add_hours(context: Context, actor: Actor, service_id: str, day: date, start_s: int, end_s: int) -> Shift:
    """Declare hours for a service day; the day can be booked with them at once.

    Raises:
        NotAllowedError: not a driver's account.
        InvalidInputError: outside the service's hours, in the past, too far ahead, or during days off.
        ConflictError: they overlap with hours declared before.
    """
    driver_id = check_drives(actor)

    def work(tx: Transaction) -> tuple[Shift, list[Service]]:
        driver = _driver(tx, actor)
        service = next((one for one in _services(tx, actor, driver) if one.id == service_id), None)
        if service is None:
            raise InvalidInputError(Problem("service", "is none you can drive for", "choose one of the list"))
        shift = Shift(new_id(), actor.agency_id, service_id, driver_id, day, start_s, end_s)
        _check(context, tx, actor, service, shift)
        tx.save_shift(shift)
        _revive(
            tx, actor, driver_id, at(day, start_s, ZoneInfo(service.timezone)), at(day, end_s, ZoneInfo(service.timezone)), day
        )
        return shift, tx.list_services(system_actor(actor.agency_id))

    shift, services = context.store.in_transaction(work)
    today, last = bookable_days(services, context.clock())
    if today <= day <= last:
        open_runs(context, actor.agency_id, day)
    return shift


def take_hours_back(context: Context, actor: Actor, shift_id: str, day: date, *, moves_riders: bool) -> int:
    """Take declared hours back; answers how many rides had to be moved, those of the last moment included.

    Raises:
        NotFoundError: no such hours of this driver on that day.
        ConflictError: riders are booked and ``moves_riders`` does not say that they shall be moved.
    """
    driver_id = check_drives(actor)
    with context.store.transaction() as tx:
        shift = next((one for one in tx.list_shifts_of(actor, driver_id, day, day) if one.id == shift_id), None)
        if shift is None:
            raise NotFoundError("no such hours")
        zone = ZoneInfo(tx.get_service(system_actor(actor.agency_id), shift.service_id).timezone)
        start, end = (at(day, seconds, zone) for seconds in (shift.start_s, shift.end_s))

    def runs() -> list[Run]:
        with context.store.transaction() as tx:
            return [run for run in tx.list_runs_of(actor, driver_id, day, day) if start <= run.starts_at and run.ends_at <= end]

    moved = _give_up(context, actor, runs(), moves_riders=moves_riders)
    context.store.in_transaction(lambda tx: tx.delete_shift(actor, shift_id))
    return moved + _give_up(context, actor, runs(), moves_riders=True)  # filled with the driver again until the hours were gone


def take_leave(context: Context, actor: Actor, first: date, last: date, *, moves_riders: bool) -> int:
    """Days off, first and last included; answers how many rides had to be moved.

    Raises:
        InvalidInputError: no such span of days.
        ConflictError: riders are booked and ``moves_riders`` does not say that they shall be moved.
    """
    driver_id = check_drives(actor)
    if not 0 <= (last - first).days <= MOST_DAYS:
        raise InvalidInputError(Problem("last", "comes before the first day, or is too far away", f"at most {MOST_DAYS} days"))
    with context.store.transaction() as tx:
        runs = tx.list_runs_of(actor, driver_id, first, last)
    moved = _give_up(context, actor, runs, moves_riders=moves_riders)
    leave = Leave(new_id(), actor.agency_id, driver_id, first, last)
    context.store.in_transaction(lambda tx: tx.save_leave(leave))
    with context.store.transaction() as tx:  # a duty may have been filled with him again until the leave stood there
        runs = tx.list_runs_of(actor, driver_id, first, last)
    return moved + _give_up(context, actor, runs, moves_riders=True)


def end_leave(context: Context, actor: Actor, leave_id: str, today: date) -> None:
    """Days off are over, or were a mistake: the hours declared count again.

    Raises:
        NotFoundError: no such days off of this driver.
    """
    driver_id = check_drives(actor)

    def work(tx: Transaction) -> None:
        leave = next((one for one in tx.list_leaves(actor, date.min, date.max) if one.id == leave_id), None)
        if leave is None:
            raise NotFoundError("no such days off")
        tx.delete_leave(actor, leave_id)
        for run in tx.list_runs_of(actor, driver_id, max(today, leave.first_day), leave.last_day):
            if run.starts_at > context.clock():
                _revive(tx, actor, driver_id, run.starts_at, run.ends_at, run.day)

    context.store.in_transaction(work)


def _driver(tx: Transaction, actor: Actor) -> Driver:
    return tx.get_driver(actor, actor.driver_id or "")


def _services(tx: Transaction, actor: Actor, driver: Driver) -> list[Service]:
    """Those of the driver's provider; for rides in one's own car only who has one."""
    own_car = driver.vehicle is not None and driver.home is not None
    services = [one for one in tx.list_services(actor) if one.carrier.provider_id == driver.provider_id]
    return [one for one in services if own_car or one.form is not ServiceForm.VOLUNTEER_RIDES]


def _check(context: Context, tx: Transaction, actor: Actor, service: Service, shift: Shift) -> None:
    zone = ZoneInfo(service.timezone)
    now = context.clock()
    if not -1 <= (shift.day - now.astimezone(zone).date()).days <= MOST_DAYS or at(shift.day, shift.start_s, zone) < now:
        raise InvalidInputError(Problem("day", "lies in the past or too far ahead", f"at most {MOST_DAYS} days ahead"))
    if shift.end_s - shift.start_s < _SHORTEST_S:
        raise InvalidInputError(Problem("end", "is less than an hour after the beginning", "declare an hour at least"))
    if not any(hours.start_s <= shift.start_s and shift.end_s <= hours.end_s for hours in hours_on(service, shift.day)):
        raise InvalidInputError(Problem("start", "is outside the hours of this service on that day", "see the service's rules"))
    if not _driver(tx, actor).may_drive(service.driver_credentials, shift.last_day):
        raise InvalidInputError(Problem("credentials", "end before that day, or are missing", "show them to the office first"))
    if tx.list_leaves(actor, shift.day, shift.day):
        raise InvalidInputError(Problem("day", "is one of your days off", "end them first"))
    for other in tx.list_shifts_of(actor, shift.driver_id, shift.day, shift.day):
        if shift.start_s < other.end_s and other.start_s < shift.end_s:
            raise ConflictError("you have declared hours at that time already")


def _give_up(context: Context, actor: Actor, runs: list[Run], *, moves_riders: bool) -> int:
    """Let go of runs that are still to be driven; how many rides were moved or handed to the desk."""
    now = context.clock()
    coming = [run for run in runs if not run.withdrawn and run.ends_at > now]
    if any(_open_rides(run) for run in coming) and not moves_riders:
        raise ConflictError("riders are booked on these runs: say that they shall be moved")
    return sum(_let_go(context, actor, run) for run in coming)


def _open_rides(run: Run) -> int:
    return len({visit.leg_id for visit in run.visits if visit.leg_id is not None and not visit.is_done})


def _let_go(context: Context, actor: Actor, run: Run) -> int:
    """One run: in one's own car it cannot be driven, a duty can be driven by somebody else."""

    def without_driver(tx: Transaction) -> bool:
        own_car = _driver(tx, actor).vehicle
        now_is = tx.lock_runs([run.id])[0]
        if own_car is not None and own_car.id == now_is.vehicle.id:
            if _open_rides(now_is):
                return False
            tx.save_run(replace(now_is, withdrawn=True, revision=now_is.revision + 1), now_is.revision)
            return True
        tx.save_run(now_is.without_driver(), now_is.revision)
        task = f"no-driver:{run.id}:{now_is.revision}"
        tx.add_notice(desk_notice(now_is, NoticeKind.DRIVER_MISSING, context.clock(), task))
        return True

    rides = _open_rides(run)
    if not context.store.in_transaction(without_driver):
        declare_rescue(context, actor, run.id, RescueCause.DRIVER_MISSING)
    return rides


def _revive(tx: Transaction, actor: Actor, driver_id: str, start: datetime, end: datetime, day: date) -> None:
    """A run given up earlier, with nobody on it and nothing driven, can be driven again from its start to ``end``."""
    for seen in tx.list_runs_of(actor, driver_id, day, day):
        if seen.starts_at == start and seen.withdrawn and len(seen.visits) == 2:
            old = tx.lock_runs([seen.id])[0]
            visits: tuple[Visit, ...] = (old.visits[0], replace(old.visits[-1], latest=end))
            service = tx.get_service(actor, seen.service_id)
            last = seen.last_day(ZoneInfo(service.timezone))
            able = _driver(tx, actor).may_drive(service.driver_credentials, last)
            again = replace(old, withdrawn=False, closed=not able, ends_at=end, visits=visits, revision=old.revision + 1)
            tx.save_run(again, old.revision)
