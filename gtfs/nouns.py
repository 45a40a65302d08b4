"""What a feed speaks of."""

from __future__ import annotations

from dataclasses import dataclass, replace


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
    ``wheelchair``: whether the vehicle takes one, None when the feed does not say. ``late_s``: how much later than planned it leaves
    and arrives, None when nobody has said.
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
    late_s: tuple[int, int] | None = None

    @property
    def must_be_booked(self) -> bool:
        """True when the rider has to telephone the agency beforehand (German: Rufbus)."""
        return 2 in {self.pickup_type, self.drop_off_type}


@dataclass(frozen=True, slots=True)
class Reach:
    """A way between a place and a stop that takes ``seconds``: on foot whenever one likes, or by a ride that leaves at ``departure_s``
    and at no other time. ``aboard_s``: how much of that counts as ride, None: all of it.
    """

    stop_id: str
    seconds: int
    departure_s: int | None = None
    aboard_s: int | None = None

    @property
    def ride_s(self) -> int:
        """Seconds aboard an on-demand vehicle."""
        if self.departure_s is None:
            return 0
        return self.seconds if self.aboard_s is None else self.aboard_s

    def arrival_s(self, ready_s: int) -> int | None:
        """When one is at its end who can leave at ``ready_s``; None when it has left."""
        if self.departure_s is None:
            return ready_s + self.seconds
        return self.departure_s + self.seconds if self.departure_s >= ready_s else None

    def mirrored(self) -> Reach:
        """The same with time running backwards."""
        return self if self.departure_s is None else replace(self, departure_s=-self.departure_s - self.seconds)


@dataclass(frozen=True, slots=True)
class TransitLeg:
    """A ride on a timetabled trip; ``halts`` are (stop id, arrival, departure) from where one boards to where one alights.

    ``stays``: the vehicle is that of the leg before, and its riders stay seated. ``late_s``: how much later than planned it leaves and
    arrives, None when nobody has said.
    """

    trip_id: str
    route_id: str
    route_short_name: str
    route_type: int
    headsign: str
    wheelchair: bool | None
    halts: tuple[tuple[str, int, int], ...]
    stays: bool = False
    late_s: tuple[int, int] | None = None

    @property
    def departure_s(self) -> int:
        return self.halts[0][2]

    @property
    def arrival_s(self) -> int:
        return self.halts[-1][1]

    def mirrored(self) -> TransitLeg:
        """The same with time running backwards."""
        return replace(self, halts=tuple((stop, -departure, -arrival) for stop, arrival, departure in reversed(self.halts)))


@dataclass(frozen=True, slots=True)
class Alert:
    """What an operator tells riders (GTFS Realtime), with ids of whom it concerns: any of them, or with all four empty everybody.

    ``periods``: (begin, end) in seconds since 1970 during which it holds; none: always.
    """

    header: str
    description: str = ""
    url: str = ""
    agencies: frozenset[str] = frozenset()
    routes: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    trips: frozenset[str] = frozenset()
    periods: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FootLeg:
    """A walk from one stop to another between two rides."""

    from_stop_id: str
    to_stop_id: str
    departure_s: int
    arrival_s: int

    def mirrored(self) -> FootLeg:
        """The same with time running backwards."""
        return FootLeg(self.to_stop_id, self.from_stop_id, -self.arrival_s, -self.departure_s)


@dataclass(frozen=True, slots=True)
class Journey:
    """From door to door by timetable. Times are seconds of the service day that was asked for; ``changes`` of vehicle between
    timetabled trips; ``ride_s`` aboard on-demand vehicles.
    """

    departure_s: int
    arrival_s: int
    legs: tuple[TransitLeg | FootLeg, ...]
    access: Reach
    egress: Reach

    @property
    def changes(self) -> int:
        return sum(isinstance(leg, TransitLeg) and not leg.stays for leg in self.legs) - 1

    @property
    def ride_s(self) -> int:
        return self.access.ride_s + self.egress.ride_s

    def mirrored(self) -> Journey:
        """The same with time running backwards."""
        legs = tuple(leg.mirrored() for leg in reversed(self.legs))
        return Journey(-self.arrival_s, -self.departure_s, legs, self.egress.mirrored(), self.access.mirrored())
