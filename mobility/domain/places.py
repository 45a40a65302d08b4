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

    @property
    def village(self) -> str:
        """What follows the last comma of the name ("Kirschallee 10, Nebelow"), unless it may be more than a village; else empty."""
        _, comma, last = self.name.rpartition(",")
        return last.strip() if comma and not any(letter.isdigit() for letter in last) else ""


@dataclass(frozen=True, slots=True)
class Zone:
    """Area in which a service runs: one outer ring of (lon, lat), first point not repeated."""

    id: str
    name: str
    ring: tuple[tuple[float, float], ...]
