"""Services without a timetable as GOFS 1.0 (General On-demand Feed Specification, MobilityData).

GOFS is for rides that anybody can ask for, from area to area: lines, services for some groups of people only and services without an area are
left out, and told so. Outer rings run against the clock, as RFC 7946 and the specification's own example have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gtfs.writing import clock
from mobility.domain.services import Access, Service
from mobility.publishing.booking import contact_fields, notice_fields
from mobility.publishing.calendars import calendar_of, days_key, open_dates
from mobility.publishing.places import Area, areas_of, public_id
from mobility.publishing.sources import Source

VERSION, LANGUAGE = "1.0", "de"
STATIC = (
    "gofs", "gofs_versions", "system_information", "service_brands", "vehicle_types", "zones", "operating_rules", "calendars",
    "fares", "booking_rules",
)  # fmt: skip
"""Names of the files; each is served and written as ``name.json``."""
ASKED = ("wait_time", "realtime_booking")
"""Names of what is asked for with coordinates."""
_DAY_S = 86_400
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_AREAS = 40
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a ride would be like: seconds until the pickup at most, seconds aboard, euro cents (None without a destination)."""

    service: Service
    wait_s: int
    travel_s: int | None = None
    price_cents: int | None = None


def brands(source: Source) -> list[Service]:
    """The services that GOFS can tell: one brand each."""
    return [offered.service for offered in source.offered if why_not(offered.service) is None]


def why_not(service: Service) -> str | None:
    """Why GOFS cannot tell a service, or None."""
    if service.line is not None:
        return "GOFS knows no timetable"
    if service.eligible_groups:
        return "GOFS is for rides that anybody may ask for"
    if not service.zones:
        return "GOFS knows areas only, and this service has none"
    return f"more than {_MOST_AREAS} areas" if len(areas_of(service)) > _MOST_AREAS else None


def told_losses(source: Source) -> list[str]:
    """What GOFS leaves out, a line each."""
    lines = [f"GOFS: not told, {why}: {o.service.id}" for o in source.offered if (why := why_not(o.service)) is not None]
    at_stops = [service.id for service in brands(source) if service.access is not Access.DOOR_TO_DOOR]
    if at_stops:
        lines.append(f"GOFS: that one boards at stops within the areas, not at the door [{', '.join(at_stops)}]")
    capped = [
        service.id
        for service in brands(source)
        if service.tariff.max_cents is not None or service.tariff.all_concessions or service.tariff.assistants_free
    ]
    if capped:
        lines.append(f"GOFS: the most one pays, and who rides free [{', '.join(capped)}]")
    return (
        [*lines, "GOFS: the booking page opens without the places that a planner may add to its address"]
        if brands(source)
        else lines
    )


def documents(source: Source, base_url: str, asked_url: str, made_at: datetime) -> dict[str, Document]:
    """All static files by name. ``base_url``: where they lie; ``asked_url``: where this service answers what is asked for."""
    told = brands(source)
    areas = {service.id: areas_of(service) for service in told}
    data: dict[str, Document] = {
        "gofs": {LANGUAGE: {"feeds": _feeds(base_url, asked_url)}},
        "gofs_versions": {"versions": [{"version": VERSION, "url": f"{base_url}/gofs.json"}]},
        "system_information": _system(source, told),
        "service_brands": {"service_brands": [{"brand_id": service.id, "brand_name": service.name} for service in told]},
        "vehicle_types": {"vehicle_types": [kind for service in told for kind in _vehicle_types(service)]},
        "zones": {"zones": _collection([area for service in told for area in areas[service.id]])},
        "operating_rules": {"operating_rules": [rule for service in told for rule in _rules(source, service, areas[service.id])]},
        "calendars": {"calendars": [calendar for service in told for calendar in _calendars(source, service)]},
        "fares": {"fares": [_fare(service) for service in told]},
        "booking_rules": {"booking_rules": [_booking(source, service, areas[service.id]) for service in told]},
    }
    return {name: headed(content, made_at, _DAY_S) for name, content in data.items()}


def headed(data: Mapping[str, Any], at: datetime, ttl_s: int) -> Document:
    """The frame of every GOFS answer."""
    return {"last_updated": int(at.timestamp()), "ttl": ttl_s, "version": VERSION, "data": dict(data)}


def wait_times(estimates: Sequence[Estimate], at: datetime, ttl_s: int) -> Document:
    """The answer to ``wait_time``."""
    return headed({"wait_times": [{"brand_id": e.service.id, "wait_time": e.wait_s} for e in estimates]}, at, ttl_s)


def realtime_booking(estimates: Sequence[Estimate], booking_url: str, at: datetime, ttl_s: int) -> Document:
    """The answer to ``realtime_booking``."""
    return headed({"realtime_booking": [_bookable(estimate, booking_url) for estimate in estimates]}, at, ttl_s)


def _bookable(estimate: Estimate, booking_url: str) -> Document:
    told: Document = {"brand_id": estimate.service.id, "wait_time": estimate.wait_s}
    if estimate.travel_s is not None:
        told["travel_time"] = estimate.travel_s
    if estimate.price_cents is not None:
        told |= {"travel_cost": estimate.price_cents / 100, "travel_cost_currency": "EUR"}
    detail = {"service_name": estimate.service.name, "web_uri": booking_url, "phone_number": estimate.service.carrier.telephone}
    return told | {"booking_detail": detail}


def _feeds(base_url: str, asked_url: str) -> list[Document]:
    return [
        *({"name": name, "url": f"{base_url}/{name}.json"} for name in STATIC if name != "gofs"),
        *({"name": name, "url": f"{asked_url}/{name}"} for name in ASKED),
    ]


def _system(source: Source, told: Sequence[Service]) -> Document:
    system: Document = {
        "language": LANGUAGE,
        "timezone": told[0].timezone if told else "Europe/Berlin",
        "name": source.name,
        "url": f"{source.public_url}/rules",
    }
    carriers = {service.carrier.provider_id: service.carrier for service in told}
    if len(carriers) == 1:
        (carrier,) = carriers.values()
        system |= {"operator": carrier.name, "phone_number": carrier.telephone}
    return system


def _vehicle_types(service: Service) -> list[Document]:
    """A service's vehicles of one size are one type; cars of volunteers are not in the service file."""
    if not service.vehicles:
        return [{"vehicle_type_id": public_id(service, "vehicle")}]
    return [
        {
            "vehicle_type_id": public_id(service, vehicle.id),
            "max_capacity": vehicle.seats,
            "wheelchair_boarding": "boarding_accessible" if vehicle.wheelchair_places else "boarding_inaccessible",
        }
        for vehicle in service.vehicles
    ]


def _collection(areas: Sequence[Area]) -> Document:
    features = []
    for area in areas:
        feature = area.feature()
        features.append(
            {"type": "Feature", "zone_id": area.id, "properties": {"name": area.name}, "geometry": feature["geometry"]}
        )
    return {"type": "FeatureCollection", "features": features}


def _rules(source: Source, service: Service, areas: Sequence[Area]) -> list[Document]:
    """From each area to each, for each opening."""
    vehicles = [kind["vehicle_type_id"] for kind in _vehicle_types(service)]
    known = _calendar_ids(source, service)
    return [
        {
            "from_zone_id": one.id,
            "to_zone_id": other.id,
            "start_pickup_window": clock(hours.start_s),
            "end_pickup_window": clock(hours.end_s),
            "calendars": known[days_key(hours.days)],
            "brand_id": service.id,
            "vehicle_type_id": vehicles,
            "fare_id": service.id,
        }
        for hours in service.hours
        if known[days_key(hours.days)]
        for one in areas
        for other in areas
    ]


def _calendar_ids(source: Source, service: Service) -> dict[str, list[str]]:
    """By kinds of days the calendars that make them up."""
    made = _calendars(source, service)
    return {
        key: [each["calendar_id"] for each in made if each["calendar_id"].split("@")[0] == public_id(service, key)]
        for key in {days_key(hours.days) for hours in service.hours}
    }


def _calendars(source: Source, service: Service) -> list[Document]:
    """Weekdays with exceptions; days that are added are calendars of their own, as GOFS has no field for them."""
    found: list[Document] = []
    for key, kinds in {days_key(hours.days): hours.days for hours in service.hours}.items():
        calendar_id = public_id(service, key)
        dates = open_dates(service, kinds, source.first, source.last)
        calendar = calendar_of(calendar_id, dates, source.first, source.last)
        if calendar.weekdays:
            regular: Document = {
                "calendar_id": calendar_id,
                "days": [_DAYS[number] for number in calendar.weekdays],
                "start_date": f"{calendar.first:%Y%m%d}",
                "end_date": f"{calendar.last:%Y%m%d}",
            }
            found.append(
                regular | ({"excepted_dates": [f"{day:%Y%m%d}" for day in calendar.removed]} if calendar.removed else {})
            )
        for day in calendar.added:
            said = f"{day:%Y%m%d}"
            found.append({"calendar_id": f"{calendar_id}@{said}", "start_date": said, "end_date": said})
    return found


def _fare(service: Service) -> Document:
    """A price for each rider, surcharge included, and for each kilometre that is begun; none where it depends on bands or zones."""
    tariff = service.tariff
    fare: Document = {"fare_id": service.id, "currency": "EUR"}
    if tariff.bands or tariff.zone_fares:
        return fare
    fare["rider"] = [{"amount": tariff.told_cents / 100}]
    return fare | ({"kilometer": [{"interval": 1.0, "amount": tariff.cents_per_km / 100}]} if tariff.cents_per_km else {})


def _booking(source: Source, service: Service, areas: Sequence[Area]) -> Document:
    ids = [area.id for area in areas]
    return {"from_zone_ids": ids, "to_zone_ids": ids, **notice_fields(service.booking), **contact_fields(source, service)}
