"""Oracle for turn restrictions: Dijkstra over (directed edge, restrictions under way), in plain Python.

Shares no code with ``routing.streets.driving``: it never splits junctions, but carries what has been driven along. Its rules are those of
``docs/streets.md``: a turn that completes a banned sequence is not taken; who has begun a banned sequence does not turn round at the
junction as long as there is another way on.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from routing.streets.access import Vehicle
from routing.streets.calibration import own_calibration
from routing.streets.network import Edges, build_edges
from routing.streets.reading import RawRestriction, Reader

Begun = frozenset[tuple[tuple[int, ...], int]]


class EdgeExpanded:
    """Directed edge 2e is edge e from tail to head, 2e + 1 the other way."""

    def __init__(self, extract: Path) -> None:
        raw = Reader(Vehicle.CAR, own_calibration()).read(extract, lambda _what, _done, _total: None)
        edges = build_edges(raw)
        self.milliseconds: dict[int, int] = {}
        self.begin: dict[int, int] = {}
        for edge in range(edges.count):
            for side, ms, node in (
                (0, edges.forward_ms[edge], edges.tail[edge]),
                (1, edges.backward_ms[edge], edges.head[edge]),
            ):
                self.begin[2 * edge + side] = int(node)
                if ms >= 0:
                    self.milliseconds[2 * edge + side] = int(ms)
        blocked = set(raw.blocked_nodes)
        self.passable = [int(ref) not in blocked for ref in edges.node_ref]
        self.leaving: dict[int, list[int]] = defaultdict(list)
        for directed in self.milliseconds:
            self.leaving[self.begin[directed]].append(directed)
        self.banned: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for sequence in {s for restriction in raw.restrictions for s in self._sequences(restriction, edges)}:
            self.banned[sequence[0]].append(sequence)

    def to_begin_of(self, starts: dict[int, int]) -> dict[int, int]:
        """Least milliseconds until each directed edge can be begun, when each of ``starts`` has been driven to its end after so many."""
        best: dict[tuple[int, Begun], int] = {}
        queue = [(cost, directed, self._now(frozenset(), directed)) for directed, cost in starts.items()]
        heapq.heapify(queue)
        begun_at: dict[int, int] = {}
        while queue:
            cost, directed, begun = heapq.heappop(queue)
            if best.get((directed, begun), cost + 1) <= cost:
                continue
            best[directed, begun] = cost
            for onward in self._onward(directed, begun):
                if cost < begun_at.get(onward, cost + 1):
                    begun_at[onward] = cost
                heapq.heappush(queue, (cost + self.milliseconds[onward], onward, self._now(begun, onward)))
        return begun_at

    def _onward(self, directed: int, begun: Begun) -> list[int]:
        node = self.begin[directed ^ 1]
        exits = self.leaving[node] if self.passable[node] else [e for e in self.leaving[node] if e == directed ^ 1]
        ending = {sequence[done] for sequence, done in begun if done + 1 == len(sequence)}
        allowed = [e for e in exits if e not in ending]
        others = [e for e in allowed if e != directed ^ 1]
        return others if begun and others else allowed

    def _now(self, begun: Begun, directed: int) -> Begun:
        on = {(sequence, done + 1) for sequence, done in begun if sequence[done] == directed}
        return frozenset(on | {(sequence, 1) for sequence in self.banned.get(directed, ())})

    def _sequences(self, restriction: RawRestriction, edges: Edges) -> Iterator[tuple[int, ...]]:
        for path in self._paths(restriction, edges):
            if not restriction.only:
                yield path
                continue
            for step in range(1, len(path)):
                for other in self.leaving[self.begin[path[step]]]:
                    if other != path[step]:
                        yield (*path[:step], other)

    def _paths(self, restriction: RawRestriction, edges: Edges) -> Iterator[tuple[int, ...]]:
        of_way = {
            way: [d for e in np.flatnonzero(edges.way == way).tolist() for d in (2 * e, 2 * e + 1) if d in self.milliseconds]
            for way in (*restriction.from_ways, *restriction.via_ways, *restriction.to_ways)
        }
        starts, goals = ([d for way in ways for d in of_way[way]] for ways in (restriction.from_ways, restriction.to_ways))
        over = [d for way in restriction.via_ways for d in of_way[way]]
        open_paths: list[tuple[int, ...]] = [(start,) for start in starts]
        while open_paths:
            path = open_paths.pop()
            node = self.begin[path[-1] ^ 1]
            at_via = int(edges.node_ref[node]) == restriction.via_node if restriction.via_node is not None else len(path) > 1
            if at_via:
                yield from ((*path, goal) for goal in goals if self.begin[goal] == node)
            if restriction.via_node is None:
                driven = {d >> 1 for d in path[1:]}
                open_paths += [
                    (*path, step)
                    for step in over
                    if self.begin[step] == node and step >> 1 not in driven and step != path[0] and step != path[0] ^ 1
                ]
