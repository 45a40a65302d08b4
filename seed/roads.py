"""Draws main streets and the roads between settlements."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise, product

import numpy as np
import shapely
from shapely import LineString
from shapely.ops import substring

from seed.land import Rank, Settlement
from seed.network import DISTRICT, FEDERAL, LANE, STATE, TRACK, Road, curve
from seed.sketch import Point, Sketch, bearing, distance, offset, turn_between

_OPEN_SPEED = {FEDERAL: "100", STATE: "100", DISTRICT: "80", LANE: "60"}
_WINDING = {FEDERAL: 0.03, STATE: 0.045, DISTRICT: 0.06, LANE: 0.07, TRACK: 0.06}
_STEP_M = 105.0


@dataclass(slots=True)
class Stem:
    """A settlement's main street: its nodes in order, and at which node each road (by index) joins it."""

    nodes: list[int]
    joints: dict[int, int] = field(default_factory=dict)

    def places_to_join(self, number: int, sketch: Sketch, towards: Point) -> list[int]:
        """Where road ``number`` may begin: its joint, else the nodes on the side it leads to, nearest first."""
        joint = self.joints[number]
        others = sorted((node for node in self.nodes if node != joint), key=lambda node: distance(sketch.at(node), towards))
        return [joint, *others[:8]]


def draw_stem(sketch: Sketch, settlements: list[Settlement], here: int, roads: list[Road], own: list[int]) -> Stem:
    """The main street of a settlement, along its two main roads; ``own`` are its roads, the most important first."""
    settlement = settlements[here]
    towards = {number: bearing(settlement.at, settlements[roads[number].other(here)].at) for number in own}
    first = own[0]
    second = _opposite(own, roads, towards)
    axis = towards[first]
    if second is not None:
        axis = bearing(offset((0, 0), towards[second], 1), offset((0, 0), towards[first], 1))
    half = 0.55 * settlement.radius_m
    count = max(3, round(half / 32))
    bend = 0.08 * half * (1 if here % 2 else -1)
    points = [
        offset(offset(settlement.at, axis, half * step / count), axis + math.pi / 2, bend * math.sin(math.pi * step / count))
        for step in range(-count, count + 1)
    ]
    name = "Dorfstraße" if settlement.rank is Rank.HAMLET else "Hauptstraße"
    tags = {"highway": roads[first].highway, "name": name, "maxspeed": "50"} | _ref(roads[first])
    stem = Stem(sketch.ways[sketch.line(points, tags, settlement.name)].nodes)
    stem.joints[first] = stem.nodes[-1]
    for number in own[1:]:
        reach = math.cos(towards[number] - axis)
        step = count + round(0.6 * count * reach) if number != second else 0
        stem.joints[number] = stem.nodes[step]
    return stem


def _opposite(own: list[int], roads: list[Road], towards: dict[int, float]) -> int | None:
    """The road that continues the first one: most opposite among those of its kind, else among all but tracks."""
    first = own[0]
    for kinds in ({roads[first].highway}, {FEDERAL, STATE, DISTRICT, LANE}):
        others = [n for n in own[1:] if roads[n].highway in kinds and turn_between(towards[n], towards[first]) > 1.6]
        if others:
            return max(others, key=lambda n: turn_between(towards[n], towards[first]))
    return None


def _ref(road: Road) -> dict[str, str]:
    return {"ref": road.ref} if road.ref else {}


class RoadPen:
    """Draws roads one after another, each clear of those before it."""

    def __init__(self, sketch: Sketch, settlements: list[Settlement], river: LineString, rng: np.random.Generator) -> None:
        self._sketch = sketch
        self._settlements = settlements
        self._river = river
        self._rng = rng
        self._drawn = [LineString(sketch.points(way)) for way in sketch.highways()]

    def draw(self, number: int, road: Road, stems: list[Stem]) -> None:
        """The road between its two settlements' main streets, built-up parts as ways of their own.

        Raises:
            ValueError: there is no room for it (tracks are left out instead).
        """
        a, b = (self._settlements[end].at for end in (road.a, road.b))
        for start, end in product(
            stems[road.a].places_to_join(number, self._sketch, b), stems[road.b].places_to_join(number, self._sketch, a)
        ):
            points = self._free_curve(road, self._sketch.at(start), self._sketch.at(end))
            if points is not None:
                self._drawn.append(LineString(points))
                nodes = [start, *(self._sketch.node(point) for point in points[1:-1]), end]
                for part, place in self._sections(road, nodes):
                    self._sketch.way(part, self._tags(road, place), "" if place is None else self._settlements[place].name)
                return
            if road.highway == TRACK:
                return
        raise ValueError(f"no room for the road {self._settlements[road.a].name}–{self._settlements[road.b].name}")

    def _free_curve(self, road: Road, a: Point, b: Point) -> list[Point] | None:
        bridges = int(self._crosses(self._settlements[road.a].at, self._settlements[road.b].at))
        for attempt in range(30):
            scale = _WINDING[road.highway] * (1 if attempt < 15 else 1.5)
            bends = [float(self._rng.normal(0, scale / (k + 1))) for k in range(3)]
            points = curve(a, b, bends, _STEP_M)
            line = LineString(points)
            if self._is_free(line) and len(shapely.get_coordinates(line.intersection(self._river))) == bridges:
                return points
        return None

    def _crosses(self, a: Point, b: Point) -> bool:
        return LineString([a, b]).crosses(self._river)

    def _is_free(self, line: LineString) -> bool:
        close, far = substring(line, 4, line.length - 4), substring(line, 160, line.length - 160)
        drawn = np.array(self._drawn, dtype=object)
        return not shapely.intersects(drawn, close).any() and bool((shapely.distance(drawn, far) > 45).all())

    def _sections(self, road: Road, nodes: list[int]) -> list[tuple[list[int], int | None]]:
        """Cuts the road where a built-up area begins or ends; the part's settlement, or None in the open."""

        def place_of(node: int) -> int | None:
            for end in (road.a, road.b):
                if distance(self._sketch.at(node), self._settlements[end].at) < self._settlements[end].radius_m:
                    return end
            return None

        sections: list[tuple[list[int], int | None]] = []
        for a, b in pairwise(nodes):
            place = place_of(a) if place_of(a) == place_of(b) else None
            if sections and sections[-1][1] == place:
                sections[-1][0].append(b)
            else:
                sections.append(([a, b], place))
        return sections

    def _tags(self, road: Road, place: int | None) -> dict[str, str]:
        if road.highway == TRACK:
            return {"highway": TRACK, "tracktype": "grade3", "surface": "compacted", "motor_vehicle": "agricultural"}
        tags = {"highway": road.highway} | _ref(road)
        if place is None:
            return tags | {"maxspeed": _OPEN_SPEED[road.highway]} | ({"surface": "asphalt"} if road.highway != LANE else {})
        leads_to = self._settlements[road.other(place)]
        return tags | {"name": f"{leads_to.adjective} Straße", "maxspeed": "50", "surface": "asphalt"}
