"""Journeys by timetable, with ways to the first stop and from the last that may be possible only at certain times.

The search is round-based (RAPTOR: Delling, Pajor & Werneck 2015); a span of departures is searched from its end to its beginning, so
that each departure only looks for what no later one reaches (rRAPTOR, section 4.2 there). The latest departure for an arrival is the
earliest arrival in a timetable mirrored in time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from gtfs.feed import Feed
from gtfs.journeys.arrays import NEVER, Changes, Departures, Halts, Labels, Lines, Network, Ways
from gtfs.journeys.changes import Footing, Walks, changes_of, crow_fly_walks, mirrored_changes
from gtfs.journeys.day_lines import Period, forwards, lay_out, mirrored
from gtfs.nouns import FootLeg, Journey, Reach, TransitLeg
from gtfs.service_days import DAY_S
from gtfs.timetable import BoolArray, IntArray

_LAYOUTS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for.

    Attributes:
        access, egress: ways from the origin to stops, and from stops to the goal.
        day: the service day all times are told in, as seconds from its origin.
        earliest_s, latest_s: when one is ready to leave or, with ``arrive_by``, wants to be there.
        most_changes: changes of vehicle at most.
        wheelchair: only vehicles and stops of which the feed says that a wheelchair can board.
    """

    access: Sequence[Reach]
    egress: Sequence[Reach]
    day: date
    earliest_s: int
    latest_s: int
    arrive_by: bool = False
    most_changes: int = 5
    wheelchair: bool = False

    def mirrored(self) -> Query:
        """With ``arrive_by``: the same with time running backwards."""
        return replace(
            self,
            access=[reach.mirrored() for reach in self.egress],
            egress=[reach.mirrored() for reach in self.access],
            earliest_s=-self.latest_s,
            latest_s=-self.earliest_s,
            arrive_by=False,
        )


@dataclass(frozen=True, slots=True)
class _Direction:
    """The timetable and the rules of changing, forwards or mirrored."""

    halts: Halts
    departures: Departures
    changes: Changes


class JourneyPlanner:
    """Answers questions about one feed; to be shared by all threads. What is laid out for a day is kept for a while.

    Args:
        feed: the timetable.
        walks: walks between stops; crow-fly ones when not given.
        footing: how people walk and how long a change takes.
        within_s: how long after the departure one may arrive.
    """

    def __init__(self, feed: Feed, walks: Walks | None = None, footing: Footing | None = None, within_s: int = DAY_S) -> None:
        self.feed, self.footing, self.within_s = feed, footing or Footing(), within_s
        self._walks = walks
        self._kept: dict[tuple[date, Period, bool, bool], Lines] = {}
        self._lock = threading.Lock()
        self._room = threading.local()

    def journeys(self, query: Query) -> list[Journey]:
        """All journeys for who is ready to leave within the span, of which none is better in everything: leaves later, arrives earlier,
        changes less, rides less by on-demand vehicle to the first stop and from the last. By departure, then arrival.

        Each leaves as late as its arrival allows, be it after the span. With ``arrive_by`` it is the other way round.
        """
        at_end, within = self._search(query)
        found = [self._tightened(query, journey) for journey in at_end] + within
        return sorted(_undominated(found), key=lambda one: (one.departure_s, one.arrival_s, one.changes))

    def earliest_arrival(self, query: Query) -> Journey | None:
        """The journey that arrives first for who leaves at ``earliest_s`` (with ``arrive_by``: leaves last, to be there at
        ``latest_s``); of two, the one with fewer changes.
        """
        at = query.latest_s if query.arrive_by else query.earliest_s
        at_end, _ = self._search(replace(query, earliest_s=at, latest_s=at), fastest=True)
        return at_end[-1] if at_end else None

    def _tightened(self, query: Query, journey: Journey) -> Journey:
        """With the same arrival and no more changes and rides the latest departure; the other way round with ``arrive_by``."""
        at = journey.departure_s if query.arrive_by else journey.arrival_s
        other = replace(query, arrive_by=not query.arrive_by, earliest_s=at, latest_s=at, most_changes=journey.changes)
        found, _ = self._search(other, within_s=journey.arrival_s - journey.departure_s)
        return next((one for one in _undominated(found) if _dominates(one, journey)), journey)

    def _search(self, query: Query, *, within_s: int | None = None, fastest: bool = False) -> tuple[list[Journey], list[Journey]]:
        """Journeys of who is ready at the end of the span, the best of them whenever they leave, and of departures within it;
        ``fastest``: only arrival and changes count.
        """
        within_s = self.within_s if within_s is None else within_s
        if query.arrive_by:
            lines = self._lines(query, Period(query.earliest_s - within_s, query.latest_s), backwards=True)
            at_end, within = self._search_ahead(query.mirrored(), (self._backwards, lines), within_s, fastest=fastest)
            return [one.mirrored() for one in at_end], [one.mirrored() for one in within]
        lines = self._lines(query, Period(query.earliest_s, query.latest_s + within_s), backwards=False)
        return self._search_ahead(query, (self._forwards, lines), within_s, fastest=fastest)

    def _search_ahead(
        self, query: Query, where: tuple[_Direction, Lines], within_s: int, *, fastest: bool
    ) -> tuple[list[Journey], list[Journey]]:
        at_end: list[Journey] = []
        within: list[Journey] = []
        for level in [NEVER] if fastest else sorted({reach.ride_s for reach in query.access}):
            access = [reach for reach in query.access if reach.ride_s <= level]
            found = _Search(self, where, replace(query, access=access), every=not fastest).run(within_s)
            at_end += found[0]
            within += found[1]
        return _undominated(at_end, _nowhere_later), within

    def _lines(self, query: Query, period: Period, *, backwards: bool) -> Lines:
        """The departures of the days the period touches, counted from the service day."""
        whole = Period(period.begin_s // DAY_S * DAY_S, -(-period.end_s // DAY_S) * DAY_S)
        key = query.day, whole, backwards, query.wheelchair
        lines = self._kept.get(key)
        if lines is None:
            lines = self._lay_out(query, whole, backwards=backwards)
            with self._lock:
                while len(self._kept) >= _LAYOUTS_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = lines
        return lines

    def _lay_out(self, query: Query, period: Period, *, backwards: bool) -> Lines:
        direction = self._backwards if backwards else self._forwards
        days = []
        for service_day, shift in self.feed.service_days(query.day, period.begin_s, period.end_s):
            runs = self.feed.runs(service_day)
            days.append((runs & self._takes_wheelchairs if query.wheelchair else runs, -shift if backwards else shift))
        turned = Period(-period.end_s, -period.begin_s) if backwards else period
        return lay_out(direction.halts, self._patterns, days, direction.departures, turned, self.any_stop.size)

    @cached_property
    def _patterns(self) -> IntArray:
        from gtfs.journeys.kernels import number_patterns  # noqa: PLC0415  numba takes a second to import

        return number_patterns(self._forwards.halts)

    @cached_property
    def _forwards(self) -> _Direction:
        timetable = self.feed.timetable
        walks = self._walks if self._walks is not None else crow_fly_walks(self.feed, self.footing)
        departures = Departures(timetable.departure_first, timetable.departure_offset)
        return _Direction(forwards(timetable), departures, changes_of(self.feed, walks, self.footing))

    @cached_property
    def _backwards(self) -> _Direction:
        ahead = self._forwards
        departures = Departures(ahead.departures.first, -ahead.departures.offset)
        return _Direction(mirrored(ahead.halts), departures, mirrored_changes(ahead.changes))

    def labels(self, rounds: int, ways: int) -> Labels:
        """Room for a search, used again by the next one of this thread: filling it is quicker than getting it anew."""
        shape = rounds, self.any_stop.size
        room: dict[str, list[IntArray]] = self._room.__dict__
        if str(rounds) not in room:
            shapes = shape, shape, shape, (*shape, 3), shape[1:], shape, shape
            room[str(rounds)] = [np.empty(one, np.int32) for one in shapes]
        return Labels._make([*room[str(rounds)], np.empty((rounds, ways), np.int32)])

    @cached_property
    def _takes_wheelchairs(self) -> BoolArray:
        says: BoolArray = self.feed.trip_table["wheelchair"].to_numpy() == 1
        return says

    @cached_property
    def wheelchair_stops(self) -> BoolArray:
        """bool[S]: where the feed says that a wheelchair can board."""
        says: BoolArray = self.feed.stop_table["wheelchair"].fill_null(value=False).to_numpy()
        return says

    @cached_property
    def any_stop(self) -> BoolArray:
        """bool[S]: all of them."""
        return np.ones(self.feed.stop_table.height, np.bool_)


class _Search:
    """One search with one set of ways to the first stop."""

    def __init__(self, planner: JourneyPlanner, where: tuple[_Direction, Lines], query: Query, *, every: bool) -> None:
        self.planner, (self.direction, self.lines), self.query = planner, where, query
        self.usable = planner.wheelchair_stops if query.wheelchair else planner.any_stop
        self.egress = _grouped(query.egress, planner.feed)
        self.ways = _ways(self.egress)
        self.every = every and len({group[0].ride_s for _, group in self.egress}) > 1
        self.labels = planner.labels(query.most_changes + 2, len(self.egress))

    def run(self, within_s: int) -> tuple[list[Journey], list[Journey]]:
        """Journeys of who is ready at the end of the span, and of departures within it."""
        if not self.egress or not self.lines.trip.size:
            return [], []
        query = self.query
        self.labels.best_goal.fill(query.latest_s + within_s + 1)
        self.labels.best_ready.fill(NEVER)
        self.labels.best_alighted.fill(NEVER)
        at_end = self._from(query.latest_s, self._starts(query.access, query.latest_s))
        within: list[Journey] = []
        for departure, access in self._departures():
            within += self._from(departure, self._starts(access, departure))
        return at_end, within

    def _departures(self) -> Iterator[tuple[int, list[Reach]]]:
        """Departures before the end of the span, the last first, with the ways by which something can be caught."""
        when: dict[int, list[Reach]] = {}
        if self.query.earliest_s < self.query.latest_s:
            for reach in self.query.access:
                for departure in self._departures_by(reach):
                    when.setdefault(departure, []).append(reach)
        for departure in sorted(when, reverse=True):
            yield departure, when[departure]

    def _starts(self, access: Iterable[Reach], departure: int) -> dict[int, tuple[int, Reach]]:
        best: dict[int, tuple[int, Reach]] = {}
        for reach in access:
            stop, time = self.planner.feed.stop_number(reach.stop_id), reach.arrival_s(departure)
            if stop is not None and time is not None and (stop not in best or time < best[stop][0]):
                best[stop] = time, reach
        return best

    def _departures_by(self, reach: Reach) -> list[int]:
        """Departures within the span by which something can be caught at the stop."""
        query, stop = self.query, self.planner.feed.stop_number(reach.stop_id)
        if stop is None:
            return []
        if reach.departure_s is not None:
            return [reach.departure_s] if query.earliest_s <= reach.departure_s < query.latest_s else []
        lines, halts = self.lines, self.direction.halts
        parts = [np.empty(0, np.int32)]
        for at in range(lines.stop_first[stop], lines.stop_first[stop + 1]):
            line = lines.stop_line[at]
            of_line = slice(lines.line_first[line], lines.line_first[line + 1])
            parts.append(halts.departure[lines.halt[of_line] + lines.stop_position[at]] + lines.offset[of_line])
        times = np.unique(np.concatenate(parts)) - reach.seconds
        inside: list[int] = times[(times >= query.earliest_s) & (times < query.latest_s)].tolist()
        return inside

    def _from(self, departure: int, starts: dict[int, tuple[int, Reach]]) -> list[Journey]:
        from gtfs.journeys.kernels import search  # noqa: PLC0415  numba takes a second to import

        labels = self.labels
        labels.ready.fill(NEVER)
        labels.alighted.fill(NEVER)
        marked = []
        for stop, (time, _) in starts.items():
            if self.usable[stop] and time < labels.best_ready[0, stop]:
                labels.ready[0, stop] = labels.best_ready[0, stop] = time
                marked.append(stop)
        before = labels.best_goal.copy()
        network = Network(self.lines, self.direction.halts, self.direction.changes, self.ways, self.usable)
        search(network, labels, np.array(marked, np.int32), self.every)
        return [self._journey(departure, starts, k, e) for k, e in self._reached(before)]

    def _reached(self, before: IntArray) -> Iterator[tuple[int, int]]:
        """Rounds and ways by which the goal is reached earlier than before and than with fewer rounds."""
        goal = self.labels.best_goal
        for k in range(1, len(goal)):
            if self.every:
                yield from ((k, int(e)) for e in np.flatnonzero(goal[k] < np.minimum(before[k], goal[k - 1])))
            elif goal[k].min() < min(before[k].min(), goal[k - 1].min()):
                yield k, int(np.argmin(goal[k]))

    def _journey(self, departure: int, starts: dict[int, tuple[int, Reach]], k: int, e: int) -> Journey:
        """Follow the labels back from the goal."""
        labels, (stop, group) = self.labels, self.egress[e]
        arrival, egress = _soonest(group, int(labels.alighted[k, stop]))
        leg, board = self._leg(k, stop)
        legs: list[TransitLeg | FootLeg] = [leg]
        for earlier in range(k - 1, 0, -1):
            stop = int(labels.via[earlier, board])
            if stop != board:
                legs.append(self._walk(stop, board, int(labels.alighted[earlier, stop])))
            leg, board = self._leg(earlier, stop)
            legs.append(leg)
        access = starts[board][1]
        leaves = access.departure_s if access.departure_s is not None else max(departure, leg.departure_s - access.seconds)
        return Journey(leaves, arrival, tuple(reversed(legs)), access, egress)

    def _leg(self, k: int, stop: int) -> tuple[TransitLeg, int]:
        """The ride by which one alights at ``stop`` in round ``k``, and where it is boarded."""
        boarded, alighted, departure = self.labels.ride[k, stop].tolist()
        lines, halts, feed = self.lines, self.direction.halts, self.planner.feed
        first, offset = int(lines.halt[departure]), int(lines.offset[departure])
        span = slice(first + boarded, first + alighted + 1)
        times = (halts.arrival[span] + offset).tolist(), (halts.departure[span] + offset).tolist()
        ids = [feed.stops[number].id for number in halts.stop[span]]
        return feed.transit_leg(int(lines.trip[departure]), tuple(zip(ids, *times, strict=True))), int(
            halts.stop[first + boarded]
        )

    def _walk(self, origin: int, target: int, departure: int) -> FootLeg:
        changes, stops = self.direction.changes, self.planner.feed.stops
        walks = slice(changes.first[origin], changes.first[origin + 1])
        seconds = int(changes.seconds[walks][changes.to[walks] == target].min())
        return FootLeg(stops[origin].id, stops[target].id, departure, departure + seconds)


def _grouped(egress: Sequence[Reach], feed: Feed) -> list[tuple[int, list[Reach]]]:
    """Ways to the goal that start at the same stop and ride equally long."""
    groups: dict[tuple[int, int], list[Reach]] = {}
    for reach in egress:
        stop = feed.stop_number(reach.stop_id)
        if stop is not None:
            groups.setdefault((stop, reach.ride_s), []).append(reach)
    return [(stop, group) for (stop, _), group in groups.items()]


def _ways(egress: list[tuple[int, list[Reach]]]) -> Ways:
    rides: list[tuple[int, int]] = []
    first, walks = [0], []
    for _, group in egress:
        walks.append(min((reach.seconds for reach in group if reach.departure_s is None), default=NEVER))
        leaving = sorted(
            (reach.departure_s, reach.departure_s + reach.seconds) for reach in group if reach.departure_s is not None
        )
        rides += leaving  # of one group all take equally long: who leaves first arrives first
        first.append(len(rides))
    ready, arrival = np.array(rides, np.int32).reshape(-1, 2).T
    stops = np.array([stop for stop, _ in egress], np.int32)
    return Ways(stops, np.array(walks, np.int32), np.array(first, np.int32), ready.copy(), arrival.copy())


def _soonest(group: Iterable[Reach], alighted_s: int) -> tuple[int, Reach]:
    """The way by which one is at the goal first."""
    arrivals = [(time, reach) for reach in group if (time := reach.arrival_s(alighted_s)) is not None]
    return min(arrivals, key=lambda one: one[0])


def _nowhere_later(one: Journey, other: Journey) -> bool:
    """True when ``one`` is nowhere worse, whenever it leaves."""
    return one.arrival_s <= other.arrival_s and one.changes <= other.changes and one.ride_s <= other.ride_s


def _dominates(one: Journey, other: Journey) -> bool:
    """True when ``one`` is nowhere worse."""
    return one.departure_s >= other.departure_s and _nowhere_later(one, other)


def _undominated(journeys: list[Journey], dominates: Callable[[Journey, Journey], bool] = _dominates) -> list[Journey]:
    """Those that no other is better than; of equal ones the first."""
    kept: list[Journey] = []
    for journey in journeys:
        if any(dominates(other, journey) for other in kept):
            continue
        kept = [other for other in kept if not dominates(journey, other)]
        kept.append(journey)
    return kept
