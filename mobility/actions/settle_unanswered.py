"""Silence is an answer: rides whose time for a yes has passed go to the next driver, then to the desk."""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.answer_ride import lock_asked, pass_on
from mobility.actions.context import Context
from mobility.actions.notices import notice
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.notices import NoticeKind
from mobility.errors import ConflictError
from mobility.store.interface import Transaction


def settle_unanswered(context: Context) -> int:
    """Settle every ride whose ``answer_by`` has passed, each in a transaction of its own; returns how many were settled."""
    now = context.clock()
    with context.store.transaction() as tx:
        waiting = tx.list_bookings_to_settle(now)
    settled = 0
    for booking in waiting:
        for leg in booking.legs:
            if leg.answer_by is not None and leg.answer_by <= now:
                settled += _settle(context, booking, leg)
    return settled


def _settle(context: Context, seen: Booking, leg: Leg) -> bool:
    actor = system_actor(seen.agency_id)

    def work(tx: Transaction) -> Booking:
        if leg.state is LegState.WAITING_LIST:
            return _hand_to_desk(context, tx, actor, seen.id, leg.id)
        booking, asked, runs = lock_asked(tx, actor, seen.id, leg.id)
        if asked.answer_by is None or asked.answer_by > context.clock():
            raise ConflictError("somebody else has been asked meanwhile")
        return pass_on(context, tx, actor, (booking, asked), runs)

    try:
        context.store.in_transaction(work)
    except ConflictError:
        return False
    return True


def _hand_to_desk(context: Context, tx: Transaction, actor: Actor, booking_id: str, leg_id: str) -> Booking:
    """A ride nobody picked from the list."""
    booking = tx.lock_booking(actor, booking_id)
    leg = booking.leg(leg_id)
    if leg.state is not LegState.WAITING_LIST or leg.owner is not None:
        raise ConflictError("the ride was picked meanwhile")
    now = context.clock()
    given = replace(leg, owner="desk", answer_by=None)
    booking = booking.with_leg(given, HistoryEntry(now, actor.account_id, "nobody picked it: handed to the desk"))
    tx.save_booking(booking)
    tx.add_notice(notice(booking, NoticeKind.DESK_TASK, now, to="desk"))
    return booking
