"""The desk has seen to a ride that no run could take: a taxi drove it, somebody brought the rider, or it was called off with his consent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from mobility.actions.answer_ride import find_leg
from mobility.actions.by_hand import check_desk
from mobility.actions.context import Context
from mobility.actions.notices import heard, notice
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.errors import ConflictError
from mobility.store.interface import Transaction


class Settled(StrEnum):
    """How a ride in rescue came to its end."""

    TAXI = "driven by taxi"
    BROUGHT = "brought by somebody"
    CALLED_OFF = "called off with the rider's consent"


@dataclass(frozen=True, slots=True)
class Left:
    """A ride that the desk has still to see to; ``owner`` is the account that answers for it, ``owner_name`` its sign-in name (empty: the
    desk as such).
    """

    booking: Booking
    leg: Leg
    owner: str
    owner_name: str = ""


def list_left(context: Context, actor: Actor) -> list[Left]:
    """Rides in rescue, and those that nobody has agreed to drive and the desk was handed, soonest first.

    Raises:
        NotAllowedError: not the desk.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        found = [(booking, leg) for booking in tx.list_bookings_nowhere(actor) for leg in booking.legs if _is_left(leg)]
        owners = {leg.owner or "": tx.find_account(leg.owner or "") for _, leg in found}
    names = {owner: "" if account is None else account.name for owner, account in owners.items()}
    left = [Left(booking, leg, leg.owner or "", names[leg.owner or ""]) for booking, leg in found]
    return sorted(left, key=lambda each: (each.leg.pickup_window.earliest, each.leg.id))


def _is_left(leg: Leg) -> bool:
    return leg.state is LegState.IN_RESCUE or (leg.state is LegState.WAITING_LIST and leg.owner is not None)


def settle_rescue(context: Context, actor: Actor, booking_id: str, leg_id: str, how: Settled, note: str = "") -> Booking:
    """Close a ride that the desk has seen to; ``note`` says with whom.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such ride.
        ConflictError: it is not (any more) the desk's to see to.
    """
    check_desk(actor)

    def work(tx: Transaction) -> Booking:
        booking = tx.lock_booking(actor, booking_id)
        leg = find_leg(booking, leg_id)
        if not _is_left(leg):
            raise ConflictError("this ride has been seen to already")
        outcome = Outcome.CANCELLED if how is Settled.CALLED_OFF else Outcome.PERFORMED
        closed = replace(leg, state=LegState.CLOSED, outcome=outcome, run_id=None, answer_by=None)
        now, what = context.clock(), f"{how.value}: {note}" if note else how.value
        booking = booking.with_leg(closed, HistoryEntry(now, actor.account_id, what))
        tx.save_booking(booking)
        if outcome is Outcome.CANCELLED:
            tx.add_notice(heard(context, tx, notice(booking, NoticeKind.CANCELLED, now)))
        return booking

    return context.store.in_transaction(work)
