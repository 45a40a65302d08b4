"""Somebody lets it ring and hangs up: "I am done, fetch me". The number alone does this one thing, for a rider who is under way with an open return.

A number can be forged, so nothing is learned by it and nothing else can be done: whoever rings gets no answer on the line. What has
happened is told to the rider by the own way, or by the desk.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from mobility.actions.call_home import call_home
from mobility.actions.context import Context
from mobility.actions.notices import notice
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Rejection
from mobility.errors import ConflictError, NotFoundError, NotSignedInError
from mobility.files.explanations import FieldError
from mobility.files.field_types import telephone_number
from mobility.store.interface import Transaction

BY = "missed_call"
"""Stands in a booking's history for whoever let it ring."""
_OPEN = (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION)
_ONCE = timedelta(days=1)
_OFTEN, _MOST = timedelta(hours=1), 6


def check_secret(context: Context, secret: str) -> None:
    """Whether the telephone provider asks.

    Raises:
        NotFoundError: nobody has set this up here.
        NotSignedInError: somebody else.
    """
    if context.call_secret is None:
        raise NotFoundError("missed calls are not taken here")
    if not hmac.compare_digest(secret.encode(), context.call_secret.encode()):
        raise NotSignedInError("send the secret that was agreed, as a bearer token")


def take_missed_call(context: Context, agency_id: str, caller: str, call_id: str) -> None:
    """Bring forward the open return of whoever has this number and is under way; where that cannot be, or it is not clear whose, the desk rings
    back. A number nobody has, one that rings again and again, and the same call told twice change nothing.

    Raises:
        NotFoundError: no such agency.
    """
    actor = Actor(BY, agency_id, Role.ADMIN, now=context.clock())
    found = context.store.in_transaction(lambda tx: _whose(context, tx, actor, caller, call_id))
    if len(found) == 1:
        booking, leg = found[0]
        try:
            if not isinstance(call_home(context, actor, booking.id, leg.id), Rejection):
                return
        except ConflictError:
            pass  # it has begun or was given back meanwhile: a person asks
    if found:
        context.store.in_transaction(lambda tx: _tell_desk(context, tx, [booking for booking, _ in found]))


def _whose(context: Context, tx: Transaction, actor: Actor, caller: str, call_id: str) -> list[tuple[Booking, Leg]]:
    """The open returns that may be meant; none when there is nothing to do."""
    if tx.find_agency(actor.agency_id) is None:
        raise NotFoundError(f"agency {actor.agency_id}: not found")
    now = context.clock()
    tx.delete_attempts(now - 2 * _ONCE)
    try:
        number = telephone_number(caller)
    except FieldError:
        return []  # withheld
    if not tx.take_attempt(actor.agency_id, context.seal(f"missed call:{call_id}"), now, _ONCE, 1):
        return []
    if not tx.take_attempt(actor.agency_id, context.seal(f"missed calls of:{number}"), now, _OFTEN, _MOST):
        return []
    riders = tx.list_riders(actor, number)
    bookings = [booking for rider in riders for booking in tx.list_bookings(actor, rider.id)]
    return [(booking, leg) for booking in bookings for leg in booking.legs if _is_awaited(booking, leg, now)]


def _is_awaited(booking: Booking, leg: Leg, now: datetime) -> bool:
    """An open return of somebody who has set out already: nobody calls for it from the armchair."""
    if not leg.open_return or leg.state not in _OPEN:
        return False
    there = booking.legs[0]
    return there.id != leg.id and there.pickup_window.earliest <= now <= leg.pickup_window.latest


def _tell_desk(context: Context, tx: Transaction, bookings: list[Booking]) -> None:
    for booking in bookings:
        tx.add_notice(notice(booking, NoticeKind.MISSED_CALL, context.clock(), to="desk"))
