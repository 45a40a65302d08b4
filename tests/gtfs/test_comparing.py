"""Two feeds compared: what is changed on purpose is found, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import pytest
from typer.testing import CliRunner

from gtfs.cli import app
from gtfs.comparing import FeedChanges, compare_feeds, trips_a_day
from gtfs.reading import read_feed

Files = dict[str, str | bytes]
ZipOf = Callable[[Files | bytes], Path]


def changes(zip_of: ZipOf, small: Files, **edits: tuple[str, str]) -> FeedChanges:
    """From the small feed to one with a text of each named file replaced."""
    new = dict(small)
    for file, (old_text, new_text) in edits.items():
        assert old_text in str(new[f"{file}.txt"])
        new[f"{file}.txt"] = str(new[f"{file}.txt"]).replace(old_text, new_text)
    return compare_feeds(read_feed(zip_of(small)), read_feed(zip_of(new)))


def test_the_same_feed_changes_nothing(small: Files, zip_of: ZipOf) -> None:
    found = changes(zip_of, small)
    assert {line.change for line in found.lines} == {"same"}
    assert (found.stops, found.stops_same) == ((), 5)


def test_a_line_that_is_new_and_one_that_is_gone(small: Files, zip_of: ZipOf) -> None:
    found = changes(zip_of, small, routes=("N,A,N1", "X,A,X1"), trips=("N,all", "X,all"))
    assert [(line.change, line.name, line.old_id, line.new_id) for line in found.lines][:2] == [
        ("gone", "N1", "N", ""),
        ("new", "X1", "", "X"),
    ]
    assert found.lines[0].old_trips == found.lines[1].new_trips == (1, 1, 1)


def test_a_line_with_another_id_and_the_same_number_is_the_same(small: Files, zip_of: ZipOf) -> None:
    found = changes(zip_of, small, routes=("N,A,N1", "de:new:N,A,N1"), trips=("N,all", "de:new:N,all"))
    assert [(line.change, line.old_id, line.new_id) for line in found.lines if line.name == "N1"] == [("same", "N", "de:new:N")]


def test_fewer_departures_a_day(small: Files, zip_of: ZipOf) -> None:
    found = changes(zip_of, small, trips=("R,week,t2,,1\n", ""))
    (line,) = (line for line in found.lines if line.change == "trips")
    assert (line.name, line.old_trips, line.new_trips) == ("700", (2, 0, 0), (1, 0, 0))


def test_departures_of_a_usual_day_against_counting_them(small: Files, zip_of: ZipOf) -> None:
    small["frequencies.txt"] = "trip_id,start_time,end_time,headway_secs\nn1,6:00:00,8:00:00,1200\n"
    feed = read_feed(zip_of(small))
    days = [date(2026, 3, 1) + timedelta(days=n) for n in range(306)]
    for route, trips in trips_a_day(feed).items():
        for kind, wanted in enumerate((range(5), (5,), (6,))):
            counted = [len(feed.trips_of_route(route, day)) for day in days if day.weekday() in wanted]
            assert trips[kind] == int(median(counted))
    assert trips_a_day(feed)["N"] == (6, 6, 6)


@pytest.mark.parametrize(
    ("old", "new", "change", "metres"),
    [
        ("49.51,8.61", "49.52,8.61", "moved", 1112),
        ("49.51,8.61", "49.5101,8.61", None, 0),
        ("b,Markt,49.51,8.61", "de:b,Markt,49.5101,8.61", "renumbered", 0),
        ("b,Markt,49.51,8.61", "de:b,Neumarkt,49.51,8.61", "gone", 0),
        ("b,Markt,49.51,8.61", "de:b,Markt,49.61,8.61", "gone", 0),
    ],
)
def test_stops(old: str, new: str, change: str | None, metres: int, small: Files, zip_of: ZipOf) -> None:
    edits = {"stops": (old, new)}
    if new.startswith("de:b"):
        edits["stop_times"] = (",b,", ",de:b,")
    found = changes(zip_of, small, **edits)
    assert (found.stops[0].change, found.stops[0].metres) == (change, metres) if change else found.stops == ()
    assert {stop.change for stop in found.stops} <= {change, "new"}
    assert found.stops_same == (5 if change is None else 4)


def test_the_command(small: Files, zip_of: ZipOf) -> None:
    new = small | {"stops.txt": str(small["stops.txt"]).replace("49.51,8.61", "49.52,8.61")}
    told = CliRunner().invoke(app, ["diff", str(zip_of(small)), str(zip_of(new)), "--json"])
    answer = json.loads(told.stdout)
    assert told.exit_code == 0
    assert [(stop["id"], stop["change"], stop["metres"]) for stop in answer["stops"]] == [("b", "moved", 1112)]
    assert answer["lines"][0]["old_trips"] == {"weekday": 2, "saturday": 0, "sunday": 0}
    assert answer["days"]["old"] == ["2026-03-01", "2026-12-31"]
    wrong = CliRunner().invoke(app, ["diff", str(zip_of(small)), str(zip_of(b"none"))])
    assert wrong.exit_code == 2
    assert wrong.stderr.strip().startswith("This is not a zip file.")
