"""When a ride fits nowhere: move a few others within their windows so that it does.

Ejection chains (Glover 1996) over the exact insertion: a ride is taken off a route so that the new one fits there, and put in again
where it costs least, on any route; if it fits nowhere it takes another one off in turn. Every route on the way has a feasible
schedule, so every window and longest ride is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

from routing.dialaride.insertion import Fleet, apply_insertion, remove_request
from routing.dialaride.insertion_reference import may_carry
from routing.dialaride.objective import cost
from routing.dialaride.problem import Kind, Request, Route
from routing.dialaride.schedule import schedule

NEARBY_S = 1800
"""A ride this much before or after the new one is not in its way."""


@dataclass(slots=True)
class Budget:
    """How long to look, shared by all searches for one answer: tries (a hundred take 20 to 40 ms among 20 routes), so that the same
    question finds the same answer; and wall seconds from the first try on, for a machine that is out of breath.
    """

    seconds: float = 0.2
    tries: int = 100
    ejections: int = 3
    _until: float = field(default=0.0, init=False)

    def spend(self) -> bool:
        """Take one try; False when there is none left."""
        now = time.monotonic()
        self._until = self._until or now + self.seconds
        self.tries -= 1
        return self.tries >= 0 and now < self._until


@dataclass(frozen=True, slots=True)
class Rearrangement:
    """Routes that change, by index, the ``carrier`` of the new ride among them; ``cost`` is the increase of the objective."""

    routes: Mapping[int, Route]
    carrier: int
    cost: int


def make_room(fleet: Fleet, request: Request, movable: Sequence[Request], budget: Budget) -> Rearrangement | None:
    """The cheapest rearrangement found that takes ``request`` along, with as few rides moved as possible; None when none is found.

    The fleet is used to try things, and is as it was afterwards. The answer depends on the number of tries alone, unless the seconds
    cut in.

    Args:
        fleet: the plan as it is.
        request: the new ride.
        movable: rides on the fleet's routes that may be taken off and put in again (anywhere they may be carried).
        budget: how long to look; used up by this.
    """
    search = _Search(fleet, {ride.pickup.request: ride for ride in movable}, budget)
    given = list(fleet.routes)
    for ejections in range(1, budget.ejections + 1):
        best = min(search.ways((request,), ejections, frozenset()), key=lambda way: way.cost, default=None)
        if best is not None:
            return best
        if not all(now is old for now, old in zip(fleet.routes, given, strict=True)):
            raise AssertionError("a try was not undone")
    return None


@dataclass(slots=True)
class _Search:
    fleet: Fleet
    movable: dict[int, Request]
    budget: Budget
    given: dict[int, Route] = field(default_factory=dict)

    def ways(self, waiting: tuple[Request, ...], ejections: int, held: frozenset[int]) -> Iterator[Rearrangement]:
        """Every way found to place the waiting rides, taking at most so many others off, none of those held."""
        ride, rest = waiting[0], waiting[1:]
        direct = self.fleet.best_insertions(ride) if self.budget.spend() else []
        for hit in direct:
            with self._changed(hit.route, apply_insertion(self.fleet.routes[hit.route], ride, hit)):
                yield from self.ways(rest, ejections, held) if rest else self._as_it_is(held, ride)
        if direct or not ejections:
            return
        for number, out in self._candidates(ride, ejections, held):
            if not self.budget.spend():
                return
            freed = self.fleet.routes[number]
            for gone in out:
                freed = remove_request(freed, gone.pickup.request)
            with self._changed(number, freed):
                for hit in self.fleet.best_insertions(replace(ride, routes=frozenset({number}))):
                    with self._changed(number, apply_insertion(freed, ride, hit)):
                        moved = held | {each.pickup.request for each in (ride, *out)}
                        yield from self.ways((*out, *rest), ejections - len(out), moved)

    @contextmanager
    def _changed(self, number: int, route: Route) -> Iterator[None]:
        before = self.fleet.routes[number]
        first = self.given.setdefault(number, before) is before
        with self.fleet.trying(number, route):
            yield
        if first:
            del self.given[number]

    def _as_it_is(self, held: frozenset[int], last: Request) -> Iterator[Rearrangement]:
        """The plan at hand, with all rides placed; the new ride is the one that was on no route before."""
        routes = {number: self.fleet.routes[number] for number in self.given}
        known = {visit.request for route in self.given.values() for visit in route.visits}
        new = next(one for one in (*held, last.pickup.request) if one not in known)
        carrier = next(number for number, route in routes.items() if any(visit.request == new for visit in route.visits))
        more = sum(self._cost(route) for route in routes.values()) - sum(self._cost(route) for route in self.given.values())
        yield Rearrangement(routes, carrier, more)

    def _cost(self, route: Route) -> int:
        times = schedule(self.fleet.matrix, route.visits, route.max_duration)
        return 0 if times is None else cost(self.fleet.matrix, route, times, self.fleet.objective)

    def _candidates(self, ride: Request, ejections: int, held: frozenset[int]) -> list[tuple[int, tuple[Request, ...]]]:
        """What to take off which route so that ``ride`` may fit there: one ride near in time, nearest first, then two that meet."""
        singles: list[tuple[int, int, Request]] = []
        pairs: list[tuple[int, tuple[Request, ...]]] = []
        for number, route in enumerate(self.fleet.routes):
            if (ride.routes is not None and number not in ride.routes) or not may_carry(route, ride):
                continue
            near = sorted(self._near(number, ride, held), key=lambda each: (each[1], each[0]))
            singles += [(away, number, other) for away, _, _, other in near]
            if ejections > 1:
                pairs += [(number, (one[3], two[3])) for one, two in pairwise(near) if two[1] <= one[2] + NEARBY_S]
        singles.sort(key=lambda each: (each[0], each[1], each[2].pickup.request))
        return [*((number, (other,)) for _, number, other in singles), *pairs]

    def _near(self, number: int, ride: Request, held: frozenset[int]) -> Iterator[tuple[int, int, int, Request]]:
        """Movable rides on a route near in time: how far away, boarding, alighting, the ride."""
        route, times = self.fleet.routes[number], self.fleet.times(number)
        if times is None:
            return
        middle = (ride.pickup.earliest + ride.dropoff.latest) // 2
        boarded = {v.request: t for v, t in zip(route.visits, times, strict=True) if v.kind is Kind.PICKUP}
        begun = {visit.request for visit in route.visits[: route.fixed]}
        for visit, alights in zip(route.visits, times, strict=True):
            if visit.kind is not Kind.DROPOFF or visit.request not in boarded or visit.request in begun | held:
                continue
            boards, other = boarded[visit.request], self.movable.get(visit.request)
            in_the_way = boards <= ride.dropoff.latest + NEARBY_S and alights >= ride.pickup.earliest - NEARBY_S
            if other is not None and in_the_way:
                yield abs((boards + alights) // 2 - middle), boards, alights, other
