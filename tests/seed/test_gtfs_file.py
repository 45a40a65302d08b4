"""The written timetable, checked with the standard library alone, then by the project's own import."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import holidays
import numpy as np
import pytest

from gtfs.importing import import_feed
from routing.streets.importing import import_streets
from routing.streets.streets import Streets

Tables = dict[str, list[dict[str, str]]]


def seconds(time: str) -> int:
    hours, minutes, rest = map(int, time.split(":"))
    return 3600 * hours + 60 * minutes + rest


def days(tables: Tables) -> dict[str, set[date]]:
    """Which days each service runs, worked out day by day from the two calendar files."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    running: dict[str, set[date]] = defaultdict(set)
    for row in tables["calendar.txt"]:
        day = date.fromisoformat(row["start_date"])
        while day <= date.fromisoformat(row["end_date"]):
            if row[weekdays[day.weekday()]] == "1":
                running[row["service_id"]].add(day)
            day += timedelta(days=1)
    for row in tables["calendar_dates.txt"]:
        change = {"1": set.add, "2": set.remove}[row["exception_type"]]
        change(running[row["service_id"]], date.fromisoformat(row["date"]))
    return running


def calls(tables: Tables) -> dict[str, list[dict[str, str]]]:
    by_trip: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in tables["stop_times.txt"]:
        by_trip[row["trip_id"]].append(row)
    return by_trip


@pytest.mark.parametrize(
    ("table", "column", "target", "key"),
    [
        ("routes.txt", "agency_id", "agency.txt", "agency_id"),
        ("trips.txt", "route_id", "routes.txt", "route_id"),
        ("trips.txt", "shape_id", "shapes.txt", "shape_id"),
        ("stop_times.txt", "trip_id", "trips.txt", "trip_id"),
        ("stop_times.txt", "stop_id", "stops.txt", "stop_id"),
        ("stop_times.txt", "pickup_booking_rule_id", "booking_rules.txt", "booking_rule_id"),
        ("stops.txt", "parent_station", "stops.txt", "stop_id"),
        ("transfers.txt", "from_stop_id", "stops.txt", "stop_id"),
        ("transfers.txt", "to_stop_id", "stops.txt", "stop_id"),
    ],
)
def test_references(tables: Tables, table: str, column: str, target: str, key: str) -> None:
    used = {row[column] for row in tables[table]} - {""}
    assert used
    assert used <= {row[key] for row in tables[target]}


def test_keys_are_unique(tables: Tables) -> None:
    for table, columns in {
        "agency.txt": ("agency_id",),
        "stops.txt": ("stop_id",),
        "routes.txt": ("route_id",),
        "trips.txt": ("trip_id",),
        "stop_times.txt": ("trip_id", "stop_sequence"),
        "calendar_dates.txt": ("service_id", "date"),
        "shapes.txt": ("shape_id", "shape_pt_sequence"),
    }.items():
        keys = [tuple(row[column] for column in columns) for row in tables[table]]
        assert len(keys) == len(set(keys)), table


def test_times_rise_and_trips_halt_at_platforms(tables: Tables) -> None:
    platforms = {row["stop_id"] for row in tables["stops.txt"] if row["location_type"] == "0"}
    by_trip = calls(tables)
    assert set(by_trip) == {row["trip_id"] for row in tables["trips.txt"]}
    for trip, rows in by_trip.items():
        times = [seconds(row["arrival_time"]) for row in rows]
        assert len(rows) >= 2, trip
        assert all(a < b for a, b in pairwise(times)), trip
        assert {row["stop_id"] for row in rows} <= platforms, trip


def test_a_train_every_two_hours_each_way(tables: Tables) -> None:
    by_trip = calls(tables)
    for direction in "01":
        trips = [row for row in tables["trips.txt"] if row["route_id"] == "auentalbahn" and row["direction_id"] == direction]
        starts = sorted(seconds(by_trip[row["trip_id"]][0]["departure_time"]) for row in trips)
        assert len(starts) >= 8
        assert {b - a for a, b in pairwise(starts)} == {7200}
        assert {row["service_id"] for row in trips} == {"daily"}


def test_two_weak_bus_lines(tables: Tables) -> None:
    for line in ("901", "902"):
        for direction in "01":
            own = [r["service_id"] for r in tables["trips.txt"] if r["route_id"] == line and r["direction_id"] == direction]
            assert 5 <= own.count("weekday") <= 7
            assert 1 <= own.count("saturday") <= 3
            assert own.count("school") >= 1


def test_school_buses_know_holidays_and_weekdays(tables: Tables, start: date) -> None:
    running = days(tables)
    free = set(holidays.country_holidays("DE", subdiv="BB", years=range(start.year, start.year + 2)))
    assert 180 <= len({day for day in running["school"] if day < start + timedelta(days=365)}) <= 200
    for service in ("school", "weekday", "saturday"):
        assert not running[service] & free
    assert all(day.weekday() < 5 for day in running["school"] | running["weekday"])
    assert running["school"] < running["weekday"]
    assert date(2026, 12, 24) in running["weekday"] - running["school"]
    assert date(2026, 8, 3) not in running["school"]


def test_valid_for_a_year_from_the_start(tables: Tables, start: date) -> None:
    (info,) = tables["feed_info.txt"]
    assert info["feed_start_date"] == f"{start:%Y%m%d}"
    assert date.fromisoformat(info["feed_end_date"]) >= start + timedelta(days=365)
    assert "erfunden" in info["feed_publisher_name"]
    assert all("erfunden" in row["agency_name"] for row in tables["agency.txt"])


def test_one_saturday_bus_passes_midnight(tables: Tables) -> None:
    late = {row["trip_id"] for row in tables["stop_times.txt"] if seconds(row["arrival_time"]) > 24 * 3600}
    assert len(late) == 1
    assert {row["service_id"] for row in tables["trips.txt"] if row["trip_id"] in late} == {"saturday"}


def test_only_the_rufbus_must_be_booked(tables: Tables) -> None:
    routes = {row["trip_id"]: row["route_id"] for row in tables["trips.txt"]}
    assert {routes[row["trip_id"]] for row in tables["stop_times.txt"] if row["pickup_type"] == "2"} == {"rufbus-7"}
    assert all(row["pickup_type"] == "2" for row in tables["stop_times.txt"] if routes[row["trip_id"]] == "rufbus-7")


def test_the_import_finds_nothing_to_complain_about(folder: Path, tmp_path: Path) -> None:
    report = import_feed(folder / "county-gtfs.zip", tmp_path / "feed")
    assert report.findings == ()


def test_buses_can_keep_their_timetable(folder: Path, tables: Tables, tmp_path: Path) -> None:
    """Every hop of every bus is at least as long as the routing engine says a car takes."""
    import_streets(folder / "county.osm.pbf", tmp_path / "streets")
    streets = Streets.load(tmp_path / "streets")
    place = {row["stop_id"]: (float(row["stop_lon"]), float(row["stop_lat"])) for row in tables["stops.txt"]}
    trains = {row["trip_id"] for row in tables["trips.txt"] if row["route_id"] == "auentalbahn"}
    seen: set[tuple[str, ...]] = set()
    for trip, rows in calls(tables).items():
        stops = tuple(row["stop_id"] for row in rows)
        if trip in trains or stops in seen:
            continue
        seen.add(stops)
        points = np.array([place[stop] for stop in stops])
        driven = np.diagonal(streets.matrix(points, points).seconds, offset=1)
        planned = np.diff([seconds(row["departure_time"]) for row in rows])
        assert (driven <= planned).all(), trip
        snapped = [streets.snap(lon, lat) for lon, lat in points.tolist()]
        assert all(stop is not None and stop.metres <= 150 for stop in snapped), trip
