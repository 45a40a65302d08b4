"""Look bookings up; the store decides which ones the actor may see."""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.errors import NotFoundError
from mobility.store.interface import Transaction
from mobility.store.visibility import Noun, as_driver_sees, scope, shown_booking


def read_booking(context: Context, actor: Actor, booking_id: str) -> Booking:
    """One booking.

    Raises:
        NotFoundError: there is none that this actor may see.
    """
    with context.store.transaction() as tx:
        return tx.get_booking(actor, booking_id)


def list_bookings(context: Context, actor: Actor) -> list[Booking]:
    """Every booking the actor may see."""
    with context.store.transaction() as tx:
        return tx.list_bookings(actor)


def as_seen(tx: Transaction, actor: Actor, booking: Booking) -> Booking:
    """A booking just changed, as whoever changed it may see it: a driver who has declined a ride learns no more of it, who
    books for somebody else not what is known of that rider.
    """
    if actor.role is not Role.DRIVER:
        return shown_booking(booking, scope(actor, Noun.BOOKING))
    try:
        return tx.get_booking(actor, booking.id)
    except NotFoundError:
        return as_driver_sees(booking)
