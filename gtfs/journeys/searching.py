"""One search: from the ways to the first stops, by the rounds, back along their labels to journeys."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from gtfs.journeys.arrays import NEVER, Labels, Network, Ways
from gtfs.journeys.asking import Found, Query
from gtfs.journeys.basis import Basis
from gtfs.journeys.layout import Layout
from gtfs.nouns import FootLeg, Journey, Reach, TransitLeg
from gtfs.timetable import IntArray

_MOST_HOPS = 2
"""Beyond that nearly every stop can be reached, and counting takes longer than it saves."""


class Search:
    """One search with one set of ways to the first stop."""

    def __init__(self, basis: Basis, layout: Layout, query: Query, room: Labels) -> None:
        self.basis, self.layout, self.query = basis, layout, query
        self.lines = layout.lines
        self.usable = layout.usable
        self.egress = _grouped(query.egress, basis)
        self.ways = _ways(self.egress)
        self.every = len({group[0].ride_s for _, group in self.egress}) > 1
        self.rounds, self.leaves_last = query.most_changes + 1, False
        no_hops, no_limit = np.zeros(self.usable.size, np.uint8), np.empty((0, 0), np.int32)
        self.network = Network(layout.lines, layout.halts, layout.live, layout.changes, self.ways, self.usable, no_hops, no_limit)
        self.bounded = False
        self.labels = room._replace(best_goal=np.empty((self.rounds + 1, len(self.egress)), np.int32))

    def run(self, access: Sequence[Reach], within_s: int, limit: IntArray | None = None) -> tuple[list[Found], list[Found]]:
        """Journeys that begin with one of these ways, of who is ready at the end of the span, and of departures within it; ``limit``: see
        :meth:`limit`.
        """
        if not self.egress or not self.lines.trip.size:
            return [], []
        self._bound(limit)
        self._forget(self.query.latest_s + within_s)
        at_end = self._from(self.query.latest_s, self._starts(access, self.query.latest_s))
        within: list[Found] = []
        for departure, ways in self._departures(access):
            within += self._from(departure, self._starts(ways, departure))
        return at_end, within

    def _bound(self, limit: IntArray | None) -> None:
        """Stops from which the goal cannot be reached are passed over, once for all runs."""
        from gtfs.journeys.rounds import count_hops  # noqa: PLC0415  numba takes a second to import

        if self.bounded:
            return
        self.bounded, layout = True, self.layout
        if limit is not None:
            self.network = self.network._replace(limit=limit)
        else:
            hops = count_hops(self.network, layout.ends, layout.back, min(self.rounds - 1, _MOST_HOPS))
            self.network = self.network._replace(hops=hops)

    def fastest(self, within_s: int) -> Journey | None:
        """Whoever is ready at the end of the span: the journey that arrives first, of two the one with fewer changes, and of those the
        one that leaves last (``leaves_last`` says whether that was looked for).
        """
        from gtfs.journeys.scanning import scan  # noqa: PLC0415  numba takes a second to import

        if not self.egress or not self.lines.trip.size:
            return None
        at, layout = self.query.latest_s, self.layout
        starts = self._starts(self.query.access, at)
        times = self._times(starts)
        arrival, start, way = scan(self.network, layout.connections, layout.back, times, at + within_s, self.rounds)
        if arrival == NEVER:
            return None
        self.leaves_last = start >= 0
        if start >= 0:
            return self._along(at, starts[int(times[start, 0])][1], way)
        self.every = False  # the first arrival of all takes too many changes
        self._forget(at + within_s)
        found = self._from(at, starts)
        return found[-1].tell() if found else None

    def _along(self, departure: int, access: Reach, way: IntArray) -> Journey:
        """The journey whose rides board and alight at these connections."""
        c, legs, stop = self.layout.connections, list[TransitLeg | FootLeg](), -1
        for boarded, alighted in way.tolist():
            origin = int(c.origin[boarded])
            if legs and self.basis.stop_id(stop) != self.basis.stop_id(origin):
                legs.append(self._walk(stop, origin, legs[-1].arrival_s))
            ride = int(c.ride[boarded]), int(c.position[boarded]), int(c.position[alighted]) + 1
            legs += self.layout.legs(self.basis, ride)
            stop = int(c.target[alighted])
        arrival, egress = _soonest(
            (reach for berth, group in self.egress if berth == stop for reach in group), legs[-1].arrival_s
        )
        leaves = access.departure_s if access.departure_s is not None else max(departure, legs[0].departure_s - access.seconds)
        return Journey(leaves, arrival, tuple(legs), access, egress)

    def _forget(self, latest_s: int) -> None:
        from gtfs.journeys.rounds import forget  # noqa: PLC0415  numba takes a second to import

        forget(self.labels)
        self.labels.best_goal.fill(latest_s + 1)

    def _departures(self, access: Sequence[Reach]) -> Iterator[tuple[int, list[Reach]]]:
        """Departures before the end of the span, the last first, with the ways by which something can be caught."""
        when: dict[int, list[Reach]] = {}
        if self.query.earliest_s < self.query.latest_s:
            for reach in access:
                for departure in self._departures_by(reach):
                    when.setdefault(departure, []).append(reach)
        for departure in sorted(when, reverse=True):
            yield departure, when[departure]

    def _starts(self, access: Iterable[Reach], departure: int) -> dict[int, tuple[int, Reach]]:
        best: dict[int, tuple[int, Reach]] = {}
        for reach in access:
            time = reach.arrival_s(departure)
            if time is None:
                continue
            for stop in self.basis.berths_of(reach.stop_id):
                if stop not in best or time < best[stop][0]:
                    best[stop] = time, reach
        return best

    def _departures_by(self, reach: Reach) -> list[int]:
        """Departures within the span by which something can be caught at the stop."""
        query, berths = self.query, self.basis.berths_of(reach.stop_id)
        if reach.departure_s is not None:
            return [reach.departure_s] if berths and query.earliest_s <= reach.departure_s < query.latest_s else []
        parts = [np.empty(0, np.int32), *(times for berth in berths for times in self.layout.departures_at(berth))]
        times = np.unique(np.concatenate(parts)) - reach.seconds
        inside: list[int] = times[(times >= query.earliest_s) & (times < query.latest_s)].tolist()
        return inside

    def _times(self, starts: dict[int, tuple[int, Reach]]) -> IntArray:
        times = [(stop, time) for stop, (time, _) in starts.items() if self.usable[stop]]
        return np.array(times, np.int32).reshape(-1, 2)

    def limit(self) -> IntArray:
        """int32[S, K+1] for a search the other way round that is to end where this one has begun: when it must be at each stop."""
        return -self.labels.best_ready

    def _from(self, departure: int, starts: dict[int, tuple[int, Reach]]) -> list[Found]:
        from gtfs.journeys.rounds import search  # noqa: PLC0415  numba takes a second to import

        before = self.labels.best_goal.copy()
        search(self.network, self.labels, self._times(starts), self.rounds, self.every)
        return [self._found(departure, starts, k, e) for k, e in self._reached(before)]

    def _reached(self, before: IntArray) -> Iterator[tuple[int, int]]:
        """Rounds and ways by which the goal is reached earlier than before and than with fewer rounds."""
        goal = self.labels.best_goal
        for k in range(1, len(goal)):
            if self.every:
                yield from ((k, int(e)) for e in np.flatnonzero(goal[k] < np.minimum(before[k], goal[k - 1])))
            elif goal[k].min() < min(before[k].min(), goal[k - 1].min()):
                yield k, int(np.argmin(goal[k]))

    def _found(self, departure: int, starts: dict[int, tuple[int, Reach]], k: int, e: int) -> Found:
        """Follow the labels back from the goal."""
        labels, (stop, group) = self.labels, self.egress[e]
        arrival, egress = _soonest(group, int(labels.alighted[stop, k]))
        rides: list[tuple[int, int, int]] = []
        walks: list[tuple[int, int, int]] = []
        for ridden in range(k, 0, -1):
            boarded, alighted, trip = labels.ride[stop, ridden].tolist()
            halts, first = self.layout.halts_of(trip), int(self.lines.halt[trip]) + boarded
            board = int(halts.stop[first])
            rides.insert(0, (trip, boarded, alighted))
            if ridden > 1:
                stop = int(labels.via[board, ridden - 1])
                walks.insert(0, (stop, board, int(labels.alighted[stop, ridden - 1])))
        access, leaves = starts[board][1], int(halts.departure[first]) + int(self.lines.offset[trip])
        leaves = access.departure_s if access.departure_s is not None else max(departure, leaves - access.seconds)
        return Found(
            leaves,
            arrival,
            k - 1,
            access.ride_s + egress.ride_s,
            lambda: Journey(leaves, arrival, self._legs(rides, walks), access, egress),
        )

    def _legs(
        self, rides: Sequence[tuple[int, int, int]], walks: Sequence[tuple[int, int, int]]
    ) -> tuple[TransitLeg | FootLeg, ...]:
        """Rides (departure, positions) and the ways between them (from, to, when) as they are told."""
        legs: list[TransitLeg | FootLeg] = [*self.layout.legs(self.basis, rides[0])]
        for ride, (origin, target, at) in zip(rides[1:], walks, strict=True):
            if self.basis.stop_id(origin) != self.basis.stop_id(target):
                legs.append(self._walk(origin, target, at))
            legs += self.layout.legs(self.basis, ride)
        return tuple(legs)

    def _walk(self, origin: int, target: int, departure: int) -> FootLeg:
        changes = self.layout.changes
        walks = slice(changes.first[origin], changes.first[origin + 1])
        seconds = int(changes.seconds[walks][changes.to[walks] == target].min())
        return FootLeg(self.basis.stop_id(origin), self.basis.stop_id(target), departure, departure + seconds)


def _grouped(egress: Sequence[Reach], basis: Basis) -> list[tuple[int, list[Reach]]]:
    """Ways to the goal that start at the same stop and ride equally long."""
    groups: dict[tuple[int, int], list[Reach]] = {}
    for reach in egress:
        for berth in basis.berths_of(reach.stop_id):
            groups.setdefault((berth, reach.ride_s), []).append(reach)
    return [(stop, group) for (stop, _), group in groups.items()]


def _ways(egress: list[tuple[int, list[Reach]]]) -> Ways:
    rides: list[tuple[int, int]] = []
    first, walks = [0], []
    for _, group in egress:
        walks.append(min((reach.seconds for reach in group if reach.departure_s is None), default=NEVER))
        leaving = sorted(
            (reach.departure_s, reach.departure_s + reach.seconds) for reach in group if reach.departure_s is not None
        )
        soonest = itertools.accumulate((arrival for _, arrival in reversed(leaving)), min)  # leaving then or later
        rides += zip((departure for departure, _ in leaving), reversed(list(soonest)), strict=True)
        first.append(len(rides))
    ready, arrival = np.array(rides, np.int32).reshape(-1, 2).T
    stops = np.array([stop for stop, _ in egress], np.int32)
    return Ways(stops, np.array(walks, np.int32), np.array(first, np.int32), ready.copy(), arrival.copy())


def _soonest(group: Iterable[Reach], alighted_s: int) -> tuple[int, Reach]:
    """The way by which one is at the goal first."""
    arrivals = [(time, reach) for reach in group if (time := reach.arrival_s(alighted_s)) is not None]
    return min(arrivals, key=lambda one: one[0])
