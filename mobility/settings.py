"""Settings, read from the environment; every one is listed in docs/settings.md (a test holds them equal)."""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gtfs.limits import LIMITS
from mobility.domain.live_news import read_configured
from mobility.errors import InvalidInputError, Problem

_CHECKOUT = Path(__file__).resolve().parent.parent


def _default_data_directory() -> Path:
    """``var/`` in the checkout; for root a folder of this checkout's own below /var/lib, because the database server drops root's
    rights and must reach its files without any existing folder's mode being changed.
    """
    if os.name == "posix" and os.geteuid() == 0:
        digest = hashlib.sha256(str(_CHECKOUT).encode()).hexdigest()[:8]
        return Path("/var/lib/rural-mobility") / digest
    return _CHECKOUT / "var"


def _known_limits(text: str) -> str:
    LIMITS.changed(text)
    return text


def _known_sources(text: str) -> str:
    read_configured(text)
    return text


class Settings(BaseSettings):
    """All settings. Environment variables carry the prefix ``MOBILITY_`` except the two customary ones."""

    model_config = SettingsConfigDict(env_prefix="MOBILITY_", env_ignore_empty=True, populate_by_name=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    port: int = Field(default=8000, ge=1, le=65535, validation_alias="PORT")
    data: Path = Field(default_factory=_default_data_directory)
    secret: str | None = Field(default=None, min_length=32)
    offer_seconds: int = Field(default=600, ge=30, le=3600)
    residents_register: bool = True
    code_countries: str = Field(default="49", pattern=r"^\+?\d{1,3}( *, *\+?\d{1,3})*$")
    public_url: str | None = None
    publish_positions: bool = False
    threads: int = Field(default=8, ge=1, le=64)
    smtp_url: str | None = None
    mail_from: str = "fahrten@localhost"
    sms_url: str | None = None
    sms_token: str = ""
    sms_folder: Path | None = None
    call_secret: str | None = Field(default=None, min_length=16, max_length=200)
    geocoder: str | None = None
    geocoder_private: bool = False
    feed_megabytes: int = Field(default=100, ge=1, le=1000)
    keep_rides_days: int = Field(default=365, ge=30, le=3650)
    keep_notices_days: int = Field(default=90, ge=7, le=3650)
    keep_answers_days: int = Field(default=30, ge=2, le=3650)
    credential_days: str = Field(default="60,30,7", pattern=r"^\d{1,3}( *, *\d{1,3}){0,9}$")
    kept_feed_megabytes: int = Field(default=10_000, ge=100, le=1_000_000)
    feed_limits: Annotated[str, AfterValidator(_known_limits)] = ""
    realtime: Annotated[str, AfterValidator(_known_sources)] = ""
    realtime_seconds: int = Field(default=30, ge=10, le=600)
    realtime_max_age_seconds: int = Field(default=900, ge=60, le=3600)
    realtime_megabytes: int = Field(default=20, ge=1, le=64)
    realtime_private: bool = False
    move_to: str | None = None

    @property
    def countries(self) -> frozenset[int]:
        """The calling codes of ``code_countries``."""
        return frozenset(int(code.strip().lstrip("+")) for code in self.code_countries.split(","))

    @property
    def warn_days(self) -> tuple[int, ...]:
        """How many days before a driver's credential ends he and the desk are told."""
        return tuple(sorted({int(days) for days in self.credential_days.split(",")}))

    @cached_property
    def datasets(self) -> Path:
        """Where imported street graphs and feeds live."""
        return self.data / "datasets"


def read_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        InvalidInputError: a variable has a value that cannot be; its name and what is wrong, never the value.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise InvalidInputError(
            *(Problem(_variable(one["loc"]), one["msg"], "see docs/settings.md") for one in error.errors())
        ) from None


def _variable(location: tuple[int | str, ...]) -> str:
    """The environment variable behind a field's place in an error."""
    name = str(location[0])
    return name if name.isupper() else f"MOBILITY_{name.upper()}"
