"""Where a new ride fits best: exact over all places of all routes, in microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from routing.dialaride.packing import CompiledFleet, CompiledRoute, Travel, compile_fleet, compile_route, compile_wish
from routing.dialaride.problem import Insertion, Kind, Objective, Request, Route
from routing.travel import Matrix

__all__ = [
    "CompiledFleet",
    "CompiledRoute",
    "apply_insertion",
    "best_insertions",
    "compile_fleet",
    "compile_route",
    "remove_request",
    "warm_up",
]


def best_insertions(
    matrix: Matrix,
    routes: Sequence[Route | CompiledRoute] | CompiledFleet,
    request: Request,
    objective: Objective,
    k: int = 1,
) -> list[Insertion]:
    """Up to ``k`` cheapest ways to take ``request`` along, at most one per route, by cost, then by route.

    All places of pickup and drop-off in the given sequences are considered; the sequences themselves stay as they are. Within a
    route ties go to the earlier pickup, then to the earlier drop-off. A route takes nothing when it is locked, lacks what the
    request needs, or has no feasible schedule as it is (widen what cannot be kept first). A route already above ``max_metres``
    takes what adds no metre; a leg already overfull takes nobody more.

    Args:
        matrix: travel between all places; best kept C-contiguous int32.
        routes: as they are, packed one by one (:func:`compile_route`) or altogether (:func:`compile_fleet`).
        request: the ride to be placed.
        objective: what counts; ``cost`` of an insertion is its increase.
        k: how many are wanted, at least 1.

    Raises:
        ValueError: ``k`` is below 1.
    """
    from routing.dialaride import kernel  # noqa: PLC0415  (numba takes a second to import)

    if k < 1:
        raise ValueError(f"k must be at least 1, found {k}")
    fleet = routes if isinstance(routes, CompiledFleet) else compile_fleet(routes)
    fleet, wish = compile_wish(fleet, request, objective, k)
    travel = Travel(
        np.ascontiguousarray(matrix.seconds, np.int32),
        np.ascontiguousarray(matrix.metres, np.int32),
    )
    found = kernel.search(travel, fleet, wish)
    order = np.argsort(found[:, kernel.COST], kind="stable")[:k]
    return [_insertion(int(route), found[route].tolist()) for route in order if found[route, kernel.COST] < kernel.NONE]


def _insertion(route: int, found: list[int]) -> Insertion:
    cost, after_pickup, after_dropoff, pickup_time, dropoff_time = found
    return Insertion(route, after_pickup, after_dropoff, cost, pickup_time, dropoff_time)


def apply_insertion(route: Route, request: Request, insertion: Insertion) -> Route:
    """The route with the request's two visits where ``insertion`` says.

    Raises:
        ValueError: the place lies before the fixed visits, beyond END, or the request is on the route already.
    """
    first, second = insertion.after_pickup, insertion.after_dropoff
    if not max(1, route.fixed) - 1 <= first <= second <= len(route.visits) - 2:
        raise ValueError(f"no place for pickup after visit {first} and drop-off after visit {second} of {len(route.visits)}")
    number = request.pickup.request
    if number >= 0 and any(visit.request == number for visit in route.visits):
        raise ValueError(f"request {number} is on this route already")
    visits = route.visits
    new = (*visits[: first + 1], request.pickup, *visits[first + 1 : second + 1], request.dropoff, *visits[second + 1 :])
    return replace(route, visits=new)


def remove_request(route: Route, number: int) -> Route:
    """The route without the two visits of request ``number``; ``fixed`` keeps covering the visits it covered.

    Raises:
        ValueError: the request's pickup is not on the route (not there at all, or the rider is aboard already).
    """
    if not any(visit.kind is Kind.PICKUP and visit.request == number for visit in route.visits):
        raise ValueError(f"request {number} has no pickup on this route")
    kept = tuple(visit for visit in route.visits if visit.request != number)
    gone = sum(visit.request == number for visit in route.visits[: route.fixed])
    return replace(route, visits=kept, fixed=route.fixed - gone)


def warm_up() -> None:
    """Compile the search, or load it from numba's cache, before the first request needs it (some seconds, or a fraction of one)."""
    from routing.dialaride.synthetic import invent_fleet  # noqa: PLC0415

    scene = invent_fleet(vehicles=1, stops=2, seed=0)
    best_insertions(scene.matrix, scene.routes, scene.requests[0], Objective())
