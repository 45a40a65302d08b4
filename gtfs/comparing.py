"""Two versions of a feed side by side: what passengers would notice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import cos, hypot, radians
from typing import Any

import numpy as np

from gtfs.feed import Feed
from gtfs.nouns import Route, Stop

MOVED_M = 25
"""From so many metres on a stop counts as moved."""
_SAME_PLACE_M = 100
_MOST_DAYS = 400
_M_PER_DEGREE = 111_195
KINDS_OF_DAY = ("weekday", "saturday", "sunday")
Trips = tuple[int, int, int]
"""Departures on a Monday to Friday, a Saturday, a Sunday: the median of all such days of the timetable."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line before and after; ``change`` is new, gone, trips (others a day) or same. Ids are "" where the line is not there."""

    name: str
    long_name: str
    change: str
    old_id: str
    new_id: str
    old_trips: Trips
    new_trips: Trips


@dataclass(frozen=True, slots=True)
class StopChange:
    """A stop that is new, gone, moved (by ``metres``) or renumbered (the same name at the same place with another id). ``was`` is where it was
    (lon, lat). Degrees.
    """

    id: str
    name: str
    change: str
    lon: float
    lat: float
    metres: int = 0
    old_id: str = ""
    was: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """All lines, the gravest change first; the stops that changed, and how many did not."""

    old_days: tuple[date, date] | None
    new_days: tuple[date, date] | None
    lines: tuple[LineChange, ...]
    stops: tuple[StopChange, ...]
    stops_same: int

    def stops_that(self, change: str) -> list[StopChange]:
        return [stop for stop in self.stops if stop.change == change]

    def to_json(self) -> dict[str, Any]:
        """As ``python -m gtfs diff --json`` prints it."""
        return {
            "days": {"old": _dates(self.old_days), "new": _dates(self.new_days)},
            "lines": [
                asdict(line)
                | {f"{age}_trips": dict(zip(KINDS_OF_DAY, getattr(line, f"{age}_trips"), strict=True)) for age in ("old", "new")}
                for line in self.lines
            ],
            "stops": [asdict(stop) for stop in self.stops],
            "stops_same": self.stops_same,
        }


def _dates(days: tuple[date, date] | None) -> list[str] | None:
    return None if days is None else [day.isoformat() for day in days]


def compare_feeds(old: Feed, new: Feed) -> FeedChanges:
    """What changes when ``new`` takes the place of ``old``. Lines are the same by id, else by number; stops by id, else by name and place."""
    stops, same = _stops(old.stops, new.stops)
    return FeedChanges(old.days(), new.days(), _lines(old, new), stops, same)


def trips_a_day(feed: Feed) -> dict[str, Trips]:
    """Departures of each line (by id) on a usual weekday, Saturday and Sunday."""
    days = feed.days()
    if days is None:
        return {route.id: (0, 0, 0) for route in feed.routes}
    timetable = feed.timetable
    line = feed.trip_table["route"].to_numpy()
    departures = np.diff(timetable.departure_first) * (np.diff(timetable.trip_first) > 1)
    departures[feed.tables["flexible_stop_times"]["trip"].unique().to_numpy()] = 1
    counts: tuple[list[Any], ...] = ([], [], [])
    for number in range(min((days[1] - days[0]).days + 1, _MOST_DAYS)):
        day = days[0] + timedelta(days=number)
        runs = feed.runs(day) & (line >= 0)
        counts[max(day.weekday() - 4, 0)].append(np.bincount(line[runs], departures[runs], len(feed.routes)))
    usual = [np.median(some, axis=0) if some else np.zeros(len(feed.routes)) for some in counts]
    return {route.id: (int(usual[0][n]), int(usual[1][n]), int(usual[2][n])) for n, route in enumerate(feed.routes)}


def _lines(old: Feed, new: Feed) -> tuple[LineChange, ...]:
    old_trips, new_trips = trips_a_day(old), trips_a_day(new)
    pairs = _pairs(old.routes, new.routes)
    found = []
    for before, after in pairs:
        route = after or before
        assert route is not None  # noqa: S101  a pair has one at least
        was = old_trips[before.id] if before else (0, 0, 0)
        comes = new_trips[after.id] if after else (0, 0, 0)
        change = "new" if before is None else "gone" if after is None else "trips" if was != comes else "same"
        name = route.short_name or route.long_name or route.id
        found.append(
            LineChange(name, route.long_name, change, before.id if before else "", after.id if after else "", was, comes)
        )
    order = {"gone": 0, "new": 1, "trips": 2, "same": 3}
    return tuple(sorted(found, key=lambda line: (order[line.change], line.name, line.old_id, line.new_id)))


def _pairs(old: Sequence[Route], new: Sequence[Route]) -> list[tuple[Route | None, Route | None]]:
    """Lines that are the same: by id, then by a number that only one of the rest on either side has."""
    by_id = {route.id: route for route in new}
    pairs: list[tuple[Route | None, Route | None]] = [(route, by_id.pop(route.id)) for route in old if route.id in by_id]
    rest = [route for route in old if route.id not in {before.id for before, _ in pairs if before}]
    numbers_old, numbers_new = _once(rest), _once(by_id.values())
    for route in rest:
        other = numbers_new.get(route.short_name) if numbers_old.get(route.short_name) is route else None
        pairs.append((route, by_id.pop(other.id) if other else None))
    return pairs + [(None, route) for route in by_id.values()]


def _once(routes: Iterable[Route]) -> dict[str, Route]:
    seen: dict[str, list[Route]] = {}
    for route in routes:
        seen.setdefault(route.short_name, []).append(route)
    return {number: some[0] for number, some in seen.items() if number and len(some) == 1}


def _stops(old: Sequence[Stop], new: Sequence[Stop]) -> tuple[tuple[StopChange, ...], int]:
    before, after = ({stop.id: stop for stop in some if stop.location_type in (0, 1)} for some in (old, new))
    changes, same = [], 0
    for stop in before.keys() & after.keys():
        metres = _metres(before[stop], after[stop])
        if metres >= MOVED_M:
            now = after[stop]
            changes.append(
                StopChange(now.id, now.name, "moved", now.lon, now.lat, round(metres), was=(before[stop].lon, before[stop].lat))
            )
        else:
            same += 1
    gone = [before[stop] for stop in before.keys() - after.keys()]
    named: dict[str, list[Stop]] = {}
    for stop in after.keys() - before.keys():
        named.setdefault(after[stop].name, []).append(after[stop])
    for left in sorted(gone, key=lambda one: one.id):
        twins = [stop for stop in named.get(left.name, ()) if _metres(left, stop) < _SAME_PLACE_M]
        if twins:
            twin = min(twins, key=lambda stop: (_metres(left, stop), stop.id))
            named[left.name].remove(twin)
            changes.append(StopChange(twin.id, twin.name, "renumbered", twin.lon, twin.lat, old_id=left.id))
        else:
            changes.append(StopChange(left.id, left.name, "gone", left.lon, left.lat))
    changes += [StopChange(stop.id, stop.name, "new", stop.lon, stop.lat) for some in named.values() for stop in some]
    order = {"gone": 0, "moved": 1, "new": 2, "renumbered": 3}
    return tuple(sorted(changes, key=lambda stop: (order[stop.change], -stop.metres, stop.name, stop.id))), same


def _metres(one: Stop, other: Stop) -> float:
    squeeze = cos(radians((one.lat + other.lat) / 2))
    return hypot((one.lon - other.lon) * squeeze, one.lat - other.lat) * _M_PER_DEGREE
