"""What happened on a run is entered afterwards: the computer was down, or the driver has brought his manifest back.

All of a run's entries or none. Who alighted has boarded, who boarded has alighted: one time is enough. What is left empty stays open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import cast

from mobility.actions.by_hand import check_desk
from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.report_progress import Progress, ProgressKind, next_report, record
from mobility.actions.settle_run import settle_run
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import HistoryEntry, LegState, Outcome
from mobility.domain.driver_events import DriverEvent, EventKind, event_id
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem, StaleRunError
from mobility.store.interface import Transaction


class Happened(StrEnum):
    """What became of one ride."""

    RODE = "rode"
    NO_SHOW = "no_show"
    NOT_DRIVEN = "not_driven"


@dataclass(frozen=True, slots=True)
class Entry:
    """One ride: with RODE when the rider boarded and alighted (one of them is enough)."""

    leg_id: str
    what: Happened
    boarded_at: datetime | None = None
    alighted_at: datetime | None = None


class _Untold:
    """A transaction in which nobody is told of delays: they are over."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def __getattr__(self, name: str) -> object:
        return getattr(self._tx, name)

    def add_notice(self, notice: Notice) -> None:
        if notice.kind is not NoticeKind.DELAYED:
            self._tx.add_notice(notice)


def enter_afterwards(
    context: Context, actor: Actor, run_id: str, revision: int, entries: Sequence[Entry], *, walk_ups: int = 0
) -> Run:
    """Record what happened on a run, in the order in which it happened; ``walk_ups``: persons who rode without a booking.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such run.
        StaleRunError: the run is not the one that was looked at (``revision``).
        InvalidInputError: something cannot have happened so: which ride (``where`` is its leg), and why.
        ConflictError: the run has not begun.
    """
    check_desk(actor)

    def work(tx: Transaction) -> Run:
        tx.get_run(actor, run_id)
        (run,) = tx.lock_runs([run_id])
        if run.revision != revision:
            raise StaleRunError("the run has changed meanwhile")
        if context.clock() < run.starts_at:
            raise ConflictError("this run has not begun yet")
        for entry in entries:
            if entry.what is Happened.NOT_DRIVEN:
                run = _not_driven(context, tx, actor, run, entry.leg_id)
        quiet = cast("Transaction", _Untold(tx))
        for progress in sorted(_progress(run, entries), key=lambda each: each.at):
            run = _recorded(context, quiet, actor, run, progress)
        return _with_walk_ups(context, quiet, actor, run, walk_ups) if walk_ups else run

    return context.store.in_transaction(work)


def _progress(run: Run, entries: Sequence[Entry]) -> Iterator[Progress]:
    for entry in entries:
        if entry.what is Happened.NOT_DRIVEN:
            continue
        pickup, dropoff = _visits(run, entry.leg_id)
        if entry.what is Happened.NO_SHOW:
            yield Progress(ProgressKind.NO_SHOW, entry.boarded_at or max(pickup.planned, pickup.earliest), entry.leg_id)
            continue
        if entry.boarded_at is None and entry.alighted_at is None:
            raise InvalidInputError(Problem(entry.leg_id, "time_missing"))
        boarded, alighted = _completed(entry, pickup, dropoff)
        if pickup.actual is None:
            yield Progress(ProgressKind.BOARDED, boarded, entry.leg_id)
        yield Progress(ProgressKind.ALIGHTED, alighted, entry.leg_id)


def _completed(entry: Entry, pickup: Visit, dropoff: Visit) -> tuple[datetime, datetime]:
    """Both times; the one that is missing as it was planned, as far as that goes with the other."""
    rides = dropoff.planned - pickup.planned
    boarded = pickup.actual or entry.boarded_at
    if boarded is None:
        boarded = min(max(pickup.planned, pickup.earliest), entry.alighted_at or pickup.planned)
    alighted = entry.alighted_at or boarded + rides
    if alighted < boarded:
        raise InvalidInputError(Problem(entry.leg_id, "alighted_before_boarded"))
    return boarded, alighted


def _visits(run: Run, leg_id: str) -> tuple[Visit, Visit]:
    pickup, dropoff = (
        next((v for v in run.without_holds().visits if v.leg_id == leg_id and v.kind is kind), None)
        for kind in (VisitKind.PICKUP, VisitKind.DROPOFF)
    )
    if pickup is None or dropoff is None:
        raise InvalidInputError(Problem(leg_id, "not_on_run"))
    return pickup, dropoff


def _recorded(context: Context, tx: Transaction, actor: Actor, run: Run, progress: Progress) -> Run:
    """As if it had been reported when it happened, so that later times follow from it as they would have."""
    if progress.at > context.clock():
        raise InvalidInputError(Problem(progress.leg_id or "", "in_the_future"))
    then = replace(context, clock=lambda: progress.at)
    try:
        return record(then, tx, actor, run.id, progress, received_at=context.clock())
    except (ConflictError, NotFoundError, InvalidInputError) as error:
        raise InvalidInputError(Problem(progress.leg_id or "", "impossible")) from error


def _with_walk_ups(context: Context, tx: Transaction, actor: Actor, run: Run, persons: int) -> Run:
    """They boarded and have alighted; where, nobody has noted."""
    known, now = tx.list_driver_events(system_actor(run.agency_id), run.id), context.clock()
    device_id, sequence = next_report(actor, known)
    reports = [
        DriverEvent(
            id=event_id(run.id, device_id, number),
            agency_id=run.agency_id,
            run_id=run.id,
            device_id=device_id,
            sequence=number,
            kind=EventKind.WALK_UP,
            at=at,
            received_at=now,
            reported_by=actor.account_id,
            persons=count,
        )
        for number, at, count in ((sequence, run.starts_at, persons), (sequence + 1, min(now, run.ends_at), -persons))
    ]
    after, _ = settle_run(context, tx, actor, run, known, reports)
    return after


def _not_driven(context: Context, tx: Transaction, actor: Actor, run: Run, leg_id: str) -> Run:
    """The ride did not take place, though nobody had cancelled it: it is closed, and off the run."""
    pickup, _ = _visits(run, leg_id)
    if pickup.latest > context.clock():  # it may still be driven: cancelling it is another thing, and told
        raise InvalidInputError(Problem(leg_id, "in_the_future"))
    if pickup.is_done:
        raise InvalidInputError(Problem(leg_id, "impossible"))
    freed = run.without_leg(leg_id)
    tx.save_run(freed, run.revision)
    system = system_actor(run.agency_id)
    (seen,) = tx.list_bookings_of_legs(system, [leg_id])
    booking = tx.lock_booking(system, seen.id)
    closed = replace(booking.leg(leg_id), state=LegState.CLOSED, outcome=Outcome.CANCELLED, run_id=None, answer_by=None)
    entry = HistoryEntry(context.clock(), actor.account_id, "not driven, entered afterwards")
    tx.save_booking(booking.with_leg(closed, entry))
    keep_ceilings(context, tx, run.agency_id, [run.id])
    return freed
