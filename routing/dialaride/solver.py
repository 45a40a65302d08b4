"""Re-optimisation: OR-Tools proposes, the judge decides, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from routing.dialaride.judge import Violation, violations, worsened
from routing.dialaride.objective import cost, is_driven
from routing.dialaride.problem import Kind, Objective, Request, Route
from routing.dialaride.schedule import schedule
from routing.travel import Matrix


def improve(  # noqa: PLR0913  (what to plan, what counts, and how hard to try)
    matrix: Matrix,
    routes: Sequence[Route],
    requests: Sequence[Request],
    objective: Objective,
    *,
    seconds: float = 10.0,
    iterations: int | None = None,
    seed: int = 0,
) -> list[Route]:
    """A cheaper plan for the same rides in which nobody is worse off by the judge, or the routes as they came.

    ``requests`` may change vehicle and place in the order, as far as needs, groups and ``routes`` allow and both their visits lie
    behind the fixed ones of a route that is not locked. All else keeps its route and its order: halts, breaks, riders aboard,
    riders not among ``requests``. Left as they are: locked routes, routes in which the judge finds anything wrong already (widen
    what cannot be kept first), timetabled ones that run only if booked and are not, and routes whose alternatives of capacity
    are not of the kind "a wheelchair takes k seats" when the present riders need more than one of them. A break is planned for
    where it is taken now, wherever the riders around it go.

    Args:
        matrix: travel between all places.
        routes: the plan as it is.
        requests: the rides that may be moved.
        objective: what counts; a plan is taken only if its exact cost is smaller.
        seconds: wall time at most, building the model included (a search once begun gets a tenth of it at least).
        iterations: stop after this many solutions; the answer then depends on ``seed`` alone, unless ``seconds`` cut in.
        seed: order in which OR-Tools looks at the rides.
    """
    from routing.dialaride.proposing import Effort, propose  # noqa: PLC0415  (OR-Tools, only where it is needed)

    given = list(routes)
    open_routes = [index for index, route in enumerate(given) if _may_change(matrix, route)]
    best, least = given, _total(matrix, given, open_routes, objective)
    for proposal in propose(matrix, (given, open_routes), requests, objective, Effort(seconds, iterations, seed)):
        plan = [replace(route, visits=proposal.get(index, route.visits)) for index, route in enumerate(given)]
        lost = Counter(v for route in given for v in route.visits) != Counter(v for route in plan for v in route.visits)
        if lost or any(schedule(matrix, plan[i].visits, plan[i].max_duration) is None for i in open_routes):
            continue
        price = _total(matrix, plan, open_routes, objective)
        if price < least and not _breaches(matrix, plan, given, requests):
            best, least = plan, price
    return best


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
