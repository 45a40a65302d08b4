"""GTFS Realtime: one message with trip updates and alerts, read from a file or an address, as plain values.

See the reference "GTFS Realtime v2.0", feed entities TripUpdate and Alert. Vehicle positions are not used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from gtfs.errors import FeedError
from gtfs.fetching import fetch_feed
from gtfs.limits import MIB
from gtfs.nouns import Alert

MOST_BYTES = 64 * MIB
MAX_AGE_S = 900
"""A message older than that says nothing about now."""

_SKIPPED, _NO_DATA = 1, 2
"""StopTimeUpdate.ScheduleRelationship."""
_AHEAD_S = 300
_TIMEOUT_S = 20.0


class RealtimeError(Exception):
    """A message that cannot be used; its text is one line that says why."""


@dataclass(frozen=True, slots=True)
class StopUpdate:
    """One stop of a trip: by its place in the trip (``sequence``) or by ``stop_id``. Times in seconds since 1970 or as delays.

    ``skipped``: not served. ``no_data``: nothing is known from here on. ``assigned``: the stop served in its place.
    """

    sequence: int | None
    stop_id: str
    arrival: int | None = None
    arrival_delay: int | None = None
    departure: int | None = None
    departure_delay: int | None = None
    skipped: bool = False
    no_data: bool = False
    assigned: str = ""


@dataclass(frozen=True, slots=True)
class TripUpdate:
    """What a trip does on a day. ``kind``: ``scheduled``, ``cancelled``, ``added`` or ``replaced``; ``start_s``: when a trip of
    frequencies.txt leaves, in service-day seconds; ``delay``: of the whole trip until a stop says otherwise.
    """

    trip_id: str
    route_id: str
    kind: str
    start_date: date | None
    start_s: int | None
    stops: tuple[StopUpdate, ...] = ()
    delay: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """``timestamp``: when it was made (seconds since 1970). ``passed_over``: how many updates are of a kind that is not applied."""

    timestamp: int
    updates: tuple[TripUpdate, ...]
    alerts: tuple[Alert, ...]
    passed_over: int = 0


_KINDS = {
    "SCHEDULED": "scheduled",
    "CANCELED": "cancelled",
    "DELETED": "cancelled",
    "ADDED": "added",
    "NEW": "added",
    "REPLACEMENT": "replaced",
}


def fetch_message(where: str, now: datetime, *, max_age_s: int = MAX_AGE_S, allow_private: bool = False) -> Message:
    """The message at an http(s) address or in a file. ``allow_private`` is for tests with a server on this machine.

    Raises:
        RealtimeError: it cannot be had or read, is only a part, or was made too long before ``now``.
    """
    try:
        if where.startswith(("http://", "https://")):
            with tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / "message.pb"
                fetch_feed(where, target, MOST_BYTES, _TIMEOUT_S, allow_private=allow_private)
                data = target.read_bytes()
        else:
            path = Path(where)
            if path.stat().st_size > MOST_BYTES:
                raise RealtimeError(f"GTFS Realtime: more than {MOST_BYTES // MIB} MiB")
            data = path.read_bytes()
    except OSError as error:
        raise RealtimeError(f"GTFS Realtime: {where} cannot be read, {error.strerror}") from error
    except FeedError as error:
        raise RealtimeError(f"GTFS Realtime: {error}") from error
    message = parse_message(data)
    check_age(message, now, max_age_s)
    return message


def check_age(message: Message, now: datetime, max_age_s: int = MAX_AGE_S) -> None:
    """Raise RealtimeError for a message made too long before ``now``, or well after it."""
    age = int(now.timestamp()) - message.timestamp
    if age > max_age_s:
        raise RealtimeError(f"GTFS Realtime: the message is {age // 60} minutes old and is not used; ask who publishes it")
    if age < -_AHEAD_S:
        raise RealtimeError("GTFS Realtime: the message is dated ahead of time and is not used; one of the two clocks is wrong")


def parse_message(data: bytes) -> Message:
    """Read a FeedMessage.

    Raises:
        RealtimeError: it is none, has no time, or holds only what has changed.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415  slow to import
    from google.transit import gtfs_realtime_pb2  # noqa: PLC0415

    feed = gtfs_realtime_pb2.FeedMessage()
    try:
        feed.ParseFromString(data)
    except DecodeError as error:
        raise RealtimeError("GTFS Realtime: this is no such message (a protocol buffer FeedMessage is expected)") from error
    if not feed.IsInitialized():  # what must be there is not
        raise RealtimeError("GTFS Realtime: this is no such message (a protocol buffer FeedMessage is expected)")
    if not feed.header.timestamp:
        raise RealtimeError("GTFS Realtime: the message does not say when it was made (header.timestamp)")
    if feed.header.incrementality != gtfs_realtime_pb2.FeedHeader.FULL_DATASET:
        raise RealtimeError("GTFS Realtime: the message holds only changes (DIFFERENTIAL); a full one is needed")
    entities = [entity for entity in feed.entity if not entity.is_deleted]
    updates = [_update(entity.trip_update) for entity in entities if entity.HasField("trip_update")]
    alerts = [_alert(entity.alert) for entity in entities if entity.HasField("alert")]
    known = tuple(one for one in updates if one is not None)
    return Message(int(feed.header.timestamp), known, tuple(alerts), len(updates) - len(known))


def _update(told: Any) -> TripUpdate | None:  # noqa: ANN401  a protobuf message
    """None for kinds that are not applied, and for what names no day or time that can be read."""
    trip = told.trip
    kind = _KINDS.get(trip.ScheduleRelationship.Name(trip.schedule_relationship))
    try:
        start = datetime.strptime(trip.start_date, "%Y%m%d").replace(tzinfo=UTC).date() if trip.start_date else None
        start_s = _seconds(trip.start_time) if trip.start_time else None
    except ValueError:
        return None
    if kind is None or not trip.trip_id:
        return None
    stops = tuple(_stop(one) for one in told.stop_time_update)
    return TripUpdate(trip.trip_id, trip.route_id, kind, start, start_s, stops, told.delay if told.HasField("delay") else None)


def _seconds(text: str) -> int:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _stop(told: Any) -> StopUpdate:  # noqa: ANN401
    arrival, arrival_delay = _event(told.arrival) if told.HasField("arrival") else (None, None)
    departure, departure_delay = _event(told.departure) if told.HasField("departure") else (None, None)
    relation = told.schedule_relationship
    return StopUpdate(
        sequence=told.stop_sequence if told.HasField("stop_sequence") else None,
        stop_id=told.stop_id,
        arrival=arrival,
        arrival_delay=arrival_delay,
        departure=departure,
        departure_delay=departure_delay,
        skipped=relation == _SKIPPED,
        no_data=relation == _NO_DATA,
        assigned=told.stop_time_properties.assigned_stop_id if told.HasField("stop_time_properties") else "",
    )


def _event(told: Any) -> tuple[int | None, int | None]:  # noqa: ANN401
    """Time and delay, as far as they are told."""
    return told.time if told.HasField("time") else None, told.delay if told.HasField("delay") else None


def _alert(told: Any) -> Alert:  # noqa: ANN401
    def ids(values: Iterable[str]) -> frozenset[str]:
        return frozenset(value for value in values if value)

    whom = told.informed_entity
    return Alert(
        header=_text(told.header_text),
        description=_text(told.description_text),
        url=_text(told.url),
        agencies=ids(one.agency_id for one in whom if not (one.route_id or one.stop_id or one.trip.trip_id)),
        routes=ids(one.route_id or one.trip.route_id for one in whom if not (one.stop_id or one.trip.trip_id)),
        stops=ids(one.stop_id for one in whom),
        trips=ids(one.trip.trip_id for one in whom),
        periods=tuple((int(one.start), int(one.end) if one.HasField("end") else 2**62) for one in told.active_period),
    )


def _text(told: Any) -> str:  # noqa: ANN401
    """German where there is some, else what comes first."""
    words = {one.language.lower()[:2]: one.text for one in reversed(told.translation)}
    return str(words.get("de", told.translation[0].text if told.translation else "")).strip()
