"""Compiled loops of the contraction hierarchy. Nodes are ranks; all arrays are contiguous; nothing here holds the GIL."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.streets.network import NO_WAY

_LANES = 8
_Graph = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]
_Vias = tuple[NDArray[np.int32], NDArray[np.int32]]
_Seeds = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]
_Ends = tuple[NDArray[np.int32], NDArray[np.int64]]
_Reach = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]


@njit(cache=True, nogil=True)
def contract(first: NDArray[np.int64], head: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Chordal completion: each node's higher neighbours become a clique (symbolic elimination along the elimination tree)."""
    nodes = len(first) - 1
    out_first = np.zeros(nodes + 1, dtype=np.int64)
    out = np.empty(max(16, 4 * len(head)), dtype=np.int32)
    mark = np.full(nodes, -1, dtype=np.int32)
    child = np.full(nodes, -1, dtype=np.int32)
    sibling = np.full(nodes, -1, dtype=np.int32)
    for v in range(nodes):
        begin = out_first[v]
        end = begin
        if begin + nodes - v > len(out):
            bigger = np.empty(2 * len(out) + nodes, dtype=np.int32)
            bigger[:begin] = out[:begin]
            out = bigger
        for i in range(first[v], first[v + 1]):
            if mark[head[i]] != v:
                mark[head[i]] = v
                out[end] = head[i]
                end += 1
        c = child[v]
        while c >= 0:
            for i in range(out_first[c], out_first[c + 1]):
                u = out[i]
                if u != v and mark[u] != v:
                    mark[u] = v
                    out[end] = u
                    end += 1
            c = sibling[c]
        out[begin:end].sort()
        out_first[v + 1] = end
        if end > begin:
            parent = out[begin]
            sibling[v] = child[parent]
            child[parent] = v
    return out_first, out[: out_first[nodes]].copy()


@njit(cache=True, nogil=True)
def find_slot(up_first: NDArray[np.int64], up_head: NDArray[np.int32], low: np.integer[Any], high: np.integer[Any]) -> int:
    """Position of the pair (low, high) among the higher neighbours.

    Compiled into ``recustomising.py`` too, whose cache does not see a change here: change a line there as well.
    """
    left, right = up_first[low], up_first[low + 1] - 1
    while left <= right:
        middle = (left + right) // 2
        if up_head[middle] == high:
            return int(middle)
        if up_head[middle] < high:
            left = middle + 1
        else:
            right = middle - 1
    return -1


@njit(cache=True, nogil=True)
def find_slots(
    up_first: NDArray[np.int64], up_head: NDArray[np.int32], low: NDArray[np.int32], high: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Slots of many pairs; −1 for loops."""
    slot = np.full(len(low), -1, dtype=np.int32)
    for i in range(len(low)):
        if low[i] != high[i]:
            slot[i] = find_slot(up_first, up_head, low[i], high[i])
    return slot


@njit(cache=True, nogil=True)
def customise(
    up_first: NDArray[np.int64],
    up_head: NDArray[np.int32],
    slot: NDArray[np.int32],
    is_up: NDArray[np.bool_],
    cost: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Lower-triangle relaxation from the lowest node upwards."""
    up = np.full(len(up_head), NO_WAY, dtype=np.int64)
    down = np.full(len(up_head), NO_WAY, dtype=np.int64)
    via_up = np.full(len(up_head), -1, dtype=np.int32)
    via_down = np.full(len(up_head), -1, dtype=np.int32)
    for a in range(len(slot)):
        s = slot[a]
        if s >= 0 and is_up[a] and cost[a] < up[s]:
            up[s] = cost[a]
            via_up[s] = -1 - a
        elif s >= 0 and not is_up[a] and cost[a] < down[s]:
            down[s] = cost[a]
            via_down[s] = -1 - a
    for v in range(len(up_first) - 1):
        for i in range(up_first[v], up_first[v + 1]):
            k = up_first[up_head[i]]
            for j in range(i + 1, up_first[v + 1]):
                while up_head[k] != up_head[j]:
                    k += 1
                if down[i] + up[j] < up[k]:
                    up[k] = down[i] + up[j]
                    via_up[k] = v
                if down[j] + up[i] < down[k]:
                    down[k] = down[j] + up[i]
                    via_down[k] = v
    return up, down, via_up, via_down


@njit(cache=True, nogil=True)
def _ancestors(
    up_first: NDArray[np.int64], up_head: NDArray[np.int32], nodes: NDArray[np.int32], seen: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """The nodes and all above them in the elimination tree, ascending; ``seen`` is all False before and after."""
    out = np.empty(256, dtype=np.int32)
    count = 0
    for start in nodes:
        v = start
        while v >= 0 and not seen[v]:
            seen[v] = True
            if count == len(out):
                bigger = np.empty(2 * count, dtype=np.int32)
                bigger[:count] = out
                out = bigger
            out[count] = v
            count += 1
            v = up_head[up_first[v]] if up_first[v] < up_first[v + 1] else -1
    out = out[:count].copy()
    for v in out:
        seen[v] = False
    out.sort()
    return out


@njit(cache=True, nogil=True)
def _batch_nodes(first: NDArray[np.int64], node: NDArray[np.int32], places: NDArray[np.int64]) -> NDArray[np.int32]:
    """Start nodes of some places."""
    count = 0
    for p in places:
        count += first[p + 1] - first[p]
    out = np.empty(count, dtype=np.int32)
    count = 0
    for p in places:
        for i in range(first[p], first[p + 1]):
            out[count] = node[i]
            count += 1
    return out


@njit(cache=True, nogil=True)
def _sweep(graph: _Graph, above: NDArray[np.int32], below: NDArray[np.int32], best: NDArray[np.int64]) -> None:
    """Up from the origins to the top, then down to the destinations, all lanes at once."""
    up_first, up_head, up, down = graph
    for v in above:
        for a in range(up_first[v], up_first[v + 1]):
            for lane in range(_LANES):
                best[up_head[a], lane] = min(best[up_head[a], lane], best[v, lane] + up[a])
    for v in below[::-1]:
        for a in range(up_first[v], up_first[v + 1]):
            for lane in range(_LANES):
                best[v, lane] = min(best[v, lane], best[up_head[a], lane] + down[a])


@njit(cache=True, nogil=True)
def many_to_many(graph: _Graph, sources: _Seeds, goals: _Seeds, batches: NDArray[np.int64], result: NDArray[np.int64]) -> None:
    """Cheapest costs from each source place to each goal place into ``result``, places in the order of ``batches``."""
    seen = np.zeros(len(graph[0]) - 1, dtype=np.bool_)
    best = np.empty((len(graph[0]) - 1, _LANES), dtype=np.int64)
    below = _ancestors(graph[0], graph[1], goals[1], seen)
    for begin in range(0, len(batches), _LANES):
        places = batches[begin : begin + _LANES]
        above = _ancestors(graph[0], graph[1], _batch_nodes(sources[0], sources[1], places), seen)
        for v in below:
            best[v, :] = NO_WAY
        for v in above:
            best[v, :] = NO_WAY
        for lane in range(len(places)):
            for i in range(sources[0][places[lane]], sources[0][places[lane] + 1]):
                best[sources[1][i], lane] = min(best[sources[1][i], lane], sources[2][i])
        _sweep(graph, above, below, best)
        for column in range(len(goals[0]) - 1):
            for i in range(goals[0][column], goals[0][column + 1]):
                for lane in range(len(places)):
                    through = best[goals[1][i], lane] + goals[2][i]
                    result[places[lane], column] = min(result[places[lane], column], through)


@njit(cache=True, nogil=True)
def _climb(
    up_first: NDArray[np.int64],
    up_head: NDArray[np.int32],
    cost: NDArray[np.int64],
    ends: _Ends,
    above: NDArray[np.int32],
    reach: _Reach,
) -> None:
    """Cheapest costs at every ancestor, the slot by which it was reached (−1: it is an end itself), and from which rank."""
    best, slots, lower = reach
    for v in above:
        best[v] = NO_WAY
        slots[v] = -1
    for i in range(len(ends[0])):
        best[ends[0][i]] = min(best[ends[0][i]], ends[1][i])
    for v in above:
        so_far = best[v]
        if so_far >= NO_WAY:
            continue
        for a in range(up_first[v], up_first[v + 1]):
            u = up_head[a]
            if so_far + cost[a] < best[u]:
                best[u] = so_far + cost[a]
                slots[u] = a
                lower[u] = v


@njit(cache=True, nogil=True)
def _trace(slots: NDArray[np.int64], lower: NDArray[np.int32], at: int) -> list[int]:
    """Slots from rank ``at`` back to where the climb began."""
    chain = []
    while slots[at] >= 0:
        chain.append(slots[at])
        at = lower[at]
    return chain


@njit(cache=True, nogil=True)
def shortest_path(
    graph: _Graph, vias: _Vias, sources: _Ends, goals: _Ends, scratch: tuple[NDArray[np.bool_], _Reach, _Reach]
) -> tuple[bool, NDArray[np.int32]]:
    """(found, arcs of the cheapest way). ``scratch`` is the caller's own memory, an item per node; its first part is all False."""
    up_first, up_head, up, down = graph
    seen, reach_s, reach_g = scratch
    from_source = _ancestors(up_first, up_head, sources[0], seen)
    from_goal = _ancestors(up_first, up_head, goals[0], seen)
    _climb(up_first, up_head, up, sources, from_source, reach_s)
    _climb(up_first, up_head, down, goals, from_goal, reach_g)
    best, middle = NO_WAY, -1
    i = j = 0
    while i < len(from_source) and j < len(from_goal):
        v = from_source[i]
        if v == from_goal[j]:
            if reach_s[0][v] + reach_g[0][v] < best:
                best, middle = reach_s[0][v] + reach_g[0][v], v
            i += 1
            j += 1
        elif v < from_goal[j]:
            i += 1
        else:
            j += 1
    arcs = [np.int32(0) for _ in range(0)]
    if middle < 0:
        return False, np.empty(0, dtype=np.int32)
    # A stack of (slot, goes up) still to unpack; what comes first on the way is pushed last.
    stack = [(slot, False) for slot in _trace(reach_g[1], reach_g[2], middle)[::-1]]
    stack += [(slot, True) for slot in _trace(reach_s[1], reach_s[2], middle)]
    while len(stack) > 0:
        slot, goes_up = stack.pop()
        via = vias[0][slot] if goes_up else vias[1][slot]
        if via < 0:
            arcs.append(np.int32(-1 - via))
            continue
        low = np.searchsorted(up_first, slot, side="right") - 1
        high = up_head[slot]
        begin, end = (low, high) if goes_up else (high, low)
        stack.append((find_slot(up_first, up_head, via, end), True))
        stack.append((find_slot(up_first, up_head, via, begin), False))
    return True, np.array(arcs, dtype=np.int32)
