"""What the desk has to see to: whom to ring, who has not been told yet, and rides that wait for somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, Leg
from mobility.domain.riders import Rider
from mobility.errors import NotAllowedError
from mobility.notifications.outbox import Untold, list_untold


@dataclass(frozen=True, slots=True)
class DeskTasks:
    """``untold`` oldest first, those to ring (``call_back``) and those a channel is about to tell; ``waiting`` rides by their time.
    ``riders`` are all who are named, by id.
    """

    untold: Sequence[Untold]
    waiting: Sequence[tuple[Booking, Leg]]
    riders: Mapping[str, Rider]


def list_desk_tasks(context: Context, actor: Actor) -> DeskTasks:
    """Everything of the actor's agency.

    Raises:
        NotAllowedError: not the desk.
    """
    if actor.role not in (Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not see the desk's tasks")
    with context.store.transaction() as tx:
        untold = list_untold(tx, actor, context.channels, context.clock(), context.reveal)
        waiting = [(b, leg) for b in tx.list_bookings_nowhere(actor) for leg in b.legs if leg.waits_for_desk]
        named = {one.notice.to_rider_id for one in untold} | {booking.rider_id for booking, _ in waiting}
        riders = {rider_id: tx.get_rider(actor, rider_id) for rider_id in named if rider_id is not None}
    return DeskTasks(untold, sorted(waiting, key=lambda each: each[1].pickup_window.earliest), riders)
