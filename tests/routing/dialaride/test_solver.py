from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from routing.dialaride.judge import violations
from routing.dialaride.objective import cost
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.dialaride.schedule import schedule
from routing.dialaride.solver import Search, improve, plan
from routing.dialaride.synthetic import invent_fleet
from routing.travel import FOREVER, Matrix

LONG = 86_400
O = Objective()
SEARCH = Search()


def _ride(number: int, at: int, to: int, window: tuple[int, int] = (0, LONG), **more: Any) -> tuple[Visit, Visit]:
    load = more.pop("load", (1, 0))
    pickup = Visit(Kind.PICKUP, at, *window, 30, load, number)
    return pickup, Visit(Kind.DROPOFF, to, 0, LONG, 30, tuple(-a for a in load), number, more.pop("max_ride", FOREVER))


def _route(base: int, *middle: Visit, **more: Any) -> Route:
    start = Visit(Kind.START, base, 0, LONG, 0, more.pop("aboard", ()))
    return Route((start, *middle, Visit(Kind.END, base, 0, LONG)), more.pop("capacities", ((4, 0),)), **more)


def _requests(routes: list[Route], /, **more: Any) -> list[Request]:
    found = []
    for route in routes:
        for pickup in route.visits:
            if pickup.kind is Kind.PICKUP:
                dropoff = next(v for v in route.visits if v.kind is Kind.DROPOFF and v.request == pickup.request)
                found.append(Request(pickup, dropoff, **more))
    return found


def _total(matrix: Matrix, routes: list[Route]) -> int:
    times = [schedule(matrix, route.visits, route.max_duration) for route in routes]
    assert all(t is not None for t in times)
    return sum(cost(matrix, route, t, O) for route, t in zip(routes, times, strict=True) if t is not None)


def _improved(matrix: Matrix, routes: list[Route], requests: list[Request] | None = None) -> list[Route]:
    return improve(matrix, routes, _requests(routes) if requests is None else requests, O, SEARCH)


@pytest.fixture(autouse=True, params=["hybrid", "ortools"])
def _each_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 300 if request.param == "hybrid" else 20
    monkeypatch.setitem(globals(), "SEARCH", Search(2, iterations=steps, engine=request.param))


def _on(route: Route) -> set[int]:
    return {visit.request for visit in route.visits if visit.request >= 0}


@pytest.fixture
def swapped() -> list[Route]:
    """Two buses at the ends of the road, each carrying the other's rider."""
    return [_route(0, *_ride(1, 17, 19)), _route(19, *_ride(2, 2, 0))]


def test_riders_swapped_on_two_buses_are_swapped_back(line: Matrix, swapped: list[Route]) -> None:
    new = _improved(line, swapped)
    assert [_on(route) for route in new] == [{2}, {1}]
    assert _total(line, new) < _total(line, swapped)


def test_nothing_moves_without_leave(line: Matrix, swapped: list[Route]) -> None:
    assert _improved(line, swapped, []) == swapped
    locked = [replace(swapped[0], locked=True), swapped[1]]
    assert _improved(line, locked)[0] == locked[0]
    fixed = [replace(swapped[0], fixed=2), swapped[1]]
    assert 1 in _on(_improved(line, fixed)[0]), "the imminent pickup stays, and its rider with it"
    only_two = [r for r in _requests(swapped) if r.pickup.request == 2]
    assert [_on(route) for route in _improved(line, swapped, only_two)] == [{1, 2}, set()]


def test_needs_groups_and_chosen_routes_bind(line: Matrix, swapped: list[Route]) -> None:
    equipped = [replace(swapped[0], equipment=1), replace(swapped[1], group=4)]
    for more in ({"needs": 1}, {"groups": frozenset({0})}, {"routes": frozenset({0})}):
        assert 1 in _on(_improved(line, equipped, _requests(equipped, **more))[0])


def test_a_wheelchair_takes_two_seats_exactly(line: Matrix) -> None:
    """Three seats and a wheelchair at once do not fit four seats of which two fold away."""
    bus = ((4, 0), (2, 1))
    seated = [_ride(k, 5, 10, (300, 2000)) for k in range(3)]
    chair = _ride(9, 5, 10, (300, 2000), load=(0, 1))
    routes = [
        _route(0, *[p for p, _ in seated], *[d for _, d in seated], capacities=bus),
        _route(0, *chair, capacities=bus),
    ]
    new = _improved(line, routes)
    for route in new:
        times = schedule(line, route.visits)
        assert times is not None
        assert violations(line, route, times) == []
    together = [replace(routes[0], visits=routes[0].visits[:2] + routes[0].visits[4:5] + routes[0].visits[-1:]), routes[1]]
    assert _on(_improved(line, together)[0]) in ({0, 9}, set()), "one seat and a wheelchair do fit"


def test_breaks_and_halts_stay_where_they_belong(line: Matrix) -> None:
    halts = tuple(Visit(Kind.HALT, place, 600 * k, 600 * k + 400) for k, place in enumerate((4, 8, 12), start=1))
    rest = Visit(Kind.BREAK, -1, 2200, 4000, 1800)
    far = _ride(1, 5, 11, (300, 2000), max_ride=1500)
    routes = [_route(0, *halts, rest), _route(0, *far)]
    new = _improved(line, routes)
    assert _on(new[0]) == {1}, "the bus passes there anyway"
    assert [v for v in new[0].visits if v.request < 0] == [v for v in routes[0].visits if v.request < 0]
    times = schedule(line, new[0].visits)
    assert times is not None
    assert violations(line, new[0], times) == []


def test_a_rider_aboard_stays_aboard(line: Matrix) -> None:
    aboard = Visit(Kind.DROPOFF, 18, 0, LONG, 30, (-1, 0), 5)
    routes = [_route(0, aboard, aboard=(1, 0)), _route(19, *_ride(2, 2, 0))]
    new = _improved(line, routes)
    assert 5 in _on(new[0])
    assert _on(new[0]) | _on(new[1]) == {2, 5}


def test_trips_if_booked_sleep_on(line: Matrix, swapped: list[Route]) -> None:
    trip = replace(_route(17, Visit(Kind.HALT, 18, 0, LONG)), only_if_booked=True)
    assert _improved(line, [*swapped, trip])[2] == trip


def test_limits_of_metres_and_duty_hold(line: Matrix, swapped: list[Route]) -> None:
    limited = [swapped[0], replace(swapped[1], max_metres=38_000, max_duration=38 * 60 + 60)]
    new = _improved(line, [*limited, _route(9)])
    for route in new:
        times = schedule(line, route.visits, route.max_duration)
        assert times is not None
        assert violations(line, route, times) == []


def test_a_late_bus_is_left_as_it_is(line: Matrix, swapped: list[Route]) -> None:
    late = _route(5, Visit(Kind.HALT, 18, 0, 10))
    assert _improved(line, [*swapped, late])[2] == late


@pytest.mark.parametrize(
    "odd",
    [
        _route(5, *_ride(8, 6, 7), capacities=()),
        _route(5, *_ride(8, 6, 7), capacities=((0, 0),)),
        _route(5, aboard=(9, 0)),
        _route(5, _ride(8, 6, 7)[0]),
        _route(5, _ride(8, 6, 7)[1]),
        _route(5, _ride(8, 6, 7)[0], Visit(Kind.BREAK, -1, 0, LONG, 60), _ride(8, 6, 7)[1]),
        _route(5, *_ride(8, 6, 7), max_metres=100),
    ],
    ids=["no places", "no room", "overfull", "no drop-off", "nobody aboard", "break with rider", "too far already"],
)
def test_routes_with_something_wrong_are_left_as_they_are(line: Matrix, swapped: list[Route], odd: Route) -> None:
    new = _improved(line, [*swapped, odd], _requests(swapped))
    assert new[2] == odd
    assert [_on(route) for route in new[:2]] == [{2}, {1}]


def test_loads_of_no_kind_and_capacities_of_several_shapes(line: Matrix, swapped: list[Route]) -> None:
    shapes = [((4, 0), (1, 1)), ((4, 0), (2, 1), (0, 2)), ((4, 0), (1, 1), (0, 2)), ((6,),), ((4, 1),)]
    routes = [replace(swapped[k % 2], visits=(), capacities=shape) for k, shape in enumerate(shapes)]
    routes = [replace(route, visits=_route(3 * k, *_ride(k, 18 - 3 * k, 19 - 3 * k)).visits) for k, route in enumerate(routes)]
    new = _improved(line, [*routes, _route(0, capacities=((),)), _route(0, capacities=((8, 2, 1),))])
    assert sorted(r for route in new for r in _on(route)) == [0, 1, 2, 3, 4]
    assert _total(line, new) < _total(line, routes)


def test_same_seed_same_plan() -> None:
    scene = invent_fleet(4, 8, seed=3)
    answers = [
        improve(scene.matrix, scene.routes, _requests(scene.routes), O, replace(SEARCH, seconds=30, seed=7)) for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert answers[0] != scene.routes


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_never_gets_worse_and_nobody_is_lost(seed: int) -> None:
    scene = invent_fleet(4, 6, seed, requests=0)
    dice = random.Random(seed)
    routes = [
        replace(route, locked=dice.random() < 0.2, fixed=dice.choice([1, 1, 3]), max_metres=dice.choice([FOREVER, 300_000]))
        for route in scene.routes
    ]
    requests = [request for request in _requests(routes) if dice.random() < 0.8]
    new = improve(scene.matrix, routes, requests, O, replace(SEARCH, seconds=10, seed=seed))
    assert sorted(r for route in new for r in _on(route)) == sorted(r for route in routes for r in _on(route))
    assert _total(scene.matrix, new) <= _total(scene.matrix, routes)
    for old, now in zip(routes, new, strict=True):
        times = schedule(scene.matrix, now.visits)
        assert times is not None
        assert violations(scene.matrix, now, times, requests) == []
        assert now.visits[: old.fixed] == old.visits[: old.fixed]
        assert replace(now, visits=()) == replace(old, visits=())
        assert old.visits == now.visits or not old.locked


def test_whatever_comes_back_is_judged(line: Matrix, swapped: list[Route], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (route.visits for route in swapped)
    good = {0: (first[0], *second[1:3], first[-1]), 1: (second[0], *first[1:3], second[-1])}
    back = [replace(route, visits=good[index]) for index, route in enumerate(swapped)]
    promised = [replace(r, groups=frozenset({0})) for r in _requests(swapped)]
    for label, given, proposal, requests, expected in (
        ("dearer", back, {0: first, 1: second}, _requests(swapped), back),
        ("a rider lost", swapped, {0: (first[0], first[-1])}, _requests(swapped), swapped),
        ("pickup after drop-off", back, {0: (first[0], *second[2:0:-1], first[-1])}, _requests(swapped), back),
        ("another group", [swapped[0], replace(swapped[1], group=1)], good, promised, [swapped[0], replace(swapped[1], group=1)]),
        ("fine", swapped, good, _requests(swapped), back),
    ):
        monkeypatch.setattr("routing.dialaride.proposing.propose", lambda *_, answer=proposal: [answer])
        assert improve(line, given, requests, O, Search(engine="ortools")) == expected, label


def test_a_day_is_planned_from_nothing_and_what_does_not_pay_is_left_out(line: Matrix) -> None:
    rides = [Request(*_ride(k, 5 + k, 10 + k, (300, 1500))) for k in range(3)]
    new = plan(line, [_route(0), _route(19)], rides, O, SEARCH)
    assert set().union(*(_on(route) for route in new)) == {0, 1, 2}
    for route in new:
        times = schedule(line, route.visits)
        assert times is not None
        assert violations(line, route, times, rides) == []
    free = replace(O, unserved=0)
    assert [_on(route) for route in plan(line, [_route(0), _route(19)], rides, free, SEARCH)] == [set(), set()]
    tight = [Request(*_ride(k, 2 if k else 17, 3, (300, 320), max_ride=200)) for k in range(2)]
    assert len(set().union(*(_on(route) for route in plan(line, [_route(2)], tight, O, SEARCH)))) == 1


def test_nothing_to_do() -> None:
    matrix = Matrix(np.zeros((1, 1), np.int32), np.zeros((1, 1), np.int32))
    assert improve(matrix, [], [], O, SEARCH) == []
    assert improve(matrix, [_route(0)], [], O, SEARCH) == [_route(0)]
