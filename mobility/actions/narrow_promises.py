"""The second stage of a promise: at a set time before the pickup its wide windows are narrowed inside themselves, and told.

Never narrowed: what has begun, what is late already, and rides on a manifest that has been printed or read out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.notices import notice
from mobility.domain.accounts import Agency, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.planning.judging import PromiseBrokenError
from mobility.planning.network import Network
from mobility.planning.promising import narrowed, promise_in_words, rides_to_narrow, with_windows
from mobility.store.interface import Transaction

_log = logging.getLogger(__name__)


def narrow_promises(context: Context) -> int:
    """Narrow every promise whose time has come, run by run, each in a transaction of its own; returns how many rides were.

    Once for each ride: doing it again changes nothing and tells nobody twice.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
    runs = [(agency, run) for agency in agencies for run in _runs_with_rides_to_narrow(context, agency)]
    return sum(context.store.in_transaction(partial(_narrow_run, context, agency, run.id)) for agency, run in runs)


def _runs_with_rides_to_narrow(context: Context, agency: Agency) -> list[Run]:
    """Looked at without locks: what is found is looked at again once it is locked."""
    system, now = system_actor(agency.id), context.clock()
    with context.store.transaction() as tx:
        services = {service.id: service for service in tx.list_services(system) if service.promise.narrow_before_s is not None}
        ahead = max((service.promise.narrow_before_s or 0 for service in services.values()), default=0)
        days = _service_days(now, timedelta(seconds=ahead), ZoneInfo(agency.timezone)) if services else []
        runs = [run for day in days for run in tx.list_runs(system, day, services.keys())]
    return [run for run in runs if rides_to_narrow(run, services[run.service_id].promise, now)]


def _service_days(now: datetime, ahead: timedelta, zone: ZoneInfo) -> list[date]:
    """Service days on which a pickup may lie that is so far ahead; yesterday's may pass midnight."""
    first = now.astimezone(zone).date() - timedelta(days=1)
    last = (now + ahead).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class _Narrowing:
    """One run being narrowed: planned pickup and drop-off of the rides whose time has come, by leg."""

    service: Service
    network: Network
    now: datetime
    planned: Mapping[str, tuple[datetime, datetime]]


def _narrow_run(context: Context, agency: Agency, run_id: str, tx: Transaction) -> int:
    system, now = system_actor(agency.id), context.clock()
    before = tx.lock_runs([run_id])[0]
    service = tx.get_service(system, before.service_id)
    due = rides_to_narrow(before, service.promise, now)
    planned = {pickup.leg_id or "": (pickup.planned, dropoff.planned) for pickup, dropoff in due}
    narrowing = _Narrowing(service, context.network(tx, system), now, planned)
    run = before
    for seen in tx.list_bookings_of_legs(system, planned.keys()):
        run = _narrow_booking(tx, narrowing, tx.lock_booking(system, seen.id), run)
    count = run.revision - before.revision
    if count:
        tx.save_run(replace(run, revision=before.revision + 1), before.revision)
    return count


def _narrow_booking(tx: Transaction, narrowing: _Narrowing, booking: Booking, run: Run) -> Run:
    """The run with the booking's rides narrowed, one revision for each; the booking is saved and its rider told."""
    now, narrowed_booking = narrowing.now, booking
    for leg in booking.legs:
        if leg.state is not LegState.ON_RUN or leg.narrowed_at is not None or leg.id not in narrowing.planned:
            continue
        windows = narrowed(narrowing.service.promise, (leg.pickup_window, leg.dropoff_window), narrowing.planned[leg.id])
        try:
            run = with_windows(run, leg.id, windows, narrowing.service, narrowing.network.travel, now)
        except PromiseBrokenError as error:
            _log.info("a promise stays wide for now: %s", error)
            continue
        was = promise_in_words(leg, ZoneInfo(narrowing.service.timezone))
        closer = replace(leg, pickup_window=windows[0], dropoff_window=windows[1], narrowed_at=now)
        entry = HistoryEntry(now, system_actor(booking.agency_id).account_id, f"narrowed, before: {was}")
        narrowed_booking = narrowed_booking.with_leg(closer, entry)
        tx.save_booking(narrowed_booking)
    if narrowed_booking is not booking:
        tx.add_notice(notice(narrowed_booking, NoticeKind.NARROWED, now))
    return run
