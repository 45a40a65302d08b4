"""Roads as lines for a map of a given size: the most important classes that fit, simplified to what the eye can tell apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.streets.calibration import ROAD_CLASSES
from routing.streets.earth import COORDINATE_SCALE
from routing.streets.network import Edges

Bounds = tuple[float, float, float, float]
"""(west, south, east, north), degrees."""

_ON_MAPS = ROAD_CLASSES[:8]


@dataclass(frozen=True, slots=True)
class RoadLines:
    """All lines of one class (:data:`routing.streets.calibration.ROAD_CLASSES`), each (K, 2) lon/lat."""

    road_class: str
    lines: tuple[NDArray[np.float64], ...]


def road_lines(edges: Edges, bounds: Bounds, tolerance: float, most_points: int) -> list[RoadLines]:
    """The roads that touch ``bounds``, the most important class first; classes that would exceed ``most_points`` are left out with all
    below them. ``tolerance`` (degrees) is how far a line may be moved (Douglas-Peucker, shapely).
    """
    found: list[RoadLines] = []
    points = 0
    inside = _touching(edges, bounds)
    for number, name in enumerate(_ON_MAPS):
        lines = _simplified(edges, inside & (edges.road_class == number), tolerance)
        points += sum(len(line) for line in lines)
        if points > most_points and found:
            break
        if lines:
            found.append(RoadLines(name, lines))
    return found


def _touching(edges: Edges, bounds: Bounds) -> NDArray[np.bool_]:
    """Which edges have a point within the bounds."""
    west, south, east, north = (value / COORDINATE_SCALE for value in bounds)
    within = (edges.shape_x >= west) & (edges.shape_x <= east) & (edges.shape_y >= south) & (edges.shape_y <= north)
    return np.logical_or.reduceat(within, edges.shape_first[:-1])


def _simplified(edges: Edges, chosen: NDArray[np.bool_], tolerance: float) -> tuple[NDArray[np.float64], ...]:
    if not chosen.any():
        return ()
    of = np.repeat(np.arange(edges.count), np.diff(edges.shape_first))
    points = chosen[of]
    lon_lat = np.stack((edges.shape_x[points], edges.shape_y[points]), axis=1) * COORDINATE_SCALE
    pieces = shapely.get_parts(shapely.linestrings(lon_lat, indices=np.unique(of[points], return_inverse=True)[1]))
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces.tolist())))
    plain = shapely.simplify(merged, tolerance, preserve_topology=False)
    return tuple(shapely.get_coordinates(line) for line in plain[shapely.get_num_points(plain) > 1])
