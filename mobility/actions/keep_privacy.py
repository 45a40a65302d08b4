"""What is known of a rider: handed out, erased, and forgotten when its time is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import to_jsonable_python

from mobility.actions.context import Context
from mobility.actions.logbook import write_logbook
from mobility.domain.accounts import Actor, Agency, Role, system_actor
from mobility.domain.bookings import Booking, LegState
from mobility.domain.office import LogbookKind
from mobility.domain.privacy import forgotten_booking, forgotten_decision, is_nobody, nobody_of
from mobility.domain.requests import Decision
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from mobility.store.interface import Transaction

_BATCH = 200
_RUN_OVER = timedelta(hours=12)
_ALLOWED = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def export_rider(context: Context, actor: Actor, rider_id: str) -> dict[str, Any]:
    """Everything that is held about one rider, as JSON types: for the desk, and for the rider about himself.

    Raises:
        NotAllowedError: not for this role.
        NotFoundError: no such rider for this actor.
    """
    if actor.role not in _ALLOWED and (actor.role, actor.rider_id) != (Role.RIDER, rider_id):
        raise NotAllowedError("only the desk, or the rider about himself, may ask for this")
    with context.store.transaction() as tx:
        held = _held(tx, actor, rider_id)
        write_logbook(context, tx, actor, LogbookKind.RIDER_EXPORTED, rider_id)
    exported: dict[str, Any] = to_jsonable_python(held)
    return exported


def _held(tx: Transaction, actor: Actor, rider_id: str) -> dict[str, Any]:
    rider = tx.get_rider(actor, rider_id)
    system = system_actor(rider.agency_id)
    bookings = tx.list_bookings(system, rider_id)
    booking_ids = {booking.id for booking in bookings}
    accounts = [one for one in tx.list_accounts(system) if one.rider_id == rider_id]
    orders = tx.list_standing_orders(system, rider_id)
    return {
        "rider": rider,
        "places": tx.list_favourites(system, rider_id),
        "desk_notes": tx.list_rider_notes(system, rider_id),
        "may_book_for_me": tx.list_booking_consents(system, rider_id),
        "told_of_arrivals": tx.list_arrival_contacts(system, rider_id),
        "wishes": [wish for wish in tx.list_rider_wishes(system, rider_id) if wish.rider_id == rider_id],
        "has_spoken_pin": tx.find_spoken_pin(system, rider_id) is not None,
        "sign_ins": [{"id": one.id, "name": one.name, "role": one.role.value} for one in accounts],
        "passkeys": [{"name": key.name, "made_at": key.made_at} for one in accounts for key in tx.list_passkeys(one.id)],
        "standing_orders": orders,
        "standing_rides": [ride for order in orders for ride in tx.list_standing_rides(system, order.id)],
        "waiting_list": tx.list_waiting_wishes(system, rider_id),
        "bookings": bookings,
        "decisions": tx.list_decisions_of(rider.agency_id, rider_id),
        "notices": [one for one in tx.list_notices(system) if one.to_rider_id == rider_id or (one.booking_id in booking_ids)],
        "logbook": tx.list_logbook(system, 1000, rider_id),
    }


def erase_rider(context: Context, actor: Actor, rider_id: str) -> None:
    """Erase a rider: name, number, needs, places, notes, sign-ins and notices go; rides stay as statistics, from village to village and nobody's.

    Raises:
        NotAllowedError: not for this role.
        NotFoundError: no such rider for this actor.
        ConflictError: rides are still open, or were only just driven; which, and what to do.
    """
    if actor.role not in _ALLOWED:
        raise NotAllowedError("only the desk may erase a rider")
    with context.store.transaction() as tx:
        rider = tx.get_rider(actor, rider_id)
        if is_nobody(rider.id):
            raise NotFoundError(f"rider {rider_id}: not found")
        bookings = [
            tx.lock_booking(system_actor(rider.agency_id), one.id)
            for one in tx.list_bookings(system_actor(rider.agency_id), rider_id)
        ]
        still_open = [one.id for one in bookings if any(leg.state is not LegState.CLOSED for leg in one.legs)]
        if still_open:
            raise ConflictError(f"rides are still open: cancel bookings {', '.join(still_open)} first")
        if any(
            leg.run_id is not None and leg.dropoff_window.latest > context.clock() - _RUN_OVER
            for one in bookings
            for leg in one.legs
        ):
            raise ConflictError("a ride of today belongs to a run that may still be under way: erase the rider tomorrow")
        decisions = tx.list_decisions_of(rider.agency_id, rider_id)
        known = {one.id for one in decisions}
        system = system_actor(rider.agency_id)
        decisions += [tx.get_decision(system, one.decision_id) for one in bookings if one.decision_id not in known]
        _forget(tx, rider.agency_id, bookings, decisions)
        tx.delete_rider(rider)
        write_logbook(context, tx, actor, LogbookKind.RIDER_ERASED, nobody_of(rider.agency_id).id)


def _forget(tx: Transaction, agency_id: str, bookings: list[Booking], decisions: list[Decision]) -> None:
    if bookings:
        tx.save_rider(nobody_of(agency_id))
    tx.forget([forgotten_booking(one) for one in bookings], [forgotten_decision(one) for one in decisions])


def forget_what_is_old(context: Context) -> int:
    """Make rides and answers nobody's and delete notices, idempotent answers, changes by hand, codes and sessions when their time is over, in
    batches of a transaction each; how many. Running it again changes nothing.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
    return sum(_forget_of(context, agency) for agency in agencies)


def _forget_of(context: Context, agency: Agency) -> int:
    now: datetime = context.clock().astimezone(UTC)
    keep, gone = context.retention, 0
    while True:
        with context.store.transaction() as tx:
            bookings = tx.list_bookings_to_forget(agency.id, now - keep.rides, _BATCH)
            decisions = tx.list_decisions_to_forget(agency.id, now - keep.rides, _BATCH)
            _forget(tx, agency.id, bookings, decisions)
            done = len(bookings) + len(decisions)
            done += tx.delete_ended_consents(agency.id, now - keep.rides, _BATCH)
            done += tx.delete_old(agency.id, now - keep.notices, now - keep.answers, _BATCH)
        gone += done
        if not done:
            return gone
