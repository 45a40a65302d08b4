"""The door: run one simulation from its order to its folder of results, or read a finished one."""

from __future__ import annotations

from collections.abc import Callable

from mobility.simulation.demand import invent_wishes
from mobility.simulation.engine import Day
from mobility.simulation.order import SimulationCancelledError, SimulationOrder, SimulationResult, Tell
from mobility.simulation.scenes import scene_of, with_more_vehicles, with_service, with_vehicles
from mobility.simulation.wishes import read_wishes
from mobility.simulation.writing import check_out, read_result, write_results

__all__ = [
    "SimulationCancelledError",
    "invent_wishes",
    "read_result",
    "read_wishes",
    "scene_of",
    "simulate",
    "with_more_vehicles",
    "with_service",
    "with_vehicles",
]


def simulate(
    order: SimulationOrder, tell: Tell | None = None, is_cancelled: Callable[[], bool] = lambda: False
) -> SimulationResult:
    """Simulate one service day and write its folder of results, as a whole or not at all.

    Takes seconds to minutes and one core; safe to call in a worker's job. ``tell`` is called with (step, done, total) after every
    event; ``is_cancelled`` is asked as often. Holds no connection to the database: all of it happens in memory.

    Raises:
        InvalidInputError: the folder is not empty, or cannot be written to.
        SimulationCancelledError: ``is_cancelled`` said so; nothing was written.
    """
    check_out(order.out)
    day = Day(order)
    day.run(tell or (lambda _step, _done, _total: None), is_cancelled)
    return write_results(day, order.out)
