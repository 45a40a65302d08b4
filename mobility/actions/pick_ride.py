"""A volunteer takes a ride from the self-pick list (or the desk gives it to him): from then on it is promised."""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.answer_ride import find_leg
from mobility.actions.context import Context
from mobility.actions.notices import notice
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.searching import find_fits, make_plan, wanted, with_ride
from mobility.store.interface import Transaction


def list_rides_to_pick(context: Context, actor: Actor) -> list[tuple[Booking, Leg]]:
    """Rides that wait for a volunteer: for drivers who pick themselves, and for the desk."""
    if actor.role not in (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not pick rides")
    with context.store.transaction() as tx:
        bookings = tx.list_bookings(system_actor(actor.agency_id))
    return [(booking, leg) for booking in bookings for leg in booking.legs if leg.state is LegState.WAITING_LIST]


def pick_ride(context: Context, actor: Actor, booking_id: str, leg_id: str, run_id: str) -> Booking:
    """Put a waiting ride onto a run that has a place for it.

    Raises:
        NotFoundError: no such booking, or not the actor's run.
        NotAllowedError: a role that does not drive or dispatch.
        ConflictError: taken meanwhile, or it does not fit this run.
    """
    if actor.role not in (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not pick rides")
    system = system_actor(actor.agency_id)

    def work(tx: Transaction) -> Booking:
        tx.get_run(actor, run_id)
        runs = tx.lock_runs([run_id])
        booking = tx.lock_booking(system, booking_id)
        leg = find_leg(booking, leg_id)
        if leg.state is not LegState.WAITING_LIST:
            raise ConflictError("this ride has been taken meanwhile")
        changed = _placed(context, tx, booking, leg, runs[0])
        tx.save_run(changed, runs[0].revision)
        taken = replace(leg, state=LegState.ON_RUN, run_id=run_id, owner=None, answer_by=None)
        now = context.clock()
        booking = booking.with_leg(taken, HistoryEntry(now, actor.account_id, "picked by a driver"))
        tx.save_booking(booking)
        tx.add_notice(notice(booking, NoticeKind.CONFIRMED, now))
        return booking

    return context.store.in_transaction(work)


def _placed(context: Context, tx: Transaction, booking: Booking, leg: Leg, run: Run) -> Run:
    system = system_actor(booking.agency_id)
    service = tx.get_service(system, leg.service_id)
    network = context.network(tx, system)
    plan = make_plan([run], {service.id: service}, network.travel, context.clock(), [leg.pickup, leg.dropoff])
    ride = wanted(leg, booking.party, booking.needs)
    fits = find_fits(plan, ride) if run.service_id == service.id else []
    if not fits:
        raise ConflictError("the ride does not fit into this run's hours, places or kilometres")
    return with_ride(plan, fits[0], ride, leg)
