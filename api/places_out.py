"""Places and windows as the API tells them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel

from api.fields import Instant
from mobility.domain.places import Place
from mobility.domain.requests import Window


class PlaceOut(BaseModel):
    """A place."""

    lon: float
    lat: float
    name: str
    stop_id: str | None

    @classmethod
    def of(cls, place: Place) -> Self:
        """From the domain."""
        return cls(lon=place.lon, lat=place.lat, name=place.name, stop_id=place.stop_id)


class WindowOut(BaseModel):
    """A promised window."""

    earliest: Instant
    latest: Instant

    @classmethod
    def of(cls, window: Window) -> Self:
        """From the domain."""
        return cls(earliest=window.earliest, latest=window.latest)
