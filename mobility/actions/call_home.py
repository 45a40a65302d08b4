"""The rider of an open return calls: an earlier ride is booked and the one kept for the evening is given back, both or neither.

Who does not call keeps the ride of the evening; the desk asks why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from mobility.actions.accepting import Accepted, OfferedRunIsFullError, accept, insert, leg_of, refusal, run_ids_for, save_taken
from mobility.actions.answer_ride import find_leg
from mobility.actions.book_open_return import way_back
from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import heard, notice
from mobility.actions.offer_rides import consider_rides
from mobility.actions.read_bookings import as_seen
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Decision, OfferKind, Reason, Rejection
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.compiling import is_on_paper
from mobility.planning.promising import promise_in_words
from mobility.planning.releasing import release
from mobility.store.interface import Transaction

_CALLS = (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_CALLED = "called: brought forward"


@dataclass(frozen=True, slots=True)
class _Call:
    """Who calls for which ride, as it was when looked at, and the offer that shall take its place."""

    actor: Actor
    booking: Booking
    leg: Leg
    decision: Decision
    number: int
    is_heard: bool


class _FullError(Exception):
    """No place after all: what has been given back is undone with the transaction."""


def call_home(
    context: Context,
    actor: Actor,
    booking_id: str,
    leg_id: str,
    ready_at: datetime | None = None,
    *,
    is_heard: bool = False,
) -> Booking | Rejection:
    """Bring an open return forward to the next ride that is certain, from ``ready_at`` on (None: now). A "no" changes nothing: the ride
    that was booked stands. Calling again changes nothing. ``is_heard``: the rider is on the telephone.

    Raises:
        NotAllowedError: a role that does not book.
        NotFoundError: no such booking for this actor, or no such ride in it.
        ConflictError: this ride is no open return, or it has begun or is over.
    """
    if actor.role not in _CALLS:
        raise NotAllowedError(f"the role {actor.role.value} does not call for rides")
    system = system_actor(actor.agency_id)
    with context.store.transaction() as tx:
        booking = tx.get_booking(actor, booking_id)
        leg = find_leg(booking, leg_id)
        if _has_called(booking, leg):
            return booking
        _check_open(leg)
        first = tx.get_decision(system, booking.decision_id).request
    moment = max(context.clock(), ready_at or context.clock())
    wish = replace(
        way_back(first), depart_after=moment, rider_id=booking.rider_id
    )  # the first may have been asked for nobody named
    decision = consider_rides(context, system, wish, called=True)
    number = _next_certain(decision, leg)
    if number is None:
        return Rejection(Reason.NO_CAPACITY, "no ride that is certain comes before the one that is booked")
    call = _Call(actor, booking, leg, decision, number, is_heard)
    for widen in (False, True):
        try:
            return context.store.in_transaction(partial(_bring_forward, context, call=call, widen=widen))
        except OfferedRunIsFullError:
            continue
        except _FullError:
            break
    return refusal(Reason.TAKEN_MEANWHILE)


def settle_silent_returns(context: Context) -> int:
    """Nobody has called in time: the ride that was booked is driven, and the desk asks; how many were settled."""
    now = context.clock()
    with context.store.transaction() as tx:
        silent = tx.list_bookings_to_call(now)

    def work(tx: Transaction, seen: Booking) -> int:
        system = system_actor(seen.agency_id)
        booking, settled = tx.lock_booking(system, seen.id), 0
        for leg in booking.legs:
            if leg.call_by is None or leg.call_by > now:
                continue
            booking = booking.with_leg(
                replace(leg, call_by=None), HistoryEntry(now, system.account_id, "nobody called: it is driven as booked")
            )
            tx.save_booking(booking)
            settled += 1
            if leg.state is LegState.ON_RUN:
                tx.add_notice(notice(booking, NoticeKind.NO_CALL, now, to="desk"))
        return settled

    return sum(context.store.in_transaction(partial(work, seen=booking)) for booking in silent)


def _check_open(leg: Leg) -> None:
    if not leg.open_return:
        raise ConflictError("this ride is no open return; its time is agreed")
    if leg.state not in (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION):
        raise ConflictError("this ride is over, or the desk sees to it")


def _next_certain(decision: Decision, booked: Leg) -> int | None:
    """The first ride that needs nobody's yes and comes before the one that is booked."""
    rides = [
        (offer.pickup_window.earliest, number)
        for number, offer in enumerate(decision.offers)
        if offer.kind is OfferKind.RIDE
        and offer.acceptance is Acceptance.ROSTERED
        and offer.pickup_window.earliest < booked.pickup_window.earliest
    ]
    return min(rides)[1] if rides else None


def _bring_forward(context: Context, tx: Transaction, call: _Call, *, widen: bool) -> Booking | Rejection:
    """One transaction: give the evening's ride back, take the earlier one. Nothing of it stays when there is no place."""
    actor = call.actor
    tx.add_decision(call.decision)
    accepted = accept(context, tx, system_actor(actor.agency_id), call.decision.id, call.number)
    if isinstance(accepted, Rejection):
        return accepted
    candidates = run_ids_for(tx, accepted, widen=widen)
    runs = {run.id: run for run in tx.lock_runs({*candidates, call.leg.run_id or ""})}
    booking = tx.lock_booking(actor, call.booking.id)
    if _has_called(booking, booking.leg(call.leg.id)):
        return as_seen(tx, actor, booking)  # pressed twice, and the other press was quicker
    old = _still_open(booking, call, runs)
    before, freed = runs[old.run_id or ""], _without(context, tx, accepted, old, runs)
    runs[freed.id] = freed
    leg = replace(leg_of(accepted), id=old.id)
    taken = insert(accepted, leg, [run for run in runs.values() if run.id in candidates], may_move=widen)
    if taken is None:
        raise OfferedRunIsFullError if not widen else _FullError
    run = taken[0][0]
    if is_on_paper(run):
        raise _FullError  # it would have to be acknowledged first
    save_taken(context, tx, taken, actor.agency_id)
    was = promise_in_words(old, ZoneInfo(accepted.service.timezone))
    entry = HistoryEntry(accepted.now, actor.account_id, f"{_CALLED}, before: {was}")
    booking = booking.with_leg(replace(leg, run_id=run.id), entry)
    tx.save_booking(booking)
    message = notice(booking, NoticeKind.CONFIRMED, accepted.now)
    tx.add_notice(heard(context, tx, message) if call.is_heard else message)
    for other in {before.id: before, run.id: run}.values():
        if other.driver_id is not None:
            tx.add_notice(notice(booking, NoticeKind.RUN_CHANGED, accepted.now, to="driver", run=other))
    changed = {before.id, *(each.id for each, _ in taken)}
    return as_seen(tx, actor, keep_ceilings(context, tx, actor.agency_id, changed).get(booking.id, booking))


def _has_called(booking: Booking, leg: Leg) -> bool:
    return not leg.open_return and any(entry.what.startswith(_CALLED) for entry in booking.history)


def _still_open(booking: Booking, call: _Call, runs: Mapping[str, Run]) -> Leg:
    """The leg as it is under the locks.

    Raises:
        ConflictError: it has been changed, or has begun, since it was looked at.
    """
    leg = booking.leg(call.leg.id)
    _check_open(leg)
    if leg.run_id is None or leg.run_id not in runs:
        raise ConflictError("the booking is being changed at this moment; try again")
    if any(visit.leg_id == leg.id and visit.is_done for visit in runs[leg.run_id].visits):
        raise ConflictError("the rider is aboard already")
    return leg


def _without(context: Context, tx: Transaction, accepted: Accepted, old: Leg, runs: Mapping[str, Run]) -> Run:
    """The run of the ride that is given back, saved without it."""
    run = runs[old.run_id or ""]
    service = tx.get_service(system_actor(run.agency_id), old.service_id)
    freed = release(run, old.id, service, accepted.network.travel, context.clock())
    tx.save_run(freed, run.revision)
    return freed
