"""What may be done with a feed besides reading it: repairs switched off, an ended timetable moved, lines marked as on-demand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.importing import import_feed
from gtfs.options import REPAIRS, Options, known_repairs, options_from
from gtfs.overlay import ON_DEMAND_LINES, read_overlay
from gtfs.reading import examine_feed
from gtfs.rules import Outcome

Files = dict[str, str | bytes]
ZipOf = Callable[[Files | bytes], Path]
OVERLAY = """
[[on_demand]]
lines = ["700"]
telephone = "+49 3876 1234"
days_ahead = 1
until = "16:00"
message = "Bitte am Vortag anrufen."
"""


def test_a_repair_that_is_switched_off_rejects_the_feed_that_needs_it(small: Files, zip_of: ZipOf) -> None:
    small["stops.txt"] = str(small["stops.txt"]).replace("0,S,", "0,T,")
    path = zip_of(small)
    assert examine_feed(path).report.outcome is Outcome.REPAIR
    without = examine_feed(path, options=Options(without=known_repairs(" parent_missing, draft_column ")))
    assert without.feed is None
    assert (without.report.outcome, without.report.findings[0].code) == (Outcome.REJECT, "parent_missing")
    assert examine_feed(path, options=Options(without=frozenset({"draft_column"}))).feed is not None


def test_the_repairs_of_german_feeds_can_be_switched_off(shared_data: Path) -> None:
    path = shared_data / "gtfs" / "flex_vbb_brandenburg.zip"
    for code in ("draft_column", "flex_single_stop_time", "parent_missing"):
        assert code in REPAIRS
        assert examine_feed(path, options=Options(without=frozenset({code}))).report.outcome is Outcome.REJECT


def test_codes_that_are_no_repairs_are_told() -> None:
    with pytest.raises(FeedError, match="zip_bomb"):
        known_repairs("parent_missing,zip_bomb")
    with pytest.raises(FeedError, match="cannot be used: No such file"):
        options_from("", None, Path("nowhere.toml"))


@settings(deadline=None, max_examples=10)
@given(days_later=st.integers(1, 3000))
def test_an_ended_timetable_is_moved_by_whole_weeks(days_later: int, zip_of: ZipOf) -> None:
    from tests.gtfs.conftest import SMALL

    today = date(2026, 12, 31) + timedelta(days=days_later)
    before = examine_feed(zip_of(dict(SMALL))).feed
    reading = examine_feed(zip_of(dict(SMALL)), options=Options(shift_to=today))
    assert before is not None
    assert reading.feed is not None
    assert [finding.code for finding in reading.report.findings] == ["calendar_shifted"]
    weeks = timedelta(weeks=int(reading.report.findings[0].subject))
    days = reading.feed.days()
    assert days is not None
    assert days[0] <= today <= days[1]
    for day in (date(2026, 4, 27), date(2026, 5, 1), date(2026, 3, 1), date(2026, 12, 31), date(2027, 1, 1)):
        assert reading.feed.active_services(day + weeks) == before.active_services(day)


def test_one_that_has_not_ended_stays(small: Files, zip_of: ZipOf) -> None:
    assert examine_feed(zip_of(small), options=Options(shift_to=date(2026, 6, 1))).report.findings == ()


def test_an_overlay_marks_lines_that_come_only_when_called(small: Files, zip_of: ZipOf, tmp_path: Path) -> None:
    report = import_feed(zip_of(small), tmp_path / "1", options=Options(overlay=OVERLAY))
    assert [(finding.code, finding.subject) for finding in report.findings] == [("overlay_applied", "700 (3)")]
    feed = Feed.load(tmp_path / "1")
    rides = feed.direct_journeys(["a"], ["d"], date(2026, 4, 27), 0, 100_000)
    assert {ride.route_short_name: ride.must_be_booked for ride in rides} == {"700": True, "N1": False}
    assert feed.direct_journeys(["d"], ["a"], date(2026, 4, 27), 0, 100_000)[0].must_be_booked
    assert feed.tables[ON_DEMAND_LINES].rows() == [("R", "overlay:1")]
    rule = feed.tables["booking_rules.txt"].row(0, named=True)
    assert (rule["booking_type"], rule["prior_notice_last_day"], rule["prior_notice_last_time"]) == ("2", "1", "16:00:00")
    assert rule["phone_number"] == "+49 3876 1234"
    assert (tmp_path / "1" / "overlay.toml").read_text("utf-8") == OVERLAY, "kept with the version"


def test_where_nobody_may_board_nobody_may_book(small: Files, zip_of: ZipOf) -> None:
    feed = examine_feed(zip_of(small), options=Options(overlay=OVERLAY)).feed
    assert feed is not None
    assert feed.direct_journeys(["d"], ["d"], date(2026, 4, 27), 0, 100_000) == []
    first = feed.timetable.trip_first
    assert feed.timetable.halt_pickup[first[0] : first[1]].tolist() == [2, 2, 2, 1]


def test_a_line_that_is_not_there_is_told(small: Files, zip_of: ZipOf) -> None:
    options = Options(overlay=OVERLAY.replace('"700"', '"700", "701"'))
    found = {finding.code: finding for finding in examine_feed(zip_of(small), options=options).report.findings}
    assert (found["overlay_line_unknown"].subject, found["overlay_applied"].subject) == ("701", "700 (3)")


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("[[on_demand]]", "[[on_demand", "Expected"),
        ("[[on_demand]]", "[on_demand]", "nothing else"),
        ("[[on_demand]]", "x = 1\n[[on_demand]]", "nothing else"),
        ("lines", "line", "keys"),
        ('["700"]', "[]", "list of texts"),
        ('["700"]', "[700]", "list of texts"),
        ("+49 3876 1234", "ruf an", "telephone is needed"),
        ("+49 3876 1234", "=cmd|'x'!A0", "telephone is needed"),
        ("days_ahead = 1", "days_ahead = 0", "1 to 30"),
        ("days_ahead = 1", "days_ahead = true", "1 to 30"),
        ("days_ahead = 1", "minutes_ahead = 60", "either minutes_ahead"),
        ("days_ahead = 1", "", "either minutes_ahead"),
        ("16:00", "25:00", "time of day"),
        ('message = "Bitte', 'info_url = "javascript:Bitte', "https://"),
        ("[[on_demand]]", "#" * 300_000 + "\n[[on_demand]]", "more than"),
        ("[[on_demand]]", "a" + "=[" * 5000, "cannot be used"),
    ],
)
def test_an_overlay_that_cannot_be_is_refused_with_what_is_allowed(old: str, new: str, wrong: str) -> None:
    assert old in OVERLAY
    with pytest.raises(FeedError) as caught:
        read_overlay(OVERLAY.replace(old, new, 1), "beiblatt.toml")
    assert wrong in str(caught.value)
    assert "beiblatt.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
