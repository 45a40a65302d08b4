"""Questions to a feed, against answers worked out by hand and by brute force."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs.feed import Feed
from gtfs.nouns import DirectJourney
from gtfs.reading import read_feed
from gtfs.service_days import moment, seconds_of

Files = dict[str, str | bytes]
ZipOf = Callable[[Files], Path]
BERLIN = ZoneInfo("Europe/Berlin")
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


STOPS = "abcdef"
halt = st.tuples(
    st.sampled_from(STOPS), st.integers(0, 900), st.integers(0, 300), st.sampled_from("0123"), st.sampled_from("0123")
)
trip = st.tuples(
    st.sampled_from(["week", "all", "extra", "none"]), st.integers(0, 30 * 3600), st.lists(halt, min_size=2, max_size=7),
    st.none() | st.tuples(st.integers(0, 26 * 3600), st.integers(1, 7200), st.integers(300, 4000)),
)  # fmt: skip
Drawn = list[tuple[str, int, list[tuple[str, int, int, str, str]], tuple[int, int, int] | None]]


def clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def written(drawn: Drawn, small: Files) -> Files:
    """The drawn trips as a feed."""
    stops = "".join(f"{stop},{stop},49.{n + 1},8.6\n" for n, stop in enumerate(STOPS))
    trips, times, frequencies = "", "", ""
    for number, (service, begin, halts, often) in enumerate(drawn):
        trips += f"R,{service},t{number}\n"
        now = begin
        for place, (stop, ride, dwell, pickup, dropoff) in enumerate(halts):
            arrival = now + ride if place else now
            now = arrival + dwell
            times += f"t{number},{clock(arrival)},{clock(now)},{stop},{place * 3},{pickup},{dropoff}\n"
        if often:
            frequencies += f"t{number},{clock(often[0])},{clock(often[0] + often[1])},{often[2]}\n"
    return small | {
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n" + stops,
        "trips.txt": "route_id,service_id,trip_id\n" + trips,
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n" + times,
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\n" + frequencies,
    }


def brute_force(
    drawn: Drawn, origins: list[str], targets: list[str], day: date, window: tuple[int, int]
) -> list[tuple[Any, ...]]:
    """Every pair of halts of every departure of every service day near, one by one, by instants instead of shifts."""
    found = []
    for number, (service, begin, halts, often) in enumerate(drawn):
        now, times = begin, []
        for place, (_, ride, dwell, _, _) in enumerate(halts):
            arrival = now + ride if place else now
            now = arrival + dwell
            times.append((arrival, now))
        starts = list(range(often[0], often[0] + often[1], often[2])) if often else [times[0][1]]
        for back in range(-3, 4):
            service_day = day - timedelta(days=back)
            weekday = service_day.weekday() < 5 and service_day != date(2026, 5, 1)
            runs = {"all": True, "week": weekday, "extra": service_day == date(2026, 5, 1), "none": False}[service]
            if not runs or not date(2026, 3, 1) <= service_day <= date(2026, 12, 31):
                continue
            for start in starts:
                late = start - times[0][1]
                for i, boarding in enumerate(halts):
                    for j in range(i + 1, len(halts)):
                        alighting = halts[j]
                        departure = seconds_of(moment(service_day, times[i][1] + late, BERLIN), day, BERLIN)
                        arrival = seconds_of(moment(service_day, times[j][0] + late, BERLIN), day, BERLIN)
                        if (
                            boarding[0] in origins and alighting[0] in targets and boarding[0] != alighting[0]
                            and boarding[3] != "1" and alighting[4] != "1" and departure >= window[0] and arrival <= window[1]
                        ):  # fmt: skip
                            found.append((f"t{number}", boarding[0], alighting[0], departure, arrival))
    return sorted(found)


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
