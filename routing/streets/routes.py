"""A route for people to look at: its line on the map and the streets along it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.earth import degrees, great_circle_metres
from routing.streets.network import COST_BITS, Edges
from routing.streets.snapping import FloatArray
from routing.streets.storing import Texts
from routing.streets.traveltimes import Arcs, CostArray, Seeds
from routing.travel import IntArray

_BEFORE_M = 1.0
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class StreetRoute:
    """The fastest way: ``seconds`` (rounded up), ``metres``, its line as (lon, lat), and the street names in order."""

    seconds: int
    metres: int
    geometry: list[tuple[float, float]]
    streets: list[str]


@dataclass(frozen=True, slots=True)
class Drive:
    """Directed edges driven one after the other, from fraction ``begin`` of the first to fraction ``end`` of the last."""

    directed: NDArray[np.int64]
    begin: float
    end: float


def full_drive(
    arcs: Arcs, arc_directed: NDArray[np.int32], path: NDArray[np.int32], ends: tuple[Seeds, Seeds]
) -> NDArray[np.int64]:
    """Directed edges of a way from the origin's own edge over the arcs of ``path`` to the destination's own edge."""
    origin, destination = ends
    if len(path):
        out = _cheapest(origin, int(arcs.tail[path[0]]))
        into = _cheapest(destination, int(arcs.head[path[-1]]))
    else:
        row, column = np.nonzero(origin.node[:, None] == destination.node[None, :])
        pair = int(np.argmin(origin.cost[row] + destination.cost[column]))
        out, into = int(row[pair]), int(column[pair])
    between = arc_directed[path].astype(np.int64)
    return np.concatenate(([origin.directed[out]], between, [destination.directed[into]]))


def line_of(edges: Edges, drive: Drive) -> list[tuple[float, float]]:
    """Points (lon, lat) of a drive; at least two."""
    last = len(drive.directed) - 1
    pieces = [
        _piece(edges, directed, drive.begin if i == 0 else 0.0, drive.end if i == last else 1.0)
        for i, directed in enumerate(drive.directed.tolist())
    ]
    line = np.round(np.concatenate(pieces), 7)
    keep = np.concatenate(([True], (np.diff(line, axis=0) != 0).any(axis=1)))
    points = line[keep] if keep.sum() > 1 else line[[0, -1]]
    return [(lon, lat) for lon, lat in points.tolist()]


def turn_offs_of(edges: Edges, costs: CostArray, drive: Drive) -> tuple[FloatArray, IntArray]:
    """Points a metre before each junction passed, (K, 2) lon/lat, and whole seconds to each, (K,), rounded down.

    Before it, for at the junction itself a point would belong to any of its streets, perhaps to one that leads away only.
    """
    passed = drive.directed[:-1]
    edge, back = passed >> 1, (passed & 1).astype(np.bool_)
    end = np.where(back, edges.shape_first[edge], edges.shape_first[edge + 1] - 1)
    tips, before = (degrees(edges.shape_x[at], edges.shape_y[at]) for at in (end, np.where(back, end + 1, end - 1)))
    length = np.hypot((tips - before)[:, 0] * np.cos(np.radians(tips[:, 1])), (tips - before)[:, 1]) * _METRES_PER_DEGREE
    short = np.minimum(0.5, _BEFORE_M / np.maximum(length, 1e-3))
    times = (costs[passed] >> COST_BITS).astype(np.float64)
    missing = times * np.minimum(0.5, short * length / np.maximum(edges.decimetres[edge] / 10, 0.1))
    if len(times):
        times[0] *= 1.0 - drive.begin
    seconds = np.floor(np.maximum(np.cumsum(times) - missing, 0) / 1000)
    return tips + (before - tips) * short[:, None], seconds.astype(np.int32)


def streets_along(edges: Edges, names: Texts, directed: NDArray[np.int64]) -> list[str]:
    """Names of the streets driven, in order, without repeats one after the other and without nameless stretches."""
    return list(_changes(names[int(edges.name[edge])] for edge in (directed >> 1).tolist()))


def edge_line(edges: Edges, edge: int) -> FloatArray:
    """Points (K, 2) of an edge in degrees, from tail to head."""
    low, high = int(edges.shape_first[edge]), int(edges.shape_first[edge + 1])
    return degrees(edges.shape_x[low:high], edges.shape_y[low:high])


def _cheapest(seeds: Seeds, node: int) -> int:
    at = np.flatnonzero(seeds.node == node)
    return int(at[np.argmin(seeds.cost[at])])


def _piece(edges: Edges, directed: int, begin: float, end: float) -> FloatArray:
    """Points of a directed edge between two fractions of its length."""
    line = edge_line(edges, directed >> 1)
    line = line[::-1] if directed & 1 else line
    if begin == 0.0 and end == 1.0:
        return line
    along = np.concatenate(([0.0], np.cumsum(great_circle_metres(line[:, 0], line[:, 1]))))
    low, high = begin * along[-1], end * along[-1]
    inner = line[(along > low) & (along < high)]
    tips = [np.array([[np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])]]) for at in (low, high)]
    return np.concatenate((tips[0], inner, tips[1]))


def _changes(names: Iterator[str]) -> Iterator[str]:
    before = ""
    for name in names:
        if name and name != before:
            yield name
            before = name
