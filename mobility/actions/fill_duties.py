"""Duties that nobody holds: seen weeks ahead, offered to whoever stands by, taken by a driver, at last the desk's.

A duty is a carrier's vehicle on a day (``[[duties]]`` of the service file). When somebody is asked, and when the desk is told, stands in
the file as well (``[staffing]``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mobility.actions.context import Context, new_id
from mobility.actions.local_time import agency_zone
from mobility.actions.notices import desk_notice, run_notice
from mobility.actions.open_runs import PlannedDuty, driven_like, planned_duties
from mobility.actions.read_drive import check_drives
from mobility.domain.accounts import Actor, Agency, Role, system_actor
from mobility.domain.fleet import Driver, Shift
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from mobility.store.interface import Transaction

MOST_WEEKS = 13
_SEE_ALL = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class OpenDuty:
    """A duty without a driver. ``rides`` are booked on it already; ``ask_on`` and ``desk_on`` are the days on which who stands by is asked
    and the desk is told (None: nobody is, the service file does not say when). ``lacking`` would drive it, but has not shown what the
    service demands. ``runs`` are those without a driver, by start; ``opened``: they can be booked, and taken.
    """

    planned: PlannedDuty
    runs: tuple[Run, ...]
    opened: bool

    @property
    def run_id(self) -> str:
        """Names the duty: the id of its first run."""
        return self.planned.runs[0].id

    @property
    def day(self) -> date:
        """The service day."""
        return self.planned.day

    @property
    def rides(self) -> int:
        """Booked already."""
        return len({leg_id for run in self.runs for leg_id in run.leg_ids})

    @property
    def ask_on(self) -> date | None:
        """Whoever stands by is asked from then on."""
        rules = self.planned.service.staffing
        return None if rules is None else self.day - timedelta(days=rules.stand_by_days)

    @property
    def desk_on(self) -> date | None:
        """The desk is told from then on."""
        rules = self.planned.service.staffing
        return None if rules is None else self.day - timedelta(days=rules.desk_days)

    @property
    def starts_at(self) -> datetime:
        """Of the first run without a driver."""
        return self.runs[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """Of the last one."""
        return max(run.ends_at for run in self.runs)


def list_open_duties(context: Context, actor: Actor, weeks: int = 4) -> list[OpenDuty]:
    """Duties that nobody holds, from today on, by start: for the desk all of them, for a driver those he may take.

    Raises:
        NotAllowedError: neither the desk nor a driver.
        NothingImportedError: nothing has been imported yet.
    """
    if actor.role not in (*_SEE_ALL, Role.DRIVER):
        raise NotAllowedError(f"the role {actor.role.value} does not see open duties")
    today = context.clock().astimezone(agency_zone(context, actor)).date()
    days = [today + timedelta(days=ahead) for ahead in range(7 * min(weeks, MOST_WEEKS))]
    with context.store.transaction() as tx:
        driver = tx.get_driver(actor, check_drives(actor)) if actor.role is Role.DRIVER else None
        found = [duty for day in days for duty in _open_on(context, tx, actor.agency_id, day)]
        if driver is not None:
            found = [duty for duty in found if duty.opened and _may_take(tx, driver, duty)]
    return sorted(found, key=lambda duty: (duty.starts_at, duty.run_id))


def _open_on(context: Context, tx: Transaction, agency_id: str, day: date) -> Iterator[OpenDuty]:
    known = {run.id: run for run in tx.list_runs(system_actor(agency_id), day)}
    for planned in planned_duties(context, tx, agency_id, day):
        now_is = [known.get(run.id, run) for run in planned.runs]
        free = [run for run in now_is if run.driver_id is None and not run.withdrawn and run.starts_at > context.clock()]
        if free:
            opened = all(run.id in known for run in free)
            yield OpenDuty(planned, tuple(sorted(free, key=lambda run: run.starts_at)), opened)


def _may_take(tx: Transaction, driver: Driver, duty: OpenDuty) -> bool:
    """Of this carrier, there that day, with all he must have shown, and driving nothing else then."""
    service, system = duty.planned.service, system_actor(driver.agency_id)
    last = max(run.last_day(ZoneInfo(service.timezone)) for run in duty.runs)
    if driver.provider_id != service.carrier.provider_id or not driver.may_drive(service.driver_credentials, last):
        return False
    if any(leave.driver_id == driver.id for leave in tx.list_leaves(system, duty.day, duty.day)):
        return False
    a_day = timedelta(days=1)
    busy = [run for run in tx.list_runs_of(system, driver.id, duty.day - a_day, duty.day + a_day) if not run.withdrawn]
    hours = tx.list_shifts_of(system, driver.id, duty.day, duty.day)
    free = all(run.ends_at <= duty.starts_at or duty.ends_at <= run.starts_at for run in busy)
    return free and all(one.end_s <= duty.planned.duty.start_s or duty.planned.duty.end_s <= one.start_s for one in hours)


def take_duty(context: Context, actor: Actor, run_id: str) -> Shift:
    """A driver takes a duty that nobody holds, named by its first run: his hours are declared with it.

    Raises:
        NotAllowedError: not a driver's account.
        NotFoundError: no such duty.
        ConflictError: somebody holds it by now, or this driver cannot: of another carrier, away, busy, or something is to be shown first.
    """
    driver_id = check_drives(actor)

    def work(tx: Transaction) -> Shift:
        driver = tx.get_driver(actor, driver_id)
        duty = _named(context, tx, actor.agency_id, run_id)
        runs = tx.lock_runs([run.id for run in duty.runs])
        if any(run.driver_id is not None or run.withdrawn for run in runs):
            raise ConflictError("somebody else has taken this duty meanwhile")
        if not _may_take(tx, driver, duty):
            raise ConflictError("this duty cannot be yours: you are away or busy then, or have something to show first")
        planned = duty.planned
        shift = Shift(
            new_id(), actor.agency_id, planned.service.id, driver_id, duty.day, planned.duty.start_s, planned.duty.end_s
        )
        tx.save_shift(shift)
        for run in runs:
            _give(context, tx, run, driver)
        return shift

    return context.store.in_transaction(work)


def _named(context: Context, tx: Transaction, agency_id: str, run_id: str) -> OpenDuty:
    day = tx.get_run(system_actor(agency_id), run_id).day
    duty = next((one for one in _open_on(context, tx, agency_id, day) if one.run_id == run_id and one.opened), None)
    if duty is not None:
        return duty
    if any(run_id == one.runs[0].id for one in planned_duties(context, tx, agency_id, day)):
        raise ConflictError("somebody else has taken this duty meanwhile")
    raise NotFoundError("no such duty")


def _give(context: Context, tx: Transaction, run: Run, driver: Driver) -> None:
    drives = replace(
        run,
        driver_id=driver.id,
        acceptance=driver.acceptance,
        reached_by=driver.reached_by,
        equipment=run.vehicle.equipment | driver.abilities,
        max_metres=driver.max_metres_per_day,
    )
    given = driven_like(run, drives)
    tx.save_run(given, run.revision)
    message = run_notice(given, context.clock()) if given.carries_riders else None
    if message is not None:
        tx.add_notice(message)


def fill_duties(context: Context) -> int:
    """Ask who stands by for every duty whose day has come near, and tell the desk of those that nobody has taken by then; returns how many
    were told. Running it again tells nobody twice.

    Raises:
        NothingImportedError: nothing has been imported yet.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
    return sum(context.store.in_transaction(partial(_fill, context, agency)) for agency in agencies)


def _fill(context: Context, agency: Agency, tx: Transaction) -> int:
    system = system_actor(agency.id)
    rules = [service.staffing.stand_by_days for service in tx.list_services(system) if service.staffing is not None]
    if not rules:
        return 0
    today = context.clock().astimezone(ZoneInfo(agency.timezone)).date()
    stands_by = [driver for driver in tx.list_drivers(system) if driver.stand_by]
    known = {notice.key for notice in tx.list_notices(system)}
    told = 0
    for day in (today + timedelta(days=ahead) for ahead in range(max(rules) + 1)):
        for duty in _open_on(context, tx, agency.id, day):
            if duty.opened and duty.ask_on is not None and duty.ask_on <= today:
                new = [one for one in _messages(context, tx, duty, stands_by, today) if one.key not in known]
                for message in new:
                    tx.add_notice(message)
                told += len(new)
    return told


def _messages(context: Context, tx: Transaction, duty: OpenDuty, stands_by: Iterable[Driver], today: date) -> Iterator[Notice]:
    """One for each driver and one for the desk; again when somebody who had taken it has given it back."""
    run, now = duty.runs[0], context.clock()
    times = f"{duty.run_id}:{len(run.former_driver_ids)}"
    for driver in stands_by:
        if driver.id not in run.former_driver_ids and _may_take(tx, driver, duty):
            key = f"{NoticeKind.DUTY_ASKED.value}:{times}:{driver.id}"
            yield Notice(new_id(), driver.agency_id, key, NoticeKind.DUTY_ASKED, now, run_id=run.id, to_driver_id=driver.id)
    if duty.desk_on is not None and duty.desk_on <= today:
        yield desk_notice(run, NoticeKind.DUTY_OPEN, now, f"{NoticeKind.DUTY_OPEN.value}:{times}")
