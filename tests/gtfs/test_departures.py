"""What leaves from a stop, against departures worked out one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs.departures import departures, departures_of_day
from gtfs.reading import examine_feed, read_feed
from tests.gtfs.conftest import Files
from tests.gtfs.drawn import STOPS, Drawn, dated_departures, trip, written

ZipOf = Callable[[Files | bytes], Path]
MONDAY = date(2026, 6, 8)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.lists(trip, min_size=1, max_size=6),
    stops=st.sets(st.sampled_from(STOPS), min_size=1, max_size=3),
    day=st.sampled_from([date(2026, 3, 1), date(2026, 3, 29), date(2026, 5, 1), date(2026, 10, 25)]),
    window=st.tuples(st.integers(-7200, 20 * 3600), st.integers(0, 40 * 3600)).map(lambda w: (w[0], w[0] + w[1])),
)
def test_departures_are_those_worked_out_one_by_one(
    drawn: Drawn, stops: set[str], day: date, window: tuple[int, int], small: Files, zip_of: ZipOf
) -> None:
    feed = examine_feed(zip_of(written(drawn, small))).feed
    if feed is None:  # every trip drawn is of the service that never runs
        return
    expected = [
        (f"t{number}", halt.stop, service_day, halt.departure)
        for number, service_day, halts in dated_departures(drawn, day)
        for halt in halts[:-1]
        if halt.board and halt.stop in stops and window[0] <= halt.departure <= window[1]
    ]
    found = departures(feed, stops, day, *window)
    assert sorted((one.trip_id, one.stop_id, one.day, one.departure_s) for one in found) == sorted(expected)
    whole = [one.departure_s for one in departures(feed, stops, day, -100_000, 400_000) if one.day == day]
    assert [one.departure_s for one in departures_of_day(feed, stops, day)] == whole
    assert [one.departure_s for one in found] == sorted(one.departure_s for one in found)


def test_a_station_stands_for_its_stops_and_says_what_one_must_know(small: Files, zip_of: ZipOf) -> None:
    feed = read_feed(zip_of(small))
    at_station = departures(feed, ["S"], MONDAY, 0, 24 * 3600)
    assert [(one.line, one.headsign, one.stop_id, one.last_stop_id, one.departure_s // 60) for one in at_station] == [
        ("700", "Wald", "a", "d", 480),
        ("N1", "Wald", "a", "d", 1430),
    ]
    (called,) = departures(feed, ["c"], MONDAY, 0, 24 * 3600)
    assert called.must_be_booked
    assert departures(feed, ["d"], MONDAY, 0, 86_400) != [], "line 700 comes back from there"
    assert departures(feed, ["nowhere"], MONDAY, 0, 86_400) == []
