"""Asks the engine's judge, once before every save, whether a change keeps what was promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobility.planning.compiling import CompiledRun, Frame
from routing.dialaride.judge import Violation, violations, worsened
from routing.dialaride.problem import Request, Route
from routing.dialaride.schedule import drives, schedule


class PromiseBrokenError(Exception):
    """A change would break a promise or lengthen a breach. Always a defect of the planner, never a user's fault."""


@dataclass(frozen=True, slots=True)
class Change:
    """A run as it was, and its route to be: ``route`` with tolerated limits (its schedule is what would be saved), ``promised`` the
    same sequence with the limits as they were promised.
    """

    before: CompiledRun
    route: Route
    promised: Route


def judge(frame: Frame, changes: Sequence[Change], requests: Sequence[Request] = ()) -> None:
    """Compare all changed runs with what they were: riders across runs, everything else run by run.

    Raises:
        PromiseBrokenError: something got worse.
    """
    old, new = [_before(frame, change) for change in changes], [_after(frame, change, requests) for change in changes]
    worse = worsened([v for run in new for v in run if v.request >= 0], [v for run in old for v in run if v.request >= 0])
    for was, becomes in zip(old, new, strict=True):
        worse += worsened([v for v in becomes if v.request < 0], [v for v in was if v.request < 0])
    if worse:
        runs = ", ".join(change.before.run.id for change in changes)
        raise PromiseBrokenError(f"{runs}: {', '.join(sorted({v.kind.name for v in worse}))}")


def breaches_of(compiled: CompiledRun, frame: Frame) -> list[Violation]:
    """What is wrong with the rest of a run as it stands, by what was promised: its planned times, not those a schedule would find.

    Only the END comes when it can: while a vehicle waits for riders its planned time passes by.
    """
    remaining = compiled.run.visits[compiled.run.last_done + 1 :]
    times = [compiled.route.visits[0].earliest, *(frame.scale.seconds(visit.planned) for visit in remaining)]
    drive_s = drives(frame.matrix, compiled.route.visits)[-1]
    times[-1] = max(times[-1], times[-2] + compiled.route.visits[-2].service + drive_s)
    return violations(frame.matrix, compiled.promised, times)


def _before(frame: Frame, change: Change) -> list[Violation]:
    times = schedule(frame.matrix, change.before.route.visits)
    return [] if times is None else violations(frame.matrix, change.before.promised, times)


def _after(frame: Frame, change: Change, requests: Sequence[Request]) -> list[Violation]:
    times = schedule(frame.matrix, change.route.visits)
    if times is None:
        raise PromiseBrokenError(f"{change.before.run.id}: no feasible schedule")
    return violations(frame.matrix, change.promised, times, requests)
