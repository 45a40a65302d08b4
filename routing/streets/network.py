"""From ways to a junction graph: edges between junctions with geometry, lengths and travel costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.earth import COORDINATE_SCALE, great_circle_metres
from routing.streets.reading import RawExtract

COST_BITS = 27
"""A cost is one integer, milliseconds · 2^27 + decimetres: the fastest path first, the shorter of two equally fast ones next, and
both labels of the *same* path come back from one search. Sums stay below 2^53, so floating-point searches are exact too."""

DECIMETRES = (1 << COST_BITS) - 1
NO_WAY = 1 << 61
"""Cost of what cannot be driven; two of them still fit 64 bits."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges between junctions. Arrays of one length E unless said otherwise; nodes are 0 … N − 1.

    ``tail``, ``head`` nodes; ``shape_first`` (E + 1) bounds each edge's points in ``shape_x``/``shape_y`` (1e-7 degrees, both
    ends included); ``decimetres``; ``forward_ms``/``backward_ms`` driving times, −1 where not allowed; ``foot`` walkable both
    ways; ``way``, ``road_class``, ``name`` (number in the street names), ``roundabout``. ``node_x``/``node_y``/``node_ref`` (N).
    """

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    shape_first: NDArray[np.int64]
    shape_x: NDArray[np.int32]
    shape_y: NDArray[np.int32]
    decimetres: NDArray[np.int32]
    forward_ms: NDArray[np.int32]
    backward_ms: NDArray[np.int32]
    foot: NDArray[np.bool_]
    way: NDArray[np.int64]
    road_class: NDArray[np.int8]
    name: NDArray[np.int32]
    roundabout: NDArray[np.bool_]
    node_x: NDArray[np.int32]
    node_y: NDArray[np.int32]
    node_ref: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of edges."""
        return len(self.tail)


def build_edges(raw: RawExtract) -> Edges:
    """Split the ways where they meet, end, or are blocked. Needs at least one way in ``raw``."""
    ways = raw.ways
    first, refs = np.asarray(ways.first), np.asarray(ways.refs)
    x, y = np.asarray(ways.x), np.asarray(ways.y)
    stretch = np.repeat(np.arange(len(first) - 1), np.diff(first))
    start, end = _cuts(refs, first, stretch, np.asarray(raw.blocked_nodes, dtype=np.int64))
    along = np.concatenate(([0.0], np.cumsum(great_circle_metres(x * COORDINATE_SCALE, y * COORDINATE_SCALE))))
    metres = along[end] - along[start]
    of = stretch[start]
    node_ref, nodes = np.unique(refs[np.concatenate((start, end))], return_inverse=True)
    at_node = np.empty(len(node_ref), dtype=np.int64)
    at_node[nodes] = np.concatenate((start, end))
    points, shape_first = _ranges(start, end)
    share = metres / np.maximum(np.bincount(of, weights=metres, minlength=len(first) - 1)[of], 1e-9)
    return Edges(
        tail=nodes[: len(start)].astype(np.int32),
        head=nodes[len(start) :].astype(np.int32),
        shape_first=shape_first,
        shape_x=x[points],
        shape_y=y[points],
        decimetres=np.maximum(np.rint(metres * 10), 1).astype(np.int32),
        forward_ms=_milliseconds(metres, np.asarray(ways.forward_kph)[of], np.asarray(ways.durations)[of] * share),
        backward_ms=_milliseconds(metres, np.asarray(ways.backward_kph)[of], np.asarray(ways.durations)[of] * share),
        foot=np.asarray(ways.foot, dtype=np.bool_)[of],
        way=np.asarray(ways.way_ids)[of],
        road_class=np.asarray(ways.classes)[of],
        name=np.asarray(ways.names)[of],
        roundabout=np.asarray(ways.roundabout, dtype=np.bool_)[of],
        node_x=x[at_node],
        node_y=y[at_node],
        node_ref=node_ref,
    )


def _cuts(
    refs: NDArray[np.int64], first: NDArray[np.int64], stretch: NDArray[np.int64], blocked: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions in ``refs`` where each edge starts and ends."""
    _, inverse, counts = np.unique(refs, return_inverse=True, return_counts=True)
    cut = counts[inverse] > 1
    cut[first[:-1]] = True
    cut[first[1:] - 1] = True
    cut |= np.isin(refs, blocked)
    at = np.flatnonzero(cut)
    same = stretch[at[:-1]] == stretch[at[1:]]
    return at[:-1][same], at[1:][same]


def _ranges(start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All positions start[i] … end[i] one after the other, and where each run begins (E + 1)."""
    length = end - start + 1
    first = np.concatenate(([0], np.cumsum(length)))
    return np.arange(first[-1]) + np.repeat(start - first[:-1], length), first


def _milliseconds(metres: NDArray[np.float64], kph: NDArray[np.float64], published_s: NDArray[np.float64]) -> NDArray[np.int32]:
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(published_s > 0, published_s * 1000, metres * 3600 / kph)
    times = np.where(kph > 0, np.clip(np.rint(times), 1, 2**30), -1)
    return times.astype(np.int32)
