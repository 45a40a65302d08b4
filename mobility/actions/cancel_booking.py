"""Give a ride back: its place is free at once, and exactly once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import heard, notice
from mobility.actions.read_bookings import as_seen
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from mobility.planning.releasing import release
from mobility.store.interface import Transaction


def cancel_booking(
    context: Context, actor: Actor, booking_id: str, leg_id: str | None = None, *, is_heard: bool = False
) -> Booking:
    """Cancel every leg that has not begun, or the one named. Cancelling again changes nothing. ``is_heard``: the rider is on the
    telephone.

    Raises:
        NotFoundError: no such booking, or not the actor's; no such leg.
        NotAllowedError: a role that does not cancel.
        ConflictError: the rider is aboard already.
    """
    if actor.role not in (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not cancel bookings")

    def work(tx: Transaction) -> Booking:
        booking, closed = give_back(context, tx, actor, booking_id, leg_id)
        if closed:
            message = notice(booking, NoticeKind.CANCELLED, context.clock())
            tx.add_notice(heard(context, tx, message) if is_heard else message)
        return as_seen(tx, actor, booking)

    return context.store.in_transaction(work)


def give_back(
    context: Context, tx: Transaction, actor: Actor, booking_id: str, leg_id: str | None = None
) -> tuple[Booking, bool]:
    """As :func:`cancel_booking`, within a transaction, and without a word to the rider; whether anything has changed.

    Raises:
        NotFoundError, ConflictError: as :func:`cancel_booking`.
    """
    seen = tx.get_booking(actor, booking_id)
    runs = {run.id: run for run in tx.lock_runs({leg.run_id for leg in seen.legs if leg.run_id})}
    booking = tx.lock_booking(actor, booking_id)
    if leg_id is not None and all(leg.id != leg_id for leg in booking.legs):
        raise NotFoundError(f"leg {leg_id}: not found")
    closing = [leg for leg in booking.legs if leg.state is not LegState.CLOSED and leg_id in {None, leg.id}]
    if any(leg.run_id not in {None, *runs} for leg in closing):
        raise ConflictError("the booking is being changed at this moment; try again")
    begun = [leg for leg in closing if leg.run_id and _has_begun(runs[leg.run_id], leg)]
    if begun and len(begun) == len(closing):
        raise ConflictError("the rider is aboard or has been taken already; a ride that has begun cannot be cancelled")
    for leg in (leg for leg in closing if leg not in begun):
        booking = _close(context, tx, actor, booking, leg, runs)
    if closing:
        booking = keep_ceilings(context, tx, booking.agency_id, runs.keys()).get(booking.id, booking)
    return booking, bool(closing)


def _has_begun(run: Run, leg: Leg) -> bool:
    return any(visit.leg_id == leg.id and visit.is_done for visit in run.visits)


def _close(context: Context, tx: Transaction, actor: Actor, booking: Booking, leg: Leg, runs: dict[str, Run]) -> Booking:
    """The booking with this leg cancelled; its run, of those locked, is saved without it."""
    now, system = context.clock(), system_actor(booking.agency_id)
    service, run = tx.get_service(system, leg.service_id), runs.get(leg.run_id or "")
    if run is not None:
        runs[run.id] = release(run, leg.id, service, context.network(tx, system).travel, now)
        tx.save_run(runs[run.id], run.revision)
    late = now > leg.pickup_window.earliest - timedelta(seconds=service.booking.cancel_notice_s)
    closed = replace(leg, state=LegState.CLOSED, outcome=Outcome.CANCELLED, run_id=None, answer_by=None)
    by = "helper" if actor.role is Role.RIDER and actor.rider_id != booking.rider_id else actor.role.value
    what_happened = f"cancelled{' late' if late else ''} by {by}"
    booking = booking.with_leg(closed, HistoryEntry(now, actor.account_id, what_happened))
    tx.save_booking(booking)
    if run is not None and run.driver_id is not None:
        tx.add_notice(notice(booking, NoticeKind.RUN_CHANGED, now, to="driver", run=runs[run.id]))
    return booking
