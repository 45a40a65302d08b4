"""A whole day's plan given to the engine and taken back, judged before anyone may save it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import mobility.domain.runs as domain
from mobility.domain.runs import Run, VisitKind
from mobility.planning.compiling import CompiledRun, is_frozen, need_bits, visit_key, write_back
from mobility.planning.judging import Change, judge
from mobility.planning.searching import FAMILIAR, OBJECTIVE, Plan
from routing.dialaride.objective import cost
from routing.dialaride.problem import Kind, Request, Route
from routing.dialaride.schedule import schedule
from routing.dialaride.solver import Search, improve


def improve_plan(plan: Plan, search: Search) -> tuple[list[Run], int, int]:
    """The plan's runs after re-optimisation, and the cost before and after (objective units).

    Frozen runs are held fixed; so is every visit that is imminent.

    Raises:
        PromiseBrokenError: what came back breaks a promise; the whole answer is void.
    """
    before = [replace(compiled.route, locked=compiled.route.locked or is_frozen(compiled.run)) for compiled in plan.runs]
    cost_before = sum(_cost(plan, route) for route in before)
    requests = movable_requests(plan, before)
    if not requests:
        return [compiled.run for compiled in plan.runs], cost_before, cost_before
    after = improve(plan.frame.matrix, before, requests, OBJECTIVE, search)
    touched = [index for index, (old, new) in enumerate(zip(before, after, strict=True)) if new.visits != old.visits]
    judge(plan.frame, [Change(plan.runs[i], after[i], as_promised(plan, plan.runs[i], after[i])) for i in touched], requests)
    was = [compiled.run for compiled in plan.runs]
    runs, templates = list(was), visits_by_number(plan)
    for index in touched:
        runs[index] = write_back(plan.runs[index], after[index], templates, plan.frame)
    cost_after = sum(_cost(plan, route) for route in after)
    if cost_after + strangers(runs) * FAMILIAR > cost_before + strangers(was) * FAMILIAR:
        return was, cost_before, cost_before  # cheaper only by taking riders from the drivers they know
    return runs, cost_before, cost_after


def strangers(runs: Sequence[Run]) -> int:
    """How many riders who wish for a driver they know have another one."""
    return sum(
        run.driver_id not in visit.company.familiar
        for run in runs
        for visit in run.visits
        if visit.kind is VisitKind.PICKUP and visit.company is not None and visit.company.familiar
    )


def _cost(plan: Plan, route: Route) -> int:
    times = schedule(plan.frame.matrix, route.visits)
    return 0 if times is None else cost(plan.frame.matrix, route, times, OBJECTIVE)


def movable_requests(plan: Plan, routes: list[Route]) -> list[Request]:
    """Rides not begun, not imminent, on runs that may change; each stays within its service.

    A ride that is late already stays where its rider was told it would come from: to move it is a rescue. What a dispatcher has
    pinned keeps its run and its order, and so does a place held for an offer.
    """
    late = {
        visit.request
        for compiled in plan.runs
        for visit, promised in zip(compiled.route.visits, compiled.promised.visits, strict=True)
        if visit != promised
    }
    fixed = (v.leg_id for each in plan.runs for v in each.run.visits if v.leg_id and (v.pinned or v.held_until is not None))
    held = late | {plan.frame.requests[leg_id] for leg_id in fixed}
    needs = {number: need_bits(visit.needs) for number, visit in visits_by_number(plan).items()}
    found = []
    for route in routes:
        if route.locked:
            continue
        free = route.visits[route.fixed :]
        dropoffs = {visit.request: visit for visit in free if visit.kind is Kind.DROPOFF}
        found += [
            Request(visit, dropoffs[visit.request], needs[2 * visit.request], frozenset({route.group}))
            for visit in free
            if visit.kind is Kind.PICKUP and visit.request not in held
        ]
    return found


def visits_by_number(plan: Plan) -> dict[int, domain.Visit]:
    """Domain visits of all rides: pickups by 2 · request, drop-offs by 2 · request + 1."""
    return {
        2 * plan.frame.requests[visit.leg_id] + (visit.kind is VisitKind.DROPOFF): visit
        for compiled in plan.runs
        for visit in compiled.run.visits
        if visit.leg_id is not None
    }


def as_promised(plan: Plan, compiled: CompiledRun, route: Route, new: Request | None = None) -> Route:
    """The route with every visit's limits as they were promised, whichever run a ride comes from; ``new`` is on no run yet."""
    riders = [visit for each in plan.runs for visit in each.promised.visits if visit.request >= 0]
    riders += [new.pickup, new.dropoff] if new else []
    # A run's own visits keep their order, so the tolerant ones name the promised ones.
    known = {visit_key(old): new for old, new in zip(compiled.route.visits, compiled.promised.visits, strict=True)}
    known |= {visit_key(visit): visit for visit in riders}
    return replace(route, visits=tuple(known[visit_key(visit)] for visit in route.visits))
