"""Set partitioning: which of many known routes serve every ride once at least cost. OR-Tools decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver.python.model_builder_helper import ModelBuilderHelper, ModelSolverHelper, SolveStatus
from scipy.sparse import csc_array, csr_matrix

from routing.dialaride.ruin_lines import Integers

COLUMNS = 4000
"""At most so many routes are left to the integer programme, those with the least reduced cost."""

NODES = 500
"""At most so many branches of the integer programme are looked at, so that it ends, and alike, where steps are limited and not time."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Known routes: cost (C,), class of vehicle (C,), the rides on each."""

    costs: Integers
    classes: Integers
    rides: list[list[int]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a choice must keep: how many vehicles of each class there are, price of leaving each ride out, cost to be beaten, and
    the seconds both programmes together may take.
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
    relaxed = _solve("GLOP", columns, limits, np.arange(len(columns.costs)), scale)
    if relaxed is None or relaxed.status() != SolveStatus.OPTIMAL:
        return None
    reduced = np.array(relaxed.reduced_costs())[: len(columns.costs)]
    gap = limits.cost / scale - relaxed.objective_value()
    if gap <= 1e-6 * max(1.0, relaxed.objective_value()):
        return None
    kept = np.flatnonzero(reduced < gap)
    kept = kept[np.argsort(reduced[kept], kind="stable")][:COLUMNS]
    decided = _solve("SCIP", columns, limits, kept, scale)
    if decided is None or decided.objective_value() * scale >= limits.cost - 0.5:
        return None
    chosen = np.flatnonzero(np.array(decided.variable_values())[: len(kept)] > 0.5)
    return [int(k) for k in kept[chosen]]


def _solve(engine: str, columns: Columns, limits: Limits, kept: NDArray[np.intp], scale: float) -> ModelSolverHelper | None:
    """The programme over the kept routes, solved; whole numbers but for GLOP. None when nothing was found in time."""
    model, rides, many = ModelBuilderHelper(), len(limits.prices), len(kept)
    sizes = np.array([len(columns.rides[k]) for k in kept], np.int64)
    kinds = sorted(limits.vehicles)
    row_of_kind = np.searchsorted(kinds, columns.classes[kept])
    served = np.array([ride for k in kept for ride in columns.rides[k]], np.int64)
    rows = np.concatenate([served, rides + row_of_kind, np.arange(rides)])
    at = np.concatenate([np.repeat(np.arange(many), sizes), np.arange(many), many + np.arange(rides)])
    table = csr_matrix(csc_array((np.ones(len(rows)), (rows, at)), shape=(rides + len(kinds), many + rides)))
    costs = np.concatenate([columns.costs[kept], np.array(limits.prices, np.int64)]) / scale
    least = np.concatenate([np.ones(rides), np.full(len(kinds), -np.inf)])
    most = np.concatenate([np.ones(rides), np.array([limits.vehicles[kind] for kind in kinds], np.float64)])
    whole = engine != "GLOP"
    upper = np.full(many + rides, 1.0 if whole else np.inf)
    fill: Any = model.fill_model_from_sparse_data  # its types take no array of numpy's
    fill(np.zeros(many + rides), upper, costs, least, most, table)
    for variable in range(many + rides if whole else 0):
        model.set_var_integrality(variable, True)  # noqa: FBT003  (OR-Tools' own signature)
    solver = ModelSolverHelper(engine)
    solver.enable_output(False)  # noqa: FBT003  (OR-Tools' own signature)
    solver.set_time_limit_in_seconds(limits.seconds)
    if whole:
        solver.set_solver_specific_parameters(f"limits/nodes = {NODES}")
    solver.solve(model)
    return solver if solver.has_solution() else None
