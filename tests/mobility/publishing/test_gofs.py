"""The GOFS feed before schemas written from the specification, its references, and the questions it answers from real offers."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import shapely
from hypothesis import HealthCheck, given, settings

from gtfs.feed import Feed
from mobility.actions.estimate_ride import RIDE_STEP_S, WAIT_STEP_S, estimate_ride
from mobility.actions.open_runs import open_runs
from mobility.domain.places import Place
from mobility.errors import InvalidInputError, NotFoundError
from mobility.publishing import gofs
from mobility.publishing.calendars import open_dates
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, MONDAY_AT_SIX, Clock, County, CountyFiles, local, open_county, wish
from tests.mobility.publishing.conftest import URL, source_of
from tests.mobility.publishing.drawn import FIRST, LAST, counties, service_of
from tests.mobility.publishing.gofs_schemas import SCHEMAS

BASE = f"{URL}/feeds/auental/gofs"


def check(name: str, document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMAS[name]).validate(json.loads(json.dumps(document)))


def referred(documents: dict[str, dict[str, Any]]) -> None:
    """Every id that is named is defined."""
    data = {name: document["data"] for name, document in documents.items()}
    zones = {one["zone_id"] for one in data["zones"]["zones"]["features"]}
    calendars = {one["calendar_id"] for one in data["calendars"]["calendars"]}
    assert len(calendars) == len(data["calendars"]["calendars"])
    vehicles = {one["vehicle_type_id"] for one in data["vehicle_types"]["vehicle_types"]}
    brands = {one["brand_id"] for one in data["service_brands"]["service_brands"]}
    fares = {one["fare_id"] for one in data["fares"]["fares"]}
    for rule in data["operating_rules"]["operating_rules"]:
        assert {rule["from_zone_id"], rule["to_zone_id"]} <= zones
        assert set(rule["calendars"]) <= calendars
        assert set(rule["vehicle_type_id"]) <= vehicles
        assert rule["brand_id"] in brands
        assert rule["fare_id"] in fares
    assert {zone for rule in data["booking_rules"]["booking_rules"] for zone in rule["from_zone_ids"]} == zones


def test_drawn_counties_keep_the_specification(county_feed: Feed) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(counties())
    def keep_it(documents: list[dict[str, Any]]) -> None:
        source = source_of([service_of(document) for document in documents], county_feed)
        told = gofs.brands(source)
        lost = gofs.told_losses(source)
        assert all(any(line.endswith(o.service.id) for line in lost) for o in source.offered if o.service not in told)
        if not told:
            return
        made = gofs.documents(source, BASE, BASE, MONDAY_AT_SIX)
        assert set(made) == set(gofs.STATIC)
        for name, document in made.items():
            check(name, document)
        referred(made)
        for feature in made["zones"]["data"]["zones"]["features"]:
            assert shapely.Polygon(feature["geometry"]["coordinates"][0]).exterior.is_ccw
        assert dates_of(made) == {
            service.id: frozenset().union(*(open_dates(service, hours.days, FIRST, LAST) for hours in service.hours))
            for service in told
        }

    keep_it()


def dates_of(made: dict[str, dict[str, Any]]) -> dict[str, frozenset[Any]]:
    """By brand the days of all its rules, reckoned from the calendars alone."""
    days = [FIRST + timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)]
    calendars: dict[str, set[Any]] = {}
    for one in made["calendars"]["data"]["calendars"]:
        week = one.get("days", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
        calendars[one["calendar_id"]] = {
            day
            for day in days
            if one["start_date"] <= f"{day:%Y%m%d}" <= one["end_date"]
            and f"{day:%a}".lower() in week
            and f"{day:%Y%m%d}" not in one.get("excepted_dates", ())
        }
    found: dict[str, frozenset[Any]] = {}
    for rule in made["operating_rules"]["data"]["operating_rules"]:
        driven = frozenset().union(*(calendars[one] for one in rule["calendars"]))
        found[rule["brand_id"]] = found.get(rule["brand_id"], frozenset()) | driven
    return found


def test_the_schemas_see_faults(county_files: CountyFiles, county_feed: Feed) -> None:
    made = gofs.documents(source_of([s for s, _ in county_files.services], county_feed), BASE, BASE, MONDAY_AT_SIX)
    for name in gofs.STATIC:
        poorer = copy.deepcopy(made[name])
        first = next(iter(poorer["data"]))
        del poorer["data"][first]
        with pytest.raises(jsonschema.ValidationError):
            check(name, poorer)
    wrong = copy.deepcopy(made["booking_rules"])
    wrong["data"]["booking_rules"][0]["booking_type"] = 0
    with pytest.raises(jsonschema.ValidationError):
        check("booking_rules", wrong)


# what is asked for


@pytest.fixture
def today(county_files: CountyFiles) -> County:
    county = open_county(MemoryStore(), county_files, Clock())
    open_runs(county.context, AGENCY, MONDAY)
    county.clock.set(12, 30)
    return county


def ends(county: County) -> tuple[Place, Place]:
    return county.place("Kirschallee 10, Nebelow"), county.place("Dorfstraße 6 Kuckuckshorst")


def test_an_estimate_is_a_real_offer_told_coarsely(today: County) -> None:
    home, there = ends(today)
    (estimate,) = estimate_ride(today.context, AGENCY, home, there)
    offers = today.rides(wish(home, there, depart_after=local(13, 30)), "auental-bus")
    soonest = min(offer.pickup_window.latest for offer in offers)
    wait_s = (soonest - today.clock()).total_seconds()
    assert estimate.service.id == "auental-bus"
    assert estimate.wait_s % WAIT_STEP_S == 0
    assert wait_s <= estimate.wait_s < wait_s + 2 * WAIT_STEP_S
    assert estimate.travel_s is not None
    assert estimate.travel_s % RIDE_STEP_S == 0
    assert estimate.price_cents == 250
    check("realtime_booking", gofs.realtime_booking([estimate], f"{URL}/ride", today.clock(), 60))
    check("wait_time", gofs.wait_times([estimate], today.clock(), 60))


def test_nothing_is_written_down(today: County) -> None:
    home, there = ends(today)

    def everything() -> tuple[Any, ...]:
        with today.context.store.transaction() as tx:
            return tx.list_decisions(today.desk, MONDAY_AT_SIX), tx.list_runs(today.desk, MONDAY), tx.list_bookings(today.desk)

    before = everything()
    assert estimate_ride(today.context, AGENCY, home, there)
    assert estimate_ride(today.context, AGENCY, home, None)
    assert everything() == before


def test_neighbours_within_the_same_hundred_metres_get_the_same_answer(today: County) -> None:
    """A door cannot be felt for: the answer is that of the grid's point."""
    home, there = ends(today)
    on_grid = Place(round(home.lon, 3), round(home.lat, 3))
    near = Place(on_grid.lon + 0.0004, on_grid.lat - 0.0004)
    assert estimate_ride(today.context, AGENCY, near, there) == estimate_ride(today.context, AGENCY, on_grid, there)


def test_without_a_destination_only_the_wait_is_told(today: County) -> None:
    (estimate,) = estimate_ride(today.context, AGENCY, ends(today)[0], None)
    assert (estimate.travel_s, estimate.price_cents) == (None, None)


def test_where_nothing_drives_the_answer_is_empty(today: County) -> None:
    home, there = ends(today)
    assert estimate_ride(today.context, AGENCY, Place(8.0, 50.0), there) == []
    today.clock.set(23)
    assert estimate_ride(today.context, AGENCY, home, there) == []


def test_a_brand_that_is_not_there_is_refused(today: County) -> None:
    home, there = ends(today)
    with pytest.raises(InvalidInputError, match="service_brands"):
        estimate_ride(today.context, AGENCY, home, there, ["nachbarschaftsfahrten"])
    with pytest.raises(NotFoundError):
        estimate_ride(today.context, "nowhere", home, there)


def test_services_for_some_people_only_are_not_told(county_files: CountyFiles, county_feed: Feed) -> None:
    source = source_of([s for s, _ in county_files.services], county_feed)
    assert [service.id for service in gofs.brands(source)] == ["auental-bus"]
    reasons = {service.id: gofs.why_not(service) for service, _ in county_files.services}
    assert "anybody" in str(reasons["nachbarschaftsfahrten"])
    assert "timetable" in str(reasons["rufbus"])
    open_to_all = replace(county_files.services[0][0], eligible_groups=frozenset())
    assert gofs.why_not(open_to_all) is None
