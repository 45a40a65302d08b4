"""A time as it is said on the telephone and typed while listening: "10", "morgen 9", "fr 14:30", "bis 10 Uhr", "24.12. 9"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mobility.errors import InvalidInputError, Problem

_ARRIVES = ("bis", "an", "ankunft", "spätestens", "by", "before")
_LEAVES = ("ab", "um", "gegen", "from", "at", "after")
_DAYS = {
    "heute": 0, "today": 0, "morgen": 1, "tomorrow": 1, "übermorgen": 2, "uebermorgen": 2,
}  # fmt: skip
_WEEKDAYS = (
    ("mo", "montag", "mon", "monday"),
    ("di", "dienstag", "tue", "tuesday"),
    ("mi", "mittwoch", "wed", "wednesday"),
    ("do", "donnerstag", "thu", "thursday"),
    ("fr", "freitag", "fri", "friday"),
    ("sa", "samstag", "sonnabend", "sat", "saturday"),
    ("so", "sonntag", "sun", "sunday"),
)
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})|(?<=\d)(\d{2}))?")
_ADVICE = 'such as "10", "morgen 9:30", "fr 14", "24.12. 9" or "bis 10"'


@dataclass(frozen=True, slots=True)
class TimeSaid:
    """``moment`` in the agency's zone; ``arrives``: to be there by then, not to leave after it."""

    moment: datetime
    arrives: bool


def read_time(text: str, now: datetime, zone: ZoneInfo) -> TimeSaid:
    """What was said; the next such time when no day is named, now when nothing is.

    Raises:
        InvalidInputError: it is no time.
    """
    words = [word for word in text.casefold().replace(",", " ").split() if word not in ("uhr", "o'clock", "am", "den", "on")]
    arrives = bool(words) and words[0] in _ARRIVES
    if words and words[0] in (*_ARRIVES, *_LEAVES):
        words = words[1:]
    here = now.astimezone(zone)
    if not words and not arrives:
        return TimeSaid(here, arrives=False)
    day = _day(words[0], here.date()) if len(words) > 1 else None
    clock = _clock("".join(words[1:] if day is not None else words))
    if clock is None or (len(words) > 1 and day is None and not _is_spread(words)):
        raise InvalidInputError(Problem("when", "is not a time", _ADVICE))
    return TimeSaid(_moment(day, words, clock, here), arrives)


def _is_spread(words: list[str]) -> bool:
    """Hours and minutes apart, as in ``10 30``."""
    return len(words) == 2 and all(word.isdigit() for word in words) and len(words[1]) == 2


def _moment(day: date | None, words: list[str], clock: time, here: datetime) -> datetime:
    at = datetime.combine(day or here.date(), clock, here.tzinfo)
    if at >= here.replace(second=0, microsecond=0):
        return at
    if day is None:
        return datetime.combine(here.date() + timedelta(days=1), clock, here.tzinfo)
    weekday = any(words[0].rstrip(".") in names for names in _WEEKDAYS)
    return datetime.combine(day + timedelta(days=7), clock, here.tzinfo) if weekday else at


def _day(word: str, today: date) -> date | None:
    if word in _DAYS:
        return today + timedelta(days=_DAYS[word])
    for number, names in enumerate(_WEEKDAYS):
        if word.rstrip(".") in names:
            return today + timedelta(days=(number - today.weekday()) % 7)
    try:
        if iso := _ISO.fullmatch(word):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if said := _DATE.fullmatch(word):
            return _calendar_day(int(said[1]), int(said[2]), said[3], today)
    except ValueError:
        return None
    return None


def _calendar_day(day: int, month: int, year: str | None, today: date) -> date:
    """Without a year, the next such day."""
    if year is not None:
        return date(int(year) % 100 + 2000, month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _clock(text: str) -> time | None:
    found = _TIME.fullmatch(text) or re.fullmatch(r"(\d{1,2})(\d{2})()", text)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or found[3] or 0)
    return time(hour, minute) if hour <= 23 and minute <= 59 else None
