"""Between a place on an edge and the junctions around it: partial costs, and the case of two places on one edge.

At fraction f of edge e (from its tail), directed edge 2e has f of its cost behind and the rest ahead; 2e + 1 the other way round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import COST_BITS, DECIMETRES, NO_WAY
from routing.streets.snapping import FloatArray, Snaps
from routing.streets.traveltimes import Arcs, CostArray, Seeds
from routing.travel import FOREVER, Matrix

SameEdge = tuple[NDArray[np.int64], NDArray[np.int64], CostArray]
"""Cells (row, column) whose places share an edge, and the cost of driving straight along it."""


class EdgeEnds:
    """Where cars leave and enter edges. ``directed`` (A,) is the directed edge of each arc, ``costs`` (2E,) those of directed edges."""

    def __init__(self, arcs: Arcs, directed: NDArray[np.int32], costs: CostArray) -> None:
        self._arcs = arcs
        self._order = np.argsort(directed, kind="stable")
        self._directed = directed[self._order].astype(np.int64)
        self._costs = costs

    def departures(self, snaps: Snaps) -> Seeds:
        """Where a car leaving each place first meets the graph: the far end of its edge, in each direction allowed.

        A drive begins without a history, so of an edge's arcs the one from the plain junction counts, which comes first.
        """
        return self._seeds(snaps, arriving=False)

    def arrivals(self, snaps: Snaps) -> Seeds:
        """Where a car bound for each place leaves the graph: every node from which its edge may be entered."""
        return self._seeds(snaps, arriving=True)

    def _seeds(self, snaps: Snaps, *, arriving: bool) -> Seeds:
        found = np.flatnonzero(snaps.edge >= 0)
        directed = np.concatenate((2 * snaps.edge[found], 2 * snaps.edge[found] + 1))
        fraction = np.concatenate((snaps.fraction[found], 1.0 - snaps.fraction[found]))
        open_ = self._costs[directed] < NO_WAY
        directed, fraction, places = directed[open_], fraction[open_], np.tile(found, 2)[open_]
        low = np.searchsorted(self._directed, directed)
        counts = np.searchsorted(self._directed, directed, side="right") - low
        counts = counts if arriving else np.minimum(counts, 1)
        behind = partial_cost(self._costs[directed], fraction)
        cost = behind if arriving else self._costs[directed] - behind
        arc = self._order[np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())]
        owner = np.repeat(places, counts)
        by_place = np.argsort(owner, kind="stable")
        return Seeds(
            first=np.searchsorted(owner[by_place], np.arange(len(snaps.edge) + 1)).astype(np.int64),
            node=(self._arcs.tail if arriving else self._arcs.head)[arc][by_place].astype(np.int32),
            cost=np.repeat(cost, counts)[by_place],
            directed=np.repeat(directed, counts)[by_place],
        )


def partial_cost(cost: CostArray, fraction: FloatArray) -> CostArray:
    """Cost of the first ``fraction`` of directed edges, time and length each rounded."""
    times, metres = cost >> COST_BITS, cost & DECIMETRES
    return (np.rint(times * fraction).astype(np.int64) << COST_BITS) + np.rint(metres * fraction).astype(np.int64)


def same_edge_costs(start: Snaps, goal: Snaps, costs: CostArray) -> SameEdge:
    """Straight along a shared edge, where its direction is allowed; a one-way street cannot be driven back."""
    row, column = np.nonzero((start.edge[:, None] == goal.edge[None, :]) & (start.edge >= 0)[:, None])
    begin, end = start.fraction[row], goal.fraction[column]
    back = end < begin
    whole = costs[2 * start.edge[row] + back]
    nearer = partial_cost(whole, np.where(back, 1.0 - begin, begin))
    farther = partial_cost(whole, np.where(back, 1.0 - end, end))
    along = np.where(end == begin, 0, np.where(whole < NO_WAY, farther - nearer, NO_WAY))
    return row, column, along


def join_costs(costs: CostArray, same_edge: SameEdge) -> Matrix:
    """Seconds (rounded up) and metres of the cheaper of both ways."""
    row, column, along = same_edge
    costs = costs.copy()
    costs[row, column] = np.minimum(costs[row, column], along)
    none = costs >= NO_WAY
    seconds = np.where(none, FOREVER, -((-(costs >> COST_BITS)) // 1000))
    metres = np.where(none, FOREVER, ((costs & DECIMETRES) + 5) // 10)
    return Matrix(seconds.astype(np.int32), metres.astype(np.int32))
