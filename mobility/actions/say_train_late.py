"""A rider or a driver says that a train is late or does not come: it counts for this rider's connection, or for those of the driver's own run.

Where an operator's message or the desk speaks of the train, that counts instead. Whoever says it can move nobody else: the ride waits within
all other promises, as for any late train.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from mobility.actions.context import Context
from mobility.actions.keep_connections import keep_journey
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Journey, TrainWord
from mobility.domain.lines import LineRide
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.store.interface import Transaction

MOST_LATE_MIN = 240
_SAID_BEFORE, _SAID_AFTER = timedelta(hours=5), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class TrainSaid:
    """Of the trip of this id, so many minutes late; None: it does not come."""

    trip_id: str
    late_min: int | None


def can_be_said(ride: LineRide, now: datetime) -> bool:
    """From five hours before it leaves until it has been there for half an hour, late as it may be."""
    return ride.departs - _SAID_BEFORE <= now <= ride.arrives + timedelta(minutes=MOST_LATE_MIN) + _SAID_AFTER


def say_train_late(context: Context, actor: Actor, booking_id: str, said: TrainSaid) -> Booking:
    """For one booking; saying another figure takes the place of what was said before. What follows from it happens at once.

    Raises:
        NotFoundError: no such booking for this actor.
        NotAllowedError: neither the rider nor the desk.
        InvalidInputError: no train of this booking, not now, or minutes that cannot be.
    """
    if actor.role not in (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not speak for a rider")
    with context.store.transaction() as tx:
        seen = tx.get_booking(actor, booking_id)
    _take(context, actor, [seen], said)
    with context.store.transaction() as tx:
        return tx.get_booking(actor, booking_id)


def say_train_late_on_run(context: Context, actor: Actor, run_id: str, said: TrainSaid) -> int:
    """For everybody on the driver's own run who comes with that train or goes to it; how many bookings these are.

    Raises:
        NotFoundError: no such run of this driver.
        NotAllowedError: no driver's account.
        InvalidInputError: no train of a rider who is shown on this run, not now, or minutes that cannot be.
    """
    if actor.role is not Role.DRIVER:
        raise NotAllowedError(f"the role {actor.role.value} does not drive")
    with context.store.transaction() as tx:
        run = tx.get_run(actor, run_id)
        seen = tx.list_bookings_of_legs(actor, run.leg_ids)
    return _take(context, actor, seen, said)


def _take(context: Context, actor: Actor, seen: Iterable[Booking], said: TrainSaid) -> int:
    """Of what the actor sees of the bookings: a driver only the trains next to his own rides."""
    now = context.clock()
    if said.late_min is not None and not 0 <= said.late_min <= MOST_LATE_MIN:
        raise InvalidInputError(Problem("late_min", f"is not from 0 to {MOST_LATE_MIN}", "say that it does not come"))
    about = [(booking.id, ride) for booking in seen for ride in booking.transit if ride.trip_id == said.trip_id]
    if not about:
        raise InvalidInputError(Problem("trip_id", "is no train or bus of these rides", "take the id of one of their trains"))
    about = [(booking_id, ride) for booking_id, ride in about if can_be_said(ride, now)]
    if not about:
        raise InvalidInputError(Problem("trip_id", "is not on its way now", "say it from five hours before it leaves"))
    for booking_id, ride in about:
        word = TrainWord(ride.trip_id, ride.departs, said.late_min, now, actor.account_id)
        saved = context.store.in_transaction(partial(_save, actor, booking_id, ride, word))
        keep_journey(context, saved)
    return len(about)


def _save(actor: Actor, booking_id: str, ride: LineRide, word: TrainWord, tx: Transaction) -> Booking:
    booking = tx.lock_booking(system_actor(actor.agency_id), booking_id)
    if any(one.is_about(ride) and one.late_min == word.late_min for journey in booking.journeys for one in journey.said):
        return booking  # pressed once more
    told = f"{word.late_min} min late" if word.late_min is not None else "not coming"
    entry = HistoryEntry(word.at, word.by, f"said of {ride.line or ride.trip_id}: {told}")
    journeys = tuple(_with_word(journey, word) for journey in booking.journeys)
    saved = replace(booking, journeys=journeys, history=(*booking.history, entry), revision=booking.revision + 1)
    tx.save_booking(saved)
    return saved


def _with_word(journey: Journey, word: TrainWord) -> Journey:
    """The newest word on each train."""
    if not any(word.is_about(ride) for ride in journey.transit):
        return journey
    others = (one for one in journey.said if (one.trip_id, one.departs) != (word.trip_id, word.departs))
    return replace(journey, said=(*others, word))
