"""What people are told, in plain German and English: short sentences, the reader first, a number to call in every message
about a ride.

No message but "arrived safely" names the rider: telephones and mailboxes are shared, and the driver finds names on the manifest. Every text about
up to two rides fits into two text messages; long place names are shortened for that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.fleet import Credential
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Window
from mobility.files.plain_texts import Language
from mobility.files.plain_words import telephone
from mobility.notifications.sms import gsm7, segments
from mobility.notifications.wordings import DEFAULT_LANGUAGE, ENGLISH, LANGUAGES, Words

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
class TrainFacts:
    """A train or bus between rides, by published times."""

    line: str
    board: str
    alight: str
    departs: datetime
    arrives: datetime


@dataclass(frozen=True, slots=True)
class WishFacts:
    """What somebody wished for: once, at ``moment``, or on ``weekdays`` (0 is Monday) at ``clock``."""

    origin: str
    destination: str
    moment: datetime | None = None
    clock: str = ""
    weekdays: tuple[int, ...] = ()


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
    wish: WishFacts | None = None
    transit: tuple[TrainFacts, ...] = ()
    driver: str = ""
    credentials: tuple[Credential, ...] = ()
    who: str = ""
    arrived: datetime | None = None
    hours: Window | None = None
    service: str = ""
    taxi: str = ""


def text_of(kind: NoticeKind, language: str, facts: NoticeFacts) -> Message:
    """The message of a notice in ``language`` (``"de"`` or ``"en"``, German for any other)."""
    words = LANGUAGES.get(language.split("-", maxsplit=1)[0].lower(), LANGUAGES[DEFAULT_LANGUAGE])
    subject, template = words.texts[kind]
    spoken: Language = "en" if words is ENGLISH else "de"
    facts = replace(facts, telephone=telephone(facts.telephone, spoken), taxi=telephone(facts.taxi, spoken))
    body = ""
    for length in _NAME_LENGTHS:
        body = _body(template, words, _shortened(facts, length))
        if segments(gsm7(body)) <= LONGEST_SEGMENTS:
            break
    return Message(subject, body)


def _body(template: str, words: Words, facts: NoticeFacts) -> str:
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
        "who": facts.who,
        "arrived": "" if facts.arrived is None else _moment(words, facts.arrived, facts.zone),
        "driver": facts.driver,
        "hours": "" if facts.hours is None else _hours(words, facts.hours, facts.zone),
        "service": facts.service,
        "taxi": facts.taxi,
        "credentials": ", ".join(_credential(words, one) for one in facts.credentials),
        "wish": "" if facts.wish is None else _wish(words, facts.wish, facts.zone),
    }
    return template.format(**pieces)


def _rides(words: Words, facts: NoticeFacts) -> str:
    rides = [(ride.pickup_window.earliest, _ride(words, ride, facts.zone)) for ride in facts.rides[:_RIDES_TOLD]]
    trains = [(train.departs, _train(words, train, facts.zone)) for train in facts.transit]
    lines = [line for _, line in sorted((*rides, *trains), key=lambda each: each[0])]
    left = len(facts.rides) - _RIDES_TOLD
    return "\n".join([*lines, words.more_rides.format(count=left)] if left > 0 else lines)


def _train(words: Words, train: TrainFacts, zone: ZoneInfo) -> str:
    return words.train.format(
        line=train.line,
        departs=f"{train.departs.astimezone(zone):%H:%M}",
        board=train.board,
        arrives=f"{_minute_after(train.arrives, zone):%H:%M}",
        alight=train.alight,
    )


def _ride(words: Words, ride: RideFacts, zone: ZoneInfo) -> str:
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


def _moment(words: Words, moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return words.moment.format(date=_date(words, local.date()), time=f"{local:%H:%M}")


def _wish(words: Words, wish: WishFacts, zone: ZoneInfo) -> str:
    names = words.weekdays.split()
    when = f"{', '.join(names[number] for number in wish.weekdays)} {wish.clock}"
    if wish.moment is not None:
        when = _moment(words, wish.moment, zone)
    return words.wish.format(when=when, origin=wish.origin, destination=wish.destination)


def _credential(words: Words, credential: Credential) -> str:
    return words.until.format(what=words.credentials[credential.kind], date=f"{credential.valid_until:%d.%m.%Y}")


def _hours(words: Words, hours: Window, zone: ZoneInfo) -> str:
    return words.hours.format(start=f"{hours.earliest.astimezone(zone):%H:%M}", end=f"{hours.latest.astimezone(zone):%H:%M}")


def _party(words: Words, facts: NoticeFacts) -> list[str]:
    counts = ((facts.seats, words.seats), (facts.wheelchairs, words.wheelchairs))
    return [_counted(count, forms) for count, forms in counts if count]


def _answer_by(words: Words, facts: NoticeFacts) -> str:
    if facts.answer_by is None:
        return words.answer_soon
    return words.answer_by.format(moment=_moment(words, facts.answer_by, facts.zone))


def _counted(count: int, forms: tuple[str, str]) -> str:
    one, many = forms
    return (one if count == 1 else many).format(count=count)


def _date(words: Words, day: date) -> str:
    return words.date.format(
        weekday=words.weekdays.split()[day.weekday()], day=day.day, month=words.months.split()[day.month - 1]
    )


def _minute_after(instant: datetime, zone: ZoneInfo) -> datetime:
    up = timedelta(seconds=59, microseconds=999_999)
    return (instant.astimezone(ZoneInfo("UTC")) + up).astimezone(zone)


def _shortened(facts: NoticeFacts, length: int) -> NoticeFacts:
    rides = (replace(ride, pickup=_short(ride.pickup, length), dropoff=_short(ride.dropoff, length)) for ride in facts.rides)
    transit = (replace(each, board=_short(each.board, length), alight=_short(each.alight, length)) for each in facts.transit)
    wish = facts.wish and replace(
        facts.wish, origin=_short(facts.wish.origin, length), destination=_short(facts.wish.destination, length)
    )
    return replace(
        facts,
        carrier=_short(facts.carrier, length),
        driver=_short(facts.driver, length),
        who=_short(facts.who, length),
        service=_short(facts.service, length),
        telephone=_short(facts.telephone, 30),
        rides=tuple(rides),
        transit=tuple(transit),
        wish=wish,
    )


def _short(name: str, length: int) -> str:
    """One line of at most ``length`` characters; what is left out shows as two points."""
    plain = " ".join(part for part in "".join(char if char.isprintable() else " " for char in name).split())
    return plain if len(plain) <= length else plain[: length - 2].rstrip() + ".."
