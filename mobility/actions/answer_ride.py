"""A driver (or the desk for him) says yes or no to a ride he was asked for; "no" asks the next one, at last the desk."""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import notice
from mobility.actions.read_bookings import as_seen
from mobility.actions.wished_company import wished_company
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from mobility.planning.offering import answer_by
from mobility.planning.releasing import release
from mobility.planning.searching import find_fits, make_plan, wanted, with_ride
from mobility.store.interface import Transaction

_DESK = "desk"
_ANSWERS = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def answer_ride(context: Context, actor: Actor, booking_id: str, leg_id: str, *, accepts: bool) -> Booking:
    """Confirm or decline a ride that is waiting for an answer.

    Raises:
        NotFoundError: no such booking for this actor.
        NotAllowedError: a role that is not asked, or another driver's ride.
        ConflictError: the ride is not waiting for an answer (any more).
    """
    if actor.role not in _ANSWERS:
        raise NotAllowedError(f"the role {actor.role.value} does not answer for a driver")

    def work(tx: Transaction) -> Booking:
        booking, leg, runs = lock_asked(tx, actor, booking_id, leg_id)
        run = runs[leg.run_id or ""]
        if actor.role is Role.DRIVER and run.driver_id != actor.driver_id:
            raise NotAllowedError("another driver was asked for this ride")
        if accepts and context.clock() > leg.pickup_window.latest:
            raise ConflictError("the time of this ride has passed")
        if accepts and run.closed:
            raise ConflictError("the driver may not drive on that day: a credential has ended")
        what = booking, leg
        done = confirm(context, tx, actor, *what) if accepts else pass_on(context, tx, actor, what, runs)
        return as_seen(tx, actor, done)

    return context.store.in_transaction(work)


def find_leg(booking: Booking, leg_id: str) -> Leg:
    """The leg somebody names.

    Raises:
        NotFoundError: the booking has no such leg.
    """
    if leg_id not in {leg.id for leg in booking.legs}:
        raise NotFoundError("no such ride in this booking")
    return booking.leg(leg_id)


def lock_asked(tx: Transaction, actor: Actor, booking_id: str, leg_id: str) -> tuple[Booking, Leg, dict[str, Run]]:
    """Lock, in id order, every run that the ride may be passed on to, then the booking."""
    system = system_actor(actor.agency_id)
    seen = find_leg(tx.get_booking(actor, booking_id), leg_id)
    if seen.state is not LegState.AWAITING_CONFIRMATION or seen.run_id is None:
        raise ConflictError("this ride is not waiting for an answer")
    asked = tx.get_run(system, seen.run_id)
    others = [run.id for run in tx.list_runs(system, asked.day, [seen.service_id]) if run.acceptance is asked.acceptance]
    runs = {run.id: run for run in tx.lock_runs({asked.id, *others})}
    booking = tx.lock_booking(actor, booking_id)
    leg = booking.leg(leg_id)
    if leg.state is not LegState.AWAITING_CONFIRMATION or leg.run_id != asked.id:
        raise ConflictError("this ride has been answered meanwhile")
    return booking, leg, runs


def confirm(context: Context, tx: Transaction, actor: Actor, booking: Booking, leg: Leg) -> Booking:
    """The yes: now the windows are a promise."""
    now = context.clock()
    agreed = replace(leg, state=LegState.ON_RUN, answer_by=None)
    booking = booking.with_leg(agreed, HistoryEntry(now, actor.account_id, "confirmed"))
    tx.save_booking(booking)
    tx.add_notice(notice(booking, NoticeKind.CONFIRMED, now))
    return booking


def pass_on(context: Context, tx: Transaction, actor: Actor, what: tuple[Booking, Leg], runs: dict[str, Run]) -> Booking:
    """The no (or silence): free the place, ask the next run that keeps the same windows, else hand over to the desk."""
    booking, leg = what
    now = context.clock()
    system = system_actor(booking.agency_id)
    held = runs[leg.run_id or ""]
    service = tx.get_service(system, leg.service_id)
    network = context.network(tx, system)
    tx.save_run(release(held, leg.id, service, network.travel, now), held.revision)
    untried = [run for run in runs.values() if run.id not in leg.asked_run_ids and not run.withdrawn]
    plan = make_plan(untried, {service.id: service}, network.travel, now, [leg.pickup, leg.dropoff])
    ride = wanted(leg, booking.party, booking.needs, wished_company(tx, booking.agency_id, booking.rider_id))
    fits = find_fits(plan, ride) if held.acceptance is Acceptance.ASK_FIRST and now < leg.pickup_window.earliest else []
    if not fits:
        given = replace(leg, state=LegState.WAITING_LIST, run_id=None, owner=_DESK, answer_by=None)
        booking = booking.with_leg(given, HistoryEntry(now, actor.account_id, "not confirmed: handed to the desk"))
        tx.save_booking(booking)
        tx.add_notice(notice(booking, NoticeKind.DESK_TASK, now, to=_DESK))
        keep_ceilings(context, tx, booking.agency_id, [held.id])
        return booking
    run = fits[0].run
    tx.save_run(with_ride(plan, fits[0], ride, leg), run.revision)
    deadline = answer_by(service, run, leg.pickup_window.earliest, now)
    asked = replace(leg, run_id=run.id, answer_by=deadline, asked_run_ids=(*leg.asked_run_ids, run.id))
    booking = booking.with_leg(asked, HistoryEntry(now, actor.account_id, "not confirmed: the next driver is asked"))
    tx.save_booking(booking)
    tx.add_notice(notice(booking, NoticeKind.RIDE_ASKED, now, to="driver", run=run))
    return keep_ceilings(context, tx, booking.agency_id, [held.id, run.id]).get(booking.id, booking)
