"""The market town: an old town within its former walls, one-way lanes, a roundabout, the station."""

from __future__ import annotations

import math

from seed.land import Settlement
from seed.network import Road
from seed.roads import Stem
from seed.sketch import Point, Sketch, Way, bearing, distance, offset, turn_between

_SPACING_M = 88.0
_TILT = 0.22
_ROWS = ("Wallstraße", "Töpferstraße", "Marktstraße", "Lange Straße", "Wallstraße")
_COLUMNS = ("Wallstraße", "Kirchgasse", "Markt", "Rathausgasse", "Wallstraße")
_ONE_WAY = {("row", 1): "yes", ("column", 1): "yes", ("column", 3): "-1", ("row", 3): "-1"}


def draw_old_town(sketch: Sketch, settlements: list[Settlement], here: int, roads: list[Road], own: list[int]) -> Stem:
    """Five by five crossings inside a ring; the roads join the ring at the gate nearest to where they come from."""
    town = settlements[here]
    grid = [[sketch.node(_corner(town.at, row, column)) for column in range(5)] for row in range(5)]
    for index in range(5):
        _street(sketch, town.name, ("row", index), grid[index])
        _street(sketch, town.name, ("column", index), [grid[row][index] for row in range(5)])
    ring = [*grid[0], *(grid[row][4] for row in range(1, 5)), *reversed(grid[4][:4]), *(grid[row][0] for row in (3, 2, 1))]
    stem = Stem(ring)
    for number in own:
        towards = bearing(town.at, settlements[roads[number].other(here)].at)
        free = [node for node in ring if node not in stem.joints.values()]
        stem.joints[number] = min(free, key=lambda node: turn_between(bearing(town.at, sketch.at(node)), towards))
    return stem


def _corner(centre: Point, row: int, column: int) -> Point:
    """Crossings of a slightly tilted grid whose outer corners are rounded off."""
    x, y = _SPACING_M * (column - 2), _SPACING_M * (row - 2)
    shrink = 0.86 if abs(column - 2) == 2 and abs(row - 2) == 2 else 1.0
    wobble = 7 * math.sin(3 * row + 5 * column)
    return offset(centre, math.atan2(y, x) + _TILT, shrink * math.hypot(x, y) + wobble)


def _street(sketch: Sketch, town: str, which: tuple[str, int], nodes: list[int]) -> None:
    names = _ROWS if which[0] == "row" else _COLUMNS
    wall = which[1] in (0, 4)
    tags = {"highway": "tertiary" if wall else "residential", "name": names[which[1]], "maxspeed": "50" if wall else "30"}
    if names[which[1]] == "Markt":
        tags |= {"highway": "living_street", "maxspeed": "7", "surface": "sett"}
    elif which in _ONE_WAY:
        tags["oneway"] = _ONE_WAY[which]
    sketch.way(nodes, tags, town)


def draw_station_road(sketch: Sketch, town: Settlement, stem: Stem, station: Point) -> int:
    """From the southern gate to the forecourt, 35 m north of the track; returns the forecourt's node."""
    south = min(stem.nodes, key=lambda node: distance(sketch.at(node), station) if node not in stem.joints.values() else math.inf)
    gate = sketch.at(south)
    forecourt = (station[0], station[1] + 35)
    bends = (14.0, 22.0, 24.0, 20.0, 12.0)
    across = bearing(gate, forecourt) + math.pi / 2
    between = [
        offset((gate[0] + share * (forecourt[0] - gate[0]), gate[1] + share * (forecourt[1] - gate[1])), across, bend)
        for share, bend in zip((1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6), bends, strict=True)
    ]
    nodes = [south, *(sketch.node(point) for point in (*between, forecourt))]
    tags = {"highway": "secondary", "name": "Bahnhofstraße", "maxspeed": "50"}
    sketch.way(nodes, tags, town.name)
    turning = [sketch.node(offset(forecourt, angle, 40)) for angle in (math.pi * 0.98, math.pi * 0.02)]
    plain = {"highway": "residential", "name": "Am Bahnhof", "maxspeed": "30"}
    sketch.way([turning[0], nodes[-1], turning[1]], plain, town.name)
    return nodes[-1]


def put_roundabout(sketch: Sketch, road: Way, index: int, arm: Point) -> list[int]:
    """Replaces node ``index`` of a road by a roundabout with a third arm that ends at ``arm``.

    Returns the nodes of the arm, beginning on the circle. The road is cut in two.
    """
    centre = sketch.at(road.nodes[index])
    ends = [sketch.at(road.nodes[index - 1]), sketch.at(road.nodes[index + 1]), arm]
    marks = [(bearing(centre, end), True) for end in ends] + [(k * math.pi / 4 + 0.1, False) for k in range(8)]
    angles = sorted(angle % (2 * math.pi) for angle, keep in marks if keep or not _is_near(angle, marks[:3]))
    circle = {angle: sketch.node(offset(centre, angle, 15)) for angle in angles}
    gate = [circle[bearing(centre, end) % (2 * math.pi)] for end in ends]
    ring = list(circle.values())
    tags = {"highway": road.tags["highway"], "junction": "roundabout", "oneway": "yes", "maxspeed": "30"}
    sketch.way([*ring, ring[0]], tags, road.settlement)
    sketch.way([gate[1], *road.nodes[index + 1 :]], dict(road.tags), road.settlement)
    road.nodes = [*road.nodes[:index], gate[0]]
    start = sketch.at(gate[2])
    share = [(start[0] + k * (arm[0] - start[0]) / 4, start[1] + k * (arm[1] - start[1]) / 4) for k in (1, 2, 3, 4)]
    return [gate[2], *(sketch.node(point) for point in share)]


def _is_near(angle: float, marks: list[tuple[float, bool]]) -> bool:
    return any(turn_between(angle, other) < 0.3 for other, _ in marks)
