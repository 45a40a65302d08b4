"""Where a new ride fits best: exact over all places of all routes, in microseconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.dialaride.packing import TIME, empty_stock, pack_route, pack_wish
from routing.dialaride.problem import Insertion, Kind, Objective, Request, Route
from routing.travel import Matrix

_ANY: NDArray[np.int64] = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Times:
    """When a route could take a ride: ``spans`` of seconds, first and last, that do not touch, in order. Every second in one is
    possible with the sequence as it is, none outside them.
    """

    route: int
    spans: tuple[tuple[int, int], ...]

    def nearest(self, wished: int) -> int:
        """The possible second closest to ``wished``; of two the earlier."""
        return min(
            (min(max(wished, first), last) for first, last in self.spans), key=lambda second: (abs(second - wished), second)
        )


class Fleet:
    """Routes packed for the search, with all that does not depend on what is asked: a decision then takes microseconds.

    After a change only the changed route is packed and reckoned anew (:meth:`put`). Any number of threads may ask at once; nobody
    may ask while a route is put in.
    """

    def __init__(self, matrix: Matrix, routes: Sequence[Route], objective: Objective) -> None:
        """Pack ``routes`` (indices into them are those of the answers).

        Args:
            matrix: travel between all places; best C-contiguous int32.
            routes: as they are.
            objective: what counts; the cost of an insertion is its increase.
        """
        self.matrix, self.objective = matrix, objective
        self._pack(list(routes))

    def _pack(self, routes: list[Route]) -> None:
        from routing.dialaride import kernel  # noqa: PLC0415  (numba takes a second to import)

        self.routes = routes
        self._kernel = kernel
        self._stock = empty_stock(self.matrix, routes)
        self._all = np.ones(len(routes), np.bool_)
        for number, route in enumerate(routes):
            pack_route(self._stock, number, route, self.objective)
        kernel.take_stock(self._stock, 0, len(routes))

    def put(self, number: int, route: Route) -> None:
        """``route`` in the place of route ``number``."""
        self.routes[number] = route
        if pack_route(self._stock, number, route, self.objective):
            self._kernel.take_stock(self._stock, number, number + 1)
        else:
            self._pack(self.routes)

    @contextmanager
    def trying(self, number: int, route: Route) -> Iterator[None]:
        """``route`` in the place of route ``number`` for a while."""
        before, stock = self.routes[number], self._stock
        own: list[NDArray[Any]] = list(stock[1:])  # all but the ways
        kept = [array[number].copy() for array in own]
        self.put(number, route)
        try:
            yield
        finally:
            if self._stock is stock:
                self.routes[number] = before
                for array, rows in zip(own, kept, strict=True):
                    array[number] = rows
            else:
                self.put(number, before)

    def times(self, number: int) -> list[int] | None:
        """Starts of service on route ``number`` in its earliest feasible schedule; None when it has none."""
        if not self._stock.facts[number, self._kernel.SOUND]:
            return None
        times: list[int] = self._stock.clock[number][: len(self.routes[number].visits), TIME].tolist()
        return times

    def best_insertions(self, request: Request, k: int = 1) -> list[Insertion]:
        """As :func:`best_insertions`."""
        if k < 1:
            raise ValueError(f"k must be at least 1, found {k}")
        wish = pack_wish(request, self._stock.capacities.shape[2], k)
        if wish is None:
            return []
        groups, allowed = self._choice(request)
        found = self._kernel.search(self._stock, wish, groups, allowed).tolist()
        return [
            Insertion(route, first, second, cost, pickup, dropoff)
            for cost, first, second, pickup, dropoff, route in found
            if cost < self._kernel.NONE
        ]

    def feasible_times(self, request: Request, *, at_dropoff: bool = False) -> list[Times]:
        """Which times would work: for every route that could take ``request`` at all, when service at its pickup (or drop-off)
        could start within the request's windows. The windows may be as wide as a day.

        Exact for the sequences as they are: the times of one pair of places are all seconds from the earliest to the latest schedule
        (difference constraints), those of a route the union over its places.
        """
        wish = pack_wish(request, self._stock.capacities.shape[2], 1, at_dropoff=at_dropoff)
        if wish is None:
            return []
        told = self._kernel.tell_times(self._stock, wish, *self._choice(request)).tolist()
        by_route: dict[int, list[tuple[int, int]]] = {}
        for route, first, last in sorted(told):
            spans = by_route.setdefault(route, [])
            if spans and first <= spans[-1][1] + 1:
                spans[-1] = spans[-1][0], max(spans[-1][1], last)
            else:
                spans.append((first, last))
        return [Times(route, tuple(spans)) for route, spans in by_route.items()]

    def _choice(self, request: Request) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        groups, allowed = _ANY, self._all
        if request.groups:
            groups = np.array(sorted(request.groups), np.int64)
        if request.routes is not None:
            allowed = np.zeros(len(self.routes), np.bool_)
            allowed[[index for index in request.routes if 0 <= index < len(allowed)]] = True
        return groups, allowed


def best_insertions(
    matrix: Matrix, routes: Sequence[Route], request: Request, objective: Objective, k: int = 1
) -> list[Insertion]:
    """Up to ``k`` cheapest ways to take ``request`` along, at most one per route, by cost, then by route.

    All places of pickup and drop-off in the given sequences are considered; the sequences themselves stay as they are. Within a
    route ties go to the earlier pickup, then to the earlier drop-off. A route takes nothing when it is locked, lacks what the
    request needs, or has no feasible schedule as it is (widen what cannot be kept first). A route already above ``max_metres``
    takes what adds no metre; a leg already overfull takes nobody more. Who asks more than once keeps a :class:`Fleet`.

    Args:
        matrix: travel between all places; best kept C-contiguous int32.
        routes: as they are.
        request: the ride to be placed.
        objective: what counts; ``cost`` of an insertion is its increase.
        k: how many are wanted, at least 1.

    Raises:
        ValueError: ``k`` is below 1.
    """
    return Fleet(matrix, routes, objective).best_insertions(request, k)


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
    fleet = Fleet(scene.matrix, scene.routes, Objective())
    fleet.best_insertions(scene.requests[0])
    fleet.feasible_times(scene.requests[0])
