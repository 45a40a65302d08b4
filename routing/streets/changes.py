"""What is different on the roads today: closures and slow-downs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.earth import degrees, great_circle_metres
from routing.streets.network import COST_BITS, DECIMETRES, NO_WAY, Edges
from routing.streets.snapping import StreetFinder
from routing.streets.traveltimes import CostArray

_MOST_TIMES = 100.0
_NEAR_M = 100.0


@dataclass(frozen=True, slots=True)
class RoadChange:
    """The street nearest to a point takes ``times`` as long, both ways; infinity closes it. ``along_m``: so do all its pieces (of the
    same name) within so many metres of the point; 0: only the piece between two junctions.

    Raises:
        ValueError: ``times`` is neither infinite nor from 0.1 to 100, or ``along_m`` is negative.
    """

    lon: float
    lat: float
    times: float = math.inf
    along_m: float = 0.0

    def __post_init__(self) -> None:
        if not (self.times == math.inf or 0.1 <= self.times <= _MOST_TIMES):
            raise ValueError(f"a street takes 0.1 to {_MOST_TIMES:g} times as long, or is closed (infinity); found {self.times}")
        if not 0 <= self.along_m < math.inf:
            raise ValueError(f"along_m must be metres from 0 on; found {self.along_m}")


def changed_costs(
    edges: Edges, costs: CostArray, changes: Sequence[RoadChange], finder: StreetFinder, allowed: NDArray[np.bool_]
) -> CostArray:
    """Costs of the directed edges (2E,) with the changes made, one after the other.

    Raises:
        ValueError: there is no street within 100 m of a change.
    """
    result = costs.copy()
    for change in changes:
        directed = np.repeat(2 * _pieces(edges, change, finder, allowed), 2)
        directed[1::2] += 1
        result[directed] = scaled(result[directed], np.full(len(directed), change.times))
    return result


def scaled(costs: CostArray, times: NDArray[np.float64]) -> CostArray:
    """Costs whose driving time is multiplied; closed where ``times`` is infinite. What was closed stays closed."""
    seconds = np.where(np.isfinite(times), (costs >> COST_BITS) * np.where(np.isfinite(times), times, 1.0), 0.0)
    slower = (np.maximum(np.rint(seconds), 1).astype(np.int64) << COST_BITS) + (costs & DECIMETRES)
    return np.where((costs >= NO_WAY) | ~np.isfinite(times), NO_WAY, slower)


def _pieces(edges: Edges, change: RoadChange, finder: StreetFinder, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    snap = finder.snap(np.array([[change.lon, change.lat]]), _NEAR_M, allowed)
    edge = int(snap.edge[0])
    if edge < 0:
        raise ValueError(f"no street within {_NEAR_M:g} m of {change.lon:.5f},{change.lat:.5f}; lon comes before lat")
    if not change.along_m or not edges.name[edge]:
        return np.array([edge])
    same = np.flatnonzero((edges.name == edges.name[edge]) & allowed)
    ends = np.concatenate((edges.shape_first[same], edges.shape_first[same + 1] - 1))
    at = degrees(edges.shape_x[ends], edges.shape_y[ends])
    pairs = np.stack((np.broadcast_to([change.lon, change.lat], at.shape), at), axis=1).reshape(-1, 2)
    away = great_circle_metres(pairs[:, 0], pairs[:, 1])[::2].reshape(2, -1).min(axis=0)
    return np.union1d(same[away <= change.along_m], [edge])
