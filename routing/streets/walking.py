"""Distances on foot, along all walkable edges in both directions."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.streets.network import Edges
from routing.streets.snapping import FloatArray, Snaps
from routing.travel import FOREVER, IntArray

_FAR = 2**31 - 1


@dataclass(frozen=True, slots=True)
class WalkingGraph:
    """Adjacency over junctions: node n has ``neighbour`` and ``decimetres`` from ``first[n]`` to ``first[n + 1]``."""

    first: NDArray[np.int64]
    neighbour: NDArray[np.int32]
    decimetres: NDArray[np.int32]


def walkable_edges(edges: Edges) -> NDArray[np.bool_]:
    """Which edges (E,) belong to the largest connected part of what can be walked."""
    from scipy.sparse import coo_array  # noqa: PLC0415 -- half a second that only an import needs
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    nodes, chosen = len(edges.node_ref), np.flatnonzero(edges.foot)
    ends = (edges.tail[chosen], edges.head[chosen])
    _, label = connected_components(coo_array((np.ones(len(chosen), dtype=np.int8), ends), shape=(nodes, nodes)), directed=False)
    result = np.zeros(edges.count, dtype=np.bool_)
    if len(chosen):
        result[chosen] = label[ends[0]] == np.argmax(np.bincount(label[ends[0]]))
    return result


def build_walking_graph(edges: Edges) -> WalkingGraph:
    """Adjacency of the edges whose ``foot`` is set."""
    chosen = np.flatnonzero(edges.foot)
    tail = np.concatenate((edges.tail[chosen], edges.head[chosen]))
    order = np.argsort(tail, kind="stable")
    return WalkingGraph(
        first=np.searchsorted(tail[order], np.arange(len(edges.node_ref) + 1)).astype(np.int64),
        neighbour=np.concatenate((edges.head[chosen], edges.tail[chosen]))[order].astype(np.int32),
        decimetres=np.tile(edges.decimetres[chosen], 2)[order].astype(np.int32),
    )


def walk_metres(graph: WalkingGraph, edges: Edges, origin: Snaps, destinations: Snaps, max_m: int) -> IntArray:
    """Metres from one snapped place to others (M,), the way to the street at both ends included; ``FOREVER`` beyond ``max_m``."""
    result = np.full(len(destinations.edge), FOREVER, dtype=np.int32)
    if origin.edge[0] < 0:
        return result
    limit = min(int(max_m) * 10, _FAR // 2)
    start_tail, start_head = (ends[0] for ends in _ends(edges, origin))
    edge = int(origin.edge[0])
    starts = np.array([edges.tail[edge], edges.head[edge]], dtype=np.int32)
    reached = _bounded_dijkstra(
        graph.first, graph.neighbour, graph.decimetres, starts, np.array([start_tail, start_head], dtype=np.int64), limit
    )
    found = np.flatnonzero(destinations.edge >= 0)
    goal_edges = destinations.edge[found]
    to_tail, to_head = (ends[found] for ends in _ends(edges, destinations))
    total = np.minimum(reached[edges.tail[goal_edges]] + to_tail, reached[edges.head[goal_edges]] + to_head)
    along = np.abs(destinations.fraction[found] - origin.fraction[0]) * edges.decimetres[goal_edges]
    off_street = (destinations.metres[found] + origin.metres[0]) * 10
    total = np.where(goal_edges == edge, np.minimum(total, along + off_street), total)
    result[found] = np.where(total <= limit, np.ceil(total / 10), FOREVER).astype(np.int32)
    return result


def _ends(edges: Edges, snaps: Snaps) -> tuple[FloatArray, FloatArray]:
    """Decimetres from each place to its edge's tail and head, the way to the street included."""
    length = edges.decimetres[np.maximum(snaps.edge, 0)]
    off = np.where(np.isfinite(snaps.metres), snaps.metres, 0.0) * 10
    return off + snaps.fraction * length, off + (1 - snaps.fraction) * length


@njit(cache=True, nogil=True)
def _bounded_dijkstra(
    first: NDArray[np.int64],
    neighbour: NDArray[np.int32],
    length: NDArray[np.int32],
    starts: NDArray[np.int32],
    offsets: NDArray[np.int64],
    limit: int,
) -> NDArray[np.int64]:
    best = np.full(len(first) - 1, _FAR, dtype=np.int64)
    queue = [(np.int64(0), np.int32(0)) for _ in range(0)]
    for i in range(len(starts)):
        if offsets[i] <= limit and offsets[i] < best[starts[i]]:
            best[starts[i]] = offsets[i]
            heapq.heappush(queue, (offsets[i], starts[i]))
    while len(queue) > 0:
        far, node = heapq.heappop(queue)
        if far > best[node]:
            continue
        for i in range(first[node], first[node + 1]):
            next_far = far + length[i]
            if next_far <= limit and next_far < best[neighbour[i]]:
                best[neighbour[i]] = next_far
                heapq.heappush(queue, (next_far, neighbour[i]))
    return best
