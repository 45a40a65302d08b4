"""What a publication is made from: the trips that duties really drive, and how long rides really took."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gtfs.feed import Feed
from mobility.actions.gather_publication import LEAST_RIDES, gather_source, offered_of, read_published
from mobility.actions.open_runs import trips_of_duty
from mobility.domain.fleet import Acceptance, ReachedBy
from mobility.domain.places import Place
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.files.opening import duties_on, hours_on
from mobility.publishing.sources import Measured
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, County, CountyFiles, open_county
from tests.mobility.publishing.drawn import FIRST, LAST

BUS = "auental-bus"
HERE = Place(12.28, 53.04)
LONGEST_S = 1000


@pytest.mark.parametrize("service_id", ["buergerbus-linie", "rufbus"])
def test_trips_and_their_days_are_those_that_duties_drive(county_files: CountyFiles, county_feed: Feed, service_id: str) -> None:
    """Reckoned day by day, as runs are opened."""
    service = next(service for service, _ in county_files.services if service.id == service_id)
    driven: dict[tuple[str, int], set[date]] = {}
    for day in (FIRST + timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)):
        for duty in duties_on(service, day) if hours_on(service, day) else ():
            for trip in trips_of_duty(service, county_feed, day, duty):
                driven.setdefault((trip.trip_id, trip.halts[0][2]), set()).add(day)
    offered = offered_of(service, county_feed, (FIRST, LAST), None)
    assert {(dated.trip.trip_id, dated.trip.halts[0][2]): set(dated.dates) for dated in offered.trips} == driven
    assert driven


def ride(county: County, number: int, day: date, aboard_s: int | None) -> None:
    """A run with one ride, set down so long after it boarded (None: not reported)."""
    start = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    boarded = Visit(VisitKind.PICKUP, HERE, start, start, 60, start, leg_id=f"l-{number}", actual=start)
    set_down = None if aboard_s is None else start + timedelta(seconds=aboard_s)
    alighted = replace(boarded, kind=VisitKind.DROPOFF, actual=set_down, max_ride_s=LONGEST_S)
    vehicle = replace(county.files.services[0][0].vehicles[0], id=f"v-{number}")
    run = Run(
        f"r-{number}",
        AGENCY,
        "avg",
        BUS,
        day,
        vehicle,
        None,
        Acceptance.ROSTERED,
        ReachedBy.LIVE,
        start,
        start + timedelta(hours=3),
        (boarded, alighted),
    )
    with county.context.store.transaction() as tx:
        assert tx.add_run(run)


def measured(county: County) -> Measured | None:
    """What is told of the bus in the middle of June 2026."""
    with county.context.store.transaction() as tx:
        agency, services, _ = read_published(county.context, tx, AGENCY)
    source = gather_source(county.context, agency, services, None)
    return next(offered.measured for offered in source.offered if offered.service.id == BUS)


def test_95_of_100_measured_rides_stay_within_the_share_told(county_files: CountyFiles) -> None:
    county = open_county(MemoryStore(), county_files)
    for number in range(LEAST_RIDES):  # a minute more each, from 300 s; three of sixty may be longer than told
        ride(county, number, date(2026, 3, 1) + timedelta(days=number), 300 + number * 10)
    ride(county, 900, date(2026, 6, 3), 9_999)  # this month is not over
    ride(county, 901, date(2026, 2, 27), 9_999)  # too long ago
    ride(county, 902, date(2026, 5, 30), None)  # nobody has reported how it ended
    assert measured(county) == Measured(0.86, LEAST_RIDES), "the 57th of 60 took 860 of 1000 seconds"


def test_of_few_rides_nothing_is_told(county_files: CountyFiles) -> None:
    county = open_county(MemoryStore(), county_files)
    for number in range(LEAST_RIDES - 1):
        ride(county, number, date(2026, 4, 1), 500)
    assert measured(county) is None


def test_rides_longer_than_allowed_are_told_as_long_as_they_were(county_files: CountyFiles) -> None:
    county = open_county(MemoryStore(), county_files)
    for number in range(LEAST_RIDES):
        ride(county, number, date(2026, 4, 1), 3 * LONGEST_S)
    assert measured(county) == Measured(3.0, LEAST_RIDES), "who changes to a train reckons with it"
