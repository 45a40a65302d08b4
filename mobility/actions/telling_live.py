"""A network is told how its trips run in fact: from what the worker has fetched and people have reported.

The worker alone asks the sources: one polite client, and one answer for all processes. What concerns the timetable lies in the database; each
process works it into its own timetable when it has changed, beside the requests, which meanwhile answer by what was known before.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from gtfs.realtime import Message, RealtimeError, TripUpdate, parse_message
from mobility.domain.accounts import system_actor
from mobility.domain.live_news import LiveSource, TripReport
from mobility.planning.live_trips import LiveTrips
from mobility.planning.network import Network
from mobility.store.interface import Transaction

_log = logging.getLogger(__name__)
_LOOK_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class LiveRules:
    """How old a message may be, and whether it is worked in beside the requests (a server) or at once (a command, a test)."""

    max_age_s: int = 900
    beside: bool = False


def tell_live(tx: Transaction, network: Network, agency_id: str, now: datetime, rules: LiveRules) -> None:
    """Look for news, in a server at most every two seconds, and have the network told when there are any."""
    present = network.now
    lately = rules.beside and present.looked_at is not None and abs(now - present.looked_at) < _LOOK_EVERY
    if network.feed is None or lately:
        return
    present.looked_at = now
    system = system_actor(agency_id)
    sources = [one for one in tx.list_live_sources(system) if one.is_fresh(now, rules.max_age_s)]
    reports = tx.list_trip_reports(system, now)
    made_of = (*map(_key, sources), *reports)
    if made_of == present.told.made_of or not present.working.acquire(blocking=False):
        return
    known = dict(present.told.messages)
    raw = {one: tx.find_live_message(system, one.id) for one in sources if _key(one) not in known}

    def work() -> None:
        try:
            messages = {_key(one): _read(network, one, raw[one]) if one in raw else known[_key(one)] for one in sources}
            live = LiveTrips.of(network.feed, list(messages.values()), [_update(one) for one in reports])
            network.tell(live, made_of, messages)
        except Exception as error:  # noqa: BLE001 - whatever it is, the timetable goes on as it was
            _log.error("how trips run in fact cannot be worked in: %s", type(error).__name__)
        finally:
            present.working.release()

    if rules.beside:
        threading.Thread(target=work, name="live", daemon=True).start()
    else:
        work()


def _key(source: LiveSource) -> tuple[str, str]:
    """By what its message is known."""
    return source.id, source.sha256


def _read(network: Network, source: LiveSource, data: bytes | None) -> Message:
    """The kept message with the timetable's ids; one that cannot be read says nothing."""
    try:
        message = parse_message(data or b"")
    except RealtimeError:
        return Message(0, (), ())
    parts = () if network.merged is None else network.merged.parts
    part = next((one for one in parts if one.name == source.feed), None)
    return message if part is None or len(parts) == 1 else part.message(message)


def _update(report: TripReport) -> TripUpdate:
    delay = None if report.late_min is None else 60 * report.late_min
    return TripUpdate(report.trip_id, "", "cancelled" if delay is None else "scheduled", report.day, None, (), delay)
