"""A map being drawn, in metres: nodes, ways and relations as OpenStreetMap has them, before they get their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]
"""Metres east and north of the county's origin."""

ORIGIN_LON, ORIGIN_LAT = 12.30, 53.05
_METRES_PER_DEGREE = 111_195.0

DRIVABLE = frozenset(
    {"primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service"},
)


def to_lon_lat(point: Point) -> Point:
    """WGS 84 degrees of a point of the sketch, rounded to the 10⁻⁷ OpenStreetMap keeps."""
    lon = ORIGIN_LON + point[0] / (_METRES_PER_DEGREE * math.cos(math.radians(ORIGIN_LAT)))
    return round(lon, 7), round(ORIGIN_LAT + point[1] / _METRES_PER_DEGREE, 7)


@dataclass(slots=True)
class Node:
    """A point with tags."""

    x: float
    y: float
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def at(self) -> Point:
        """Its position."""
        return self.x, self.y


@dataclass(slots=True)
class Way:
    """A line through nodes; ``settlement`` is where it belongs to, for names and house numbers (not written out)."""

    nodes: list[int]
    tags: dict[str, str]
    settlement: str = ""

    @property
    def is_drivable(self) -> bool:
        """Whether cars use it."""
        return self.tags.get("highway") in DRIVABLE

    @property
    def is_bridge(self) -> bool:
        """Whether it passes over what it crosses."""
        return "bridge" in self.tags


@dataclass(slots=True)
class Relation:
    """Members are ("n" or "w", index, role)."""

    members: list[tuple[str, int, str]]
    tags: dict[str, str]


class Sketch:
    """Nodes, ways, relations; members refer to each other by index."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.ways: list[Way] = []
        self.relations: list[Relation] = []

    def node(self, at: Point, tags: dict[str, str] | None = None) -> int:
        """A new node; returns its index."""
        self.nodes.append(Node(at[0], at[1], tags or {}))
        return len(self.nodes) - 1

    def way(self, nodes: list[int], tags: dict[str, str], settlement: str = "") -> int:
        """A new way through existing nodes; returns its index."""
        self.ways.append(Way(nodes, tags, settlement))
        return len(self.ways) - 1

    def line(self, points: Sequence[Point], tags: dict[str, str], settlement: str = "") -> int:
        """A new way with new nodes; a last point equal to the first closes it."""
        closed = len(points) > 2 and points[0] == points[-1]
        nodes = [self.node(point) for point in (points[:-1] if closed else points)]
        return self.way(nodes + nodes[:1] if closed else nodes, tags, settlement)

    def at(self, node: int) -> Point:
        """Position of a node."""
        return self.nodes[node].at

    def points(self, way: Way) -> list[Point]:
        """Positions along a way."""
        return [self.nodes[index].at for index in way.nodes]

    def highways(self) -> Iterator[Way]:
        """All ways people move on, in order."""
        return (way for way in self.ways if "highway" in way.tags)

    def highways_near(self, at: Point, metres: float) -> list[Way]:
        """Those with a node within ``metres`` of a point."""
        x, y = at
        box = [(index, node) for index, node in enumerate(self.nodes) if abs(node.x - x) < metres and abs(node.y - y) < metres]
        near = {index for index, node in box if distance(at, node.at) < metres}
        return [way for way in self.highways() if not near.isdisjoint(way.nodes)]

    def drivable(self) -> Iterator[Way]:
        """All ways cars use, in order."""
        return (way for way in self.ways if way.is_drivable)


def distance(a: Point, b: Point) -> float:
    """Metres between two points."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def length(points: Sequence[Point]) -> float:
    """Metres along a line."""
    return sum(distance(a, b) for a, b in pairwise(points))


def bearing(a: Point, b: Point) -> float:
    """Direction from ``a`` to ``b``: radians, counter-clockwise from east."""
    return math.atan2(b[1] - a[1], b[0] - a[0])


def offset(at: Point, direction: float, metres: float) -> Point:
    """The point ``metres`` away in a direction (radians)."""
    return at[0] + metres * math.cos(direction), at[1] + metres * math.sin(direction)


def turn_between(a: float, b: float) -> float:
    """Smallest angle between two directions, 0 to π."""
    return abs(math.remainder(a - b, 2 * math.pi))


def smoothed(points: Sequence[Point], rounds: int = 3) -> list[Point]:
    """Chaikin's corner cutting: a smooth line near the corner points, ends kept."""
    line = list(points)
    for _ in range(rounds):
        cut: list[Point] = [line[0]]
        for (ax, ay), (bx, by) in pairwise(line):
            cut += [(0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by), (0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by)]
        line = [*cut, line[-1]]
    return line


def resampled(points: Sequence[Point], step_m: float) -> list[Point]:
    """The same line with points about ``step_m`` apart, ends kept."""
    total = length(points)
    count = max(1, round(total / step_m))
    wanted = [total * index / count for index in range(1, count)]
    result, travelled, position = [points[0]], 0.0, 0
    for a, b in pairwise(points):
        piece = distance(a, b)
        while position < len(wanted) and wanted[position] <= travelled + piece:
            share = (wanted[position] - travelled) / piece
            result.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
            position += 1
        travelled += piece
    return [*result, points[-1]]
