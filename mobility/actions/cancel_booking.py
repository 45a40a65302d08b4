"""Give a ride back: its place is free at once, and exactly once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mobility.actions.context import Context
from mobility.actions.notices import heard, notice
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.releasing import release
from mobility.store.interface import Transaction


def cancel_booking(context: Context, actor: Actor, booking_id: str, *, is_heard: bool = False) -> Booking:
    """Cancel every leg that has not begun. Cancelling again changes nothing. ``is_heard``: the rider is on the telephone.

    Raises:
        NotFoundError: no such booking, or not the actor's.
        NotAllowedError: a role that does not cancel.
        ConflictError: the rider is aboard already.
    """
    if actor.role not in (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not cancel bookings")

    def work(tx: Transaction) -> Booking:
        seen = tx.get_booking(actor, booking_id)
        runs = {run.id: run for run in tx.lock_runs({leg.run_id for leg in seen.legs if leg.run_id})}
        booking = tx.lock_booking(actor, booking_id)
        for leg in booking.legs:
            if leg.state is not LegState.CLOSED:
                if leg.run_id not in {None, *runs}:
                    raise ConflictError("the booking is being changed at this moment; try again")
                booking = _close(context, tx, actor, (booking, leg, runs.get(leg.run_id or "")), is_heard=is_heard)
        return booking

    return context.store.in_transaction(work)


def _close(context: Context, tx: Transaction, actor: Actor, what: tuple[Booking, Leg, Run | None], *, is_heard: bool) -> Booking:
    booking, leg, run = what
    now, system = context.clock(), system_actor(booking.agency_id)
    service = tx.get_service(system, leg.service_id)
    if run is not None:
        if any(visit.leg_id == leg.id and visit.is_done for visit in run.visits):
            raise ConflictError("the rider is aboard or has been taken already; a ride that has begun cannot be cancelled")
        tx.save_run(release(run, leg.id, service, context.network(tx, system).travel, now), run.revision)
    late = now > leg.pickup_window.earliest - timedelta(seconds=service.booking.cancel_notice_s)
    closed = replace(leg, state=LegState.CLOSED, outcome=Outcome.CANCELLED, run_id=None, answer_by=None)
    what_happened = f"cancelled{' late' if late else ''} by {actor.role.value}"
    booking = booking.with_leg(closed, HistoryEntry(now, actor.account_id, what_happened))
    tx.save_booking(booking)
    message = notice(booking, NoticeKind.CANCELLED, now)
    tx.add_notice(heard(context, tx, message) if is_heard else message)
    if run is not None and run.driver_id is not None:
        tx.add_notice(notice(booking, NoticeKind.RUN_CHANGED, now, to="driver", run=run))
    return booking
