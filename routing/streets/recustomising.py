"""Partial re-customisation: when the costs of a few arcs change, only what rests on them is reckoned again.

Customizable contraction hierarchies, section 4.4 "perfect and partial customisation" (Dibbelt, Strasser, Wagner 2016), with one pass over the
slots from low to high: a slot is reckoned anew when an arc of it changed or when what it rested on has become dearer; a slot that becomes
cheaper is set at once. Costs come out as from a whole customisation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.streets.kernels import find_slot
from routing.streets.network import NO_WAY


@dataclass(frozen=True, slots=True)
class Support:
    """What slots rest on: arcs of slot s are ``arc`` from ``arc_first[s]`` to ``arc_first[s + 1]``; the slots that lead up to rank r
    are ``below`` from ``below_first[r]`` on; ``tail`` is the lower rank of each slot.
    """

    arc_first: NDArray[np.int64]
    arc: NDArray[np.int64]
    below_first: NDArray[np.int64]
    below: NDArray[np.int64]
    tail: NDArray[np.int32]


def support_of(up_first: NDArray[np.int64], up_head: NDArray[np.int32], slot: NDArray[np.int32]) -> Support:
    """Turn the topology round; arcs and lower slots in ascending order, as a whole customisation meets them."""
    arcs = np.argsort(slot, kind="stable")
    below = np.argsort(up_head, kind="stable")
    return Support(
        arc_first=np.searchsorted(slot[arcs], np.arange(len(up_head) + 1)).astype(np.int64),
        arc=arcs,
        below_first=np.searchsorted(up_head[below], np.arange(len(up_first))).astype(np.int64),
        below=below,
        tail=np.repeat(np.arange(len(up_first) - 1, dtype=np.int32), np.diff(up_first)),
    )


_Topology = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]
_Support = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]
_Metric = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]


@njit(cache=True, nogil=True)
def recustomise(
    topology: _Topology, support: _Support, metric: _Metric, cost: NDArray[np.int64], changed: NDArray[np.int64]
) -> None:
    """Bring ``metric`` (written in place) up to date with ``cost`` (A,), which differs from what it was made of in the slots
    ``changed``.
    """
    up_first, up_head, _ = topology
    up, down, via_up, via_down = metric
    # Bit 1: to be reckoned anew. Bit 2: has become cheaper already.
    state = np.zeros(len(up_head), dtype=np.int8)
    low = len(up_head)
    for s in changed:
        state[s] = 1
        low = min(low, s)
    for s in range(low, len(up_head)):
        if state[s] & 1:
            before_up, before_down = up[s], down[s]
            _reckon(topology, support, metric, cost, s)
            if state[s] == 1 and up[s] == before_up and down[s] == before_down:
                continue
        elif not state[s]:
            continue
        v = support[4][s]
        for other in range(up_first[v], up_first[v + 1]):
            if other == s:
                continue
            i, j = min(s, other), max(s, other)
            k = find_slot(up_first, up_head, up_head[i], up_head[j])
            through = down[i] + up[j]
            if through < up[k]:
                up[k], via_up[k] = through, v
                state[k] |= 2
            elif via_up[k] == v and through > up[k]:
                state[k] |= 1
            through = down[j] + up[i]
            if through < down[k]:
                down[k], via_down[k] = through, v
                state[k] |= 2
            elif via_down[k] == v and through > down[k]:
                state[k] |= 1


@njit(cache=True, nogil=True)
def _reckon(topology: _Topology, support: _Support, metric: _Metric, cost: NDArray[np.int64], s: int) -> None:
    """One slot from its arcs and the triangles below it."""
    up_first, up_head, is_up = topology
    arc_first, arcs, below_first, below, tail = support
    up, down, via_up, via_down = metric
    up[s] = down[s] = NO_WAY
    via_up[s] = via_down[s] = -1
    for a in arcs[arc_first[s] : arc_first[s + 1]]:
        if is_up[a] and cost[a] < up[s]:
            up[s], via_up[s] = cost[a], -1 - a
        elif not is_up[a] and cost[a] < down[s]:
            down[s], via_down[s] = cost[a], -1 - a
    low, high = tail[s], up_head[s]
    for i in below[below_first[low] : below_first[low + 1]]:
        v = tail[i]
        j = find_slot(up_first, up_head, v, high)
        if j < 0:
            continue
        if down[i] + up[j] < up[s]:
            up[s], via_up[s] = down[i] + up[j], v
        if down[j] + up[i] < down[s]:
            down[s], via_down[s] = down[j] + up[i], v
