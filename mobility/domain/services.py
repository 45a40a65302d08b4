"""A service as data: what its TOML file says. Engine, plain-language page and exports all read this one source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mobility.domain.fleet import Acceptance, BreakRule, CredentialKind, Vehicle
from mobility.domain.places import Place, Zone
from mobility.domain.riders import Need
from mobility.domain.tariffs import Tariff


class ServiceForm(StrEnum):
    LINE_WITH_DEVIATION = "line_with_deviation"
    TRIPS_IF_BOOKED = "trips_if_booked"
    AREA = "area"
    VOLUNTEER_RIDES = "volunteer_rides"


class LegalBasis(StrEnum):
    """German passenger transport law (PBefG) as a service would state it."""

    LINE = "pbefg_42"
    ON_DEMAND_LINE = "pbefg_44"
    POOLED_ON_DEMAND = "pbefg_50"
    PERMIT_FREE = "permit_free"


class Access(StrEnum):
    """Whether riders meet the vehicle at stops or at the door."""

    STOP_TO_STOP = "stop_to_stop"
    STOP_TO_DOOR = "stop_to_door"
    DOOR_TO_DOOR = "door_to_door"


class DayKind(StrEnum):
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Carrier:
    """Who answers for the ride; ``provider_id`` is the tenancy key."""

    provider_id: str
    name: str
    telephone: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening on days of these kinds, service-day seconds. A public holiday is a ``holiday`` only, whatever its weekday."""

    days: frozenset[DayKind]
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class BookingRules:
    """How far ahead one may book (GTFS booking_rules): at least ``min_notice_s`` before pickup, at most ``max_days_ahead``;
    a cancellation later than ``cancel_notice_s`` before pickup is recorded as late. Who calls for an open return has announced it long
    before: then ``call_notice_s`` is enough.
    """

    min_notice_s: int
    max_days_ahead: int
    cancel_notice_s: int = 0
    call_notice_s: int = 900


@dataclass(frozen=True, slots=True)
class PromiseRules:
    """Width of the windows told to the rider, around the planned times: pickup [p − early, p + late], drop-off [.., d + late].

    ``narrow_before_s`` before the pickup they are narrowed inside themselves, the pickup's to ``narrow_to_s``; both None: never.
    """

    pickup_early_s: int
    pickup_late_s: int
    dropoff_late_s: int
    narrow_before_s: int | None = None
    narrow_to_s: int | None = None


@dataclass(frozen=True, slots=True)
class RideRules:
    """Longest ride = direct × ``max_factor`` + ``max_extra_s``; search and walking limits; dwell times at a halt.

    A ride within ``near_wait_s`` of the wished time is looked for first; only then up to ``max_wait_s``. ``boarding_extra_s`` are seconds
    that a need adds to boarding and to alighting.
    """

    max_factor: float
    max_extra_s: int
    max_walk_m: int
    max_wait_s: int
    boarding_s: int = 60
    wheelchair_boarding_s: int = 240
    near_wait_s: int = 1200
    boarding_extra_s: tuple[tuple[Need, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ParallelRule:
    """When an ordinary line already does it, door to door: who could leave for it within [−before, +after] of the wished time, walking at
    most ``max_walk_m`` at either end (less with a need of ``walk_by_need_m``), with at most ``max_changes`` and within ``max_journey_s``,
    is shown the line instead.

    ``lead_s``: where the stop is too far to walk but a line leaves within so much time, a ride to that stop is offered instead; 0: never.
    Rides shorter than ``min_ride_m`` are not offered to who can walk as far. ``exempt_needs``, ``exempt_groups`` and everybody from
    ``night_from_s`` to ``night_until_s`` on the clock (both None: never) may ride all the same.
    """

    before_s: int
    after_s: int
    max_walk_m: int
    min_ride_m: int = 0
    exempt_needs: frozenset[Need] = frozenset()
    exempt_groups: frozenset[str] = frozenset()
    night_from_s: int | None = None
    night_until_s: int | None = None
    walk_by_need_m: tuple[tuple[Need, int], ...] = ()
    max_changes: int = 0
    max_journey_s: int = 10_800
    lead_s: int = 0

    @property
    def sends_to_lines(self) -> bool:
        """Whether anybody is ever sent to a line."""
        return bool(self.before_s or self.after_s or self.lead_s)


class Yielding(StrEnum):
    """Whose promise yields to a late train: that of its own rider, or nobody's. Other riders' promises never do."""

    RIDER = "rider"
    NOBODY = "nobody"


class Fallback(StrEnum):
    """What may be done when a train or bus is missed or does not come: a later one, a ride of ours instead, a taxi that the carrier
    pays, or the desk rings.
    """

    LATER_TRAIN = "later_train"
    RIDE = "ride"
    TAXI = "taxi"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """For rides to trains and buses and from them.

    What a change takes at the least; how much later than promised the ride from a station may come because its own rider's train is
    late, and whose promise yields to that. What is tried in which order when a train is missed, cancelled, or later than that
    (``fallback``; a later one only if it is at most ``later_within_s`` later at the goal), and when it was the last one
    (``last_train``). ``taxi_telephone`` where a taxi is among them. The last of each is ``TAXI`` or ``DESK``, and of a taxi the desk knows.
    """

    change_s: int = 300
    hold_max_s: int = 1800
    yields: Yielding = Yielding.RIDER
    fallback: tuple[Fallback, ...] = (Fallback.LATER_TRAIN, Fallback.RIDE, Fallback.DESK)
    later_within_s: int = 3 * 3600
    last_train: tuple[Fallback, ...] = (Fallback.RIDE, Fallback.DESK)
    taxi_telephone: str = ""


@dataclass(frozen=True, slots=True)
class LineRules:
    """For services with a timetable: which route of the feed (GTFS ``route_id``), and how much later than published a halt may be
    served because of deviations before it. A halt is never left before its published time.
    """

    route_id: str
    max_late_s: int
    only_trip_ids: frozenset[str] = frozenset()

    def takes(self, trip_id: str) -> bool:
        """Whether a trip of the route belongs to the service: all of them unless ``only_trip_ids`` names some."""
        return not self.only_trip_ids or trip_id in self.only_trip_ids


class Fairness(StrEnum):
    """By what it is reckoned who has driven least for what he offered; ``off``: not at all."""

    OFF = "off"
    RIDES = "rides"
    KM = "km"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class VolunteerRules:
    """``answer_within_s``: how long an asked volunteer may take; ``confirm_before_s``: latest before pickup at which the rider
    must know; ``cents_per_km`` is the driver's refund. ``fairness`` is reckoned over the last ``fairness_days`` and what is booked.
    """

    acceptance: Acceptance
    cents_per_km: int
    answer_within_s: int
    confirm_before_s: int
    fairness: Fairness = Fairness.OFF
    fairness_days: int = 28


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """Of a duty that nobody holds: ``stand_by_days`` before its service day whoever is on stand-by is asked, ``desk_days`` before it the desk
    gets a task. The sooner comes first.
    """

    stand_by_days: int
    desk_days: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Without a permit (§ 1 (2) PBefG) all passengers of a ride together pay at most ``cents_per_km`` for each kilometre driven with
    somebody aboard. A ride whose price would be above is offered for less (``prices_down``), or not at all. What a volunteer gets back is
    another matter, and at most ``refund_cents_per_km``.
    """

    cents_per_km: int
    refund_cents_per_km: int
    prices_down: bool = True


@dataclass(frozen=True, slots=True)
class Duty:
    """One vehicle's working time on days of these kinds; for timetabled services it drives the listed GTFS trips.

    ``ends_anywhere``: it need not be back at its base at the end (a taxi goes on to its own customers).
    """

    id: str
    vehicle_id: str
    days: frozenset[DayKind]
    start_s: int
    end_s: int
    base: Place
    breaks: tuple[BreakRule, ...] = ()
    trip_ids: tuple[str, ...] = ()
    ends_anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """Everything one service file says. Times are seconds, lengths metres, money euro cents. Whoever drives must have shown the
    ``driver_credentials``; without ``staffing`` nobody is asked for a duty that nobody holds.
    """

    id: str
    name: str
    form: ServiceForm
    access: Access
    carrier: Carrier
    legal_basis: LegalBasis
    timezone: str
    holidays: str
    zones: tuple[Zone, ...]
    stops: tuple[Place, ...]
    use_feed_stops: bool
    hours: tuple[Hours, ...]
    booking: BookingRules
    promise: PromiseRules
    ride: RideRules
    tariff: Tariff
    parallel: ParallelRule
    needs: frozenset[Need]
    eligible_groups: frozenset[str] = frozenset()
    vehicles: tuple[Vehicle, ...] = ()
    duties: tuple[Duty, ...] = ()
    walk_up_seats: int = 0
    line: LineRules | None = None
    volunteers: VolunteerRules | None = None
    lock_before_s: int = 600
    closed_on: frozenset[date] = frozenset()
    connection: ConnectionRules = ConnectionRules()
    ceiling: Ceiling | None = None
    staffing: StaffingRules | None = None
    driver_credentials: frozenset[CredentialKind] = frozenset()
