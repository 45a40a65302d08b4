"""Service files and people: read by the project's own readers, and consistent with map and timetable."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from shapely import LineString, Point, Polygon

from mobility.domain.accounts import Role
from mobility.domain.fleet import Acceptance, Employment
from mobility.domain.riders import Need, Rider
from mobility.domain.services import Service, ServiceForm
from mobility.files.people_file import People, read_people
from mobility.files.service_file import read_service
from seed.county import County
from seed.people_file import PASSWORDS
from seed.sketch import to_lon_lat

Tables = dict[str, list[dict[str, str]]]
FICTITIOUS = re.compile(r"\+49(3023125\d{3}|17139200\d\d)")


@pytest.fixture(scope="module")
def services(folder: Path) -> dict[str, Service]:
    files = sorted((folder / "services").glob("*.toml"))
    return {path.stem: read_service(path.read_text(encoding="utf-8"), path.name) for path in files}


@pytest.fixture(scope="module")
def people(folder: Path) -> People:
    return read_people((folder / "people.toml").read_text(encoding="utf-8"), "people.toml", "demo", {})


def test_one_service_of_each_form(services: dict[str, Service]) -> None:
    assert {name: service.form for name, service in services.items()} == {
        "auental-bus": ServiceForm.AREA,
        "buergerbus-linie": ServiceForm.LINE_WITH_DEVIATION,
        "nachbarschaftsfahrten": ServiceForm.VOLUNTEER_RIDES,
        "rufbus": ServiceForm.TRIPS_IF_BOOKED,
    }
    assert all(service.id == name for name, service in services.items())
    assert all(service.tariff.base_cents == 250 and service.holidays.endswith("BB") for service in services.values())


def test_two_community_buses_one_for_a_wheelchair_with_breaks(services: dict[str, Service]) -> None:
    bus = services["auental-bus"]
    assert len(bus.vehicles) == 2
    every = [vehicle for service in services.values() for vehicle in service.vehicles]
    assert sum(vehicle.wheelchair_places for vehicle in every) == 1
    assert len({vehicle.id for vehicle in every}) == len(every)
    assert all(duty.breaks for duty in bus.duties)


def test_services_name_lines_and_stops_of_the_feed(services: dict[str, Service], tables: Tables) -> None:
    routes = {row["route_id"] for row in tables["routes.txt"]}
    for name in ("buergerbus-linie", "rufbus"):
        line = services[name].line
        assert line is not None
        assert line.route_id in routes


def test_every_address_of_the_county_is_in_the_zone(services: dict[str, Service], county: County) -> None:
    zone = Polygon(services["auental-bus"].zones[0].ring)
    inside = {settlement.name for settlement in county.settlements}
    for house in county.houses:
        if house.settlement in inside:
            assert zone.covers(Point(to_lon_lat(house.at))), house.address


def test_bases_and_the_deviation_zone_lie_where_the_roads_are(
    services: dict[str, Service], county: County, tables: Tables
) -> None:
    roads = [LineString([to_lon_lat(point) for point in county.sketch.points(way)]) for way in county.sketch.drivable()]
    bases = {(duty.base.lon, duty.base.lat) for service in services.values() for duty in service.duties}
    assert bases
    for base in bases:
        assert min(road.distance(Point(base)) for road in roads) < 0.001
    zone = Polygon(services["buergerbus-linie"].zones[0].ring)
    trips = {row["trip_id"] for row in tables["trips.txt"] if row["route_id"] == "buergerbus-1"}
    used = {row["stop_id"] for row in tables["stop_times.txt"] if row["trip_id"] in trips}
    for stop in tables["stops.txt"]:
        if stop["stop_id"] in used:
            assert zone.covers(Point(float(stop["stop_lon"]), float(stop["stop_lat"]))), stop["stop_name"]


def test_every_trip_of_a_service_lies_within_one_duty(services: dict[str, Service], tables: Tables) -> None:
    times: dict[str, list[str]] = {}
    for row in tables["stop_times.txt"]:
        times.setdefault(row["trip_id"], []).append(row["departure_time"])
    for service in services.values():
        if service.line is None:
            continue
        trips = [row["trip_id"] for row in tables["trips.txt"] if row["route_id"] == service.line.route_id]
        assert trips
        spans = [(_clock(duty.start_s), _clock(duty.end_s)) for duty in service.duties]
        for trip in trips:
            assert any(start <= times[trip][0] and times[trip][-1] <= end for start, end in spans), trip


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:00"


def test_every_duty_has_a_driver_for_all_its_hours(services: dict[str, Service], people: People) -> None:
    """Each duty takes one shift of its service that covers it; no shift serves two duties."""
    for service in services.values():
        free = [shift for shift in people.shifts if shift.service_id == service.id]
        for duty in service.duties:
            shift = next(s for s in free if s.days >= duty.days and s.start_s <= duty.start_s and s.end_s >= duty.end_s)
            free.remove(shift)


def test_eight_volunteers_with_cars_of_every_acceptance(people: People) -> None:
    volunteers = [driver for driver in people.drivers if driver.employment is Employment.VOLUNTEER]
    assert len(volunteers) == 8
    assert {driver.acceptance for driver in volunteers} == set(Acceptance)
    assert all(driver.vehicle and driver.home and driver.max_metres_per_day for driver in volunteers)
    assert len({driver.home.name for driver in volunteers if driver.home}) == 8


def test_forty_riders_with_needs(people: People) -> None:
    assert len(people.riders) == 40
    assert len({rider.name for rider in people.riders} | {driver.name for driver in people.drivers}) == 40 + len(people.drivers)
    assert sum(Need.WHEELCHAIR in rider.needs for rider in people.riders) >= 2
    assert sum(Need.WALKING_FRAME in rider.needs for rider in people.riders) >= 3
    assert len({rider.home for rider in people.riders}) == 38


def test_two_families_share_roof_name_and_telephone(people: People) -> None:
    """The desk finds several people under one number."""
    by_number: dict[str, list[Rider]] = {}
    for rider in people.riders:
        by_number.setdefault(rider.telephone, []).append(rider)
    families = [riders for riders in by_number.values() if len(riders) > 1]
    assert [len(riders) for riders in families] == [2, 2]
    for one, other in families:
        assert (one.home, one.name.split()[-1]) == (other.home, other.name.split()[-1])
        assert one.name != other.name


def test_telephone_numbers_are_nobodys(people: People, services: dict[str, Service]) -> None:
    numbers = [rider.telephone for rider in people.riders] + [driver.telephone for driver in people.drivers]
    assert all(FICTITIOUS.fullmatch(number) for number in numbers)
    assert len(set(numbers)) == len(numbers) - 2, "two families share theirs"
    assert all(FICTITIOUS.fullmatch(re.sub(r"\s", "", service.carrier.telephone)) for service in services.values())
    assert all(not rider.email or rider.email.endswith("@example.org") for rider in people.riders)


def test_one_sign_in_per_role_with_a_public_password(people: People, folder: Path) -> None:
    assert {account.role for account in people.accounts} == set(Role)
    assert {account.name: account.password for account in people.accounts} == PASSWORDS
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"`{name}` / `{password}`" in readme for name, password in PASSWORDS.items())
    assert "invented" in readme


def test_homes_are_addresses_of_the_map(folder: Path, county: County) -> None:
    addresses = {house.address for house in county.houses}
    document = tomllib.loads((folder / "people.toml").read_text(encoding="utf-8"))
    homes = [row["home"]["name"] for row in document["riders"] + document["drivers"] if "home" in row]
    assert len(homes) == 48
    assert set(homes) <= addresses
