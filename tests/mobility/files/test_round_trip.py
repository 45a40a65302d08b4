"""What is written reads as the same: by an independent writer, for drawn numbers, for every price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.fleet import CredentialKind, Vehicle
from mobility.domain.riders import Need
from mobility.domain.services import Fairness, Service
from mobility.domain.tariffs import Band, Concession, GroupPrice, Pays, Tariff
from mobility.files.service_file import read_service

LANDS = ["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"]
MINIMAL = """
id = "minimal"
name = "Minimal"
form = "volunteer_rides"
access = "stop_to_stop"
legal_basis = "permit_free"
timezone = "Europe/Berlin"
holidays = "BW"
stops = [{{ id = "1", name = "Markt", lon = 8.7, lat = 49 }}]
hours = [{{ days = ["mon-sun"], start = "06:00", end = "30:00" }}]
carrier = {{ id = "c", name = "C", telephone = "030 23125 001" }}
booking = {{ min_notice_min = 60, max_days_ahead = 1 }}
promise = {{ pickup_early_min = 0, pickup_late_min = 1, dropoff_late_min = 0 }}
ride = {{ max_factor = 1, max_extra_min = 0, max_walk_m = 0, max_wait_min = 0 }}
tariff = {{ base_eur = {} }}
volunteers = {{ acceptance = "rostered", eur_per_km = 0.30, answer_within_min = 1, confirm_before_min = 0 }}
"""


@given(st.integers(0, 50_000))
def test_every_price_is_exact(cents: int) -> None:
    euros = Decimal(cents) / 100
    for written in (f"{euros:.2f}", f'"{euros:.2f}"', f'"{euros:.2f}"'.replace(".", ",")):
        assert read_service(MINIMAL.format(written), "x.toml").tariff.base_cents == cents


@pytest.mark.parametrize(
    ("written", "land"), [("BY", "BY"), ("DE-BY", "BY"), ("Bayern", "BY"), *((land, land) for land in LANDS)]
)
def test_lands_are_understood(written: str, land: str) -> None:
    assert read_service(MINIMAL.format("1").replace('"BW"', f'"{written}"'), "x.toml").holidays == land


def test_what_is_written_from_a_service_reads_as_the_same_service(services: dict[str, Service]) -> None:
    for service in services.values():
        assert read_service(written(service), "x.toml") == service
        spacious = replace(service, vehicles=tuple(_spacious(vehicle) for vehicle in service.vehicles))
        assert read_service(written(spacious), "x.toml") == spacious


def _spacious(vehicle: Vehicle) -> Vehicle:
    return replace(vehicle, large_wheelchair_places=vehicle.wheelchair_places and 1, stowage_places=0)


@given(st.data())
def test_round_trip_of_drawn_numbers(data: st.DataObject) -> None:
    service = read_service(MINIMAL.format("1.00"), "x.toml")
    minutes = st.integers(0, 60).map(lambda number: number * 60)
    drawn = replace(
        service,
        booking=replace(service.booking, min_notice_s=data.draw(minutes), cancel_notice_s=data.draw(minutes)),
        promise=replace(service.promise, pickup_early_s=data.draw(minutes), pickup_late_s=60 + data.draw(minutes)),
        tariff=replace(
            service.tariff,
            base_cents=data.draw(st.integers(0, 999)),
            max_cents=data.draw(st.integers(1000, 9999)),
            assistants_free=data.draw(st.booleans()),
            severely_disabled_free=data.draw(st.booleans()),
            surcharge_cents=data.draw(st.integers(0, 99)),
            bands=(Band(data.draw(st.integers(1, 5000)), 150), Band(500_000, 300)),
            concessions=(
                Concession("child", Pays.REDUCED, data.draw(st.integers(0, 100)), None, 14),
                Concession("pass", Pays.SURCHARGE, escort_free=True),
            ),
            fellow_percent=data.draw(st.integers(0, 100)),
            group=GroupPrice(5, data.draw(st.integers(0, 999))),
        ),
        needs=data.draw(st.frozensets(st.sampled_from([Need.GUIDE_DOG, Need.CHILD_SEAT, Need.FRONT_SEAT]))),
        closed_on=data.draw(st.frozensets(st.dates(date(2000, 1, 1), date(2100, 12, 31)), max_size=5)),
        lock_before_s=data.draw(minutes),
        driver_credentials=data.draw(st.frozensets(st.sampled_from(CredentialKind))),
        volunteers=service.volunteers
        and replace(
            service.volunteers, fairness=data.draw(st.sampled_from(Fairness)), fairness_days=data.draw(st.integers(1, 366))
        ),
        parallel=replace(
            service.parallel,
            walk_by_need_m=tuple((need, 100) for need in sorted(data.draw(st.frozensets(st.sampled_from(Need))))),
            night_from_s=72_000,
            night_until_s=data.draw(minutes),
            max_changes=data.draw(st.integers(0, 4)),
            lead_s=data.draw(minutes),
        ),
        ride=replace(service.ride, boarding_extra_s=((Need.HELP_TO_DOOR, data.draw(minutes) // 4), (Need.LOW_VISION, 5))),
    )
    assert read_service(written(drawn), "x.toml") == drawn


def _night(service: Service, clock: Callable[[int], str]) -> dict[str, object]:
    start, end = service.parallel.night_from_s, service.parallel.night_until_s
    return {} if start is None or end is None else {"exempt_at_night": {"start": clock(start), "end": clock(end)}}


def _more_of(tariff: Tariff, euros: Callable[[int], str]) -> dict[str, object]:
    return {
        "severely_disabled_free": tariff.severely_disabled_free,
        "surcharge_eur": euros(tariff.surcharge_cents),
        "fellow_percent": tariff.fellow_percent,
        "shared_percent": tariff.shared_percent,
        "bands": [{"up_to_km": f"{band.up_to_m / 1000:.3f}", "eur": euros(band.cents)} for band in tariff.bands],
        "concessions": [
            {
                "group": one.group,
                "pays": str(one.pays),
                "escort_free": one.escort_free,
                **({"percent": one.percent} if one.pays is Pays.REDUCED else {}),
                **{key: age for key in ("from_age", "to_age") if (age := getattr(one, key)) is not None},
            }
            for one in tariff.concessions
        ],
        **({} if tariff.group is None else {"group_price": {"persons": tariff.group.persons, "eur": euros(tariff.group.cents)}}),
    }


def written(service: Service) -> str:
    """An independent writer: from the domain's nouns to TOML, units undone by hand."""

    def clock(seconds: int) -> str:
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"

    def euros(cents: int) -> str:
        return f"{cents // 100}.{cents % 100:02d}"

    keys: dict[str, object] = {
        **{name: str(getattr(service, name)) for name in ("id", "name", "form", "access", "legal_basis", "timezone", "holidays")},
        **{name: sorted(getattr(service, name)) for name in ("needs", "eligible_groups", "closed_on", "driver_credentials")},
        "use_feed_stops": service.use_feed_stops,
        "walk_up_seats": service.walk_up_seats,
        "lock_before_min": service.lock_before_s // 60,
        "carrier": {"id": service.carrier.provider_id, "name": service.carrier.name, "telephone": service.carrier.telephone},
        "zones": [{"id": zone.id, "name": zone.name, "polygon": [list(point) for point in zone.ring]} for zone in service.zones],
        "stops": [
            {"id": stop.stop_id, "name": stop.name, "lon": stop.lon, "lat": stop.lat, "outside_because": "x"}
            for stop in service.stops
        ],
        "hours": [{"days": sorted(one.days), "start": clock(one.start_s), "end": clock(one.end_s)} for one in service.hours],
        "booking": {
            "min_notice_min": service.booking.min_notice_s // 60,
            "max_days_ahead": service.booking.max_days_ahead,
            "cancel_notice_min": service.booking.cancel_notice_s // 60,
        },
        "promise": {
            "pickup_early_min": service.promise.pickup_early_s // 60,
            "pickup_late_min": service.promise.pickup_late_s // 60,
            "dropoff_late_min": service.promise.dropoff_late_s // 60,
            **({} if service.promise.narrow_to_s is None else {"narrow_to_min": service.promise.narrow_to_s // 60}),
            **({} if service.promise.narrow_before_s is None else {"narrow_before_min": service.promise.narrow_before_s // 60}),
        },
        "ride": {
            "max_factor": service.ride.max_factor,
            "max_extra_min": service.ride.max_extra_s // 60,
            "max_walk_m": service.ride.max_walk_m,
            "max_wait_min": service.ride.max_wait_s // 60,
            "near_wait_min": service.ride.near_wait_s // 60,
            "boarding_s": service.ride.boarding_s,
            "wheelchair_boarding_s": service.ride.wheelchair_boarding_s,
            "boarding_extra_s": {str(need): seconds for need, seconds in service.ride.boarding_extra_s},
        },
        "tariff": {
            "base_eur": euros(service.tariff.base_cents),
            "eur_per_km": euros(service.tariff.cents_per_km),
            **({} if service.tariff.max_cents is None else {"max_eur": euros(service.tariff.max_cents)}),
            "free_groups": sorted(service.tariff.free_groups),
            "assistants_free": service.tariff.assistants_free,
            **_more_of(service.tariff, euros),
        },
        "parallel": {
            "before_min": service.parallel.before_s // 60,
            "after_min": service.parallel.after_s // 60,
            "max_walk_m": service.parallel.max_walk_m,
            "min_ride_m": service.parallel.min_ride_m,
            "exempt_needs": sorted(service.parallel.exempt_needs),
            "exempt_groups": sorted(service.parallel.exempt_groups),
            "max_walk_by_need_m": {str(need): metres for need, metres in service.parallel.walk_by_need_m},
            "max_changes": service.parallel.max_changes,
            "max_journey_min": service.parallel.max_journey_s // 60,
            "lead_within_min": service.parallel.lead_s // 60,
            **_night(service, clock),
        },
        "vehicles": [
            {
                "id": vehicle.id,
                "name": vehicle.name,
                "seats": vehicle.seats,
                "wheelchair_places": vehicle.wheelchair_places,
                "seats_per_wheelchair": vehicle.seats_per_wheelchair,
                "equipment": sorted(vehicle.equipment),
                **{
                    key: most
                    for key in ("large_wheelchair_places", "stowage_places")
                    if (most := getattr(vehicle, key)) is not None
                },
            }
            for vehicle in service.vehicles
        ],
        "duties": [
            {
                "id": duty.id,
                "vehicle": duty.vehicle_id,
                "days": sorted(duty.days),
                "start": clock(duty.start_s),
                "end": clock(duty.end_s),
                "base": {"stop": duty.base.stop_id}
                if duty.base.stop_id
                else {"name": duty.base.name, "lon": duty.base.lon, "lat": duty.base.lat},
                "breaks": [
                    {"earliest": clock(rule.earliest_s), "latest": clock(rule.latest_s), "duration_min": rule.duration_s // 60}
                    for rule in duty.breaks
                ],
                "trip_ids": list(duty.trip_ids),
                "ends_anywhere": duty.ends_anywhere,
            }
            for duty in service.duties
        ],
    }
    if service.line:
        keys["line"] = {
            "route_id": service.line.route_id,
            "max_late_min": service.line.max_late_s // 60,
            "only_trip_ids": sorted(service.line.only_trip_ids),
        }
    if service.volunteers:
        keys["volunteers"] = {
            "acceptance": str(service.volunteers.acceptance),
            "eur_per_km": euros(service.volunteers.cents_per_km),
            "answer_within_min": service.volunteers.answer_within_s // 60,
            "confirm_before_min": service.volunteers.confirm_before_s // 60,
            "fairness": str(service.volunteers.fairness),
            "fairness_days": service.volunteers.fairness_days,
        }
    return tomlkit.dumps(keys)
