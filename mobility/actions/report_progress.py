"""One report at a time, answered at once: boarded, alighted, nobody came, a halt passed, or "I am late". State, never a decision.

It is kept like those that a driver's telephone sends (:mod:`mobility.actions.take_driver_events`), but what contradicts is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mobility.actions.context import Context
from mobility.actions.settle_run import settle_run
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.driver_events import DriverEvent, EventKind, EventProblem, event_id
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.store.interface import Transaction

_CLOCKS_DIFFER = timedelta(minutes=10)
_LONG_BEFORE = timedelta(hours=12)
_REPORTERS = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


class ProgressKind(StrEnum):
    """What can be reported."""

    BOARDED = "boarded"
    ALIGHTED = "alighted"
    NO_SHOW = "no_show"
    PASSED = "passed"
    DELAYED = "delayed"


@dataclass(frozen=True, slots=True)
class Progress:
    """One report. ``leg_id`` with BOARDED, ALIGHTED and NO_SHOW; ``delay_s`` with DELAYED; PASSED means the next halt or break."""

    kind: ProgressKind
    at: datetime
    leg_id: str | None = None
    delay_s: int = 0


_SAID = {
    EventProblem.NOT_BOARDED: "this rider has not been reported as boarded",
    EventProblem.REPORTED_OTHERWISE: "this rider has been reported otherwise before",
    EventProblem.TOO_EARLY: "this ride is more than an hour away; it was probably another rider",
    EventProblem.RIDERS_LEFT: "riders of this run have not been reported yet",
}


def report_progress(context: Context, actor: Actor, run_id: str, progress: Progress) -> Run:
    """Record one report and tell the riders whom it makes late. The same report twice changes nothing.

    Raises:
        NotFoundError: no such run for this actor, or no such ride on it.
        NotAllowedError: a role that does not report.
        InvalidInputError: a time at which it cannot have happened.
        ConflictError: it contradicts what was reported before (alighted before boarded).
    """
    if actor.role not in _REPORTERS:
        raise NotAllowedError(f"the role {actor.role.value} does not report from a run")

    return context.store.in_transaction(lambda tx: record(context, tx, actor, run_id, progress))


def record(
    context: Context, tx: Transaction, actor: Actor, run_id: str, progress: Progress, received_at: datetime | None = None
) -> Run:
    """As :func:`report_progress`, within a transaction; ``received_at`` when that is another time than the context's."""
    tx.get_run(actor, run_id)
    before = tx.lock_runs([run_id])[0]
    _check_time(before, progress.at, context.clock())
    known = tx.list_driver_events(system_actor(actor.agency_id), run_id)
    event = _event(actor, before, progress, received_at or context.clock(), known)
    if event is None:
        return before
    after, settled = settle_run(context, tx, actor, before, known, [event])
    _refuse(settled[event.id])
    return after


def _check_time(run: Run, at: datetime, now: datetime) -> None:
    if at > now + _CLOCKS_DIFFER or at < run.starts_at - _LONG_BEFORE:
        raise InvalidInputError(Problem("at", "lies in the future or long before the run", "check date and time zone"))


def _refuse(event: DriverEvent) -> None:
    """Raise what is wrong with a report: nothing of its transaction stays.

    Raises:
        NotFoundError: it is about no ride of this run.
        ConflictError: it contradicts another report.
    """
    if event.problem is EventProblem.NOT_ON_RUN:
        raise NotFoundError("no such ride on this run")
    if event.problem is not None:
        raise ConflictError(_SAID[event.problem])


def _event(actor: Actor, run: Run, progress: Progress, now: datetime, known: Sequence[DriverEvent]) -> DriverEvent | None:
    """The report to keep; None when it says nothing new.

    Raises:
        NotFoundError: nothing is left to pass or to be late for.
        ConflictError: this rider has been reported otherwise.
    """
    if progress.kind is ProgressKind.DELAYED and run.last_done + 1 >= len(run.visits) - 1:
        raise NotFoundError("no halt is left on this run")
    halt = _passed(run, progress.at) if progress.kind is ProgressKind.PASSED else None
    visit = halt or _of_leg(run, progress)
    if visit is not None and visit.is_done:
        if halt is None and visit.skipped != (progress.kind is ProgressKind.NO_SHOW):
            raise ConflictError(_SAID[EventProblem.REPORTED_OTHERWISE])
        return None
    device_id, sequence = next_report(actor, known)
    return DriverEvent(
        id=event_id(run.id, device_id, sequence),
        agency_id=run.agency_id,
        run_id=run.id,
        device_id=device_id,
        sequence=sequence,
        kind=EventKind(progress.kind.value),
        at=progress.at,
        received_at=now,
        reported_by=actor.account_id,
        leg_id=progress.leg_id if halt is None else None,
        halt=None if halt is None else halt.key,
        delay_s=progress.delay_s,
    )


def next_report(actor: Actor, known: Sequence[DriverEvent]) -> tuple[str, int]:
    """Device id and number of the next report that somebody makes here, without a device of his own."""
    device_id = f"account-{actor.account_id}"
    return device_id, 1 + max((event.sequence for event in known if event.device_id == device_id), default=0)


def _of_leg(run: Run, progress: Progress) -> Visit | None:
    kind = VisitKind.DROPOFF if progress.kind is ProgressKind.ALIGHTED else VisitKind.PICKUP
    return next((visit for visit in run.visits if visit.leg_id and visit.leg_id == progress.leg_id and visit.kind is kind), None)


def _passed(run: Run, at: datetime) -> Visit:
    """The next halt or break, or the one passed at exactly this time: a report sent twice must not pass two.

    Raises:
        NotFoundError: nothing is left to pass.
    """
    own = [v for v in run.visits if v.kind in (VisitKind.HALT, VisitKind.BREAK, VisitKind.END)]
    known = next((v for v in own if v.actual == at), None) or next((v for v in own if not v.is_done), None)
    if known is None:
        raise NotFoundError("no halt is left on this run")
    return known
