"""Field types: of requests what a sane client sends and nothing else; of answers one way of writing a time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Body(BaseModel):
    """A request body: unknown fields are refused, nothing is coerced, NaN and infinity are no numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("contains characters that are not text")
    return text


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_YEARS = range(2000, 2201)


def _iso_time(value: object) -> object:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("expected a time such as 2026-11-23T09:30:00+01:00")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such time; expected one such as 2026-11-23T09:30:00+01:00") from None
    if moment.year not in _YEARS:
        raise ValueError("the year is out of range")
    return moment


def iso_day(value: object) -> date:
    """A day written as 2026-11-23, of the years 2000 to 2200.

    Raises:
        ValueError: anything else.
    """
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("expected a day such as 2026-11-23")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day; expected one such as 2026-11-23") from None
    if day.year not in _YEARS:
        raise ValueError("the year is out of range")
    return day


def aware(moment: datetime, zone: ZoneInfo) -> datetime:
    """A time that was sent without an offset is local to the agency."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
MaybeText = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:\-]+$")]
Moment = Annotated[datetime, BeforeValidator(_iso_time)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
PathIdentifier = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:\-]+$")]
Day = Annotated[date, BeforeValidator(iso_day)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["10:00"])]
QueryDay = Annotated[date, Query(examples=["2026-11-23"]), BeforeValidator(iso_day)]
Instant = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A time in an answer: UTC, written with ``Z``, whatever zone the store or the engine had it in."""


class LateOrCancelled(Body):
    """So many minutes late (``late_min``), or ``cancelled``: one of the two."""

    late_min: int | None = None
    cancelled: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.late_min is None) != self.cancelled:
            raise ValueError("name late_min, or cancelled: true, one of the two")
        return self
