"""Questions to a feed, against answers worked out by hand and by brute force."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs.feed import Feed
from gtfs.nouns import DirectJourney
from gtfs.reading import read_feed
from gtfs.service_days import moment
from tests.gtfs.drawn import BERLIN, STOPS, Drawn, departures, trip, written

Files = dict[str, str | bytes]
ZipOf = Callable[[Files], Path]
MONDAY = date(2026, 4, 27)


@pytest.fixture
def feed(small: Files, zip_of: ZipOf) -> Feed:
    return read_feed(zip_of(small))


def test_stops_keep_their_ids_and_take_from_their_station(feed: Feed) -> None:
    platform = feed.find_stop("a")
    assert platform is not None
    assert (platform.name, platform.lon, platform.lat, platform.parent, platform.wheelchair) == (
        "Bahnhof Steig 1", 8.601, 49.501, "S", True
    )  # fmt: skip
    church, market = feed.find_stop("c"), feed.find_stop("b")
    assert church is not None
    assert church.name == "Dorf, Kirche"
    assert church.wheelchair is False
    assert market is not None
    assert market.wheelchair is None
    assert feed.find_stop("nowhere") is None


def test_a_line_s_departures_with_the_missing_time_between_its_neighbours(feed: Feed) -> None:
    first, second = feed.trips_of_route("R", MONDAY)
    assert first.halts == (("a", 28800, 28800), ("b", 29400, 29520), ("c", 30060, 30060), ("d", 30600, 30600))
    assert (first.headsign, first.direction) == ("Wald", 0)
    assert (second.headsign, second.direction) == ("Bahnhof Steig 1", 1)  # the last halt's name
    assert [trip.trip_id for trip in feed.trips_of_route("R", date(2026, 5, 1))] == ["t3"]
    assert feed.trips_of_route("R", date(2026, 5, 2)) == []
    assert feed.trips_of_route("nothing", MONDAY) == []


def ask(
    feed: Feed, origins: list[str], targets: list[str], day: date, first: int = 0, last: int = 48 * 3600
) -> list[tuple[Any, ...]]:
    return [
        (ride.trip_id, ride.from_stop_id, ride.to_stop_id, ride.departure_s, ride.arrival_s)
        for ride in feed.direct_journeys(origins, targets, day, first, last)
    ]


def test_a_station_stands_for_its_stops(feed: Feed) -> None:
    assert ask(feed, ["S"], ["b"], MONDAY, 0, 80_000) == [("t1", "a", "b", 28800, 29400)]


def test_boarding_and_alighting_as_the_feed_allows(feed: Feed) -> None:
    assert ask(feed, ["d"], ["a"], MONDAY, 0, 80_000) == [("t2", "d", "a", 32400, 33600)]
    ride = feed.direct_journeys(["b"], ["c"], MONDAY, 0, 80_000)[0]
    assert (ride.pickup_type, ride.drop_off_type, ride.must_be_booked) == (0, 2, True)
    assert not feed.direct_journeys(["a"], ["b"], MONDAY, 0, 80_000)[0].must_be_booked


def test_the_ride_lies_within_the_window(feed: Feed) -> None:
    assert ask(feed, ["a"], ["b"], MONDAY, 28800, 29400)
    assert not ask(feed, ["a"], ["b"], MONDAY, 28801, 40_000)
    assert not ask(feed, ["a"], ["b"], MONDAY, 0, 29399)


def test_the_night_bus_of_the_day_before_counts_on(feed: Feed) -> None:
    assert ask(feed, ["b"], ["d"], MONDAY, 0, 7200) == [("n1", "b", "d", 1260, 5400)]
    assert [ride[3] for ride in ask(feed, ["b"], ["d"], MONDAY, 0, 26 * 3600) if ride[0] == "n1"] == [1260, 86400 + 1260]


@pytest.mark.parametrize(("day", "shift"), [(date(2026, 3, 29), 23 * 3600), (date(2026, 10, 25), 25 * 3600)])
def test_the_night_bus_into_a_clock_change(feed: Feed, day: date, shift: int) -> None:
    """25:30 of the day before is an hour later (earlier) on the new day's count; the instant is the same."""
    (ride,) = feed.direct_journeys(["b"], ["d"], day, -7200, 9000)
    assert ride.arrival_s == 25 * 3600 + 1800 - shift
    assert moment(day, ride.arrival_s, BERLIN) == moment(day - timedelta(days=1), 25 * 3600 + 1800, BERLIN)


def test_times_far_past_midnight_reach_two_days_on(small: Files, zip_of: ZipOf) -> None:
    small["stop_times.txt"] = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nn1,47:00:00,47:00:00,a,1\nn1,49:30:00,49:30:00,b,2\n"
    )
    small["calendar.txt"] = str(small["calendar.txt"]).replace("20261231", "20260430")
    feed = read_feed(zip_of(small))
    assert ask(feed, ["a"], ["b"], date(2026, 5, 2), -7200, 7200) == [("n1", "a", "b", -3600, 5400)]


def test_frequencies_become_departures(small: Files, zip_of: ZipOf) -> None:
    small["frequencies.txt"] = "trip_id,start_time,end_time,headway_secs\nt1,6:00:00,6:59:59,1200\nt1,12:00:00,12:00:01,600\n"
    feed = read_feed(zip_of(small))
    departures = [trip.halts[0][2] for trip in feed.trips_of_route("R", MONDAY) if trip.trip_id == "t1"]
    assert departures == [21600, 22800, 24000, 43200]
    assert [ride[3:] for ride in ask(feed, ["a"], ["b"], MONDAY, 22_000, 80_000)] == [
        (22800, 23400),
        (24000, 24600),
        (43200, 43800),
    ]


def test_days_beyond_the_calendar_of_python_are_no_accident(feed: Feed) -> None:
    assert feed.direct_journeys(["a"], ["d"], date.max, 0, 90_000) == []
    assert feed.direct_journeys(["a"], ["d"], date.min, 0, 90_000) == []
    assert feed.trips_of_route("R", date.max) == []


def brute_force(
    drawn: Drawn, origins: list[str], targets: list[str], day: date, window: tuple[int, int]
) -> list[tuple[Any, ...]]:
    """Every pair of halts of every departure."""
    return sorted(
        (f"t{number}", board.stop, alight.stop, board.departure, alight.arrival)
        for number, halts in departures(drawn, day)
        for board, alight in combinations(halts, 2)
        if board.stop in origins and alight.stop in targets and board.stop != alight.stop and board.board and alight.alight
        and board.departure >= window[0] and alight.arrival <= window[1]
    )  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    drawn=st.lists(trip, min_size=1, max_size=6),
    origins=st.lists(st.sampled_from(STOPS), min_size=1, max_size=3, unique=True),
    targets=st.lists(st.sampled_from(STOPS), min_size=1, max_size=3, unique=True),
    day=st.sampled_from([date(2026, 3, 1), date(2026, 3, 29), date(2026, 3, 30), date(2026, 5, 1), date(2026, 10, 25)]),
    window=st.tuples(st.integers(-7200, 20 * 3600), st.integers(0, 40 * 3600)).map(lambda w: (w[0], w[0] + w[1])),
)
def test_direct_journeys_are_those_of_a_brute_force_search(  # noqa: PLR0917  hypothesis passes them by name
    drawn: Drawn, origins: list[str], targets: list[str], day: date, window: tuple[int, int], small: Files, zip_of: ZipOf
) -> None:
    from gtfs.reading import examine_feed

    feed = examine_feed(zip_of(written(drawn, small))).feed
    if feed is None:  # every trip drawn is of the service that never runs
        assert all(service == "none" for service, *_ in drawn)
        return
    rides = feed.direct_journeys(origins, targets, day, *window)
    assert sorted((r.trip_id, r.from_stop_id, r.to_stop_id, r.departure_s, r.arrival_s) for r in rides) == brute_force(
        drawn, origins, targets, day, window
    )
    assert rides == sorted(rides, key=lambda ride: (ride.departure_s, ride.arrival_s))
    assert all(isinstance(ride, DirectJourney) for ride in rides)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.randoms(use_true_random=False), ending=st.sampled_from(["\n", "\r\n"]), mark=st.booleans())
def test_the_order_of_rows_and_columns_means_nothing(
    chance: random.Random, ending: str, mark: bool, small: Files, zip_of: ZipOf
) -> None:
    """Nor do line ends, a byte-order mark, or columns nobody knows."""
    shuffled: Files = {}
    for name, text in small.items():
        rows = list(csv.reader(io.StringIO(str(text))))
        columns = list(range(len(rows[0])))
        chance.shuffle(columns)
        body = rows[1:]
        chance.shuffle(body)
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator=ending)
        writer.writerow([*(rows[0][n] for n in columns), "unheard_of"])
        writer.writerows([*(row[n] for n in columns), "x"] for row in body)
        shuffled[name] = lines.getvalue().encode("utf-8-sig" if mark else "utf-8")
    plain, mixed = read_feed(zip_of(small)), read_feed(zip_of(shuffled))
    assert {stop.id: stop for stop in mixed.stops} == {stop.id: stop for stop in plain.stops}
    for day in (MONDAY, date(2026, 5, 1)):
        assert mixed.direct_journeys("Sabcd", "Sabcd", day, 0, 100_000) == plain.direct_journeys(
            "Sabcd", "Sabcd", day, 0, 100_000
        )
        assert mixed.trips_of_route("R", day) == plain.trips_of_route("R", day)
