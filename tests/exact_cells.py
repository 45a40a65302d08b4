"""Cells of our travel times against the edge-expanded oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.streets import Streets
from routing.travel import FOREVER
from tests.edge_expanded import EdgeExpanded


def cells(streets: Streets, oracle: EdgeExpanded, count: int, seed: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Seconds (count, count) between random places in the middle of streets: ours, and the oracle's (``FOREVER``: no way)."""
    edges = streets._edges
    rng = np.random.default_rng(seed)
    chosen = rng.choice(np.flatnonzero(streets._usable), count)
    places = np.array([streets._finder.position(int(edge), float(rng.uniform(0.1, 0.9))) for edge in chosen])
    ours = streets.matrix(places, places).seconds
    snaps = streets._snap_all(places, "places")
    where = list(zip(snaps.edge.tolist(), snaps.fraction.tolist(), strict=True))
    open_to_cars = {
        2 * e + side for e, _ in where for side, ms in enumerate((edges.forward_ms[e], edges.backward_ms[e])) if ms >= 0
    }
    theirs = np.full(ours.shape, FOREVER, dtype=np.int64)
    for row, (edge, share) in enumerate(where):
        ahead = {2 * edge: 1 - share, 2 * edge + 1: share}
        begun = oracle.to_begin_of(
            {d: oracle.milliseconds[d] - _part(oracle, d, 1 - rest) for d, rest in ahead.items() if d in open_to_cars}
        )
        for column, (goal, at) in enumerate(where):
            options = [
                begun[d] + _part(oracle, d, part)
                for d, part in ((2 * goal, at), (2 * goal + 1, 1 - at))
                if d in begun and d in open_to_cars
            ]
            options += _straight(oracle, (edge, share), (goal, at), open_to_cars)
            if options:
                theirs[row, column] = -(-min(options) // 1000)
    return ours, theirs


def _part(oracle: EdgeExpanded, directed: int, share: float) -> int:
    return round(oracle.milliseconds[directed] * share)


def _straight(oracle: EdgeExpanded, start: tuple[int, float], goal: tuple[int, float], open_to_cars: set[int]) -> list[int]:
    (edge, begin), (other, end) = start, goal
    if edge != other:
        return []
    if begin == end:
        return [0]
    directed = 2 * edge + (end < begin)
    ends = (begin, end) if end > begin else (1 - begin, 1 - end)
    return [_part(oracle, directed, ends[1]) - _part(oracle, directed, ends[0])] if directed in open_to_cars else []
