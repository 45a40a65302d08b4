"""What a rider is told of ordinary lines: where to board, when, and how far to walk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mobility.domain.places import Place


@dataclass(frozen=True, slots=True)
class LineRide:
    """One ride on a line of the feed. ``line`` is its number as it stands on the bus, ``route_type`` that of GTFS, ``route_id`` and
    ``trip_id`` the feed's, ``agency`` the company's name; times are aware. ``wheelchair``: whether vehicle and both stops take one, None
    when the feed does not say.
    """

    route_id: str
    trip_id: str
    agency: str
    line: str
    route_type: int
    headsign: str
    board: Place
    departs: datetime
    alight: Place
    arrives: datetime
    wheelchair: bool | None = None


@dataclass(frozen=True, slots=True)
class LineJourney:
    """From door to door by ordinary lines, one after the other. ``leaves`` and ``arrives`` are at the doors, walks in metres.

    ``by_ride``: the way to the first stop is too far to walk, a ride goes there; ``to_stop_m`` is then that of the road.
    """

    rides: tuple[LineRide, ...]
    leaves: datetime
    arrives: datetime
    to_stop_m: int
    from_stop_m: int
    by_ride: bool = False

    @property
    def first(self) -> LineRide:
        return self.rides[0]

    @property
    def last(self) -> LineRide:
        return self.rides[-1]

    @property
    def trips(self) -> tuple[tuple[str, date], ...]:
        """The same trips on the same day are the same connection, wherever one boards."""
        return tuple((ride.trip_id, ride.departs.date()) for ride in self.rides)


class Verdict(StrEnum):
    """What a service's rule towards parallel lines says of a wish: no line goes there, one does but this rider may be fetched all the same, the
    line does it, or a ride goes to the line's stop.
    """

    FREE = "free"
    EXEMPT = "exempt"
    LINE = "parallel line"
    LEAD = "led to the line"
