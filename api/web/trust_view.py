"""What a rider and the desk read and write about whom the rider trusts, and about how the rider is told things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from api.web.desk_view import channel_words
from api.web.forms import Form
from api.web.language import Language, day
from mobility.actions.arrival_contacts import ContactEntry
from mobility.actions.keep_messages import MessageWishes
from mobility.domain.riders import Channel, QuietHours, Rider
from mobility.domain.service_days import format_time, parse_time
from mobility.domain.trust import ArrivalContact, BookingConsent, ConsentGiven
from mobility.errors import InvalidInputError, Problem

Texts = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as they stand, unchecked."""

    name: str = ""
    channel: str = Channel.CALL_BACK.value
    telephone: str = ""
    email: str = ""
    language: str = "de"
    quiet_from: str = ""
    quiet_until: str = ""


def typed_of(form: Form | None, rider: Rider | None) -> Typed:
    """What was typed, else what is known."""
    if form is not None:
        names = ("name", "channel", "telephone", "email", "language", "quiet_from", "quiet_until")
        return Typed(**{name: form.text(name) for name in names})
    if rider is None:
        return Typed()
    quiet = rider.quiet
    hours = ("", "") if quiet is None else (format_time(quiet.start_s), format_time(quiet.end_s))
    return Typed(rider.name, rider.channel.value, rider.telephone, rider.email, rider.language, *hours)


def messages_of(form: Form) -> MessageWishes:
    """How somebody wants to be told things.

    Raises:
        InvalidInputError: quiet hours that are no times.
    """
    return MessageWishes(channel_of(form), form.text("language"), form.text("email"), quiet_of(form))


def channel_of(form: Form) -> Channel:
    """The way that was chosen; a call where none was."""
    return next((one for one in Channel if one.value == form.text("channel")), Channel.CALL_BACK)


def quiet_of(form: Form) -> QuietHours | None:
    """The quiet hours; None where both fields are empty.

    Raises:
        InvalidInputError: one of them is no time.
    """
    start, end = form.text("quiet_from", 8), form.text("quiet_until", 8)
    if not start and not end:
        return None
    try:
        return QuietHours(parse_time(start), parse_time(end))
    except ValueError:
        raise InvalidInputError(Problem("quiet", "is no time of the day", "write both, such as 21:00 and 7:30")) from None


def contact_of(form: Form) -> ContactEntry:
    """Who is to hear of arrivals."""
    return ContactEntry(
        name=form.text("name"),
        channel=channel_of(form),
        telephone=form.text("telephone", 40),
        email=form.text("email"),
        language=form.text("language"),
        given=given_of(form),
    )


def given_of(form: Form) -> ConsentGiven:
    """How the rider has said yes."""
    return next((one for one in ConsentGiven if one.value == form.text("given")), ConsentGiven.TELEPHONE)


def given_words(_: Texts) -> dict[ConsentGiven, str]:
    """How somebody has agreed."""
    return {
        ConsentGiven.TELEPHONE: _("am Telefon"),
        ConsentGiven.IN_WRITING: _("schriftlich"),
        ConsentGiven.IN_PERSON: _("persönlich"),
    }


def shown_contacts(contacts: Sequence[ArrivalContact], _: Texts) -> list[dict[str, str]]:
    """Who hears of arrivals, in words."""
    ways = channel_words(_)
    return [
        {"id": one.id, "name": one.name, "way": ways[one.channel], "to": one.email or one.telephone, "given": one.given.value}
        for one in contacts
    ]


def shown_consents(
    consents: Sequence[BookingConsent], _: Texts, language: Language, zone: ZoneInfo
) -> list[dict[str, str | bool]]:
    """Who may book, in words."""
    given = given_words(_)
    return [
        {
            "id": one.id,
            "helper": one.helper,
            "telephone": one.telephone,
            "given": given[one.given],
            "since": day(one.recorded_at.astimezone(zone).date(), language),
            "until": "" if one.until is None else day(_last_day(one, zone), language),
            "withdrawn": "" if one.withdrawn_at is None else day(one.withdrawn_at.astimezone(zone).date(), language),
            "signs_in": bool(one.account_id or one.helper_rider_id),
        }
        for one in consents
    ]


def _last_day(consent: BookingConsent, zone: ZoneInfo) -> date:
    """The last whole day on which it holds."""
    assert consent.until is not None  # noqa: S101 - asked for only then
    return (consent.until - timedelta(seconds=1)).astimezone(zone).date()
