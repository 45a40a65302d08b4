"""The ruin-and-recreate search against the plain-Python insertion, the judge and Bellman-Ford."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from routing.dialaride import insertion_reference
from routing.dialaride import ruin_lines as kernel
from routing.dialaride.hybrid import Effort, Hybrid, new_search
from routing.dialaride.judge import violations
from routing.dialaride.objective import cost
from routing.dialaride.partition import Columns, Limits, choose
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.dialaride.ruin_kernel import run
from routing.dialaride.ruining import pack, unpack
from routing.dialaride.schedule import schedule
from routing.dialaride.synthetic import invent_fleet
from routing.travel import FOREVER, Matrix

METRES = Objective(drive_second=0, metre=1, ride_second=0, wait_second=0, unserved=10**9)


def _metric(matrix: Matrix) -> Matrix:
    """Shortest ways: seconds and metres that keep the triangle inequality."""
    tables = [np.minimum(table, FOREVER).astype(np.int64) for table in (matrix.seconds, matrix.metres)]
    for table in tables:
        np.fill_diagonal(table, 0)
        for k in range(len(table)):
            np.minimum(table, table[:, k : k + 1] + table[k : k + 1, :], out=table)
    return Matrix(*(np.minimum(table, FOREVER).astype(np.int32) for table in tables))


def _sound(matrix: Matrix, routes: list[Route], breaks: bool = True) -> list[Route]:
    """Those a search may be given: nothing wrong with them, nothing locked; without ``breaks`` none that pauses (there a place may be missed)."""
    kept = []
    for route in routes:
        times = schedule(matrix, route.visits, route.max_duration)
        pausing = not breaks and any(visit.kind is Kind.BREAK for visit in route.visits)
        if times is not None and not pausing and not route.locked and not violations(matrix, route, times):
            kept.append(route)
    return kept


def _total(matrix: Matrix, routes: list[Route], objective: Objective) -> int:
    total = 0
    for route in routes:
        times = schedule(matrix, route.visits, route.max_duration)
        assert times is not None
        total += cost(matrix, route, times, objective)
    return total


def _riders(routes: list[Route]) -> list[int]:
    return sorted(visit.request for route in routes for visit in route.visits if visit.kind is Kind.PICKUP)


def test_one_ride_goes_where_plain_python_puts_it(invent: Callable[[int], Any]) -> None:
    placed = 0
    for seed in range(200):
        case = invent(seed)
        matrix = _metric(case.matrix)
        routes = _sound(matrix, case.routes, breaks=False)
        if not routes:
            continue
        request = replace(case.request, routes=None)
        expected = insertion_reference.best_insertions(matrix, routes, request, METRES)
        packed = pack(matrix, routes, [request], METRES)
        found = Hybrid(packed, Effort(60, steps=3, seed=seed)).solve()
        assert (found.absent == 0) == bool(expected), seed
        if expected:
            placed += 1
            new = unpack(packed, found.sequences)
            assert found.cost == _total(matrix, new, METRES), seed
            assert found.cost - _total(matrix, routes, METRES) == expected[0].cost, seed
    assert placed > 30, "the cases say something"


@pytest.mark.parametrize("metric", [True, False])
def test_whatever_comes_out_keeps_every_rule(
    invent: Callable[[int], Any], oracle: Callable[..., tuple[int, ...] | None], metric: bool
) -> None:
    for seed in range(60):
        case = invent(seed)
        matrix = _metric(case.matrix) if metric else case.matrix
        routes = _sound(matrix, case.routes)
        if not routes:
            continue
        requests = [*_requests_of(routes), replace(case.request, routes=None)]
        packed = pack(matrix, routes, requests, Objective())
        found = Hybrid(packed, Effort(60, steps=60, seed=seed)).solve()
        new = unpack(packed, found.sequences)
        assert found.cost == _total(matrix, new, Objective()) + found.absent * Objective().unserved, seed
        for route, old in zip(new, routes, strict=True):
            times = oracle(matrix, route.visits, route.max_duration)
            assert times is not None, seed
            assert not violations(matrix, route, times, requests), seed
            assert [v for v in route.visits if v.request < 0] == [v for v in old.visits if v.request < 0]
            assert route.visits[: old.fixed] == old.visits[: old.fixed]
        assert found.absent == len(requests) - len(_riders(new)) <= 1, "at most as many are left out as were"


def _requests_of(routes: list[Route]) -> list[Request]:
    found = []
    for route in routes:
        for pickup in route.visits:
            if pickup.kind is Kind.PICKUP:
                dropoff = next(v for v in route.visits if v.kind is Kind.DROPOFF and v.request == pickup.request)
                found.append(Request(pickup, dropoff))
    return found


@pytest.mark.parametrize("threads", [1, 2])
def test_a_day_gets_cheaper_and_one_thread_repeats_itself(threads: int) -> None:
    scene = invent_fleet(5, 12, seed=3, requests=0)
    dice = random.Random(5)
    requests = _requests_of(scene.routes)
    dice.shuffle(requests)
    packed = pack(scene.matrix, scene.routes, requests, Objective())
    plans = [Hybrid(packed, Effort(60, steps=400, threads=threads, seed=7)).solve() for _ in range(2)]
    new = unpack(packed, plans[0].sequences)
    assert _riders(new) == _riders(scene.routes)
    assert plans[0].cost == _total(scene.matrix, new, Objective())
    assert plans[0].cost < _total(scene.matrix, scene.routes, Objective()) * 0.9
    if threads == 1:
        assert plans[0].sequences == plans[1].sequences


def test_a_ride_that_fits_nowhere_goes_in_for_those_who_have_waited_least() -> None:
    """Against all choices of one or two riders of one line, each tried by the plain-Python insertion."""
    forced = 0
    for seed in range(40):
        scene, dice = invent_fleet(2, 12, seed, requests=0), random.Random(seed)
        matrix, routes = _metric(scene.matrix), scene.routes
        ride = _impatient(matrix, dice, routes)
        if insertion_reference.best_insertions(matrix, routes, ride, METRES):
            continue
        packed = pack(matrix, routes, [*_requests_of(routes), ride], METRES)
        search = new_search(packed, seed)
        waited = {rider.pickup.request: dice.randint(1, 50) for rider in packed.rides}
        search.absences[:] = list(waited.values())
        search.totals[kernel.FLEET] = 1
        run(packed.problem, search, np.eye(kernel.EJECTED + 1)[kernel.EJECTED], 1)
        new = unpack(packed, _lines_at_hand(search))
        least = _least_waited(matrix, routes, ride, waited)
        out = set(_riders(routes)) - set(_riders(new))
        assert (ride.pickup.request in _riders(new)) == (least is not None), seed
        assert len(_sound(matrix, new)) == len(new), seed
        if least is not None:
            forced += 1
            assert sum(waited[rider] for rider in out) == least, seed
    assert forced > 10, "the cases say something"


def _impatient(matrix: Matrix, dice: random.Random, routes: list[Route]) -> Request:
    """Wants to go from somewhere on the way of a route to elsewhere, at once and at the least likely moment."""
    near = [visit.place for route in routes for visit in route.visits]
    origin, destination = dice.sample(near, 2)
    wished = dice.choice([visit.latest for route in routes for visit in route.visits[1:-1]])
    seconds = int(matrix.seconds[origin, destination])
    pickup = Visit(Kind.PICKUP, origin, wished, wished + 60, 30, (1, 0), 999)
    return Request(pickup, Visit(Kind.DROPOFF, destination, wished, wished + 400 + seconds, 30, (-1, 0), 999, seconds + 300))


def _lines_at_hand(search: kernel.Search) -> list[list[int]]:
    """The plan at hand."""
    return [line[: facts[kernel.COUNT], kernel.NODE].tolist() for line, facts in zip(search.lines, search.facts, strict=True)]


def _least_waited(matrix: Matrix, routes: list[Route], ride: Request, waited: dict[int, int]) -> int | None:
    found = []
    for route in routes:
        movable = [rider for rider in _riders([route]) if rider in waited]
        for out in [*combinations(movable, 1), *combinations(movable, 2)]:
            rest = replace(route, visits=tuple(visit for visit in route.visits if visit.request not in out))
            if insertion_reference.best_insertions(matrix, [rest], ride, METRES):
                found.append(sum(waited[rider] for rider in out))
    return min(found, default=None)


def test_vehicles_of_a_class_may_take_over_each_others_rides() -> None:
    scene = invent_fleet(3, 4, seed=3, requests=0)
    start, end = scene.routes[0].visits[0], scene.routes[0].visits[-1]
    routes = [replace(scene.routes[0], visits=(start, *route.visits[1:-1], end)) for route in scene.routes]
    requests = _requests_of(routes)
    kinds = pack(scene.matrix, routes, requests, METRES).problem.vehicles[:, kernel.CLASS].tolist()
    assert kinds == [0, 0, 0]
    chosen = replace(requests[-1], routes=frozenset({1, 2}))
    kinds = pack(scene.matrix, routes, [*requests[:-1], chosen], METRES).problem.vehicles[:, kernel.CLASS].tolist()
    assert kinds[0] != kinds[1] == kinds[2], "the first may not take it"
    kinds = pack(scene.matrix, routes, requests[1:], METRES).problem.vehicles[:, kernel.CLASS].tolist()
    assert kinds[0] not in kinds[1:], "the first is bound to a ride that may not move"


def test_a_pool_is_chosen_from_as_brute_force_would() -> None:
    dice = random.Random(8)
    for _ in range(20):
        rides = [sorted(dice.sample(range(5), dice.randint(1, 3))) for _ in range(12)]
        columns = Columns(np.array([dice.randint(5, 40) for _ in rides]), np.array([dice.randint(0, 1) for _ in rides]), rides)
        prices, vehicles = [dice.randint(10, 30) for _ in range(5)], {0: 1, 1: 2}
        least = sum(prices)
        for chosen in range(2**12):
            picked = [k for k in range(12) if chosen >> k & 1]
            served = [ride for k in picked for ride in rides[k]]
            within = all(sum(columns.classes[k] == kind for k in picked) <= most for kind, most in vehicles.items())
            if within and len(served) == len(set(served)):
                left = sum(price for ride, price in enumerate(prices) if ride not in served)
                least = min(least, left + sum(int(columns.costs[k]) for k in picked))
        found = choose(columns, Limits(vehicles, prices, least + 1, 10))
        assert found is not None
        served = [ride for k in found for ride in rides[k]]
        assert len(served) == len(set(served))
        left = sum(price for ride, price in enumerate(prices) if ride not in served)
        assert left + sum(int(columns.costs[k]) for k in found) == least
        assert choose(columns, Limits(vehicles, prices, least, 10)) is None, "only what is better"
