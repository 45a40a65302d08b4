"""The money of a run: what its passengers had to pay, and what the driver says that he took. For the desk and the county's cashier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mobility.actions.by_hand import check_desk
from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.driver_events import DriverEvent, EventKind
from mobility.domain.runs import Run, VisitKind
from mobility.errors import InvalidInputError, Problem
from mobility.planning.replaying import counted
from mobility.store.interface import Transaction

_MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class LegCash:
    """Cents of one ride: ``due`` once somebody has boarded, ``taken`` None while the driver has said nothing."""

    leg_id: str
    due_cents: int
    taken_cents: int | None

    @property
    def differs(self) -> bool:
        """Whether the desk should ask: another sum was taken, or nothing was said of one that was due."""
        return (self.taken_cents or 0) != self.due_cents


@dataclass(frozen=True, slots=True)
class RunCash:
    """A run's rides that have begun or were paid for, in the order of their boarding."""

    run_id: str
    day: date
    service_id: str
    vehicle: str
    driver_id: str | None
    legs: tuple[LegCash, ...]

    @property
    def due_cents(self) -> int:
        """Of all rides that have begun."""
        return sum(leg.due_cents for leg in self.legs)

    @property
    def taken_cents(self) -> int:
        """Of all that the driver has entered."""
        return sum(leg.taken_cents or 0 for leg in self.legs)

    @property
    def rides_that_differ(self) -> int:
        """How many the desk should ask about."""
        return sum(leg.differs for leg in self.legs)


def account_run(context: Context, actor: Actor, run_id: str) -> RunCash:
    """One run; a driver sees his own.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: neither desk nor driver.
    """
    if actor.role is not Role.DRIVER:
        check_desk(actor)
    with context.store.transaction() as tx:
        return _account(tx, actor, tx.get_run(actor, run_id))


def account_days(context: Context, actor: Actor, first: date, last: date) -> list[RunCash]:
    """Every run from the first day to the last on which money was due or taken, by day and run.

    Raises:
        NotAllowedError: not the desk.
        InvalidInputError: the days are in the wrong order, or more than a year.
    """
    check_desk(actor)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise InvalidInputError(Problem("last", "is before the first day, or more than a year after it", "give a month"))
    found: list[RunCash] = []
    for offset in range((last - first).days + 1):
        with context.store.transaction() as tx:
            runs = [run for run in tx.list_runs(actor, first + timedelta(days=offset)) if run.carries_riders]
            found += [_account(tx, actor, run) for run in sorted(runs, key=lambda run: run.id)]
    return [cash for cash in found if cash.due_cents or cash.taken_cents]


def _account(tx: Transaction, actor: Actor, run: Run) -> RunCash:
    events = tx.list_driver_events(actor, run.id)
    legs = cash_of(run, tx.list_bookings_of_legs(actor, {*run.leg_ids, *_paid(events)}), events)
    return RunCash(run.id, run.day, run.service_id, run.vehicle.name, run.driver_id, legs)


def cash_of(run: Run, bookings: Sequence[Booking], events: Sequence[DriverEvent]) -> tuple[LegCash, ...]:
    """Due is the price of every leg whose party has boarded; taken what was entered last for it."""
    prices = {leg.id: leg.price_cents for booking in bookings for leg in booking.legs}
    taken = _paid(events)
    boarded = [v.leg_id for v in run.visits if v.leg_id and v.kind is VisitKind.PICKUP and v.actual is not None and not v.skipped]
    order = dict.fromkeys([*boarded, *taken])
    return tuple(LegCash(leg_id, prices.get(leg_id, 0) if leg_id in boarded else 0, taken.get(leg_id)) for leg_id in order)


def _paid(events: Sequence[DriverEvent]) -> dict[str, int]:
    """By leg: what was entered last, and not taken back."""
    paid = [one for one in counted(events) if one.kind is EventKind.PAID and one.leg_id is not None and one.problem is None]
    return {one.leg_id: one.cents for one in sorted(paid, key=lambda one: (one.at, one.sequence)) if one.leg_id is not None}
