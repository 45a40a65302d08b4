"""Which days a service runs, and the noon − 12 h convention over clock changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs.reading import read_feed
from gtfs.service_days import day_origin, moment, origin_shift, seconds_of

BERLIN = ZoneInfo("Europe/Berlin")
ZipOf = Callable[[dict[str, str | bytes]], Path]


def test_a_time_is_what_the_clock_shows_on_the_days_clocks_change() -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)):
        assert moment(day, 8 * 3600, BERLIN).hour == 8
        assert moment(day, 8 * 3600, BERLIN).date() == day


def test_origin_of_a_spring_day_is_the_evening_before() -> None:
    assert day_origin(date(2026, 3, 29), BERLIN) == datetime(2026, 3, 28, 22, tzinfo=UTC)  # noon CEST is 10:00 UTC
    assert day_origin(date(2026, 10, 25), BERLIN) == datetime(2026, 10, 24, 23, tzinfo=UTC)


def test_days_are_23_24_and_25_hours_apart() -> None:
    assert origin_shift(date(2026, 3, 28), date(2026, 3, 29), BERLIN) == 23 * 3600
    assert origin_shift(date(2026, 10, 24), date(2026, 10, 25), BERLIN) == 25 * 3600
    assert origin_shift(date(2026, 6, 2), date(2026, 6, 1), BERLIN) == -24 * 3600


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 200_000))
def test_seconds_and_moments_are_inverse(day: date, seconds: int) -> None:
    assert seconds_of(moment(day, seconds, BERLIN), day, BERLIN) == seconds


def test_exceptions_add_and_remove(small: dict[str, str | bytes], zip_of: ZipOf) -> None:
    feed = read_feed(zip_of(small))
    assert feed.active_services(date(2026, 4, 30)) == {"week", "all"}
    assert feed.active_services(date(2026, 5, 1)) == {"all", "extra"}
    assert feed.active_services(date(2026, 5, 2)) == {"all"}
    assert feed.active_services(date(2025, 5, 2)) == set()
    assert feed.days() == (date(2026, 3, 1), date(2026, 12, 31))


def test_calendar_dates_alone_are_enough(small: dict[str, str | bytes], zip_of: ZipOf) -> None:
    del small["calendar.txt"]
    small["calendar_dates.txt"] = (
        "service_id,date,exception_type\nweek,20260501,1\nall,20260503,1\nall,20260504,2\nextra,20260501,1\n"
    )
    feed = read_feed(zip_of(small))
    assert feed.days() == (date(2026, 5, 1), date(2026, 5, 3))
    assert feed.active_services(date(2026, 5, 1)) == {"week", "extra"}
    assert feed.active_services(date(2026, 5, 4)) == set()


def test_the_span_begins_and_ends_with_a_day_on_which_something_runs(small: dict[str, str | bytes], zip_of: ZipOf) -> None:
    del small["calendar_dates.txt"]
    small["trips.txt"] = "route_id,service_id,trip_id\nR,sat,t1\n"
    small["stop_times.txt"] = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt1,8:00:00,8:00:00,a,1\nt1,9:00:00,9:00:00,b,2\n"
    )
    small["calendar.txt"] = (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "sat,0,0,0,0,0,1,0,20260302,20260313\n"
    )
    assert read_feed(zip_of(small)).days() == (date(2026, 3, 7), date(2026, 3, 7))


@given(
    weekdays=st.lists(st.booleans(), min_size=7, max_size=7),
    start=st.integers(0, 40),
    length=st.integers(0, 40),
    exceptions=st.dictionaries(st.integers(0, 90), st.booleans(), max_size=20),
)
def test_active_days_are_those_of_the_rules_read_one_by_one(
    weekdays: list[bool], start: int, length: int, exceptions: dict[int, bool]
) -> None:
    import polars as pl

    from gtfs.entities import read_service_days
    from gtfs.findings import Findings

    origin = date(2026, 2, 20)
    first, last = origin + timedelta(days=start), origin + timedelta(days=start + length)
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    row = {name: str(int(on)) for name, on in zip(names, weekdays, strict=True)}
    calendar = pl.DataFrame(
        [{"_row": 2, "service_id": "x", **row, "start_date": f"{first:%Y%m%d}", "end_date": f"{last:%Y%m%d}"}]
    )
    dates = pl.DataFrame(
        [
            {
                "_row": n,
                "service_id": "x",
                "date": f"{origin + timedelta(days=day):%Y%m%d}",
                "exception_type": "1" if added else "2",
            }
            for n, (day, added) in enumerate(exceptions.items())
        ],
        schema={"_row": pl.Int64, "service_id": pl.String, "date": pl.String, "exception_type": pl.String},
    )
    services = read_service_days(calendar, dates, Findings())
    ran = []
    for number in range(100):
        day = origin + timedelta(days=number)
        expected = exceptions.get(number, first <= day <= last and weekdays[day.weekday()])
        assert services.active(day) == ({"x"} if expected else set())
        ran += [day] if expected else []
    if ran:
        assert services.span() == (ran[0], ran[-1])


def test_a_feed_of_another_zone_counts_in_that_zone(small: dict[str, str | bytes], zip_of: ZipOf) -> None:
    small["agency.txt"] = "agency_name,agency_url,agency_timezone\nX,https://example.org,America/New_York\n"
    assert read_feed(zip_of(small)).timezone == ZoneInfo("America/New_York")


@pytest.mark.parametrize("zone", ["", "Europe/Bielefeld", "../../etc/passwd", "/etc/passwd", "a" * 5000])
def test_an_unknown_zone_rejects(zone: str, small: dict[str, str | bytes], zip_of: ZipOf) -> None:
    from gtfs.checking import check_feed

    small["agency.txt"] = f"agency_id,agency_name,agency_url,agency_timezone\nA,X,https://example.org,{zone}\n"
    report = check_feed(zip_of(small))
    assert report.findings[0].code == "timezone_unknown"
    assert report.findings[0].row == 2
