from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dialaride.problem import Kind, Visit
from routing.dialaride.schedule import forecast, schedule
from routing.travel import FOREVER, Matrix

SEEDS = st.integers(0, 2**32)


def _ride(number: int, at: tuple[int, int], windows: tuple[int, int, int, int], max_ride: int = FOREVER) -> tuple[Visit, Visit]:
    a, b, c, d = windows
    return Visit(Kind.PICKUP, at[0], a, b, 0, (1,), number), Visit(Kind.DROPOFF, at[1], c, d, 0, (-1,), number, max_ride)


def _ends(first: int = 0, last: int = 0) -> tuple[Visit, Visit]:
    return Visit(Kind.START, first, 0, FOREVER), Visit(Kind.END, last, 0, FOREVER)


@given(seed=SEEDS)
@settings(max_examples=400, deadline=None)
def test_schedule_is_the_least_solution_of_the_difference_constraints(
    invent: Any, invent_rich: Any, oracle: Any, seed: int
) -> None:
    case = (invent_rich if seed % 2 else invent)(seed)
    for route in case.routes:
        assert schedule(case.matrix, route.visits, route.max_duration) == oracle(case.matrix, route.visits, route.max_duration)


def test_the_invented_cases_are_worth_something(invent: Callable[[int], Any]) -> None:
    """Both answers, delays by a longest ride and by a longest duty occur, else the property above proves nothing."""
    routes = [(case.matrix, route) for case in map(invent, range(300)) for route in case.routes]
    settled = [schedule(m, r.visits, r.max_duration) for m, r in routes]
    feasible = [(m, r, t) for (m, r), t in zip(routes, settled, strict=True) if t is not None]
    assert 0.3 < len(feasible) / len(routes) < 0.95
    delayed = [(r, t) for m, r, t in feasible if t != forecast(m, r.visits)]
    assert len(delayed) > 20
    assert any(t[0] > r.visits[0].earliest for r, t in delayed)
    assert any(t[0] == r.visits[0].earliest for r, t in delayed)


def test_a_pickup_waits_so_that_the_ride_is_not_too_long(line: Matrix) -> None:
    start, end = _ends()
    pickup, dropoff = _ride(1, (1, 2), (0, 5000, 1000, 5000), max_ride=300)
    assert schedule(line, [start, pickup, dropoff, end]) == (0, 700, 1000, 1120)


def test_a_ride_longer_than_allowed_is_found_without_endless_waiting(line: Matrix) -> None:
    start, end = _ends()
    pickup, dropoff = _ride(1, (1, 9), (0, FOREVER, 0, FOREVER), max_ride=479)
    assert schedule(line, [start, pickup, dropoff, end]) is None
    pickup, dropoff = _ride(1, (1, 9), (0, FOREVER, 0, FOREVER), max_ride=480)
    assert schedule(line, [start, pickup, dropoff, end]) == (0, 60, 540, 1080)


def test_start_waits_for_a_short_duty(line: Matrix) -> None:
    start, end = _ends()
    halt = Visit(Kind.HALT, 5, 3600, 3600)
    assert schedule(line, [start, halt, end]) == (0, 3600, 3900)
    assert schedule(line, [start, halt, end], max_duration=1000) == (2900, 3600, 3900)
    assert schedule(line, [start, halt, end], max_duration=599) is None


def test_a_start_and_a_break_wait_where_a_rest_rule_asks_for_it(line: Matrix) -> None:
    start, end = _ends()
    rest = Visit(Kind.BREAK, -1, 2000, 9000, 600, max_stretch=900)
    halt = Visit(Kind.HALT, 5, 5000, 5000)
    assert schedule(line, [start, rest, halt, replace(end, max_stretch=800)]) == (3000, 3900, 5000, 5300)
    assert schedule(line, [start, rest, halt, replace(end, max_stretch=599)]) is None


def test_a_break_is_taken_where_the_vehicle_stands(line: Matrix) -> None:
    start, end = _ends()
    rest = Visit(Kind.BREAK, -1, 500, 900, 1800)
    halt = Visit(Kind.HALT, 5, 0, FOREVER)
    assert schedule(line, [start, halt, rest, end]) == (0, 300, 500, 2600)


def test_no_way_is_no_schedule() -> None:
    matrix = Matrix(np.array([[0, FOREVER], [5, 0]], np.int32), np.array([[0, FOREVER], [5, 0]], np.int32))
    visits = [Visit(Kind.START, 0, -100, FOREVER), Visit(Kind.END, 1, -100, FOREVER)]
    assert schedule(matrix, visits) is None
    assert forecast(matrix, visits) == (-100, FOREVER)
    assert forecast(matrix, [*visits, *visits]) == (-100, FOREVER, FOREVER, FOREVER)


def test_forecast_tells_what_will_happen_however_late(line: Matrix) -> None:
    start, end = _ends()
    pickup, dropoff = _ride(1, (10, 12), (0, 100, 5000, 6000), max_ride=200)
    assert schedule(line, [start, pickup, dropoff, end]) is None
    assert forecast(line, [start, pickup, dropoff, end]) == (0, 600, 5000, 5720)


def test_interlocking_rides_settle(line: Matrix) -> None:
    """Delaying the second pickup delays the first drop-off, which delays the first pickup."""
    start, end = _ends()
    first = _ride(1, (1, 3), (0, 5000, 0, 5000), max_ride=130)
    second = _ride(2, (2, 4), (0, 5000, 2000, 5000), max_ride=130)
    visits = [start, first[0], second[0], first[1], second[1], end]
    assert schedule(line, visits) == (0, 1800, 1870, 1930, 2000, 2240)
