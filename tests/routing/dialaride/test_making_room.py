"""Moving others so that a ride fits, against a plain enumeration and the judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dialaride import insertion_reference
from routing.dialaride.insertion import Fleet, apply_insertion, remove_request
from routing.dialaride.judge import violations, worsened
from routing.dialaride.making_room import Budget, make_room
from routing.dialaride.objective import cost
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.dialaride.schedule import schedule
from routing.travel import FOREVER, Matrix

O = Objective()
LONG = 86_400


def _movable(routes: Sequence[Route]) -> list[Request]:
    rides = []
    for route in routes:
        free = {} if route.locked else {(v.kind, v.request): v for v in route.visits[route.fixed :]}
        rides += [
            Request(visit, free[Kind.DROPOFF, number])
            for (kind, number), visit in free.items()
            if kind is Kind.PICKUP and (Kind.DROPOFF, number) in free
        ]
    return rides


def _total(matrix: Matrix, routes: Sequence[Route]) -> int:
    times = [(route, schedule(matrix, route.visits, route.max_duration)) for route in routes]
    return sum(cost(matrix, route, found, O) for route, found in times if found is not None)


def _one_moved(case: Any) -> Iterator[int]:
    """What it costs more to take one ride off, put the new one in there and the other wherever it is cheapest."""
    before = _total(case.matrix, case.routes)
    allowed = frozenset(range(9)) if case.request.routes is None else case.request.routes
    for number, route in enumerate(case.routes):
        on_it = {visit.request for visit in route.visits}
        for other in _movable(case.routes) if schedule(case.matrix, route.visits, route.max_duration) else []:
            if other.pickup.request not in on_it:
                continue
            routes = list(case.routes)
            routes[number] = remove_request(route, other.pickup.request)
            wish = replace(case.request, routes=allowed & {number})
            for ride in (wish, other):
                hits = insertion_reference.best_insertions(case.matrix, routes, ride, O)
                if not hits:
                    break
                routes[hits[0].route] = apply_insertion(routes[hits[0].route], ride, hits[0])
            else:
                yield _total(case.matrix, routes) - before


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_whoever_can_be_moved_is_found_and_nobody_is_worse_off(invent_rich: Any, seed: int) -> None:
    case = invent_rich(seed)
    if insertion_reference.best_insertions(case.matrix, case.routes, case.request, O):
        return
    fleet, movable = Fleet(case.matrix, case.routes, O), _movable(case.routes)
    found = make_room(fleet, case.request, movable, Budget(600, 10**6, ejections=1))
    assert fleet.routes == case.routes
    assert (found.cost if found else None) == min(_one_moved(case), default=None)
    deeper = make_room(fleet, case.request, movable, Budget(600, 300, ejections=3))
    assert deeper is not None or found is None
    for way in (found, deeper):
        if way is not None:
            _assert_sound(case, [way.routes.get(number, route) for number, route in enumerate(case.routes)], movable)
            assert {v.request for v in way.routes[way.carrier].visits} >= {case.request.pickup.request}


def _assert_sound(case: Any, plan: list[Route], movable: list[Request]) -> None:
    """Every ride is still there once, and the judge finds nothing worse."""
    visits = [visit for route in case.routes for visit in route.visits]
    new = [visit for route in plan for visit in route.visits]
    assert sorted(map(repr, new)) == sorted(map(repr, [*visits, case.request.pickup, case.request.dropoff]))
    before, after = [], []
    for number, (old, now) in enumerate(zip(case.routes, plan, strict=True)):
        if old == now:
            continue
        was, becomes = (schedule(case.matrix, route.visits, route.max_duration) for route in (old, now))
        assert was is not None
        assert becomes is not None
        before += violations(case.matrix, old, was, [case.request, *movable], number)
        after += violations(case.matrix, now, becomes, [case.request, *movable], number)
    assert worsened(after, before) == []


def _ride(number: int, at: int, to: int, window: tuple[int, int], load: tuple[int, ...] = (1, 0)) -> tuple[Visit, Visit]:
    away = tuple(-amount for amount in load)
    until = window[1] + abs(at - to) * 60
    return Visit(Kind.PICKUP, at, *window, 0, load, number), Visit(Kind.DROPOFF, to, 0, until, 0, away, number, FOREVER)


def _route(*middle: Visit, capacities: tuple[tuple[int, ...], ...] = ((1, 0),), **more: Any) -> Route:
    return Route((Visit(Kind.START, 0, 0, LONG), *middle, Visit(Kind.END, 0, 0, LONG)), capacities, **more)


def test_the_wheelchair_gets_the_only_lift_and_who_sat_there_rides_with_another(line: Matrix) -> None:
    lift = _route(*_ride(1, 5, 8, (300, 400)), capacities=((1, 0), (0, 1)), equipment=1)
    routes = [lift, _route()]
    chair = Request(*_ride(9, 5, 8, (300, 400), (0, 1)), needs=1)
    fleet = Fleet(line, routes, O)
    assert fleet.best_insertions(chair) == []
    found = make_room(fleet, chair, _movable(routes), Budget(10))
    assert found is not None
    assert [{v.request for v in found.routes[n].visits} - {-1} for n in (0, 1)] == [{9}, {1}]
    assert found.carrier == 0
    assert make_room(fleet, chair, [], Budget(10)) is None, "who may not be moved stays"
    assert make_room(fleet, chair, _movable(routes), Budget(10, tries=0)) is None


def test_a_chain_of_two_and_two_at_once(line: Matrix) -> None:
    """The new ride needs the first bus, its rider only fits the second one, whose rider fits the third."""
    rides = [_ride(1, 5, 8, (300, 400)), _ride(2, 5, 8, (300, 400))]
    routes = [_route(*rides[0], equipment=3), _route(*rides[1], equipment=1), _route()]
    movable = [Request(*rides[0], needs=1), Request(*rides[1])]
    wish = Request(*_ride(9, 5, 8, (300, 400)), needs=2)
    assert make_room(Fleet(line, routes, O), wish, movable, Budget(10, ejections=1)) is None
    chain = make_room(Fleet(line, routes, O), wish, movable, Budget(10))
    assert chain is not None
    assert [{v.request for v in chain.routes[n].visits} - {-1} for n in (0, 1, 2)] == [{9}, {1}, {2}]
    (up, off), (up2, off2) = rides
    full = [_route(up, up2, off, off2, capacities=((2, 0),), equipment=2), _route(capacities=((2, 0),))]
    party = Request(*_ride(9, 5, 8, (300, 400), (2, 0)), needs=2)
    both = make_room(Fleet(line, full, O), party, [Request(*rides[0]), Request(*rides[1])], Budget(10))
    assert both is not None
    assert [{v.request for v in both.routes[n].visits} - {-1} for n in (0, 1)] == [{9}, {1, 2}]
