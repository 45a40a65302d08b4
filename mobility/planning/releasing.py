"""A ride given back: what the run looks like without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.planning.compiling import write_back
from mobility.planning.judging import Change, PromiseBrokenError, judge
from mobility.planning.searching import make_plan
from mobility.planning.travel import TravelCache


def release(run: Run, leg_id: str, service: Service, travel: TravelCache, now: datetime) -> Run:
    """The run without a ride that has not begun, its times as they can be driven now.

    The old times would not do: a break is held where the vehicle is, so without the ride before it another way follows it. Where that
    would break somebody's promise, the break is held before or after another visit. A delay reported for a visit that is gone holds
    for the next one, which was expected that late already.
    """
    following = run.last_done + 1
    freed = run.without_leg(leg_id)
    upcoming = freed.visits[following]
    if run.visits[following].leg_id == leg_id and run.delay_s and following < len(freed.visits) - 1:
        late = replace(upcoming, not_before=max(upcoming.planned, upcoming.not_before or upcoming.planned))
        freed = replace(freed, visits=(*freed.visits[:following], late, *freed.visits[following + 1 :]))
    plan = make_plan([run, freed, *_with_break_elsewhere(freed)], {service.id: service}, travel, now)
    before, unchanged, *others = plan.runs
    for compiled in (unchanged, *others):
        try:
            judge(plan.frame, [Change(before, compiled.route, compiled.promised)])
        except PromiseBrokenError:
            continue
        return write_back(compiled, compiled.route, {}, plan.frame)
    return write_back(unchanged, unchanged.route, {}, plan.frame)


def _with_break_elsewhere(run: Run) -> Iterator[Run]:
    """The run with its next break at every other place in the order of what is still to be done."""
    first, last = run.last_done + 1, len(run.visits) - 1
    held = next((i for i in range(first, last) if run.visits[i].kind is VisitKind.BREAK), None)
    if held is None:
        return
    others = [visit for i, visit in enumerate(run.visits) if i != held]
    for position in range(first, last):
        if position != held:
            yield replace(run, visits=(*others[:position], run.visits[held], *others[position:]))
