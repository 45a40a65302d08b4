"""Field types of requests: what a sane client sends, and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Body(BaseModel):
    """A request body: unknown fields are refused, nothing is coerced, NaN and infinity are no numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("contains characters that are not text")
    return text


def _iso_time(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) > 40 or "T" not in value:
        raise ValueError("expected a time such as 2026-11-23T09:30:00+01:00")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a time such as 2026-11-23T09:30:00+01:00") from None
    if not 2000 <= moment.year <= 2200:
        raise ValueError("the year is out of range")
    return moment


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:\-]+$")]
Moment = Annotated[datetime, BeforeValidator(_iso_time)]
Longitude = Annotated[float, Field(ge=-180, le=180, strict=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, strict=False)]
PathIdentifier = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:\-]+$")]
