"""What a shortest-path engine answers, and the plain one: scipy's Dijkstra, fallback and oracle of the fast one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import NO_WAY

CostArray = NDArray[np.int64]
_EXACT = 1 << 53


@dataclass(frozen=True, slots=True)
class Seeds:
    """Where searches begin or end: place ``i`` owns ``node``, ``cost`` and ``directed`` from ``first[i]`` to ``first[i + 1]``: the
    cost of getting between the place and that node, and the directed edge driven then. A place without nodes reaches nothing.
    """

    first: NDArray[np.int64]
    node: NDArray[np.int32]
    cost: CostArray
    directed: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of places."""
        return len(self.first) - 1


@dataclass(frozen=True, slots=True)
class Arcs:
    """A directed graph of ``nodes`` nodes: ``tail``, ``head`` (A,) int32, ``cost`` (A,) int64 as in ``network.COST_BITS``."""

    nodes: int
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    cost: CostArray


class TravelTimes(Protocol):
    """An engine over :class:`Arcs`."""

    def costs(self, origins: Seeds, destinations: Seeds) -> CostArray:
        """Cheapest cost from each origin (rows) to each destination (columns); ``NO_WAY`` or more when there is none."""

    def path(self, origin: Seeds, destination: Seeds) -> NDArray[np.int32] | None:
        """Arc numbers of the cheapest way from the first origin to the first destination; empty when both share the node."""


class PlainTravelTimes:
    """Dijkstra per origin node, by scipy. Exact because costs stay below 2^53.

    Raises:
        ValueError: arcs so costly that sums could leave the exact range of floating point.
    """

    def __init__(self, arcs: Arcs) -> None:
        from scipy.sparse import csr_array  # noqa: PLC0415 -- half a second that no server needs
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

        keep = np.flatnonzero((arcs.cost < NO_WAY) & (arcs.tail != arcs.head))
        if len(keep) and int(arcs.cost[keep].max()) >= _EXACT >> 6:
            raise ValueError("an arc of more than 60 hours cannot be a street")
        order = keep[np.lexsort((arcs.cost[keep], arcs.head[keep], arcs.tail[keep]))]
        pairs = arcs.tail[order].astype(np.int64) * arcs.nodes + arcs.head[order]
        self._arc = order[np.concatenate(([True], np.diff(pairs) != 0))[: len(order)]]
        tail, head = arcs.tail[self._arc], arcs.head[self._arc]
        graph = csr_array((arcs.cost[self._arc].astype(np.float64), (tail, head)), shape=(arcs.nodes, arcs.nodes))
        self._dijkstra = partial(dijkstra, graph)
        self._pair = tail.astype(np.int64) * arcs.nodes + head
        self._nodes = arcs.nodes

    def costs(self, origins: Seeds, destinations: Seeds) -> CostArray:
        """As :class:`TravelTimes`; one Dijkstra per origin node."""
        result = np.full((origins.count, destinations.count), NO_WAY, dtype=np.int64)
        sources, where = np.unique(origins.node, return_inverse=True)
        if not len(sources) or not len(destinations.node):
            return result
        column = np.repeat(np.arange(destinations.count), np.diff(destinations.first))
        for source in range(len(sources)):
            distance = self._dijkstra(indices=sources[source])[destinations.node]
            reached = np.where(np.isfinite(distance), distance, NO_WAY).astype(np.int64) + destinations.cost
            nearest = np.full(destinations.count, NO_WAY, dtype=np.int64)
            np.minimum.at(nearest, column, reached)
            for seed in np.flatnonzero(where == source):
                row = int(np.searchsorted(origins.first, seed, side="right")) - 1
                result[row] = np.minimum(result[row], nearest + origins.cost[seed])
        return np.minimum(result, NO_WAY)

    def path(self, origin: Seeds, destination: Seeds) -> NDArray[np.int32] | None:
        """As :class:`TravelTimes`."""
        best, ends, before = NO_WAY, (-1, -1), [0]
        for node, cost in zip(origin.node.tolist(), origin.cost.tolist(), strict=True):
            distances, previous = self._dijkstra(indices=[node], return_predecessors=True)
            reached = distances[0]
            for goal, rest in zip(destination.node.tolist(), destination.cost.tolist(), strict=True):
                if np.isfinite(reached[goal]) and cost + int(reached[goal]) + rest < best:
                    best, ends, before = cost + int(reached[goal]) + rest, (node, goal), previous[0].tolist()
        if best >= NO_WAY:
            return None
        chain = [ends[1]]
        while chain[-1] != ends[0]:
            chain.append(int(before[chain[-1]]))
        nodes = np.asarray(chain[::-1], dtype=np.int64)
        return self._arc[np.searchsorted(self._pair, nodes[:-1] * self._nodes + nodes[1:])].astype(np.int32)
