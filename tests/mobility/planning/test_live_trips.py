"""How trips run in fact, asked ride by ride; against delays worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gtfs.feed import Feed
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.nouns import Alert, Reach
from gtfs.reading import read_feed
from gtfs.realtime import Message, StopUpdate, TripUpdate
from mobility.planning.live_trips import LiveRide, LiveTrips
from tests.gtfs.conftest import SMALL, pack

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 8)
EIGHT, HOUR = 8 * 3600, 3600


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    path = tmp_path_factory.mktemp("small") / "feed.zip"
    path.write_bytes(pack(SMALL))
    return read_feed(path)


def at(hours: int, minutes: int, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BERLIN) + timedelta(hours=hours, minutes=minutes)


def said(*updates: TripUpdate, alerts: tuple[Alert, ...] = ()) -> Message:
    return Message(int(at(7, 50).timestamp()), updates, alerts)


def late(trip: str, *stops: StopUpdate, delay: int | None = None, day: date | None = MONDAY) -> TripUpdate:
    return TripUpdate(trip, "", "scheduled", day, None, stops, delay)


CANCELLED = TripUpdate("t1", "", "cancelled", MONDAY, None)


def test_nobody_has_said_anything(feed: Feed) -> None:
    live = LiveTrips.of(feed, [])
    assert not live
    assert live.ride("t1", "a", "d", at(8, 0)) is None
    assert live.direct_journeys(["a"], ["d"], MONDAY, 0, 24 * HOUR) == feed.direct_journeys(["a"], ["d"], MONDAY, 0, 24 * HOUR)
    assert LiveTrips().ride("t1", "a", "d", at(8, 0)) is None


def test_a_delay_goes_on_to_the_stops_behind_and_not_to_other_days_and_trips(feed: Feed) -> None:
    live = LiveTrips.of(feed, [said(late("t1", StopUpdate(2, "", departure_delay=420)))])
    assert live.ride("t1", "b", "d", at(8, 12)) == LiveRide(True, 420, 420)
    assert live.ride("t1", "a", "d", at(8, 0)) == LiveRide(True, 0, 420)
    assert live.ride("t1", "b", "d", at(8, 12, date(2026, 6, 9))) is None
    assert live.ride("t2", "d", "a", at(9, 0)) is None
    assert live.ride("unknown", "d", "a", at(9, 0)) is None


def test_what_does_not_halt_cannot_be_ridden(feed: Feed) -> None:
    skips = LiveTrips.of(feed, [said(late("t1", StopUpdate(2, "b", skipped=True)))])
    assert skips.ride("t1", "b", "d", at(8, 12)) == LiveRide(False)
    assert skips.ride("t1", "a", "d", at(8, 0)) == LiveRide(True, 0, 0)
    gone = LiveTrips.of(feed, [said(CANCELLED)])
    assert gone.ride("t1", "a", "d", at(8, 0)) == LiveRide(False)
    assert (gone.is_cancelled("t1", MONDAY), gone.is_cancelled("t1", date(2026, 6, 9)), gone.is_cancelled("t2", MONDAY)) == (
        True, False, False,
    )  # fmt: skip


def test_after_midnight_a_trip_is_that_of_the_day_it_began(feed: Feed) -> None:
    live = LiveTrips.of(feed, [said(late("n1", delay=600))])
    assert live.ride("n1", "b", "d", at(24, 21)) == LiveRide(True, 600, 600)
    found = live.direct_journeys(["b"], ["d"], date(2026, 6, 9), 0, 3 * HOUR)
    assert [(one.departure_s, one.late_s) for one in found] == [(21 * 60 + 600, (600, 600))]


def test_a_replaced_trip_is_ridden_where_it_halts(feed: Feed) -> None:
    times = {stop: int(at(8, minute).timestamp()) for stop, minute in (("b", 20), ("d", 45))}
    whole = tuple(StopUpdate(None, stop, arrival=time, departure=time) for stop, time in times.items())
    live = LiveTrips.of(feed, [said(TripUpdate("t1", "R", "replaced", MONDAY, None, whole))])
    assert live.ride("t1", "b", "d", at(8, 12)) == LiveRide(True, 480, 900)
    assert live.ride("t1", "a", "d", at(8, 0)) == LiveRide(False)


def test_the_ordinary_bus_is_found_by_when_it_really_comes(feed: Feed) -> None:
    live = LiveTrips.of(feed, [said(late("t1", delay=1800))])
    found = live.direct_journeys(["a"], ["d"], MONDAY, EIGHT + 600, 10 * HOUR)  # by timetable it has left
    assert [(one.trip_id, one.departure_s, one.arrival_s) for one in found] == [("t1", EIGHT + 1800, EIGHT + 3600)]
    assert live.direct_journeys(["a"], ["d"], MONDAY, EIGHT, EIGHT + 1800) == []
    stops = tuple(StopUpdate(None, stop, arrival=int(at(8, m).timestamp())) for stop, m in (("a", 5), ("b", 9), ("d", 20)))
    more = LiveTrips.of(feed, [said(CANCELLED, TripUpdate("extra", "R", "added", MONDAY, None, stops))])
    found = more.direct_journeys(["S"], ["d"], MONDAY, EIGHT, 10 * HOUR)
    assert [(one.trip_id, one.route_short_name, one.departure_s) for one in found] == [("extra", "700", EIGHT + 300)]


def test_who_looked_last_is_believed_about_a_cancelled_train_and_the_source_about_minutes(feed: Feed) -> None:
    told = said(late("t1", delay=0))
    assert LiveTrips.of(feed, [told], [CANCELLED]).ride("t1", "a", "d", at(8, 0)) == LiveRide(False)
    reported = late("t1", delay=900)
    assert LiveTrips.of(feed, [told], [reported]).ride("t1", "a", "d", at(8, 0)) == LiveRide(True, 0, 0)
    assert LiveTrips.of(feed, [], [reported]).ride("t1", "a", "d", at(8, 0)) == LiveRide(True, 900, 900)


@pytest.mark.parametrize("delay", [-2 * HOUR, 13 * HOUR, 2**31 - 1, -(2**31)])
def test_absurd_delays_count_as_not_told(delay: int, feed: Feed) -> None:
    live = LiveTrips.of(feed, [said(late("t1", delay=delay), late("n1", StopUpdate(2, "", arrival=2**62)))])
    assert live.ride("t1", "a", "d", at(8, 0)) is None
    assert live.ride("n1", "a", "d", at(23, 50)) is None
    assert live.not_applied == 2


def test_alerts_are_told_to_whom_they_concern_while_they_hold(feed: Feed) -> None:
    today = (int(at(0, 0).timestamp()), int(at(24, 0).timestamp()))
    works, stop, all_ = (
        Alert("Baustelle", routes=frozenset({"R"}), periods=(today,)),
        Alert("Halt", stops=frozenset({"b"})),
        Alert("!"),
    )
    live = LiveTrips.of(feed, [said(alerts=(works, stop, all_))])
    assert live.alerts(at(8, 0), at(9, 0), route_id="R", stop_ids=["a"]) == [works, all_]
    assert live.alerts(at(32, 0), at(33, 0), route_id="R", stop_ids=["b"]) == [stop, all_]


def test_a_planner_answers_by_the_same_news(feed: Feed) -> None:
    planner = JourneyPlanner(feed)
    query = Query([Reach("a", 0)], [Reach("d", 0)], MONDAY, EIGHT, EIGHT)
    LiveTrips.of(feed, [said(late("t1", delay=300))]).lay_over(planner)
    assert [one.departure_s for one in planner.journeys(query)] == [EIGHT + 300]
    used = planner.live
    replace(LiveTrips.of(feed, []), message=used.message).lay_over(planner)  # type: ignore[arg-type]
    assert planner.live is used, "the same news are not laid over twice"
    LiveTrips.of(feed, []).lay_over(planner)
    assert [one.departure_s for one in planner.journeys(query)] == [EIGHT]
