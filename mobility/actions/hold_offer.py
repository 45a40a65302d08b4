"""The desk reads an offer out, and for three minutes nobody else can take the place. Released when another offer is chosen, when the
caller hangs up, and by the clock.

Nobody is told and nobody asked: a hold is no booking. Drivers do not see it.
"""

from __future__ import annotations

from functools import partial

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
from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.domain.accounts import Actor, Role
from mobility.domain.fleet import Acceptance
from mobility.domain.holds import HELD_FOR, Hold
from mobility.domain.requests import OfferKind, Reason, Rejection
from mobility.errors import ConflictError, NotAllowedError
from mobility.store.interface import Transaction

MOST_AT_ONCE = 3
"""By one account, so that nobody holds the county: a desk account may be shared by that many people on the telephone."""
_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def hold_offer(context: Context, actor: Actor, offer_id: str) -> Hold | Rejection | None:
    """Keep the place of an offer; None when nothing is kept: a volunteer will pick the ride, or it goes by train or bus too.

    What this account held for the same rider, or of the same decision, is given up for it. Held already, it stays as it is: no hold
    is made longer.

    Raises:
        InvalidInputError: not an offer of this service, or not one that is booked.
        NotAllowedError: not the desk.
        NotFoundError: the offer is not the actor's to accept.
        ConflictError: this account holds as many as it may.
    """
    _check_desk(actor)
    decision_id, number = opened(context, offer_id)

    def work(tx: Transaction, *, widen: bool) -> Hold | Rejection | None:
        rides = accept_rides(context, tx, actor, decision_id, number)
        if isinstance(rides, Rejection):
            return rides
        accepted = rides[0]
        if accepted.decision.offers[number].kind is OfferKind.JOURNEY or accepted.offer.acceptance is Acceptance.SELF_PICK:
            return None
        return _hold(context, tx, accepted, widen=widen)

    try:
        return context.store.in_transaction(partial(work, widen=False))
    except OfferedRunIsFullError:
        return context.store.in_transaction(partial(work, widen=True))


def find_hold(context: Context, actor: Actor, decision_id: str) -> Hold | None:
    """What is held of this decision at this moment."""
    with context.store.transaction() as tx:
        found = [hold for hold in tx.list_holds(actor) if hold.decision_id == decision_id]
    return next((hold for hold in found if context.clock() < hold.expires_at), None)


def release_hold(context: Context, actor: Actor, decision_id: str) -> None:
    """The caller has hung up: the place is free at once. Nothing happens when nothing is held.

    Raises:
        NotAllowedError: not the desk.
    """
    _check_desk(actor)
    with context.store.transaction() as tx:
        found = [hold for hold in tx.list_holds(actor) if hold.decision_id == decision_id]
    for hold in found:
        _release(context, hold)


def release_lapsed_holds(context: Context) -> int:
    """Free every place whose time has passed, each in a transaction of its own; returns how many were."""
    with context.store.transaction() as tx:
        lapsed = tx.list_lapsed_holds(context.clock())
    return sum(_release(context, hold) for hold in lapsed)


def _release(context: Context, seen: Hold) -> bool:
    def work(tx: Transaction) -> bool:
        locked = {run.id: run for run in tx.lock_runs([seen.run_id])}
        hold = tx.find_hold(seen.decision_id)
        if hold is None or hold.id != seen.id:
            return False  # booked, or released, while we waited
        give_up(context, tx, [hold], locked)
        return True

    return context.store.in_transaction(work)


def _hold(context: Context, tx: Transaction, accepted: Accepted, *, widen: bool) -> Hold | Rejection:
    """The straight line: lock, give up what was held before, fit, judge, save."""
    candidates = run_ids_for(tx, accepted, widen=widen)
    before = _of_this_call(tx, accepted)
    locked = {run.id: run for run in tx.lock_runs(candidates | {hold.run_id for hold in before})}
    now_held = tx.list_holds(accepted.actor)  # read again: under the locks nothing of these runs changes any more
    same = next((hold for hold in now_held if hold.decision_id == accepted.decision.id), None)
    if same is not None and same.number == accepted.number and accepted.now < same.expires_at:
        return same
    given_up = [hold for hold in now_held if hold in before]
    _check_limit(accepted, [hold for hold in now_held if hold not in given_up])
    runs = give_up(context, tx, given_up, locked)
    leg = leg_of(accepted)
    taken = insert(accepted, leg, [run for run in runs.values() if run.id in candidates], may_move=widen)
    if taken is None and not widen:
        raise OfferedRunIsFullError
    if taken is None:
        return refusal(Reason.TAKEN_MEANWHILE)
    (run, was), *others = taken
    hold = _made(accepted, leg.id, run.id)
    save_taken(context, tx, [(run.with_hold(leg.id, hold.expires_at), was), *others], accepted.actor.agency_id)
    tx.add_hold(hold)
    keep_ceilings(context, tx, accepted.actor.agency_id, [changed.id for changed, _ in taken])
    return hold


def _of_this_call(tx: Transaction, accepted: Accepted) -> list[Hold]:
    decision, rider_id = accepted.decision, accepted.decision.request.rider_id
    return [
        hold
        for hold in tx.list_holds(accepted.actor)
        if hold.decision_id == decision.id
        or (hold.account_id == accepted.actor.account_id and rider_id is not None and hold.rider_id == rider_id)
    ]


def _check_limit(accepted: Accepted, others: list[Hold]) -> None:
    own = [hold for hold in others if hold.account_id == accepted.actor.account_id and accepted.now < hold.expires_at]
    if len(own) >= MOST_AT_ONCE:
        raise ConflictError(f"this account holds {MOST_AT_ONCE} places already; book or release one of them first")


def _made(accepted: Accepted, leg_id: str, run_id: str) -> Hold:
    request, actor = accepted.decision.request, accepted.actor
    until = min(accepted.now + HELD_FOR, accepted.decision.expires_at)
    return Hold(
        id=leg_id,
        agency_id=actor.agency_id,
        run_id=run_id,
        decision_id=accepted.decision.id,
        number=accepted.number,
        account_id=actor.account_id,
        expires_at=until,
        rider_id=request.rider_id,
    )


def _check_desk(actor: Actor) -> None:
    if actor.role not in _DESK:
        raise NotAllowedError(f"the role {actor.role.value} does not hold places")
