"""``python -m routing insertion-bench``: how long one decision takes here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer

from routing.dialaride import insertion, insertion_reference
from routing.dialaride.problem import Insertion, Objective, Request
from routing.dialaride.synthetic import invent_fleet

CALIBRATION_SIZE = 1_000_000


def register(app: typer.Typer) -> None:
    """Add this package's commands to the app of ``python -m routing``."""
    app.command("insertion-bench")(insertion_bench)


def insertion_bench(
    vehicles: Annotated[int, typer.Option(min=1, help="vehicles in the fleet")] = 50,
    stops: Annotated[int, typer.Option(min=0, help="pickups and drop-offs on each vehicle's route, an even number")] = 20,
    decisions: Annotated[int, typer.Option(min=1, help="requests asked of the compiled search")] = 1000,
    seed: Annotated[int, typer.Option(help="of the invented fleet")] = 1,
) -> None:
    """Time of one insertion decision, matrix and packed fleet at hand: median, 99th percentile and CPU time, compiled and in
    plain Python.
    """
    if stops % 2:
        raise typer.BadParameter(f"every ride has two stops: {stops} is odd, try {stops + 1}", param_hint="--stops")
    scene = invent_fleet(vehicles, stops, seed, requests=decisions)
    objective = Objective()
    insertion.warm_up()
    fleet = insertion.Fleet(scene.matrix, scene.routes, objective)
    fast = _time(fleet.best_insertions, scene.requests)
    few = scene.requests[: max(3, min(decisions, 5_000 // (vehicles * (stops + 2))))]
    slow = _time(lambda request: insertion_reference.best_insertions(scene.matrix, scene.routes, request, objective), few)
    typer.echo(f"{vehicles} vehicles × {stops} stops, one decision in microseconds")
    for name, (times, cpu) in (("compiled", fast), ("pure Python", slow)):
        (middle, high), (own, most) = (np.percentile(each, [50, 99]) for each in (times, cpu))
        typer.echo(
            f"{name:12} median {middle:10.1f}   p99 {high:10.1f}   CPU median {own:10.1f}   p99 {most:10.1f}   of {len(times)}"
        )
    typer.echo(f"{'calibration':12} {_calibration():17.1f}   (sorting a million numbers takes this machine so long)")


def _time(decide: Callable[[Request], list[Insertion]], requests: list[Request]) -> tuple[list[float], list[float]]:
    """Microseconds of each decision: by the clock, and of this thread's CPU time, which a busy machine disturbs less."""
    taken, spent = [], []
    for request in requests:
        cpu, start = time.thread_time_ns(), time.perf_counter_ns()
        decide(request)
        taken.append((time.perf_counter_ns() - start) / 1000)
        spent.append((time.thread_time_ns() - cpu) / 1000)
    return taken, spent


def _calibration() -> float:
    """Microseconds of a fixed piece of work, to compare machines: the median of sorting the same numbers nine times."""
    numbers = np.random.default_rng(0).random(CALIBRATION_SIZE)
    taken = []
    for _ in range(9):
        start = time.perf_counter_ns()
        np.sort(numbers)
        taken.append((time.perf_counter_ns() - start) / 1000)
    return float(np.median(taken))
