"""A rider names who hears "arrived safely" when a ride is over; each arrival is told once, and not where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from mobility.actions.context import Context, new_id
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, Leg, Outcome
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.riders import Channel
from mobility.domain.runs import Run, VisitKind
from mobility.domain.trust import ArrivalContact, ConsentGiven
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.files.explanations import FieldError
from mobility.files.field_types import telephone_number
from mobility.notifications.facts import is_mobile
from mobility.store.interface import Transaction

LONGEST_NAME = 80
MOST = 3
_TOLD_WITHIN = timedelta(hours=2)
_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class ContactEntry:
    """What the form says; ``telephone`` in any notation. ``given``: how the rider has agreed (on the own page: in writing)."""

    name: str
    channel: Channel
    telephone: str = ""
    email: str = ""
    language: str = "de"
    given: ConsentGiven = ConsentGiven.IN_WRITING


def add_arrival_contact(context: Context, actor: Actor, rider_id: str, entry: ContactEntry) -> ArrivalContact:
    """Name somebody: the rider himself, or the desk to whom the rider has said so.

    Raises:
        InvalidInputError: everything that is wrong, field by field.
        NotAllowedError: neither the rider nor the desk.
        NotFoundError: no such rider for this actor.
        ConflictError: the rider has named as many as one may.
    """
    _check_may(actor, rider_id)
    problems = list(_problems(entry))
    if problems:
        raise InvalidInputError(*problems)

    def work(tx: Transaction) -> ArrivalContact:
        rider = tx.get_rider(actor, rider_id)
        if len(tx.list_arrival_contacts(actor, rider.id)) >= MOST:
            raise ConflictError(f"this rider has named {MOST} people already; take one away first")
        contact = ArrivalContact(
            id=new_id(),
            agency_id=rider.agency_id,
            rider_id=rider.id,
            name=" ".join(entry.name.split()),
            channel=entry.channel,
            given=entry.given if actor.role in _DESK else ConsentGiven.IN_WRITING,
            recorded_at=context.clock(),
            recorded_by=actor.account_id,
            telephone=telephone_number(entry.telephone) if entry.telephone else "",
            email=entry.email if entry.channel is Channel.EMAIL else "",
            language="en" if entry.language == "en" else "de",
        )
        tx.save_arrival_contact(contact)
        return contact

    return context.store.in_transaction(work)


def list_arrival_contacts(context: Context, actor: Actor, rider_id: str) -> list[ArrivalContact]:
    """Who is told.

    Raises:
        NotAllowedError, NotFoundError: as :func:`add_arrival_contact`.
    """
    _check_may(actor, rider_id)
    with context.store.transaction() as tx:
        return tx.list_arrival_contacts(actor, tx.get_rider(actor, rider_id).id)


def remove_arrival_contact(context: Context, actor: Actor, rider_id: str, contact_id: str) -> None:
    """Nobody is told there any more, from this moment on.

    Raises:
        NotAllowedError: as :func:`add_arrival_contact`.
        NotFoundError: the rider has named no such person.
    """
    _check_may(actor, rider_id)
    with context.store.transaction() as tx:
        contact = tx.find_arrival_contact(actor, contact_id)
        if contact is None or contact.rider_id != rider_id:
            raise NotFoundError("no such person is told of this rider's arrivals")
        tx.delete_arrival_contact(actor, contact_id)


def tell_arrivals(context: Context, tx: Transaction, run: Run, before: Booking, after: Booking) -> None:
    """Whoever is named hears of each ride of ``after`` that has just ended, but not at the station where the journey goes on; what is entered
    hours later (from paper) frightens nobody.
    """
    goes_on = {journey.ride_to for journey in after.journeys}
    was = {leg.id: leg.outcome for leg in before.legs}
    ended = [leg for leg in after.legs if leg.outcome is Outcome.PERFORMED is not was.get(leg.id) and leg.id not in goes_on]
    lately = [leg for leg in ended if _is_lately(context, run, leg)]
    if not lately:
        return
    for contact in tx.list_arrival_contacts(system_actor(after.agency_id), after.rider_id):
        for leg in lately:
            key = f"{after.id}:{leg.id}:{NoticeKind.ARRIVED.value}:{contact.id}"
            message = Notice(new_id(), after.agency_id, key, NoticeKind.ARRIVED, context.clock(), after.id, run.id)
            tx.add_notice(replace(message, to_contact_id=contact.id))


def _is_lately(context: Context, run: Run, leg: Leg) -> bool:
    times = (v.actual for v in run.visits if v.leg_id == leg.id and v.kind is VisitKind.DROPOFF and v.actual is not None)
    return any(context.clock() - at <= _TOLD_WITHIN for at in times)


def _check_may(actor: Actor, rider_id: str) -> None:
    if actor.role not in _DESK and (actor.role, actor.rider_id) != (Role.RIDER, rider_id):
        raise NotAllowedError("only the rider, or the desk for the rider, names who is told")


def _problems(entry: ContactEntry) -> Iterator[Problem]:
    name = " ".join(entry.name.split())
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        yield Problem("name", "is missing or too long", f"write who is told, with at most {LONGEST_NAME} characters")
    if entry.channel is Channel.EMAIL and not ("@" in entry.email and entry.email.isprintable()):
        yield Problem("email", "is no e-mail address", "write one such as name@example.org, or choose another way")
    if entry.telephone or entry.channel is not Channel.EMAIL:
        try:
            number = telephone_number(entry.telephone)
        except FieldError as error:
            yield Problem("telephone", error.what, error.mend)
            return
        if entry.channel is Channel.SMS and not is_mobile(number):
            yield Problem("telephone", "is no mobile number, which text messages need", "give one, or choose a call")
