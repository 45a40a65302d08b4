"""The rule towards parallel lines: the table of cases, each with its sentence, against the real rule, streets and feed of a small valley."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gtfs.realtime import Message, TripUpdate
from mobility.domain.lines import Verdict
from mobility.domain.requests import RideRequest
from mobility.domain.riders import Need, Party
from mobility.domain.services import LineRules, ParallelRule, Service
from mobility.files.line_words import ruling_told
from mobility.files.parallel_schema import ParallelKeys
from mobility.files.service_file import read_service
from mobility.planning.live_trips import LiveTrips
from mobility.planning.ordinary_lines import LineFinder, OrdinaryLines
from mobility.planning.parallel_rule import Ruling, least_ride_m, rule_on
from tests.conftest import CHECKOUT
from tests.mobility.planning import valley

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "parallel_cases.toml").read_text("utf-8"))["case"]
BERLIN = ZoneInfo("Europe/Berlin")
USUAL = {"before_min": 15, "after_min": 45, "max_walk_m": 500}
COMMUNITY_BUS = LineRules("bb1", 600)


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> LineFinder:
    network = valley.network(tmp_path_factory.mktemp("valley"))
    assert network.feed is not None
    return LineFinder(network, OrdinaryLines(network.feed, frozenset({COMMUNITY_BUS})))


@pytest.fixture(scope="module")
def service() -> Service:
    return read_service((CHECKOUT / "seed/services/auental-bus.toml").read_text("utf-8"), "auental-bus.toml")


def moment(case: dict[str, Any], key: str) -> datetime | None:
    if key not in case:
        return None
    day = case.get("day", date(2026, 6, 8))
    return datetime.combine(day, time.fromisoformat(case[key]), BERLIN).replace(fold=case.get("fold", 0))


def request_of(case: dict[str, Any]) -> RideRequest:
    return RideRequest(
        agency_id="valley",
        origin=valley.place(case.get("from", "Dorf")),
        destination=valley.place(case.get("to", "Stadt")),
        depart_after=moment(case, "at"),
        arrive_by=moment(case, "arrive_by"),
        party=Party(case.get("seats", 1), case.get("wheelchairs", 0), case.get("assistants", 0)),
        needs=frozenset(Need(need) for need in case.get("needs", [])),
        groups=frozenset(case.get("groups", [])),
        max_walk_m=case.get("max_walk_m"),
    )


def with_rule(service: Service, **keys: object) -> Service:
    """By the keys of a service file."""
    return replace(service, parallel=ParallelKeys.model_validate(USUAL | keys).noun())


def ruled(case: dict[str, Any], service: Service, finder: LineFinder) -> Ruling:
    request = request_of(case)
    wished = request.depart_after or request.arrive_by
    assert wished is not None
    now = moment(case, "now") or wished - timedelta(hours=6)
    return rule_on(with_rule(service, **case.get("rule", {})), request, finder, now)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], service: Service, finder: LineFinder) -> None:
    ruling = ruled(case, service, finder)
    assert ruling.verdict is Verdict[case["verdict"].upper()]
    assert ruling_told(ruling.verdict, ruling.lines, service.name, "de", BERLIN) == case["german"]
    if "english" in case:
        assert ruling_told(ruling.verdict, ruling.lines, service.name, "en", BERLIN) == case["english"]


def test_the_table_is_long_enough_and_tells_every_verdict() -> None:
    assert len(CASES) == len({case["name"] for case in CASES}) >= 40
    verdicts = Counter(case["verdict"] for case in CASES)
    assert {verdict.name.lower() for verdict in Verdict} == verdicts.keys()
    assert {case["verdict"] for case in CASES if "english" in case} == verdicts.keys()


def test_two_services_two_rules(service: Service, finder: LineFinder) -> None:
    """The same wish: the bus of one service is not for who could take the line, the volunteers of another go all the same."""
    request = request_of(CASES[0])
    wished = request.depart_after
    assert wished is not None
    strict, mild = with_rule(service), replace(service, parallel=ParallelRule(0, 0, 0))
    assert [rule_on(one, request, finder, wished).verdict for one in (strict, mild)] == [Verdict.LINE, Verdict.FREE]


def test_another_agency_whose_timetable_has_no_such_line(service: Service, finder: LineFinder, tmp_path: Path) -> None:
    """Each agency's own feed decides: where line 12 is not delivered, it refuses nobody."""
    trips = str(valley.FILES["trips.txt"]).splitlines(keepends=True)
    without = dict(valley.FILES) | {"trips.txt": "".join(row for row in trips if not row.startswith("r12"))}
    other = replace(finder, lines=OrdinaryLines(valley.feed(tmp_path, without), frozenset()))
    assert ruled(CASES[0], service, other).verdict is Verdict.FREE
    assert ruled(CASES[0], service, finder).verdict is Verdict.LINE


def test_only_some_trips_of_a_line_are_booked(service: Service, finder: LineFinder) -> None:
    """The first trip of line 12 is a service's own: nobody is sent to it, but to the other one."""
    assert finder.network.feed is not None
    booked = frozenset({LineRules("r12", 600, frozenset({"12-10"}))})
    other = replace(finder, lines=OrdinaryLines(finder.network.feed, booked))
    at_eight, at_ten = (ruled({"at": f"{hour}:00"}, service, other).verdict for hour in ("08", "10"))
    assert (at_eight, at_ten) == (Verdict.LINE, Verdict.FREE)


@pytest.mark.parametrize("changes", [0, 1])
def test_a_bus_that_does_not_run_today_refuses_nobody(service: Service, finder: LineFinder, changes: int) -> None:
    """Nor one that is late beyond what the rule speaks of; who has a connection to catch by it is not sent to it either."""
    network, day = finder.network, date(2026, 6, 8)

    def told(**more: object) -> Verdict:
        update = TripUpdate("12-10", "", "scheduled", day, None)
        network.tell(LiveTrips.of(network.feed, [Message(1, (replace(update, **more),), ())]))  # type: ignore[arg-type]
        return ruled({"at": "09:30", "rule": {"max_changes": changes}}, service, finder).verdict

    try:
        assert [told(delay=900), told(delay=960), told(kind="cancelled")] == [Verdict.LINE, Verdict.FREE, Verdict.FREE]
    finally:
        network.tell(LiveTrips(network.feed))


def test_the_feed_itself_stays_as_it_is(finder: LineFinder) -> None:
    feed = finder.network.feed
    assert feed is not None
    rides = feed.direct_journeys(["dorf"], ["stadt"], date(2026, 6, 8), 0, 90_000)
    assert {"90-12", "bb-16"} <= {ride.trip_id for ride in rides}


@pytest.mark.parametrize(
    ("who", "least"),
    [
        ({}, 1000),
        ({"max_walk_m": 400}, 400),
        ({"max_walk_m": 2000}, 1000),
        ({"needs": ["walking_frame"]}, 250),
        ({"needs": ["door_to_door"]}, 0),
        ({"needs": ["wheelchair"]}, 0),
        ({"wheelchairs": 1}, 0),
        ({"groups": ["severely_disabled_pass"]}, 1000),
    ],
    ids=[
        "wer gut geht",
        "wer 400 m gehen kann",
        "wer 2 km gehen kann",
        "mit Rollator",
        "von Tür zu Tür",
        "ausgenommen",
        "Rollstuhl der Gruppe",
        "ein Ausweis allein macht nicht schlecht zu Fuß",
    ],
)
def test_short_rides_are_for_who_cannot_walk_them(service: Service, who: dict[str, Any], least: int) -> None:
    short = with_rule(
        service,
        min_ride_m=1000,
        max_walk_by_need_m={"walking_frame": 250},
        exempt_needs=["wheelchair"],
        exempt_groups=["severely_disabled_pass"],
    )
    assert least_ride_m(short.parallel, request_of({"at": "10:00"} | who)) == least
