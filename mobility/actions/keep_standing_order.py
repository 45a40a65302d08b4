"""Make, read, pause and end a standing order. What is to be driven is booked at once, as far ahead as bookings are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mobility.actions.book_standing_rides import book_order, give_back_unwanted
from mobility.actions.context import Context, new_id
from mobility.actions.local_time import agency_zone
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.services import DayKind
from mobility.domain.standing_orders import DaysOff, EndCause, Pause, StandingOrder, StandingRide
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.store.interface import Transaction

MOST = 14
"""Of one rider: there and back, every day of the week."""
_MOST_PAUSES = 50
_LONGEST_AHEAD = timedelta(days=400)
_DAY_S = 86_400
Change = Callable[[StandingOrder], StandingOrder]
_KEEPS = (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class StandingWish:
    """What somebody says for a standing order; as in :class:`mobility.domain.standing_orders.StandingOrder`."""

    origin: Place
    destination: Place
    days: frozenset[DayKind]
    at_s: int
    first_day: date
    arrives: bool = False
    back_s: int | None = None
    party: Party = Party()  # noqa: RUF009 -- frozen
    needs: frozenset[Need] = frozenset()
    last_day: date | None = None
    days_off: frozenset[DaysOff] = frozenset({DaysOff.PUBLIC_HOLIDAYS})


def make_standing_order(context: Context, actor: Actor, wish: StandingWish, rider_id: str | None = None) -> StandingOrder:
    """Write it down and book its first days. The desk names the rider.

    Raises:
        InvalidInputError: what was said is no standing order, or nobody to make it for.
        NotAllowedError: a role that makes none, or a rider for somebody else.
        NotFoundError: no such rider for this actor.
        ConflictError: the rider has as many as one may have.
    """
    whom = _whose(actor, rider_id)
    now = context.clock()
    _check(wish, now.astimezone(agency_zone(context, actor)).date())

    def work(tx: Transaction) -> StandingOrder:
        rider = tx.get_rider(actor, whom)
        if sum(not one.has_ended for one in tx.list_standing_orders(actor, whom)) >= MOST:
            raise ConflictError(f"{MOST} standing orders are kept already; end one first")
        services = tx.list_services(system_actor(actor.agency_id))
        if not services:
            raise ConflictError("no service has been set up yet; there is nothing to order")
        order = StandingOrder(
            id=new_id(),
            agency_id=rider.agency_id,
            rider_id=rider.id,
            land=services[0].holidays,
            made_at=now,
            **{name: getattr(wish, name) for name in StandingWish.__slots__},
        )
        tx.save_standing_order(order)
        return order

    order = context.store.in_transaction(work)
    book_order(context, order)
    return order


def list_standing_orders(context: Context, actor: Actor, rider_id: str | None = None) -> list[StandingOrder]:
    """Those that the actor may see, those that have ended last.

    Raises:
        NotAllowedError: a role that has nothing to do with them.
    """
    _check_role(actor)
    with context.store.transaction() as tx:
        found = tx.list_standing_orders(actor, rider_id)
    return sorted(found, key=lambda order: (order.has_ended, order.made_at, order.id))


def read_standing_order(context: Context, actor: Actor, order_id: str) -> tuple[StandingOrder, Sequence[StandingRide]]:
    """One of them, with what became of each of its days.

    Raises:
        NotAllowedError: a role that has nothing to do with them.
        NotFoundError: no such standing order for this actor.
    """
    _check_role(actor)
    with context.store.transaction() as tx:
        return tx.get_standing_order(actor, order_id), tx.list_standing_rides(actor, order_id)


def pause_standing_order(context: Context, actor: Actor, order_id: str, pause: Pause) -> StandingOrder:
    """Let it rest for some days; what was booked for them is given back.

    Raises:
        InvalidInputError: the last day lies before the first, or the pause is longer than a year.
        NotAllowedError: a role that has nothing to do with them.
        NotFoundError: no such standing order for this actor.
        ConflictError: it has ended, or rests as often as it may.
    """
    if not timedelta() <= pause.last_day - pause.first_day <= _LONGEST_AHEAD:
        raise InvalidInputError(Problem("last_day", "lies before the first day, or too far behind it", "check both days"))

    def paused(order: StandingOrder) -> StandingOrder:
        if len(order.pauses) >= _MOST_PAUSES:
            raise ConflictError(f"it rests {_MOST_PAUSES} times already; end it and make a new one")
        return replace(order, pauses=tuple(sorted({*order.pauses, pause}, key=lambda one: (one.first_day, one.last_day))))

    return _changed(context, actor, order_id, paused)


def resume_standing_order(context: Context, actor: Actor, order_id: str, first_day: date) -> StandingOrder:
    """Take back the pause that begins on this day: its days are booked again, as far as there is room.

    Raises:
        NotAllowedError: a role that has nothing to do with them.
        NotFoundError: no such standing order for this actor, or no such pause.
        ConflictError: it has ended.
    """

    def resumed(order: StandingOrder) -> StandingOrder:
        left = tuple(pause for pause in order.pauses if pause.first_day != first_day)
        if len(left) == len(order.pauses):
            raise NotFoundError("no pause begins on this day")
        return replace(order, pauses=left)

    order = _changed(context, actor, order_id, resumed)
    book_order(context, order)
    return order


def end_standing_order(context: Context, actor: Actor, order_id: str) -> StandingOrder:
    """No ride any more; what was booked is given back. Ending again changes nothing.

    Raises:
        NotAllowedError: a role that has nothing to do with them.
        NotFoundError: no such standing order for this actor.
    """
    order, _ = read_standing_order(context, actor, order_id)
    if order.has_ended:
        return order
    return _changed(context, actor, order_id, lambda one: one.ended(context.clock(), EndCause.ASKED_FOR))


def _changed(context: Context, actor: Actor, order_id: str, change: Change) -> StandingOrder:
    _check_role(actor)

    def work(tx: Transaction) -> StandingOrder:
        order = tx.lock_standing_order(actor, order_id)
        if order.has_ended:
            raise ConflictError("this standing order has ended; make a new one")
        tx.save_standing_order(changed := change(order))
        return changed

    order = context.store.in_transaction(work)
    give_back_unwanted(context, order, actor)
    return order


def _whose(actor: Actor, rider_id: str | None) -> str:
    _check_role(actor)
    whom = rider_id or actor.rider_id
    if whom is None:
        raise InvalidInputError(Problem("rider_id", "nobody to order for", "name the rider"))
    if actor.role is Role.RIDER and whom != actor.rider_id:
        raise NotAllowedError("a rider orders rides of his own")
    return whom


def _check_role(actor: Actor) -> None:
    if actor.role not in _KEEPS:
        raise NotAllowedError(f"the role {actor.role.value} keeps no standing orders")


def _check(wish: StandingWish, today: date) -> None:
    """Everything that is wrong, at once."""
    problems = [
        *([Problem("days", "no day of the week is named", "name at least one")] if not wish.days - {DayKind.HOLIDAY} else []),
        *([Problem("days", "a holiday is no day of the week", "name days of the week")] if DayKind.HOLIDAY in wish.days else []),
        *([Problem("to", "is where the ride begins", "name two places")] if wish.origin == wish.destination else []),
        *([Problem("first_day", "has passed, or is too far away", "name a day from today on")] if _is_off(wish, today) else []),
        *([Problem("party", "nobody travels", "one person at least")] if not wish.party.persons else []),
    ]
    if not wish.party.assists_somebody:
        problems.append(Problem("assistants", "is more than can help somebody", "one for each person, on a seat"))
    if not 0 <= wish.at_s < _DAY_S:
        problems.append(Problem("time", "is no time of the day", "write it as 09:30"))
    if wish.back_s is not None and not wish.at_s < wish.back_s < _DAY_S:
        problems.append(Problem("back_time", "is not later than the way there", "name a later time of the same day"))
    if wish.last_day is not None and wish.last_day < wish.first_day:
        problems.append(Problem("last_day", "lies before the first day", "check both days"))
    if problems:
        raise InvalidInputError(*problems)


def _is_off(wish: StandingWish, today: date) -> bool:
    return wish.first_day < today or wish.first_day - today > _LONGEST_AHEAD
