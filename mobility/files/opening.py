"""When a service is open: hours and duties of a service day, public holidays of the Land included."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from holidays.constants import SCHOOL
from holidays.countries.germany import Germany

from mobility.domain.services import DayKind, Duty, Hours, Service
from mobility.errors import InvalidInputError, Problem

_WEEK: list[DayKind] = [kind for kind in DayKind if kind is not DayKind.HOLIDAY]


def day_kind(service: Service, day: date) -> DayKind | None:
    """The kind of a service day by the service's Land; None when the file closes the service on that date."""
    return None if day in service.closed_on else kind_in_land(service.holidays, day)


def kind_in_land(land: str, day: date) -> DayKind:
    """The kind of a day: a public holiday of the Land (such as ``"BW"``) is a ``holiday`` only, whatever its weekday.

    Raises:
        mobility.errors.InvalidInputError: no such Land.
    """
    return DayKind.HOLIDAY if is_holiday(land, day) else _WEEK[day.weekday()]


def is_holiday(land: str, day: date) -> bool:
    """Whether a day is a public holiday by the law of the Land (``holidays`` library)."""
    return day in _holidays_of(land, day.year)


def is_school_holiday(land: str, day: date) -> bool:
    """Whether there is no school in the Land: the holidays of the KMK's calendar, as far ahead as the ``holidays`` library knows it."""
    return day in _school_holidays_of(land, day.year)


def hours_on(service: Service, day: date) -> tuple[Hours, ...]:
    """The opening hours of a service day, in order of their start; empty when the service is closed.

    Hours that pass midnight belong to the day on which they began.
    """
    kind = day_kind(service, day)
    return tuple(sorted((hours for hours in service.hours if kind in hours.days), key=lambda hours: hours.start_s))


def duties_on(service: Service, day: date) -> tuple[Duty, ...]:
    """The duties of a service day, in the file's order; empty when the service is closed that day."""
    kind = day_kind(service, day)
    return tuple(duty for duty in service.duties if kind in duty.days)


@lru_cache(maxsize=256)
def _holidays_of(land: str, year: int) -> frozenset[date]:
    _check_land(land)
    return frozenset(Germany(subdiv=land, years=year, expand=False))


@lru_cache(maxsize=256)
def _school_holidays_of(land: str, year: int) -> frozenset[date]:
    _check_land(land)
    return frozenset(Germany(subdiv=land, years=year, expand=False, categories=(SCHOOL,)))


def _check_land(land: str) -> None:
    if land not in Germany.subdivisions:
        mend = f"one of {', '.join(Germany.subdivisions)}"
        raise InvalidInputError(Problem("holidays", "not the code of a German Land", mend))
