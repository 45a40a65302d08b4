"""Which settlements are joined by what kind of road, before the roads get their curves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
from shapely import LineString

from seed.land import Land, Rank, Settlement
from seed.sketch import distance

FEDERAL, STATE, DISTRICT, LANE, TRACK = "primary", "secondary", "tertiary", "unclassified", "track"
ORDER = (FEDERAL, STATE, DISTRICT, LANE, TRACK)
_BRIDGES = 6


@dataclass(frozen=True, slots=True)
class Road:
    """A road between the settlements of these indices; ``ref`` is the number on the signs."""

    a: int
    b: int
    highway: str
    ref: str = ""

    def other(self, settlement: int) -> int:
        """The end that is not ``settlement``."""
        return self.b if settlement == self.a else self.a


def plan_roads(land: Land, rng: np.random.Generator) -> list[Road]:
    """A federal road through the county, state roads, district roads, lanes and tracks.

    The candidates are the Gabriel graph of the settlements (Gabriel & Sokal 1969), which is planar; its relative neighbourhood
    graph (Toussaint 1980) carries the district roads and lanes. The river is crossed at few places.
    """
    gabriel = _gabriel_graph(land.settlements)
    neighbourhood = {(min(edge), max(edge)) for edge in gabriel.edges if _are_relative_neighbours(land.settlements, *edge)}
    main = _main_roads(gabriel, land.settlements)
    wanted = neighbourhood | set(main)
    allowed = _with_few_bridges(gabriel, wanted, set(main), land)
    roads = [Road(a, b, main[a, b]) if (a, b) in main else _minor(land.settlements, a, b) for a, b in sorted(allowed)]
    roads += _tracks(gabriel, allowed, land, rng)
    return _numbered(roads)


def _gabriel_graph(settlements: list[Settlement]) -> nx.Graph[int]:
    graph: nx.Graph[int] = nx.Graph()
    points = [settlement.at for settlement in settlements]
    for a, b in combinations(range(len(points)), 2):
        outside = settlements[a].rank is Rank.NEIGHBOUR and settlements[b].rank is Rank.NEIGHBOUR
        middle = ((points[a][0] + points[b][0]) / 2, (points[a][1] + points[b][1]) / 2)
        reach = distance(points[a], points[b]) / 2
        if not outside and all(distance(middle, point) >= reach for i, point in enumerate(points) if i not in (a, b)):
            graph.add_edge(a, b, metres=2 * reach)
    return graph


def _are_relative_neighbours(settlements: list[Settlement], a: int, b: int) -> bool:
    apart = distance(settlements[a].at, settlements[b].at)
    return all(
        max(distance(settlements[a].at, other.at), distance(settlements[b].at, other.at)) >= apart
        for index, other in enumerate(settlements)
        if index not in (a, b)
    )


def _main_roads(gabriel: nx.Graph[int], settlements: list[Settlement]) -> dict[tuple[int, int], str]:
    """Federal road west–east through the town; state roads to the north, the south and the small town."""
    index = {settlement.name: number for number, settlement in enumerate(settlements)}
    town, small = index["Auenfurt"], index["Kranichstedt"]
    courses = [
        (index["Prunitz"], town, FEDERAL),
        (town, index["Seelenthin"], FEDERAL),
        (index["Hartelsrode"], town, STATE),
        (town, index["Luchfurt"], STATE),
        (town, small, STATE),
        (small, index["Hartelsrode"], STATE),
    ]
    kinds: dict[tuple[int, int], str] = {}
    for start, end, highway in courses:
        path: list[int] = nx.shortest_path(gabriel, start, end, weight="metres")
        for a, b in pairwise(path):
            kinds.setdefault((min(a, b), max(a, b)), highway)
    return kinds


def _with_few_bridges(
    gabriel: nx.Graph[int], wanted: set[tuple[int, int]], main: set[tuple[int, int]], land: Land
) -> set[tuple[int, int]]:
    """Leave out roads over the river beyond a handful, as long as every place can be reached."""
    river = LineString(land.river)

    def crosses(edge: tuple[int, int]) -> bool:
        return LineString([land.settlements[edge[0]].at, land.settlements[edge[1]].at]).crosses(river)

    kept = {edge for edge in wanted if edge in main or not crosses(edge)}
    bridges = sum(crosses(edge) for edge in kept)
    for edge in sorted(wanted - kept, key=lambda edge: gabriel.edges[edge]["metres"]):
        graph: nx.Graph[int] = nx.Graph()
        graph.add_edges_from(kept)
        apart = edge[0] not in graph or edge[1] not in graph or not nx.has_path(graph, *edge)
        if apart or bridges < _BRIDGES:
            kept.add(edge)
            bridges += 1
    return kept


def _minor(settlements: list[Settlement], a: int, b: int) -> Road:
    larger = {settlements[a].rank, settlements[b].rank} - {Rank.HAMLET}
    return Road(a, b, DISTRICT if larger else LANE)


def _tracks(gabriel: nx.Graph[int], roads: set[tuple[int, int]], land: Land, rng: np.random.Generator) -> list[Road]:
    """Some of the direct ways that are no roads are farm tracks; none crosses the river."""
    river = LineString(land.river)
    tracks = []
    for a, b in sorted((min(edge), max(edge)) for edge in gabriel.edges):
        ends = land.settlements[a], land.settlements[b]
        rural = all(end.rank in (Rank.VILLAGE, Rank.HAMLET) for end in ends)
        if (a, b) not in roads and rural and rng.random() < 0.55 and not LineString([ends[0].at, ends[1].at]).crosses(river):
            tracks.append(Road(a, b, TRACK))
    return tracks


def _numbered(roads: list[Road]) -> list[Road]:
    """Signs: B 999 is the federal road; L and K numbers are of an invented series."""
    numbered, district, state = [], 7700, 990
    for road in roads:
        if road.highway == FEDERAL:
            road = replace(road, ref="B 999")  # noqa: PLW2901
        elif road.highway == STATE:
            state += 1
            road = replace(road, ref=f"L {state}")  # noqa: PLW2901
        elif road.highway == DISTRICT:
            district += 1
            road = replace(road, ref=f"K {district}")  # noqa: PLW2901
        numbered.append(road)
    return numbered


def roads_by_settlement(roads: list[Road], count: int) -> list[list[int]]:
    """For each settlement the indices of its roads, the most important first."""
    result: list[list[int]] = [[] for _ in range(count)]
    for number, road in enumerate(roads):
        result[road.a].append(number)
        result[road.b].append(number)
    for numbers in result:
        numbers.sort(key=lambda number: (ORDER.index(roads[number].highway), number))
    return result


def curve(a: tuple[float, float], b: tuple[float, float], bends: list[float], step_m: float) -> list[tuple[float, float]]:
    """A gently winding line from ``a`` to ``b``: sines of one, two and three half waves, amplitudes as shares of its length."""
    apart = distance(a, b)
    count = max(2, round(apart / step_m))
    ux, uy = (b[0] - a[0]) / apart, (b[1] - a[1]) / apart
    line = [a]
    for step in range(1, count):
        share = step / count
        side = apart * sum(bend * math.sin((k + 1) * math.pi * share) for k, bend in enumerate(bends))
        line.append((a[0] + share * apart * ux - side * uy, a[1] + share * apart * uy + side * ux))
    return [*line, b]
