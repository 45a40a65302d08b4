"""Real feeds: the outcome their collection states for each, and answers that hold against a plain reading of the text."""

from __future__ import annotations

import csv
import io
import random
import time
import zipfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from gtfs.checking import check_feed
from gtfs.feed import Feed
from gtfs.importing import import_feed
from gtfs.reading import examine_feed, read_feed

OUTCOMES = {
    "nyc_subway_tidytransit": {"accept"},
    "bad_tidytransit_bom": {"accept"},
    "flex_tdei_flex-good": {"accept"},
    "flex_tdei_browncounty-mn-us--flex-v2": {"accept"},
    "vrn_heidelberg_2022": {"accept", "repair"},
    "db_fernverkehr_2019": {"accept", "repair"},
    "spo": {"accept", "repair"},
    "gh_sample_feed": {"accept", "repair"},
    "partridge_region-nord-v2": {"repair"},
    "bad_tidytransit_NA-times": {"repair"},
    "flex_vbb_brandenburg": {"repair"},
    "flex_tdei_flex-bad-foreignkey": {"repair", "reject"},
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome(name: str, shared_data: Path) -> None:
    reading = examine_feed(shared_data / "gtfs" / f"{name}.zip")
    assert reading.report.outcome.value in OUTCOMES[name]
    if reading.feed is not None:
        days = reading.feed.days()
        assert days is not None
        assert reading.feed.active_services(days[0])


def test_a_whole_state(shared_data: Path) -> None:
    """4.35 million stop times: accepted, complete, sorted, in blocks."""
    started = time.process_time()
    reading = examine_feed(shared_data / "gtfs" / "vbb_2021.zip")
    assert reading.report.outcome.value == "accept"
    assert reading.feed is not None
    timetable = reading.feed.timetable
    assert reading.report.counts["halts"] == timetable.halt_trip.size == 4_351_033
    key = timetable.halt_trip.astype(np.int64) << 32 | timetable.halt_sequence
    assert (np.diff(key) > 0).all()
    assert timetable.latest_s > 24 * 3600
    assert reading.feed.days() == (date(2021, 3, 18), date(2021, 12, 12))
    assert {array.dtype.name for array in timetable.arrays().values()} == {"int32", "uint8"}
    assert time.process_time() - started < 60


def test_names_that_were_not_utf_8(shared_data: Path) -> None:
    feed = read_feed(shared_data / "gtfs" / "partridge_region-nord-v2.zip")
    stop = feed.find_stop("16242167")
    assert stop is not None
    assert stop.name == "Hjørundhølen bru"


def test_the_rufbus_areas_of_brandenburg(shared_data: Path) -> None:
    report = check_feed(shared_data / "gtfs" / "flex_vbb_brandenburg.zip")
    assert {finding.code for finding in report.findings} >= {"draft_column", "flex_single_stop_time", "parent_missing"}
    assert report.counts["flexible_stop_times"] == 16


@pytest.fixture(scope="module")
def heidelberg(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Feed:
    folder = tmp_path_factory.mktemp("import") / "1"
    import_feed(shared_data / "gtfs" / "vrn_heidelberg_2022.zip", folder)
    return Feed.load(folder)


def plain_rows(path: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
        return list(csv.DictReader(io.TextIOWrapper(stream, "utf-8-sig")))


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def test_direct_journeys_in_heidelberg_against_the_text(heidelberg: Feed, shared_data: Path) -> None:
    """Fifty random pairs of stops on random days, each trip of the feed looked through one by one."""
    path = shared_data / "gtfs" / "vrn_heidelberg_2022.zip"
    services = {row["trip_id"]: row["service_id"] for row in plain_rows(path, "trips.txt")}
    halts: dict[str, list[dict[str, str]]] = {}
    for row in plain_rows(path, "stop_times.txt"):
        halts.setdefault(row["trip_id"], []).append(row)
    for rows in halts.values():
        rows.sort(key=lambda row: int(row["stop_sequence"]))
    chance = random.Random(7)
    compared = 0
    for _ in range(50):
        rows = halts[chance.choice(sorted(halts))]
        first, last = sorted(chance.sample(range(len(rows)), 2))
        origin, target = rows[first]["stop_id"], rows[last]["stop_id"]
        day = date(2022, 6, 13) + timedelta(days=chance.randrange(120))
        expected = []
        for back in (0, 1):
            active = heidelberg.active_services(day - timedelta(days=back))
            for trip_id, trip in halts.items():
                if services[trip_id] in active:
                    board = [n for n, row in enumerate(trip) if row["stop_id"] == origin and row["pickup_type"] != "1"]
                    alight = [n for n, row in enumerate(trip) if row["stop_id"] == target]
                    expected += [
                        (trip_id, seconds(trip[i]["departure_time"]) - back * 86400, seconds(trip[j]["arrival_time"]) - back * 86400)
                        for i in board for j in alight if i < j
                    ]  # fmt: skip
        window = (0, 86400 - 3600)  # no clock change in these days; the next day's trips begin later
        expected = sorted(ride for ride in expected if ride[1] >= window[0] and ride[2] <= window[1])
        found = sorted(
            (r.trip_id, r.departure_s, r.arrival_s) for r in heidelberg.direct_journeys([origin], [target], day, *window)
        )
        assert found == expected or origin == target
        compared += len(expected)
    assert compared > 200


def test_an_answer_within_a_request_s_time(heidelberg: Feed) -> None:
    chance = random.Random(3)
    stops = [stop.id for stop in heidelberg.stops]
    times = []
    for _ in range(60):
        origins, targets = chance.sample(stops, 5), chance.sample(stops, 5)
        started = time.perf_counter()
        heidelberg.direct_journeys(origins, targets, date(2022, 7, 4), 8 * 3600, 11 * 3600)
        times.append(time.perf_counter() - started)
    assert sorted(times)[30] < 0.005
