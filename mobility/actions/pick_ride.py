"""A volunteer takes a ride from the self-pick list (or the desk gives it to him): from then on it is promised.

The desk puts rides in rescue onto a run in the same way, once it has the driver's yes.
"""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.answer_ride import find_leg
from mobility.actions.context import Context
from mobility.actions.local_time import agency_zone
from mobility.actions.notices import notice
from mobility.actions.read_bookings import as_seen
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.rescuing import DELAYS_S, NewPlace, Stranded, find_place
from mobility.store.interface import Transaction
from mobility.store.visibility import Sight, shown_booking

_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def list_rides_to_pick(context: Context, actor: Actor) -> list[tuple[Booking, Leg]]:
    """Rides that wait for a volunteer. The desk sees all, those in rescue too.

    A driver sees those of services he drives for that day that the desk has not taken over, with villages instead of doors and
    without the rider: that is told to the one who takes the ride.
    """
    if actor.role not in (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not pick rides")
    zone = agency_zone(context, actor)
    with context.store.transaction() as tx:
        bookings = tx.list_bookings_nowhere(system_actor(actor.agency_id))
        waiting = [(booking, leg) for booking in bookings for leg in booking.legs if _may_pick(actor, leg)]
        if actor.role is not Role.DRIVER:
            return waiting
        days = {leg.id: leg.pickup_window.earliest.astimezone(zone).date() for _, leg in waiting}
        driven = {(run.service_id, day) for day in set(days.values()) for run in tx.list_runs(actor, day)}
    far = [
        (shown_booking(booking, Sight.OWN_DRIVER), leg.id) for booking, leg in waiting if (leg.service_id, days[leg.id]) in driven
    ]
    return [(booking, booking.leg(leg_id)) for booking, leg_id in far]


def _may_pick(actor: Actor, leg: Leg) -> bool:
    """Drivers leave alone what the desk sees to (it may be arranging it this minute)."""
    if actor.role in _DESK:
        return leg.state in (LegState.WAITING_LIST, LegState.IN_RESCUE)
    return leg.state is LegState.WAITING_LIST and leg.owner is None


def pick_ride(context: Context, actor: Actor, booking_id: str, leg_id: str, run_id: str) -> Booking:
    """Put a waiting ride onto a run that has a place for it; a ride in rescue up to two hours later than it was promised.

    Raises:
        NotFoundError: no such booking, or not the actor's run.
        NotAllowedError: a role that does not drive or dispatch.
        ConflictError: taken meanwhile, the desk's to arrange, or it does not fit this run.
    """
    if actor.role not in (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not pick rides")
    system = system_actor(actor.agency_id)

    def work(tx: Transaction) -> Booking:
        tx.get_run(actor, run_id)
        runs = tx.lock_runs([run_id])
        booking = tx.lock_booking(system, booking_id)
        leg = find_leg(booking, leg_id)
        if not _may_pick(actor, leg):
            raise ConflictError("this ride has been taken meanwhile, or the desk sees to it")
        now = context.clock()
        place = _placed(context, tx, booking, leg, runs[0])
        tx.save_run(place.run, runs[0].revision)
        taken = replace(place.leg, state=LegState.ON_RUN, run_id=run_id, owner=None, answer_by=None)
        rescued = leg.state is LegState.IN_RESCUE
        what = f"rescued: put on run {run_id}, {-(-place.late_s // 60)} min late" if rescued else "picked by a driver"
        booking = booking.with_leg(taken, HistoryEntry(now, actor.account_id, what))
        tx.save_booking(booking)
        tx.add_notice(notice(booking, NoticeKind.RESCUED if rescued else NoticeKind.CONFIRMED, now, run=place.run))
        if place.run.driver_id is not None and place.run.driver_id != actor.driver_id:
            tx.add_notice(notice(booking, NoticeKind.RUN_CHANGED, now, to="driver", run=place.run))
        return as_seen(tx, actor, booking)

    return context.store.in_transaction(work)


def _placed(context: Context, tx: Transaction, booking: Booking, leg: Leg, run: Run) -> NewPlace:
    system = system_actor(booking.agency_id)
    service, travel = tx.get_service(system, leg.service_id), context.network(tx, system).travel
    possible = [run] if run.service_id == service.id and not run.withdrawn else []
    ride = Stranded(booking, leg, aboard=False)
    longest_s = DELAYS_S[-1] if leg.state is LegState.IN_RESCUE else 0
    place = find_place(possible, service, travel, context.clock(), ride, longest_s)
    if place is None:
        raise ConflictError("the ride does not fit into this run's hours, places or kilometres")
    return place
