"""Mutations of a sound feed: each ends in the outcome and code of the documented table, with the row and a way to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gtfs
from gtfs import reading as reading_module
from gtfs.checking import check_feed
from gtfs.limits import Limits
from gtfs.reading import examine_feed, read_feed
from gtfs.rules import OWN_RULES, RULES, Outcome

Files = dict[str, str | bytes]
ZipOf = Callable[[Files], Path]


def test_a_sound_feed_has_no_findings(small: Files, zip_of: ZipOf) -> None:
    report = check_feed(zip_of(small))
    assert report.findings == ()
    assert report.outcome is Outcome.ACCEPT
    assert (report.counts["stops"], report.counts["trips"], report.counts["halts"]) == (5, 4, 11)


EDITS = [
    # file, what stands there, what is put instead, code, row of the finding
    ("agency.txt", "Europe/Berlin", "Europa/Berlin", "timezone_unknown", 2),
    ("agency.txt", "Europe/Berlin\n", "Europe/Berlin\nA,Kreisbus,,Europe/Berlin\n", "id_twice", 3),
    ("agency.txt", "Europe/Berlin\n", "Europe/Berlin\nB,Kreisbus,,Europe/Paris\n", "timezones_differ", None),
    ("agency.txt", "agency_timezone", "zone", "column_missing", 1),
    ("stops.txt", "b,Markt", ",Markt", "id_missing", 4),
    ("stops.txt", "b,Markt", "a,Markt", "id_twice", 4),
    ("stops.txt", "0,S,", "0,T,", "parent_missing", 3),
    ("stops.txt", "49.501,8.601", ",", "coordinate_from_parent", 3),
    ("stops.txt", "49.51,8.61", "0,0", "coordinate_unusable", 4),
    ("stops.txt", "49.51,8.61", "nan,inf", "coordinate_unusable", 4),
    ("stops.txt", "49.51,8.61", "149.51,8.61", "coordinate_unusable", 4),
    ("stops.txt", "8.61,0,", "8.61,9,", "value_unusable", 4),
    ("routes.txt", "Wald,3", "Wald,bus", "value_unusable", 2),
    ("routes.txt", "R,A", "R,B", "agency_unknown", 2),
    ("trips.txt", "R,week,t1", "X,week,t1", "route_unknown", 2),
    ("trips.txt", "R,week,t1", "R,weak,t1", "service_unknown", 2),
    ("trips.txt", "R,week,t2", "R,week,t1", "id_twice", 3),
    ("calendar.txt", "20260301", "20260231", "date_unusable", 2),
    ("calendar.txt", "20260301", "2026-3-1", "date_unusable", 2),
    ("calendar_dates.txt", "20260501,2", "20260501,3", "row_value_unusable", 2),
    ("stop_times.txt", "t1,08:00:00", "t9,08:00:00", "trip_unknown", 2),
    ("stop_times.txt", "08:00:00,a,1", "08:00:00,z,1", "stop_unknown", 2),
    ("stop_times.txt", "08:00:00,a,1", "08:00:00,a,one", "sequence_unusable", 2),
    ("stop_times.txt", "08:00:00,a,1", "08:00:00,a,-1", "sequence_unusable", 2),
    ("stop_times.txt", "b,2,0,0\nt1", "b,1,0,0\nt1", "sequence_twice", None),
    ("stop_times.txt", "t1,08:00:00,08:00:00", "t1,8 Uhr,08:00:00", "time_unusable", 2),
    ("stop_times.txt", "t1,08:00:00,08:00:00", "t1,08:61:00,08:00:00", "time_unusable", 2),
    ("stop_times.txt", "t1,08:00:00,08:00:00", "t1,,08:00:00", "time_half_missing", None),
    ("stop_times.txt", "t1,08:00:00,08:00:00", "t1,,", "end_time_missing", None),
    ("stop_times.txt", "n1,25:30:00,25:30:00", "n1,01:30:00,01:30:00", "time_runs_back", None),
    ("stop_times.txt", "a,1,0,1", "a,1,7,1", "value_unusable", 2),
    ("stop_times.txt", "stop_sequence", "sequence", "column_missing", 1),
]


@pytest.mark.parametrize(("file", "old", "new", "code", "row"), EDITS)
def test_one_fault(file: str, old: str, new: str, code: str, row: int | None, small: Files, zip_of: ZipOf) -> None:  # noqa: PLR0917
    before = str(small[file])
    assert old in before
    reading = examine_feed(zip_of(small | {file: before.replace(old, new, 1)}))
    finding = next(finding for finding in reading.report.findings if finding.code == code)
    assert (finding.file, finding.row) == (file, row)
    assert finding.mend
    assert "{" not in finding.message + finding.message_de
    assert reading.report.outcome is RULES[code].outcome
    assert (reading.feed is None) == (reading.report.outcome is Outcome.REJECT)


@pytest.mark.parametrize("name", ["agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"])
@pytest.mark.parametrize("how", ["absent", "empty", "blank"])
def test_a_needed_file_is_missing(name: str, how: str, small: Files, zip_of: ZipOf) -> None:
    small.pop(name)
    if how != "absent":
        small[name] = "" if how == "empty" else "\n \n"
    report = check_feed(zip_of(small))
    assert report.outcome is Outcome.REJECT
    assert report.findings[0].code in {"file_missing", "nothing_usable"}


def test_calendars(small: Files, zip_of: ZipOf) -> None:
    assert (
        check_feed(zip_of({name: text for name, text in small.items() if "calendar" not in name})).findings[0].code
        == "calendar_missing"
    )
    dates = "service_id,date,exception_type\n"
    never = check_feed(zip_of({**small, "calendar.txt": str(small["calendar.txt"]).splitlines()[0], "calendar_dates.txt": dates}))
    assert never.findings[0].code == "nothing_usable"


def test_a_trip_nobody_can_ride(small: Files, zip_of: ZipOf) -> None:
    times = str(small["stop_times.txt"]).replace("t3,10:30:00,10:30:00,d,2,,\n", "")
    (finding,) = check_feed(zip_of(small | {"stop_times.txt": times})).findings
    assert (finding.code, finding.file, finding.subject) == ("trip_without_ride", "trips.txt", "t3")


def test_an_expired_calendar_never_rejects(small: Files, zip_of: ZipOf) -> None:
    report = check_feed(zip_of(small), today=date(2030, 1, 1))
    assert [finding.code for finding in report.findings] == ["feed_expired"]
    assert report.outcome is Outcome.ACCEPT
    assert check_feed(zip_of(small), today=date(2026, 12, 31)).findings == ()


def test_what_lost_most_of_its_rows_is_rejected(small: Files, zip_of: ZipOf) -> None:
    times = re.sub(r"(?m)^(t[123],.*),([abcd]),", r"\1,gone,", str(small["stop_times.txt"]))
    report = check_feed(zip_of(small | {"stop_times.txt": times}))
    assert [finding.code for finding in report.findings][:2] == ["mostly_unusable", "stop_unknown"]
    assert report.findings[1].count == 8


def test_faults_of_one_kind_are_one_finding_with_a_count(small: Files, zip_of: ZipOf) -> None:
    times = str(small["stop_times.txt"]) + "".join(f"ghost{n},8:00:00,8:00:00,a,1,,\n" for n in range(5))
    (finding,) = check_feed(zip_of(small | {"stop_times.txt": times})).findings
    assert (finding.code, finding.row, finding.count, finding.subject) == ("trip_unknown", 13, 5, "ghost0")


def test_control_characters_and_long_values_stay_out_of_sentences(small: Files, zip_of: ZipOf) -> None:
    routes = str(small["routes.txt"]).replace("Wald,3", '"Wald\x1b[31m\n","\x1b]0;' + "x" * 500 + '"')
    finding = check_feed(zip_of(small | {"routes.txt": routes})).findings[0]
    assert str(finding).isprintable()
    assert len(str(finding)) < 400


def test_half_of_two_days_of_a_feed_s_trips_may_be_bad(small: Files, zip_of: ZipOf) -> None:
    """A trip whose time runs back is left out; the others stay as they are."""
    times = str(small["stop_times.txt"]).replace("n1,25:30:00,25:30:00", "n1,01:30:00,01:30:00")
    feed = read_feed(zip_of(small | {"stop_times.txt": times}))
    assert feed.trips_of_route("N", date(2026, 4, 27)) == []
    assert len(feed.trips_of_route("R", date(2026, 4, 27))) == 2


def test_flexible_trips_are_kept_as_data(small: Files, zip_of: ZipOf) -> None:
    ring = "[[8.6,49.5],[8.7,49.5],[8.7,49.6],[8.6,49.5]]"
    small |= {
        "locations.geojson": '{"type":"FeatureCollection","features":['
        f'{{"type":"Feature","id":"area","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}},'
        '{"type":"Feature","id":"bad","properties":{},"geometry":{"type":"Polygon","coordinates":[[[999,1]]]}}]}',
        "location_groups.txt": "location_group_id,location_group_name\ng,Dörfer\n",
        "location_group_stops.txt": "location_group_id,stop_id\ng,a\ng,zz\n",
        "booking_rules.txt": "booking_rule_id,booking_type\nr,1\n",
        "trips.txt": str(small["trips.txt"]) + "R,all,f1,,\nR,all,f2,,\n",
        "stop_times.txt": (
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence,location_id,location_group_id,"
            "start_pickup_dropoff_window,end_pickup_dropoff_window,pickup_type,drop_off_type,pickup_booking_rule_id\n"
            "t1,8:00:00,8:00:00,a,1,,,,,,,\nt1,9:00:00,9:00:00,b,2,,,,,,,\n"
            "f1,,,,1,area,,7:00:00,22:00:00,2,2,r\nf2,,,,1,,g,7:00:00,22:00:00,2,1,r\nf2,,,area,2,,,7:00:00,22:00:00,1,2,r\n"
            "f2,,,,3,bad,,7:00:00,22:00:00,1,2,r\n"
        ),
    }  # fmt: skip
    reading = examine_feed(zip_of(small))
    assert reading.feed is not None
    codes = {finding.code for finding in reading.report.findings}
    assert codes >= {"draft_column", "draft_reference", "flex_single_stop_time", "area_unusable", "reference_unknown"}
    rows = reading.feed.tables["flexible_stop_times"]
    assert rows.select("trip_id", "stop_sequence", "location_id", "location_group_id", "pickup_type", "drop_off_type").rows() == [
        ("f1", 1, "area", None, "2", "1"), ("f1", 2, "area", None, "1", "2"),
        ("f2", 1, None, "g", "2", "1"), ("f2", 2, "area", None, "1", "2"),
    ]  # fmt: skip
    assert reading.feed.tables["location_group_stops.txt"]["stop_id"].to_list() == ["a"]
    assert [feature["id"] for feature in reading.feed.locations["features"]] == ["area"]
    assert [trip.trip_id for trip in reading.feed.trips_of_route("R", date(2026, 4, 27))] == ["t1"]


def test_the_table_is_complete_and_every_code_is_used() -> None:
    """The outcome follows from the code alone; both languages say something for each."""
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(gtfs.__file__).parent.glob("*.py") if "rules" not in path.name
    )
    for code, rule in OWN_RULES.items():
        assert f'"{code}"' in source, code
        assert all((rule.message, rule.mend, rule.message_de, rule.mend_de))
        assert rule.message != rule.message_de
        assert rule.message.count("{subject}") == rule.message_de.count("{subject}")
    assert len(set(RULES)) == len(RULES) > 50


def test_the_docs_hold_the_same_table() -> None:
    page = (Path(gtfs.__file__).parent.parent / "docs" / "feeds.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (accept|repair|reject) \|", page, re.MULTILINE))
    assert told == {code: rule.outcome.value for code, rule in RULES.items()}
    usual = re.findall(r"^\| `(\w+)` \| ([\d]+) ?(KiB|MiB|GiB|million|) \|", page, re.MULTILINE)
    scale = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "million": 1_000_000}
    assert {name: int(number) * scale[unit] for name, number, unit in usual} == asdict(Limits())


def test_what_nobody_foresaw_is_a_report_too(small: Files, zip_of: ZipOf, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, code in ((MemoryError(), "too_heavy"), (RecursionError(), "not_readable")):
        monkeypatch.setattr(reading_module, "read_stops", Mock(side_effect=error))
        assert check_feed(zip_of(small)).findings[0].code == code


NAMES = ["agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "calendar.txt", "calendar_dates.txt"]
JUNK = st.sampled_from(["", ",", '"', "\n", "-1", "99999999999", "nan", "é", "\u202e", "a" * 300, "2026", "=1+1", "0", "\t", ";"])


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(edits=st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 2000), st.integers(0, 12), JUNK), min_size=1, max_size=6))
def test_any_edit_ends_in_a_report_and_a_feed_that_answers(
    edits: list[tuple[str, int, int, str]], small: Files, zip_of: ZipOf
) -> None:
    files = dict(small)
    for name, place, length, junk in edits:
        text = str(files[name])
        at = place % (len(text) + 1)
        files[name] = text[:at] + junk + text[at + length :]
    reading = examine_feed(zip_of(files))
    if reading.feed is None:
        assert reading.report.outcome is Outcome.REJECT
        assert reading.report.findings[0].code != "not_readable"
        return
    feed = reading.feed
    every = [stop.id for stop in feed.stops]
    for ride in feed.direct_journeys(every, every, date(2026, 4, 27), 0, 100_000):
        assert 0 <= ride.departure_s <= ride.arrival_s <= 100_000
    for route in feed.routes:
        for trip in feed.trips_of_route(route.id, date(2026, 4, 27)):
            times = [time for _, arrival, departure in trip.halts for time in (arrival, departure)]
            assert times == sorted(times)
