"""Journeys by trying everything: every departure, every change, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from gtfs.journeys.planner import Query
from tests.gtfs.drawn import Halt, route_of

Point = tuple[int, int, int, int]
"""Departure, arrival, changes, seconds of ride."""

Said = tuple[str, str, int | str | None, int | str | None, int, int | None]
"""A row of transfers.txt: stops, whose trips (a trip's number, a line's id, None: all) at either end, type, seconds."""


@dataclass(frozen=True)
class Ride:
    """A departure; ``trips`` says for each halt which trip it belongs to, where riders stay seated from one trip into another."""

    trips: list[int]
    halts: list[Halt]


@dataclass(frozen=True, eq=False)
class Exhaustive:
    """Tries everything; times only, no lines, no bounds."""

    rides: list[Ride]
    walks: dict[tuple[str, str], int]
    query: Query
    within_s: int
    said: tuple[Said, ...] = ()

    @cache  # noqa: B019  lives as long as a test
    def change(self, origin: tuple[str, int], target: tuple[str, int]) -> int | None:
        """Seconds from alighting from a trip at a stop to boarding one at another; None: impossible."""
        best, seconds = (-1, -1), self.walks.get((origin[0], target[0]))
        for row in self.said:
            ends = [(row[0], row[2], origin), (row[1], row[3], target)]
            if all(stop == there[0] and who in {None, there[1], route_of(there[1])} for stop, who, there in ends):
                names = [row[2], row[3]]
                special = sum(isinstance(name, int) for name in names), sum(isinstance(name, str) for name in names)
                if special > best:
                    best, seconds = special, None if row[4] == 3 else row[5] if row[5] is not None else 0
        return seconds

    def arrivals(self, start: dict[str, int]) -> Iterator[tuple[int, int, int]]:
        """Arrival, changes and ride seconds of every way on from these stops."""
        alighted: dict[tuple[str, int], int] = {}
        for changes in range(self.query.most_changes + 1):
            before, alighted = alighted, {}
            for ride in self.rides:
                for i, board in enumerate(ride.halts):
                    if board.board and self.ready(board.stop, ride.trips[i], before if changes else start) <= board.departure:
                        for trip, halt in zip(ride.trips[i + 1 :], ride.halts[i + 1 :], strict=True):
                            if halt.alight:
                                alighted[halt.stop, trip] = min(alighted.get((halt.stop, trip), 10**9), halt.arrival)
            for reach in self.query.egress:
                times = [time for (stop, _), time in alighted.items() if stop == reach.stop_id]
                if times and (arrival := reach.arrival_s(min(times))) is not None:
                    yield arrival, changes, reach.ride_s

    def ready(self, stop: str, trip: int, before: dict[Any, int]) -> int:
        """When one can board this trip there."""
        best = 10**9
        for place, time in before.items():
            if isinstance(place, str):
                best = min(best, time if place == stop else best)
            elif (takes := self.change(place, (stop, trip))) is not None:
                best = min(best, time + takes)
        return best

    def points(self) -> set[Point]:
        """All journeys by their latest departures, whoever leaves when."""
        query, found = self.query, set()
        for reach in query.access:
            if reach.departure_s is not None:
                leaving = {reach.departure_s}
            else:
                leaving = {
                    halt.departure - reach.seconds
                    for ride in self.rides
                    for halt in ride.halts[:-1]
                    if halt.stop == reach.stop_id
                }
            for departure in leaving:
                start = reach.arrival_s(departure)
                assert start is not None
                for arrival, changes, ride in self.arrivals({reach.stop_id: start}):
                    found.add((departure, arrival, changes, reach.ride_s + ride))
        return found

    def best(self) -> set[Point]:
        query = self.query
        if query.arrive_by:
            turned = {(-arrival, -departure, changes, ride) for departure, arrival, changes, ride in self.points()}
            best = self.of_span(turned, -query.latest_s, -query.earliest_s)
            return {(-arrival, -departure, changes, ride) for departure, arrival, changes, ride in best}
        return self.of_span(self.points(), query.earliest_s, query.latest_s)

    def of_span(self, points: set[Point], earliest: int, latest: int) -> set[Point]:
        """Best of who leaves within the span, and of who is ready at its end, leaving as late as possible."""
        points = {point for point in points if point[0] >= earliest and point[1] <= latest + self.within_s}
        later = {point for point in points if point[0] >= latest}
        at_end = {max(p for p in later if p[1:] == last) for last in undominated({point[1:] for point in later})}
        return undominated(at_end | {point for point in points if point[0] < latest}, signs=(-1, 1, 1, 1))


def undominated(points: set[Any], signs: tuple[int, ...] = (1, 1, 1)) -> set[Any]:
    def better(one: Any, other: Any) -> bool:
        return one != other and all(s * a <= s * b for s, a, b in zip(signs, one, other, strict=True))

    return {point for point in points if not any(better(other, point) for other in points)}


def meetings(runs: dict[int, list[Halt]]) -> list[tuple[int, int]]:
    """Trips of which the second leaves where the first ends, and after that."""
    return [
        (one, other) for one in runs for other in runs
        if one != other and runs[one][-1].stop == runs[other][0].stop and runs[one][-1].arrival <= runs[other][0].departure
    ]  # fmt: skip
