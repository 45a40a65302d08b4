"""Turn restrictions against an oracle that follows them edge by edge, on lattices drawn at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routing.streets.streets import Streets
from tests.edge_expanded import EdgeExpanded
from tests.exact_cells import cells

_SIDE = 5
_KINDS = ("no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "only_straight_on", "only_left_turn")


def lattice(sketch: Any, rng: random.Random) -> None:
    """Streets on a lattice, each block a way of its own; some one way, one closed by a bollard, bans over nodes and over ways."""
    for row in range(_SIDE):
        for column in range(_SIDE):
            blocked = {"barrier": "bollard"} if rng.random() < 0.04 else {}
            sketch.node(1 + row * _SIDE + column, column * 3 + rng.random(), row * 3 + rng.random(), **blocked)
    ends: dict[int, tuple[int, int]] = {}
    for node in range(1, _SIDE * _SIDE + 1):
        for other in ([node + 1] if node % _SIDE else []) + ([node + _SIDE] if node <= _SIDE * (_SIDE - 1) else []):
            way = len(ends) + 1
            oneway = {"oneway": rng.choice(("yes", "-1"))} if rng.random() < 0.2 else {}
            sketch.way(way, [node, other], highway=rng.choice(("residential", "tertiary", "service")), **oneway)
            ends[way] = (node, other)
    touching = {node: [way for way, pair in ends.items() if node in pair] for node in range(1, _SIDE * _SIDE + 1)}
    for _ in range(14):
        via = rng.choice(list(touching))
        start, goal = rng.choice(touching[via]), rng.choice(touching[via])
        if rng.random() < 0.6:
            sketch.restriction(rng.choice(_KINDS), ("way", start, "from"), ("node", via, "via"), ("way", goal, "to"))
        else:
            far = next(node for node in ends[goal] if node != via)
            onward = rng.choice(touching[far])
            sketch.restriction(rng.choice(_KINDS), ("way", start, "from"), ("way", goal, "via"), ("way", onward, "to"))


@pytest.mark.parametrize("seed", range(12))
def test_every_cell_of_random_lattices(sketch: Any, imported: Callable[[Any], Streets], tmp_path: Path, seed: int) -> None:
    lattice(sketch, random.Random(seed))
    streets = imported(sketch)
    ours, theirs = cells(streets, EdgeExpanded(tmp_path / "sketch.osm"), 16, seed)
    np.testing.assert_array_equal(ours, theirs)


def test_the_bans_matter(sketch: Any, imported: Callable[[Any], Streets], tmp_path: Path) -> None:
    """Lattices whose bans changed nothing would prove nothing."""
    lattice(sketch, random.Random(1))
    streets = imported(sketch)
    oracle = EdgeExpanded(tmp_path / "sketch.osm")
    oracle.banned.clear()
    ours, free = cells(streets, oracle, 16, 1)
    assert (ours > free).any()
