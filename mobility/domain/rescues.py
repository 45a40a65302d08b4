"""Declared rescue: what becomes of the riders when a run cannot be driven on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class RescueCause(StrEnum):
    """Why a run is withdrawn in the middle of things."""

    BREAKDOWN = "breakdown"
    DRIVER_MISSING = "driver_missing"


@dataclass(frozen=True, slots=True)
class RescuedRide:
    """What became of one ride. ``run_id`` is the run that takes it now, None: in rescue with the rescue's owner.

    ``late_s`` is how many seconds later than promised the rider is met or set down at most (0: the promise is kept).
    """

    booking_id: str
    leg_id: str
    run_id: str | None
    late_s: int
    was_aboard: bool


@dataclass(frozen=True, slots=True)
class Rescue:
    """A rescue as it was declared: the run withdrawn, why, by whom (an account id), and its rides in the order they were seen to."""

    run_id: str
    cause: RescueCause
    declared_at: datetime
    owner: str
    rides: tuple[RescuedRide, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """If this driver were not there on ``day``: his runs, and what would become of their rides (``run_id`` None: no run could take it)."""

    id: str
    agency_id: str
    day: date
    driver_id: str
    reckoned_at: datetime
    run_ids: tuple[str, ...]
    rides: tuple[RescuedRide, ...]

    @property
    def rescued(self) -> int:
        """How many of the rides another run would take."""
        return sum(ride.run_id is not None for ride in self.rides)
