"""Where things happen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A point on earth (WGS 84 degrees) with the name a rider would use for it.

    ``stop_id`` is set when the place is a stop of the feed or of a service.
    """

    lon: float
    lat: float
    name: str = ""
    stop_id: str | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """Area in which a service runs: one outer ring of (lon, lat), first point not repeated."""

    id: str
    name: str
    ring: tuple[tuple[float, float], ...]
