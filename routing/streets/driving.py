"""The graph cars move on: which directed edge may follow which.

Directed edge ``2e`` is edge ``e`` from tail to head, ``2e + 1`` the other way. Nodes are junctions, plus a private copy of a blocked
junction for each edge end there (nobody drives through a bollard), plus one *state* node per junction and turn restriction under way:
who arrives by a restricted edge arrives at a copy of the junction whose exits lack the forbidden turn. Sequences over via-ways are
followed edge by edge, so they are exact too.

U-turns are banned where a ``no_u_turn`` marks it and at every state node that has another exit; elsewhere they cost nothing extra
and are possible (a car may turn at any ordinary junction). Turn costs and waiting at lights are not modelled apart from the
calibration of speeds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import COST_BITS, NO_WAY, Edges
from routing.streets.reading import RawRestriction

_State = frozenset[tuple[int, int]]
_NOTHING: _State = frozenset()


@dataclass(frozen=True, slots=True)
class DrivingGraph:
    """Arcs of one strongly connected component. ``junction`` (N) is the edge graph's node of each driving node; arrays of length
    A: ``tail``, ``head``, ``directed`` (directed edge). ``islands`` counts the smaller components cut off, ``arcs_cut`` their arcs.
    """

    junction: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    directed: NDArray[np.int32]
    islands: int
    arcs_cut: int
    restrictions: int


def directed_costs(edges: Edges) -> NDArray[np.int64]:
    """Cost of each directed edge (2E,), ``NO_WAY`` where it may not be driven."""
    times = np.stack((edges.forward_ms, edges.backward_ms), axis=1).ravel().astype(np.int64)
    metres = np.repeat(edges.decimetres.astype(np.int64), 2)
    return np.where(times < 0, NO_WAY, (times << COST_BITS) + metres)


def build_driving_graph(edges: Edges, blocked_refs: list[int], restrictions: list[RawRestriction]) -> DrivingGraph:
    """The largest strongly connected part of what cars may drive. It is empty when there are no drivable roads."""
    directed = np.flatnonzero(directed_costs(edges) < NO_WAY).astype(np.int32)
    junction, tail, head = _unblocked_ends(edges, blocked_refs)
    sequences = list(_forbidden_sequences(edges, restrictions, set(directed.tolist())))
    expansion = _Expansion(tail, head, directed, sequences, junction.tolist())
    expansion.expand()
    arc_tail = np.concatenate((tail[directed], np.asarray(expansion.extra_tail, dtype=np.int32)))
    arc_head = np.concatenate((expansion.head[directed], np.asarray(expansion.extra_head, dtype=np.int32)))
    arc_directed = np.concatenate((directed, np.asarray(expansion.extra_directed, dtype=np.int32)))
    nodes = np.asarray(expansion.junction, dtype=np.int32)
    return _largest_component(nodes, arc_tail, arc_head, arc_directed, len(sequences))


def _unblocked_ends(edges: Edges, blocked_refs: list[int]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Junction of each driving node, and tail and head (2E,) of the directed edges with blocked junctions taken apart."""
    ends = np.stack((edges.tail, edges.head), axis=1).ravel().astype(np.int32)
    blocked = np.isin(edges.node_ref, np.asarray(blocked_refs, dtype=np.int64))[ends]
    copies = np.flatnonzero(blocked)
    junction = np.concatenate((np.arange(len(edges.node_ref), dtype=np.int32), ends[copies]))
    ends = ends.copy()
    ends[copies] = len(edges.node_ref) + np.arange(len(copies), dtype=np.int32)
    return junction, ends, ends.reshape(-1, 2)[:, ::-1].ravel()


def _largest_component(
    nodes: NDArray[np.int32], tail: NDArray[np.int32], head: NDArray[np.int32], directed: NDArray[np.int32], restrictions: int
) -> DrivingGraph:
    from scipy.sparse import coo_array  # noqa: PLC0415 -- half a second that only an import needs
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    if not len(tail):
        empty = np.empty(0, dtype=np.int32)
        return DrivingGraph(empty, empty, empty, empty, 0, 0, restrictions)
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(len(nodes), len(nodes)))
    _, label = connected_components(graph, directed=True, connection="strong")
    used = np.zeros(len(nodes), dtype=np.bool_)
    used[tail] = used[head] = True
    sizes = np.bincount(label[used])
    largest = int(np.argmax(sizes))
    keep = (label[tail] == largest) & (label[head] == largest)
    kept_nodes = np.flatnonzero(label == largest)
    number = np.full(len(nodes), -1, dtype=np.int32)
    number[kept_nodes] = np.arange(len(kept_nodes), dtype=np.int32)
    return DrivingGraph(
        junction=nodes[kept_nodes],
        tail=number[tail[keep]],
        head=number[head[keep]],
        directed=directed[keep],
        islands=int(np.count_nonzero(sizes)) - 1,
        arcs_cut=int(np.count_nonzero(~keep)),
        restrictions=restrictions,
    )


class _Expansion:
    """Splits junctions by the restrictions under way (an automaton over directed edges; Geisberger and Vetter 2011, section 3)."""

    def __init__(
        self,
        tail: NDArray[np.int32],
        head: NDArray[np.int32],
        directed: NDArray[np.int32],
        sequences: list[tuple[int, ...]],
        junction: list[int],
    ) -> None:
        self.tail = tail
        self.head = head.copy()
        self.junction = junction
        self.sequences = sequences
        self.starting: dict[int, list[int]] = defaultdict(list)
        for number, sequence in enumerate(sequences):
            self.starting[sequence[0]].append(number)
        order = np.argsort(tail[directed], kind="stable")
        self.exits_by_node = directed[order]
        self.exits_first = np.searchsorted(tail[directed][order], np.arange(len(junction) + 1))
        self.plain_head = head
        self.state_nodes: dict[tuple[int, _State], int] = {}
        self.extra_tail: list[int] = []
        self.extra_head: list[int] = []
        self.extra_directed: list[int] = []

    def expand(self) -> None:
        """Redirect restricted arrivals to state nodes and give these their exits."""
        waiting: list[tuple[int, int, _State]] = []
        for edge in sorted(self.starting):
            self.head[edge] = self._arrive(edge, self._after(_NOTHING, edge), waiting)
        while waiting:
            node, arrived_by, state = waiting.pop()
            for exit_edge in self._exits(arrived_by, state):
                self.extra_tail.append(node)
                self.extra_head.append(self._arrive(exit_edge, self._after(state, exit_edge), waiting))
                self.extra_directed.append(exit_edge)

    def _after(self, state: _State, edge: int) -> _State:
        begun = {(number, 1) for number in self.starting.get(edge, ())}
        return frozenset(begun | {(number, done + 1) for number, done in state if self.sequences[number][done] == edge})

    def _arrive(self, edge: int, state: _State, waiting: list[tuple[int, int, _State]]) -> int:
        plain = int(self.plain_head[edge])
        if not state:
            return plain
        node = self.state_nodes.get((edge, state))
        if node is None:
            node = len(self.junction)
            self.state_nodes[edge, state] = node
            self.junction.append(self.junction[plain])
            waiting.append((node, edge, state))
        return node

    def _exits(self, arrived_by: int, state: _State) -> list[int]:
        node = int(self.plain_head[arrived_by])
        exits = self.exits_by_node[self.exits_first[node] : self.exits_first[node + 1]].tolist()
        forbidden = {self.sequences[n][done] for n, done in state if done == len(self.sequences[n]) - 1}
        allowed = [edge for edge in exits if edge not in forbidden]
        onward = [edge for edge in allowed if edge != arrived_by ^ 1]
        return onward or allowed


def _forbidden_sequences(edges: Edges, restrictions: list[RawRestriction], drivable: set[int]) -> Iterator[tuple[int, ...]]:
    """Sequences of directed edges that may not be driven one after the other."""
    finder = _TurnFinder(edges, drivable)
    seen: set[tuple[int, ...]] = set()
    for restriction in restrictions:
        for path in finder.paths(restriction):
            for sequence in finder.forbidden(path) if restriction.only else [path]:
                if sequence not in seen:
                    seen.add(sequence)
                    yield sequence


class _TurnFinder:
    """Finds the directed edges a restriction relation speaks of."""

    def __init__(self, edges: Edges, drivable: set[int]) -> None:
        self.ends = np.stack((edges.tail, edges.head), axis=1).ravel()
        self.drivable = drivable
        self.by_way = np.argsort(edges.way, kind="stable")
        self.ways = edges.way[self.by_way]
        self.node_of = {int(ref): node for node, ref in enumerate(edges.node_ref.tolist())}
        order = np.argsort(self.ends, kind="stable")
        self.exits_by_node = order
        self.exits_first = np.searchsorted(self.ends[order], np.arange(len(edges.node_ref) + 1))

    def paths(self, restriction: RawRestriction) -> Iterator[tuple[int, ...]]:
        """All from–(via)–to chains of the relation."""
        starts = [d for way in restriction.from_ways for d in self._directed(way)]
        goals = {d for way in restriction.to_ways for d in self._directed(way)}
        if restriction.via_node is not None:
            node = self.node_of.get(restriction.via_node, -1)
            yield from ((a, b) for a in starts if self._end(a) == node for b in sorted(goals) if self._begin(b) == node)
            return
        via = {d for way in restriction.via_ways for d in self._directed(way)}
        for start in starts:
            yield from self._chains((start,), via, goals)

    def forbidden(self, path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """What an ``only_`` restriction forbids: leaving its path at any junction on it."""
        for step in range(1, len(path)):
            node = self._end(path[step - 1])
            for other in self.exits_by_node[self.exits_first[node] : self.exits_first[node + 1]].tolist():
                if other != path[step] and other in self.drivable:
                    yield (*path[:step], other)

    def _chains(self, path: tuple[int, ...], via: set[int], goals: set[int]) -> Iterator[tuple[int, ...]]:
        node = self._end(path[-1])
        if len(path) > 1:
            yield from ((*path, goal) for goal in sorted(goals) if self._begin(goal) == node)
        for step in sorted(via):
            if self._begin(step) == node and step not in path and step ^ 1 not in path:
                yield from self._chains((*path, step), via, goals)

    def _directed(self, way: int) -> list[int]:
        low, high = np.searchsorted(self.ways, [way, way + 1])
        both = (2 * int(edge) + side for edge in self.by_way[low:high] for side in (0, 1))
        return [directed for directed in both if directed in self.drivable]

    def _begin(self, directed: int) -> int:
        return int(self.ends[directed])

    def _end(self, directed: int) -> int:
        return int(self.ends[directed ^ 1])
