"""Several feeds as one: ids kept apart, a DHID the same stop in all of them, a line that two deliver ridden once.

The main feed's ids stay as they are. All others get the feed's name before them (``rail:1``), but for stops with a DHID (VDV 432): that
is one number for one stop in all of Germany, and stands for the same stop where the feeds agree on its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gtfs.feed import Feed
from gtfs.nouns import Agency
from gtfs.overlap_rules import MAIN, OverlapRules
from gtfs.overlaps import SAME_STOP_M, Overlap, on_globe, with_calendars, without_overlaps
from gtfs.realtime import Message, StopUpdate, TripUpdate
from gtfs.service_days import ServiceDays
from gtfs.timetable import Timetable, group_offsets

_DHID = r"^[a-z]{2}:\d+:"
_MOST_DAYS = 800
_STOP_COLUMNS = frozenset({"stop_id", "from_stop_id", "to_stop_id", "parent_station"})
_ENTITIES = ("stop_table", "route_table", "trip_table")


@dataclass(frozen=True, slots=True)
class Part:
    """One feed within the whole: ``prefix`` stands before its ids, ``stops`` has the whole's id of each of its stops where it is another,
    ``shared`` the ids of its stops that a feed before it has too.
    """

    name: str
    prefix: str
    stops: Mapping[str, str]
    agencies: frozenset[str]
    shared: frozenset[str] = frozenset()

    def stop(self, stop_id: str) -> str:
        """The whole's id of a stop of this feed."""
        return self.stops.get(stop_id, stop_id)

    def apart(self, identifier: str) -> str:
        """The whole's id of anything else of this feed."""
        return self.prefix + identifier if identifier else identifier

    def message(self, message: Message) -> Message:
        """A message of GTFS Realtime that speaks of this feed, with the whole's ids. What concerns everybody concerns its own agencies."""
        alerts = tuple(
            replace(
                one,
                agencies=frozenset(map(self.apart, one.agencies))
                if one.agencies or one.routes or one.stops or one.trips
                else self.agencies,
                routes=frozenset(map(self.apart, one.routes)),
                stops=frozenset(map(self.stop, one.stops)),
                trips=frozenset(map(self.apart, one.trips)),
            )
            for one in message.alerts
        )
        return replace(message, updates=tuple(map(self._update, message.updates)), alerts=alerts)

    def _update(self, update: TripUpdate) -> TripUpdate:
        stops = tuple(map(self._stop_update, update.stops))
        return replace(update, trip_id=self.apart(update.trip_id), route_id=self.apart(update.route_id), stops=stops)

    def _stop_update(self, update: StopUpdate) -> StopUpdate:
        return replace(update, stop_id=self.stop(update.stop_id), assigned=self.stop(update.assigned))


@dataclass(frozen=True, slots=True)
class Merged:
    """Several feeds as ``feed``; which lines are taken from which of them, and which feeds are left out, with the reason. With one feed only
    it is that feed itself.
    """

    feed: Feed
    parts: tuple[Part, ...]
    overlaps: tuple[Overlap, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    def original(self, identifier: str) -> tuple[str, str]:
        """The feed (its name) that an id of the whole comes from, and the id as that feed has it."""
        for part in self.parts:
            if part.prefix and identifier.startswith(part.prefix):
                return part.name, identifier.removeprefix(part.prefix)
        return self.parts[0].name, identifier


def merge_feeds(feeds: Mapping[str, Feed], rules: OverlapRules | None = None) -> Merged:
    """The feeds, by name (the main one's is empty), as one: the main one first, then by name, whatever comes first in ``feeds``.

    One whose clocks are not those of the first is left out: its times would be wrong.

    Raises:
        ValueError: there is none.
    """
    if not feeds:
        raise ValueError("no feed to merge")
    named = {name: feeds[name] for name in sorted(feeds)}
    first = next(iter(named.values()))
    left_out = {
        name: f"its time zone {feed.timezone} is not that of the others, {first.timezone}"
        for name, feed in named.items()
        if not _same_clocks(first, feed)
    }
    named = {name: feed for name, feed in named.items() if name not in left_out}
    if len(named) == 1:
        name, only = next(iter(named.items()))
        ids = frozenset(agency.id for agency in only.agencies)
        if name == MAIN:
            return Merged(only, (Part(name, "", {}, ids),), (), left_out)
    ridden, overlaps = without_overlaps(named, rules or OverlapRules())
    return _merged(ridden, overlaps, left_out)


def _same_clocks(one: Feed, other: Feed) -> bool:
    """Whether both tell the same time on all days of the other's timetable."""
    days = other.days()
    if one.timezone == other.timezone or days is None:
        return True
    count = min((days[1] - days[0]).days + 1, _MOST_DAYS)
    return all(
        _noon(days[0] + timedelta(days=ahead), one.timezone) == _noon(days[0] + timedelta(days=ahead), other.timezone)
        for ahead in range(count)
    )


def _noon(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time(12), tzinfo=zone).utcoffset()


def _merged(feeds: Mapping[str, Feed], overlaps: tuple[Overlap, ...], left_out: Mapping[str, str]) -> Merged:
    parts, stop_tables, rows = _stops(feeds)
    pieces = [_Piece(feed, part, row) for feed, part, row in zip(feeds.values(), parts, rows, strict=True)]
    routes, services = (
        _starts(sizes) for sizes in zip(*((p.feed.route_table.height, len(p.feed.services.ids)) for p in pieces), strict=True)
    )
    trips = _starts([piece.feed.trip_table.height for piece in pieces])
    feed = Feed(
        [agency for piece in pieces for agency in piece.agencies()],
        pl.concat(stop_tables),
        pl.concat([piece.route_table() for piece in pieces]),
        pl.concat([piece.trip_table(r, s) for piece, r, s in zip(pieces, routes, services, strict=True)]),
        _services(pieces),
        _timetable(pieces, trips, sum(table.height for table in stop_tables)),
        _tables(pieces, trips),
        _locations(pieces),
        tuple(part.prefix for part in parts if part.prefix),
    )
    return Merged(feed, tuple(parts), overlaps, left_out)


def _starts(sizes: Any) -> list[int]:  # noqa: ANN401  any iterable of ints
    return [0, *np.cumsum(list(sizes)).tolist()][:-1]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A feed, its part, and the row of each of its stops in the whole's stop table."""

    feed: Feed
    part: Part
    rows: NDArray[np.int32]

    def agencies(self) -> list[Agency]:
        return [replace(agency, id=self.part.prefix + agency.id) for agency in self.feed.agencies]

    def route_table(self) -> pl.DataFrame:
        """Lines without a company are its first one's: the whole has others."""
        agency = pl.col("agency").fill_null(self.feed.agencies[0].id)
        return self.feed.route_table.with_columns(self._apart("id"), (self.part.prefix + agency).alias("agency"))

    def trip_table(self, routes: int, services: int) -> pl.DataFrame:
        def shifted(name: str, by: int) -> pl.Expr:
            return pl.when(pl.col(name) >= 0).then(pl.col(name) + by).otherwise(pl.col(name)).cast(pl.Int32).alias(name)

        return self.feed.trip_table.with_columns(self._apart("id"), shifted("route", routes), shifted("service", services))

    def table(self, name: str, trips: int) -> pl.DataFrame:
        """One of the other files: whatever ends in ``_id`` is an id of this feed."""
        table = self.feed.tables[name]
        if name == "transfers.txt":
            table = self._own_changes(table)
        columns = [
            self._stop(one) if one in _STOP_COLUMNS else self._apart(one) for one in table.columns if self._is_id(table, one)
        ]
        if name == "flexible_stop_times":
            columns.append((pl.col("trip") + trips).cast(table.schema["trip"]))
        return table.with_columns(columns)

    def _own_changes(self, table: pl.DataFrame) -> pl.DataFrame:
        """Without rules for everybody's changes between stops that are a feed's before it: its own word counts there."""
        ends = [name for name in ("from_stop_id", "to_stop_id") if name in table.columns]
        lines = [name for name in table.columns if name.endswith(("route_id", "trip_id"))]
        theirs = pl.all_horizontal(pl.col(name).is_in(list(self.part.shared)) for name in ends) if ends else pl.lit(value=False)
        anybody = pl.all_horizontal(pl.col(name).is_null() for name in lines) if lines else pl.lit(value=True)
        return table.filter(~(theirs & anybody).fill_null(value=False))

    def features(self) -> list[Any]:
        return [
            {**one, "id": self.part.apart(str(one["id"]))} if isinstance(one, dict) and "id" in one else one
            for one in self.feed.locations.get("features", ())
        ]

    def _apart(self, column: str) -> pl.Expr:
        return (self.part.prefix + pl.col(column)).alias(column) if self.part.prefix else pl.col(column)

    def _stop(self, column: str) -> pl.Expr:
        ids = self.part.stops
        return pl.col(column).replace(list(ids), list(ids.values())) if ids else pl.col(column)

    @staticmethod
    def _is_id(table: pl.DataFrame, column: str) -> bool:
        return (column.endswith("_id") or column in _STOP_COLUMNS) and table.schema[column] == pl.String


def _stops(feeds: Mapping[str, Feed]) -> tuple[list[Part], list[pl.DataFrame], list[NDArray[np.int32]]]:
    """The parts, what each adds to the stop table, and where its stops are in the whole."""
    main = feeds.get(MAIN)
    parts, tables, rows = [], [], []
    known = pl.DataFrame(
        schema={"id": pl.String, "row": pl.Int32, "x": pl.Float64, "y": pl.Float64, "z": pl.Float64, "kind": pl.Int64}
    )
    for name, feed in feeds.items():
        prefix = "" if name == MAIN else _prefix(name, main)
        own = _placed(feed.stop_table).join(known, on="id", how="left", suffix="_known", maintain_order="left")
        apart = pl.sum_horizontal((pl.col(axis) - pl.col(f"{axis}_known")).pow(2) for axis in "xyz").sqrt()
        is_same = (pl.col("row").is_not_null() & (apart <= SAME_STOP_M) & (pl.col("kind") == pl.col("kind_known"))).fill_null(
            value=False
        )
        keeps = pl.lit(not prefix) | pl.col("id").str.contains(_DHID)
        own = own.with_columns((is_same & keeps).alias("shared"))
        stays = keeps & (pl.col("shared") | pl.col("row").is_null())
        own = own.with_columns(pl.when(stays).then("id").otherwise(prefix + pl.col("id")).alias("whole"))
        start = known.height
        fresh = (~own["shared"]).to_numpy()
        row = np.where(fresh, start + np.cumsum(fresh) - 1, own["row"].fill_null(-1).to_numpy()).astype(np.int32)
        changed = own.filter(pl.col("id") != pl.col("whole"))
        ids = dict(zip(changed["id"].to_list(), changed["whole"].to_list(), strict=True))
        shared = frozenset(own.filter("shared")["id"].to_list())
        parts.append(Part(name, prefix, ids, frozenset(prefix + agency.id for agency in feed.agencies), shared))
        table = feed.stop_table.with_columns(own["whole"].alias("id"))
        if ids:
            table = table.with_columns(pl.col("parent").replace(list(ids), list(ids.values())))
        tables.append(table.filter(pl.Series(fresh)))
        rows.append(row)
        more = own.filter(pl.Series(fresh)).select(pl.col("whole").alias("id"), "x", "y", "z", "kind")
        known = pl.concat([known, more.with_columns(pl.Series("row", row[fresh])).select(known.columns)])
    return parts, tables, rows


def _placed(stops: pl.DataFrame) -> pl.DataFrame:
    points = on_globe(stops["lon"].to_numpy(), stops["lat"].to_numpy())
    axes = {axis: points[:, number] for number, axis in enumerate("xyz")}
    return stops.select("id", pl.col("location_type").cast(pl.Int64).alias("kind")).with_columns(
        pl.Series(axis, values) for axis, values in axes.items()
    )


def _prefix(name: str, main: Feed | None) -> str:
    """The name and a colon; with so many colons that no id of the main feed, which stay as they are, begins with it."""
    prefix = f"{name}:"
    if main is None:
        return prefix
    ids = [
        *(getattr(main, table)["id"] for table in _ENTITIES),
        pl.Series([agency.id for agency in main.agencies], dtype=pl.String),
    ]
    pattern = f"^{re.escape(name)}(:+)"
    runs = [found for one in ids for found in one.str.extract(pattern).drop_nulls().unique().to_list()]
    return prefix + ":" * max(map(len, runs), default=0)


def _services(pieces: list[_Piece]) -> ServiceDays:
    whole = pieces[0].feed.services
    ids = [pieces[0].part.apart(one) for one in whole.ids]
    whole = replace(whole, ids=ids, _masks={})
    for piece in pieces[1:]:
        days = piece.feed.services
        numbers = days.exception_service + np.int32(len(whole.ids))
        whole = with_calendars(
            whole,
            [piece.part.apart(one) for one in days.ids],
            (days.weekdays, days.first, days.last),
            (days.exception_day, numbers, days.exception_added),
        )
    return whole


def _timetable(pieces: list[_Piece], trips: list[int], stops: int) -> Timetable:
    def joined(name: str, starts: list[int] | None = None) -> NDArray[Any]:
        arrays = [getattr(piece.feed.timetable, name) for piece in pieces]
        if starts is None:
            return np.concatenate(arrays)
        return np.concatenate([array + np.int32(start) for array, start in zip(arrays, starts, strict=True)])

    def offsets(name: str, starts: list[int]) -> NDArray[np.int32]:
        arrays = [getattr(piece.feed.timetable, name) for piece in pieces]
        heads = [array[:-1] + np.int32(start) for array, start in zip(arrays, starts, strict=True)]
        return np.concatenate([*heads, arrays[-1][-1:] + np.int32(starts[-1])]).astype(np.int32)

    halts = _starts(piece.feed.timetable.halt_trip.size for piece in pieces)
    departures = _starts(piece.feed.timetable.departure_offset.size for piece in pieces)
    halt_stop = np.concatenate([piece.rows[piece.feed.timetable.halt_stop] for piece in pieces]).astype(np.int32)
    order = np.argsort(halt_stop, kind="stable").astype(np.int32)
    same = ("sequence", "arrival", "departure", "pickup", "dropoff")
    return Timetable(
        trip_first=offsets("trip_first", halts),
        halt_trip=joined("halt_trip", trips),
        halt_stop=halt_stop,
        **{f"halt_{name}": joined(f"halt_{name}") for name in same},
        stop_first=group_offsets(halt_stop[order], stops),
        stop_halts=order,
        departure_first=offsets("departure_first", departures),
        departure_offset=joined("departure_offset"),
    )


def _tables(pieces: list[_Piece], trips: list[int]) -> dict[str, pl.DataFrame]:
    names = sorted({name for piece in pieces for name in piece.feed.tables})
    return {
        name: pl.concat(
            [piece.table(name, start) for piece, start in zip(pieces, trips, strict=True) if name in piece.feed.tables],
            how="diagonal_relaxed",
        )
        for name in names
    }


def _locations(pieces: list[_Piece]) -> dict[str, Any]:
    features = [feature for piece in pieces for feature in piece.features()]
    return {"type": "FeatureCollection", "features": features} if features else {}
