"""A volunteer takes a ride from the self-pick list (or the desk gives it to him): from then on it is promised.

The desk puts rides in rescue onto a run in the same way, once it has the driver's yes.
"""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.answer_ride import find_leg
from mobility.actions.by_hand import acknowledged, needs_a_yes
from mobility.actions.context import Context
from mobility.actions.hand_out_manifest import confirm_waiting
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.local_time import agency_zone
from mobility.actions.notices import notice
from mobility.actions.read_bookings import as_seen
from mobility.actions.wished_company import wished_company
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.compiling import is_on_paper
from mobility.planning.offering import answer_by
from mobility.planning.rescuing import DELAYS_S, NewPlace, Stranded, find_place
from mobility.store.interface import Transaction
from mobility.store.visibility import as_driver_sees

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
    far = [(as_driver_sees(booking), leg.id) for booking, leg in waiting if (leg.service_id, days[leg.id]) in driven]
    return [(booking, booking.leg(leg_id)) for booking, leg_id in far]


def _may_pick(actor: Actor, leg: Leg) -> bool:
    """Drivers leave alone what the desk sees to (it may be arranging it this minute)."""
    if actor.role in _DESK:
        return leg.state in (LegState.WAITING_LIST, LegState.IN_RESCUE)
    return leg.state is LegState.WAITING_LIST and leg.owner is None


def pick_ride(context: Context, actor: Actor, booking_id: str, leg_id: str, run_id: str, *, agreed: bool = False) -> Booking:
    """Put a waiting ride onto a run that has a place for it; a ride in rescue up to two hours later than it was promised.

    As with every change by hand: whoever holds a manifest on paper, or drives only what he has said yes to, is asked, and the ride waits
    for the answer, unless the desk has it (``agreed``) or the driver picks himself.

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
        place = _placed(context, tx, booking, leg, runs[0])
        run = acknowledged(place.run, runs[0], context.clock()) if agreed else place.run
        tx.save_run(run, runs[0].revision)
        waits = actor.role in _DESK and not agreed and needs_a_yes(runs[0])
        booking = _taken(context, tx, actor, booking, replace(place, run=run), waits=waits)
        if agreed and is_on_paper(runs[0]):
            confirm_waiting(context, tx, actor, run)
        booking = keep_ceilings(context, tx, run.agency_id, [run.id]).get(booking.id, booking)
        return as_seen(tx, actor, booking)

    return context.store.in_transaction(work)


def _taken(context: Context, tx: Transaction, actor: Actor, booking: Booking, place: NewPlace, *, waits: bool) -> Booking:
    """The booking on its run, promised or waiting for the driver's yes; rider and driver hear of it."""
    now, run, leg = context.clock(), place.run, booking.leg(place.leg.id)
    rescued = leg.state is LegState.IN_RESCUE
    what = f"rescued: put on run {run.id}, {-(-place.late_s // 60)} min late" if rescued else "picked by a driver"
    taken = replace(place.leg, state=LegState.ON_RUN, run_id=run.id, owner=None, answer_by=None)
    told, driver_told = NoticeKind.RESCUED if rescued else NoticeKind.CONFIRMED, NoticeKind.RUN_CHANGED
    if waits:
        service = tx.get_service(system_actor(booking.agency_id), leg.service_id)
        deadline = answer_by(service, run, place.leg.pickup_window.earliest, now)
        asked = (*leg.asked_run_ids, run.id)
        taken = replace(taken, state=LegState.AWAITING_CONFIRMATION, answer_by=deadline, asked_run_ids=asked)
        what, told = f"asked for by the desk: run {run.id}", NoticeKind.AWAITING_CONFIRMATION
        driver_told = NoticeKind.RIDE_ASKED if run.acceptance is not Acceptance.ROSTERED else NoticeKind.RUN_CHANGED
    booking = booking.with_leg(taken, HistoryEntry(now, actor.account_id, what))
    tx.save_booking(booking)
    tx.add_notice(notice(booking, told, now, run=run))
    if run.driver_id is not None and run.driver_id != actor.driver_id:
        tx.add_notice(notice(booking, driver_told, now, to="driver", run=run))
    return booking


def _placed(context: Context, tx: Transaction, booking: Booking, leg: Leg, run: Run) -> NewPlace:
    system = system_actor(booking.agency_id)
    service, travel = tx.get_service(system, leg.service_id), context.network(tx, system).travel
    possible = [run] if run.service_id == service.id and not run.withdrawn else []
    ride = Stranded(booking, leg, aboard=False, company=wished_company(tx, booking.agency_id, booking.rider_id))
    longest_s = DELAYS_S[-1] if leg.state is LegState.IN_RESCUE else 0
    place = find_place(possible, service, travel, context.clock(), ride, longest_s)
    if place is None:
        raise ConflictError("the ride does not fit into this run's hours, places or kilometres")
    return place
