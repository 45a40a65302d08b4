"""Whom a rider trusts with booking and with hearing of arrivals, and how the rider wants to be told things."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.auth import ActorDep, ContextDep
from api.fields import Body, Clock, Day, Instant, MaybeText, PathIdentifier, Text
from api.strict_json import StrictJsonRoute
from mobility.actions.arrival_contacts import (
    ContactEntry,
    add_arrival_contact,
    list_arrival_contacts,
    remove_arrival_contact,
)
from mobility.actions.book_for_others import (
    ConsentEntry,
    list_consents,
    list_riders_to_book_for,
    record_consent,
    withdraw_consent,
)
from mobility.actions.keep_messages import MessageWishes, keep_messages, read_messages
from mobility.actions.local_time import agency_zone
from mobility.domain.riders import Channel, QuietHours, Rider
from mobility.domain.service_days import format_time, parse_time
from mobility.domain.trust import ArrivalContact, BookingConsent, ConsentGiven

router = APIRouter(tags=["trust"], route_class=StrictJsonRoute)

Language = Annotated[str, Field(pattern=r"^(de|en)$", examples=["de"])]


Given = Annotated[ConsentGiven, Field(strict=False, description="how the rider has said yes")]
By = Annotated[Channel, Field(strict=False)]


class ConsentRequest(Body):
    """Who may book, as the rider said it. ``sign_in``: the helper's sign-in name, or telephone number when the helper is a rider too; without it
    the helper rings the desk. ``last_day`` is included.
    """

    helper: Text
    given: Given
    telephone: MaybeText = ""
    sign_in: MaybeText = ""
    last_day: Day | None = None


class ConsentOut(BaseModel):
    """A consent; it holds while ``withdrawn_at`` is null and ``until`` has not come."""

    id: str
    helper: str
    given: str
    telephone: str
    signs_in: Annotated[bool, Field(description="whether the helper books without the desk")]
    recorded_at: Instant
    until: Instant | None
    withdrawn_at: Instant | None

    @classmethod
    def of(cls, consent: BookingConsent) -> Self:
        """From the domain."""
        return cls(
            id=consent.id,
            helper=consent.helper,
            given=consent.given.value,
            telephone=consent.telephone,
            signs_in=consent.account_id is not None or consent.helper_rider_id is not None,
            recorded_at=consent.recorded_at,
            until=consent.until,
            withdrawn_at=consent.withdrawn_at,
        )


class HelpedOut(BaseModel):
    """A rider who agrees to be booked for: nothing more than the name."""

    id: str
    name: str


class ContactRequest(Body):
    """Who is told "arrived safely", and how."""

    name: Text
    channel: By
    telephone: MaybeText = ""
    email: MaybeText = ""
    language: Language = "de"
    given: Given = ConsentGiven.IN_WRITING


class ContactOut(BaseModel):
    """Somebody who is told."""

    id: str
    name: str
    channel: str
    telephone: str
    email: str
    language: str
    given: str
    recorded_at: Instant

    @classmethod
    def of(cls, contact: ArrivalContact) -> Self:
        """From the domain."""
        return cls(
            id=contact.id,
            name=contact.name,
            channel=contact.channel.value,
            telephone=contact.telephone,
            email=contact.email,
            language=contact.language,
            given=contact.given.value,
            recorded_at=contact.recorded_at,
        )


class Quiet(Body):
    """Every day from when to when nobody is told what can wait; over midnight where ``until`` is earlier."""

    start: Clock = Field(alias="from")
    until: Clock


class Messages(Body):
    """How the rider is told things."""

    channel: By
    language: Language = "de"
    email: MaybeText = ""
    quiet: Quiet | None = None

    @classmethod
    def of(cls, rider: Rider) -> Self:
        """From the domain."""
        quiet = rider.quiet
        hours = None if quiet is None else {"from": format_time(quiet.start_s), "until": format_time(quiet.end_s)}
        return cls.model_validate(
            {"channel": rider.channel.value, "language": rider.language, "email": rider.email, "quiet": hours}
        )


@router.post("/riders/{rider_id}/booking-consents", status_code=201)
def create_consent(rider_id: PathIdentifier, body: ConsentRequest, context: ContextDep, actor: ActorDep) -> ConsentOut:
    """The desk records that a rider agrees to be booked for."""
    zone = agency_zone(context, actor)
    until = None if body.last_day is None else datetime.combine(body.last_day + timedelta(days=1), time(), zone)
    entry = ConsentEntry(body.helper, body.given, body.telephone, body.sign_in, until)
    return ConsentOut.of(record_consent(context, actor, rider_id, entry))


@router.get("/riders/{rider_id}/booking-consents")
def get_consents(rider_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> list[ConsentOut]:
    """To whom a rider has agreed, ended ones too: for the rider and the desk."""
    return [ConsentOut.of(one) for one in list_consents(context, actor, rider_id)]


@router.delete("/riders/{rider_id}/booking-consents/{consent_id}")
def delete_consent(rider_id: PathIdentifier, consent_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> ConsentOut:
    """Withdraw it: the helper books and sees nothing more. Withdrawing again changes nothing."""
    return ConsentOut.of(withdraw_consent(context, actor, rider_id, consent_id))


@router.get("/riders-to-book-for")
def get_riders_to_book_for(context: ContextDep, actor: ActorDep) -> list[HelpedOut]:
    """Riders who agree at this moment that this account books for them."""
    return [HelpedOut(id=rider.id, name=rider.name) for rider in list_riders_to_book_for(context, actor)]


@router.post("/riders/{rider_id}/arrival-contacts", status_code=201)
def create_contact(rider_id: PathIdentifier, body: ContactRequest, context: ContextDep, actor: ActorDep) -> ContactOut:
    """Name somebody who is told "arrived safely"."""
    entry = ContactEntry(body.name, body.channel, body.telephone, body.email, body.language, body.given)
    return ContactOut.of(add_arrival_contact(context, actor, rider_id, entry))


@router.get("/riders/{rider_id}/arrival-contacts")
def get_contacts(rider_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> list[ContactOut]:
    """Who is told."""
    return [ContactOut.of(one) for one in list_arrival_contacts(context, actor, rider_id)]


@router.delete("/riders/{rider_id}/arrival-contacts/{contact_id}", status_code=204, response_class=Response)
def delete_contact(rider_id: PathIdentifier, contact_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> Response:
    """Tell this person no more."""
    remove_arrival_contact(context, actor, rider_id, contact_id)
    return Response(status_code=204)


@router.get("/riders/{rider_id}/messages")
def get_messages(rider_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> Messages:
    """How a rider is told things."""
    return Messages.of(read_messages(context, actor, rider_id))


@router.post("/riders/{rider_id}/messages")
def post_messages(rider_id: PathIdentifier, body: Messages, context: ContextDep, actor: ActorDep) -> Messages:
    """Say how: all of it is replaced."""
    quiet = None if body.quiet is None else QuietHours(parse_time(body.quiet.start), parse_time(body.quiet.until))
    wishes = MessageWishes(body.channel, body.language, body.email, quiet)
    return Messages.of(keep_messages(context, actor, rider_id, wishes))
