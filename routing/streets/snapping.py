"""Nearest point on a street, by edge. Distances on a local plane (equirectangular about the extract's middle latitude)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from routing.streets.network import EARTH_RADIUS_M, Edges, degrees

FloatArray = NDArray[np.float64]


_MOST_KNOWN = 100_000


@dataclass(frozen=True, slots=True)
class Snaps:
    """For each point (K,): ``edge`` (−1: nothing near enough), ``fraction`` of the edge's length from its tail, ``metres`` away."""

    edge: NDArray[np.int64]
    fraction: FloatArray
    metres: FloatArray


class Plane:
    """Degrees to metres on a plane about one latitude; its error in a county is below one percent."""

    def __init__(self, latitude: float) -> None:
        self._scale = np.radians(1.0) * EARTH_RADIUS_M * np.array([np.cos(np.radians(latitude)), 1.0])

    def to_metres(self, lon_lat: FloatArray) -> FloatArray:
        """(K, 2) degrees to (K, 2) metres."""
        return np.asarray(lon_lat * self._scale)

    def to_degrees(self, metres: FloatArray) -> FloatArray:
        """(K, 2) metres to (K, 2) degrees."""
        return np.asarray(metres / self._scale)


class StreetFinder:
    """Index over some edges."""

    def __init__(self, edges: Edges, chosen: NDArray[np.int64], plane: Plane) -> None:
        self._chosen = chosen
        self.plane = plane
        count = np.diff(edges.shape_first)[chosen]
        first = np.repeat(edges.shape_first[chosen] - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        points = np.arange(count.sum()) + first
        metres = plane.to_metres(degrees(edges.shape_x[points], edges.shape_y[points]))
        lines = shapely.linestrings(metres, indices=np.repeat(np.arange(len(chosen)), count))
        self._lines: NDArray[np.object_] = np.asarray(lines, dtype=np.object_)
        self._tree = shapely.STRtree(self._lines)
        self._known: dict[tuple[float, float, float], tuple[int, float, float]] = {}

    def snap_known(self, lon_lat: FloatArray, max_m: float) -> Snaps:
        """As :meth:`snap`, remembering the answers: the same stops are asked for again and again."""
        known = self._known  # this thread's view: another may start a new memory meanwhile
        keys = [(lon, lat, max_m) for lon, lat in lon_lat.tolist()]
        new = [i for i, key in enumerate(keys) if key not in known]
        if new:
            if len(known) + len(new) > _MOST_KNOWN:
                known = {}
                new = list(range(len(keys)))
            fresh = self.snap(lon_lat[new], max_m)
            answers = zip(fresh.edge.tolist(), fresh.fraction.tolist(), fresh.metres.tolist(), strict=True)
            known.update(zip((keys[i] for i in new), answers, strict=True))
            self._known = known
        rows = np.array([known[key] for key in keys], dtype=np.float64).reshape(-1, 3)
        return Snaps(rows[:, 0].astype(np.int64), np.ascontiguousarray(rows[:, 1]), np.ascontiguousarray(rows[:, 2]))

    def snap(self, lon_lat: FloatArray, max_m: float) -> Snaps:
        """Nearest edge of each point (K, 2) within ``max_m`` metres; points that are not finite or not on earth find none.

        Of several edges equally near, the one imported first.
        """
        edge = np.full(len(lon_lat), -1, dtype=np.int64)
        fraction = np.zeros(len(lon_lat))
        metres = np.full(len(lon_lat), np.inf)
        usable = np.flatnonzero(np.isfinite(lon_lat).all(axis=1) & (np.abs(lon_lat) <= (180.0, 90.0)).all(axis=1))
        points: NDArray[np.object_] = np.asarray(shapely.points(self.plane.to_metres(lon_lat[usable])), dtype=np.object_)
        (which, line), away = self._tree.query_nearest(points, max_distance=max_m, return_distance=True)
        # Ties come in tree order; sorting by edge makes the choice the same everywhere.
        order = np.lexsort((line, which))
        which, first = np.unique(which[order], return_index=True)
        line, away = line[order][first], away[order][first]
        at = usable[which]
        edge[at] = self._chosen[line]
        fraction[at] = np.clip(shapely.line_locate_point(self._lines[line], points[which], normalized=True), 0.0, 1.0)
        metres[at] = away
        return Snaps(edge, fraction, metres)

    def position(self, edge: int, fraction: float) -> tuple[float, float]:
        """(lon, lat) of a point on an edge."""
        line = self._lines[int(np.searchsorted(self._chosen, edge))]
        point = shapely.line_interpolate_point(line, fraction, normalized=True)
        lon, lat = self.plane.to_degrees(np.array([[point.x, point.y]]))[0]
        return float(lon), float(lat)
