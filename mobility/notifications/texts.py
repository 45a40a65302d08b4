"""What people are told, in plain German and English: short sentences, the reader first, a number to call in every message
about a ride.

No message names the rider: telephones and mailboxes are shared, and the driver finds names on the manifest. Every text about
up to two rides fits into two text messages; long place names are shortened for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Window
from mobility.files.plain_words import telephone
from mobility.notifications.sms import gsm7, segments

DEFAULT_LANGUAGE = "de"
LONGEST_SEGMENTS = 2

_NAME_LENGTHS = (80, 40, 32, 24, 18, 12, 8)
_RIDES_TOLD = 2


@dataclass(frozen=True, slots=True)
class Message:
    """A subject without personal data and a body. ``key`` is the notice's: a channel may use it to send nothing twice."""

    subject: str
    body: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class RideFacts:
    """One ride as the reader knows it: places by name, windows as promised."""

    pickup: str
    dropoff: str
    pickup_window: Window
    dropoff_window: Window


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a message may tell. ``telephone`` is the one to call, told as it is read; times are told in ``zone``.

    ``day`` is the run's service day. ``answer_by``: when a driver must have answered, or when a waiting rider will know.
    """

    zone: ZoneInfo
    carrier: str
    telephone: str
    reference: str
    rides: tuple[RideFacts, ...] = ()
    day: date | None = None
    delay_s: int | None = None
    answer_by: datetime | None = None
    seats: int = 0
    wheelchairs: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Language:
    """Subject and body of each kind, and the pieces a body is filled with."""

    texts: Mapping[NoticeKind, tuple[str, str]]
    ride: str
    more_rides: str
    call: str
    reference: str
    minutes: tuple[str, str]
    some_time: str
    seats: tuple[str, str]
    wheelchairs: tuple[str, str]
    answer_by: str
    answer_soon: str
    weekdays: str
    months: str
    date: str
    day: str
    moment: str


_GERMAN = _Language(
    texts={
        NoticeKind.BOOKED: (
            "Ihre Fahrt ist gebucht",
            "Ihre Fahrt ist gebucht.\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.AWAITING_CONFIRMATION: (
            "Ihre Fahrt ist noch nicht sicher",
            "Noch nicht sicher: Wir suchen jemanden, der fährt.\n{rides}\nSie hören von uns {answer_by}. Fragen: {call}",
        ),
        NoticeKind.CONFIRMED: (
            "Ihre Fahrt ist zugesagt",
            "Ihre Fahrt ist jetzt fest zugesagt.\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.NOT_CONFIRMED: (
            "Für Ihre Fahrt wurde niemand gefunden",
            "Leider kann niemand fahren. Es kommt kein Fahrzeug.\n{rides}\nBitte rufen Sie uns an: {call}",
        ),
        NoticeKind.CANCELLED: (
            "Fahrt abgesagt",
            "Diese Fahrt ist abgesagt. Es kommt kein Fahrzeug.\n{rides}\nFragen: {call}",
        ),
        NoticeKind.NARROWED: (
            "Die genaue Zeit Ihrer Fahrt",
            "Jetzt wissen wir Ihre Zeit genauer.\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.DELAYED: (
            "Ihre Fahrt verspätet sich",
            "Ihr Fahrzeug kommt {delay} später als zugesagt. Zugesagt war:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.CHANGED: (
            "Ihre Fahrt hat sich geändert",
            "Wir müssen Ihre Fahrt leider ändern. Es gilt jetzt:\n{rides}\nFragen oder absagen: {call}",
        ),
        NoticeKind.RESCUED: (
            "Ein anderes Fahrzeug holt Sie ab",
            "Ihr Fahrzeug fällt aus. Ein anderes holt Sie ab. Es gilt jetzt:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.IN_RESCUE: (
            "Ihr Fahrzeug fällt aus. Wir kümmern uns",
            "Ihr Fahrzeug fällt aus. Wir suchen Ersatz und rufen Sie an. Zugesagt war:\n{rides}\nFragen: {call}",
        ),
        NoticeKind.RIDE_ASKED: (
            "Können Sie eine Fahrt übernehmen?",
            "Können Sie diese Fahrt übernehmen?\n{rides}\n{party}. Bitte antworten Sie {answer_by}: {call}",
        ),
        NoticeKind.RUN_CHANGED: (
            "Ihr Fahrauftrag hat sich geändert",
            "Ihr Fahrauftrag{day} hat sich geändert. Bitte lesen Sie die neue Fassung oder rufen Sie an: {call}",
        ),
        NoticeKind.DESK_TASK: (
            "Aufgabe für die Leitstelle",
            "Bitte kümmern: Für diese Fahrt fehlt noch eine Zusage.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.CARRIED_ON: (
            "Die abgesagte Fahrt findet statt",
            "Diese Fahrt war abgesagt. Beim Halt ist trotzdem jemand eingestiegen. Die Fahrt findet statt.\n{rides}\nFragen: {call}",
        ),
        NoticeKind.DRIVER_REPORT: (
            "Eine Meldung von unterwegs passt nicht",
            "Bitte ansehen: Eine Meldung von unterwegs passt nicht zur Tour{day}. {reference}",
        ),
        NoticeKind.DRIVER_MISSING: (
            "Für eine Tour fehlt jemand am Steuer",
            "Bitte kümmern: Für die Tour{day} fehlt jemand am Steuer. {reference}",
        ),
        NoticeKind.SIGN_IN_CODE: (
            "Ihr Code zum Anmelden",
            "Ihr Code zum Anmelden: {code}\nEr gilt zehn Minuten und nur einmal. Geben Sie ihn niemandem, der Sie danach fragt.",
        ),
    },
    ride="{date} {earliest}-{latest} Uhr ab {pickup}, an {dropoff} bis {arrival} Uhr.",
    more_rides="Dazu {count} weitere, bitte fragen Sie nach.",
    call="{telephone} ({carrier}). {reference}",
    reference="Nr. {reference}",
    minutes=("etwa 1 Minute", "etwa {count} Minuten"),
    some_time="etwas",
    seats=("1 Person", "{count} Personen"),
    wheelchairs=("1 Rollstuhl", "{count} Rollstühle"),
    answer_by="bis {moment}",
    answer_soon="bald",
    weekdays="Mo Di Mi Do Fr Sa So",
    months="1. 2. 3. 4. 5. 6. 7. 8. 9. 10. 11. 12.",
    date="{weekday} {day}.{month}",
    day=" für {date}",
    moment="{date} {time} Uhr",
)

_ENGLISH = _Language(
    texts={
        NoticeKind.BOOKED: (
            "Your ride is booked",
            "Your ride is booked.\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.AWAITING_CONFIRMATION: (
            "Your ride is not certain yet",
            "Not certain yet: we are looking for somebody to drive.\n{rides}\nYou will hear from us {answer_by}. Questions: {call}",
        ),
        NoticeKind.CONFIRMED: (
            "Your ride is confirmed",
            "Your ride is now confirmed.\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.NOT_CONFIRMED: (
            "Nobody was found for your ride",
            "Sorry, nobody can drive. No vehicle will come.\n{rides}\nPlease call us: {call}",
        ),
        NoticeKind.CANCELLED: (
            "Ride cancelled",
            "This ride is cancelled. No vehicle will come.\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.NARROWED: (
            "The exact time of your ride",
            "We now know your time more exactly.\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.DELAYED: (
            "Your ride is late",
            "Your vehicle comes {delay} later than promised. We had promised:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.CHANGED: (
            "Your ride has changed",
            "Sorry, we have to change your ride. What holds now:\n{rides}\nQuestions or to cancel: {call}",
        ),
        NoticeKind.RESCUED: (
            "Another vehicle comes for you",
            "Your vehicle has dropped out. Another one comes for you. What holds now:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.IN_RESCUE: (
            "Your vehicle has dropped out. We see to it",
            "Your vehicle has dropped out. We look for another one and ring you. We had promised:\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.RIDE_ASKED: (
            "Can you take a ride?",
            "Can you take this ride?\n{rides}\n{party}. Please answer {answer_by}: {call}",
        ),
        NoticeKind.RUN_CHANGED: (
            "Your manifest has changed",
            "Your manifest{day} has changed. Please read the new version or call: {call}",
        ),
        NoticeKind.DESK_TASK: (
            "Task for the control desk",
            "Please see to it: nobody has agreed to drive this ride yet.\n{rides}\n{party}. {reference}",
        ),
        NoticeKind.CARRIED_ON: (
            "The cancelled ride takes place",
            "This ride was cancelled, but somebody has boarded. It takes place.\n{rides}\nQuestions: {call}",
        ),
        NoticeKind.DRIVER_REPORT: (
            "A report from the road does not fit",
            "Please look: a report from the road does not fit the run{day}. {reference}",
        ),
        NoticeKind.DRIVER_MISSING: (
            "A run has nobody to drive it",
            "Please see to it: nobody is there to drive the run{day}. {reference}",
        ),
        NoticeKind.SIGN_IN_CODE: (
            "Your code to sign in",
            "Your code to sign in: {code}\nIt holds for ten minutes and once. Give it to nobody who asks you for it.",
        ),
    },
    ride="{date} {earliest}-{latest} from {pickup}, at {dropoff} by {arrival}.",
    more_rides="And {count} more, please ask.",
    call="{telephone} ({carrier}). {reference}",
    reference="Ref. {reference}",
    minutes=("about 1 minute", "about {count} minutes"),
    some_time="somewhat",
    seats=("1 person", "{count} people"),
    wheelchairs=("1 wheelchair", "{count} wheelchairs"),
    answer_by="by {moment}",
    answer_soon="soon",
    weekdays="Mon Tue Wed Thu Fri Sat Sun",
    months="Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    date="{weekday} {day} {month}",
    day=" for {date}",
    moment="{date} {time}",
)

LANGUAGES: Mapping[str, _Language] = {"de": _GERMAN, "en": _ENGLISH}


def text_of(kind: NoticeKind, language: str, facts: NoticeFacts) -> Message:
    """The message of a notice in ``language`` (``"de"`` or ``"en"``, German for any other)."""
    words = LANGUAGES.get(language.split("-", maxsplit=1)[0].lower(), LANGUAGES[DEFAULT_LANGUAGE])
    subject, template = words.texts[kind]
    facts = replace(facts, telephone=telephone(facts.telephone, "en" if words is _ENGLISH else "de"))
    body = ""
    for length in _NAME_LENGTHS:
        body = _body(template, words, _shortened(facts, length))
        if segments(gsm7(body)) <= LONGEST_SEGMENTS:
            break
    return Message(subject, body)


def _body(template: str, words: _Language, facts: NoticeFacts) -> str:
    reference = words.reference.format(reference=facts.reference)
    pieces = {
        "rides": _rides(words, facts),
        "call": words.call.format(telephone=facts.telephone, carrier=facts.carrier, reference=reference),
        "reference": reference,
        "delay": _counted(-(-facts.delay_s // 60), words.minutes) if facts.delay_s else words.some_time,
        "party": ", ".join(_party(words, facts)),
        "answer_by": _answer_by(words, facts),
        "day": words.day.format(date=_date(words, facts.day)) if facts.day else "",
        "code": facts.code,
    }
    return template.format(**pieces)


def _rides(words: _Language, facts: NoticeFacts) -> str:
    lines = [_ride(words, ride, facts.zone) for ride in facts.rides[:_RIDES_TOLD]]
    left = len(facts.rides) - _RIDES_TOLD
    return "\n".join([*lines, words.more_rides.format(count=left)] if left > 0 else lines)


def _ride(words: _Language, ride: RideFacts, zone: ZoneInfo) -> str:
    """Windows are told in whole minutes, rounded outwards: nobody waits less, or is late, because of rounding."""
    start = ride.pickup_window.earliest.astimezone(zone)
    return words.ride.format(
        date=_date(words, start.date()),
        earliest=f"{start:%H:%M}",
        latest=f"{_minute_after(ride.pickup_window.latest, zone):%H:%M}",
        pickup=ride.pickup,
        dropoff=ride.dropoff,
        arrival=f"{_minute_after(ride.dropoff_window.latest, zone):%H:%M}",
    )


def _party(words: _Language, facts: NoticeFacts) -> list[str]:
    counts = ((facts.seats, words.seats), (facts.wheelchairs, words.wheelchairs))
    return [_counted(count, forms) for count, forms in counts if count]


def _answer_by(words: _Language, facts: NoticeFacts) -> str:
    if facts.answer_by is None:
        return words.answer_soon
    moment = facts.answer_by.astimezone(facts.zone)
    told = words.moment.format(date=_date(words, moment.date()), time=f"{moment:%H:%M}")
    return words.answer_by.format(moment=told)


def _counted(count: int, forms: tuple[str, str]) -> str:
    one, many = forms
    return (one if count == 1 else many).format(count=count)


def _date(words: _Language, day: date) -> str:
    return words.date.format(
        weekday=words.weekdays.split()[day.weekday()], day=day.day, month=words.months.split()[day.month - 1]
    )


def _minute_after(instant: datetime, zone: ZoneInfo) -> datetime:
    up = timedelta(seconds=59, microseconds=999_999)
    return (instant.astimezone(ZoneInfo("UTC")) + up).astimezone(zone)


def _shortened(facts: NoticeFacts, length: int) -> NoticeFacts:
    rides = (replace(ride, pickup=_short(ride.pickup, length), dropoff=_short(ride.dropoff, length)) for ride in facts.rides)
    return replace(facts, carrier=_short(facts.carrier, length), telephone=_short(facts.telephone, 30), rides=tuple(rides))


def _short(name: str, length: int) -> str:
    """One line of at most ``length`` characters; what is left out shows as two points."""
    plain = " ".join(part for part in "".join(char if char.isprintable() else " " for char in name).split())
    return plain if len(plain) <= length else plain[: length - 2].rstrip() + ".."
