"""A relative, a surgery or a parish office books for somebody who has agreed: the agreement is recorded, can be withdrawn, and ends what they see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mobility.actions.context import Context, new_id
from mobility.actions.sign_in import RIDERS_OWN
from mobility.domain.accounts import Account, Actor, Role, system_actor
from mobility.domain.bookings import Booking
from mobility.domain.riders import Rider
from mobility.domain.trust import BookingConsent, ConsentGiven
from mobility.errors import InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.files.explanations import FieldError
from mobility.files.field_types import telephone_number
from mobility.store.interface import Transaction

LONGEST_HELPER = 80
_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """What the desk writes down. ``helper``: who may book, as the rider said it ("Karin Weber, Tochter"). ``sign_in``: the helper's sign-in
    name, or telephone number when the helper is a rider too; empty for somebody who rings the desk. ``until``: when it ends.
    """

    helper: str
    given: ConsentGiven
    telephone: str = ""
    sign_in: str = ""
    until: datetime | None = None


def record_consent(context: Context, actor: Actor, rider_id: str, entry: ConsentEntry) -> BookingConsent:
    """Record that a rider agrees to be booked for.

    Raises:
        InvalidInputError: everything that is wrong, field by field.
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor.
    """
    if actor.role not in _DESK:
        raise NotAllowedError("only the desk records who may book for a rider; ring it")
    problems = list(_problems(entry, context.clock()))
    if problems:
        raise InvalidInputError(*problems)

    def work(tx: Transaction) -> BookingConsent:
        rider = tx.get_rider(actor, rider_id)
        consent = BookingConsent(
            id=new_id(),
            agency_id=rider.agency_id,
            rider_id=rider.id,
            helper=" ".join(entry.helper.split()),
            given=entry.given,
            recorded_at=context.clock(),
            recorded_by=actor.account_id,
            telephone=telephone_number(entry.telephone) if entry.telephone else "",
            until=entry.until,
        )
        consent = _signing_in(tx, consent, entry.sign_in)
        tx.save_booking_consent(consent)
        return consent

    return context.store.in_transaction(work)


def withdraw_consent(context: Context, actor: Actor, rider_id: str, consent_id: str) -> BookingConsent:
    """The rider agrees no more, or the desk hears so; once withdrawn it stays as it is. Rides that are booked stay booked.

    Raises:
        NotAllowedError: neither the rider nor the desk.
        NotFoundError: the rider has agreed to no such thing.
    """
    _check_may(actor, rider_id)

    def work(tx: Transaction) -> BookingConsent:
        tx.get_rider(actor, rider_id)
        consent = tx.lock_booking_consent(actor, consent_id)
        if consent.rider_id != rider_id:
            raise NotFoundError("this rider has agreed to no such thing")
        if consent.withdrawn_at is not None:
            return consent
        consent = replace(consent, withdrawn_at=context.clock(), withdrawn_by=actor.account_id)
        tx.save_booking_consent(consent)
        return consent

    return context.store.in_transaction(work)


def list_consents(context: Context, actor: Actor, rider_id: str) -> list[BookingConsent]:
    """To whom a rider has agreed, ended ones too.

    Raises:
        NotAllowedError: neither the rider nor the desk.
        NotFoundError: no such rider for this actor.
    """
    _check_may(actor, rider_id)
    with context.store.transaction() as tx:
        return tx.list_booking_consents(actor, tx.get_rider(actor, rider_id).id)


def list_riders_to_book_for(context: Context, actor: Actor) -> list[Rider]:
    """Riders who agree at this moment that this account books for them: name alone. None for whoever is no rider's helper."""
    if actor.role is not Role.RIDER:
        return []
    with context.store.transaction() as tx:
        return [rider for rider in tx.list_riders(actor) if rider.id != actor.rider_id]


def helper_of(context: Context, actor: Actor, booking: Booking) -> str:
    """Who has booked this for the rider, as the rider knows it; empty when nobody else has, and for whoever is not to know."""
    if booking.consent_id is None:
        return ""
    with context.store.transaction() as tx:
        known = tx.list_booking_consents(actor, booking.rider_id)
    return next((one.helper for one in known if one.id == booking.consent_id), "")


def consent_to_book(
    context: Context, tx: Transaction, actor: Actor, rider_id: str, consent_id: str | None
) -> BookingConsent | None:
    """What lets the actor book for this rider: None for the rider and for the desk, unless the desk books for a helper who rings and
    names the rider's consent.

    Raises:
        NotAllowedError: the rider has not agreed, or agrees no more.
    """
    if actor.role is not Role.RIDER and consent_id is None:
        return None
    if actor.role is Role.RIDER and rider_id == actor.rider_id:
        return None
    holding = [one for one in tx.list_booking_consents(system_actor(actor.agency_id), rider_id) if one.holds(context.clock())]
    if actor.role is Role.RIDER:
        holding = [one for one in holding if one.is_for(actor.account_id, actor.rider_id)]
    elif consent_id is not None:
        holding = [one for one in holding if one.id == consent_id]
    if not holding:
        raise NotAllowedError("a rider books rides of his own, and of riders who agree to it; this one does not, or no more")
    return holding[-1]


def _check_may(actor: Actor, rider_id: str) -> None:
    if actor.role not in _DESK and (actor.role, actor.rider_id) != (Role.RIDER, rider_id):
        raise NotAllowedError("only the rider, or the desk for the rider, sees and withdraws this")


def _signing_in(tx: Transaction, consent: BookingConsent, sign_in: str) -> BookingConsent:
    """With whoever it is who signs in.

    Raises:
        InvalidInputError: nobody, the rider, or more than one.
    """
    if not sign_in:
        return consent
    account = tx.find_account_by_name(sign_in)
    if account is not None and _may_help(account, consent):
        return replace(consent, account_id=account.id)
    helpers = _by_number(tx, consent, sign_in)
    if len(helpers) > 1:
        helpers = [one for one in helpers if one.name.casefold() in consent.helper.casefold()] or helpers
    if len(helpers) != 1:
        what = "nobody signs in so, or nobody but the rider" if not helpers else "several people have this number"
        raise InvalidInputError(Problem("sign_in", what, "give a sign-in name, or the number and the name as we know them"))
    return replace(consent, helper_rider_id=helpers[0].id)


def _may_help(account: Account, consent: BookingConsent) -> bool:
    """An office's sign-in; a rider's own is found by number."""
    own = account.agency_id == consent.agency_id and account.role is Role.RIDER
    return own and account.rider_id != consent.rider_id and not account.name.startswith(RIDERS_OWN) and not account.locked


def _by_number(tx: Transaction, consent: BookingConsent, text: str) -> Sequence[Rider]:
    try:
        number = telephone_number(text)
    except FieldError:
        return []
    return [one for one in tx.list_riders(system_actor(consent.agency_id), number) if one.id != consent.rider_id]


def _problems(entry: ConsentEntry, now: datetime) -> Iterator[Problem]:
    helper = " ".join(entry.helper.split())
    if not helper or not helper.isprintable() or len(helper) > LONGEST_HELPER:
        yield Problem("helper", "is missing or too long", f"write who may book, with at most {LONGEST_HELPER} characters")
    if entry.telephone:
        try:
            telephone_number(entry.telephone)
        except FieldError as error:
            yield Problem("telephone", error.what, error.mend)
    if entry.until is not None and entry.until <= now:
        yield Problem("until", "has passed", "leave it empty, or give a day to come")
