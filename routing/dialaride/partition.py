"""Set partitioning: which of many known routes serve every ride once at least cost. OR-Tools decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.linear_solver import pywraplp

from routing.dialaride.ruin_lines import Floats, Integers

COLUMNS = 2500
"""At most so many routes are left to the integer programme, those with the least reduced cost."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Known routes: cost (C,), class of vehicle (C,), the rides on each."""

    costs: Integers
    classes: Integers
    rides: list[list[int]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a choice must keep: how many vehicles of each class there are, price of leaving each ride out, cost to be beaten, and
    the seconds the integer programme may take.
    """

    vehicles: dict[int, int]
    prices: Sequence[int]
    cost: float
    seconds: float


def choose(columns: Columns, limits: Limits) -> list[int] | None:
    """Indices of routes that serve every ride at most once for less than ``limits.cost`` (rides left out at their prices), or None.

    The linear relaxation (GLOP) gives a lower bound and every route's reduced cost; a route whose reduced cost exceeds the gap to
    the cost to be beaten is in no better choice, and only the others go into the integer programme (SCIP).
    """
    scale = max(1.0, limits.cost / 1e5)
    bound, reduced = _relax(columns, limits, scale)
    gap = limits.cost / scale - bound
    if gap <= 1e-6 * max(1.0, bound):
        return None
    kept = np.flatnonzero(reduced < gap)
    kept = kept[np.argsort(reduced[kept], kind="stable")][:COLUMNS]
    return _decide(columns, limits, kept.tolist(), scale)


def _model(
    solver: pywraplp.Solver, columns: Columns, limits: Limits, kept: Sequence[int], scale: float
) -> list[pywraplp.Variable]:
    """Variables of the kept routes; whole numbers where the solver knows any."""
    whole = solver.IsMip()
    chosen = [solver.Var(0, 1 if whole else solver.infinity(), whole, "") for _ in kept]
    left = [solver.Var(0, 1, whole, "") for _ in limits.prices]
    objective = solver.Objective()
    once = [solver.Constraint(1, 1) for _ in limits.prices]
    for ride, variable in enumerate(left):
        once[ride].SetCoefficient(variable, 1)
        objective.SetCoefficient(variable, limits.prices[ride] / scale)
    enough = {kind: solver.Constraint(-solver.infinity(), number) for kind, number in limits.vehicles.items()}
    for index, variable in zip(kept, chosen, strict=True):
        objective.SetCoefficient(variable, float(columns.costs[index]) / scale)
        enough[int(columns.classes[index])].SetCoefficient(variable, 1)
        for ride in columns.rides[index]:
            once[ride].SetCoefficient(variable, 1)
    objective.SetMinimization()
    return chosen


def _relax(columns: Columns, limits: Limits, scale: float) -> tuple[float, Floats]:
    """Value of the linear relaxation, and every route's reduced cost."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    chosen = _model(solver, columns, limits, range(len(columns.costs)), scale)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return float("inf"), np.zeros(len(columns.costs))
    return solver.Objective().Value(), np.array([variable.reduced_cost() for variable in chosen])


def _decide(columns: Columns, limits: Limits, kept: Sequence[int], scale: float) -> list[int] | None:
    solver = pywraplp.Solver.CreateSolver("SCIP")
    chosen = _model(solver, columns, limits, kept, scale)
    solver.SetTimeLimit(int(limits.seconds * 1000))
    if solver.Solve() not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return None
    if solver.Objective().Value() * scale >= limits.cost - 0.5:
        return None
    return [index for index, variable in zip(kept, chosen, strict=True) if variable.solution_value() > 0.5]
