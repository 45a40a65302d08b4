"""Lines that several feeds deliver: found, and ridden once, day by day.

Two feeds deliver the same line when its company and its number are called the same and most of the stops of the shorter list lie at stops of
the other; or when a rule says so. On every day on which the winner's line runs by its calendars' first and last day, the other's trips do
not: where the winner's timetable has ended, the other's is ridden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gtfs.feed import Feed
from gtfs.overlap_rules import OverlapRules, plain
from gtfs.service_days import ServiceDays

SAME_STOP_M = 200.0
_SHARE_OF_STOPS = 0.5
_MOST_EXCEPTIONS = 2_000_000
_EARTH_M = 6_371_008.8
Key = tuple[str, str]
Ordinals = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Overlap:
    """A line that is taken from the feed ``winner``; ``loser``'s ``trips`` of it are not ridden from ``first`` to ``last``. ``rule``: the number
    of the rule that says so, 0 where both call it the same. Feeds by name, the line's ids as the loser has them.
    """

    agency: str
    line: str
    route_ids: tuple[str, ...]
    winner: str
    loser: str
    first: date
    last: date
    trips: int
    rule: int = 0


@dataclass(slots=True)
class _Side:
    """One feed while overlaps are looked for: its lines that are still ridden, grouped by company and number."""

    name: str
    feed: Feed
    keys: dict[Key, list[int]] = field(default_factory=dict)
    away: list[tuple[list[int], Ordinals]] = field(default_factory=list)


def without_overlaps(feeds: Mapping[str, Feed], rules: OverlapRules) -> tuple[dict[str, Feed], tuple[Overlap, ...]]:
    """The feeds, by name, with every line ridden once, and what was left out for it."""
    sides = [_Side(name, feed) for name, feed in feeds.items()]
    found = [*_by_rule(sides, rules)]
    sides.sort(key=lambda side: rules.rank(side.name))
    for side in sides:
        side.keys = _keys(side)
    for at, loser in enumerate(sides):
        for winner in sides[:at]:
            found += _by_name(winner, loser)
    return {name: _without(side) for name in feeds for side in sides if side.name == name}, tuple(found)


def _by_rule(sides: Sequence[_Side], rules: OverlapRules) -> Iterable[Overlap]:
    """For each line the first rule that fits it counts."""
    by_name = {side.name: side for side in sides}
    spans: dict[str, dict[str, Ordinals | None]] = defaultdict(dict)
    for loser in sides if rules.lines else ():
        agencies = {agency.id: agency for agency in loser.feed.agencies}
        for number, route in enumerate(loser.feed.routes):
            agency = agencies.get(route.agency or "", loser.feed.agencies[0] if route.agency is None else None)
            rule = next((at for at, one in enumerate(rules.lines) if one.fits(route, agency)), None)
            winner = None if rule is None else by_name.get(rules.lines[rule].feed)
            if rule is None or winner is None or winner is loser:
                continue
            told = spans[winner.name]
            line = plain(route.short_name)
            if line not in told:
                told[line] = _span_of_line(winner.feed, line)
            if told[line] is not None:
                yield _left_out(winner, loser, [number], told[line], rule + 1)


def _span_of_line(feed: Feed, line: str) -> Ordinals | None:
    """Of the line of this number; of everything where there is none, for companies' names and numbers differ from feed to feed."""
    rows = [number for number, route in enumerate(feed.routes) if line and plain(route.short_name) == line]
    return _span(feed, rows) or _span(feed, range(len(feed.routes)))


def _keys(side: _Side) -> dict[Key, list[int]]:
    gone = {row for rows, _ in side.away for row in rows}
    names = {agency.id: plain(agency.name) for agency in side.feed.agencies}
    keys: dict[Key, list[int]] = defaultdict(list)
    for number, route in enumerate(side.feed.routes):
        company = names.get(route.agency or "", plain(side.feed.agencies[0].name))
        if number not in gone and route.short_name.strip():
            keys[company, plain(route.short_name)].append(number)
    return keys


def _by_name(winner: _Side, loser: _Side) -> Iterable[Overlap]:
    for key in sorted(winner.keys.keys() & loser.keys.keys()):
        span = _span(winner.feed, winner.keys[key])
        if span is not None and _serve_the_same(winner.feed, winner.keys[key], loser.feed, loser.keys[key]):
            yield _left_out(winner, loser, loser.keys[key], span)


def _left_out(winner: _Side, loser: _Side, rows: list[int], span: Ordinals | None, rule: int = 0) -> Overlap:
    assert span is not None  # noqa: S101  asked before
    loser.away.append((rows, span))
    route = loser.feed.routes[rows[0]]
    names = {agency.id: agency.name for agency in loser.feed.agencies}
    first, last = (date.fromordinal(day) for day in span)
    trips = int(np.isin(loser.feed.trip_table["route"].to_numpy(), rows).sum())
    company = names.get(route.agency or "", loser.feed.agencies[0].name)
    return Overlap(
        company,
        route.short_name or route.long_name,
        tuple(loser.feed.routes[row].id for row in rows),
        winner.name,
        loser.name,
        first,
        last,
        trips,
        rule,
    )


def _span(feed: Feed, rows: Iterable[int]) -> Ordinals | None:
    """First and last day of the calendars that these lines run by; None when they never run."""
    table, days = feed.trip_table, feed.services
    used = np.unique(table["service"].to_numpy()[np.isin(table["route"].to_numpy(), list(rows))])
    used = used[used >= 0]
    regular = used[days.weekdays[used] > 0]
    added = days.exception_day[days.exception_added & np.isin(days.exception_service, used)]
    starts, ends = np.concatenate([days.first[regular], added]), np.concatenate([days.last[regular], added])
    return (int(starts.min()), int(ends.max())) if starts.size else None


def _serve_the_same(one: Feed, rows: list[int], other: Feed, other_rows: list[int]) -> bool:
    few, many = sorted((_places(one, rows), _places(other, other_rows)), key=len)
    if not len(few):
        return False
    from scipy.spatial import cKDTree  # noqa: PLC0415 -- half a second that only an import needs

    near = cKDTree(many).query(few, distance_upper_bound=SAME_STOP_M)[0]
    return float(np.isfinite(near).mean()) >= _SHARE_OF_STOPS


def _places(feed: Feed, rows: list[int]) -> NDArray[np.float64]:
    """(N, 3) metres on the globe: the stops at which these lines halt."""
    trips = np.isin(feed.trip_table["route"].to_numpy(), rows)
    stops = np.unique(feed.timetable.halt_stop[trips[feed.timetable.halt_trip]])
    return on_globe(feed.stop_table["lon"].to_numpy()[stops], feed.stop_table["lat"].to_numpy()[stops])


def on_globe(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) metres: near each other, straight distances are those along the ground."""
    east, north = np.radians(lon), np.radians(lat)
    return _EARTH_M * np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


def _without(side: _Side) -> Feed:
    """The feed, its trips of the lines that are left out running by calendars of their own."""
    feed = side.feed
    for rows, span in side.away:
        feed = _without_days(feed, np.isin(feed.trip_table["route"].to_numpy(), rows), span)
    return feed


def _without_days(feed: Feed, trips: NDArray[np.bool_], span: Ordinals) -> Feed:
    """With these trips (bool[T]) not running on the days of ``span``; all others as they were."""
    service = feed.trip_table["service"].to_numpy().copy()
    used = np.unique(service[trips & (service >= 0)])
    if not used.size:
        return feed
    days, gone = _closed(feed.services, used, span)
    new = np.full(len(feed.services.ids) + 1, -1, np.int32)  # the last stands for service −1
    new[used] = np.where(gone, -1, np.arange(used.size) + len(feed.services.ids))
    service[trips] = new[service[trips]]
    column = feed.trip_table["service"]
    table = feed.trip_table.with_columns(column.__class__("service", service, dtype=column.dtype))
    return replace(feed, trip_table=table, services=days)


def _closed(days: ServiceDays, used: NDArray[np.int32], span: Ordinals) -> tuple[ServiceDays, NDArray[np.bool_]]:
    """Calendars with a copy of each of ``used`` at the end that leaves out the days of ``span``, and which of them (bool) would need more
    exceptions than is sensible: they are nonsense, and hold on no day.
    """
    first, last = days.first[used].copy(), days.last[used].copy()
    begins, ends = first >= span[0], last <= span[1]
    later, sooner = begins & ~ends, ends & ~begins
    first[later], last[sooner] = np.maximum(first[later], span[1] + 1), np.minimum(last[sooner], span[0] - 1)
    inside = ~begins & ~ends & (days.weekdays[used] > 0)
    weekdays = np.where(begins & ends, 0, days.weekdays[used]).astype(np.uint8)
    removed = [(at, np.arange(span[0], span[1] + 1, dtype=np.int32)) for at in np.flatnonzero(inside)[: _room(span)]]
    gone = np.zeros(used.size, np.bool_)
    gone[np.flatnonzero(inside)[_room(span) :]] = True
    keep = np.isin(days.exception_service, used) & ~((days.exception_day >= span[0]) & (days.exception_day <= span[1]))
    copies = np.full(len(days.ids), -1, np.int32)
    copies[used] = np.arange(used.size) + len(days.ids)
    return with_calendars(
        days,
        [f"{days.ids[one]}~{span[0]}" for one in used],
        (weekdays, first, last),
        (
            np.concatenate([days.exception_day[keep], *(some for _, some in removed)]),
            np.concatenate(
                [copies[days.exception_service[keep]], *(np.full(some.size, at + len(days.ids)) for at, some in removed)]
            ),
            np.concatenate([days.exception_added[keep], *(np.zeros(some.size, np.bool_) for _, some in removed)]),
        ),
    ), gone


def _room(span: Ordinals) -> int:
    return max(_MOST_EXCEPTIONS // (span[1] - span[0] + 1), 0)


def with_calendars(
    days: ServiceDays,
    ids: list[str],
    regular: tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]],
    exceptions: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]],
) -> ServiceDays:
    """``days`` with further calendars: weekdays, first and last day; exceptions as day, number of the calendar in the whole, added."""
    day = np.concatenate([days.exception_day, exceptions[0]]).astype(np.int32)
    order = np.argsort(day, kind="stable")
    return ServiceDays(
        [*days.ids, *ids],
        np.concatenate([days.weekdays, regular[0]]).astype(np.uint8),
        np.concatenate([days.first, regular[1]]).astype(np.int32),
        np.concatenate([days.last, regular[2]]).astype(np.int32),
        day[order],
        np.concatenate([days.exception_service, exceptions[1]]).astype(np.int32)[order],
        np.concatenate([days.exception_added, exceptions[2]]).astype(np.bool_)[order],
    )
