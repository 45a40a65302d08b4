"""Be told when something one may see has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.store.changes import Tell, Topic
from mobility.store.interface import Transaction

_OVERSEERS = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN, Role.PLANNER, Role.PROVIDER)


def oversees(actor: Actor) -> bool:
    """Whether this role may follow whole days and the notices."""
    return actor.role in _OVERSEERS


def check_topics(context: Context, actor: Actor, names: Collection[str]) -> list[Topic]:
    """The topics of these names, ``run:ID``, ``booking:ID``, ``day`` (today) or ``day:2026-06-08``, or ``notices``.

    Raises:
        InvalidInputError: a name that is none.
        NotAllowedError: the day or the notices, for a role that does not oversee them.
        NotFoundError: a run or booking that is not this actor's to see.
    """
    with context.store.transaction() as tx:
        return [_topic(context, tx, actor, name) for name in names]


def follow_changes(context: Context, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
    """Call ``tell`` from another thread after each change of a topic, until the answer is called."""
    return context.store.subscribe(topics, tell)


def _topic(context: Context, tx: Transaction, actor: Actor, name: str) -> Topic:
    kind, _, of = name.partition(":")
    if kind == "run" and of:
        if actor.role is Role.RIDER and _rides_on(tx, actor, of):
            return Topic.of_run(actor.agency_id, of)
        return Topic.of_run(tx.get_run(actor, of).agency_id, of)
    if kind == "booking" and of:
        return Topic.of_booking(tx.get_booking(actor, of).agency_id, of)
    day = _day(context, tx, actor, of) if kind == "day" else None
    if day is None and name != "notices":
        raise InvalidInputError(Problem("topic", "is not a topic", "use run:ID, booking:ID, day, day:2026-06-08 or notices"))
    if not oversees(actor):
        raise NotAllowedError(f"the role {actor.role.value} does not follow all of a day")
    return Topic.of_notices(actor.agency_id) if day is None else Topic.of_day(actor.agency_id, day)


def _rides_on(tx: Transaction, actor: Actor, run_id: str) -> bool:
    """A rider does not see runs, but may be told that the own one has changed: how late it is stands there."""
    bookings = tx.list_bookings(actor)
    return any(leg.run_id == run_id for booking in bookings for leg in booking.legs)


def _day(context: Context, tx: Transaction, actor: Actor, text: str) -> date | None:
    if not text:
        agency = tx.find_agency(actor.agency_id)
        return context.clock().astimezone(ZoneInfo("Europe/Berlin" if agency is None else agency.timezone)).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
