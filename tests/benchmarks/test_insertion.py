"""The compiled insertion against its plain twin in the same run: a ratio, because machines differ."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from routing.dialaride import insertion, insertion_reference
from routing.dialaride.problem import Insertion, Objective, Request
from routing.dialaride.synthetic import invent_fleet

pytestmark = pytest.mark.bench


def _median_s(decide: Callable[[Request], list[Insertion]], requests: list[Request]) -> float:
    taken = []
    for request in requests:
        start = time.perf_counter()
        decide(request)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def test_a_decision_is_hundreds_of_times_faster_than_plain_python_and_takes_at_most_a_millisecond() -> None:
    scene = invent_fleet(vehicles=50, stops=20, seed=1, requests=200)
    objective = Objective()
    insertion.warm_up()
    fleet = insertion.Fleet(scene.matrix, scene.routes, objective)
    fast = _median_s(fleet.best_insertions, scene.requests)
    few = scene.requests[:5]
    slow = _median_s(lambda request: insertion_reference.best_insertions(scene.matrix, scene.routes, request, objective), few)
    assert slow / fast > 200
    assert fast < 0.001
