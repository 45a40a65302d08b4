"""When is it coming: what is known of a booked ride at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import Service
from mobility.planning.compiling import known_position
from mobility.planning.searching import expected_times, make_plan
from mobility.store.interface import Transaction


class Stage(StrEnum):
    """How far a ride has come, as a rider would say it."""

    ASKED = "asked"
    WAITING = "waiting"
    BOOKED = "booked"
    NARROWED = "narrowed"
    ON_ITS_WAY = "on_its_way"
    ABOARD = "aboard"
    ARRIVED = "arrived"
    RESCUE = "rescue"
    CANCELLED = "cancelled"
    MISSED = "missed"
    NOT_CONFIRMED = "not_confirmed"


_CLOSED = {
    Outcome.PERFORMED: Stage.ARRIVED,
    Outcome.NO_SHOW: Stage.MISSED,
    Outcome.CANCELLED: Stage.CANCELLED,
    Outcome.NOT_CONFIRMED: Stage.NOT_CONFIRMED,
}
_OPEN = {
    LegState.AWAITING_CONFIRMATION: Stage.ASKED,
    LegState.WAITING_LIST: Stage.WAITING,
    LegState.IN_RESCUE: Stage.RESCUE,
}


@dataclass(frozen=True, slots=True)
class FollowedRide:
    """A leg of a booking as it stands. ``expected`` is when the vehicle will be at the pickup (aboard: at the drop-off), None when nobody
    can say; ``late_s`` how much later than promised. ``cancel_in_time_until`` is when a cancellation begins to count as late.
    """

    booking: Booking
    leg: Leg
    service: Service
    stage: Stage
    expected: datetime | None
    late_s: int
    cancel_in_time_until: datetime

    @property
    def can_be_cancelled(self) -> bool:
        """Not begun, not over."""
        return self.leg.state is not LegState.CLOSED and self.stage not in (Stage.ABOARD, Stage.ARRIVED)


def follow_booking(context: Context, actor: Actor, booking_id: str) -> list[FollowedRide]:
    """The rides of one booking.

    Raises:
        NotFoundError: no such booking for this actor.
    """
    with context.store.transaction() as tx:
        booking = tx.get_booking(actor, booking_id)
        return [_followed(context, tx, booking, leg) for leg in booking.legs]


def list_rides(context: Context, actor: Actor) -> list[FollowedRide]:
    """Every ride of the actor's own bookings, and of those made for riders who agree, by pickup time."""
    with context.store.transaction() as tx:
        bookings = tx.list_bookings(actor)
        rides = [_followed(context, tx, booking, leg) for booking in bookings for leg in booking.legs]
    return sorted(rides, key=lambda ride: (ride.leg.pickup_window.earliest, ride.leg.id))


def _followed(context: Context, tx: Transaction, booking: Booking, leg: Leg) -> FollowedRide:
    system = system_actor(booking.agency_id)
    service = tx.get_service(system, leg.service_id)
    run = tx.get_run(system, leg.run_id) if leg.state is LegState.ON_RUN and leg.run_id else None
    stage, visit = _stage(leg, None if run is None else _from_where_it_is(context, tx, run, service))
    window = leg.dropoff_window if stage is Stage.ABOARD else leg.pickup_window
    expected = None if visit is None else visit.planned
    late_s = 0 if expected is None else max(0, round((expected - window.latest).total_seconds()))
    until = leg.pickup_window.earliest - timedelta(seconds=service.booking.cancel_notice_s)
    return FollowedRide(booking, leg, service, stage, expected, late_s, until)


def _from_where_it_is(context: Context, tx: Transaction, run: Run, service: Service) -> Run:
    """The run with the times that are to be expected from where its vehicle said it is, when it has said so lately."""
    now = context.clock()
    if known_position(run, now) is None:
        return run
    travel = context.network(tx, system_actor(run.agency_id)).travel
    return expected_times(make_plan([run], {service.id: service}, travel, now))


def _stage(leg: Leg, run: Run | None) -> tuple[Stage, Visit | None]:
    """How far, and the visit that comes next for this rider."""
    if leg.outcome is not None:
        return _CLOSED[leg.outcome], None
    if run is None:
        return _OPEN.get(leg.state, Stage.BOOKED), None
    pickup, dropoff = (
        next((v for v in run.visits if v.leg_id == leg.id and v.kind is kind), None)
        for kind in (VisitKind.PICKUP, VisitKind.DROPOFF)
    )
    if dropoff is not None and dropoff.is_done:
        return Stage.ARRIVED, None
    if pickup is not None and pickup.is_done:
        return Stage.ABOARD, dropoff
    if any(visit.is_done for visit in run.visits):
        return Stage.ON_ITS_WAY, pickup
    late = pickup if pickup is not None and pickup.planned > leg.pickup_window.latest else None
    return (Stage.BOOKED if leg.narrowed_at is None else Stage.NARROWED), late
