"""What a service file says and a feed cannot: told with every publication, held complete by a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gtfs.suspicions import without_formula
from mobility.domain.riders import Need
from mobility.domain.services import Access, Service
from mobility.publishing.places import areas_of
from mobility.publishing.sources import Offered, Source


@dataclass(frozen=True, slots=True)
class Loss:
    """Keys of the service file that GTFS-Flex cannot carry, what becomes of them, and for which services that matters."""

    keys: tuple[str, ...]
    what: str
    matters: Callable[[Offered], bool]


def _timetabled(offered: Offered) -> bool:
    return offered.service.line is not None


def _of(matters: Callable[[Service], object]) -> Callable[[Offered], bool]:
    return lambda offered: bool(matters(offered.service))


def _named_like_a_formula(offered: Offered) -> bool:
    service = offered.service
    names = (service.name, service.carrier.name, *(stop.name for stop in service.stops))
    return any(without_formula(name) != name for name in names)


LOSSES: tuple[Loss, ...] = (
    Loss(("name", "carrier.name", "stops.name"), "a name that a spreadsheet would run loses the sign it begins with", _named_like_a_formula),
    Loss(("legal_basis",), "no field for the basis in law", _of(lambda _: True)),
    Loss(
        ("holidays", "closed_on"),
        "told as single dates of a year; which Land's holidays they follow, and why a day is closed, is not said",
        _of(lambda _: True),
    ),
    Loss(
        ("needs",),
        "only whether wheelchairs can ride; walking frames, guide dogs and all other needs have no field",
        _of(lambda service: service.needs - {Need.WHEELCHAIR, Need.DOOR_TO_DOOR}),
    ),
    Loss(("eligible_groups",), "who may ride stands in the booking message only", _of(lambda service: service.eligible_groups)),
    Loss(
        (
            "form", "volunteers.acceptance", "volunteers.eur_per_km", "volunteers.answer_within_min", "volunteers.confirm_before_min",
            "volunteers.fairness", "volunteers.fairness_days",
        ),
        "volunteers' rides look like any service without a timetable; that a yes must be waited for stands in the booking message only",
        _of(lambda service: service.volunteers),
    ),
    Loss(("use_feed_stops",), "the stops themselves are told, not the rule that chose them", _of(lambda service: service.use_feed_stops)),
    Loss(
        ("zones.id", "zones.polygon"),
        "areas that overlap are told as one, as a trip's areas may not overlap",
        _of(lambda service: len(areas_of(service)) < len(service.zones)),
    ),
    Loss(
        ("zones",),
        "rides go from stop to stop: the stops are told, the areas that bound them are not",
        _of(lambda service: service.zones and service.access is Access.STOP_TO_STOP),
    ),
    Loss(
        ("stops",),
        "rides go from door to door: stops are not told",
        _of(lambda service: service.stops and service.access is Access.DOOR_TO_DOOR and service.line is None),
    ),
    Loss(("stops.outside_because",), "no field for why a stop lies outside of all areas", _of(lambda service: service.stops)),
    Loss(
        ("booking.max_days_ahead",),
        "booking without notice has no field for how many days ahead it opens",
        _of(lambda service: service.booking.min_notice_s < 60),
    ),
    Loss(("booking.cancel_notice_min",), "no field for late cancelling", _of(lambda service: service.booking.cancel_notice_s)),
    Loss(("booking.call_notice_min",), "no field for a way back that is only called for", _of(lambda service: service.booking.call_notice_s)),
    Loss(
        (
            "promise.pickup_early_min", "promise.pickup_late_min", "promise.dropoff_late_min", "promise.narrow_before_min",
            "promise.narrow_to_min",
        ),
        "the windows promised to a rider are told with the offer only",
        _of(lambda _: True),
    ),
    Loss(
        (
            "ride.max_walk_m", "ride.max_wait_min", "ride.near_wait_min", "ride.boarding_s", "ride.wheelchair_boarding_s",
            "ride.boarding_extra_s",
        ),
        "walking, waiting and boarding are left to whoever plans the journey",
        _of(lambda _: True),
    ),
    Loss(
        ("ride.max_factor", "ride.max_extra_min"),
        "trips with a timetable have no safe duration",
        _timetabled,
    ),
    Loss(
        ("ride.max_factor", "ride.max_extra_min"),
        "the safe duration is that of measured rides, not the longest allowed",
        lambda offered: not _timetabled(offered) and offered.measured is not None and offered.measured.share != 1,
    ),
    Loss(
        ("tariff.base_eur", "tariff.eur_per_km", "tariff.bands.up_to_km", "tariff.bands.eur", "tariff.zone_fares.between", "tariff.zone_fares.eur"),
        "a price by the way's length or zones cannot be told: none is",
        _of(lambda service: not service.tariff.is_flat),
    ),
    Loss(
        (
            "tariff.max_eur", "tariff.free_groups", "tariff.assistants_free", "tariff.severely_disabled_free", "tariff.concessions.group",
            "tariff.concessions.pays", "tariff.concessions.percent", "tariff.concessions.from_age", "tariff.concessions.to_age",
            "tariff.concessions.escort_free",
        ),
        "no field for the most one pays, nor for who pays less or rides free",
        _of(lambda service: service.tariff.all_concessions or service.tariff.assistants_free or service.tariff.max_cents is not None),
    ),
    Loss(
        ("tariff.surcharge_eur",),
        "the surcharge is part of the price: who has a pass and pays it alone is not told",
        _of(lambda service: service.tariff.surcharge_cents),
    ),
    Loss(
        ("tariff.fellow_percent", "tariff.shared_percent", "tariff.group_price.persons", "tariff.group_price.eur"),
        "no field for what people pay who travel together",
        _of(lambda service: service.tariff.fellow_percent < 100 or service.tariff.shared_percent < 100 or service.tariff.group),
    ),
    Loss(
        ("ceiling.eur_per_km", "ceiling.refund_eur_per_km", "ceiling.prices_down"),
        "without a permit: what all passengers of a ride may pay together stands in the offer only",
        _of(lambda service: service.ceiling),
    ),
    Loss(
        (
            "parallel.before_min", "parallel.after_min", "parallel.max_walk_m", "parallel.min_ride_m", "parallel.exempt_needs",
            "parallel.exempt_groups", "parallel.exempt_at_night.start", "parallel.exempt_at_night.end", "parallel.max_walk_by_need_m", "parallel.max_changes",
            "parallel.max_journey_min", "parallel.lead_within_min",
        ),
        "the rule towards ordinary lines is applied when somebody asks for a ride; a planner may show both",
        _of(lambda service: service.parallel.sends_to_lines or service.parallel.min_ride_m),
    ),
    Loss(
        (
            "connection.change_min", "connection.hold_max_min", "connection.yields", "connection.fallback",
            "connection.later_within_min", "connection.last_train", "connection.taxi_telephone",
        ),
        "how rides meet trains is arranged when a journey is booked here",
        _of(lambda _: True),
    ),
    Loss(
        (
            "vehicles.id", "vehicles.name", "vehicles.seats", "vehicles.wheelchair_places", "vehicles.seats_per_wheelchair",
            "vehicles.large_wheelchair_places", "vehicles.stowage_places", "vehicles.equipment", "walk_up_seats",
        ),
        "vehicles and their seats: whether there is room is said when somebody asks",
        _of(lambda service: service.vehicles),
    ),
    Loss(
        (
            "duties.id", "duties.vehicle", "duties.days", "duties.start", "duties.end", "duties.base", "duties.breaks",
            "duties.ends_anywhere", "duties.trip_ids", "lock_before_min",
        ),
        "who drives when, and breaks, within the opening hours",
        _of(lambda service: service.duties),
    ),
    Loss(
        ("driver_credentials", "staffing.stand_by_days", "staffing.desk_days"),
        "what drivers must have shown, and how they are found, is the carrier's own affair",
        _of(lambda service: service.driver_credentials or service.staffing),
    ),
    Loss(
        ("hours.days", "hours.start", "hours.end"),
        "trips with a timetable have their own times and days; the hours around them are not told",
        _timetabled,
    ),
    Loss(
        ("line.route_id", "line.max_late_min", "line.only_trip_ids"),
        "the line has the service's id, its trips are told one by one, how late a detour may make them is not; between two halts the whole "
        "area is named, though only what lies near can be reached",
        _timetabled,
    ),
)  # fmt: skip
UNSAYABLE = (
    "telephone hours of the desk: neither the service file nor booking rules have a field; write them on the page that info_url names",
    "how many seats are left: feeds tell what may be asked for, an offer tells what there is",
    "English names: feeds are told in German; alerts in both languages",
)
"""What no service file can say, and so no feed."""


def told_losses(source: Source, left_out: Sequence[str], other_zone: Sequence[str] = ()) -> list[str]:
    """A line for each, with the services it matters for; first what is missing altogether."""
    lines = [f"not told at all, no stop or area of it is known (import the timetable that it uses): {name}" for name in left_out]
    lines += [f"not told at all, its time zone is not that of the others: {name}" for name in other_zone]
    told = [offered for offered in source.offered if offered.service.id not in left_out]
    for loss in LOSSES:
        services = [offered.service.id for offered in told if loss.matters(offered)]
        if services:
            lines.append(f"{', '.join(loss.keys)}: {loss.what} [{', '.join(services)}]")
    return [*lines, *UNSAYABLE]
