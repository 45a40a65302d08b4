"""Journeys with changes, against an exhaustive search that tries every departure, one by one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gtfs.cli import app
from gtfs.journeys.changes import Footing, Walks
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.nouns import FootLeg, Journey, Reach, TransitLeg
from gtfs.reading import examine_feed, read_feed
from tests.gtfs.drawn import STOPS, Drawn, Halt, dated_departures, route_of, written
from tests.gtfs.exhaustive import Exhaustive, Point, Ride, Said, meetings

Files = dict[str, str | bytes]
ZipOf = Callable[[Files], Path]
HOUR = 3600
DAYS = [date(2026, 3, 1), date(2026, 3, 29), date(2026, 3, 30), date(2026, 5, 1), date(2026, 10, 25)]


halt = st.tuples(
    st.sampled_from(STOPS), st.integers(60, 900), st.integers(0, 200), st.sampled_from("00001"), st.sampled_from("00001")
)
busy = st.tuples(
    st.sampled_from(["all", "all", "week"]), st.integers(0, 2 * HOUR), st.lists(halt, min_size=2, max_size=5),
    st.none() | st.none() | st.tuples(st.integers(0, HOUR), st.integers(1, 7200), st.integers(600, 4000)),
)  # fmt: skip


TRANSFERS = "from_stop_id,to_stop_id,from_route_id,to_route_id,from_trip_id,to_trip_id,transfer_type,min_transfer_time"


def transfer_row(said: Said) -> str:
    origin, target, *whose, kind, seconds = said
    routes = [name if isinstance(name, str) else "" for name in whose]
    trips = [f"t{name}" if isinstance(name, int) else "" for name in whose]
    return ",".join([origin, target, *routes, *trips, str(kind), "" if seconds is None else str(seconds)])


@st.composite
def questions(draw: st.DrawFn) -> tuple[Drawn, date, list[Query]]:
    """A few trips around the same hour, so that there is something to change to, and questions about that hour."""
    begin = draw(st.sampled_from([6, 22, 26])) * HOUR
    drawn = [
        (service, begin + at, halts, often and (begin + often[0], *often[1:]))
        for service, at, halts, often in draw(st.lists(busy, min_size=3, max_size=8))
    ]
    day = draw(st.sampled_from(DAYS))
    times = st.integers(begin - HOUR, begin + 4 * HOUR).map(lambda seconds: seconds % (24 * HOUR))
    walk = st.builds(Reach, st.sampled_from(STOPS), st.integers(0, 600))
    ride = st.builds(Reach, st.sampled_from(STOPS), st.sampled_from([600, 900]), times)
    reaches = st.lists(walk | ride, min_size=1, max_size=3)
    queries = []
    for _ in range(6):
        earliest = draw(times)
        latest = min(24 * HOUR, earliest + draw(st.sampled_from([0, HOUR, 6 * HOUR])))
        queries.append(Query(draw(reaches), draw(reaches), day, earliest, latest, draw(st.booleans()), draw(st.integers(0, 3))))
    return drawn, day, queries


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    asked=questions(),
    walks=st.dictionaries(st.tuples(st.sampled_from(STOPS), st.sampled_from(STOPS)), st.integers(0, 900), max_size=6),
)
def test_journeys_are_those_of_an_exhaustive_search(
    asked: tuple[Drawn, date, list[Query]],
    walks: dict[tuple[str, str], int],
    small: Files,
    zip_of: ZipOf,
) -> None:
    drawn, day, queries = asked
    feed = examine_feed(zip_of(written(drawn, small))).feed
    if feed is None:
        return
    pairs = {pair: seconds for pair, seconds in walks.items() if pair[0] != pair[1]}
    numbers = [(feed.stop_number(a), feed.stop_number(b), seconds) for (a, b), seconds in pairs.items()]
    planner = JourneyPlanner(feed, Walks(*np.array(numbers, np.int64).reshape(-1, 3).T), Footing(change_s=90), within_s=20 * HOUR)
    all_walks = {**pairs, **{(stop, stop): 90 for stop in STOPS}}
    rides = [Ride([number] * len(halts), halts) for number, _, halts in dated_departures(drawn, day)]
    for query in queries:
        tried = Exhaustive(rides, all_walks, query, 20 * HOUR)
        best = check_all_found(planner, tried)
        first = planner.earliest_arrival(query)
        if query.earliest_s == query.latest_s and first is not None and not query.arrive_by:
            assert first.arrival_s == min(point[1] for point in best)
        elif query.earliest_s == query.latest_s and first is not None:
            assert first.departure_s == max(point[0] for point in best)


def check_all_found(planner: JourneyPlanner, tried: Exhaustive) -> set[Point]:
    """The planner finds what trying everything finds, and every journey holds together."""
    found, best = planner.journeys(tried.query), tried.best()
    assert {(one.departure_s, one.arrival_s, one.changes, one.ride_s) for one in found} == best
    for journey in found:
        check_holds_together(journey, tried)
    return best


def test_changes_are_those_that_transfers_allows_for_stops_lines_and_trips(small: Files, zip_of: ZipOf) -> None:
    """Feeds in which most answers hang on transfers.txt; how many do is counted, so that this cannot pass for nothing."""
    chance, decided, stayed = random.Random(5), 0, 0
    day = date(2026, 3, 30)
    for _ in range(8):
        drawn: Drawn = [
            ("all", 8 * HOUR + chance.randrange(60) * 60,
             [(stop, 300, 60, "0", "0") for stop in chance.sample(STOPS, 2)], None)
            for _ in range(12)
        ]  # fmt: skip
        runs = [run for run in dated_departures(drawn, day) if run[1] == day]  # none of another day is within reach
        of_day = {number: halts for number, _, halts in runs}
        linked = {
            (a, b) for a in of_day for b in of_day
            if a != b and 0 <= of_day[b][0].departure - of_day[a][-1].arrival < 900 and chance.random() < 0.12
        }  # fmt: skip
        said = tuple(draw_transfer(chance, of_day) for _ in range(20))
        rows = [*(transfer_row(one) for one in said), *(f",,,,t{one},t{other},4," for one, other in linked)]
        feed = read_feed(zip_of(written(drawn, small) | {"transfers.txt": "\n".join([TRANSFERS, *rows])}))
        none = np.empty(0, np.int64)
        planner = JourneyPlanner(feed, Walks(none, none, none), Footing(change_s=240), within_s=4 * HOUR)
        walks = {(stop, stop): 240 for stop in STOPS}
        rides, plain = seated(runs, linked), seated(runs, set())
        for _ in range(8):
            one, other = chance.choice(meetings(of_day))
            ends = of_day[one][0].stop, of_day[other][-1].stop
            query = Query([Reach(ends[0], 60)], [Reach(ends[1], 0)], day, 8 * HOUR, 8 * HOUR, arrive_by=False, most_changes=3)
            if chance.random() < 0.5:
                query = replace(query, latest_s=9 * HOUR, arrive_by=chance.random() < 0.5)
            best = check_all_found(planner, Exhaustive(rides, walks, query, 4 * HOUR, said))
            decided += best != Exhaustive(rides, walks, query, 4 * HOUR).best()
            stayed += best != Exhaustive(plain, walks, query, 4 * HOUR, said).best()
    assert decided >= 12
    assert stayed >= 6


def draw_transfer(chance: random.Random, runs: dict[int, list[Halt]]) -> Said:
    """A row about a change that somebody may want to make: between two trips that meet, their lines, or one of them and anybody."""
    one, other = chance.choice(meetings(runs))
    stops = runs[one][-1].stop, runs[other][0].stop
    whose: list[int | str | None] = [chance.choice([None, route_of(number), number, number]) for number in (one, other)]
    if whose == [None, None]:
        whose[0] = one
    kind = chance.choice([1, 2, 3])
    return stops[0], stops[1], whose[0], whose[1], kind, chance.randrange(20) * 60 if kind == 2 else None


def seated(runs: list[tuple[int, date, list[Halt]]], linked: set[tuple[int, int]]) -> list[Ride]:
    """All departures, and those one after the other in which riders stay seated."""
    rides = [Ride([number] * len(halts), halts) for number, _, halts in runs]
    grown: list[tuple[tuple[int, ...], date, Ride]] = [
        ((number,), day, Ride([number] * len(halts), halts)) for number, day, halts in runs
    ]
    while grown:
        grown = [
            ((*chain, number), day, Ride([*ride.trips, *[number] * len(halts)], joined(ride.halts, halts)))
            for chain, day, ride in grown
            for number, service_day, halts in runs
            if day == service_day and (chain[-1], number) in linked and number not in chain
            if ride.halts[-1].arrival <= halts[0].departure
        ]
        rides += [ride for _, _, ride in grown]
    return rides


def joined(one: list[Halt], other: list[Halt]) -> list[Halt]:
    return [*one[:-1], replace(one[-1], board=False), replace(other[0], alight=False), *other[1:]]


def check_holds_together(journey: Journey, tried: Exhaustive) -> None:
    """Every leg begins where and when the one before has ended."""
    rides = [leg for leg in journey.legs if isinstance(leg, TransitLeg)]
    start = journey.access.arrival_s(journey.departure_s)
    assert start is not None
    assert start <= rides[0].departure_s
    assert journey.access.stop_id == rides[0].halts[0][0]
    assert journey.egress.stop_id == rides[-1].halts[-1][0]
    assert journey.egress.arrival_s(rides[-1].arrival_s) == journey.arrival_s
    for one, other in pairwise(rides):
        takes = tried.change((one.halts[-1][0], int(one.trip_id[1:])), (other.halts[0][0], int(other.trip_id[1:])))
        assert other.stays or takes is not None
        assert one.arrival_s + (0 if other.stays else takes or 0) <= other.departure_s
    for before, leg, after in zip(journey.legs, journey.legs[1:], journey.legs[2:], strict=False):
        if isinstance(leg, FootLeg):
            assert isinstance(before, TransitLeg)
            assert isinstance(after, TransitLeg)
            takes = tried.change((leg.from_stop_id, int(before.trip_id[1:])), (leg.to_stop_id, int(after.trip_id[1:])))
            assert leg.arrival_s - leg.departure_s == takes


def test_who_leaves_once_is_told_the_first_arrival_whatever_way_leads_there_later(small: Files, zip_of: ZipOf) -> None:
    """At 9:00 one could leave d for a, but who is ready at 7:00 has long been at the goal by b."""
    planner = JourneyPlanner(read_feed(zip_of(small)))
    ways = [Reach("b", 60), Reach("a", 60), Reach("c", 60, 5 * HOUR)]
    query = Query([Reach("a", 0), Reach("d", 0)], ways, date(2026, 4, 27), 7 * HOUR, 7 * HOUR)
    assert [(one.departure_s, one.arrival_s) for one in planner.journeys(query)] == [(8 * HOUR, 8 * HOUR + 660)]


@pytest.fixture
def planner(small: Files, zip_of: ZipOf) -> JourneyPlanner:
    return JourneyPlanner(read_feed(zip_of(small)))


def test_a_leg_names_trip_line_headsign_stops_and_times(planner: JourneyPlanner) -> None:
    query = Query([Reach("a", 300)], [Reach("d", 60)], date(2026, 4, 27), 7 * HOUR, 7 * HOUR)
    (journey,) = planner.journeys(query)
    (leg,) = journey.legs
    assert isinstance(leg, TransitLeg)
    assert (leg.trip_id, leg.route_short_name, leg.headsign) == ("t1", "700", "Wald")
    assert leg.halts[0] == ("a", 8 * HOUR, 8 * HOUR)
    assert leg.halts[-1] == ("d", 8 * HOUR + 1800, 8 * HOUR + 1800)
    assert (journey.departure_s, journey.arrival_s) == (8 * HOUR - 300, 8 * HOUR + 1860)


def test_the_command_tells_the_way_from_door_to_door(small: Files, zip_of: ZipOf) -> None:
    ask = ["journey", str(zip_of(small)), "--from", "8.6011,49.5012", "--to", "8.6301,49.5302", "--walk", "300"]
    result = CliRunner().invoke(app, [*ask, "--at", "2026-04-27T07:30", "--json"])
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.stdout)["journeys"]
    walk, ride, last = found["legs"]
    assert (found["changes"], walk["mode"], last["mode"]) == (0, "walk", "walk")
    assert (ride["line"], ride["headsign"], ride["trip_id"]) == ("700", "Wald", "t1")
    assert (ride["departure"], ride["arrival"]) == ("2026-04-27T08:00:00+02:00", "2026-04-27T08:30:00+02:00")
    assert [stop["stop_id"] for stop in ride["stops"]] == ["a", "b", "c", "d"]
    assert found["departure"] < ride["departure"] < ride["arrival"] < found["arrival"]
    back = CliRunner().invoke(app, [*ask, "--at", "2026-04-27T09:00", "--arrive-by"])
    assert back.stdout.splitlines()[0].endswith("changes: 0")
    assert "Bahnhof Steig 1 → Wald, 700 Wald" in back.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "8.6", "--to", "8.7,49.5", "--at", "2026-04-27T08:00"], '--from: "8.6" is no place'),
        (["--from", "49.5,98.6", "--to", "8.7,49.5", "--at", "2026-04-27T08:00"], '--from: "49.5,98.6" is no place'),
        (["--from", "8.6,49.5", "--to", "nan,49.5", "--at", "2026-04-27T08:00"], '--to: "nan,49.5" is no place'),
        (["--from", "8.6,49.5", "--to", "8.7,49.5", "--at", "heute"], '--at: "heute" is no time'),
        (["--from", "8.6,49.5", "--to", "8.7,49.5", "--at", "0001-01-01T00:00+14:00"], "is no time"),
        (["--from", "8.6,49.5", "--to", "8.7,49.5", "--at", "2031-01-01"], "it runs from 2026-03-01 to 2026-12-31"),
    ],
)
def test_what_cannot_be_asked_is_one_line(options: list[str], said: str, small: Files, zip_of: ZipOf) -> None:
    result = CliRunner().invoke(app, ["journey", str(zip_of(small)), *options])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_a_wheelchair_takes_only_what_the_feed_says_takes_one(small: Files, zip_of: ZipOf) -> None:
    """Stop a is silent and as its station; trip t3 says yes, at a and at d."""
    stops = str(small["stops.txt"]).replace("49.53,8.63,0,,", "49.53,8.63,0,,1")
    trips = "route_id,service_id,trip_id,wheelchair_accessible\nR,all,t1,2\nR,all,t2,\nR,all,t3,1\nN,all,n1,1\n"
    planner = JourneyPlanner(read_feed(zip_of(small | {"stops.txt": stops, "trips.txt": trips})))
    query = Query([Reach("a", 0)], [Reach("d", 0)], date(2026, 4, 27), 7 * HOUR, 7 * HOUR)
    assert [leg.departure_s for one in planner.journeys(query) for leg in one.legs] == [8 * HOUR]
    assert [leg.departure_s for one in planner.journeys(replace(query, wheelchair=True)) for leg in one.legs] == [10 * HOUR]
    assert planner.journeys(replace(query, egress=[Reach("c", 0)], wheelchair=True)) == []


@pytest.mark.parametrize(("exact", "day"), [("0", date(2026, 3, 29)), ("1", date(2026, 10, 25))])
def test_dates_alone_and_agencies_of_two_time_zones(small: Files, zip_of: ZipOf, exact: str, day: date) -> None:
    """No calendar.txt; the second agency's line runs by the first one's clock; every quarter of an hour, on the days clocks change."""
    files = {name: text for name, text in small.items() if name != "calendar.txt"} | {
        "agency.txt": (
            "agency_id,agency_name,agency_url,agency_timezone\n"
            "A,Kreisbus,https://example.org,Europe/Berlin\nB,Lisboa,https://example.org,Europe/Lisbon\n"
        ),
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,B,700,3\nN,A,N1,3\n",
        "calendar_dates.txt": f"service_id,date,exception_type\nweek,{day:%Y%m%d},1\nall,{day:%Y%m%d},1\n",
        "frequencies.txt": f"trip_id,start_time,end_time,headway_secs,exact_times\nt1,08:00:00,09:00:00,900,{exact}\n",
    }
    planner = JourneyPlanner(read_feed(zip_of(files)))
    query = Query([Reach("a", 0)], [Reach("d", 0)], day, 8 * HOUR, 9 * HOUR)
    assert [leg.departure_s for one in planner.journeys(query) for leg in one.legs][:4] == [8 * HOUR + 900 * k for k in range(4)]
