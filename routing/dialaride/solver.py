"""Re-optimisation: a search proposes, the judge decides, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from routing.dialaride.judge import Violation, violations, worsened
from routing.dialaride.objective import cost, is_driven
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.dialaride.schedule import schedule
from routing.travel import Matrix

Proposal = Mapping[int, tuple[Visit, ...]]
"""New sequences by route index."""

NEVER = 2**40
"""Price of leaving out a ride that has been booked."""


@dataclass(frozen=True, slots=True)
class Search:
    """How to look for a better plan.

    Args:
        seconds: wall time at most.
        iterations: stop after so many steps (hybrid) or solutions (OR-Tools); with one thread the answer then depends on ``seed``
            alone, unless ``seconds`` cut in.
        seed: of the search's dice.
        threads: of the hybrid search; it leaves the others' share of the machine alone.
        engine: ``hybrid`` (ruin and recreate, then set partitioning by OR-Tools) or ``ortools`` (its routing model alone).
    """

    seconds: float = 10.0
    iterations: int | None = None
    seed: int = 0
    threads: int = 1
    engine: Literal["hybrid", "ortools"] = "hybrid"


def improve(
    matrix: Matrix, routes: Sequence[Route], requests: Sequence[Request], objective: Objective, search: Search
) -> list[Route]:
    """A cheaper plan for the same rides in which nobody is worse off by the judge, or the routes as they came.

    ``requests`` may change vehicle and place in the order, as far as needs, groups and ``routes`` allow and both their visits lie
    behind the fixed ones of a route that is not locked. All else keeps its route and its order: halts, breaks, riders aboard,
    riders not among ``requests``. Left as they are: locked routes, routes in which the judge finds anything wrong already (widen
    what cannot be kept first), and timetabled ones that run only if booked and are not. OR-Tools alone also leaves routes whose
    alternatives of capacity are not of the kind "a wheelchair takes k seats" when the present riders need more than one of them,
    and plans a break where it is taken now, wherever the riders around it go. The hybrid search knows neither what single vehicles cost
    more, nor burdens, nor rest rules: its plan is taken only if it is cheaper with the first two and keeps the third.

    Args:
        matrix: travel between all places.
        routes: the plan as it is.
        requests: the rides that may be moved.
        objective: what counts; a plan is taken only if its exact cost is smaller.
        search: how to look, and how long.
    """
    given = list(routes)
    open_routes = [index for index, route in enumerate(given) if _may_change(matrix, route)]
    best, least = given, _total(matrix, given, open_routes, objective)
    propose = _propose_hybrid if search.engine == "hybrid" else _propose_ortools
    for proposal in propose(matrix, (given, open_routes), requests, objective, search):
        plan = [replace(route, visits=proposal.get(index, route.visits)) for index, route in enumerate(given)]
        lost = Counter(v for route in given for v in route.visits) != Counter(v for route in plan for v in route.visits)
        if lost or any(schedule(matrix, plan[i].visits, plan[i].max_duration) is None for i in open_routes):
            continue
        price = _total(matrix, plan, open_routes, objective)
        if price < least and not _breaches(matrix, plan, given, requests):
            best, least = plan, price
    return best


def plan(
    matrix: Matrix, routes: Sequence[Route], requests: Sequence[Request], objective: Objective, search: Search
) -> list[Route]:
    """A plan for requests known beforehand: each is on a route or left out at the price ``objective.unserved``.

    Arguments as for :func:`improve`; routes may be empty or partly filled, and nothing may be wrong with them. The routes come back
    as they were if the judge finds anything worse in the new ones, or the search nothing in time.
    """
    from routing.dialaride.hybrid import Effort, Hybrid  # noqa: PLC0415  (numba and OR-Tools, only where they are needed)
    from routing.dialaride.ruining import pack, unpack  # noqa: PLC0415

    given = list(routes)
    if search.engine == "hybrid":
        effort = Effort(search.seconds, search.iterations, search.threads, search.seed)
        began = effort.clock()
        packed = pack(matrix, given, requests, objective)
        found = Hybrid(packed, effort.less(effort.clock() - began)).solve()
        new = unpack(packed, found.sequences)
    else:
        last = ([{}, *_ask_ortools(matrix, (given, list(range(len(given)))), requests, objective, search)])[-1]
        new = [replace(route, visits=last.get(index, route.visits)) for index, route in enumerate(given)]
    return given if _breaches(matrix, new, given, requests) else new


def _propose_hybrid(
    matrix: Matrix, plan: tuple[list[Route], list[int]], requests: Sequence[Request], objective: Objective, search: Search
) -> list[Proposal]:
    """The best plan of the hybrid search, if any ride may move."""
    from routing.dialaride.hybrid import Effort, Hybrid  # noqa: PLC0415  (numba and OR-Tools, only where they are needed)
    from routing.dialaride.ruining import pack, unpack  # noqa: PLC0415

    given, open_routes = plan
    aboard = {visit.request for index in open_routes for visit in given[index].visits}
    place = {index: k for k, index in enumerate(open_routes)}
    rides = [
        replace(
            request,
            routes=None if request.routes is None else frozenset(place[i] for i in request.routes if i in place),
            unserved=None,
        )
        for request in requests
        if request.pickup.request in aboard
    ]
    packed = pack(matrix, [given[index] for index in open_routes], rides, replace(objective, unserved=NEVER))
    if not packed.rides:
        return []
    found = Hybrid(packed, Effort(search.seconds, search.iterations, search.threads, search.seed)).solve()
    return [{index: route.visits for index, route in zip(open_routes, unpack(packed, found.sequences), strict=True)}]


def _propose_ortools(
    matrix: Matrix, plan: tuple[list[Route], list[int]], requests: Sequence[Request], objective: Objective, search: Search
) -> list[Proposal]:
    aboard = {visit.request for route in plan[0] for visit in route.visits}
    return _ask_ortools(matrix, plan, [request for request in requests if request.pickup.request in aboard], objective, search)


def _ask_ortools(
    matrix: Matrix, plan: tuple[list[Route], list[int]], requests: Sequence[Request], objective: Objective, search: Search
) -> list[Proposal]:
    from routing.dialaride import proposing  # noqa: PLC0415  (OR-Tools, only where it is needed)

    return proposing.propose(matrix, plan, requests, objective, proposing.Effort(search.seconds, search.iterations, search.seed))


def _may_change(matrix: Matrix, route: Route) -> bool:
    """A timetabled trip nobody has booked is not begun for a rider who has a place already."""
    times = schedule(matrix, route.visits, route.max_duration)
    sleeps = not is_driven(route) and any(visit.kind is Kind.HALT for visit in route.visits)
    return times is not None and not route.locked and not sleeps and not violations(matrix, route, times)


def _total(matrix: Matrix, routes: Sequence[Route], indices: Sequence[int], objective: Objective) -> int:
    total = 0
    for index in indices:
        times = schedule(matrix, routes[index].visits, routes[index].max_duration)
        total += cost(matrix, routes[index], times, objective) if times is not None else 0
    return total


def _breaches(matrix: Matrix, new: Sequence[Route], old: Sequence[Route], requests: Sequence[Request]) -> list[Violation]:
    """What the judge finds worse: riders across all routes, everything else route by route."""
    changed = [index for index, route in enumerate(new) if route.visits != old[index].visits]
    before = [_judged(matrix, old[index], requests, index) for index in changed]
    after = [_judged(matrix, new[index], requests, index) for index in changed]
    worse = worsened([v for run in after for v in run if v.request >= 0], [v for run in before for v in run if v.request >= 0])
    for was, becomes in zip(before, after, strict=True):
        worse += worsened([v for v in becomes if v.request < 0], [v for v in was if v.request < 0])
    return worse


def _judged(matrix: Matrix, route: Route, requests: Sequence[Request], number: int) -> list[Violation]:
    times = schedule(matrix, route.visits, route.max_duration)
    return [] if times is None else violations(matrix, route, times, requests, number)
