"""Nearest point on a street, by edge. Distances on a local plane (equirectangular about the extract's middle latitude).

A grid of square cells lists the straight pieces of all edges; the search looks at rings of cells around the point, and stops when no
farther ring can hold anything nearer. Which edges count (for cars, on foot, not closed today) is told with each question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.streets.earth import COORDINATE_SCALE, EARTH_RADIUS_M
from routing.streets.network import Edges

FloatArray = NDArray[np.float64]

_CELL_M = 150.0
_MOST_CELLS = 4_000_000
_SAME_M = 1e-6
"""Streets as near as this to each other are equally near: where they meet, rounding must not decide."""


@dataclass(frozen=True, slots=True)
class Snaps:
    """For each point (K,): ``edge`` (−1: nothing near enough), ``fraction`` of the edge's length from its tail, ``metres`` away,
    ``side`` of the edge as seen from tail to head (1 left, −1 right, 0 on it).
    """

    edge: NDArray[np.int64]
    fraction: FloatArray
    metres: FloatArray
    side: NDArray[np.int8]


class StreetFinder:
    """Index over all edges."""

    def __init__(self, edges: Edges, latitude: float) -> None:
        """``latitude`` (degrees) is that of the plane; its error in a county is below one percent."""
        unit = np.radians(COORDINATE_SCALE) * EARTH_RADIUS_M
        self._scale = np.array([unit * np.cos(np.radians(latitude)), unit])
        self._edges = edges
        self._shape = (edges.shape_first, edges.shape_x, edges.shape_y)
        self._west_south = np.array([edges.shape_x.min(), edges.shape_y.min()], dtype=np.float64)
        width, height = (np.array([edges.shape_x.max(), edges.shape_y.max()]) - self._west_south) * self._scale
        self._cell = max(_CELL_M, float(np.sqrt((width + 1) * (height + 1) / _MOST_CELLS)))
        self._columns, self._rows = int(width // self._cell) + 1, int(height // self._cell) + 1
        self._lists = _fill(self._shape, self._west_south, self._scale, self._cell, (self._columns, self._rows))

    def snap(self, lon_lat: FloatArray, max_m: float, allowed: NDArray[np.bool_]) -> Snaps:
        """Nearest of the ``allowed`` edges (E,) for each point (K, 2), at most ``max_m`` metres away; points that are not finite or not
        on earth find none. Of several edges equally near, the one imported first.
        """
        count = len(lon_lat)
        edge = np.full(count, -1, dtype=np.int64)
        fraction, metres, side = np.zeros(count), np.full(count, np.inf), np.zeros(count, dtype=np.int8)
        _snap_all(
            np.ascontiguousarray(lon_lat),
            (self._west_south, self._scale, self._cell, self._columns, self._rows, self._lists),
            self._shape,
            allowed,
            max_m,
            (edge, fraction, metres, side),
        )
        return Snaps(edge, fraction, metres, side)

    def position(self, edge: int, fraction: float) -> tuple[float, float]:
        """(lon, lat) of a point on an edge."""
        low, high = int(self._edges.shape_first[edge]), int(self._edges.shape_first[edge + 1])
        x, y = self._edges.shape_x[low:high].astype(np.float64), self._edges.shape_y[low:high].astype(np.float64)
        along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x) * self._scale[0], np.diff(y) * self._scale[1]))))
        at = fraction * along[-1]
        return float(np.interp(at, along, x)) * COORDINATE_SCALE, float(np.interp(at, along, y)) * COORDINATE_SCALE


_Shape = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]
_Lists = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]
_Grid = tuple[FloatArray, FloatArray, float, int, int, _Lists]
_Answer = tuple[NDArray[np.int64], FloatArray, FloatArray, NDArray[np.int8]]


@njit(cache=True, nogil=True)
def _fill(shape: _Shape, west_south: FloatArray, scale: FloatArray, cell: float, size: tuple[int, int]) -> _Lists:
    """Pieces by cell: each is listed in all cells its bounding box touches."""
    shape_first = shape[0]
    columns, rows = size
    first = np.zeros(columns * rows + 1, dtype=np.int64)
    for e in range(len(shape_first) - 1):
        for p in range(shape_first[e], shape_first[e + 1] - 1):
            c0, c1, r0, r1 = _cells(shape, p, west_south, scale, cell)
            for r in range(r0, r1 + 1):
                for c in range(c0, c1 + 1):
                    first[r * columns + c] += 1
    for i in range(columns * rows):
        first[i + 1] += first[i]
    edge = np.empty(first[-1], dtype=np.int32)
    piece = np.empty(first[-1], dtype=np.int64)
    # Filled from the back: in the end each list begins where ``first`` says.
    for e in range(len(shape_first) - 1):
        for p in range(shape_first[e], shape_first[e + 1] - 1):
            c0, c1, r0, r1 = _cells(shape, p, west_south, scale, cell)
            for r in range(r0, r1 + 1):
                for c in range(c0, c1 + 1):
                    first[r * columns + c] -= 1
                    edge[first[r * columns + c]] = e
                    piece[first[r * columns + c]] = p
    return first, edge, piece


@njit(cache=True, nogil=True)
def _cells(shape: _Shape, p: int, west_south: FloatArray, scale: FloatArray, cell: float) -> tuple[int, int, int, int]:
    """Columns and rows, first and last, of a piece."""
    x, y = shape[1], shape[2]
    c0 = int((min(x[p], x[p + 1]) - west_south[0]) * scale[0] // cell)
    c1 = int((max(x[p], x[p + 1]) - west_south[0]) * scale[0] // cell)
    r0 = int((min(y[p], y[p + 1]) - west_south[1]) * scale[1] // cell)
    r1 = int((max(y[p], y[p + 1]) - west_south[1]) * scale[1] // cell)
    return c0, c1, r0, r1


@njit(cache=True, nogil=True)
def _snap_all(lon_lat: FloatArray, grid: _Grid, shape: _Shape, allowed: NDArray[np.bool_], max_m: float, answer: _Answer) -> None:
    for i in range(len(lon_lat)):
        lon, lat = lon_lat[i, 0], lon_lat[i, 1]
        if abs(lon) <= 180.0 and abs(lat) <= 90.0:  # false for what is not a number, too
            e, p, share, away, side = _nearest(lon, lat, grid, shape, allowed, max_m)
            if e >= 0:
                answer[0][i], answer[2][i], answer[3][i] = e, away, side
                answer[1][i] = _fraction(e, p, share, shape, grid[1])


@njit(cache=True, nogil=True)
def _nearest(
    lon: float, lat: float, grid: _Grid, shape: _Shape, allowed: NDArray[np.bool_], max_m: float
) -> tuple[int, int, float, float, int]:
    """(edge, piece, share of the piece, metres, side); edge −1 when nothing is near enough."""
    west_south, scale, cell, columns, rows, lists = grid
    px = (lon / COORDINATE_SCALE - west_south[0]) * scale[0]
    py = (lat / COORDINATE_SCALE - west_south[1]) * scale[1]
    column, row = int(np.floor(px / cell)), int(np.floor(py / cell))
    # Rings before this one lie outside the grid.
    ring = max(0, -column, column - columns + 1, -row, row - rows + 1)
    found_e, found_p, found_share, best, side = -1, -1, 0.0, max_m, 0
    while (ring - 1) * cell <= best:
        for r in range(max(0, row - ring), min(rows - 1, row + ring) + 1):
            step = 1 if abs(r - row) == ring else max(1, 2 * ring)
            for c in range(column - ring, column + ring + 1, step):
                if c < 0 or c >= columns:
                    continue
                at = r * columns + c
                for k in range(lists[0][at], lists[0][at + 1]):
                    e = lists[1][k]
                    if not allowed[e]:
                        continue
                    p = lists[2][k]
                    ax = (shape[1][p] - west_south[0]) * scale[0]
                    ay = (shape[2][p] - west_south[1]) * scale[1]
                    dx = (shape[1][p + 1] - shape[1][p]) * scale[0]
                    dy = (shape[2][p + 1] - shape[2][p]) * scale[1]
                    square = dx * dx + dy * dy
                    share = 0.0
                    if square > 0:
                        share = min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / square))
                    away = np.hypot(ax + share * dx - px, ay + share * dy - py)
                    nearer = away < best - _SAME_M or (found_e < 0 and away <= max_m)
                    same = found_e >= 0 and away <= best + _SAME_M and (e < found_e or (e == found_e and p < found_p))
                    if nearer or same:
                        cross = dx * (py - ay) - dy * (px - ax)
                        found_e, found_p, found_share, best = e, p, share, min(best, away)
                        side = 0 if abs(cross) <= 0.5 * np.sqrt(square) else (1 if cross > 0 else -1)
        ring += 1
    return found_e, found_p, found_share, best, side


@njit(cache=True, nogil=True)
def _fraction(e: int, p: int, share: float, shape: _Shape, scale: FloatArray) -> float:
    """Share of the edge's length before a point on its piece ``p``."""
    before = total = 0.0
    for q in range(shape[0][e], shape[0][e + 1] - 1):
        length = np.hypot((shape[1][q + 1] - shape[1][q]) * scale[0], (shape[2][q + 1] - shape[2][q]) * scale[1])
        if q < p:
            before += length
        elif q == p:
            before += share * length
        total += length
    return min(1.0, before / total) if total > 0 else 0.0
