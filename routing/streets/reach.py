"""How far one gets in a time: the streets reached, and the land beside them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.streets.earth import EARTH_RADIUS_M
from routing.streets.network import COST_BITS, NO_WAY, Edges
from routing.streets.routes import Drive, line_of
from routing.streets.traveltimes import Arcs, CostArray, Seeds, TravelTimes

_BESIDE_M = 150.0
_SMOOTH_M = 40.0


def all_nodes(arcs: Arcs) -> Seeds:
    """Every node as a destination of its own."""
    each = np.arange(arcs.nodes, dtype=np.int32)
    zero = np.zeros(arcs.nodes, dtype=np.int64)
    return Seeds(np.arange(arcs.nodes + 1, dtype=np.int64), each, zero, zero)


def reached_lines(
    edges: Edges, arcs: Arcs, arc_directed: NDArray[np.int32], times: TravelTimes, departure: Seeds, seconds: int
) -> list[list[tuple[float, float]]]:
    """Lines (lon, lat) of all stretches that can be driven along within ``seconds`` of leaving."""
    at = times.costs(departure, all_nodes(arcs))[0]
    budget = seconds * 1000
    left = budget - (at[arcs.tail] >> COST_BITS)
    each = arcs.cost >> COST_BITS
    driven = np.flatnonzero((left > 0) & (at[arcs.tail] < NO_WAY) & (arcs.cost < NO_WAY))
    share: NDArray[np.float64] = np.zeros(2 * edges.count)
    np.maximum.at(share, arc_directed[driven], np.minimum(1.0, left[driven] / np.maximum(each[driven], 1)))
    whole = (share[0::2] >= 1) | (share[1::2] >= 1)
    parts = [Drive(np.array([2 * e], dtype=np.int64), 0.0, 1.0) for e in np.flatnonzero(whole).tolist()]
    for side in (0, 1):
        some = np.flatnonzero((share[side::2] > 0) & ~whole)
        parts += [Drive(np.array([2 * e + side], dtype=np.int64), 0.0, float(share[2 * e + side])) for e in some.tolist()]
    return [line_of(edges, part) for part in parts]


def land_beside(lines: list[list[tuple[float, float]]], latitude: float) -> shapely.MultiPolygon:
    """The land within 150 m of lines, in degrees; empty without lines."""
    if not lines:
        return shapely.MultiPolygon()
    unit = np.radians(1.0) * EARTH_RADIUS_M
    scale = np.array([unit * np.cos(np.radians(latitude)), unit])
    metres = shapely.multilinestrings([shapely.LineString(np.array(line) * scale) for line in lines])
    area = shapely.simplify(shapely.buffer(metres, _BESIDE_M, quad_segs=2), _SMOOTH_M)
    parts = shapely.get_parts(shapely.transform(area, lambda points: points / scale))
    return shapely.MultiPolygon([part for part in parts if isinstance(part, shapely.Polygon)])


def first_metres(costs: CostArray, drive: Drive, seconds: int) -> Drive:
    """The beginning of a drive along one edge that fits into a time."""
    whole = float(costs[drive.directed[0]] >> COST_BITS) * (drive.end - drive.begin)
    share = min(1.0, seconds * 1000 / max(whole, 1.0))
    return Drive(drive.directed, drive.begin, drive.begin + share * (drive.end - drive.begin))
