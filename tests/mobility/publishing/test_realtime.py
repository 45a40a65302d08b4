"""What the world is told of today: late buses, missing vehicles; never who rides, where from, or why somebody is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as realtime
from gtfs_rt_validator import api as rt

from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.open_runs import open_runs
from mobility.actions.publish_feeds import (
    ALERTS,
    FLEX,
    LINE_UPDATES,
    NOW,
    TRIP_UPDATES,
    VEHICLE_POSITIONS,
    happening_now,
    publication,
)
from mobility.actions.report_positions import report_positions
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.bookings import Booking
from mobility.domain.fleet import Driver
from mobility.domain.places import Place
from mobility.domain.rescues import RescueCause
from mobility.domain.riders import Rider
from mobility.domain.runs import Position, Run, VisitKind
from mobility.domain.services import Access
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, Clock, County, CountyFiles, local, open_county, wish

LINE, IF_BOOKED, AREA, NEIGHBOURS = "buergerbus-linie", "rufbus", "auental-bus", "nachbarschaftsfahrten"


@pytest.fixture
def today(county_files: CountyFiles) -> County:
    """Monday morning, all runs open."""
    county = open_county(MemoryStore(), county_files, Clock())
    county.context = replace(county.context, public_url="https://rides.example.org")
    open_runs(county.context, AGENCY, MONDAY)
    return county


def runs_of(county: County, service_id: str) -> list[Run]:
    with county.context.store.transaction() as tx:
        return tx.list_runs(county.desk, MONDAY, [service_id])


def morning_bus(county: County) -> Run:
    return next(run for run in runs_of(county, LINE) if ".morning." in run.id)


def told(county: County, name: str) -> Any:
    message = realtime.FeedMessage()
    message.ParseFromString(happening_now(county.context, AGENCY, name).content)
    return message


def late_at_the_first_halt(county: County, minutes: int) -> Run:
    """The first halt of the morning's first trip, passed so many minutes late."""
    run = morning_bus(county)
    first = next(visit for visit in run.visits if visit.kind is VisitKind.HALT)
    county.clock.now = first.earliest + timedelta(minutes=minutes)
    return report_progress(county.context, county.desk, run.id, Progress(ProgressKind.PASSED, county.clock()))


def test_a_late_bus_is_told_at_the_halts_that_come(today: County) -> None:
    late_at_the_first_halt(today, 7)
    updates = {one.trip_update.trip.trip_id: one.trip_update for one in told(today, TRIP_UPDATES).entity}
    entity = updates[f"{LINE}:buergerbus-1-weekday-out-0800"]
    assert (entity.trip.route_id, entity.trip.start_date) == (LINE, "20260608")
    delays = [halt.departure.delay for halt in entity.stop_time_update]
    assert len(delays) == 7, "the first of eight halts has been passed"
    assert delays[0] > 0
    assert all(delay % 60 == 0 and delay <= 7 * 60 for delay in delays)


def test_a_bus_of_which_nothing_is_heard_is_not_said_to_be_in_time(today: County) -> None:
    today.clock.set(8, 10)
    assert list(told(today, TRIP_UPDATES).entity) == []


def test_other_validators_find_no_error_in_what_is_told(today: County, tmp_path: Path) -> None:
    late_at_the_first_halt(today, 7)
    (tmp_path / FLEX).write_bytes(publication(today.context, AGENCY).files[FLEX].content)
    declare_rescue(today.context, today.desk, next(run for run in runs_of(today, IF_BOOKED)).id, RescueCause.BREAKDOWN)
    files = dict(zip(("tu", "vp", "sa"), NOW[:3], strict=True))
    for name in NOW[:3]:
        (tmp_path / name).write_bytes(happening_now(today.context, AGENCY, name).content)
    inputs = rt.resolve_roles({role: str(tmp_path / name) for role, name in files.items()})
    request = rt.Request(mode=rt.Mode.MODERN, gtfs=tmp_path / FLEX, inputs=inputs, at=today.clock())
    result = rt.validate(request)
    assert result.run.messages_validated == 3
    assert result.error_ids() == ()


def test_who_takes_lines_from_the_county_s_feed_gets_the_same_with_its_ids(today: County) -> None:
    late_at_the_first_halt(today, 7)
    declare_rescue(today.context, today.desk, runs_of(today, IF_BOOKED)[0].id, RescueCause.BREAKDOWN)
    ours, theirs = ([one.trip_update for one in told(today, name).entity] for name in (TRIP_UPDATES, LINE_UPDATES))
    with today.context.store.transaction() as tx:
        feed = today.context.network(tx, today.desk).feed
    assert feed is not None
    known = {trip.trip_id: route for route in ("buergerbus-1", "rufbus-7") for trip in feed.trips_of_route(route, MONDAY)}
    assert {one.trip.trip_id: one.trip.route_id for one in theirs}.items() <= known.items()
    assert [one.trip.trip_id.split(":")[1] for one in ours] == [one.trip.trip_id for one in theirs]
    delays = [
        [(halt.stop_id, halt.departure.delay) for one in all_of for halt in one.stop_time_update] for all_of in (ours, theirs)
    ]
    assert delays[0] == delays[1] != []


def test_nigiri_takes_our_feeds(today: County, tmp_path: Path) -> None:
    """The engine of MOTIS resolves every trip of ours. A trip with detours it takes as on demand only: the line itself it needs from the
    county's feed, and then the updates with that feed's ids.
    """
    pynigiri = pytest.importorskip("pynigiri", reason="the extra benchmark is not installed")
    late_at_the_first_halt(today, 7)
    declare_rescue(today.context, today.desk, runs_of(today, IF_BOOKED)[0].id, RescueCause.BREAKDOWN)
    (tmp_path / FLEX).write_bytes(publication(today.context, AGENCY).files[FLEX].content)
    for path, name, resolved in (
        (tmp_path / FLEX, TRIP_UPDATES, 1),
        (today.files.datasets / "feed" / "1" / "feed.zip", LINE_UPDATES, 3),
    ):
        source = pynigiri.TimetableSource("feed", str(path), pynigiri.LoaderConfig())
        timetable = pynigiri.load_timetable([source], "2026-06-01", "2026-06-20")
        now = pynigiri.create_rt_timetable(timetable, datetime(2026, 6, 8))  # noqa: DTZ001 - it takes a day without a zone
        content = happening_now(today.context, AGENCY, name).content
        told_of = pynigiri.gtfsrt_update_from_bytes(timetable, now, pynigiri.SourceIdx(0), "feed", content)
        assert (told_of.total_entities_success, told_of.total_entities_fail, told_of.parser_error) == (resolved, 0, False)


# privacy


def test_who_has_booked_is_not_told(today: County) -> None:
    """Somebody on a bus that comes to the door, and on a trip that runs if booked: all three feeds say what they said."""
    today.clock.set(7, 0)
    before = [list(told(today, name).entity) for name in NOW]
    home, surgery = today.place("Kirschallee 10, Nebelow"), today.place("Hausarztpraxis am Markt, Auenfurt")
    for service_id, ends, arrive_by in (
        (AREA, (home, surgery), local(10)),
        (IF_BOOKED, (stop(today, ":990024:0:2"), stop(today, ":990001:0:1")), local(9, 20)),
    ):
        offers = today.rides(wish(*ends, arrive_by=arrive_by, rider_id="r-003"), service_id)
        assert offers, service_id
        assert isinstance(today.book(offers[0]), Booking)
    today.clock.now += timedelta(minutes=1)
    assert [list(told(today, name).entity) for name in NOW] == before


def stop(county: County, ending: str) -> Place:
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    found = next(one for one in feed.stops if one.id.endswith(ending))
    return Place(found.lon, found.lat, found.name, found.id)


def test_a_detour_ahead_is_not_told_where_the_bus_comes_to_the_door(today: County) -> None:
    """The bus is two minutes late and will be six late after a detour to somebody's door: the world hears of two."""
    run = late_at_the_first_halt(today, 2)
    later = [visit for visit in run.visits if visit.kind is VisitKind.HALT and not visit.is_done][2:]
    moved = tuple(replace(v, planned=v.earliest + timedelta(minutes=6)) if v in later else v for v in run.visits)
    with today.context.store.transaction() as tx:
        tx.save_run(run.with_visits(moved), run.revision)
    delays = [halt.arrival.delay for entity in told(today, TRIP_UPDATES).entity for halt in entity.trip_update.stop_time_update]
    assert max(delays) == 120


def test_nothing_published_holds_a_rider_a_door_or_a_driver(today: County) -> None:
    request = wish(
        today.place("Kirschallee 10, Nebelow"),
        today.place("Hausarztpraxis am Markt, Auenfurt"),
        arrive_by=local(10),
        rider_id="r-003",
    )
    booking = today.book(today.rides(request, AREA)[0])
    assert isinstance(booking, Booking)
    run = late_at_the_first_halt(today, 7)
    declare_rescue(today.context, today.desk, str(booking.legs[0].run_id), RescueCause.DRIVER_MISSING)
    files = [published.content for published in publication(today.context, AGENCY).files.values()]
    whole = b"".join([*files, *(happening_now(today.context, AGENCY, name).content for name in NOW)])
    with today.context.store.transaction() as tx:
        people: list[Rider | Driver] = [*tx.list_riders(today.desk), *tx.list_drivers(today.desk)]
    secrets = {booking.id, booking.legs[0].id, run.id, "Kirschallee", *(person.id for person in people)}
    secrets |= {person.name for person in people} | {person.telephone for person in people if person.telephone}
    assert [secret for secret in secrets if secret.encode() in whole] == []
    door = booking.legs[0].pickup
    assert str(round(door.lon, 4)).encode() not in whole


# missing vehicles


@pytest.mark.parametrize("service_id", [AREA, LINE, IF_BOOKED])
def test_the_cause_of_a_missing_vehicle_is_not_told(county_files: CountyFiles, service_id: str) -> None:
    """A breakdown and somebody's illness read the same."""
    read = []
    for cause in RescueCause:
        county = open_county(MemoryStore(), county_files, Clock())
        open_runs(county.context, AGENCY, MONDAY)
        declare_rescue(county.context, county.desk, runs_of(county, service_id)[0].id, cause)
        read.append({name: happening_now(county.context, AGENCY, name).content for name in NOW})
    assert read[0] == read[1]


def test_a_missing_vehicle_is_told_in_both_languages(today: County) -> None:
    declare_rescue(today.context, today.desk, runs_of(today, AREA)[0].id, RescueCause.BREAKDOWN)
    (entity,) = told(today, ALERTS).entity
    texts = {text.language: text.text for text in entity.alert.header_text.translation}
    assert texts == {"de": "Auental-Bus: weniger Fahrzeuge unterwegs", "en": "Auental-Bus: fewer vehicles on the road"}
    assert entity.alert.effect == realtime.Alert.REDUCED_SERVICE
    assert [informed.route_id for informed in entity.alert.informed_entity] == [AREA]
    assert "+493023125500" in entity.alert.description_text.translation[0].text
    assert list(told(today, TRIP_UPDATES).entity) == []


def test_trips_of_a_missing_bus_are_cancelled(today: County) -> None:
    declare_rescue(today.context, today.desk, morning_bus(today).id, RescueCause.BREAKDOWN)
    updates = [entity.trip_update for entity in told(today, TRIP_UPDATES).entity]
    assert {update.trip.schedule_relationship for update in updates} == {realtime.TripDescriptor.CANCELED}
    cancelled = {update.trip.trip_id for update in updates}
    assert cancelled == {f"{LINE}:buergerbus-1-weekday-{way}" for way in ("out-0800", "back-0900", "out-1000", "back-1100")}
    (alert,) = told(today, ALERTS).entity
    assert {informed.trip.trip_id for informed in alert.alert.informed_entity} == cancelled


def test_when_all_of_a_day_is_missing_it_is_said_so(today: County) -> None:
    for run in runs_of(today, AREA):
        declare_rescue(today.context, today.desk, run.id, RescueCause.BREAKDOWN)
    (entity,) = told(today, ALERTS).entity
    assert entity.alert.effect == realtime.Alert.NO_SERVICE


def test_a_volunteer_who_is_missing_is_nobody_s_business(today: County) -> None:
    run = runs_of(today, NEIGHBOURS)[0]
    declare_rescue(today.context, today.desk, run.id, RescueCause.DRIVER_MISSING)
    assert list(told(today, ALERTS).entity) == []


# where buses are


def with_access(county: County, access: Access) -> None:
    with county.context.store.transaction() as tx:
        tx.save_service(AGENCY, replace(tx.get_service(county.desk, LINE), access=access), "")


def test_where_a_bus_is_is_told_only_if_wanted_and_only_of_lines_from_stop_to_stop(today: County) -> None:
    run = late_at_the_first_halt(today, 1)
    here = Position(Place(12.28234567, 53.03654321), today.clock())
    report_positions(today.context, today.desk, {run.id: here})
    wanted = replace(today.context, publish_positions=True)

    def seen(context: Any) -> list[Any]:
        today.clock.now += timedelta(seconds=25)
        message = realtime.FeedMessage()
        message.ParseFromString(happening_now(context, AGENCY, VEHICLE_POSITIONS).content)
        return list(message.entity)

    assert seen(wanted) == [], "this line comes to the door"
    with_access(today, Access.STOP_TO_STOP)
    assert seen(today.context) == [], "not unless the agency wants it"
    (entity,) = seen(wanted)
    assert entity.vehicle.position.latitude == pytest.approx(53.037, abs=1e-5), "to some 100 m"
    assert entity.vehicle.vehicle.label == "Bürgerbus"
    today.clock.now += timedelta(minutes=5)
    assert seen(wanted) == [], "too long ago"
