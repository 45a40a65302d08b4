"""Accept an offer, or two, there and back: one short transaction that locks the runs concerned, inserts, judges once and writes the
promise.

Serves both the resident on the web and the desk. Sending the same idempotency key again gives the same answer and books nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, pairwise

from mobility.actions.accepting import (
    Accepted,
    OfferedRunIsFullError,
    accept_rides,
    give_up,
    insert,
    leg_of,
    opened,
    refusal,
    run_ids_for,
    save_taken,
)
from mobility.actions.book_for_others import consent_to_book
from mobility.actions.context import Context, new_id
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import heard, notice
from mobility.actions.read_bookings import as_seen
from mobility.actions.wished_company import together_on, wished_company
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, HistoryEntry, Journey, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.holds import Hold
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Offer, Reason, Rejection
from mobility.domain.runs import Run
from mobility.domain.trust import BookingConsent
from mobility.errors import InvalidInputError, KeyReusedError, NotAllowedError, Problem
from mobility.planning.compiling import is_on_paper
from mobility.planning.holding import still_stands
from mobility.planning.offering import answer_by
from mobility.planning.rules import vehicle_needs
from mobility.store.interface import StoredAnswer, Transaction


def book_ride(  # noqa: PLR0913  (whoever books says all of this at once)
    context: Context,
    actor: Actor,
    offer_id: str,
    idempotency_key: str,
    rider_id: str | None = None,
    *,
    return_offer_id: str | None = None,
    open_return: bool = False,
    is_heard: bool = False,
    consent_id: str | None = None,
) -> Booking | Rejection:
    """Book an offered ride, and with ``return_offer_id`` the way back: both or neither. A place held for an offer becomes the
    booking's; one held for another offer of the same answer is given up. ``open_return``: the way back stands until the rider calls for an
    earlier one. ``is_heard``: the rider is on the telephone and hears the answer. ``consent_id``: the desk books for somebody who rings and
    to whom the rider has agreed so.

    Raises:
        InvalidInputError: not an offer of this service, a way back that does not belong to the way there, or nobody to book for.
        NotAllowedError: a rider books for somebody who has not agreed, or a role that does not book.
        KeyReusedError: the key was used for another offer.
        NotFoundError: the offer is not the actor's to accept.
    """
    offers = [opened(context, offer_id)]
    said = [offer_id, rider_id]
    if return_offer_id is not None:
        offers.append(opened(context, return_offer_id, "return_offer_id"))
        said.append("open return" if open_return else return_offer_id)
    if consent_id is not None:
        said.append(f"consent {consent_id}")
    fingerprint = hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def work(tx: Transaction, *, widen: bool) -> Booking | Rejection:
        earlier = tx.claim_key(actor.account_id, idempotency_key, fingerprint)
        if earlier is not None:
            return _as_before(tx, actor, earlier, fingerprint)
        rides = accept_all(context, tx, actor, offers)
        answer = (
            rides
            if isinstance(rides, Rejection)
            else book_accepted(context, tx, rides, rider_id, widen=widen, open_return=open_return, consent_id=consent_id)
        )
        reason = answer.reason.value if isinstance(answer, Rejection) else None
        booking_id = answer.id if isinstance(answer, Booking) else None
        if isinstance(answer, Booking):
            tell_rider(context, tx, answer, is_heard=is_heard)
        tx.store_answer(actor.account_id, idempotency_key, StoredAnswer(fingerprint, booking_id, reason))
        return as_seen(tx, actor, answer) if isinstance(answer, Booking) else answer

    try:
        return context.store.in_transaction(partial(work, widen=False))
    except OfferedRunIsFullError:
        return context.store.in_transaction(partial(work, widen=True))


def accept_all(context: Context, tx: Transaction, actor: Actor, offers: Sequence[tuple[str, int]]) -> list[Accepted] | Rejection:
    """The offers (decision and number) with what decides on them, or the "no" of one that is too old.

    Raises:
        InvalidInputError: a way back that does not belong to the way there.
    """
    rides = []
    for decision_id, number in offers:
        accepted = accept_rides(context, tx, actor, decision_id, number)
        if isinstance(accepted, Rejection):
            return accepted
        rides.append(accepted)
    for there, back in pairwise(rides):
        _check_belongs(there[-1], back[0])
    return [ride for of_offer in rides for ride in of_offer]


def _check_belongs(there: Accepted, back: Accepted) -> None:
    """The same people, who have arrived when the way back begins."""
    if _whole(back).pickup_window.earliest < _whole(there).dropoff_window.latest:
        raise InvalidInputError(
            Problem("return_offer_id", "begins before the way there must have ended", "ask for a later way back")
        )
    one, other = there.decision.request, back.decision.request
    if (one.party, vehicle_needs(one)) != (other.party, vehicle_needs(other)):
        problem = Problem(
            "return_offer_id", "was made for other people or needs", "ask for the way back with the same, or book apart"
        )
        raise InvalidInputError(problem)


def _whole(ride: Accepted) -> Offer:
    """The offer of which it is a ride."""
    return ride.decision.offers[ride.number]


def _as_before(tx: Transaction, actor: Actor, earlier: StoredAnswer, fingerprint: str) -> Booking | Rejection:
    if earlier.fingerprint != fingerprint:
        raise KeyReusedError("this Idempotency-Key was used for another booking; use a new one for a new booking")
    if earlier.booking_id is not None:
        return tx.get_booking(actor, earlier.booking_id)
    return refusal(Reason(earlier.rejection_reason or Reason.TAKEN_MEANWHILE))


def _for_whom(rides: Sequence[Accepted], rider_id: str | None) -> str:
    actor = rides[0].actor
    if actor.role not in (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not book rides")
    asked = {whom for whom in (rider_id, *(ride.decision.request.rider_id for ride in rides)) if whom is not None}
    if len(asked) > 1:
        raise InvalidInputError(Problem("rider_id", "the offer was made for another rider", "ask for offers for this rider"))
    whom = asked.pop() if asked else actor.rider_id
    if whom is None:
        raise InvalidInputError(Problem("rider_id", "nobody to book for", "name the rider"))
    return whom


def book_accepted(  # noqa: PLR0913  (whoever books says all of this at once)
    context: Context,
    tx: Transaction,
    rides: Sequence[Accepted],
    rider_id: str | None,
    *,
    widen: bool,
    open_return: bool = False,
    consent_id: str | None = None,
) -> Booking | Rejection:
    """The straight line: lock, fit, judge, save; nothing is saved before every ride has its place.

    Raises:
        OfferedRunIsFullError: not here; once more, to ``widen``.
    """
    whom, _ = _check_may_book(context, tx, rides, rider_id, consent_id)
    company = wished_company(tx, rides[0].actor.agency_id, whom)
    rides = [replace(ride, company=company) for ride in rides]  # who rides may have been said only now
    placed = place_all(context, tx, rides, widen=widen)
    if isinstance(placed, Rejection):
        return placed
    legs = placed.legs
    if open_return:
        legs[-1] = _until_called(rides[-1], legs[-1])
    booking = save_booked(context, tx, rides, legs, placed.runs, rider_id, consent_id=consent_id)
    return keep_ceilings(context, tx, booking.agency_id, placed.changed).get(booking.id, booking)


@dataclass(frozen=True, slots=True)
class Placed:
    """A leg for each ride, and the runs concerned as they are with them, saved; ``changed`` are the ids of those that are not as they were."""

    legs: list[Leg]
    runs: Mapping[str, Run]
    changed: list[str]


def place_all(context: Context, tx: Transaction, rides: Sequence[Accepted], *, widen: bool) -> Placed | Rejection:
    """Lock, fit, judge, and save the runs; nothing is saved before every ride has its place.

    Raises:
        OfferedRunIsFullError: not here; once more, to ``widen``.
    """
    candidates = [run_ids_for(tx, ride, widen=widen) for ride in rides]
    seen = [hold for ride in rides if (hold := tx.find_hold(ride.decision.id))]
    locked = {run.id: run for run in tx.lock_runs({hold.run_id for hold in seen}.union(*candidates))}
    holds = {hold.decision_id: hold for ride in rides if (hold := tx.find_hold(ride.decision.id))}
    if not widen and any(hold.run_id not in locked for hold in holds.values()):
        raise OfferedRunIsFullError  # made while we waited
    kept = {ride.decision.id: hold for ride in rides if (hold := _kept(ride, holds, locked))}
    given_up = [hold for hold in holds.values() if hold.decision_id not in kept and hold.run_id in locked]
    locked = give_up(context, tx, given_up, locked) if given_up else locked
    runs, legs = dict(locked), []
    for ride, ids in zip(rides, candidates, strict=True):
        leg = _place(ride, kept.get(ride.decision.id), runs, ids, may_move=widen)
        if leg is None and not widen:
            raise OfferedRunIsFullError
        if leg is None:
            return refusal(Reason.TAKEN_MEANWHILE)
        legs.append(leg)
    save_taken(
        context, tx, [(run, locked[run.id]) for run in runs.values() if run is not locked[run.id]], rides[0].actor.agency_id
    )
    for hold in kept.values():
        tx.delete_hold(hold.id)
    return Placed(legs, runs, [run.id for run in runs.values() if run is not locked[run.id]])


def _check_may_book(
    context: Context, tx: Transaction, rides: Sequence[Accepted], rider_id: str | None, consent_id: str | None
) -> tuple[str, BookingConsent | None]:
    """For whom it is booked, and by what consent where by somebody else."""
    whom = _for_whom(rides, rider_id)
    consent = consent_to_book(context, tx, rides[0].actor, whom, consent_id)
    tx.get_rider(rides[0].actor, whom)
    return whom, consent


def _until_called(ride: Accepted, leg: Leg) -> Leg:
    """The last way back of the day: it stands unless an earlier one is called for while that could still be had."""
    call_by = leg.pickup_window.earliest - timedelta(seconds=ride.service.booking.min_notice_s)
    return replace(leg, open_return=True, call_by=max(ride.now, call_by))


def _kept(ride: Accepted, holds: Mapping[str, Hold], locked: Mapping[str, Run]) -> Hold | None:
    """The place held for this very offer, if it still stands and nobody is there with whom the rider is never to ride."""
    hold = holds.get(ride.decision.id)
    if hold is None or hold.number != ride.number or hold.run_id not in locked:
        return None
    run = locked[hold.run_id]
    apart = hold.id not in together_on(run.with_company(hold.id, ride.company))
    return hold if apart and still_stands(run, hold.id, ride.now) else None


def _place(ride: Accepted, hold: Hold | None, runs: dict[str, Run], ids: set[str], *, may_move: bool) -> Leg | None:
    """The ride with its place on one of the runs ``ids``, which change in ``runs``; None when it fits into none.

    A held place is there, judged when it was taken; from now on it is promised.
    """
    leg = leg_of(ride)
    if hold is not None:
        run = runs[hold.run_id].with_hold(hold.id, None).with_company(hold.id, ride.company)
        runs[run.id] = run.with_visits(run.visits)
        return replace(leg, id=hold.id)
    if ride.offer.acceptance is Acceptance.SELF_PICK:
        return replace(leg, state=LegState.WAITING_LIST)
    taken = insert(ride, leg, [run for run in runs.values() if run.id in ids], may_move=may_move)
    if taken is None:
        return None
    runs.update((run.id, run) for run, _ in taken)
    return leg


def save_booked(  # noqa: PLR0913  (whoever books says all of this at once)
    context: Context,
    tx: Transaction,
    rides: Sequence[Accepted],
    legs: Sequence[Leg],
    runs: Mapping[str, Run],
    rider_id: str | None = None,
    *,
    consent_id: str | None = None,
    group_id: str | None = None,
) -> Booking:
    """One booking of rides that have their places; whoever must say yes is asked."""
    whom, consent = _check_may_book(context, tx, rides, rider_id, consent_id)
    first, carried = rides[0], {leg_id: run for run in runs.values() for leg_id in run.leg_ids}
    legs = [_settled(ride, leg, carried.get(leg.id)) for ride, leg in zip(rides, legs, strict=True)]
    what = ", ".join(leg.state.value for leg in legs)
    agreed = "" if consent is None else f" for the rider under consent {consent.id}"
    booking = Booking(
        id=new_id(),
        agency_id=first.actor.agency_id,
        rider_id=whom,
        decision_id=first.decision.id,
        party=first.decision.request.party,
        needs=vehicle_needs(first.decision.request),
        legs=tuple(legs),
        created_at=first.now,
        history=(HistoryEntry(first.now, first.actor.account_id, f"booked{agreed}: {what}"),),
        journeys=tuple(_journeys(rides, legs)),
        consent_id=None if consent is None else consent.id,
        group_id=group_id,
    )
    tx.add_booking(booking)
    for leg in legs:
        for message in _messages(booking, leg, carried.get(leg.id), first.now):
            tx.add_notice(message)
    return booking


def _journeys(rides: Sequence[Accepted], legs: Sequence[Leg]) -> Iterator[Journey]:
    """Of each offer by train or bus, with the ids of its rides."""
    booked = list(zip(rides, legs, strict=True))
    for _, group in groupby(booked, key=lambda each: (each[0].decision.id, each[0].number)):
        of_offer = list(group)
        offer, ids = _whole(of_offer[0][0]), [leg.id for _, leg in of_offer]
        goes_from = offer.ride_from is not None
        if offer.transit:
            goes_to = len(ids) > goes_from
            yield Journey(offer.transit, ids[0] if goes_to else None, ids[-1] if goes_from else None)


def _settled(ride: Accepted, leg: Leg, run: Run | None) -> Leg:
    """On the run it has a place on; somebody may have to say yes first."""
    if run is None:
        return leg
    leg = replace(leg, run_id=run.id)
    if run.acceptance is not Acceptance.ASK_FIRST and not is_on_paper(run):
        return leg
    told_by = answer_by(ride.service, run, leg.pickup_window.earliest, ride.now)
    return replace(leg, state=LegState.AWAITING_CONFIRMATION, asked_run_ids=(run.id,), answer_by=told_by)


def _messages(booking: Booking, leg: Leg, run: Run | None, now: datetime) -> list[Notice]:
    """Whoever must say yes is asked."""
    if leg.state is LegState.ON_RUN:
        return []
    if run is None:
        return [notice(booking, NoticeKind.RIDE_ASKED, now, to="volunteers")]
    kind = NoticeKind.RIDE_ASKED if run.acceptance is Acceptance.ASK_FIRST else NoticeKind.RUN_CHANGED
    return [notice(booking, kind, now, to="driver", run=run)]


def tell_rider(context: Context, tx: Transaction, booking: Booking, *, is_heard: bool, is_known: bool = False) -> None:
    """What was agreed: what is promised, and what somebody has yet to say yes to. ``is_known``: the rider has been told already, in
    whatever way.
    """
    promised = [leg.state is LegState.ON_RUN for leg in booking.legs]
    kinds = [NoticeKind.BOOKED] if any(promised) else []
    if not all(promised):
        kinds.append(NoticeKind.AWAITING_CONFIRMATION)
    for kind in kinds:
        message = notice(booking, kind, booking.created_at)
        if is_known:
            message = replace(message, sent_at=message.created_at)
        tx.add_notice(heard(context, tx, message) if is_heard else message)
