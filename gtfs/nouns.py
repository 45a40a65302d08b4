"""What a feed speaks of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agency:
    """A transport company. ``timezone`` is an IANA name."""

    id: str
    name: str
    timezone: str
    url: str = ""
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop, station or other place of stops.txt (WGS 84 degrees), with the feed's own id (in Germany a DHID).

    ``parent`` is the station's id. ``wheelchair``: None when nothing is known; taken from the station when the stop is silent.
    ``location_type``: 0 stop where riders board, 1 station, 2 entrance, 3 node, 4 boarding area.
    """

    id: str
    name: str
    lon: float
    lat: float
    parent: str | None = None
    wheelchair: bool | None = None
    location_type: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """A line. ``type`` is the GTFS route type, extended ones included; ``agency`` an agency id, None when not known."""

    id: str
    short_name: str
    long_name: str
    type: int
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class TimetableTrip:
    """One departure of a trip: ``halts`` are (stop id, arrival, departure) in service-day seconds.

    ``direction`` is 0 or 1, None when the feed does not say. A trip of frequencies.txt gives one of these per departure.
    """

    trip_id: str
    headsign: str
    direction: int | None
    halts: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class DirectJourney:
    """A ride without a change of vehicle. Times are seconds of the service day that was asked for: one that began the day before
    counts on.

    ``pickup_type`` and ``drop_off_type`` as in stop_times.txt: 0 regular, 2 telephone the agency before, 3 tell the driver.
    ``wheelchair``: whether the vehicle takes one, None when the feed does not say.
    """

    trip_id: str
    route_short_name: str
    route_type: int
    headsign: str
    from_stop_id: str
    to_stop_id: str
    departure_s: int
    arrival_s: int
    pickup_type: int = 0
    drop_off_type: int = 0
    wheelchair: bool | None = None
    route_id: str = ""

    @property
    def must_be_booked(self) -> bool:
        """True when the rider has to telephone the agency beforehand (German: Rufbus)."""
        return 2 in {self.pickup_type, self.drop_off_type}
