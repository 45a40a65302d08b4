from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.dialaride.judge import Breach, Violation, violations, worsened
from routing.dialaride.problem import Kind, Request, Route, Visit
from routing.dialaride.schedule import forecast
from routing.travel import FOREVER, Matrix

LONG = 86_400


def _is_fine(matrix: Matrix, route: Route, times: Sequence[int]) -> bool:
    """Windows, driving, rides, duty, load, breaks and metres once more, as arrays and set algebra."""
    visits = route.visits
    at = [v.place for v in visits]
    for k in range(1, len(at)):
        at[k] = at[k - 1] if at[k] < 0 else at[k]
    legs = list(pairwise(at))
    seconds = np.array([0 if a == b else matrix.seconds[a, b] for a, b in legs])
    metres = sum(0 if a == b else int(matrix.metres[a, b]) for a, b in legs)
    start = np.array(times)
    left = start + [v.service for v in visits]
    fine = bool((start >= [v.earliest for v in visits]).all() and (start <= [v.latest for v in visits]).all())
    fine &= bool((start[1:] - left[:-1] >= seconds).all() and (seconds < FOREVER).all())
    fine &= times[-1] - times[0] <= route.max_duration and metres <= route.max_metres
    spans = {v.request: [k for k, w in enumerate(visits) if w.request == v.request] for v in visits if v.request >= 0}
    for span in spans.values():
        if len(span) == 2:
            fine &= bool(start[span[1]] - left[span[0]] <= visits[span[1]].max_ride)
        first = span[0] if len(span) == 2 else 0
        fine &= not any(v.kind is Kind.BREAK for v in visits[first : span[-1]])
    rests = [k for k, v in enumerate(visits) if v.kind in (Kind.START, Kind.BREAK, Kind.END)]
    fine &= all(start[b] - left[a] <= visits[b].max_stretch for a, b in pairwise(rests))
    loads = np.cumsum([(*v.load, 0, 0)[:2] for v in visits], axis=0)[:-1]
    return fine and all(any((load <= capacity).all() for capacity in route.capacities) for load in loads)


@given(seed=st.integers(0, 2**32), shake=st.integers(0, 2**32))
@settings(max_examples=400, deadline=None)
def test_the_judge_agrees_with_a_separately_written_check(invent_rich: Any, oracle: Any, seed: int, shake: int) -> None:
    case, dice = invent_rich(seed), random.Random(shake)
    for route in case.routes:
        driven = replace(route, only_if_booked=False)
        times = list(oracle(case.matrix, route.visits, route.max_duration) or forecast(case.matrix, route.visits))
        if dice.random() < 0.5:
            times[dice.randrange(len(times))] += dice.choice([-20, -1, 1, 20, 200])
        assert (not violations(case.matrix, driven, times)) == _is_fine(case.matrix, driven, times)


def test_both_verdicts_occur(invent: Any, oracle: Any) -> None:
    routes = [(case.matrix, route) for case in map(invent, range(100)) for route in case.routes]
    verdicts = [_is_fine(m, r, oracle(m, r.visits, r.max_duration) or forecast(m, r.visits)) for m, r in routes]
    assert 0.2 < np.mean(verdicts) < 0.8


PICKUP = Visit(Kind.PICKUP, 2, 0, 1000, 30, (1, 0), 7)
DROPOFF = Visit(Kind.DROPOFF, 4, 0, 1000, 30, (-1, 0), 7, 200)
START, END = Visit(Kind.START, 0, 0, LONG), Visit(Kind.END, 0, 0, LONG)
GOOD = Route((START, PICKUP, DROPOFF, END), ((2, 0),))
TIMES = (0, 120, 270, 540)


def _kinds(found: list[Violation]) -> list[tuple[Breach, int, int, int]]:
    return [(v.kind, v.request, v.visit, v.amount) for v in found]


def test_a_good_route_has_no_violation(line: Matrix) -> None:
    assert violations(line, GOOD, TIMES) == []


@pytest.mark.parametrize(
    ("route", "times", "expected"),
    [
        (GOOD, (0, 120, 270, 539), (Breach.TOO_FAST, -1, 3, 1)),
        (replace(GOOD, visits=(START, replace(PICKUP, earliest=130), DROPOFF, END)), TIMES, (Breach.TOO_EARLY, 7, 1, 10)),
        (replace(GOOD, visits=(START, replace(PICKUP, latest=100), DROPOFF, END)), TIMES, (Breach.TOO_LATE, 7, 1, 20)),
        (GOOD, (0, 120, 360, 630), (Breach.RIDE_TOO_LONG, 7, 2, 10)),
        (replace(GOOD, capacities=((0, 5),)), TIMES, (Breach.OVER_CAPACITY, -1, 1, 1)),
        (replace(GOOD, capacities=()), TIMES, (Breach.OVER_CAPACITY, -1, 1, 1)),
        (replace(GOOD, visits=(START, PICKUP, END)), (0, 120, 500), (Breach.NOT_PAIRED, 7, 1, 1)),
        (replace(GOOD, visits=(START, DROPOFF, END)), (0, 240, 510), (Breach.NOT_PAIRED, 7, 1, 1)),
        (replace(GOOD, visits=(START, DROPOFF, PICKUP, END)), (0, 240, 390, 540), (Breach.NOT_PAIRED, 7, 1, 1)),
        (replace(GOOD, visits=(START, PICKUP, PICKUP, DROPOFF, END)), (0, 120, 150, 300, 570), (Breach.NOT_PAIRED, 7, 2, 1)),
        (replace(GOOD, visits=(PICKUP, DROPOFF, END)), (0, 150, 420), (Breach.WRONG_ENDS, -1, 0, 1)),
        (replace(GOOD, visits=(START, PICKUP, DROPOFF)), TIMES[:3], (Breach.WRONG_ENDS, -1, 2, 1)),
        (replace(GOOD, max_metres=7999), TIMES, (Breach.TOO_FAR, -1, 3, 1)),
        (replace(GOOD, max_duration=500), TIMES, (Breach.DUTY_TOO_LONG, -1, 3, 40)),
        (replace(GOOD, visits=(*GOOD.visits[:-1], replace(END, max_stretch=500))), TIMES, (Breach.STRETCH_TOO_LONG, -1, 3, 40)),
    ],
)
def test_every_fault_is_named_with_its_amount(
    line: Matrix, route: Route, times: tuple[int, ...], expected: tuple[Breach, int, int, int]
) -> None:
    found = _kinds(violations(line, route, times))
    named = {(kind, -1 if kind is Breach.WRONG_ENDS else request, visit, amount) for kind, request, visit, amount in found}
    assert expected in named


def test_a_break_with_somebody_aboard(line: Matrix) -> None:
    rest = Visit(Kind.BREAK, -1, 0, LONG, 10)
    assert violations(line, replace(GOOD, visits=(START, rest, PICKUP, DROPOFF, END)), (0, 0, 130, 280, 550)) == []
    found = violations(line, replace(GOOD, visits=(START, PICKUP, rest, DROPOFF, END)), (0, 120, 150, 280, 550))
    assert _kinds(found) == [(Breach.BREAK_NOT_EMPTY, -1, 2, 1)]
    aboard = (replace(START, load=(1, 0)), rest, replace(DROPOFF, request=9), END)
    assert _kinds(violations(line, replace(GOOD, visits=aboard), (0, 0, 250, 520))) == [(Breach.BREAK_NOT_EMPTY, -1, 1, 1)]
    walk_up = (replace(START, load=(1, 0)), rest, END)
    assert _kinds(violations(line, replace(GOOD, visits=walk_up), (0, 0, 10))) == [(Breach.BREAK_NOT_EMPTY, -1, 1, 1)]


def test_no_way() -> None:
    matrix = Matrix(np.array([[0, FOREVER], [5, 0]], np.int32), np.array([[0, FOREVER], [5, 0]], np.int32))
    route = Route((START, replace(END, place=1)), ((1,),))
    assert [v.kind for v in violations(matrix, route, (0, LONG))] == [Breach.NO_WAY]


def test_needs_and_vehicles(line: Matrix) -> None:
    asked = Request(PICKUP, DROPOFF, needs=5, groups=frozenset({3}), routes=frozenset({1}))
    found = violations(line, replace(GOOD, equipment=1, group=3), TIMES, [asked], 1)
    assert _kinds(found) == [(Breach.NEED_UNMET, 7, 1, 1)]
    assert [v.kind for v in violations(line, replace(GOOD, equipment=5, group=2), TIMES, [asked], 1)] == [Breach.WRONG_VEHICLE]
    assert [v.kind for v in violations(line, replace(GOOD, equipment=5, group=3), TIMES, [asked], 0)] == [Breach.WRONG_VEHICLE]
    assert violations(line, replace(GOOD, equipment=5, group=3), TIMES, [asked]) == []


def test_a_trip_that_stays_at_home_is_not_late(line: Matrix) -> None:
    halt = Visit(Kind.HALT, 5, 0, 10)
    trip = Route((START, halt, END), ((8,),), only_if_booked=True)
    assert violations(line, trip, (0, 300, 600)) == []
    assert _kinds(violations(line, replace(trip, only_if_booked=False), (0, 300, 600))) == [(Breach.TOO_LATE, -1, 1, 290)]


def test_times_must_match(line: Matrix) -> None:
    with pytest.raises(ValueError, match="4 visits but 3 times"):
        violations(line, GOOD, TIMES[:3])


def _late(request: int, amount: int, kind: Breach = Breach.TOO_LATE) -> Violation:
    return Violation(kind, request, 3, amount)


def test_the_judge_compares_rider_by_rider_and_kind_by_kind() -> None:
    old = [_late(1, 100), _late(2, 50), _late(-1, 30), _late(-1, 60)]
    assert worsened(old, old) == []
    assert worsened([_late(1, 99)], old) == []
    assert worsened([_late(1, 101)], old) == [_late(1, 101)]
    assert worsened([_late(3, 1)], old) == [_late(3, 1)], "another rider's lateness excuses nothing"
    assert worsened([_late(1, 1, Breach.RIDE_TOO_LONG)], old) == [_late(1, 1, Breach.RIDE_TOO_LONG)]
    assert worsened([_late(-1, 60), _late(-1, 31)], old) == [_late(-1, 31)]
    assert worsened([_late(-1, 60), _late(-1, 30), _late(-1, 1)], old) == [_late(-1, 1)]
    assert worsened([], old) == []
