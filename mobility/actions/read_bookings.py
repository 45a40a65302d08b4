"""Look bookings up; the store decides which ones the actor may see."""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking


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
