"""A benchmark instance solved from nothing, and its solution as the commands write it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing.dialaride import fleet, referee
from routing.dialaride.hybrid import Effort, Found, Hybrid
from routing.dialaride.instances import SCALE, Instance, as_problem
from routing.dialaride.problem import Route
from routing.dialaride.ruining import pack, unpack


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes as numbers of visits in the file, depot left out; ``cpu_seconds`` of all threads, after compilation."""

    routes: list[list[int]]
    distance: float
    cpu_seconds: float


Tell = Callable[[float, str], None]
"""Told while it is searched: share of the effort that is spent, what has been found."""


class NoSolutionError(Exception):
    """The search found no plan that serves everybody; the message says how many it left out or what is wrong."""


def solve_hybrid(instance: Instance, effort: Effort, tell: Tell | None = None) -> Solution:
    """Solve by the hybrid search; ``effort.seconds`` are wall time after compilation.

    Raises:
        NoSolutionError: rides were left out.
    """
    warm_up()
    began, started = time.process_time(), effort.clock()
    packed = pack(*as_problem(instance))
    watch = None if tell is None else lambda share, found: tell(share, _said(found))
    found = Hybrid(packed, effort.less(effort.clock() - started), watch=watch).solve()
    return _solution(instance, unpack(packed, found.sequences), began)


def _said(found: Found) -> str:
    return f"{found.absent} left out" if found.absent else f"distance {found.cost / SCALE:.2f}"


def solve_fleet(instance: Instance, effort: Effort, tell: Tell | None = None) -> Solution:
    """Fewest vehicles first, then least distance, by the hybrid search.

    Raises:
        NoSolutionError: rides were left out.
    """
    warm_up()
    began = time.process_time()
    return _solution(instance, fleet.solve(instance, effort, tell), began)


def solve_ortools(instance: Instance, effort: Effort) -> Solution:
    """Solve by OR-Tools' routing model alone (parallel cheapest insertion, guided local search; one thread).

    Raises:
        NoSolutionError: rides were left out.
    """
    from routing.dialaride import proposing  # noqa: PLC0415  (OR-Tools, only where it is needed)

    began = time.process_time()
    matrix, routes, requests, objective = as_problem(instance)
    limits = proposing.Effort(effort.seconds, effort.steps, effort.seed)
    proposals = proposing.propose(matrix, (routes, range(len(routes))), requests, objective, limits)
    if not proposals:
        raise NoSolutionError(f"{instance.name}: OR-Tools found no plan in {effort.seconds:g} s; give it more --seconds")
    last = proposals[-1]
    return _solution(instance, [Route(last[index], ()) for index in range(len(routes))], began)


def _solution(instance: Instance, routes: Sequence[Route], began: float) -> Solution:
    spent = time.process_time() - began
    numbers = [[visit.place for visit in route.visits[1:-1]] for route in routes]
    numbers = [route for route in numbers if route]
    wrong = referee.faults(instance, numbers)
    if wrong:
        raise NoSolutionError(f"{instance.name}: no plan that serves everybody was found ({wrong[0]}); give it more --seconds")
    return Solution(numbers, referee.distance(instance, numbers), spent)


def warm_up() -> None:
    """Compile the search or load it from numba's cache, before the clock runs."""
    from routing.dialaride.instances import Node  # noqa: PLC0415

    nodes = Node(0, 0, 0, 0, 0, 0, 100), Node(1, 1, 0, 0, 1, 0, 100, 2), Node(2, 2, 0, 0, -1, 0, 100, 1)
    tiny = Instance("tiny", 1, 1, nodes)
    Hybrid(pack(*as_problem(tiny)), Effort(10.0, steps=1)).solve()
