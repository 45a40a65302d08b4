"""Compile what numba compiles, before the tests' processes begin: each would otherwise compile all of it for itself.

``python -m tests.compile_kernels`` does it with a process for each engine; nothing to compile takes a few seconds.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable


def insertion() -> None:
    from routing.dialaride.insertion import warm_up

    warm_up()


def search() -> None:
    from routing.dialaride.hybrid import Effort, Hybrid
    from routing.dialaride.problem import Objective
    from routing.dialaride.ruining import pack
    from routing.dialaride.synthetic import invent_fleet

    scene = invent_fleet(vehicles=2, stops=0, seed=0)
    packed = pack(scene.matrix, scene.routes, scene.requests[:2], Objective(unserved=10**9))
    Hybrid(packed, Effort(seconds=60, steps=1)).solve()


def journeys() -> None:
    from gtfs.journeys.warming import compile_search

    compile_search()


PARTS: dict[str, Callable[[], None]] = {part.__name__: part for part in (insertion, search, journeys)}


def main(part: str = "") -> int:
    """Compile one part, or all at once beside each other."""
    if part:
        PARTS[part]()
        return 0
    children = [subprocess.Popen([sys.executable, "-m", "tests.compile_kernels", name]) for name in PARTS]
    return max(child.wait() for child in children)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
