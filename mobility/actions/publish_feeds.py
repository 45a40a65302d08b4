"""What is published for the world: feeds of an agency's services, made once for each state of things and then handed out.

Static feeds change when a service, the timetable in use or the month does; what happens now is made anew every :data:`NOW_HOLDS`. Whoever asks in
between gets the same bytes, so that somebody who asks all day long costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, cast
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from gtfs.feed import Feed
from mobility.actions.context import Context
from mobility.actions.gather_publication import gather_source, read_published, span_published
from mobility.domain.accounts import Agency, system_actor
from mobility.domain.services import Service
from mobility.errors import NotFoundError
from mobility.publishing import gofs, realtime
from mobility.publishing.flex import FlexFeed, flex_feed
from mobility.publishing.losses import told_losses
from mobility.publishing.sources import Source
from mobility.store.interface import Store

T = TypeVar("T")
FLEX, LOSSES = "gtfs-flex.zip", "losses.txt"
TRIP_UPDATES, VEHICLE_POSITIONS, ALERTS = "trip-updates.pb", "vehicle-positions.pb", "service-alerts.pb"
LINE_UPDATES = "line-trip-updates.pb"
NOW = (TRIP_UPDATES, VEHICLE_POSITIONS, ALERTS, LINE_UPDATES)
ALL_GOFS = frozenset(f"gofs/{name}.json" for name in gofs.STATIC)
NOW_HOLDS = timedelta(seconds=20)
_MAKERS: Mapping[str, Callable[[realtime.Moment], bytes]] = {
    TRIP_UPDATES: realtime.trip_updates,
    VEHICLE_POSITIONS: realtime.vehicle_positions,
    ALERTS: realtime.service_alerts,
    LINE_UPDATES: realtime.line_trip_updates,
}


@dataclass(frozen=True, slots=True)
class Published:
    """A file as it is handed out: its bytes, a name of this version (their hash), and when it was made."""

    content: bytes
    version: str
    made_at: datetime

    @classmethod
    def of(cls, content: bytes, made_at: datetime) -> Published:
        """Named by its content."""
        return cls(content, hashlib.sha256(content).hexdigest()[:32], made_at)


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything static of one agency, by file name (GOFS files as ``gofs/zones.json``), and what the feeds of the moment are made with."""

    files: Mapping[str, Published]
    losses: tuple[str, ...]
    source: Source
    sequences: realtime.Sequences


@dataclass(slots=True)
class _Kept:
    """The last thing made for one agency, and what it was made from."""

    key: Hashable
    made: object


_kept: WeakKeyDictionary[Store, dict[tuple[str, str], _Kept]] = WeakKeyDictionary()
_making = threading.Lock()


def publication(context: Context, agency_id: str, address: str | None = None) -> Publication:
    """The static feeds. ``address``: where they will lie (None: where this service hands them out), as GOFS names its own files.

    Raises:
        NotFoundError: no such agency, or it has no service that could be published.
    """
    with context.store.transaction() as tx:
        agency, services, feed = read_published(context, tx, agency_id)
    own = feeds_url(context, agency_id)
    key = (services, feed, span_published(agency, context), agency, context.public_url, address)
    return _once(context, (agency_id, "static"), key, lambda: _publish(context, agency, services, feed, (address or own, own)))


def feeds_url(context: Context, agency_id: str) -> str:
    """Where this service hands out an agency's feeds."""
    return f"{context.public_url}/feeds/{agency_id}"


def happening_now(context: Context, agency_id: str, name: str) -> Published:
    """One of the GTFS-Realtime feeds :data:`NOW`.

    Raises:
        NotFoundError: no such agency, or nothing of it is published.
    """
    told = publication(context, agency_id)
    now = context.clock()
    slot = int(now.timestamp() // NOW_HOLDS.total_seconds())
    key = (slot, told.files[FLEX].version)
    return _once(context, (agency_id, name), key, lambda: Published.of(_MAKERS[name](_moment(context, told, now)), now))


def _once(context: Context, what: tuple[str, str], key: Hashable, make: Callable[[], T]) -> T:
    """What was made from this key, else made now; one at a time, for making takes a while and the others want the same."""
    with _making:
        kept = _kept.setdefault(context.store, {})
        found = kept.get(what)
        if found is None or found.key != key:
            found = kept[what] = _Kept(key, make())
        return cast("T", found.made)


def _publish(
    context: Context, agency: Agency, services: tuple[Service, ...], feed: Feed | None, addresses: tuple[str, str]
) -> Publication:
    source = gather_source(context, agency, services, feed)
    flex = flex_feed(source)
    if flex.is_empty:
        raise NotFoundError("nothing to publish: no service with a place to halt is in use (service load, import-feed)")
    elsewhere = [service.id for service in services if service.id not in {each.service.id for each in source.offered}]
    lost = (*told_losses(source, flex.left_out, elsewhere), *gofs.told_losses(source))
    now = context.clock()
    files = {FLEX: flex.packed(), LOSSES: "".join(f"{line}\n" for line in lost).encode()}
    if gofs.brands(source):
        address, own = addresses
        told = gofs.documents(source, f"{address}/gofs", f"{own}/gofs", now)
        files |= {f"gofs/{name}.json": packed(document) for name, document in told.items()}
    return Publication({name: Published.of(content, now) for name, content in files.items()}, lost, source, _sequences(flex))


def packed(document: gofs.Document) -> bytes:
    """A JSON document as it is handed out."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _sequences(flex: FlexFeed) -> dict[str, list[int]]:
    """Where the published halts stand among the stop times of their trips."""
    found: dict[str, list[int]] = {}
    for row in flex.tables["stop_times.txt"]:
        if row.get("stop_id"):
            found.setdefault(str(row["trip_id"]), []).append(int(str(row["stop_sequence"])))
    return found


def _moment(context: Context, told: Publication, now: datetime) -> realtime.Moment:
    """Yesterday's night runs, today's and tomorrow's."""
    today = now.astimezone(ZoneInfo(told.source.offered[0].service.timezone)).date()
    system, services = system_actor(told.source.agency_id), [offered.service.id for offered in told.source.offered]
    with context.store.transaction() as tx:
        runs = [run for ahead in (-1, 0, 1) for run in tx.list_runs(system, today + timedelta(days=ahead), services)]
    return realtime.Moment(now, [run.without_holds() for run in runs], told.source, told.sequences, context.publish_positions)
