"""After a "no" for want of room: wait for a place, see what one waits for, wait no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.requests import OfferKind, Reason
from mobility.domain.waiting import WaitingState, WaitingWish
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.planning.rules import wished_time
from mobility.store.interface import Transaction

TOLD_BEFORE = timedelta(hours=1)
"""So long before the wished time a rider who waits knows, unless he says otherwise."""
MOST = 10
_WAITS = (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def wait_for_ride(context: Context, actor: Actor, decision_id: str, until: datetime | None = None) -> WaitingWish:
    """Put a refused wish on the waiting list; ``until`` is when its rider must know at the latest. Asking again changes nothing,
    also when a place has been found meanwhile; who has stopped waiting may begin anew.

    Raises:
        NotAllowedError: a role that does not wait.
        NotFoundError: no such decision for this actor.
        ConflictError: there are rides to choose from, waiting does not help, or the rider waits for as many as one may.
        InvalidInputError: nobody to wait for, or it is too late to be told in time.
    """
    _check_role(actor)

    def work(tx: Transaction) -> WaitingWish:
        decision = tx.get_decision(actor, decision_id)
        rider_id, rejection = decision.request.rider_id, decision.rejection
        if rider_id is None:
            raise InvalidInputError(Problem("decision_id", "was made for nobody", "ask for a rider"))
        if actor.role is Role.RIDER and rider_id != actor.rider_id:
            raise NotAllowedError("only the rider, or the desk for the rider, goes on the waiting list")
        if any(offer.kind is OfferKind.RIDE for offer in decision.offers):
            raise ConflictError("there are rides to choose from; book one of them")
        if rejection is None or rejection.reason is not Reason.NO_CAPACITY:
            raise ConflictError("waiting does not help: it was not refused for want of room")
        known = _known(tx, actor, decision_id)
        if known is not None and known.state is not WaitingState.WITHDRAWN:
            return known
        if len(tx.list_waiting_wishes(actor, rider_id)) >= MOST:
            raise ConflictError(f"this rider waits for {MOST} rides already; stop waiting for one first")
        now, wished = context.clock(), wished_time(decision.request)
        last = min(until or wished - TOLD_BEFORE, wished)
        if last <= now:
            raise InvalidInputError(Problem("until", "is over, or the ride is too near to be told in time", "ring the desk"))
        wish = WaitingWish(decision_id, actor.agency_id, rider_id, decision_id, decision.request, now, last)
        tx.save_waiting_wish(wish)
        return wish

    return context.store.in_transaction(work)


def _known(tx: Transaction, actor: Actor, wish_id: str) -> WaitingWish | None:
    """The wish, whatever has become of it; locked."""
    try:
        return tx.lock_waiting_wish(actor, wish_id)
    except NotFoundError:
        return None


def list_waiting(context: Context, actor: Actor, rider_id: str | None = None) -> list[WaitingWish]:
    """Those that still wait and that the actor may see, who came first first.

    Raises:
        NotAllowedError: a role that does not wait.
    """
    _check_role(actor)
    with context.store.transaction() as tx:
        return tx.list_waiting_wishes(actor, rider_id)


def stop_waiting(context: Context, actor: Actor, wish_id: str, rider_id: str | None = None) -> WaitingWish:
    """Take a wish off the list; saying so again changes nothing. ``rider_id``: whose it has to be.

    Raises:
        NotAllowedError: a role that does not wait.
        NotFoundError: no such wish for this actor, or not this rider's.
        ConflictError: it has been booked meanwhile.
    """
    _check_role(actor)

    def work(tx: Transaction) -> WaitingWish:
        wish = tx.lock_waiting_wish(actor, wish_id)
        if rider_id not in (None, wish.rider_id):
            raise NotFoundError("no such wish of this rider")
        if wish.state is WaitingState.BOOKED:
            raise ConflictError("a place has been found meanwhile; cancel the booking")
        if wish.state is WaitingState.WAITING:
            wish = replace(wish, state=WaitingState.WITHDRAWN)
            tx.save_waiting_wish(wish)
        return wish

    return context.store.in_transaction(work)


def _check_role(actor: Actor) -> None:
    if actor.role not in _WAITS:
        raise NotAllowedError(f"the role {actor.role.value} does not wait for rides")
