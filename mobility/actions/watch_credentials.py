"""What drivers have to show: warned of in time, and after it has ended no ride is given to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mobility.actions.context import Context, new_id
from mobility.actions.notices import desk_notice
from mobility.domain.accounts import Agency, system_actor
from mobility.domain.fleet import Credential, Driver
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.runs import Run
from mobility.store.interface import Transaction

_AHEAD = timedelta(days=400)
"""Farther ahead no run is opened."""


def watch_credentials(context: Context, warn_days: Sequence[int]) -> int:
    """Warn drivers and desk of what ends within each of ``warn_days``, once each, and close runs that nobody may drive; returns how many
    drivers and desks were told. Running it again changes nothing.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
    told = 0
    for agency in agencies:
        with context.store.transaction() as tx:
            drivers = [driver for driver in tx.list_drivers(system_actor(agency.id)) if driver.credentials]
        for driver in drivers:
            told += context.store.in_transaction(partial(_watch, context, agency, driver.id, warn_days))
    return told


def _watch(context: Context, agency: Agency, driver_id: str, warn_days: Sequence[int], tx: Transaction) -> int:
    driver = tx.get_driver(system_actor(agency.id), driver_id)
    close_runs(context, tx, driver)
    now = context.clock()
    known = {notice.key for notice in tx.list_notices(system_actor(agency.id)) if notice.about_driver_id == driver_id}
    found = [each for each in _warnings(driver, now, ZoneInfo(agency.timezone), warn_days) if each.key not in known]
    for warning in found:
        tx.add_notice(warning)
    return len(found)


def _warnings(driver: Driver, now: datetime, zone: ZoneInfo, warn_days: Sequence[int]) -> Iterator[Notice]:
    """To the driver and to the desk, once for each span that has begun: of several the shortest only."""
    today = now.astimezone(zone).date()
    for credential in driver.credentials:
        begun = [days for days in warn_days if (credential.valid_until - today).days <= days]
        if begun:
            yield _warning(driver, credential, min(begun), now, NoticeKind.CREDENTIAL_ENDS)
            yield _warning(driver, credential, min(begun), now, NoticeKind.CREDENTIAL_TASK)


def _warning(driver: Driver, credential: Credential, days: int, now: datetime, kind: NoticeKind) -> Notice:
    key = f"{kind.value}:{driver.id}:{credential.kind.value}:{credential.valid_until:%Y%m%d}:{days}"
    to_driver = driver.id if kind is NoticeKind.CREDENTIAL_ENDS else None
    return Notice(new_id(), driver.agency_id, key, kind, now, to_driver_id=to_driver, about_driver_id=driver.id)


def close_runs(context: Context, tx: Transaction, driver: Driver) -> int:
    """Close the coming runs that end after one of the driver's credentials has, or for whose service he lacks one, and open again those that
    he may drive after all; returns how many changed. A duty of the carrier's goes without him, for somebody else to drive; rides in his own car are the desk's.
    """
    agency = tx.find_agency(driver.agency_id)
    zone = ZoneInfo("Europe/Berlin" if agency is None else agency.timezone)
    today = context.clock().astimezone(zone).date()
    coming = [run for run in _runs_of(tx, driver, today) if not run.withdrawn and run.ends_at > context.clock()]
    demanded = {one.id: one.driver_credentials for one in tx.list_services(system_actor(driver.agency_id))}
    wrong = [
        run.id for run in coming if run.closed == driver.may_drive(demanded.get(run.service_id, frozenset()), run.last_day(zone))
    ]
    for run in tx.lock_runs(wrong):
        changed = _without(driver, run) if not run.closed else replace(run, closed=False, revision=run.revision + 1)
        tx.save_run(changed, run.revision)
        if run.carries_riders and not run.closed:
            task = f"no-driver:{run.id}:{changed.revision}"
            tx.add_notice(desk_notice(changed, NoticeKind.DRIVER_MISSING, context.clock(), task))
    return len(wrong)


def _runs_of(tx: Transaction, driver: Driver, today: date) -> list[Run]:
    return tx.list_runs_of(system_actor(driver.agency_id), driver.id, today - timedelta(days=1), today + _AHEAD)


def _without(driver: Driver, run: Run) -> Run:
    own_car = driver.vehicle is not None and driver.vehicle.id == run.vehicle.id
    under_way = any(visit.is_done for visit in run.visits)
    return replace(run, closed=True, revision=run.revision + 1) if own_car or under_way else run.without_driver()
