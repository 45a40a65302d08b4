"""Grows the side streets of a settlement, one by one, where there is room."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString
from shapely import Point as ShapelyPoint
from shapely.ops import substring

from seed.land import Settlement
from seed.names import NAMES
from seed.sketch import Point, Sketch, Way, bearing, distance, offset, turn_between


@dataclass(frozen=True, slots=True)
class GrowthRules:
    """``count`` streets of ``shortest_m`` to ``longest_m``, ``clearance_m`` apart from all others, at ``speed`` km/h."""

    count: int
    shortest_m: float
    longest_m: float
    clearance_m: float
    speed: str


class Growth:
    """The streets of one settlement as they grow."""

    def __init__(self, sketch: Sketch, settlement: Settlement, barriers: list[LineString], rng: np.random.Generator) -> None:
        self._sketch = sketch
        self._settlement = settlement
        self._rng = rng
        around = ShapelyPoint(settlement.at).buffer(1.3 * settlement.radius_m)
        own = sketch.highways_near(settlement.at, 1.3 * settlement.radius_m)
        self._lines = [LineString(sketch.points(way)) for way in own] + [line for line in barriers if line.intersects(around)]
        self._streets = [way for way in own if way.settlement == settlement.name and way.is_drivable]
        names = [name for name in NAMES["streets"] if name not in {way.tags.get("name") for way in self._streets}]
        self._names = [names[int(index)] for index in rng.permutation(len(names))]

    def grow(self, rules: GrowthRules) -> list[Way]:
        """Adds up to ``rules.count`` streets; fewer when there is no room."""
        grown: list[Way] = []
        for _ in range(60 * rules.count):
            if len(grown) == rules.count or not self._names:
                break
            street = self._try(rules)
            if street is not None:
                grown.append(street)
        for street in grown:
            self._close_loop(street)
        return grown

    def _try(self, rules: GrowthRules) -> Way | None:
        parent = self._streets[int(self._rng.integers(len(self._streets)))]
        index = int(self._rng.integers(len(parent.nodes)))
        start = parent.nodes[index]
        along = bearing(self._sketch.at(parent.nodes[max(0, index - 1)]), self._sketch.at(parent.nodes[max(1, index)]))
        side = math.pi / 2 if self._rng.random() < 0.5 else -math.pi / 2
        points = self._walk(self._sketch.at(start), along + side + float(self._rng.normal(0, 0.12)), rules)
        if not self._has_room(points, rules.clearance_m):
            return None
        nodes = [start, *(self._sketch.node(point) for point in points[1:])]
        tags = {"highway": "residential", "name": self._names.pop(), "maxspeed": rules.speed}
        street = self._sketch.ways[self._sketch.way(nodes, tags, self._settlement.name)]
        self._streets.append(street)
        self._lines.append(LineString(points))
        return street

    def _walk(self, start: Point, direction: float, rules: GrowthRules) -> list[Point]:
        total = float(self._rng.uniform(rules.shortest_m, rules.longest_m))
        steps = max(2, round(total / 38))
        turn = float(self._rng.normal(0, 0.05))
        points = [start]
        for _ in range(steps):
            points.append(offset(points[-1], direction, total / steps))
            direction += turn
        return points

    def _has_room(self, points: list[Point], clearance_m: float) -> bool:
        if distance(points[-1], self._settlement.at) > self._settlement.radius_m:
            return False
        line = LineString(points)
        tail = substring(line, 1.25 * clearance_m, line.length)
        stub = substring(line, 2, line.length)
        lines = np.array(self._lines, dtype=object)
        return bool((shapely.distance(lines, tail) > clearance_m).all()) and not shapely.intersects(lines, stub).any()

    def _close_loop(self, street: Way) -> None:
        """Joins the street's loose end to a street nearby, when that is a sensible way on."""
        end, before = self._sketch.at(street.nodes[-1]), self._sketch.at(street.nodes[-2])
        if self._rng.random() < 0.25 or sum(street.nodes[-1] in way.nodes for way in self._streets) > 1:
            return
        candidates = sorted(
            (distance(end, self._sketch.at(node)), node) for way in self._streets if way is not street for node in way.nodes
        )
        for apart, node in candidates:
            if apart > 150:
                return
            target = self._sketch.at(node)
            link = LineString([end, target])
            inner = substring(link, 3, max(4, link.length - 3))
            ahead = turn_between(bearing(end, target), bearing(before, end)) < 1.2
            if apart > 15 and ahead and node not in street.nodes and not any(line.intersects(inner) for line in self._lines):
                street.nodes.append(node)
                self._lines.append(link)
                return


def draw_green(sketch: Sketch, settlement: Settlement, stem: list[int]) -> None:
    """A second street on the far side of the village green, as in many villages of the region."""
    middle = len(stem) // 2
    reach = max(2, len(stem) // 5)
    first, last = stem[middle - reach], stem[middle + reach]
    a, b = sketch.at(first), sketch.at(last)
    side = bearing(a, b) + math.pi / 2
    points = [
        offset((a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1])), side, w) for s, w in ((0.12, 38), (0.5, 46), (0.88, 38))
    ]
    nodes = [first, *(sketch.node(point) for point in points), last]
    sketch.way(nodes, {"highway": "residential", "name": "Am Anger", "maxspeed": "30"}, settlement.name)
