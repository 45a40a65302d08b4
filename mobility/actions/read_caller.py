"""The card of a caller: who it is, where to, what is booked, what is still to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from mobility.actions.context import Context
from mobility.actions.find_places import list_own_places
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.riders import Rider, RiderNote
from mobility.errors import NotAllowedError
from mobility.notifications.outbox import Untold, list_untold
from mobility.planning.place_search import FoundPlace

LATELY = timedelta(days=14)
_MOST_RIDES = 12


@dataclass(frozen=True, slots=True)
class CallerCard:
    """One rider as the desk sees him or her. ``bookings`` are those to come, the next first, then those of late, the last first."""

    rider: Rider
    places: Sequence[FoundPlace]
    bookings: Sequence[Booking]
    notes: Sequence[RiderNote]
    untold: Sequence[Untold]
    has_pin: bool


def read_caller(context: Context, actor: Actor, rider_id: str) -> CallerCard:
    """The card.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor.
    """
    if actor.role not in (Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not see callers")
    places = list_own_places(context, actor, rider_id)
    with context.store.transaction() as tx:
        rider = tx.get_rider(actor, rider_id)
        bookings = tx.list_bookings(actor, rider_id)
        notes = tx.list_rider_notes(actor, rider_id)
        untold = list_untold(tx, actor, context.channels, context.clock(), context.reveal, rider_id)
        has_pin = tx.find_spoken_pin(actor, rider_id) is not None
    return CallerCard(rider, places, _in_order(context, bookings), notes, untold, has_pin)


def _in_order(context: Context, bookings: Sequence[Booking]) -> list[Booking]:
    now = context.clock()
    to_come = sorted((b for b in bookings if b.is_open), key=_begins)
    of_late = sorted(
        (b for b in bookings if not b.is_open and _begins(b) > (now - LATELY).timestamp()), key=_begins, reverse=True
    )
    return [*to_come, *of_late][:_MOST_RIDES]


def _begins(booking: Booking) -> float:
    return min((leg.pickup_window.earliest.timestamp() for leg in booking.legs), default=0.0)
