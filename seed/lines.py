"""The lines of ``lines.toml`` on the roads of the county: through which platforms, along which way, in how many seconds."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import networkx as nx
from shapely import LineString
from shapely import Point as ShapelyPoint

from mobility.domain.service_days import parse_time
from seed.county import County
from seed.driving import driving_graph
from seed.pois import BusStop
from seed.sketch import Point, Sketch, bearing, turn_between

_HALT_S = 35
_TRAIN_KMH = 72.0
TRAIN_TIMES = {"out": range(5 * 60 + 12, 22 * 60, 120), "back": range(6 * 60 + 4, 23 * 60, 120)}
"""Departures of the trains at the first station, minutes of the day: one every two hours in either direction."""

_TRAIN_STATIONS = ("Prunitz", "Auenfurt", "Kranichstedt", "Seelenthin")


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line as ``lines.toml`` has it; departures by calendar and direction, service-day seconds."""

    id: str
    number: str
    name: str
    agency: str
    stops: tuple[str, ...]
    departures: tuple[tuple[str, str, int], ...]
    booked: bool
    reserve: float


@dataclass(frozen=True, slots=True)
class Course:
    """One direction of a line: where it halts (stop and platform), seconds from the first halt, the way it takes."""

    halts: tuple[tuple[str, str], ...]
    offsets_s: tuple[int, ...]
    shape: tuple[Point, ...]


def read_lines() -> list[LineRow]:
    """All bus lines, in the file's order."""
    rows = tomllib.loads(Path(__file__).with_name("lines.toml").read_text(encoding="utf-8"))["lines"]
    return [
        LineRow(
            id=row["id"],
            number=row.get("number", row["id"]),
            name=row["name"],
            agency=row["agency"],
            stops=tuple(row["stops"]),
            departures=tuple(
                (calendar, direction, parse_time(time))
                for direction in ("out", "back")
                for calendar, times in row[direction].items()
                for time in times
            ),
            booked=row.get("booked", False),
            reserve=row.get("reserve", 1.0),
        )
        for row in rows
    ]


@cache
def _graph(sketch: Sketch) -> nx.DiGraph[int]:
    return driving_graph(sketch)


def bus_course(county: County, line: LineRow, direction: str) -> Course:
    """Follows the fastest way from stop to stop; times are rounded up to full minutes.

    Raises:
        KeyError: the line names a stop the county does not have.
    """
    stops_by_name = {stop.name: stop for stop in county.stops}
    names = line.stops if direction == "out" else line.stops[::-1]
    stops = [stops_by_name[name] for name in names]
    graph = _graph(county.sketch)
    path, seconds, offsets = [stops[0].node], 0.0, [0]
    for a, b in pairwise(stops):
        leg: list[int] = nx.shortest_path(graph, a.node, b.node, weight="seconds")
        driven = nx.path_weight(graph, leg, "seconds")
        seconds += line.reserve * driven + _HALT_S
        path += leg[1:]
        offsets.append(max(60 * math.ceil(seconds / 60), offsets[-1] + 60 * math.ceil(driven / 60)))
    halts = tuple((stop.id, _platform(county.sketch, stop, path)) for stop in stops)
    points = [county.sketch.at(node) for node in path]
    shape = LineString(points).simplify(4.0).coords
    return Course(halts, tuple(offsets), tuple((x, y) for x, y in shape))


def _platform(sketch: Sketch, stop: BusStop, path: list[int]) -> str:
    """The platform on the right-hand side of a bus that comes along ``path``."""
    index = path.index(stop.node)
    before, after = path[max(0, index - 1)], path[min(len(path) - 1, index + 1)]
    heading = bearing(sketch.at(before if index else stop.node), sketch.at(stop.node if index else after))
    return stop.platform_id(1 if turn_between(heading, stop.along) < math.pi / 2 else 2)


def train_course(county: County, direction: str) -> Course:
    """The railway line between the neighbouring towns through the county's two stations."""
    names = _TRAIN_STATIONS if direction == "out" else _TRAIN_STATIONS[::-1]
    rails = county.land.railway if direction == "out" else county.land.railway[::-1]
    line = LineString(rails)
    along = [line.project(ShapelyPoint(county.stations[name])) for name in names]
    offsets = tuple(60 * math.ceil((at - along[0]) / (_TRAIN_KMH / 3.6) / 60) + 60 * index for index, at in enumerate(along))
    track = 1 if direction == "out" else 2
    halts = tuple((station_id(name), f"{station_id(name)}:1:{track}") for name in names)
    return Course(halts, offsets, tuple(rails))


def train_departures(county: County, station: str) -> list[int]:
    """When trains leave ``station``, service-day seconds, both directions."""
    departures = []
    for direction, minutes in TRAIN_TIMES.items():
        course = train_course(county, direction)
        position = [stop for stop, _ in course.halts].index(station_id(station))
        departures += [60 * minute + course.offsets_s[position] for minute in minutes]
    return sorted(departures)


def station_id(name: str) -> str:
    """In the manner of a DHID, as :attr:`seed.pois.BusStop.id`."""
    return f"de:12999:{980001 + _TRAIN_STATIONS.index(name)}"


def stations() -> tuple[str, ...]:
    """Names of the places with a station, from west to east."""
    return _TRAIN_STATIONS
