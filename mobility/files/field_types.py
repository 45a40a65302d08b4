"""Types of the values in service and people files: strict, bounded, in the units people write."""

from __future__ import annotations

import unicodedata
import zoneinfo
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated

import phonenumbers
from holidays.countries.germany import Germany
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from mobility.domain.riders import Need
from mobility.domain.service_days import parse_time
from mobility.domain.services import DayKind
from mobility.files.explanations import FieldError, suggest

FIRST_YEAR, LAST_YEAR = 2000, 2100
MAX_EUROS = 500
MAX_KILOMETRES = 500
_WEEK: list[DayKind] = [kind for kind in DayKind if kind is not DayKind.HOLIDAY]
_GERMAN_LON, _GERMAN_LAT = (5.0, 16.0), (46.0, 56.0)


class FilePart(BaseModel):
    """A table of a file: nothing unknown in it, nothing converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _printable(text: str) -> str:
    if not text.strip():
        raise FieldError("is empty", "write a text")
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in text):
        raise FieldError("holds a control character or a line break", "write it again by hand, on one line")
    return text.strip()


def _short_id(text: str) -> str:
    if not text.isascii() or not all(letter.isalnum() or letter in "-_." for letter in text) or not text[:1].isalnum():
        raise FieldError("not usable as an id", "use letters without umlauts, digits, - _ . and begin with a letter or digit")
    return text


def _clock(value: object) -> int:
    if isinstance(value, time) and value.tzinfo is None and value.microsecond == 0:
        return value.hour * 3600 + value.minute * 60 + value.second
    try:
        return parse_time(value if isinstance(value, str) else "")
    except ValueError:
        raise FieldError("not a time", 'write hours and minutes in quotes, such as "06:30"; at most "47:59"') from None


def _date(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise FieldError("not a date", "write year-month-day without quotes, such as 2026-12-24")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise FieldError("not a likely year", f"dates lie between {FIRST_YEAR} and {LAST_YEAR}")
    return value


def _cents(value: object) -> int:
    euros = _number(value.replace(",", ".") if isinstance(value, str) else value, "euros")
    if not 0 <= euros <= MAX_EUROS:
        raise FieldError("not a likely price", f"prices lie between 0 and {MAX_EUROS} euros")
    if euros != euros.quantize(Decimal("0.01")):
        raise FieldError("more than two decimal places", "prices are told in whole cents, such as 2.50")
    return int(euros * 100)


def _metres(value: object) -> int:
    kilometres = _number(value, "kilometres")
    if not 0 < kilometres <= MAX_KILOMETRES:
        raise FieldError("not a likely distance", f"above 0 and at most {MAX_KILOMETRES} km")
    if kilometres != kilometres.quantize(Decimal("0.001")):
        raise FieldError("more than three decimal places", "whole metres, such as 2.5")
    return int(kilometres * 1000)


def _number(value: object, unit: str) -> Decimal:
    mend = f"write {unit} as a number, such as 2.50"
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise FieldError("expected a number", mend)
    if isinstance(value, str) and not (len(value) <= 12 and value.isascii() and value.replace(".", "", 1).isdigit()):
        raise FieldError("expected a number", mend)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise FieldError("expected a number", mend) from None
    if not number.is_finite():
        raise FieldError("not a finite number", mend)
    return number


def _degrees(limit: int) -> Callable[[object], float]:
    def degrees(value: object) -> float:
        if isinstance(value, str):
            raise FieldError("expected a number", "write degrees without quotes, such as 8.781")
        number = _number(value, "degrees")
        if abs(number) > limit:
            raise FieldError(
                f"outside of -{limit} to {limit} degrees", "lon (east) first, then lat (north); decimal degrees (WGS 84)"
            )
        return float(number)

    return degrees


def refuse_swapped(lon: float, lat: float) -> None:
    """Raise FieldError for a point that would lie in or near Germany if it were the other way round, and for 0, 0."""
    if lon == 0 and lat == 0:
        raise FieldError("0, 0 lies in the Atlantic", "write the real coordinates: lon (east), then lat (north)")
    if _GERMAN_LON[0] <= lat <= _GERMAN_LON[1] and _GERMAN_LAT[0] <= lon <= _GERMAN_LAT[1]:
        raise FieldError("lon and lat look swapped", "lon (east, 5 to 16 in Germany) comes first, then lat (north, 46 to 56)")


def _point(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise FieldError("expected a point of two numbers", "write [lon, lat], such as [8.781, 49.421]")
    lon, lat = (_degrees(180)(part) for part in value)
    refuse_swapped(lon, lat)
    return lon, _degrees(90)(value[1])


def _day_span(value: object) -> frozenset[DayKind]:
    words = [str(kind) for kind in DayKind]
    parts = value.split("-") if isinstance(value, str) else []
    if len(parts) == 1 and parts[0] in words:
        return frozenset({DayKind(parts[0])})
    if len(parts) == 2 and all(part in _WEEK for part in parts):
        first, last = (_WEEK.index(DayKind(part)) for part in parts)
        length = (last - first) % 7 + 1
        return frozenset(_WEEK[(first + offset) % 7] for offset in range(length))
    raise FieldError("not a day", f'{suggest(value, [*words, "mon-fri", "mon-sun"])}; a span is written "mon-fri"')


def all_days(spans: Sequence[frozenset[DayKind]]) -> frozenset[DayKind]:
    """The days of all spans together."""
    return frozenset().union(*spans)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _timezone(name: str) -> str:
    if name not in _timezones():
        raise FieldError("not a time zone", suggest(name, ["Europe/Berlin", "Europe/Vienna", "Europe/Zurich"]))
    return name


def _land(name: str) -> str:
    aliases = Germany.subdivisions_aliases
    code = aliases.get(name, name.removeprefix("DE-"))
    if code not in Germany.subdivisions:
        raise FieldError("not a German Land", suggest(name, Germany.subdivisions))
    return code


def telephone_number(text: str) -> str:
    """The number as E.164; German when it names no country.

    Raises:
        FieldError: no telephone number.
    """
    mend = "write it with its area code, such as +49 30 23125 001"
    try:
        number = phonenumbers.parse(text, "DE")
    except phonenumbers.NumberParseException:
        raise FieldError("not a telephone number", mend) from None
    # the library holds even three digits possible in Germany; the shortest there are have an area code and three more
    too_short = len(phonenumbers.national_significant_number(number)) < 6
    if too_short or number.extension or not phonenumbers.is_possible_number(number):
        raise FieldError("not a possible telephone number", mend)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _factor(value: object) -> float:
    number = _number(value, "the factor")
    if not 1 <= number <= 10:
        raise FieldError("not a likely factor", "1 to 10; 1.5 means half as long again as the direct way")
    return float(number)


Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
FeedId = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_printable)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_short_id)]
Telephone = Annotated[str, Field(max_length=40), AfterValidator(telephone_number)]
Timezone = Annotated[str, Field(max_length=60), AfterValidator(_timezone)]
Land = Annotated[str, Field(max_length=60), AfterValidator(_land)]
Clock = Annotated[int, BeforeValidator(_clock)]
Day = Annotated[date, BeforeValidator(_date)]
Days = Annotated[list[Annotated[frozenset[DayKind], BeforeValidator(_day_span)]], Field(min_length=1, max_length=20)]
Cents = Annotated[int, BeforeValidator(_cents)]
Metres = Annotated[int, BeforeValidator(_metres)]
Factor = Annotated[float, BeforeValidator(_factor)]
Longitude = Annotated[float, BeforeValidator(_degrees(180))]
Latitude = Annotated[float, BeforeValidator(_degrees(90))]
Point = Annotated[tuple[float, float], BeforeValidator(_point)]
NeedWord = Annotated[Need, Field(strict=False)]
Needs = list[NeedWord]
Groups = Annotated[list[Id], Field(max_length=100)]
