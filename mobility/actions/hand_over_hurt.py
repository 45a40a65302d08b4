"""Whom a new timetable hurts: who is booked and loses a train or bus is listed before it is used, and handed to the desk afterwards."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from gtfs.errors import FeedError
from gtfs.feed import Feed
from mobility.actions.context import Context, feed_rules, new_id
from mobility.actions.import_data import feeds_with
from mobility.actions.local_time import agency_zone
from mobility.actions.open_runs import bookable_days
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.notices import Notice, NoticeKind
from mobility.errors import ConflictError
from mobility.planning.network import load_feeds
from mobility.planning.relying import Hurt, hurt_by, reliances
from mobility.store.interface import Transaction


def list_hurt(context: Context, actor: Actor, dataset: Dataset) -> list[Hurt]:
    """Whom this version would hurt from now on, or from the day for which it is planned; by departure. Of one that cannot be used: nobody."""
    if dataset.rejected:
        return []
    since = context.clock()
    if dataset.use_on is not None:
        since = max(since, datetime.combine(dataset.use_on, time(), agency_zone(context, actor)))
    with context.store.transaction() as tx:
        try:
            merged = feeds_with(context, tx, dataset)
        except ConflictError:
            return []
        return [] if merged is None else _hurt(context, tx, actor, merged.feed, since)


def hand_over_hurt(context: Context, agency_id: str) -> tuple[str, ...]:
    """Give the desk a task for whatever a booking relies on and the timetables in use do not have; the ids of these bookings. Each task is given once,
    so it does no harm to ask again: after a step back, an import, or a process that died in between.
    """
    system = system_actor(agency_id)
    with context.store.transaction() as tx:
        in_use = tx.list_datasets_in_use(system, DatasetKind.FEED)
        try:
            merged = load_feeds(context.datasets, in_use, feed_rules(tx, agency_id))
        except FeedError:
            return ()  # its files are gone: of that the timetable's page speaks
        feed = None if merged is None else merged.feed
        hurt = _hurt(context, tx, system, feed, context.clock())
        for one in hurt:
            tx.add_notice(_task(one, agency_id, context.clock()))
    return tuple(dict.fromkeys(one.relied.booking_id for one in hurt))


def _hurt(context: Context, tx: Transaction, actor: Actor, feed: Feed | None, since: datetime) -> list[Hurt]:
    """Of all bookings of the days that can be booked."""
    services = tx.list_services(actor)
    first, last = bookable_days(services, context.clock())
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    runs = {run.id: run for day in days for run in tx.list_runs(actor, day)}
    legs = {
        visit.leg_id for run in runs.values() for visit in run.visits if visit.leg_id is not None and visit.held_until is None
    }
    booked = {one.id: one for one in (*tx.list_bookings_of_legs(actor, legs), *tx.list_bookings_nowhere(actor))}
    by_id = {service.id: service for service in services}
    relied = (one for booking in booked.values() for one in reliances(booking, runs, by_id) if one.departs >= since)
    return hurt_by(feed, relied)


def _task(hurt: Hurt, agency_id: str, now: datetime) -> Notice:
    one = hurt.relied
    key = f"{one.booking_id}:{NoticeKind.TIMETABLE_CHANGED.value}:{one.board.stop_id}:{one.departs:%Y%m%dT%H%M%z}"
    return Notice(new_id(), agency_id, key, NoticeKind.TIMETABLE_CHANGED, now, booking_id=one.booking_id)


def groups_of_hurt(hurt: list[Hurt]) -> list[tuple[Hurt, tuple[str, ...]]]:
    """Those that lose the same, with their bookings' ids, as in "17 bookings lose their train at 07:42"; by departure."""
    groups: dict[tuple[str, str | None, datetime], list[Hurt]] = {}
    for one in hurt:
        groups.setdefault((one.relied.line, one.relied.board.stop_id, one.relied.departs), []).append(one)
    return [(of_one[0], tuple(dict.fromkeys(one.relied.booking_id for one in of_one))) for of_one in groups.values()]
