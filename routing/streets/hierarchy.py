"""Customizable contraction hierarchy (Dibbelt, Strasser, Wagner 2016) whose costs are time and distance in one integer.

The nested-dissection order comes from RoutingKit (``routingkit-cch``). Its own queries hold 32-bit costs, which leaves no room for
the metres of the fastest path, so contraction, customisation and queries are compiled here with 64-bit costs. One-to-many answers
are RPHAST sweeps (Delling, Goldberg, Werneck 2011) over the ancestors of the destinations, eight origins at a time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

import numpy as np
import routingkit_cch
from numpy.typing import NDArray

from routing.streets import kernels
from routing.streets.network import NO_WAY
from routing.streets.recustomising import Support, recustomise, support_of
from routing.streets.traveltimes import Arcs, CostArray, Seeds

_FEW = 0.02
"""Share of arcs up to which a partial customisation is the faster one."""


@dataclass(frozen=True, slots=True)
class Topology:
    """The part that does not depend on costs. ``rank`` (N) of each node; node of rank r has the higher neighbours ``up_head`` from
    ``up_first[r]`` to ``up_first[r + 1]``, ascending, as ranks; arc a is kept in ``slot[a]``, going up where ``is_up[a]``
    (slot −1: a loop).
    """

    rank: NDArray[np.int32]
    up_first: NDArray[np.int64]
    up_head: NDArray[np.int32]
    slot: NDArray[np.int32]
    is_up: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Metric:
    """Costs per slot in both directions, and what they are made of: ``via`` ≥ 0 is the rank of the node in the middle of a
    shortcut, −1 − a is arc a itself.
    """

    up: CostArray
    down: CostArray
    via_up: NDArray[np.int32]
    via_down: NDArray[np.int32]


def build_topology(nodes: int, tail: NDArray[np.int32], head: NDArray[np.int32], lon_lat: NDArray[np.float64]) -> Topology:
    """Order the nodes (``lon_lat`` (N, 2)) and contract them.

    Shortcuts depend on where arcs are, not on their costs, so one topology serves every hour and every closure.
    """
    order = routingkit_cch.compute_order_inertial(
        nodes, tail.tolist(), head.tolist(), lon_lat[:, 1].tolist(), lon_lat[:, 0].tolist()
    )
    rank = np.empty(nodes, dtype=np.int32)
    rank[np.asarray(order, dtype=np.int64)] = np.arange(nodes, dtype=np.int32)
    low, high = np.minimum(rank[tail], rank[head]), np.maximum(rank[tail], rank[head])
    pairs = np.unique((low.astype(np.int64) * nodes + high)[low != high])
    first = np.searchsorted(pairs, np.arange(nodes + 1, dtype=np.int64) * nodes)
    up_first, up_head = kernels.contract(first, (pairs % nodes).astype(np.int32))
    slot = kernels.find_slots(up_first, up_head, low, high)
    return Topology(rank, up_first, up_head, slot, np.ascontiguousarray(rank[tail] < rank[head]))


def customise(topology: Topology, cost: CostArray) -> Metric:
    """Costs of all shortcuts for one set of arc costs."""
    return Metric(*kernels.customise(topology.up_first, topology.up_head, topology.slot, topology.is_up, cost))


_Reach = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]


@dataclass(slots=True)
class _Shared:
    """What all metrics of a topology share, made when first needed: its support, and working memory by thread."""

    support: Support | None = field(default=None)
    scratch: threading.local = field(default_factory=threading.local)


class HierarchyTravelTimes:
    """The engine on the request path; implements :class:`routing.streets.traveltimes.TravelTimes`."""

    def __init__(self, topology: Topology, metric: Metric, shared: _Shared | None = None) -> None:
        self._topology = topology
        self._metric = metric
        self._shared = shared or _Shared()

    def with_costs(self, before: CostArray, after: CostArray) -> HierarchyTravelTimes:
        """The same streets with other costs (A,); ``before`` are those of this engine. When few differ, only what rests on them is
        reckoned again.
        """
        differ = np.flatnonzero(before != after)
        if len(differ) > _FEW * len(after):
            return HierarchyTravelTimes(self._topology, customise(self._topology, after), self._shared)
        shape = self._topology
        if self._shared.support is None:
            self._shared.support = support_of(shape.up_first, shape.up_head, shape.slot)
        rests = self._shared.support
        slots = np.unique(shape.slot[differ])
        metric = tuple(getattr(self._metric, name).copy() for name in ("up", "down", "via_up", "via_down"))
        recustomise(
            (shape.up_first, shape.up_head, shape.is_up),
            (rests.arc_first, rests.arc, rests.below_first, rests.below, rests.tail),
            metric,
            after,
            slots[slots >= 0].astype(np.int64),
        )
        return HierarchyTravelTimes(shape, Metric(*metric), self._shared)

    @classmethod
    def build(cls, arcs: Arcs, lon_lat: NDArray[np.float64]) -> HierarchyTravelTimes:
        """Order, contract and customise in one go."""
        topology = build_topology(arcs.nodes, arcs.tail, arcs.head, lon_lat)
        return cls(topology, customise(topology, arcs.cost))

    def costs(self, origins: Seeds, destinations: Seeds) -> CostArray:
        """As in the protocol."""
        result = np.full((origins.count, destinations.count), NO_WAY, dtype=np.int64)
        if len(origins.node) and len(destinations.node):
            sources, goals = self._ranked(origins), self._ranked(destinations)
            batches = np.argsort(_leading_rank(sources), kind="stable")
            kernels.many_to_many(
                (self._topology.up_first, self._topology.up_head, self._metric.up, self._metric.down),
                (sources.first, sources.node, sources.cost),
                (goals.first, goals.node, goals.cost),
                batches,
                result,
            )
        return np.minimum(result, NO_WAY)

    def path(self, origin: Seeds, destination: Seeds) -> NDArray[np.int32] | None:
        """As in the protocol."""
        if not len(origin.node) or not len(destination.node):
            return None
        rank = self._topology.rank
        found, arcs = kernels.shortest_path(
            (self._topology.up_first, self._topology.up_head, self._metric.up, self._metric.down),
            (self._metric.via_up, self._metric.via_down),
            (rank[origin.node], origin.cost),
            (rank[destination.node], destination.cost),
            self._scratch(),
        )
        return arcs if found else None

    def _scratch(self) -> tuple[NDArray[np.bool_], _Reach, _Reach]:
        """Working memory of this thread, kept: to ask the system for it each time takes longer than the search."""
        kept: tuple[NDArray[np.bool_], _Reach, _Reach] | None = getattr(self._shared.scratch, "kept", None)
        if kept is None:
            nodes = len(self._topology.rank)
            one, other = ((np.empty(nodes, np.int64), np.empty(nodes, np.int64), np.empty(nodes, np.int32)) for _ in range(2))
            kept = self._shared.scratch.kept = (np.zeros(nodes, np.bool_), one, other)
        return kept

    def _ranked(self, seeds: Seeds) -> Seeds:
        return replace(seeds, node=self._topology.rank[seeds.node])


def _leading_rank(seeds: Seeds) -> NDArray[np.int64]:
    """A rank per place, so that places close in the hierarchy are searched together."""
    ranks = np.append(seeds.node, 0)[np.minimum(seeds.first[:-1], len(seeds.node))]
    return ranks.astype(np.int64)
