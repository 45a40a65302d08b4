"""Standing orders become bookings, day by day, as far ahead as bookings are open; each day is decided once.

A day's decisions, its booking, its notice and the note that it has been decided are one transaction: a worker killed in between leaves
nothing, and the next one begins that day anew. Two workers wait for each other at the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mobility.actions.accepting import OfferedRunIsFullError
from mobility.actions.book_ride import accept_all, book_accepted, tell_rider
from mobility.actions.cancel_booking import give_back
from mobility.actions.context import Context, new_id
from mobility.actions.local_time import agency_zone
from mobility.actions.notices import notice
from mobility.actions.offer_rides import consider_rides
from mobility.actions.one_by_one import in_its_turn
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, Leg, Outcome
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Decision, Reason, Rejection, RideRequest
from mobility.domain.standing_orders import EndCause, StandingFate, StandingOrder, StandingRide, standing_ride_id
from mobility.errors import ConflictError
from mobility.planning.rules import wished_time
from mobility.planning.standing_days import nearest_ride, wanted_days, wants, wishes_on
from mobility.store.interface import Transaction

WARNED_AFTER = 2
"""So many rides in a row to which nobody came, and the rider is told that the next one ends the order."""
ENDED_AFTER = 3


class _TakenMeanwhileError(Exception):
    """Somebody else was quicker: nothing of this day is stored, it is considered again next time."""


@dataclass(frozen=True, slots=True)
class _Day:
    """One day of an order with the answers to its wishes: the way there, and the way back where there is one."""

    day: date
    decisions: Sequence[Decision]

    @property
    def chosen(self) -> list[tuple[str, int]] | None:
        """The rides to take (decision and number), all of them or none."""
        numbers = [nearest_ride(decision) for decision in self.decisions]
        chosen = [(decision.id, number) for decision, number in zip(self.decisions, numbers, strict=True) if number is not None]
        return chosen if len(chosen) == len(self.decisions) else None

    @property
    def refused(self) -> Decision:
        """The first answer without a ride."""
        return next(decision for decision in self.decisions if nearest_ride(decision) is None)

    @property
    def reason(self) -> Reason:
        """Why there is no ride; without a refusal there is only the ordinary bus."""
        rejection = self.refused.rejection
        return Reason.ORDINARY_LINE if rejection is None else rejection.reason


def book_standing_rides(context: Context, agency_id: str) -> int:
    """Everything that standing orders of an agency make due; the number of days decided. An order with which something goes wrong
    stops no other: the desk has a task of it, one a day.

    Raises:
        UnavailableError: no streets imported yet.
    """
    with context.store.transaction() as tx:
        orders = tx.list_standing_orders(system_actor(agency_id))
    decided = 0
    for order in orders:
        task = replace(_of_order(context, order, NoticeKind.WISH_STUCK, f"{context.clock():%Y-%m-%d}"), to_rider_id=None)
        with in_its_turn(context, f"standing order {order.id}", task):
            current = order if order.has_ended else _follow_no_shows(context, order)
            give_back_unwanted(context, current)  # also of ended ones: whoever ended it may have been interrupted
            decided += book_order(context, current)
    return decided


def book_order(context: Context, order: StandingOrder) -> int:
    """Book every open day of one order; the number of days decided."""
    if order.has_ended:
        return 0
    system, zone = system_actor(order.agency_id), agency_zone(context, system_actor(order.agency_id))
    now = context.clock()
    with context.store.transaction() as tx:
        ahead = [service.booking.max_days_ahead for service in tx.list_services(system)]
        done = {ride.day for ride in tx.list_standing_rides(system, order.id)}
    today = now.astimezone(zone).date()
    last, final = (today + timedelta(days=days) for days in (max(ahead, default=0), min(ahead, default=0)))
    open_days = (day for day in wanted_days(order, today, last) if day not in done)
    return sum(_decide(context, order, day, zone, may_refuse=day <= final) for day in open_days)


def give_back_unwanted(context: Context, order: StandingOrder, actor: Actor | None = None) -> int:
    """Give back what was booked for days on which the order rests now, or since it has ended; those days are open again."""
    system = system_actor(order.agency_id)
    today = context.clock().astimezone(agency_zone(context, system)).date()
    with context.store.transaction() as tx:
        rides = tx.list_standing_rides(system, order.id)

    def work(tx: Transaction, ride: StandingRide) -> bool:
        if wants(tx.lock_standing_order(system, order.id), ride.day):
            return False
        if ride.booking_id is not None:
            booking, closed = give_back(context, tx, actor or system, ride.booking_id)
            if closed:  # who lets it rest knows, and who has missed too many is told of the end
                now = context.clock()
                tx.add_notice(replace(notice(booking, NoticeKind.CANCELLED, now), sent_at=now))
        tx.delete_standing_ride(ride.id)
        return True

    given_back = 0
    for ride in (one for one in rides if one.day >= today and not wants(order, one.day)):
        try:
            given_back += context.store.in_transaction(partial(work, ride=ride))
        except ConflictError:
            continue  # it has begun
    return given_back


def _decide(context: Context, order: StandingOrder, day: date, zone: ZoneInfo, *, may_refuse: bool) -> bool:
    """Whether the day has been decided now; a "no" counts only when every service takes bookings for it (``may_refuse``)."""
    wishes = wishes_on(order, day, zone)
    if wished_time(wishes[0]) <= context.clock():
        return False
    system = system_actor(order.agency_id)
    answered = _Day(day, _answers(context, system, wishes))
    if answered.chosen is None and not may_refuse:
        return False
    for widen in (False, True):
        try:
            return context.store.in_transaction(partial(_settle, context, order=order, answered=answered, widen=widen))
        except OfferedRunIsFullError:
            continue
        except _TakenMeanwhileError:
            return False
    return False


def _answers(context: Context, system: Actor, wishes: Sequence[RideRequest]) -> list[Decision]:
    """One for each wish. The way back begins when the rider is there for certain, also where the order says earlier."""
    there = consider_rides(context, system, wishes[0])
    number, answers = nearest_ride(there), [there]
    for wish in wishes[1:]:
        arrived = None if number is None else there.offers[number].dropoff_window.latest
        answers.append(consider_rides(context, system, _not_before(wish, arrived)))
    return answers


def _not_before(wish: RideRequest, moment: datetime | None) -> RideRequest:
    if moment is None or wish.depart_after is None:
        return wish
    return replace(wish, depart_after=max(moment, wish.depart_after))


def _settle(context: Context, tx: Transaction, order: StandingOrder, answered: _Day, *, widen: bool) -> bool:
    """One transaction: the day's decisions, its booking or its task for the desk, and that it has been decided."""
    system, day = system_actor(order.agency_id), answered.day
    current = tx.lock_standing_order(system, order.id)
    before = tx.list_standing_rides(system, order.id)
    if not wants(current, day) or any(ride.day == day for ride in before):
        return False
    for decision in answered.decisions:
        tx.add_decision(decision)
    ride = StandingRide(
        id=standing_ride_id(order.id, day),
        agency_id=order.agency_id,
        order_id=order.id,
        day=day,
        fate=StandingFate.REFUSED,
        decision_id=answered.decisions[0].id,
        decided_at=context.clock(),
    )
    if answered.chosen is None:
        refused = answered.refused
        tx.add_standing_ride(replace(ride, decision_id=refused.id, reason=answered.reason))
        tx.add_notice(_of_order(context, order, NoticeKind.STANDING_UNMET, f"{day}", decision_id=refused.id))
        return True
    rides = accept_all(context, tx, system, answered.chosen)
    booking = rides if isinstance(rides, Rejection) else book_accepted(context, tx, rides, order.rider_id, widen=widen)
    if isinstance(booking, Rejection):
        raise _TakenMeanwhileError
    tx.add_standing_ride(replace(ride, fate=StandingFate.BOOKED, booking_id=booking.id))
    tell_rider(context, tx, booking, is_heard=False, is_known=_as_always(tx, booking, before))
    return True


def _as_always(tx: Transaction, booking: Booking, before: Sequence[StandingRide]) -> bool:
    """Whether the rider has been told these very times for an earlier day: nobody is rung up every week to hear the same."""
    system = system_actor(booking.agency_id)
    told = next((ride.booking_id for ride in reversed(before) if ride.booking_id is not None), None)
    if told is None:
        return False
    agency = tx.find_agency(booking.agency_id)
    zone = ZoneInfo("Europe/Berlin" if agency is None else agency.timezone)
    known = tx.get_booking(system, told)
    return [_as_told(leg, zone) for leg in known.legs] == [_as_told(leg, zone) for leg in booking.legs]


def _as_told(leg: Leg, zone: ZoneInfo) -> tuple[object, ...]:
    """Place, times of the day, and whether it is certain."""
    return leg.pickup, leg.state, *(_clock(moment, zone) for moment in (leg.pickup_window.earliest, leg.pickup_window.latest))


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _follow_no_shows(context: Context, order: StandingOrder) -> StandingOrder:
    """The order as it is after the rides so far: a word when nobody came again and again, and an end when that went on."""
    system = system_actor(order.agency_id)

    def work(tx: Transaction) -> StandingOrder:
        current = tx.lock_standing_order(system, order.id)
        missed = _missed_in_a_row(tx, current)
        last = missed[-1].legs[0].pickup_window.earliest if missed else None
        changed, kind = current, None
        if last is None or len(missed) < WARNED_AFTER:
            changed = replace(current, warned_at=None)
        elif current.warned_at is None:
            changed, kind = replace(current, warned_at=context.clock()), NoticeKind.STANDING_WARNED
        elif len(missed) >= ENDED_AFTER and last > current.warned_at:
            changed, kind = current.ended(context.clock(), EndCause.NO_SHOWS), NoticeKind.STANDING_ENDED
        if changed != current:
            tx.save_standing_order(changed)
        if kind is not None:
            tx.add_notice(_of_order(context, order, kind, f"{last:%Y-%m-%d}"))
        return changed

    return context.store.in_transaction(work)


def _missed_in_a_row(tx: Transaction, order: StandingOrder) -> list[Booking]:
    """The latest rides that are over, as far back as nobody came; what was cancelled counts for nothing."""
    system = system_actor(order.agency_id)
    booked = {booking.id: booking for booking in tx.list_bookings(system, order.rider_id)}
    rides = [booked[ride.booking_id] for ride in tx.list_standing_rides(system, order.id) if ride.booking_id in booked]
    missed: list[Booking] = []
    for booking in (one for one in rides if not one.is_open):
        outcomes = {leg.outcome for leg in booking.legs}
        if Outcome.PERFORMED in outcomes:
            missed.clear()
        elif Outcome.NO_SHOW in outcomes:
            missed.append(booking)
    return missed


def _of_order(context: Context, order: StandingOrder, kind: NoticeKind, what: str, decision_id: str | None = None) -> Notice:
    """A word to the rider of a standing order, one for each ``what``."""
    return Notice(
        id=new_id(),
        agency_id=order.agency_id,
        key=f"{order.id}:{kind.value}:{what}",
        kind=kind,
        created_at=context.clock(),
        to_rider_id=order.rider_id,
        decision_id=decision_id,
        standing_order_id=order.id,
    )
