"""How trips run in fact, from a source in the net or the desk's word to the ride: asked politely, never trusted, forgotten in time."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from google.transit import gtfs_realtime_pb2

from gtfs.nouns import DirectJourney
from gtfs.realtime import RealtimeError
from gtfs.realtime_trimming import MOST_ENTRY_BYTES, trimmed
from mobility.actions.ask_sources import Asking, ask_sources, list_sources
from mobility.actions.report_trip import TripWord, forget_trip_reports, list_trip_reports, report_trip, withdraw_trip_report
from mobility.actions.telling_live import LiveRules
from mobility.domain.live_news import LiveSource, read_configured
from mobility.errors import InvalidInputError, NotAllowedError, NotFoundError
from mobility.planning.live_trips import LiveRide
from mobility.planning.network import Network
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county

ASKING = Asking(every_s=30, most_bytes=1_000_000, allow_private=True)


class Source(BaseHTTPRequestHandler):
    """A server of one message that knows what has changed."""

    message: bytes = b""
    status = 200
    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["If-None-Match"])
        tag = f'"{hash(self.message)}"'
        status = 304 if self.status == 200 and self.headers["If-None-Match"] == tag else self.status
        self.send_response(status)
        self.send_header("ETag", tag)
        self.end_headers()
        if status == 200:
            self.wfile.write(self.message)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def source() -> Iterator[str]:
    Source.message, Source.status, Source.asked = b"", 200, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Source) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/rt?key=secret-key"
        server.shutdown()
        thread.join()


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    return open_county(MemoryStore(), county_files)


@pytest.fixture
def bus(county: County) -> DirectJourney:
    """An ordinary bus of the county this morning."""
    feed = network(county).feed
    assert feed is not None
    route = next(one for one in feed.routes if len(feed.trips_of_route(one.id, MONDAY)) > 1)
    trip = next(one for one in feed.trips_of_route(route.id, MONDAY) if one.halts[0][2] > 7 * 3600)
    (first, _, departs), (last, _, _) = trip.halts[0], trip.halts[-1]
    found = feed.direct_journeys([first], [last], MONDAY, departs, departs + 7200)
    return next(one for one in found if one.trip_id == trip.trip_id)


def network(county: County) -> Network:
    with county.context.store.transaction() as tx:
        return county.context.network(tx, county.desk)


def ride(county: County, bus: DirectJourney) -> LiveRide | None:
    departs = local(0) + timedelta(seconds=bus.departure_s)
    return network(county).live.ride(bus.trip_id, bus.from_stop_id, bus.to_stop_id, departs)


def message(county: County, *late: tuple[str, int], stamp: datetime | None = None) -> Any:
    """Trips (ids) that are so many seconds late."""
    made = gtfs_realtime_pb2.FeedMessage()
    made.header.gtfs_realtime_version = "2.0"
    made.header.timestamp = int((stamp or county.clock()).timestamp())
    for number, (trip_id, delay) in enumerate(late):
        update = made.entity.add(id=str(number)).trip_update
        update.trip.trip_id, update.trip.start_date, update.delay = trip_id, f"{MONDAY:%Y%m%d}", delay
    return made


def ask(county: County, setting: str, later_s: int = 60, **how: Any) -> tuple[LiveSource, bool] | None:
    """Some time later the worker asks."""
    county.clock.now += timedelta(seconds=later_s)
    ask_sources(county.context, read_configured(setting), replace(ASKING, **how))
    return next(iter(list_sources(county.context, AGENCY)), None)


def test_a_delay_in_the_net_is_the_delay_of_the_ride_until_it_is_old(county: County, bus: DirectJourney, source: str) -> None:
    Source.message = message(county, (bus.trip_id, 420), ("of another country", 60)).SerializeToString()
    kept = ask(county, source)
    assert kept is not None
    assert kept[1]
    assert (kept[0].trips, kept[0].shown, kept[0].problem) == (1, "127.0.0.1", "")
    assert ride(county, bus) == LiveRide(True, 420, 420)
    ask(county, source)
    assert Source.asked[-1], "only what has changed is asked for"
    ask(county, source, later_s=5)
    assert len(Source.asked) == 2, "not sooner than is configured"
    county.clock.now += timedelta(minutes=15)
    assert ride(county, bus) is None
    assert ask(county, "") is None, "what is no longer configured is forgotten"


def test_a_broken_source_stops_nothing_and_is_logged_once(
    county: County, bus: DirectJourney, source: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    other = tmp_path / "second.pb"
    with caplog.at_level(logging.INFO, "realtime"):
        Source.message = message(county, (bus.trip_id, 420)).SerializeToString()
        ask(county, source)
        Source.status = 503
        for _ in range(3):
            seen = ask(county, source, later_s=400)
            other.write_bytes(message(county, (bus.trip_id, 60)).SerializeToString())
            ask(county, f"{source} {other}", later_s=1)
        assert seen is not None
        assert seen[0].failures == 3
        Source.status, Source.message = 200, message(county, stamp=county.clock() + timedelta(seconds=400)).SerializeToString()
        seen = ask(county, source, later_s=400)
        assert seen is not None
        assert seen[0].failures == 0
    told = [one.getMessage() for one in caplog.records if "127.0.0.1" in one.getMessage()]
    assert [("503" in one, "again" in one) for one in told] == [(True, False), (False, True)]
    assert "secret-key" not in caplog.text + repr(list_sources(county.context, AGENCY))


def test_who_fails_is_asked_ever_less_often(county: County, source: str) -> None:
    Source.status = 500
    for _ in range(60):
        ask(county, source, later_s=30)
    assert 8 <= len(Source.asked) <= 10, "after 30 s, 1, 2, 4 minutes, then every five"


def hostile(county: County, trip_id: str) -> dict[str, bytes]:
    good = message(county, (trip_id, 300)).SerializeToString()
    header = message(county).SerializeToString()
    large = message(county)
    large.entity.add(id="x").alert.header_text.translation.add(text="x" * (MOST_ENTRY_BYTES + 1))
    return {
        "nothing": b"",
        "a page": b"<html>503</html>",
        "cut short": good[:-3],
        "not to the end": header + b"\x12\xff\xff\xff\xff\x0f",
        "endless number": header + b"\x12" + b"\xff" * 20,
        "noise": random.Random(5).randbytes(5000),
        "too many": header + b"\x12\x03\x0a\x01x" * 200_001,
        "too large": b"x" * 1_500_000,
        "yesterday's": message(county, (trip_id, 300), stamp=county.clock() - timedelta(days=1)).SerializeToString(),
        "tomorrow's": message(county, (trip_id, 300), stamp=county.clock() + timedelta(days=1)).SerializeToString(),
    }


def test_what_is_no_sound_message_is_refused_in_one_line_and_what_was_known_stays(
    county: County, bus: DirectJourney, source: str
) -> None:
    Source.message = message(county, (bus.trip_id, 420)).SerializeToString()
    ask(county, source)
    for name, data in hostile(county, bus.trip_id).items():
        Source.message = data
        county.clock.now -= timedelta(seconds=300)
        with county.context.store.transaction() as tx:  # due again
            (kept,) = tx.list_live_sources(county.desk)
            tx.save_live_source(replace(kept, checked_at=county.clock() - timedelta(hours=1), failures=0))
        seen = ask(county, source, later_s=300)
        assert seen is not None
        assert seen[0].problem, name
        assert "\n" not in seen[0].problem, name
        assert ride(county, bus) == LiveRide(True, 420, 420), name


def test_a_private_address_is_refused(county: County, source: str) -> None:
    seen = ask(county, source, allow_private=False)
    assert seen is not None
    assert "not a public address" in seen[0].problem
    assert not Source.asked


def test_an_entry_that_is_too_large_and_wrong_ids_and_absurd_delays_leave_the_others_alone(
    county: County, bus: DirectJourney, source: str
) -> None:
    made = message(county, ("", 60), ("nobody's", 60), (bus.trip_id, 420))
    made.entity.add(id="large").alert.header_text.translation.add(text="x" * MOST_ENTRY_BYTES)
    Source.message = made.SerializeToString()
    seen = ask(county, source, most_bytes=5_000_000)
    assert seen is not None
    assert (seen[0].trips, seen[0].alerts, seen[0].passed_over) == (1, 0, 1)
    assert ride(county, bus) == LiveRide(True, 420, 420)
    Source.message = message(county, (bus.trip_id, 2**31 - 1)).SerializeToString()
    ask(county, source)
    assert ride(county, bus) is None


def test_cutting_down_keeps_what_is_wanted_as_it_came(county: County) -> None:
    made = message(county, *((f"t{number}", number) for number in range(50)))
    cut = trimmed(made.SerializeToString(), lambda entity: entity.trip_update.delay % 2 == 0)
    kept = gtfs_realtime_pb2.FeedMessage.FromString(cut.data)
    assert kept.header == made.header
    assert list(kept.entity) == [entity for entity in made.entity if entity.trip_update.delay % 2 == 0]
    with pytest.raises(RealtimeError):
        trimmed(made.SerializeToString()[:-1], lambda _: True)


@pytest.mark.parametrize("wrong", ["ftp://x/y", "relative/path", "Main=http://x", "a b"])
def test_a_setting_that_names_no_source_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"entry \d") as caught:
        read_configured(f"http://example.org/a?key=secret {wrong}")
    assert "secret" not in str(caught.value)
    assert [one.feed for one in read_configured("http://a/x?a=b rail=https://b/y auental/rail=/c")] == ["", "rail", "rail"]


def test_the_desk_reports_what_no_machine_says(county: County, bus: DirectJourney) -> None:
    context = county.context
    report = report_trip(context, county.desk, TripWord(bus.trip_id, MONDAY, 15))
    assert ride(county, bus) == LiveRide(True, 900, 900)
    again = report_trip(context, county.desk, TripWord(bus.trip_id, MONDAY, None))
    assert again.id == report.id
    assert ride(county, bus) == LiveRide(False)
    assert [one.late_min for one in list_trip_reports(context, county.desk)] == [None]
    withdraw_trip_report(context, county.desk, report.id)
    assert ride(county, bus) is None
    with pytest.raises(NotFoundError):
        withdraw_trip_report(context, county.desk, report.id)


def test_a_report_ends_with_its_day(county: County, bus: DirectJourney) -> None:
    report_trip(county.context, county.desk, TripWord(bus.trip_id, MONDAY, 15))
    county.clock.now = local(23, 59)
    assert ride(county, bus) == LiveRide(True, 900, 900)
    county.clock.now = local(0) + timedelta(days=1, seconds=1)
    assert ride(county, bus) is None
    forget_trip_reports(county.context)
    county.clock.now = local(8)
    assert list_trip_reports(county.context, county.desk) == []


def test_reports_of_what_cannot_be_are_refused(county: County, bus: DirectJourney) -> None:
    for word, where in (
        (TripWord("unknown", MONDAY, 5), "trip_id"), (TripWord(bus.trip_id, MONDAY, -1), "late_min"),
        (TripWord(bus.trip_id, MONDAY, 721), "late_min"), (TripWord(bus.trip_id, MONDAY + timedelta(days=90), 5), "day"),
    ):  # fmt: skip
        with pytest.raises(InvalidInputError) as caught:
            report_trip(county.context, county.desk, word)
        assert [one.where for one in caught.value.problems] == [where]
    with pytest.raises(NotAllowedError):
        report_trip(county.context, county.resident("r-003"), TripWord(bus.trip_id, MONDAY, 5))


def test_a_server_works_news_in_beside_its_requests(county: County, bus: DirectJourney) -> None:
    county.context = replace(county.context, live=LiveRules(beside=True))
    report_trip(county.context, county.desk, TripWord(bus.trip_id, MONDAY, 15))
    deadline = time.monotonic() + 10
    while ride(county, bus) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ride(county, bus) == LiveRide(True, 900, 900)
