"""Rides and timetable together: nothing better is missed by looking only for the rides that matter."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from mobility.actions.open_runs import list_or_open_runs
from mobility.domain.accounts import system_actor
from mobility.domain.bookings import Booking
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind, RideRequest
from mobility.domain.riders import Need
from mobility.planning.access import crow_fly_m
from mobility.planning.answering import DaySearch, Reach
from mobility.planning.combining import Combined, Combining
from mobility.planning.link_rides import LinkRides
from mobility.planning.links import find_links
from mobility.planning.ordinary_lines import bookable_lines
from mobility.planning.stations import timetabled
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county, wish
from tests.gtfs.drawn import Halt
from tests.gtfs.exhaustive import Exhaustive, Ride

Point = tuple[int, int, int, int]


@pytest.fixture(scope="module")
def county(county_files: CountyFiles) -> County:
    """A Monday with two dozen rides booked."""
    county = open_county(MemoryStore(), county_files)
    for request in wishes(county, random.Random(5), 25):
        rides = county.rides(replace(request, rider_id="r-003"))
        if rides:
            assert isinstance(county.book(rides[0]), Booking)
    return county


def villages_and_stations(county: County) -> tuple[list[Place], list[Place]]:
    with county.context.store.transaction() as tx:
        network = county.context.network(tx, county.desk)
    assert network.feed is not None
    villages = [Place(one.lon, one.lat, one.label) for one in network.streets.settlements]
    return villages, [Place(one.lon, one.lat, one.name, one.id) for one in network.feed.stops if "(Zug)" in one.name]


def wishes(county: County, chance: random.Random, number: int) -> list[RideRequest]:
    """Between villages and the stations of the railway, at any hour."""
    villages, stations = villages_and_stations(county)
    made = []
    for _ in range(number):
        ends = [chance.choice(villages), chance.choice(stations if chance.random() < 0.7 else villages)]
        chance.shuffle(ends)
        at = local(7, 0) + timedelta(minutes=chance.randrange(600))
        time: dict[str, Any] = {"depart_after": at} if chance.random() < 0.5 else {"arrive_by": at}
        needs = frozenset({Need.WALKING_FRAME}) if chance.random() < 0.3 else frozenset()
        made.append(replace(wish(*ends, needs=needs), **time))
    return made


def combining(county: County, request: RideRequest) -> Combining:
    """The search as it is made for a request, before anything has been looked for."""
    context, now = county.context, county.clock()
    with context.store.transaction() as tx:
        network, services = context.network(tx, county.desk), tx.list_services(system_actor(AGENCY))
    links = find_links(services, network, request)
    runs = list_or_open_runs(context, AGENCY, MONDAY, services)
    reach = Reach.of(services, network, request)
    assert reach.finder is not None
    day = DaySearch(reach, runs, now, links)
    return Combining(links, network, request, LinkRides(reach.finder, request, now, day._plan))


def points(found: list[Combined]) -> set[Point]:
    return {(one.journey.departure_s, one.journey.arrival_s, one.journey.changes, one.journey.ride_s) for one in found}


def all_looked_for(search: Combining) -> Combining:
    """Every ride that could be had is in its real length, every other is gone."""
    search._insertions_left = 10**6
    for option in list(search._options):
        search._is_there(option)
    return search


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobility.planning.combining.MOST_INSERTIONS", 10**6)
    monkeypatch.setattr("mobility.planning.combining.MOST_SEARCHES", 10**6)


@pytest.mark.usefixtures("patient")
def test_looking_for_the_rides_that_matter_finds_what_looking_for_all_finds(county: County) -> None:
    by_ride = looked_for = there = 0
    for request in wishes(county, random.Random(1), 6):
        lazy, all_known = combining(county, request), all_looked_for(combining(county, request))
        found, best = lazy.answer(), all_known.answer()
        assert points(found) == points(best)
        by_ride += any(one.ride_to or one.ride_from for one in found)
        looked_for += 10**6 - lazy._insertions_left
        there += 10**6 - all_known._insertions_left
    assert by_ride >= 2
    assert looked_for * 2 < there


@pytest.mark.bench
@pytest.mark.usefixtures("patient")
def test_trying_every_ride_every_trip_and_every_change_finds_the_same(county: County) -> None:
    """By :mod:`tests.gtfs.exhaustive`, which shares nothing with the search."""
    for request in wishes(county, random.Random(2), 30):
        found = points(combining(county, request).answer())
        search = all_looked_for(combining(county, request))
        assert found == exhausted(search), request


def exhausted(search: Combining) -> set[Point]:
    known = {(o.link.to_station, reach): o for o in search._options for reach in search._reaches(o)}
    query = search._query(known)
    planner = search._found.planner
    rides = [Ride([trip] * len(halts), halts) for trip, halts in trips(search)]
    walks = search._found.planner.basis.berths.walks
    stops = [search._found.planner.basis.stop_id(berth) for berth in range(len(planner.basis.berths.stop))]
    pairs = {
        (stops[one], stops[other]): int(seconds)
        for one, other, seconds in zip(walks.origin.tolist(), walks.target.tolist(), walks.seconds.tolist(), strict=True)
    }
    return Exhaustive(rides, pairs, query, planner.within_s).best()


def trips(search: Combining) -> list[tuple[int, list[Halt]]]:
    """Departures of the day, one by one, as the files have them."""
    feed = search._found.feed
    found = []
    for route in feed.routes:
        for trip in feed.trips_of_route(route.id, MONDAY):
            number = feed.trip_number(trip.trip_id)
            assert number is not None
            first = int(feed.timetable.trip_first[number])
            allowed = [
                (int(feed.timetable.halt_pickup[first + n]) != 1, int(feed.timetable.halt_dropoff[first + n]) != 1)
                for n in range(len(trip.halts))
            ]
            found.append((number, [Halt(*halt, *may) for halt, may in zip(trip.halts, allowed, strict=True)]))
    return found


def test_a_ride_is_at_the_train_in_time_and_meets_it(county: County) -> None:
    checked = 0
    for request in wishes(county, random.Random(3), 12):
        for offer in county.ask_all(request):
            if offer.kind is OfferKind.JOURNEY:
                checked += 1
                check(offer, request)
    assert checked >= 4


def check(offer: Offer, request: RideRequest) -> None:
    change, legs = timedelta(minutes=5), offer.transit
    if offer.ride_to is not None:
        assert offer.ride_to.dropoff_window.latest + change <= legs[0].departs
        assert crow_fly_m(offer.ride_to.dropoff, legs[0].board) < 400
        assert request.depart_after is None or offer.ride_to.pickup_window.earliest >= request.depart_after
    if offer.ride_from is not None:
        assert legs[-1].arrives + change <= offer.ride_from.pickup_window.earliest
        assert crow_fly_m(offer.ride_from.pickup, legs[-1].alight) < 400
        assert request.arrive_by is None or offer.ride_from.dropoff_window.latest <= request.arrive_by
    assert all(one.arrives <= other.departs for one, other in pairwise(legs))
    assert offer.price_cents == sum(ride.price_cents or 0 for ride in offer.rides)
    assert request.arrive_by is None or offer.dropoff_window.latest <= request.arrive_by


def test_what_has_to_be_booked_is_no_train_to_be_met(county: County) -> None:
    with county.context.store.transaction() as tx:
        services = tx.list_services(county.desk)
        found = timetabled(county.context.network(tx, county.desk), bookable_lines(services))
    assert found is not None
    assert "rufbus-7" in {route.id for route in found.feed.routes}
    rufbus = found.feed.route_number("rufbus-7")
    only = [station for station in found.stations if found.lines_at(station) == {rufbus}]
    assert only
    for station in only:
        assert not found.calls(station, MONDAY, 0, 86_400, boarding=True).size
