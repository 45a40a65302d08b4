"""A whole day's plan given to OR-Tools and taken back, judged run by run."""

from __future__ import annotations

from dataclasses import replace

from mobility.domain.runs import Run, Visit, VisitKind
from mobility.planning.compiling import CompiledRun, is_frozen, need_bits, write_back
from mobility.planning.searching import OBJECTIVE, Plan, judge_change
from routing.dialaride.objective import cost
from routing.dialaride.problem import Kind, Request, Route
from routing.dialaride.schedule import schedule
from routing.dialaride.solver import improve


def improve_plan(plan: Plan, seconds: float, seed: int) -> tuple[list[Run], int, int]:
    """The plan's runs after re-optimisation, and the cost before and after.

    Frozen runs are held fixed; so is every visit that is imminent. Whatever comes back is judged against the promises; a run that
    would be worse off makes the whole answer void.
    """
    before = [replace(compiled.route, locked=compiled.route.locked or is_frozen(compiled.run)) for compiled in plan.runs]
    movable = _movable_requests(before)
    if not movable:
        total = sum(_cost(plan, route) for route in before)
        return [compiled.run for compiled in plan.runs], total, total
    requests = _requests(plan, movable)
    after = improve(plan.frame.matrix, before, requests, OBJECTIVE, seconds=seconds, seed=seed)
    templates = _templates(plan)
    runs = []
    for compiled, old, new in zip(plan.runs, before, after, strict=True):
        if new.visits == old.visits:
            runs.append(compiled.run)
            continue
        judge_change(plan, compiled, _with_promises(plan, compiled, new), new)
        runs.append(write_back(compiled, new, templates, plan.frame))
    return runs, sum(_cost(plan, route) for route in before), sum(_cost(plan, route) for route in after)


def _cost(plan: Plan, route: Route) -> int:
    times = schedule(plan.frame.matrix, route.visits)
    return 0 if times is None else cost(plan.frame.matrix, route, times, OBJECTIVE)
