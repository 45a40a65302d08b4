"""Ask the sources of GTFS Realtime how trips run, and keep what concerns the timetables."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.fetching import Validators, fetch_if_changed
from gtfs.merging import Part
from gtfs.overlap_rules import told_name
from gtfs.realtime import RealtimeError, check_age, parse_message
from gtfs.realtime_trimming import trimmed
from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.live_news import Configured, LiveSource
from mobility.errors import UnavailableError

_log = logging.getLogger("realtime")
_TIMEOUT_S = 20.0
_MOST_PAUSES = 10


@dataclass(frozen=True, slots=True)
class Asking:
    """How often each source is asked, how much it may answer, and whether it may be in the own network."""

    every_s: int = 30
    most_bytes: int = 20_000_000
    allow_private: bool = False


def ask_sources(context: Context, configured: Sequence[Configured], asking: Asking) -> None:
    """Ask every source that is due; one that fails is asked ever less often, up to ten pauses apart, and stops no other.

    What is wrong is logged when it begins and when it is over, not every time. What is no longer configured is forgotten.
    """
    with context.store.transaction() as tx:
        agencies = [agency.id for agency in tx.list_agencies()]
    for agency_id in agencies:
        with context.store.transaction() as tx:
            kept = {one.id: one for one in tx.list_live_sources(system_actor(agency_id))}
        wanted = {_id(agency_id, one): one for one in configured if one.agency_id in ("", agency_id)}
        for source_id in kept.keys() - wanted.keys():
            with context.store.transaction() as tx:
                tx.delete_live_source(system_actor(agency_id), source_id)
        for source_id, one in wanted.items():
            before = kept.get(source_id)
            if before is None or _is_due(before, context.clock(), asking.every_s):
                _ask(context, one, before or LiveSource(source_id, agency_id, one.feed, one.shown, context.clock()), asking)


def _id(agency_id: str, source: Configured) -> str:
    """The same for the same address; it does not give the address away."""
    return hashlib.sha256(f"{agency_id}\n{source.feed}\n{source.address}".encode()).hexdigest()[:24]


def _is_due(source: LiveSource, now: datetime, every_s: int) -> bool:
    pauses = min(2**source.failures, _MOST_PAUSES) if source.failures < _MOST_PAUSES else _MOST_PAUSES
    return now - source.checked_at >= timedelta(seconds=every_s * pauses - 1)


def _ask(context: Context, configured: Configured, before: LiveSource, asking: Asking) -> None:
    message: bytes | None = None
    try:
        data, validators = _fetched(configured, Validators(before.etag, before.last_modified), asking)
        after = replace(before, checked_at=context.clock(), failures=0, problem="")
        if data is not None and (digest := hashlib.sha256(data).hexdigest()) != before.sha256:
            message, after = _kept(context, data, after)
            after = replace(after, sha256=digest)
        if data is not None:
            after = replace(after, etag=validators.etag, last_modified=validators.last_modified)
    except (RealtimeError, FeedError, OSError, UnavailableError) as error:
        why = error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
        after = replace(before, checked_at=context.clock(), failures=before.failures + 1, problem=why)
    _tell(before, after)
    with context.store.transaction() as tx:
        tx.save_live_source(after, message)


def _fetched(source: Configured, unless: Validators, asking: Asking) -> tuple[bytes | None, Validators]:
    """The message, None when it is the same as before, and by what its server knows it."""
    if not source.address.startswith(("http://", "https://")):
        path = Path(source.address)
        if path.stat().st_size > asking.most_bytes:
            raise RealtimeError(f"GTFS Realtime: the file is larger than {asking.most_bytes // 1_000_000} MB")
        return path.read_bytes(), Validators()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "message.pb"
        found = fetch_if_changed(
            source.address, target, asking.most_bytes, _TIMEOUT_S, unless, allow_private=asking.allow_private
        )
        return (None, unless) if found is None else (target.read_bytes(), found)


def _kept(context: Context, data: bytes, source: LiveSource) -> tuple[bytes, LiveSource]:
    """What of the message concerns the timetable.

    Raises:
        RealtimeError: it cannot be used, now or at all.
    """
    system = system_actor(source.agency_id)
    with context.store.transaction() as tx:
        network = context.network(tx, system)
    parts = () if network.merged is None else network.merged.parts
    part = next((one for one in parts if one.name == source.feed), None)
    if network.feed is None or part is None:
        raise RealtimeError(f"GTFS Realtime: no feed {told_name(source.feed)} is in use")
    cut = trimmed(data, _concerning(network.feed, part if len(parts) > 1 else None))
    message = parse_message(cut.data)
    check_age(message, context.clock(), context.live.max_age_s)
    told_at = datetime.fromtimestamp(message.timestamp, UTC)
    passed_over = cut.passed_over + message.passed_over
    return cut.data, replace(source, told_at=told_at, trips=cut.trips, alerts=cut.alerts, passed_over=passed_over)


def _concerning(feed: Feed, part: Part | None) -> Callable[[Any], bool]:
    """Whether an entry speaks of a trip, line or stop of this feed; an alert that names none of them does."""

    def apart(identifier: str) -> str:
        return identifier if part is None else part.apart(identifier)

    def known_stop(stop_id: str) -> bool:
        return feed.stop_number(stop_id if part is None else part.stop(stop_id)) is not None

    def wanted(entity: Any) -> bool:  # noqa: ANN401 - a protobuf message
        if entity.HasField("trip_update"):
            told = entity.trip_update
            if feed.trip_number(apart(told.trip.trip_id)) is not None:
                return True
            return sum(known_stop(one.stop_id) for one in told.stop_time_update) > 1
        whom = entity.alert.informed_entity
        named = [one for one in whom if one.route_id or one.stop_id or one.trip.trip_id or one.trip.route_id]
        return (
            len(named) < len(whom)
            or not whom
            or any(
                (one.stop_id and known_stop(one.stop_id))
                or feed.route_number(apart(one.route_id or one.trip.route_id)) is not None
                or feed.trip_number(apart(one.trip.trip_id)) is not None
                for one in named
            )
        )

    return wanted


def _tell(before: LiveSource, after: LiveSource) -> None:
    """When something begins to be wrong, or is right again."""
    if after.problem and after.problem != before.problem:
        _log.warning("%s, feed %s: %s", after.shown, told_name(after.feed), after.problem)
    elif before.problem and not after.problem:
        _log.info("%s, feed %s: answers again", after.shown, told_name(after.feed))


def list_sources(context: Context, agency_id: str) -> list[tuple[LiveSource, bool]]:
    """The sources of an agency, and whether what each has told last is used."""
    now = context.clock()
    with context.store.transaction() as tx:
        sources = tx.list_live_sources(system_actor(agency_id))
    return [(one, one.is_fresh(now, context.live.max_age_s)) for one in sources]
