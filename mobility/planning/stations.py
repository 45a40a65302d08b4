"""Stations of the feed, as ends of rides: where a vehicle halts for them, and when something leaves or arrives there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gtfs.feed import Feed
from gtfs.journeys.changes import plane
from gtfs.journeys.planner import JourneyPlanner
from gtfs.journeys.warming import compiling
from gtfs.timetable import NO_PICKUP
from mobility.domain.places import Place
from mobility.domain.services import LineRules
from mobility.planning.access import StopIndex
from mobility.planning.live_trips import LiveTrips
from mobility.planning.network import Network, kept_with_network
from mobility.planning.ordinary_lines import OrdinaryLines, feed_place, ordinary_lines

_compiling: list[subprocess.Popen[bytes]] = []
TAKES_AT_MOST_S = 4 * 3600
"""Nobody wants to be on the way longer."""


@dataclass(frozen=True, slots=True)
class Station:
    """A stop, or all stops of one station. ``place`` is where a vehicle halts for it; ``stop_ids`` are those at which trips halt."""

    place: Place
    stop_ids: tuple[str, ...]


@dataclass(eq=False)
class Timetabled:
    """What runs whether somebody books or not, ready for questions of journeys with rides; read-only."""

    lines: OrdinaryLines

    @property
    def feed(self) -> Feed:
        """The timetable of these lines."""
        return self.lines.feed

    @cached_property
    def planner(self) -> JourneyPlanner:
        """Finds journeys by it."""
        planner = JourneyPlanner(self.feed, within_s=TAKES_AT_MOST_S)
        planner.prepare()
        return planner

    def follow(self, told: LiveTrips) -> LiveTrips:
        """Have the planner answer by how trips run in fact; that, for these lines."""
        live = self.lines.live(told)
        live.lay_over(self.planner)
        return live

    @cached_property
    def stations(self) -> list[Station]:
        """All at which anything halts."""
        feed = self.feed
        served = np.flatnonzero(np.diff(feed.timetable.stop_first))
        groups: dict[str, list[str]] = {}
        for number in served.tolist():
            stop = feed.stops[number]
            known = stop.parent is not None and feed.find_stop(stop.parent) is not None
            groups.setdefault(str(stop.parent) if known else stop.id, []).append(stop.id)
        return [Station(feed_place(feed, name), tuple(stops)) for name, stops in groups.items()]

    @cached_property
    def by_id(self) -> dict[str, Station]:
        """Each under its own id and those of its stops."""
        return {name: one for one in self.stations for name in (str(one.place.stop_id), *one.stop_ids)}

    @property
    def stops(self) -> StopIndex:
        """The stops at which anything halts, by distance."""
        return self.lines.index

    def near(self, place: Place, beyond_m: float, within_m: float) -> list[Station]:
        """Stations farther than ``beyond_m`` and at most ``within_m`` away as the crow flies, nearest first."""
        metres = np.linalg.norm(self._points - plane(np.array([place.lon]), np.array([place.lat])), axis=1)
        hits = np.flatnonzero((metres > beyond_m) & (metres <= within_m))
        return [self.stations[hit] for hit in hits[np.argsort(metres[hits], kind="stable")].tolist()]

    def lines_at(self, station: Station) -> frozenset[int]:
        """The lines that halt there, as rows of the feed's ``route_table``."""
        known = self._lines.get(station)
        if known is None:
            trips = self.feed.timetable.halt_trip[self._halts_at(station)]
            known = self._lines[station] = frozenset(np.unique(self.feed.trip_table["route"].to_numpy()[trips]).tolist())
        return known

    def calls(self, station: Station, day: date, earliest_s: int, latest_s: int, *, boarding: bool) -> NDArray[np.int64]:
        """int64[n], ascending, each once: when trips leave where one may board, or arrive where one may alight, in seconds of ``day``."""
        timetable = self.feed.timetable
        halts = self._halts_at(station)
        trips = timetable.halt_trip[halts]
        ends = timetable.trip_first[trips + 1] - 1 if boarding else timetable.trip_first[trips]
        rule, times = (
            (timetable.halt_pickup, timetable.halt_departure) if boarding else (timetable.halt_dropoff, timetable.halt_arrival)
        )
        halts = halts[(rule[halts] != NO_PICKUP) & (halts != ends)]
        trips = timetable.halt_trip[halts]
        found = [np.empty(0, np.int64)]
        for service_day, shift in self.feed.service_days(day, earliest_s, latest_s):
            running = self.feed.runs(service_day)[trips]
            first, last = (timetable.departure_first[trips[running] + more] for more in (0, 1))
            counts = last - first
            which = np.repeat(first, counts) + np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            all_times = np.repeat(times[halts[running]].astype(np.int64), counts) + timetable.departure_offset[which] + shift
            found.append(all_times[(all_times >= earliest_s) & (all_times <= latest_s)])
        return np.unique(np.concatenate(found))

    def _halts_at(self, station: Station) -> NDArray[np.int32]:
        timetable = self.feed.timetable
        numbers = [number for name in station.stop_ids if (number := self.feed.stop_number(name)) is not None]
        return np.concatenate([timetable.stop_halts[timetable.stop_first[n] : timetable.stop_first[n + 1]] for n in numbers])

    @cached_property
    def _points(self) -> NDArray[np.float64]:
        return plane(*(np.array([getattr(one.place, axis) for one in self.stations]) for axis in ("lon", "lat")))

    @cached_property
    def _lines(self) -> dict[Station, frozenset[int]]:
        return {}


@contextmanager
def compiled_ahead() -> Iterator[None]:
    """Have the journey search compiled in a process of its own, which does not outlive this; until it has ended nobody's answer waits for it."""
    with compiling() as process:
        _compiling.append(process)
        try:
            yield
        finally:
            _compiling.remove(process)
            process.terminate()


def is_compiled() -> bool:
    """Whether a question would be answered without compiling first, as far as that was begun."""
    return all(process.poll() is not None for process in _compiling)


@kept_with_network
def timetabled(network: Network, bookable: frozenset[LineRules]) -> Timetabled | None:
    """The network's feed without ``bookable`` lines and what else has to be booked; None where there is no feed."""
    lines = ordinary_lines(network, bookable)
    return None if lines is None else Timetabled(lines)
