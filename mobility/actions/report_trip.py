"""Somebody says that a train or bus of the timetable is late or cancelled, where no machine does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from gtfs.feed import Feed
from gtfs.service_days import DAY_S, moment
from mobility.actions.context import Context
from mobility.actions.local_time import agency_zone
from mobility.actions.logbook import write_logbook
from mobility.domain.accounts import Actor, Role
from mobility.domain.live_news import TripReport
from mobility.domain.office import LogbookKind
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.store.interface import Transaction

MOST_LATE_MIN = 720
_AHEAD_DAYS = 60


@dataclass(frozen=True, slots=True)
class TripWord:
    """Trip (id) and service day, and so many minutes late, None when cancelled."""

    trip_id: str
    day: date
    late_min: int | None


def report_trip(context: Context, actor: Actor, word: TripWord) -> TripReport:
    """Keep it until the day and the trip are over; it takes the place of what was reported of this trip on that day before.

    Raises:
        NotAllowedError: only the desk and the agency report.
        InvalidInputError: no such trip in the timetable in use, it does not run on that day, or the minutes cannot be.
    """
    _may_report(actor)
    today = context.clock().astimezone(agency_zone(context, actor)).date()
    with context.store.transaction() as tx:
        feed = context.network(tx, actor).feed
    report = TripReport(
        id=hashlib.sha256(f"{actor.agency_id}\n{word.day}\n{word.trip_id}".encode()).hexdigest()[:24],
        agency_id=actor.agency_id,
        trip_id=word.trip_id,
        day=word.day,
        late_min=word.late_min,
        by=actor.account_id,
        at=context.clock(),
        until=_over(feed, word, today),
    )
    note = "cancelled" if word.late_min is None else f"{word.late_min} min"
    with context.store.transaction() as tx:
        tx.save_trip_report(report)
        write_logbook(context, tx, actor, LogbookKind.TRIP_REPORTED, report.id, f"{word.day} {note}")
        _tell_at_once(context, tx, actor)
    return report


def withdraw_trip_report(context: Context, actor: Actor, report_id: str) -> None:
    """It was a mistake, or holds no longer.

    Raises:
        NotAllowedError: only the desk and the agency report.
        NotFoundError: there is none of this id.
    """
    _may_report(actor)
    with context.store.transaction() as tx:
        tx.delete_trip_report(actor, report_id)
        write_logbook(context, tx, actor, LogbookKind.TRIP_REPORT_WITHDRAWN, report_id)
        _tell_at_once(context, tx, actor)


def list_trip_reports(context: Context, actor: Actor) -> list[TripReport]:
    """What holds now, the oldest first.

    Raises:
        NotAllowedError: only the desk and the agency.
    """
    _may_report(actor)
    with context.store.transaction() as tx:
        return tx.list_trip_reports(actor, context.clock())


def forget_trip_reports(context: Context) -> None:
    """What is over."""
    with context.store.transaction() as tx:
        tx.forget_trip_reports(context.clock())


def _may_report(actor: Actor) -> None:
    if actor.role not in (Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError("delays of trains and buses are reported by the desk and the agency")


def _tell_at_once(context: Context, tx: Transaction, actor: Actor) -> None:
    """Here without waiting for the next look; other processes have it within seconds."""
    context.network(tx, actor).now.looked_at = None
    context.network(tx, actor)


def _over(feed: Feed | None, word: TripWord, today: date) -> datetime:
    """The end of the service day, or of the trip where that is later.

    Raises:
        InvalidInputError: such a trip does not run.
    """
    trip = None if feed is None else feed.trip_number(word.trip_id)
    if feed is None or trip is None:
        raise InvalidInputError(Problem("trip_id", "is not in the timetable in use", "take the id of a trip of that timetable"))
    if not today - timedelta(days=1) <= word.day <= today + timedelta(days=_AHEAD_DAYS):
        raise InvalidInputError(
            Problem("day", f"is not from yesterday to {_AHEAD_DAYS} days ahead", "name the service day meant")
        )
    if not feed.runs(word.day)[trip]:
        raise InvalidInputError(Problem("day", "the trip does not run on that service day", "name the day on which it begins"))
    if word.late_min is not None and not 0 <= word.late_min <= MOST_LATE_MIN:
        raise InvalidInputError(Problem("late_min", f"is not from 0 to {MOST_LATE_MIN}", "report the trip as cancelled"))
    table = feed.timetable
    halts, departures = (slice(first[trip], first[trip + 1]) for first in (table.trip_first, table.departure_first))
    last = int(np.max(table.halt_arrival[halts], initial=0)) + int(np.max(table.departure_offset[departures], initial=0))
    return moment(word.day, max(last + 60 * (word.late_min or 0), DAY_S), feed.timezone)
