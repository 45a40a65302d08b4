"""Accept an offer: one short transaction that locks the runs concerned, inserts, judges once and writes the promise.

Serves both the resident on the web and the desk. Sending the same idempotency key again gives the same answer and books nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from mobility.actions.context import Context, new_id
from mobility.actions.notices import notice
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Decision, Offer, OfferKind, Reason, Rejection
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, KeyReusedError, NotAllowedError, Problem
from mobility.planning.compiling import is_on_paper
from mobility.planning.network import Network
from mobility.planning.offering import answer_by
from mobility.planning.rules import vehicle_needs
from mobility.planning.searching import boarding_s, direct, find_fits, longest_ride_s, make_plan, wanted, with_ride
from mobility.store.interface import StoredAnswer, Transaction


@dataclass(frozen=True, slots=True)
class _Acceptance:
    """An offer being accepted, with everything that decides on it."""

    actor: Actor
    decision: Decision
    offer: Offer
    service: Service
    network: Network
    rider_id: str
    now: datetime


_RULES = {
    Reason.OFFER_EXPIRED: "offers are short-lived",
    Reason.TAKEN_MEANWHILE: "the last place was booked by somebody else a moment ago",
}
"""The only two ways to be told no here; a stored answer keeps the reason, and is told again in the same words."""


class _OfferedRunIsFullError(Exception):
    """Start again with more runs locked: taking further locks now could make two bookings wait for each other in a circle."""


def book_ride(
    context: Context, actor: Actor, offer_id: str, idempotency_key: str, rider_id: str | None = None
) -> Booking | Rejection:
    """Book an offered ride.

    Raises:
        InvalidInputError: not an offer of this service, or nobody to book for.
        NotAllowedError: a rider books for somebody else, or a role that does not book.
        KeyReusedError: the key was used for another offer.
        NotFoundError: the offer is not the actor's to accept.
    """
    decision_id, number = _opened(context, offer_id)
    fingerprint = hashlib.sha256(json.dumps([offer_id, rider_id]).encode()).hexdigest()

    def work(tx: Transaction, *, widen: bool) -> Booking | Rejection:
        earlier = tx.claim_key(actor.account_id, idempotency_key, fingerprint)
        if earlier is not None:
            return _as_before(tx, actor, earlier, fingerprint)
        accepted = _accept(context, tx, actor, tx.get_decision(actor, decision_id), number, rider_id)
        answer = accepted if isinstance(accepted, Rejection) else _book(tx, accepted, widen=widen)
        reason = answer.reason.value if isinstance(answer, Rejection) else None
        booking_id = answer.id if isinstance(answer, Booking) else None
        tx.store_answer(actor.account_id, idempotency_key, StoredAnswer(fingerprint, booking_id, reason))
        return answer

    try:
        return context.store.in_transaction(partial(work, widen=False))
    except _OfferedRunIsFullError:
        return context.store.in_transaction(partial(work, widen=True))


def _opened(context: Context, offer_id: str) -> tuple[str, int]:
    text = context.verify(offer_id)
    decision_id, _, number = (text or "").partition(".")
    if text is None or not number.isdigit():
        raise InvalidInputError(
            Problem("offer_id", "is not an offer of this service", "ask for offers and use an id from the answer")
        )
    return decision_id, int(number)


def _as_before(tx: Transaction, actor: Actor, earlier: StoredAnswer, fingerprint: str) -> Booking | Rejection:
    if earlier.fingerprint != fingerprint:
        raise KeyReusedError("this Idempotency-Key was used for another booking; use a new one for a new booking")
    if earlier.booking_id is not None:
        return tx.get_booking(actor, earlier.booking_id)
    return _no(Reason(earlier.rejection_reason or Reason.TAKEN_MEANWHILE))


def _no(reason: Reason) -> Rejection:
    return Rejection(reason, _RULES[reason])


def _accept(
    context: Context, tx: Transaction, actor: Actor, decision: Decision, number: int, rider_id: str | None
) -> _Acceptance | Rejection:
    now = context.clock()
    if now > decision.expires_at:
        return _no(Reason.OFFER_EXPIRED)
    offer = decision.offers[number]
    if offer.kind is not OfferKind.RIDE:
        raise InvalidInputError(Problem("offer_id", "an ordinary bus or train needs no booking", "just board it"))
    system = system_actor(actor.agency_id)
    whom = _for_whom(actor, decision, rider_id)
    tx.get_rider(actor, whom)
    service = tx.get_service(system, offer.service_id)
    return _Acceptance(actor, decision, offer, service, context.network(tx, actor), whom, now)


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


def _book(tx: Transaction, accepted: _Acceptance, *, widen: bool) -> Booking | Rejection:
    """The straight line: lock, fit, judge, save."""
    leg = _leg(accepted)
    if accepted.offer.acceptance is Acceptance.SELF_PICK:
        return _save(tx, accepted, replace(leg, state=LegState.WAITING_LIST), None)
    taken = _insert(accepted, leg, _lock(tx, accepted, widen=widen))
    if taken is None and not widen:
        raise _OfferedRunIsFullError
    if taken is None:
        return _no(Reason.TAKEN_MEANWHILE)
    run, before = taken
    leg = replace(leg, run_id=run.id)
    if run.acceptance is Acceptance.ASK_FIRST or is_on_paper(run):
        told_by = answer_by(accepted.service, run, leg.pickup_window.earliest, accepted.now)
        leg = replace(leg, state=LegState.AWAITING_CONFIRMATION, asked_run_ids=(run.id,), answer_by=told_by)
    tx.save_run(run, before.revision)
    return _save(tx, accepted, leg, run)


def _leg(accepted: _Acceptance) -> Leg:
    offer, service = accepted.offer, accepted.service
    plan = make_plan([], {service.id: service}, accepted.network.travel, accepted.now, [offer.pickup, offer.dropoff])
    direct_s, _ = direct(plan, offer.pickup, offer.dropoff)
    return Leg(
        id=new_id(),
        service_id=offer.service_id,
        pickup=offer.pickup,
        dropoff=offer.dropoff,
        pickup_window=offer.pickup_window,
        dropoff_window=offer.dropoff_window,
        max_ride_s=longest_ride_s(service, direct_s),
        boarding_s=boarding_s(service, accepted.decision.request.party),
        state=LegState.ON_RUN,
        answer_by=offer.answer_by if offer.acceptance is Acceptance.SELF_PICK else None,
    )


def _lock(tx: Transaction, accepted: _Acceptance, *, widen: bool) -> list[Run]:
    """The offered run or, to ``widen``, every run that could keep the same promise; locked together, in id order."""
    offered = accepted.offer.run_id or ""
    if not widen:
        return tx.lock_runs([offered])
    system = system_actor(accepted.actor.agency_id)
    day = tx.get_run(system, offered).day
    runs = tx.list_runs(system, day, [accepted.service.id])
    return tx.lock_runs([run.id for run in runs if run.acceptance is accepted.offer.acceptance])


def _insert(accepted: _Acceptance, leg: Leg, runs: Sequence[Run]) -> tuple[Run, Run] | None:
    open_runs = [run for run in runs if not run.withdrawn]
    if not open_runs:
        return None
    service, request = accepted.service, accepted.decision.request
    plan = make_plan(open_runs, {service.id: service}, accepted.network.travel, accepted.now, [leg.pickup, leg.dropoff])
    ride = wanted(leg, request.party, vehicle_needs(request))
    fits = find_fits(plan, ride)
    return (with_ride(plan, fits[0], ride, leg), fits[0].run) if fits else None


def _save(tx: Transaction, accepted: _Acceptance, leg: Leg, run: Run | None) -> Booking:
    request = accepted.decision.request
    booking = Booking(
        id=new_id(),
        agency_id=accepted.actor.agency_id,
        rider_id=accepted.rider_id,
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
    """The rider learns what was agreed; whoever must say yes is asked."""
    if leg.state is LegState.ON_RUN:
        return [notice(booking, NoticeKind.BOOKED, now)]
    messages = [notice(booking, NoticeKind.AWAITING_CONFIRMATION, now)]
    if run is None:
        return [*messages, notice(booking, NoticeKind.RIDE_ASKED, now, to="volunteers")]
    kind = NoticeKind.RIDE_ASKED if run.acceptance is Acceptance.ASK_FIRST else NoticeKind.RUN_CHANGED
    return [*messages, notice(booking, kind, now, to="driver", run=run)]
