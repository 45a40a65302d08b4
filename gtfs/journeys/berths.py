"""Changes that depend on the line or trip one comes from or goes to (transfers.txt), turned into changes between berths.

A berth is a stop as some of its trips use it: all those to which the same rules of transfers.txt apply there. With berths in place of
stops, every rule is one of changing from one berth to another, and the search needs to know nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from gtfs.cleaning import with_columns
from gtfs.feed import Feed
from gtfs.journeys.arrays import NEVER
from gtfs.journeys.changes import FORBIDDEN, GUARANTEED, Footing, LongArray, Walks, sound_seconds, stops_by_name, walked_seconds
from gtfs.timetable import IntArray

_CHANGES = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class _Side:
    """Whom a rule speaks of at one end of a change: the trips of a line, one trip, or (both None) everybody, at these stops."""

    stops: tuple[int, ...]
    route: int | None = None
    trip: int | None = None

    @property
    def anybody(self) -> bool:
        return self.route is None and self.trip is None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of transfers.txt about lines or trips. ``told_s``: its min_transfer_time, None where it has none."""

    kind: int
    told_s: int | None
    origin: _Side
    target: _Side

    @property
    def rank(self) -> int:
        """How special it is, the least first (GTFS reference, transfers.txt, "Specificity")."""
        trips = (self.origin.trip is not None) + (self.target.trip is not None)
        routes = (self.origin.route is not None) + (self.target.route is not None)
        return {(2, 0): 0, (1, 1): 1, (1, 0): 2, (0, 2): 3, (0, 1): 4}[trips, routes]


@dataclass(frozen=True, slots=True)
class Berths:
    """``stop`` int32[B]: the stop of a berth; the first S of them are the stops themselves, for all trips without rules of their own.
    ``of_halt`` int32[H]: berths of the timetable's halts; ``walks``: changes between berths, those within one included
    (NEVER: impossible).
    """

    stop: IntArray
    of_halt: IntArray
    walks: Walks
    _of_stop: dict[int, list[int]]

    def of_stop(self, stop: int) -> list[int]:
        """All berths of a stop."""
        return [stop, *self._of_stop.get(stop, ())]


def special_rules(feed: Feed) -> list[Rule]:
    """The rows of transfers.txt that speak of lines or trips, the most special first, of equal ones those that come first."""
    table = feed.tables.get("transfers.txt")
    if table is None:
        return []
    special = ("from_trip_id", "to_trip_id", "from_route_id", "to_route_id")
    table = with_columns(table, "from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time", *special)
    table = table.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in special)).with_columns(
        pl.col("transfer_type").cast(pl.Int64, strict=False).fill_null(0),
        sound_seconds("min_transfer_time"),
    )
    table = table.filter(pl.col("transfer_type").is_in(_CHANGES))
    numbers = _Numbers(feed)
    rules = [numbers.rule(row) for row in table.iter_rows(named=True)]
    return sorted((rule for rule in rules if rule is not None), key=lambda rule: rule.rank)


class _Numbers:
    """Row numbers of what transfers.txt names."""

    def __init__(self, feed: Feed) -> None:
        named = stops_by_name(feed).group_by("name", maintain_order=True).agg("stop")
        self._stops = dict(zip(named["name"], named["stop"].to_list(), strict=True))
        self._routes = {name: number for number, name in enumerate(feed.route_table["id"])}
        self._trips = {name: number for number, name in enumerate(feed.trip_table["id"])}

    def rule(self, row: dict[str, object]) -> Rule | None:
        """None where it names something that does not exist."""
        origin, target = self._side(row, "from"), self._side(row, "to")
        if origin is None or target is None:
            return None
        kind, told = row["transfer_type"], row["min_transfer_time"]
        return Rule(int(str(kind)), None if told is None else int(str(told)), origin, target)

    def _side(self, row: dict[str, object], end: str) -> _Side | None:
        stop, route, trip = (row[f"{end}_{what}_id"] for what in ("stop", "route", "trip"))
        stops = self._stops.get(stop)
        if stops is None:
            return None
        if trip is not None:  # more exact than its line, which may stand beside it
            return _Side(tuple(stops), trip=self._trips[trip]) if trip in self._trips else None
        if route is not None:
            return _Side(tuple(stops), route=self._routes[route]) if route in self._routes else None
        return _Side(tuple(stops))


def berths_of(feed: Feed, rules: list[Rule], general: Walks, footing: Footing) -> Berths:
    """The berths that ``rules`` make, and the changes between them; ``general`` are those between stops, within one included."""
    stops, timetable = feed.stop_table.height, feed.timetable
    halts = _halts_by_rule(feed, rules)
    of_halt, berth_stop, signatures = timetable.halt_stop, list(range(stops)), dict[tuple[int, bytes], int]()
    if halts.size:
        of_halt = of_halt.copy()
        for halt, group in _groups(halts):
            stop = int(timetable.halt_stop[halt])
            berth = signatures.setdefault((stop, group.tobytes()), len(berth_stop))
            if berth == len(berth_stop):
                berth_stop.append(stop)
            of_halt[halt] = berth
    of_stop: dict[int, list[int]] = {}
    sides: dict[int, list[int]] = {}
    for (stop, signature), berth in signatures.items():
        of_stop.setdefault(stop, []).append(berth)
        for side in np.frombuffer(signature, np.int64).tolist():
            sides.setdefault(side, []).append(berth)
    found = Berths(np.array(berth_stop, np.int32), of_halt, general, of_stop)
    return Berths(found.stop, of_halt, _walks(feed, (rules, sides), found, footing), of_stop)


def _halts_by_rule(feed: Feed, rules: list[Rule]) -> LongArray:
    """int64[N, 2]: halts, and 2 r for rule r at its origin or 2 r + 1 at its target; by halt."""
    timetable, route_of = feed.timetable, feed.trip_table["route"].to_numpy()
    parts = [np.empty((0, 2), np.int64)]
    for number, rule in enumerate(rules):
        for end, side in enumerate((rule.origin, rule.target)):
            if side.anybody:
                continue
            at = [timetable.stop_halts[timetable.stop_first[stop] : timetable.stop_first[stop + 1]] for stop in side.stops]
            halts = np.concatenate(at)
            trips = timetable.halt_trip[halts]
            halts = halts[trips == side.trip if side.trip is not None else route_of[trips] == side.route].astype(np.int64)
            parts.append(np.stack([halts, np.full(halts.size, 2 * number + end)], axis=1))
    found = np.concatenate(parts)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def _groups(halts: LongArray) -> Iterable[tuple[int, LongArray]]:
    """Every halt with what applies to it."""
    begins = np.flatnonzero(np.diff(halts[:, 0], prepend=-1))
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(halts)], strict=True):
        yield int(halts[begin, 0]), halts[begin:end, 1].copy()


def _walks(feed: Feed, told: tuple[list[Rule], dict[int, list[int]]], berths: Berths, footing: Footing) -> Walks:
    """Changes between all berths: by the most special rule, else as between their stops."""
    (rules, sides), general = told, berths.walks
    between: dict[tuple[int, int], int] = {}
    for number, rule in enumerate(rules):
        ends = [
            [berth for stop in side.stops for berth in berths.of_stop(stop)] if side.anybody else sides.get(2 * number + end, [])
            for end, side in enumerate((rule.origin, rule.target))
        ]
        for origin in ends[0]:
            for target in ends[1]:
                if (origin, target) not in between:
                    between[origin, target] = _seconds(feed, rule, (berths.stop[origin], berths.stop[target]), footing)
    several = np.zeros(feed.stop_table.height, np.bool_)
    several[berths.stop[feed.stop_table.height :]] = True
    spread = several[general.origin] | several[general.target]
    plain = np.ones(general.origin.size, np.bool_)
    for origin, target, seconds in zip(general.origin[spread], general.target[spread], general.seconds[spread], strict=True):
        for one in berths.of_stop(int(origin)):
            for other in berths.of_stop(int(target)):
                between.setdefault((one, other), int(seconds))
    plain &= ~spread
    rows = np.array([(*pair, seconds) for pair, seconds in between.items()], np.int64).reshape(-1, 3)
    kept = Walks(general.origin[plain], general.target[plain], general.seconds[plain])
    return Walks(*(np.concatenate([old, new]) for old, new in zip((kept.origin, kept.target, kept.seconds), rows.T, strict=True)))


def _seconds(feed: Feed, rule: Rule, stops: tuple[int, int], footing: Footing) -> int:
    if rule.kind == FORBIDDEN:
        return NEVER
    if rule.told_s is not None:
        return rule.told_s
    if rule.kind == GUARANTEED:
        return 0
    return int(walked_seconds(feed, np.array([stops[0]]), np.array([stops[1]]), footing)[0])
