"""What a notice is about, read from the store at the moment it is told: who is to hear it, and what holds now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import phonenumbers

from mobility.domain.accounts import Actor, Agency, system_actor
from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.fleet import Driver, ReachedBy
from mobility.domain.lines import LineRide
from mobility.domain.notices import ABOUT_CREDENTIALS, ABOUT_DUTIES, ABOUT_WISHES, Notice, NoticeKind
from mobility.domain.places import Place
from mobility.domain.requests import Decision
from mobility.domain.riders import Channel, QuietHours, Rider
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.domain.sign_in import OneTimeCode
from mobility.domain.standing_orders import StandingOrder
from mobility.domain.trust import ArrivalContact
from mobility.errors import NotFoundError
from mobility.notifications.arrivals import facts_of_arrival
from mobility.notifications.credentials import facts_of_credentials
from mobility.notifications.duties import facts_of_duty
from mobility.notifications.texts import Message, NoticeFacts, RideFacts, TrainFacts, text_of
from mobility.notifications.wishes import facts_of_wish
from mobility.notifications.wordings import DEFAULT_LANGUAGE

_HOME_REGION = "DE"
_REFERENCE_LENGTH = 6


class Records(Protocol):
    """What messages need of a store's transaction."""

    def find_agency(self, agency_id: str) -> Agency | None: ...
    def get_rider(self, actor: Actor, rider_id: str) -> Rider: ...
    def get_driver(self, actor: Actor, driver_id: str) -> Driver: ...
    def get_booking(self, actor: Actor, booking_id: str) -> Booking: ...
    def get_run(self, actor: Actor, run_id: str) -> Run: ...
    def get_service(self, actor: Actor, service_id: str) -> Service: ...
    def get_decision(self, actor: Actor, decision_id: str) -> Decision: ...
    def get_standing_order(self, actor: Actor, order_id: str) -> StandingOrder: ...
    def list_services(self, actor: Actor) -> list[Service]: ...
    def find_code(self, code_id: str) -> OneTimeCode | None: ...
    def find_arrival_contact(self, actor: Actor, contact_id: str) -> ArrivalContact | None: ...
    def list_riders(self, actor: Actor, telephone: str | None = None) -> list[Rider]: ...


Reveal = Callable[[OneTimeCode], str | None]
"""The figures of a one-time code, which only the service's secret tells; None when it is over."""


def reveals_nothing(_: OneTimeCode) -> None:
    """For whoever has no business with codes."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told, how, in which language, and when not. ``CALL_BACK`` is a telephone call, or nothing but a task when ``to`` is empty."""

    channel: Channel
    to: str
    language: str = DEFAULT_LANGUAGE
    quiet: QuietHours | None = None


TALKED_OVER = (NoticeKind.STANDING_UNMET,)
"""Another time has to be found together: whatever the rider's channel, the desk rings."""


def recipient_of(records: Records, notice: Notice) -> Recipient:
    """The rider's chosen channel; a driver's telephone by SMS when he is reached live; the desk otherwise.

    Who chose e-mail without giving one, or SMS with a landline, is called.

    Raises:
        NotFoundError: the rider or driver is gone.
    """
    system = system_actor(notice.agency_id)
    if notice.to_rider_id is not None:
        rider = records.get_rider(system, notice.to_rider_id)
        channel = Channel.CALL_BACK if notice.kind in TALKED_OVER else rider.channel
        return replace(_reached(channel, rider.telephone, rider.email, rider.language), quiet=rider.quiet)
    if notice.to_contact_id is not None:
        contact = records.find_arrival_contact(system, notice.to_contact_id)
        if contact is None:
            return Recipient(Channel.CALL_BACK, "")
        return _reached(contact.channel, contact.telephone, contact.email, contact.language)
    if notice.to_driver_id is not None:
        driver = records.get_driver(system, notice.to_driver_id)
        return _by_telephone(driver.telephone, DEFAULT_LANGUAGE, sms=driver.reached_by is ReachedBy.LIVE)
    if notice.code_id is not None and (code := records.find_code(notice.code_id)) is not None:
        return _recipient_of_code(records, code)
    return Recipient(Channel.CALL_BACK, "")


def _reached(channel: Channel, telephone: str, email: str, language: str) -> Recipient:
    if channel is Channel.EMAIL and email:
        return Recipient(Channel.EMAIL, email, language)
    return _by_telephone(telephone, language, sms=channel is Channel.SMS)


def _recipient_of_code(records: Records, code: OneTimeCode) -> Recipient:
    """A text message to the number itself; for a landline e-mail, when it is one person's alone who chose that; else a call."""
    told = _by_telephone(code.telephone, code.language, sms=True)
    if told.channel is Channel.SMS:
        return told
    riders = records.list_riders(system_actor(code.agency_id), code.telephone)
    if len(riders) == 1 and riders[0].channel is Channel.EMAIL and riders[0].email:
        return Recipient(Channel.EMAIL, riders[0].email, code.language)
    return told


def message_of(records: Records, notice: Notice, language: str, reveal: Reveal = reveals_nothing) -> Message | None:
    """The text of a notice as things stand now, or None when it has lapsed: what it would tell is no longer so (the ride it
    asks for has been taken, the booking it confirms has been cancelled) and another notice says what is.

    Raises:
        NotFoundError: booking, run or service is gone.
    """
    if notice.kind in ABOUT_WISHES:
        facts = facts_of_wish(records, notice)
    elif notice.kind in ABOUT_CREDENTIALS:
        facts = facts_of_credentials(records, notice)
    elif notice.kind is NoticeKind.ARRIVED:
        facts = facts_of_arrival(records, notice)
    elif notice.kind in ABOUT_DUTIES:
        facts = facts_of_duty(records, notice)
    else:
        facts = _facts(records, notice) if notice.code_id is None else _facts_of_code(records, notice.code_id, reveal)
    if facts is None:
        return None
    message = text_of(notice.kind, language, facts)
    return Message(message.subject, message.body, notice.key)


def _facts_of_code(records: Records, code_id: str, reveal: Reveal) -> NoticeFacts | None:
    code = records.find_code(code_id)
    figures = None if code is None else reveal(code)
    return None if figures is None else NoticeFacts(ZoneInfo("UTC"), "", "", "", code=figures)


def _facts(records: Records, notice: Notice) -> NoticeFacts | None:
    system = system_actor(notice.agency_id)
    run = records.get_run(system, notice.run_id) if notice.run_id else None
    booking = records.get_booking(system, notice.booking_id) if notice.booking_id else None
    if booking is not None and notice.kind is NoticeKind.TRAIN_PROPOSED:
        if not any(journey.proposed for journey in booking.journeys):
            return None
        booking = booking.as_proposed()
    legs = _legs_told(booking, notice)
    if booking is not None and not legs:
        return None
    service_id = legs[0].service_id if legs else run.service_id if run else None
    if service_id is None:
        raise NotFoundError(f"notice {notice.id}: names neither booking nor run")
    service = records.get_service(system, service_id)
    return NoticeFacts(
        zone=_zone(records, notice.agency_id, service),
        carrier=service.carrier.name,
        telephone=service.carrier.telephone,
        reference=(notice.booking_id or notice.run_id or "")[-_REFERENCE_LENGTH:].upper(),
        rides=tuple(_ride(leg, doors=notice.kind is not NoticeKind.RIDE_ASKED) for leg in legs if _is_to_come(leg, notice)),
        transit=tuple(_train(leg) for leg in booking.transit) if booking and notice.kind in _WITH_TRAINS else (),
        day=run.day if run else None,
        delay_s=notice.delay_s,
        answer_by=_answer_by(notice, legs, service),
        seats=booking.party.seats if booking else 0,
        wheelchairs=booking.party.wheelchairs if booking else 0,
        taxi=_taxi(records, booking) if notice.kind is NoticeKind.TAXI else "",
    )


_TRUE_OF: Mapping[NoticeKind, Callable[[Leg, Notice], bool]] = {
    NoticeKind.BOOKED: lambda leg, _: leg.state in (LegState.ON_RUN, LegState.IN_RESCUE),
    NoticeKind.CONFIRMED: lambda leg, _: leg.state in (LegState.ON_RUN, LegState.IN_RESCUE),
    NoticeKind.AWAITING_CONFIRMATION: lambda leg, _: leg.state in (LegState.AWAITING_CONFIRMATION, LegState.WAITING_LIST),
    NoticeKind.NOT_CONFIRMED: lambda leg, _: leg.state is LegState.WAITING_LIST or leg.outcome is Outcome.NOT_CONFIRMED,
    NoticeKind.CANCELLED: lambda leg, _: leg.outcome is Outcome.CANCELLED,
    NoticeKind.NARROWED: lambda leg, notice: leg.state is LegState.ON_RUN and leg.narrowed_at == notice.created_at,
    NoticeKind.DELAYED: lambda leg, notice: leg.state is not LegState.CLOSED and leg.run_id == notice.run_id,
    NoticeKind.CHANGED: lambda leg, notice: leg.state is LegState.ON_RUN and leg.run_id == notice.run_id,
    NoticeKind.RESCUED: lambda leg, notice: leg.state is LegState.ON_RUN and leg.run_id == notice.run_id,
    NoticeKind.IN_RESCUE: lambda leg, _: leg.state is LegState.IN_RESCUE,
    NoticeKind.RIDE_ASKED: lambda leg, notice: leg.state is LegState.AWAITING_CONFIRMATION and _asked(leg, notice),
    NoticeKind.RUN_CHANGED: lambda _leg, _notice: True,
    NoticeKind.DESK_TASK: lambda leg, _: leg.state in (LegState.WAITING_LIST, LegState.IN_RESCUE),
    NoticeKind.CARRIED_ON: lambda leg, _: leg.outcome is not Outcome.CANCELLED,
    NoticeKind.WAITED_FOR: lambda leg, _: leg.state in (LegState.ON_RUN, LegState.IN_RESCUE),
    NoticeKind.NO_CALL: lambda leg, _: leg.open_return and leg.call_by is None and leg.state is LegState.ON_RUN,
    NoticeKind.MISSED_CALL: lambda leg, _: leg.open_return and leg.state is not LegState.CLOSED,
    NoticeKind.RETURN_UNCLEAR: lambda leg, _: leg.state is not LegState.CLOSED,
    NoticeKind.CONNECTION: lambda leg, _: leg.outcome is not Outcome.CANCELLED,
    NoticeKind.CONNECTION_LOST: lambda leg, _: leg.outcome is not Outcome.CANCELLED,
    NoticeKind.TRAIN_PROPOSED: lambda leg, _: leg.state is not LegState.CLOSED,
    NoticeKind.TAXI: lambda leg, _: leg.outcome is not Outcome.CANCELLED,
    NoticeKind.TIMETABLE_CHANGED: lambda leg, _: leg.state is not LegState.CLOSED,
    NoticeKind.DRIVER_REPORT: lambda _leg, _notice: True,
    NoticeKind.DRIVER_MISSING: lambda _leg, _notice: True,
    **dict.fromkeys(
        (*ABOUT_WISHES, *ABOUT_CREDENTIALS, *ABOUT_DUTIES, NoticeKind.SIGN_IN_CODE, NoticeKind.ARRIVED),
        lambda _leg, _notice: False,
    ),  # are about no ride, or about one that is over
}
"""Of which legs a notice still holds."""


def _taxi(records: Records, booking: Booking | None) -> str:
    """Whom to ring for one, as the service says whose ride the rider has lost."""
    services = (
        [] if booking is None else [records.get_service(system_actor(booking.agency_id), leg.service_id) for leg in booking.legs]
    )
    return next((service.connection.taxi_telephone for service in reversed(services) if service.connection.taxi_telephone), "")


def _asked(leg: Leg, notice: Notice) -> bool:
    return notice.run_id is None or leg.run_id == notice.run_id


def _legs_told(booking: Booking | None, notice: Notice) -> tuple[Leg, ...]:
    if booking is None:
        return ()
    return tuple(leg for leg in booking.legs if _TRUE_OF[notice.kind](leg, notice))


_WITH_TRAINS = (NoticeKind.BOOKED, NoticeKind.CONNECTION, NoticeKind.CONNECTION_LOST, NoticeKind.TAXI, NoticeKind.TRAIN_PROPOSED)
"""Tell the whole journey."""


def _is_to_come(leg: Leg, notice: Notice) -> bool:
    """Of a journey under way only what is still to come is told again."""
    return notice.kind is not NoticeKind.CONNECTION or leg.state is not LegState.CLOSED


def _train(leg: LineRide) -> TrainFacts:
    return TrainFacts(leg.line or leg.agency, leg.board.name, leg.alight.name, leg.departs, leg.arrives)


def _ride(leg: Leg, *, doors: bool) -> RideFacts:
    """A volunteer decides by villages: the door is told to the one who takes the ride."""
    pickup, dropoff = (_name(place, doors=doors) for place in (leg.pickup, leg.dropoff))
    return RideFacts(pickup, dropoff, leg.pickup_window, leg.dropoff_window)


def _name(place: Place, *, doors: bool) -> str:
    return (place.name if doors or place.stop_id is not None else place.village) or "?"


def _answer_by(notice: Notice, legs: tuple[Leg, ...], service: Service) -> datetime | None:
    """A driver must answer before his time runs out; a rider hears when the last one asked has answered."""
    if not legs:
        return None
    if notice.kind is NoticeKind.AWAITING_CONFIRMATION and service.volunteers is not None:
        return min(leg.pickup_window.earliest for leg in legs) - timedelta(seconds=service.volunteers.confirm_before_s)
    return min((leg.answer_by for leg in legs if leg.answer_by is not None), default=None)


def _zone(records: Records, agency_id: str, service: Service) -> ZoneInfo:
    agency = records.find_agency(agency_id)
    return ZoneInfo(agency.timezone if agency else service.timezone)


def _by_telephone(telephone: str, language: str, *, sms: bool) -> Recipient:
    mobile = _mobile_number(telephone) if sms else None
    return Recipient(Channel.CALL_BACK, telephone, language) if mobile is None else Recipient(Channel.SMS, mobile, language)


def is_mobile(telephone: str) -> bool:
    """Whether text messages reach this number."""
    return _mobile_number(telephone) is not None


def _mobile_number(telephone: str) -> str | None:
    """The number in E.164 when text messages reach it."""
    try:
        number = phonenumbers.parse(telephone, _HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if phonenumbers.number_type(number) not in kinds:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
