"""Several feeds as one: nothing of one is taken for the other's, a shared DHID is one stop, a line is ridden once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from google.transit import gtfs_realtime_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs.feed import Feed
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.journeys.serving import JourneyService
from gtfs.merging import Merged, merge_feeds
from gtfs.nouns import Alert, DirectJourney, Reach, TransitLeg
from gtfs.overlap_rules import OverlapRules, known_name, read_overlap_rules
from gtfs.reading import read_feed
from gtfs.realtime import Message
from gtfs.service_days import day_origin
from tests.gtfs.conftest import SMALL, Files

ZipOf = Callable[[Files | bytes], Path]
MONDAY = date(2026, 6, 8)
HOUR = 3600
DAY = (0, 30 * HOUR)
STOPS = ("S", "a", "b", "c", "d")


def changed(files: Files, *changes: tuple[str, str, str]) -> Files:
    """The files with a text of one of them replaced."""
    new = dict(files)
    for file, before, after in changes:
        assert before in str(new[file])
        new[file] = str(new[file]).replace(before, after)
    return new


def rides(feed: Feed, day: date = MONDAY, prefix: str = "") -> list[DirectJourney]:
    """All rides of a day between the small feed's stops."""
    stops = [prefix + stop for stop in STOPS]
    return feed.direct_journeys(stops, stops, day, *DAY)


@pytest.fixture
def feed(small: Files, zip_of: ZipOf) -> Feed:
    return read_feed(zip_of(small))


@pytest.fixture
def other_company(small: Files) -> Files:
    """The same ids everywhere, of another company some 40 km away."""
    return changed(small, ("agency.txt", "Kreisbus", "Bahn"), ("stops.txt", ",49.", ",49.9"), ("stops.txt", ",8.6", ",8.9"))


def test_one_feed_stays_as_it_is(feed: Feed) -> None:
    assert merge_feeds({"": feed}).feed is feed


def test_equal_ids_of_two_feeds_are_never_mixed(feed: Feed, other_company: Files, zip_of: ZipOf) -> None:
    other = read_feed(zip_of(other_company))
    merged = merge_feeds({"rail": other, "": feed})
    assert merged.overlaps == ()
    assert rides(merged.feed) == rides(feed), "the main feed is what it was"
    told = rides(merged.feed, prefix="rail:")
    assert [(ride.trip_id, ride.from_stop_id) for ride in told] == [
        (f"rail:{ride.trip_id}", f"rail:{ride.from_stop_id}") for ride in rides(other)
    ]
    assert merged.feed.direct_journeys(["a"], ["rail:b", "rail:d"], MONDAY, *DAY) == []
    assert merged.original("rail:a") == ("rail", "a")
    assert merged.original("a") == ("", "a")
    route = merged.feed.find_route("rail:R")
    assert route is not None
    assert route.agency == "rail:A"


def test_ids_that_look_like_another_feed_s_are_kept_apart(small: Files, feed: Feed, zip_of: ZipOf) -> None:
    planted = changed(small, ("stops.txt", "\nb,", "\nrail:b,"), ("stop_times.txt", ",b,", ",rail:b,"))
    main = read_feed(zip_of(planted))
    merged = merge_feeds({"": main, "rail": feed})
    assert merged.feed.stop_table["id"].is_unique().all()
    assert {ride.to_stop_id for ride in merged.feed.direct_journeys(["a"], ["rail:b"], MONDAY, *DAY)} == {"rail:b"}
    assert merged.original("rail::b") == ("rail", "b")


DHIDS = (("stops.txt", "\na,", "\nde:1:a,"), ("stop_times.txt", ",a,", ",de:1:a,"))


@pytest.mark.parametrize(("metres", "shared"), [(0, True), (150, True), (900, False)])
def test_a_dhid_is_one_stop_where_both_feeds_agree_on_its_place(
    small: Files, other_company: Files, zip_of: ZipOf, *, metres: int, shared: bool
) -> None:
    main = read_feed(zip_of(changed(small, *DHIDS)))
    place = (f"Steig 1,{49.501 + metres / 111_195:.6f},8.601", "Steig 1,49.9501,8.901")
    other = read_feed(zip_of(changed(other_company, *DHIDS, ("stops.txt", place[1], place[0]))))
    merged = merge_feeds({"": main, "rail": other})
    assert (merged.feed.find_stop("rail:de:1:a") is None) == shared
    companies = {
        ride.trip_id.partition(":")[0] for ride in merged.feed.direct_journeys(["de:1:a"], ["d", "rail:d"], MONDAY, *DAY)
    }
    assert companies == ({"t1", "n1", "rail"} if shared else {"t1", "n1"})


def test_the_second_feed_s_dhids_stay_visible(small: Files, other_company: Files, zip_of: ZipOf) -> None:
    merged = merge_feeds({"": read_feed(zip_of(small)), "rail": read_feed(zip_of(changed(other_company, *DHIDS)))})
    assert merged.feed.find_stop("de:1:a") is not None


def test_a_line_of_both_is_ridden_once_and_still_when_the_winner_has_ended(small: Files, zip_of: ZipOf) -> None:
    main = read_feed(zip_of(small))
    ended = read_feed(zip_of(changed(small, ("calendar.txt", "20261231", "20260610"))))
    merged = merge_feeds({"": ended, "rail": main})
    assert {(one.line, one.winner, one.loser, one.rule) for one in merged.overlaps} == {
        ("700", "", "rail", 0),
        ("N1", "", "rail", 0),
    }
    for ahead in range(-3, 8):
        day = MONDAY + timedelta(days=ahead)
        feeds = rides(merged.feed, day), rides(merged.feed, day, "rail:")
        began = day - timedelta(days=1)  # a night bus of the day before counts too
        if day <= date(2026, 6, 10):
            assert feeds[0] == rides(ended, day)
            assert feeds[1] == []
        elif began > date(2026, 6, 10):
            assert feeds[0] == []
            assert len(feeds[1]) == len(rides(main, day)) > 0
    once = rides(merge_feeds({"": main, "rail": main}).feed, MONDAY, "rail:")
    assert once == []


@pytest.mark.parametrize(
    "change",
    [
        ("agency.txt", "Kreisbus", "Bahn"),
        ("routes.txt", ",700,", ",701,"),
        ("stops.txt", ",49.", ",48."),
    ],
)
def test_another_company_number_or_place_is_another_line(small: Files, zip_of: ZipOf, change: tuple[str, str, str]) -> None:
    merged = merge_feeds({"": read_feed(zip_of(small)), "rail": read_feed(zip_of(changed(small, change)))})
    assert "700" not in {one.line for one in merged.overlaps}
    assert "rail:t1" in {ride.trip_id for ride in rides(merged.feed, prefix="rail:")}


RULE = '[[line]]\nagency = "kreisbus"\nlines = ["700"]\nfrom = "rail"\n'


def test_a_rule_says_which_feed_counts_for_a_line(feed: Feed) -> None:
    merged = merge_feeds({"": feed, "rail": feed}, read_overlap_rules(RULE))
    assert {(one.line, one.winner, one.rule) for one in merged.overlaps} == {("700", "rail", 1), ("N1", "", 0)}
    assert {ride.route_id for ride in (*rides(merged.feed), *rides(merged.feed, prefix="rail:"))} == {"N", "rail:R"}
    merged = merge_feeds({"": feed, "rail": feed}, OverlapRules(order=("rail",)))
    assert {one.winner for one in merged.overlaps} == {"rail"}


def test_by_a_rule_companies_may_be_called_otherwise(small: Files, feed: Feed, zip_of: ZipOf) -> None:
    other = read_feed(zip_of(changed(small, ("agency.txt", "Kreisbus", "KB GmbH"))))
    merged = merge_feeds({"": feed, "rail": other}, read_overlap_rules(RULE.replace('lines = ["700"]\n', "")))
    assert {(one.line, one.winner) for one in merged.overlaps} == {("700", "rail"), ("N1", "rail")}
    assert rides(merged.feed) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order = 3", "order is a list"),
        ('order = ["main", "main"]', "named twice"),
        ('order = ["de"]', "3 to 20"),
        ("x = 1", "nothing else"),
        ("[[line]]\nagency = 'A'", "line 1: its keys are"),
        ("[[line]]\nagency = 'A'\nfrom = 'rail'\nlines = [1]", "lines is a list of texts"),
        ("[[line", "Expected"),
    ],
)
def test_rules_that_cannot_be_read_are_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        read_overlap_rules(text)
    assert "overlap rules" in str(caught.value)
    assert known_name("main") == ""


@settings(max_examples=25, deadline=None)
@given(
    starts=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    lengths=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    in_dates=...,
)
def test_on_every_day_exactly_one_of_them_is_ridden(
    small_of: Callable[..., Feed], starts: tuple[int, int], lengths: tuple[int, int], *, in_dates: bool
) -> None:
    """An oracle of its own: the winner's days, and those of the loser outside of the winner's span."""
    main, other = small_of(starts[0], lengths[0], in_dates), small_of(starts[1], lengths[1], not in_dates)
    merged = merge_feeds({"": main, "rail": other}).feed
    for ahead in range(-1, 45):
        day = MONDAY + timedelta(days=ahead)
        mine, theirs = (start <= ahead < start + length for start, length in zip(starts, lengths, strict=True))
        theirs = theirs and not mine
        ridden = [trip.trip_id for route in ("R", "rail:R") for trip in merged.trips_of_route(route, day)]
        assert ridden == ["t1"] * mine + ["rail:t1"] * theirs


@pytest.fixture(scope="module")
def small_of(zip_of: ZipOf) -> Callable[..., Feed]:
    """The line 700 alone, on so many days from MONDAY on."""
    base = {**SMALL, "trips.txt": "route_id,service_id,trip_id,trip_headsign,direction_id\nR,all,t1,Wald,0\n"}
    base["stop_times.txt"] = "\n".join(
        line for line in str(SMALL["stop_times.txt"]).splitlines() if line.startswith("t1") or "_" in line
    )
    kept: dict[tuple[int, int, bool], Feed] = {}

    def make(start: int, length: int, in_dates: bool) -> Feed:
        key = start, length, in_dates
        if key not in kept:
            days = [MONDAY + timedelta(days=start + ahead) for ahead in range(length)]
            head = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
            files = dict(base)
            files["calendar.txt"] = head + f"all,1,1,1,1,1,1,1,{days[0]:%Y%m%d},{days[-1]:%Y%m%d}\n"
            files["calendar_dates.txt"] = "service_id,date,exception_type\n"
            if in_dates:
                files.pop("calendar.txt")
                files["calendar_dates.txt"] = "\n".join(
                    ["service_id,date,exception_type", *(f"all,{day:%Y%m%d},1" for day in days)]
                )
            kept[key] = read_feed(zip_of(files))
        return kept[key]

    return make


def test_a_feed_of_other_clocks_is_left_out_with_the_reason(small: Files, feed: Feed, zip_of: ZipOf) -> None:
    other = read_feed(zip_of(changed(small, ("agency.txt", "Europe/Berlin", "Europe/Helsinki"))))
    merged = merge_feeds({"": feed, "rail": other})
    assert merged.feed is feed
    assert "Helsinki" in merged.left_out["rail"]
    same = read_feed(zip_of(changed(small, ("agency.txt", "Europe/Berlin", "Europe/Vienna"))))
    assert not merge_feeds({"": feed, "rail": same}).left_out


def test_the_second_feed_cannot_forbid_changes_of_the_first(small: Files, other_company: Files, zip_of: ZipOf) -> None:
    rules = "from_stop_id,to_stop_id,transfer_type\nde:1:a,de:1:a,3\nde:1:a,b,2\n"
    main = read_feed(zip_of(changed(small, *DHIDS)))
    near = changed(other_company, *DHIDS, ("stops.txt", "Steig 1,49.9501,8.901", "Steig 1,49.501,8.601"))
    merged = merge_feeds({"": main, "rail": read_feed(zip_of(near | {"transfers.txt": rules}))})
    assert merged.feed.tables["transfers.txt"].select("from_stop_id", "to_stop_id").rows() == [("de:1:a", "rail:b")]


@pytest.fixture
def linked(small: Files, zip_of: ZipOf) -> Merged:
    """A train that goes on from the village Wald, where the bus of the main feed arrives at half past eight."""
    train = changed(
        small,
        ("agency.txt", "Kreisbus", "Bahn"),
        ("stops.txt", "a,Bahnhof Steig 1,49.501,8.601", "a,Wald Bahnhof,49.5305,8.6305"),
        ("stops.txt", "d,Wald,49.53,8.63", "d,Stadt,49.8,8.8"),
        ("stop_times.txt", "t3,10:00:00,10:00:00", "t3,09:00:00,09:00:00"),
        ("trips.txt", "R,week,t1,Wald,0\nR,week,t2,,1\nR,extra,t3", "R,extra,t1,Wald,0\nR,week,t2,,1\nR,all,t3"),
    )
    return merge_feeds({"": read_feed(zip_of(small)), "rail": read_feed(zip_of(train))})


def journeys(planner: JourneyPlanner) -> list[tuple[tuple[str, int], ...]]:
    """Trips and when they leave, of each journey from the main feed's station to the train's town."""
    query = Query([Reach("a", 0)], [Reach("rail:d", 0)], MONDAY, 8 * HOUR, 8 * HOUR)
    found = planner.journeys(query)
    return [tuple((leg.trip_id, leg.departure_s) for leg in one.legs if isinstance(leg, TransitLeg)) for one in found]


def test_one_changes_from_a_feed_s_bus_to_another_s_train_and_delays_are_told_apart(linked: Merged, tmp_path: Path) -> None:
    planner = JourneyPlanner(linked.feed)
    service = JourneyService(planner, linked.parts)
    assert journeys(planner) == [(("t1", 8 * HOUR), ("rail:t3", 9 * HOUR))]
    now = day_origin(MONDAY, linked.feed.timezone) + timedelta(hours=6)
    for feed, trip in (("rail", "t3"), ("", "t1")):
        message = gtfs_realtime_pb2.FeedMessage()
        message.header.gtfs_realtime_version, message.header.timestamp = "2.0", int(now.timestamp())
        update = message.entity.add(id="1").trip_update
        update.trip.trip_id, update.trip.start_date = trip, f"{MONDAY:%Y%m%d}"
        update.stop_time_update.add(stop_sequence=1).departure.delay = 300
        file = tmp_path / f"{trip}.pb"
        file.write_bytes(message.SerializeToString())
        assert service.refresh(str(file), now, feed=feed) == 0
    assert journeys(planner) == [(("t1", 8 * HOUR + 300), ("rail:t3", 9 * HOUR + 300))]


def test_alerts_for_everybody_are_the_feed_s_own_riders(linked: Merged) -> None:
    rail = linked.parts[1]
    (alert,) = rail.message(Message(0, (), (Alert("strike"),))).alerts
    assert alert.agencies == {"rail:A"}
