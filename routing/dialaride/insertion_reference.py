"""The same insertion in plain Python: slow, short, obviously right. Tests hold the compiled search against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routing.dialaride.insertion import apply_insertion
from routing.dialaride.objective import cost, driven_metres
from routing.dialaride.problem import Insertion, Kind, Objective, Request, Route
from routing.dialaride.schedule import schedule
from routing.travel import Matrix


def best_insertions(
    matrix: Matrix, routes: Sequence[Route], request: Request, objective: Objective, k: int = 1
) -> list[Insertion]:
    """As :func:`routing.dialaride.insertion.best_insertions`."""
    best = []
    for number, route in enumerate(routes):
        allowed = request.routes is None or number in request.routes
        if allowed and may_carry(route, request):
            found = list(_insertions(matrix, route, number, request, objective))
            best += [min(found, key=lambda hit: hit.cost)] if found else []
    return sorted(best, key=lambda hit: hit.cost)[:k]


def may_carry(route: Route, request: Request) -> bool:
    """True when vehicle, driver and service suit the request and the route may be changed."""
    suits = not request.needs & ~route.equipment and (not request.groups or route.group in request.groups)
    return suits and not route.locked


def _insertions(matrix: Matrix, route: Route, number: int, request: Request, objective: Objective) -> Iterator[Insertion]:
    now = schedule(matrix, route.visits, route.max_duration)
    if now is None:
        return
    cost_now = cost(matrix, route, now, objective)
    max_metres = max(route.max_metres, driven_metres(matrix, route))
    for first, second in _places(route, request):
        place = Insertion(number, first, second, 0, 0, 0)
        new = apply_insertion(route, request, place)
        times = schedule(matrix, new.visits, route.max_duration)
        if times is not None and driven_metres(matrix, new) <= max_metres:
            more = cost(matrix, new, times, objective) - cost_now
            yield Insertion(number, first, second, more, times[first + 1], times[second + 2])


def _places(route: Route, request: Request) -> Iterator[tuple[int, int]]:
    """Places with room for the party on every leg between its pickup and its drop-off, and no break between them."""
    for first in range(max(1, route.fixed) - 1, len(route.visits) - 1):
        for second in range(first, len(route.visits) - 1):
            if second > first and route.visits[second].kind is Kind.BREAK:
                break
            if not _has_room(route, second, request):
                break
            yield first, second


def _has_room(route: Route, visit: int, request: Request) -> bool:
    aboard = [*map(sum, _columns([v.load for v in route.visits[: visit + 1]] + [request.pickup.load]))]
    return any(
        all(amount <= limit for amount, limit in zip(aboard, [*capacity, *[0] * len(aboard)], strict=False))
        for capacity in route.capacities
    )


def _columns(loads: Sequence[Sequence[int]]) -> list[list[int]]:
    kinds = max(map(len, loads))
    return [[load[kind] if kind < len(load) else 0 for load in loads] for kind in range(kinds)]
