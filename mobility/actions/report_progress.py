"""A driver reports what happened: boarded, alighted, nobody came, a halt passed, or "I am late". State, never a decision.

Later times follow from it at once; riders whose promise will not be kept are told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mobility.actions.context import Context
from mobility.actions.notices import notice
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.planning.searching import expected_times, make_plan
from mobility.store.interface import Transaction

_TOLD_AGAIN_EVERY_S = 600
_EARLIEST_BEFORE = timedelta(hours=1)
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

    def work(tx: Transaction) -> Run:
        tx.get_run(actor, run_id)
        before = tx.lock_runs([run_id])[0]
        _check_time(before, progress.at, context.clock())
        run = _applied(before, progress)
        if run is before:
            return run
        run = _with_expected_times(context, tx, run)
        tx.save_run(run, before.revision)
        _tell(context, tx, actor, run, progress)
        return run

    return context.store.in_transaction(work)


def _check_time(run: Run, at: datetime, now: datetime) -> None:
    if at > now + _CLOCKS_DIFFER or at < run.starts_at - _LONG_BEFORE:
        raise InvalidInputError(Problem("at", "lies in the future or long before the run", "check date and time zone"))


def _applied(run: Run, progress: Progress) -> Run:
    if progress.kind is ProgressKind.DELAYED:
        return _delayed(run, max(0, progress.delay_s))
    visit = _reported_visit(run, progress)
    if visit.is_done:
        return run
    skipped = progress.kind is ProgressKind.NO_SHOW
    done = replace(visit, actual=progress.at, skipped=skipped)
    following = run.visits[run.last_done + 1 :]
    left_behind = [v for v in following[: following.index(visit)] if _is_passed_by_now(v, progress.at)]
    passed = [replace(v, actual=min(max(v.planned, v.earliest), progress.at)) for v in left_behind]
    undone = [v for v in following if v is not visit and v not in left_behind and not (skipped and v.leg_id == visit.leg_id)]
    changed = run.with_visits((*run.visits[: run.last_done + 1], *passed, done, *undone))
    return replace(changed, delay_s=0)  # from here on the actual time tells


def _is_passed_by_now(visit: Visit, at: datetime) -> bool:
    return visit.kind is VisitKind.HALT or (visit.kind is VisitKind.BREAK and visit.planned <= at)


def _delayed(run: Run, delay_s: int) -> Run:
    """The next visit moved to ``delay_s`` after the time it had before any delay was reported."""
    following = run.last_done + 1
    if following >= len(run.visits) - 1:
        raise NotFoundError("no halt is left on this run")
    upcoming = run.visits[following]
    late = replace(upcoming, not_before=upcoming.planned + timedelta(seconds=delay_s - run.delay_s))
    changed = run.with_visits((*run.visits[:following], late, *run.visits[following + 1 :]))
    return replace(changed, delay_s=delay_s)


def _reported_visit(run: Run, progress: Progress) -> Visit:
    """The visit a report is about.

    Raises:
        NotFoundError: the ride is not on this run, or nothing is left to pass.
        ConflictError: alighting before boarding.
    """
    if progress.kind is ProgressKind.PASSED:
        return _passed(run, progress.at)
    pickup, dropoff = (
        next((v for v in run.visits if v.leg_id == progress.leg_id and v.kind is kind), None)
        for kind in (VisitKind.PICKUP, VisitKind.DROPOFF)
    )
    wanted = dropoff if progress.kind is ProgressKind.ALIGHTED else pickup
    if wanted is None or pickup is None:
        raise NotFoundError("no such ride on this run")
    if wanted is pickup and progress.at < pickup.earliest - _EARLIEST_BEFORE:
        raise ConflictError("this ride is more than an hour away; it was probably another rider")
    if progress.kind is ProgressKind.ALIGHTED and pickup.actual is None:
        raise ConflictError("this rider has not been reported as boarded")
    if pickup.is_done and pickup.skipped != (progress.kind is ProgressKind.NO_SHOW) and wanted is pickup:
        raise ConflictError("this rider has been reported otherwise before")
    return wanted


def _passed(run: Run, at: datetime) -> Visit:
    """The next halt or break, or the one passed at exactly this time: a report sent twice must not pass two.

    Raises:
        NotFoundError: nothing is left to pass.
        ConflictError: only the END is left, and riders still are to be met or set down.
    """
    own = [v for v in run.visits if v.kind in (VisitKind.HALT, VisitKind.BREAK, VisitKind.END)]
    known = next((v for v in own if v.actual == at), None) or next((v for v in own if not v.is_done), None)
    if known is None:
        raise NotFoundError("no halt is left on this run")
    if known.kind is VisitKind.END and any(not v.is_done for v in run.visits[1:-1]):
        raise ConflictError("riders of this run have not been reported yet")
    return known


def _with_expected_times(context: Context, tx: Transaction, run: Run) -> Run:
    """Planned times follow what was observed; the promise stays as it was told."""
    system = system_actor(run.agency_id)
    service = tx.get_service(system, run.service_id)
    network = context.network(tx, system)
    return expected_times(make_plan([run], {service.id: service}, network.travel, context.clock()))


def _tell(context: Context, tx: Transaction, actor: Actor, run: Run, progress: Progress) -> None:
    """Close the ride reported on, and tell everyone who will be met or set down later than promised."""
    for booking in tx.list_bookings_of_legs(system_actor(run.agency_id), run.leg_ids):
        locked = tx.lock_booking(system_actor(run.agency_id), booking.id)
        if progress.leg_id in {leg.id for leg in locked.legs}:
            locked = _recorded(context, tx, actor, locked, progress)
        for visit in run.visits:
            late_s = round((visit.planned - visit.latest).total_seconds())
            if visit.is_done or late_s <= 0 or visit.leg_id not in {leg.id for leg in locked.legs}:
                continue
            told_s = -(-late_s // _TOLD_AGAIN_EVERY_S) * _TOLD_AGAIN_EVERY_S
            message = notice(locked, NoticeKind.DELAYED, context.clock(), run=run, delay_s=late_s)
            tx.add_notice(replace(message, key=f"{locked.id}:{visit.leg_id}:{visit.kind.value}:late:{told_s}"))
            break


def _recorded(context: Context, tx: Transaction, actor: Actor, booking: Booking, progress: Progress) -> Booking:
    leg = booking.leg(progress.leg_id or "")
    outcome = {ProgressKind.ALIGHTED: Outcome.PERFORMED, ProgressKind.NO_SHOW: Outcome.NO_SHOW}.get(progress.kind)
    if outcome is not None:
        leg = replace(leg, state=LegState.CLOSED, outcome=outcome, answer_by=None)
    elif leg.state is LegState.AWAITING_CONFIRMATION:
        leg = replace(leg, state=LegState.ON_RUN, answer_by=None)
    booking = booking.with_leg(leg, HistoryEntry(context.clock(), actor.account_id, progress.kind.value))
    tx.save_booking(booking)
    return booking
