"""Somebody lets it ring and hangs up: "I am done, fetch me". The number alone does this one thing, for a rider who is under way with an open return.

A number can be forged, so nothing is learned by it and nothing else can be done: whoever rings gets no answer on the line. What has
happened is told to the rider by the own way, or by the desk.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta

from mobility.actions.call_home import call_home
from mobility.actions.context import Context
from mobility.actions.notices import notice
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import BY_MISSED_CALL, Booking, Leg, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Rejection
from mobility.errors import MobilityError, NotFoundError, NotSignedInError
from mobility.files.explanations import FieldError
from mobility.files.field_types import telephone_number
from mobility.store.interface import Transaction

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
    actor = Actor(BY_MISSED_CALL, agency_id, Role.ADMIN, now=context.clock())
    found = context.store.in_transaction(lambda tx: _whose(context, tx, actor, caller, call_id))
    if len(found) != 1:
        return
    booking, leg, task_id = found[0]
    try:
        answer = call_home(context, actor, booking.id, leg.id)
    except MobilityError:
        return  # it has begun or was given back meanwhile, or nothing can be reckoned now: a person asks
    if not isinstance(answer, Rejection):
        context.store.in_transaction(lambda tx: tx.mark_notice(task_id, context.clock()))


def _whose(context: Context, tx: Transaction, actor: Actor, caller: str, call_id: str) -> list[tuple[Booking, Leg, str]]:
    """The open returns that may be meant, each with the desk's task to ring back; none when there is nothing to do. The task is written
    with the call that is told once, so that the call is not lost whatever fails afterwards.
    """
    if tx.find_agency(actor.agency_id) is None:
        raise NotFoundError(f"agency {actor.agency_id}: not found")
    now = context.clock()
    tx.delete_attempts(now - 2 * _ONCE)
    try:
        number = telephone_number(caller)
    except FieldError:
        return []  # withheld
    call = context.seal(f"missed call:{call_id}")
    if not tx.take_attempt(actor.agency_id, call, now, _ONCE, 1):
        return []
    if not tx.take_attempt(actor.agency_id, context.seal(f"missed calls of:{number}"), now, _OFTEN, _MOST):
        return []
    riders = tx.list_riders(actor, number)
    bookings = [booking for rider in riders for booking in tx.list_bookings(actor, rider.id)]
    meant = [(booking, leg) for booking in bookings for leg in booking.legs if _is_awaited(booking, leg, now)]
    return [(booking, leg, _tell_desk(tx, booking, call, now)) for booking, leg in meant]


def _is_awaited(booking: Booking, leg: Leg, now: datetime) -> bool:
    """An open return of somebody who has set out already: nobody calls for it from the armchair."""
    if not leg.open_return or leg.state not in _OPEN:
        return False
    there = booking.legs[0]
    has_gone = there.outcome in (None, Outcome.PERFORMED) and there.state is not LegState.WAITING_LIST
    return there.id != leg.id and has_gone and there.pickup_window.earliest <= now <= leg.pickup_window.latest


def _tell_desk(tx: Transaction, booking: Booking, call: str, now: datetime) -> str:
    """A task of its own for each call: who rings again after the desk has rung back is rung back again."""
    task = notice(booking, NoticeKind.MISSED_CALL, now, to="desk")
    tx.add_notice(replace(task, key=f"{task.key}:{call}"))
    return task.id
