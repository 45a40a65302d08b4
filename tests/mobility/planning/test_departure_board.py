"""The board of the valley: what leaves, what is called off or late, where one has to ring, and when rides can be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gtfs.realtime import Message, StopUpdate, TripUpdate
from mobility.domain.services import Access, LineRules, Service, ServiceForm
from mobility.files.service_file import read_service
from mobility.planning.departure_board import find_named, find_stop, leaving, rides_here, week
from mobility.planning.live_trips import LiveTrips
from mobility.planning.network import Network
from tests.conftest import CHECKOUT
from tests.mobility.planning import valley

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 8)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return valley.network(tmp_path_factory.mktemp("valley"))


@pytest.fixture(scope="module")
def area() -> Service:
    """Comes to every door of the valley."""
    service = read_service((CHECKOUT / "seed/services/auental-bus.toml").read_text("utf-8"), "auental-bus.toml")
    ring = ((11.9, 52.9), (12.5, 52.9), (12.5, 53.1), (11.9, 53.1))
    return replace(service, zones=(replace(service.zones[0], ring=ring),))


@pytest.fixture(scope="module")
def community_bus(area: Service) -> Service:
    return replace(
        area,
        id="bb",
        form=ServiceForm.TRIPS_IF_BOOKED,
        access=Access.STOP_TO_STOP,
        line=LineRules("bb1", 600),
        use_feed_stops=True,
    )


def seen(network: Network, services: list[Service], now: datetime, stop: str = "dorf") -> list[tuple[str, str, str]]:
    place = find_stop(network, services, stop)
    assert place is not None
    told = leaving(network, services, place, now)
    return [
        (f"{one.planned.astimezone(BERLIN):%H:%M}", one.line, "-" if not one.runs else "call" if one.to_book else "")
        for one in told
    ]


def test_what_leaves_and_what_one_has_to_order(network: Network, community_bus: Service) -> None:
    found = seen(network, [community_bus], at(11, 55))
    assert found[:6] == [
        ("12:00", "90", "call"),
        ("14:00", "13", "call"),
        ("15:00", "13", ""),
        ("16:00", "BB1", "call"),
        ("17:00", "13", ""),
        ("19:00", "77", ""),
    ]


def test_where_to_ring(network: Network, community_bus: Service) -> None:
    place = find_stop(network, [community_bus], "dorf")
    assert place is not None
    numbers = {one.line: one.telephone for one in leaving(network, [community_bus], place, at(11, 55))}
    assert numbers["90"] == "+49 30 23125 500", "the overlay says so"
    assert numbers["BB1"] == community_bus.carrier.telephone
    assert numbers["77"] == ""


def test_what_is_late_is_still_there_and_what_is_called_off_says_so(network: Network) -> None:
    updates = (
        TripUpdate("12-10", "", "scheduled", MONDAY, None, (), 1500),
        TripUpdate("90-12", "", "cancelled", MONDAY, None),
    )
    network.tell(LiveTrips.of(network.feed, [Message(1, updates, ())]))
    try:
        assert seen(network, [], at(10, 20))[:2] == [("10:00", "12", ""), ("12:00", "90", "-")]
        assert seen(network, [], at(10, 26))[0] == ("12:00", "90", "-"), "25 minutes late, and gone now"
    finally:
        network.tell(LiveTrips(network.feed))
    assert seen(network, [], at(10, 20))[0] == ("12:00", "90", "call")


def test_a_trip_that_the_timetable_does_not_have_is_shown_too(network: Network) -> None:
    halts = ((at(11, 7), "dorf"), (at(11, 40), "stadt"))
    stops = tuple(
        StopUpdate(None, stop, arrival=int(moment.timestamp()), departure=int(moment.timestamp())) for moment, stop in halts
    )
    network.tell(LiveTrips.of(network.feed, [Message(1, (TripUpdate("extra", "r77", "added", MONDAY, None, stops),), ())]))
    try:
        assert ("11:07", "77", "") in seen(network, [], at(11, 0))
        assert ("11:07", "77", "") not in seen(network, [], at(11, 8))
    finally:
        network.tell(LiveTrips(network.feed))
    assert ("11:07", "77", "") not in seen(network, [], at(11, 0))


def test_of_a_quiet_day_the_next_is_shown(network: Network) -> None:
    sunday = MONDAY - timedelta(days=1)
    place = find_stop(network, [], "dorf")
    assert place is not None
    days = {one.planned.astimezone(BERLIN).date() for one in leaving(network, [], place, at(20, 0, sunday))}
    assert MONDAY in days


def test_rides_are_told_with_the_first_that_can_still_be_ordered(network: Network, area: Service) -> None:
    place = find_stop(network, [area], "dorf")
    assert place is not None
    (morning,) = rides_here(network, [area], place, at(7, 30))
    assert morning.soonest == at(8, 30), "an hour's notice"
    (evening,) = rides_here(network, [area], place, at(19, 45))
    assert evening.soonest == at(6, 0, MONDAY + timedelta(days=1))
    (closed,) = rides_here(network, [replace(area, hours=())], place, at(7, 30))
    assert (closed.soonest, closed.open_next) == (None, ())


def test_a_timetabled_service_is_told_only_where_it_halts(network: Network, community_bus: Service) -> None:
    for stop, there in (("dorf", 1), ("stadt", 1), ("klinik", 0)):
        place = find_stop(network, [community_bus], stop)
        assert place is not None
        assert len(rides_here(network, [community_bus], place, at(7, 30))) == there, stop


def test_stops_are_found_by_name_and_id_or_not_at_all(network: Network) -> None:
    by_name = find_named(network, [], "dorf, kirche")
    assert by_name is not None
    assert [stop.stop_id for stop in by_name.stops] == ["dorf"]
    assert find_named(network, [], "Timbuktu") is None
    assert find_stop(network, [], "timbuktu") is None
    assert find_stop(None, [], "dorf") is None


def test_a_week_puts_days_together_that_are_alike(network: Network) -> None:
    place = find_stop(network, [], "dorf")
    assert place is not None
    told = week(network, [], place, date(2026, 5, 11))
    by_length = {len(one.days): [day.isoweekday() for day in one.days] for one in told}
    assert by_length == {4: [1, 2, 3, 5], 1: [4], 2: [6, 7]}, "Thursday is a holiday"
    feast = next(one for one in told if len(one.days) == 1)
    assert "12" in {one.line for one in feast.departures}
    nights = [one for one in told[0].departures if one.line == "N1"]
    assert len(nights) == 2, "the nights belong to the day before"
