"""Trains that are late, missed or cancelled: the ride from the station waits or comes anew, a later train is told, and at worst the desk
sees to the rider. A ride waits for its own rider only: nobody else aboard or waiting is worse off for it.

Looks at journeys from a few hours before to a few hours after; each in a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.mending import LOST, TAXI, Scene, is_troubled, mended
from mobility.actions.notices import notice, run_notice
from mobility.domain.accounts import system_actor
from mobility.domain.bookings import Booking, HistoryEntry
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import UnavailableError
from mobility.planning.connecting import chains_of
from mobility.planning.ordinary_lines import bookable_lines
from mobility.planning.stations import timetabled
from mobility.store.interface import Transaction

_log = logging.getLogger(__name__)
_AHEAD, _BACK = timedelta(hours=5), timedelta(hours=6)


def keep_connections(context: Context) -> int:
    """Look at every journey under way or soon to begin; how many were changed. Doing it again changes nothing as long as trains run as
    they did.
    """
    now, changed = context.clock(), 0
    with context.store.transaction() as tx:
        journeys = tx.list_journeys(now - _BACK, now + _AHEAD)
    for booking in journeys:
        changed += keep_journey(context, booking)
    return changed


def keep_journey(context: Context, booking: Booking) -> bool:
    """Look at this one; whether it was changed. Where that fails, the next look tries again."""
    try:
        return context.store.in_transaction(partial(_keep, context, booking))
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the other riders' trains matter too
        _log.error("a connection could not be looked after: %s", type(error).__qualname__)
        return False


def _keep(context: Context, seen: Booking, tx: Transaction) -> bool:
    system = system_actor(seen.agency_id)
    network = context.network(tx, system)
    found = timetabled(network, bookable_lines(tx.list_services(system)))
    if found is None:
        return False
    rules = {leg.service_id: tx.get_service(system, leg.service_id).connection for leg in seen.legs}
    scene = Scene(tx, system, network, found, found.follow(network.live), rules, context.clock())
    if not any(is_troubled(scene, chain, seen) for chain in chains_of(seen)):
        return False
    own = [tx.get_run(system, leg.run_id) for leg in seen.legs if leg.run_id is not None]
    near = {run.id for day in {run.day for run in own} for run in tx.list_runs(system, day, rules.keys())}
    runs = {run.id: run for run in tx.lock_runs(near | {run.id for run in own})}
    booking = tx.lock_booking(system, seen.id)
    if any(leg.run_id not in {None, *runs} for leg in booking.legs):
        return False  # changed at this moment: the next look finds it
    after, before = booking, dict(runs)
    for chain in chains_of(booking):
        after = mended(scene, after, chain, runs)
    if after is booking:
        return False
    for run in runs.values():
        if run is not before[run.id]:
            save_moved(tx, run, before[run.id], scene.now)
    after = replace(after, revision=booking.revision + 1)
    tx.save_booking(after)
    keep_ceilings(context, tx, seen.agency_id, [run.id for run in runs.values() if run is not before[run.id]])
    news = after.history[len(booking.history) :]
    if _told(after) != _told(booking) or any(entry.what.startswith(LOST) for entry in news):
        _tell(scene, after, news)
    return True


def _told(booking: Booking) -> object:
    """What a rider knows: another vehicle or order within the promise is nobody's news."""
    legs = [(leg.state, leg.pickup, leg.dropoff, leg.pickup_window, leg.dropoff_window) for leg in booking.legs]
    return legs, booking.journeys


def _tell(scene: Scene, booking: Booking, news: Sequence[HistoryEntry]) -> None:
    """The rider is told what holds now; the desk, too, when it has to see to it."""
    lost = any(entry.what.startswith(LOST) for entry in news)
    taxi = any(entry.what.startswith(LOST) and TAXI in entry.what for entry in news)
    kind = NoticeKind.TAXI if taxi else NoticeKind.CONNECTION_LOST if lost else NoticeKind.CONNECTION
    scene.tx.add_notice(notice(booking, kind, scene.now))
    if lost:
        scene.tx.add_notice(notice(booking, NoticeKind.CONNECTION_LOST, scene.now, to="desk"))


def save_moved(tx: Transaction, run: Run, before: Run, now: datetime) -> None:
    saved = replace(run, revision=before.revision + 1)
    tx.save_run(saved, before.revision)
    message = run_notice(saved, now)
    if message is not None:
        tx.add_notice(message)
