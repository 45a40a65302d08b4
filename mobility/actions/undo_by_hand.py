"""Take back the last thing this dispatcher did by hand, while nothing has been built on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from mobility.actions.by_hand import check_desk, scene_of
from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import notice, run_notice
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError
from mobility.planning.by_hand import Scene, settled, under_way, weigh
from mobility.planning.compiling import is_on_paper
from mobility.planning.judging import PromiseBrokenError
from mobility.planning.searching import expected_times, make_plan
from mobility.store.interface import Transaction

_OFFERED = timedelta(days=1)


class Why(StrEnum):
    """Why something cannot be undone any more."""

    NOTHING_DONE = "nothing was done by hand, or it has been undone"
    NOT_THE_LAST = "something else was done by hand since"
    RUN_CHANGED = "the run has changed since"
    BOOKING_CHANGED = "the booking has changed since"
    TOLD_ON_PAPER = "a driver has been told on paper"
    WOULD_BE_ASKED = "a volunteer would get a ride back unasked"
    TOO_LATE = "a driver would be on the way by now"
    BREAKS_A_PROMISE = "somebody would be met or set down later than promised"


class UndoImpossibleError(ConflictError):
    """It cannot be undone any more."""

    def __init__(self, why: Why) -> None:
        super().__init__(f"this cannot be undone: {why.value}")
        self.why = why


def find_undoable(context: Context, actor: Actor) -> HandAction | None:
    """The last thing this dispatcher did by hand within a day, unless it was undone; whether it still can be is known when it is tried."""
    check_desk(actor)
    with context.store.transaction() as tx:
        last = tx.find_last_hand_action(actor)
    over = last is None or last.undone_at is not None or context.clock() - last.at > _OFFERED
    return None if over else last


def undo_by_hand(context: Context, actor: Actor, meant: str | None = None) -> HandAction:
    """Put runs and promises back as they were before; riders and drivers who were told otherwise are told. ``meant`` is the id of what is
    to be undone, when that must be the last.

    Raises:
        NotAllowedError: not the desk.
        UndoImpossibleError: something has been built on it, or time has passed over it.
    """
    check_desk(actor)

    def work(tx: Transaction) -> HandAction:
        last = tx.find_last_hand_action(actor)
        if last is None or last.undone_at is not None:
            raise UndoImpossibleError(Why.NOTHING_DONE)
        if meant not in (None, last.id):
            raise UndoImpossibleError(Why.NOT_THE_LAST)
        now = context.clock()
        runs = _unchanged_runs(tx, last)
        if tx.find_last_hand_action(actor) != last:  # undone by the same account elsewhere, while we waited
            raise UndoImpossibleError(Why.NOTHING_DONE)
        before = _restored(context, tx, last, runs)
        bookings = _unchanged_bookings(tx, last)
        for run in before:
            tx.save_run(run, run.revision - 1)
        legs = {leg.id: leg for leg in last.legs}
        for booking in bookings:
            _give_back(tx, actor, booking, [legs[leg.id] for leg in booking.legs if leg.id in legs], context)
        for run in before:
            message = run_notice(run, now) if last.kind not in (HandKind.PIN, HandKind.UNPIN) else None
            if message is not None:
                tx.add_notice(message)
        undone = replace(last, undone_at=now)
        tx.save_hand_action(undone)
        keep_ceilings(context, tx, actor.agency_id, [run.id for run in before])
        return undone

    return context.store.in_transaction(work)


def _unchanged_runs(tx: Transaction, last: HandAction) -> list[Run]:
    runs = tx.lock_runs(last.run_revisions.keys())
    if {run.id: run.revision for run in runs} != dict(last.run_revisions):
        raise UndoImpossibleError(Why.RUN_CHANGED)
    return runs


def _unchanged_bookings(tx: Transaction, last: HandAction) -> list[Booking]:
    system = system_actor(last.agency_id)
    bookings = [tx.lock_booking(system, booking_id) for booking_id in sorted(last.booking_revisions)]
    if any(booking.revision != last.booking_revisions[booking.id] for booking in bookings):
        raise UndoImpossibleError(Why.BOOKING_CHANGED)
    return bookings


def _restored(context: Context, tx: Transaction, last: HandAction, runs: Sequence[Run]) -> list[Run]:
    """The runs with the visits they had, one revision on, judged as things stand now. None, when a ride was moved to where it was."""
    if not runs:
        return []
    old = {run.id: run.visits for run in last.runs}
    if last.kind in (HandKind.PIN, HandKind.UNPIN):
        return [_pinned_as_before(run, run.with_visits(old[run.id])) for run in runs]
    if any(is_on_paper(run) for run in runs):
        raise UndoImpossibleError(Why.TOLD_ON_PAPER)
    legs = {run.id: {visit.leg_id for visit in old[run.id]} for run in runs}
    if any(run.acceptance is not Acceptance.ROSTERED and legs[run.id] - {None, *run.leg_ids} for run in runs):
        raise UndoImpossibleError(Why.WOULD_BE_ASKED)
    scene = scene_of(context, tx, runs[0])
    given = {leg.id for leg in last.legs}
    after = {run.id: _on_time(replace(run, visits=old[run.id]), given, scene) for run in runs}
    proposal = weigh(runs, after, given, scene)
    if proposal.under_way:
        raise UndoImpossibleError(Why.TOO_LATE)
    if proposal.objections:
        raise UndoImpossibleError(Why.BREAKS_A_PROMISE)
    try:
        return list(settled(proposal, scene).after)
    except PromiseBrokenError as error:
        raise UndoImpossibleError(Why.BREAKS_A_PROMISE) from error


def _pinned_as_before(run: Run, restored: Run) -> Run:
    if run.manifest is None or run.manifest.revision != run.revision:
        return restored
    return replace(restored, manifest=replace(run.manifest, revision=restored.revision))


def _on_time(run: Run, given: set[str], scene: Scene) -> Run:
    plan = make_plan([run], {scene.service.id: scene.service}, scene.travel, scene.now)
    if under_way(plan.runs[0]) & given:
        raise UndoImpossibleError(Why.TOO_LATE)
    return expected_times(plan)


def _give_back(tx: Transaction, actor: Actor, booking: Booking, legs: Sequence[Leg], context: Context) -> None:
    now = context.clock()
    for old in legs:
        current = booking.leg(old.id)
        priced = replace(old, price_cents=current.price_cents, price_parts=current.price_parts)  # a price never rises again
        booking = booking.with_leg(priced, HistoryEntry(now, actor.account_id, "the change by hand was undone"))
        tx.save_booking(booking)
        run = tx.get_run(system_actor(booking.agency_id), old.run_id) if old.run_id else None
        if old.state is LegState.AWAITING_CONFIRMATION:
            tx.add_notice(notice(booking, NoticeKind.AWAITING_CONFIRMATION, now))
        elif (old.pickup_window, old.dropoff_window) != (current.pickup_window, current.dropoff_window):
            tx.add_notice(notice(booking, NoticeKind.CHANGED, now, run=run))
        elif current.state is LegState.AWAITING_CONFIRMATION:
            tx.add_notice(notice(booking, NoticeKind.CONFIRMED, now))
