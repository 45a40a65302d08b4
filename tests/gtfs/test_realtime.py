"""GTFS Realtime laid over a timetable, against trips worked out one by one; and what happens to messages that cannot be used."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.transit import gtfs_realtime_pb2
from typer.testing import CliRunner

from gtfs.cli import app
from gtfs.feed import Feed
from gtfs.journeys.changes import Footing, Walks
from gtfs.journeys.live import apply
from gtfs.journeys.live_trips import Live
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.journeys.serving import JourneyService
from gtfs.nouns import Journey, Reach, TransitLeg
from gtfs.reading import read_feed
from gtfs.realtime import RealtimeError, fetch_message, parse_message
from gtfs.service_days import moment
from tests.gtfs.drawn import BERLIN, STOPS, Drawn, Halt, dated_departures, written
from tests.gtfs.exhaustive import Exhaustive, Ride, meetings

Files = dict[str, str | bytes]
ZipOf = Callable[[Files], Path]
HOUR = 3600
DAY = date(2026, 3, 30)
ADDED = 99
Told = dict[int, dict[str, Any]]
"""By place in the trip: delays of arrival and departure, whether it is skipped, whether nothing is known from there on."""


def stamp(seconds: int) -> int:
    return int(moment(DAY, seconds, BERLIN).timestamp())


@dataclass
class Present:
    """A message, and the departures it makes."""

    message: Any = field(default_factory=gtfs_realtime_pb2.FeedMessage)
    runs: list[tuple[int, list[Halt]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.message.header.gtfs_realtime_version = "2.0"
        self.message.header.timestamp = stamp(8 * HOUR)

    def update(self, number: int, start: date = DAY) -> Any:
        entity = self.message.entity.add(id=f"e{len(self.message.entity)}")
        entity.trip_update.trip.trip_id = f"t{number}"
        entity.trip_update.trip.start_date = f"{start:%Y%m%d}"
        return entity.trip_update

    def cancel(self, number: int) -> None:
        update = self.update(number)
        update.trip.schedule_relationship = update.trip.CANCELED

    def delay(self, number: int, halts: list[Halt], told: Told, chance: random.Random) -> None:
        update = self.update(number)
        for place, what in told.items():
            stop = update.stop_time_update.add()
            if chance.random() < 0.5:
                stop.stop_sequence = 3 * place
            else:
                stop.stop_id = halts[place].stop
            if what.get("skipped"):
                stop.schedule_relationship = stop.SKIPPED
            if what.get("no_data"):
                stop.schedule_relationship = stop.NO_DATA
            for name in {"arrival", "departure"} & set(what):
                event, planned = getattr(stop, name), getattr(halts[place], name)
                if chance.random() < 0.5:
                    event.delay = what[name]
                else:
                    event.time = stamp(planned + what[name])
        self.runs.append((number, run_late(halts, told)))

    def add(self, halts: list[Halt]) -> None:
        update = self.update(ADDED)
        update.trip.schedule_relationship = update.trip.ADDED
        update.trip.route_id = "R"
        for halt in halts:
            stop = update.stop_time_update.add(stop_id=halt.stop)
            stop.arrival.time, stop.departure.time = stamp(halt.arrival), stamp(halt.departure)
        self.runs.append((ADDED, halts))


def run_late(halts: list[Halt], told: Told) -> list[Halt]:
    """Halt by halt, by hand."""
    late, earliest, found = 0, -(10**9), []
    for place, halt in enumerate(halts):
        what = told.get(place, {})
        at_arrival = at_departure = 0 if what.get("no_data") else late
        if "arrival" in what:
            at_arrival = at_departure = what["arrival"]
        if "departure" in what:
            at_departure = what["departure"]
        late = at_departure
        arrival = max(halt.arrival + at_arrival, earliest)
        earliest = departure = max(halt.departure + at_departure, arrival)
        open_here = not what.get("skipped")
        found.append(Halt(halt.stop, arrival, departure, halt.board and open_here, halt.alight and open_here))
    return found


def draw_told(chance: random.Random, count: int) -> Told:
    def what() -> dict[str, Any]:
        kind = chance.random()
        if kind < 0.2:
            return {"skipped": True}
        if kind < 0.3:
            return {"no_data": True}
        names = chance.choice([["arrival"], ["departure"], ["arrival", "departure"]])
        return {name: chance.randrange(-10, 25) * 60 for name in names}

    return {place: what() for place in sorted(chance.sample(range(count), chance.randint(1, count)))}


def told(journeys: list[Journey]) -> set[tuple[int, int, int, int]]:
    return {(one.departure_s, one.arrival_s, one.changes, one.ride_s) for one in journeys}


def test_journeys_by_trips_as_they_run_are_those_of_an_exhaustive_search(small: Files, zip_of: ZipOf) -> None:
    chance, decided = random.Random(11), 0
    for _ in range(8):
        drawn: Drawn = [
            ("all", 8 * HOUR + chance.randrange(60) * 60,
             [(stop, 300, 60, "0", "0") for stop in chance.sample(STOPS, chance.choice([2, 3, 4]))], None)
            for _ in range(10)
        ]  # fmt: skip
        runs = {number: halts for number, day, halts in dated_departures(drawn, DAY) if day == DAY}
        planner = planner_of(read_feed(zip_of(written(drawn, small))))
        present = Present()
        for number, halts in runs.items():
            if number < 2:
                present.cancel(number)
            elif number < 7:
                present.delay(number, halts, draw_told(chance, len(halts)), chance)
            else:
                present.runs.append((number, halts))
        late = [replace(halt, arrival=halt.arrival + 420, departure=halt.departure + 420) for halt in runs[0]]
        present.add(late)
        live, failed = apply(planner.basis, parse_message(present.message.SerializeToString()))
        assert failed == 0
        planner.use(live)
        rides = [Ride([number] * len(halts), halts) for number, halts in present.runs]
        planned = [Ride([number] * len(halts), halts) for number, halts in runs.items()]
        for _ in range(8):
            one, other = chance.choice(meetings(runs) or [(0, 1)])
            ends = [Reach(runs[one][0].stop, 60)], [Reach(runs[other][-1].stop, 0)]
            query = Query(*ends, DAY, 8 * HOUR, chance.choice([8, 9]) * HOUR, most_changes=3)
            query = replace(query, arrive_by=query.latest_s > query.earliest_s and chance.random() < 0.5)
            walks = {(stop, stop): 120 for stop in STOPS}
            best = Exhaustive(rides, walks, query, 4 * HOUR).best()
            assert told(planner.journeys(query)) == best
            decided += best != Exhaustive(planned, walks, query, 4 * HOUR).best()
    assert decided >= 25


def planner_of(feed: Feed) -> JourneyPlanner:
    none = np.empty(0, np.int64)
    return JourneyPlanner(feed, Walks(none, none, none), Footing(), within_s=4 * HOUR)


@pytest.fixture
def planner(small: Files, zip_of: ZipOf) -> JourneyPlanner:
    return planner_of(read_feed(zip_of(small)))


QUERY = Query([Reach("a", 60)], [Reach("d", 60)], DAY, 7 * HOUR, 7 * HOUR)


def late_by(minutes: int, kind: str = "SCHEDULED") -> Any:
    """A message about trip t1, at six o'clock."""
    present = Present()
    present.message.header.timestamp = stamp(6 * HOUR)
    update = present.update(1)
    update.trip.schedule_relationship = getattr(update.trip, kind)
    update.stop_time_update.add(stop_id="a").departure.delay = 60 * minutes
    return present.message


def saved(folder: Path, message: Any) -> str:
    path = folder / "message.pb"
    path.write_bytes(message if isinstance(message, bytes) else message.SerializeToString())
    return str(path)


SIX = datetime(2026, 3, 30, 4, tzinfo=UTC)


def departure(planner: JourneyPlanner) -> int | None:
    found = planner.earliest_arrival(QUERY)
    return found.legs[0].departure_s if found else None


def test_a_leg_says_how_late_it_is_and_the_timetable_stays_as_it_is(planner: JourneyPlanner, tmp_path: Path) -> None:
    assert departure(planner) == 8 * HOUR
    service = JourneyService(planner)
    assert service.refresh(saved(tmp_path, late_by(12)), SIX) == 0
    (journey,) = planner.journeys(QUERY)
    (leg,) = journey.legs
    assert isinstance(leg, TransitLeg)
    assert (leg.departure_s, leg.late_s) == (8 * HOUR + 720, (720, 720))
    layouts = [*planner._kept.values(), *planner._present.kept.values()]
    assert all(np.shares_memory(one.halts.arrival, planner.basis.ahead.halts.arrival) for one in layouts if not one.backwards)
    assert np.shares_memory(planner.basis.ahead.halts.arrival, planner.feed.timetable.halt_arrival)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda _: b"<html>Fehler 503</html>", "no such message"),
        (lambda message: message.SerializeToString()[:20], "no such message"),
        (lambda _: b"", "no such message"),
        (lambda message: message.header.ClearField("timestamp"), "does not say when it was made"),
        (lambda message: setattr(message.header, "timestamp", stamp(5 * HOUR)), "60 minutes old"),
        (lambda message: setattr(message.header, "timestamp", stamp(9 * HOUR)), "ahead of time"),
        (lambda message: setattr(message.header, "incrementality", 1), "only changes"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_and_the_last_good_message_holds_on_until_it_is_old(
    spoil: Callable[[Any], bytes | None], said: str, planner: JourneyPlanner, tmp_path: Path
) -> None:
    service = JourneyService(planner)
    service.refresh(saved(tmp_path, late_by(12)), SIX)
    message = late_by(30)
    spoilt = spoil(message)
    where = saved(tmp_path, message if spoilt is None else spoilt)
    with pytest.raises(RealtimeError, match=said) as caught:
        service.refresh(where, SIX)
    assert "\n" not in str(caught.value)
    assert departure(planner) == 8 * HOUR + 720
    with pytest.raises(RealtimeError):
        service.refresh(str(tmp_path / "none.pb"), SIX + timedelta(minutes=20))
    assert departure(planner) == 8 * HOUR


def test_a_private_address_is_not_asked() -> None:
    with pytest.raises(RealtimeError, match="not a public address"):
        fetch_message("http://127.0.0.1:1/message.pb", SIX)


def test_of_trips_that_run_every_so_often_the_one_that_is_named_is_late(small: Files, zip_of: ZipOf) -> None:
    often = small | {"frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nt1,08:00:00,10:00:00,1800,0\n"}
    planner, message = planner_of(read_feed(zip_of(often))), late_by(12)
    assert apply(planner.basis, parse_message(message.SerializeToString()))[1] == 1  # which of them is not said
    message.entity[0].trip_update.trip.start_time = "08:30:00"
    live, failed = apply(planner.basis, parse_message(message.SerializeToString()))
    planner.use(live)
    found = planner.journeys(replace(QUERY, latest_s=int(9.2 * HOUR)))
    assert (failed, [leg.departure_s - 8 * HOUR for one in found for leg in one.legs]) == (0, [0, 2520, 3600, 5400])


@pytest.mark.parametrize("start", [None, date(2026, 3, 29), date(2026, 3, 28)])
def test_a_trip_of_the_night_before_counts_and_its_day_is_guessed(small: Files, zip_of: ZipOf, start: date | None) -> None:
    """The night of the clock change: at 00:10 the night bus of the 29th is on its way."""
    planner, present = planner_of(read_feed(zip_of(small))), Present()
    present.message.header.timestamp = stamp(600)
    update = present.update(1, start or DAY)
    update.trip.trip_id = "n1"
    if start is None:
        update.trip.ClearField("start_date")
    update.stop_time_update.add(stop_id="b").arrival.delay = 600
    planner.use(apply(planner.basis, parse_message(present.message.SerializeToString()))[0])
    found = planner.earliest_arrival(Query([Reach("b", 0)], [Reach("d", 0)], DAY, 600, 600))
    assert found is not None
    assert found.legs[0].departure_s == 21 * 60 + (0 if start == date(2026, 3, 28) else 600)


def test_a_trip_that_takes_riders_on_seated_does_so_late_and_not_at_all_when_it_is_cancelled(small: Files, zip_of: ZipOf) -> None:
    files = small | {"transfers.txt": "from_trip_id,to_trip_id,transfer_type\nt1,t2,4\n"}
    planner = planner_of(read_feed(zip_of(files)))
    query = replace(QUERY, egress=[Reach("a", 0)], access=[Reach("b", 0)])
    (journey,) = planner.journeys(query)
    assert [(leg.trip_id, leg.stays) for leg in journey.legs if isinstance(leg, TransitLeg)] == [("t1", False), ("t2", True)]
    assert (journey.changes, journey.arrival_s) == (0, 9 * HOUR + 1200)
    for message, legs in ((late_by(5), ["t1", "t2"]), (late_by(45), []), (late_by(0, "CANCELED"), [])):
        planner.use(apply(planner.basis, parse_message(message.SerializeToString()))[0])
        found = planner.earliest_arrival(query)
        assert [leg.trip_id for leg in (found.legs if found else ()) if isinstance(leg, TransitLeg)] == legs


def test_searches_go_on_while_the_present_is_replaced(planner: JourneyPlanner) -> None:
    """Every answer is that of one message or of the other."""
    lives = [apply(planner.basis, parse_message(late_by(minutes).SerializeToString()))[0] for minutes in (5, 25)]
    planner.use(lives[0])
    departure(planner)
    done, found = threading.Event(), set[int | None]()

    def ask() -> None:
        while not done.is_set():
            (journey,) = planner.journeys(QUERY)
            found.add(journey.legs[0].departure_s - 8 * HOUR)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(100):
        planner.use(lives[turn % 2])
    done.set()
    for thread in threads:
        thread.join()
    assert found <= {300, 1500}
    planner.use(Live(0))
    assert departure(planner) == 8 * HOUR


def test_the_old_timetable_answers_while_the_next_is_loaded(small: Files, zip_of: ZipOf, planner: JourneyPlanner) -> None:
    later = small | {"stop_times.txt": str(small["stop_times.txt"]).replace("t1,08:00:00,08:00:00", "t1,08:05:00,08:05:00")}
    service, loading, go_on = JourneyService(planner), threading.Event(), threading.Event()

    def make() -> JourneyPlanner:
        made = planner_of(read_feed(zip_of(later)))
        loading.set()
        assert go_on.wait(60)
        return made

    thread = threading.Thread(target=service.replace, args=(make,))
    thread.start()
    assert loading.wait(60)
    assert departure(service.planner) == 8 * HOUR
    go_on.set()
    thread.join()
    assert departure(service.planner) == 8 * HOUR + 300

    def fail() -> JourneyPlanner:
        raise ValueError("no timetable")

    with pytest.raises(ValueError, match="no timetable"):
        service.replace(fail)
    assert departure(service.planner) == 8 * HOUR + 300


def test_the_command_tells_delays_and_alerts(small: Files, zip_of: ZipOf, tmp_path: Path) -> None:
    message, now = late_by(12), int(datetime.now(UTC).timestamp())
    message.header.timestamp = now
    alert = message.entity.add(id="alert").alert
    alert.informed_entity.add(route_id="R")
    for language, text in (("en", "Road works"), ("de", "Baustelle")):
        alert.header_text.translation.add(language=language, text=text)
    other = message.entity.add(id="other").alert
    other.informed_entity.add(stop_id="b")
    other.header_text.translation.add(text="not for this ride")
    ask = ["journey", str(zip_of(small)), "--from", "8.6011,49.5012", "--to", "8.6301,49.5302", "--walk", "300"]
    ask += ["--at", "2026-03-30T07:30", "--realtime"]
    result = CliRunner().invoke(app, [*ask, saved(tmp_path, message), "--json"])
    assert result.exit_code == 0, result.output
    ride = json.loads(result.stdout)["journeys"][0]["legs"][1]
    assert (ride["departure"], ride["late_s"]) == ("2026-03-30T08:12:00+02:00", {"departure": 720, "arrival": 720})
    assert [one["header"] for one in ride["alerts"]] == ["Baustelle"]
    plain = CliRunner().invoke(app, [*ask, saved(tmp_path, message)])
    assert "minutes late: +12 at departure, +12 at arrival" in plain.stdout
    refused = CliRunner().invoke(app, [*ask, saved(tmp_path, b"garbage")])
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 1
