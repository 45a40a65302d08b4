"""Where lines of the sketch cross: bridges over river and railway, level crossings, junctions."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import shapely
from shapely import LineString, STRtree

from seed.sketch import Point, Relation, Sketch, Way, distance


def build_bridges(sketch: Sketch, barrier: list[Point], highways: frozenset[str] | None = None) -> int:
    """Cuts every way that crosses ``barrier`` (only those of the ``highways`` kinds, when given) and makes the middle a bridge.

    Returns how many bridges were built. Bridges carry no junction with what is below.
    """
    line = LineString(barrier)
    count = 0
    for way in list(sketch.highways()):
        if highways is not None and way.tags["highway"] not in highways:
            continue
        if LineString(sketch.points(way)).intersects(line):
            count += _bridge(sketch, way, line)
    return count


def _bridge(sketch: Sketch, way: Way, barrier: LineString) -> int:
    """Bridges of one way, from its end to its beginning so that indices stay valid."""
    count = 0
    for index in reversed(range(len(way.nodes) - 1)):
        a, b = sketch.at(way.nodes[index]), sketch.at(way.nodes[index + 1])
        at = LineString([a, b]).intersection(barrier)
        if at.is_empty:
            continue
        share = distance(a, shapely.get_coordinates(at)[0]) / distance(a, b)
        reach = min(18 / distance(a, b), 0.45 * share, 0.45 * (1 - share))
        heads = [sketch.node((a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1]))) for s in (share - reach, share + reach)]
        sketch.way([heads[1], *way.nodes[index + 1 :]], dict(way.tags), way.settlement)
        sketch.way(heads, way.tags | {"bridge": "yes", "layer": "1"}, way.settlement)
        way.nodes = [*way.nodes[: index + 1], heads[0]]
        count += 1
    return count


def join_crossings(sketch: Sketch) -> int:
    """Gives ways that cross at grade a common node: a junction, or a level crossing with the railway. Returns how many."""
    segments: list[tuple[int, int]] = []
    lines: list[LineString] = []
    for number, way in enumerate(sketch.ways):
        if way.is_bridge or not ("highway" in way.tags or "railway" in way.tags):
            continue
        for position, (a, b) in enumerate(pairwise(way.nodes)):
            segments.append((number, position))
            lines.append(LineString([sketch.at(a), sketch.at(b)]))
    cuts: dict[tuple[int, int], list[int]] = {}
    pairs = STRtree(lines).query(lines, predicate="intersects").T.tolist()
    for first, second in sorted((a, b) for a, b in pairs if a < b):
        shared = _nodes_of(sketch, segments[first]) & _nodes_of(sketch, segments[second])
        if shared or segments[first][0] == segments[second][0]:
            continue
        at = shapely.get_coordinates(lines[first].intersection(lines[second]))[0]
        rail = any("railway" in sketch.ways[segments[i][0]].tags for i in (first, second))
        node = sketch.node((float(at[0]), float(at[1])), {"railway": "level_crossing"} if rail else {})
        cuts.setdefault(segments[first], []).append(node)
        cuts.setdefault(segments[second], []).append(node)
    _insert(sketch, cuts)
    return sum(len(nodes) for nodes in cuts.values()) // 2


def _nodes_of(sketch: Sketch, segment: tuple[int, int]) -> set[int]:
    nodes = sketch.ways[segment[0]].nodes
    return {nodes[segment[1]], nodes[segment[1] + 1]}


def _insert(sketch: Sketch, cuts: dict[tuple[int, int], list[int]]) -> None:
    for (number, position), nodes in sorted(cuts.items(), reverse=True):
        way = sketch.ways[number]
        start = sketch.at(way.nodes[position])
        nodes.sort(key=lambda node, start=start: distance(start, sketch.at(node)))  # type: ignore[misc]
        way.nodes[position + 1 : position + 1] = nodes


def forbid_left_turns(sketch: Sketch, settlement: str, count: int) -> None:
    """No turning left out of ``count`` side streets into the through road, which is cut there as OpenStreetMap wants it.

    Only side streets with a second way out are chosen, so every house stays within reach.
    """
    through = [
        way for way in sketch.drivable() if way.settlement == settlement and way.tags["highway"] in ("primary", "secondary")
    ]
    uses = Counter(node for way in sketch.drivable() for node in way.nodes)
    for side in list(sketch.drivable()):
        joint, loops = side.nodes[0], uses[side.nodes[-1]] > 1
        main = next((way for way in through if joint in way.nodes[1:-1]), None)
        if count == 0 or main is None or not loops or side.tags["highway"] != "residential":
            continue
        count -= 1
        position = main.nodes.index(joint)
        ahead = sketch.way(main.nodes[position:], dict(main.tags), main.settlement)
        main.nodes = main.nodes[: position + 1]
        through.remove(main)
        here, after, come = sketch.at(joint), sketch.at(sketch.ways[ahead].nodes[1]), sketch.at(side.nodes[1])
        leftwards = (here[0] - come[0]) * (after[1] - here[1]) - (here[1] - come[1]) * (after[0] - here[0]) > 0
        to = ahead if leftwards else sketch.ways.index(main)
        members = [("w", sketch.ways.index(side), "from"), ("n", joint, "via"), ("w", to, "to")]
        sketch.relations.append(Relation(members, {"type": "restriction", "restriction": "no_left_turn"}))
