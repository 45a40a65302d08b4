"""Accept an offer: one short transaction that locks the runs concerned, inserts, judges once and writes the promise.

Serves both the resident on the web and the desk. Sending the same idempotency key again gives the same answer and books nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from functools import partial

from mobility.actions.accepting import (
    Accepted,
    OfferedRunIsFullError,
    accept,
    give_up,
    insert,
    leg_of,
    opened,
    refusal,
    run_ids_for,
    save_taken,
)
from mobility.actions.context import Context, new_id
from mobility.actions.notices import heard, notice
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.holds import Hold
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Decision, Reason, Rejection
from mobility.domain.runs import Run
from mobility.errors import InvalidInputError, KeyReusedError, NotAllowedError, Problem
from mobility.planning.compiling import is_on_paper
from mobility.planning.holding import still_stands
from mobility.planning.offering import answer_by
from mobility.planning.rules import vehicle_needs
from mobility.store.interface import StoredAnswer, Transaction


def book_ride(
    context: Context, actor: Actor, offer_id: str, idempotency_key: str, rider_id: str | None = None, *, is_heard: bool = False
) -> Booking | Rejection:
    """Book an offered ride. A place held for it becomes the booking's; one held for another offer of the same answer is given up.
    ``is_heard``: the rider is on the telephone and hears the answer.

    Raises:
        InvalidInputError: not an offer of this service, or nobody to book for.
        NotAllowedError: a rider books for somebody else, or a role that does not book.
        KeyReusedError: the key was used for another offer.
        NotFoundError: the offer is not the actor's to accept.
    """
    decision_id, number = opened(context, offer_id)
    fingerprint = hashlib.sha256(json.dumps([offer_id, rider_id]).encode()).hexdigest()

    def work(tx: Transaction, *, widen: bool) -> Booking | Rejection:
        earlier = tx.claim_key(actor.account_id, idempotency_key, fingerprint)
        if earlier is not None:
            return _as_before(tx, actor, earlier, fingerprint)
        accepted = accept(context, tx, actor, decision_id, number)
        answer = accepted if isinstance(accepted, Rejection) else _book(context, tx, accepted, rider_id, widen=widen)
        reason = answer.reason.value if isinstance(answer, Rejection) else None
        booking_id = answer.id if isinstance(answer, Booking) else None
        if isinstance(answer, Booking):
            tx.add_notice(_to_rider(context, tx, answer, is_heard=is_heard))
        tx.store_answer(actor.account_id, idempotency_key, StoredAnswer(fingerprint, booking_id, reason))
        return answer

    try:
        return context.store.in_transaction(partial(work, widen=False))
    except OfferedRunIsFullError:
        return context.store.in_transaction(partial(work, widen=True))


def _as_before(tx: Transaction, actor: Actor, earlier: StoredAnswer, fingerprint: str) -> Booking | Rejection:
    if earlier.fingerprint != fingerprint:
        raise KeyReusedError("this Idempotency-Key was used for another booking; use a new one for a new booking")
    if earlier.booking_id is not None:
        return tx.get_booking(actor, earlier.booking_id)
    return refusal(Reason(earlier.rejection_reason or Reason.TAKEN_MEANWHILE))


def _for_whom(actor: Actor, decision: Decision, rider_id: str | None) -> str:
    if actor.role not in (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not book rides")
    asked = {whom for whom in (rider_id, decision.request.rider_id) if whom is not None}
    if len(asked) > 1:
        raise InvalidInputError(Problem("rider_id", "the offer was made for another rider", "ask for offers for this rider"))
    whom = asked.pop() if asked else actor.rider_id
    if whom is None:
        raise InvalidInputError(Problem("rider_id", "nobody to book for", "name the rider"))
    if actor.role is Role.RIDER and whom != actor.rider_id:
        raise NotAllowedError("a rider books rides of his own")
    return whom


def _book(context: Context, tx: Transaction, accepted: Accepted, rider_id: str | None, *, widen: bool) -> Booking | Rejection:
    """The straight line: lock, fit, judge, save."""
    whom = _for_whom(accepted.actor, accepted.decision, rider_id)
    tx.get_rider(accepted.actor, whom)
    leg = leg_of(accepted)
    candidates = run_ids_for(tx, accepted, widen=widen)
    seen = tx.find_hold(accepted.decision.id)
    runs = {run.id: run for run in tx.lock_runs(candidates | ({seen.run_id} if seen else set()))}
    hold = tx.find_hold(accepted.decision.id)
    if hold is not None and hold.run_id not in runs and not widen:
        raise OfferedRunIsFullError  # made while we waited
    if hold is not None and hold.run_id in runs:
        if hold.number == accepted.number and still_stands(runs[hold.run_id], hold.id, accepted.now):
            return _book_held(tx, accepted, whom, replace(leg, id=hold.id), hold, runs[hold.run_id])
        runs = give_up(context, tx, [hold], runs)
    if accepted.offer.acceptance is Acceptance.SELF_PICK:
        return _save(tx, accepted, whom, replace(leg, state=LegState.WAITING_LIST), None)
    taken = insert(accepted, leg, [run for run in runs.values() if run.id in candidates], may_move=widen)
    if taken is None and not widen:
        raise OfferedRunIsFullError
    if taken is None:
        return refusal(Reason.TAKEN_MEANWHILE)
    return _save(tx, accepted, whom, leg, save_taken(context, tx, taken, accepted.actor.agency_id))


def _book_held(tx: Transaction, accepted: Accepted, whom: str, leg: Leg, hold: Hold, before: Run) -> Booking:
    """The place is there, judged when it was taken; from now on it is promised."""
    run = before.with_hold(hold.id, None)
    run = run.with_visits(run.visits)
    tx.save_run(run, before.revision)
    tx.delete_hold(hold.id)
    return _save(tx, accepted, whom, leg, run)


def _save(tx: Transaction, accepted: Accepted, whom: str, leg: Leg, run: Run | None) -> Booking:
    if run is not None:
        leg = replace(leg, run_id=run.id)
        if run.acceptance is Acceptance.ASK_FIRST or is_on_paper(run):
            told_by = answer_by(accepted.service, run, leg.pickup_window.earliest, accepted.now)
            leg = replace(leg, state=LegState.AWAITING_CONFIRMATION, asked_run_ids=(run.id,), answer_by=told_by)
    request = accepted.decision.request
    booking = Booking(
        id=new_id(),
        agency_id=accepted.actor.agency_id,
        rider_id=whom,
        decision_id=accepted.decision.id,
        party=request.party,
        needs=vehicle_needs(request),
        price_cents=accepted.offer.price_cents or 0,
        legs=(leg,),
        created_at=accepted.now,
        history=(HistoryEntry(accepted.now, accepted.actor.account_id, f"booked: {leg.state.value}"),),
    )
    tx.add_booking(booking)
    for message in _messages(booking, leg, run, accepted.now):
        tx.add_notice(message)
    return booking


def _messages(booking: Booking, leg: Leg, run: Run | None, now: datetime) -> list[Notice]:
    """Whoever must say yes is asked."""
    if leg.state is LegState.ON_RUN:
        return []
    if run is None:
        return [notice(booking, NoticeKind.RIDE_ASKED, now, to="volunteers")]
    kind = NoticeKind.RIDE_ASKED if run.acceptance is Acceptance.ASK_FIRST else NoticeKind.RUN_CHANGED
    return [notice(booking, kind, now, to="driver", run=run)]


def _to_rider(context: Context, tx: Transaction, booking: Booking, *, is_heard: bool) -> Notice:
    """What was agreed."""
    kind = NoticeKind.BOOKED if booking.legs[0].state is LegState.ON_RUN else NoticeKind.AWAITING_CONFIRMATION
    message = notice(booking, kind, booking.created_at)
    return heard(context, tx, message) if is_heard else message
