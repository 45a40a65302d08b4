"""Makes the notices that actions leave in the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mobility.actions.context import Context, new_id
from mobility.domain.bookings import Booking
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.runs import Run
from mobility.notifications.facts import recipient_of
from mobility.store.interface import Transaction


def notice(
    booking: Booking, kind: NoticeKind, now: datetime, *, to: str = "rider", run: Run | None = None, delay_s: int | None = None
) -> Notice:
    """A notice about a booking, to its rider, to the run's ``driver`` or to the ``desk`` (``volunteers``: the self-pick list, which
    the desk watches). One of each kind and addressee for one revision of the booking.
    """
    driver_id = run.driver_id if run is not None and to == "driver" else None
    return Notice(
        id=new_id(),
        agency_id=booking.agency_id,
        key=f"{booking.id}:{booking.revision}:{kind.value}:{driver_id or to}:{delay_s or ''}",
        kind=kind,
        created_at=now,
        booking_id=booking.id,
        run_id=None if run is None else run.id,
        to_rider_id=booking.rider_id if to == "rider" else None,
        to_driver_id=driver_id,
        delay_s=delay_s,
    )


def heard(context: Context, tx: Transaction, message: Notice) -> Notice:
    """The message to somebody who is on the telephone: nobody has to ring up again. What is told in writing still is.

    Raises:
        NotFoundError: the rider is gone.
    """
    in_writing = recipient_of(tx, message).channel in context.channels
    return message if in_writing else replace(message, sent_at=message.created_at)


def desk_notice(run: Run, kind: NoticeKind, now: datetime, what: str) -> Notice:
    """A task for the desk about a run; one for each ``what`` (it is the notice's id too, so that it can be settled)."""
    return Notice(what, run.agency_id, what, kind, now, run_id=run.id)


def run_notice(run: Run, now: datetime) -> Notice | None:
    """Tells a run's driver that it has changed; None while nobody is to drive it."""
    if run.driver_id is None:
        return None
    key = f"{run.id}:{run.revision}:{NoticeKind.RUN_CHANGED.value}:{run.driver_id}"
    return Notice(new_id(), run.agency_id, key, NoticeKind.RUN_CHANGED, now, run_id=run.id, to_driver_id=run.driver_id)
