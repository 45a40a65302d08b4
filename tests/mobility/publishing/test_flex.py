"""Our GTFS-Flex feeds before two validators of others, read back by our own reader, and what they cannot say."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings

from gtfs.feed import Feed
from gtfs.reading import examine_feed
from mobility.actions.gather_publication import offered_of
from mobility.domain.services import Access, LegalBasis, ParallelRule, PromiseRules, Service
from mobility.files.field_types import FilePart
from mobility.files.opening import kind_in_land
from mobility.files.service_schema import ServiceKeys
from mobility.publishing.flex import flex_feed
from mobility.publishing.losses import LOSSES, UNSAYABLE, told_losses
from mobility.publishing.places import areas_of
from mobility.publishing.reading_back import ReadBack, read_back
from mobility.publishing.sources import Measured, Source
from tests.county import CountyFiles
from tests.mobility.files.conftest import examples, service_doc, services
from tests.mobility.publishing.conftest import EXPLAINED, by_canonical_rules, by_guru, source_of, unexplained
from tests.mobility.publishing.drawn import FIRST, LAST, counties, service_of

__all__ = ["examples", "service_doc", "services"]
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A validator's run takes long, and what it complains of says enough."""
Pack = Callable[[bytes], Path]
Services = dict[str, Service]
DAYS = [FIRST + timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)]


def rows_of(content: bytes, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def county_services(files: CountyFiles) -> list[Service]:
    return [service for service, _ in files.services]


def test_the_county_s_feed_is_without_fault(county_files: CountyFiles, county_feed: Feed, packed: Pack) -> None:
    """Four services of all four forms: 0 errors, 0 warnings in either validator, and our own reader accepts it."""
    feed = flex_feed(source_of(county_services(county_files), county_feed))
    path = packed(feed.packed())
    assert feed.left_out == ()
    assert by_guru(path) == by_canonical_rules(path) == set()
    report = examine_feed(path).report
    assert (report.outcome, report.findings) == ("accept", ())


def test_the_validators_see_faults(county_files: CountyFiles, county_feed: Feed, packed: Pack) -> None:
    """The test above can fail: a window taken out, a rule that is not there."""
    feed = flex_feed(source_of(county_services(county_files), county_feed))
    for row in feed.tables["stop_times.txt"]:
        row.pop("end_pickup_drop_off_window", None)  # type: ignore[attr-defined]
    feed.tables["booking_rules.txt"].pop()
    path = packed(feed.packed())
    for found in (by_guru(path), by_canonical_rules(path)):
        assert {"missing_pickup_or_drop_off_window", "foreign_key_violation"} <= {code for _, code in found}


def test_same_services_same_bytes_and_same_ids_whatever_else_is_published(county_files: CountyFiles, county_feed: Feed) -> None:
    services = county_services(county_files)
    whole = flex_feed(source_of(services, county_feed))
    assert whole.packed() == flex_feed(source_of(services, county_feed)).packed()
    for service in services:
        alone = flex_feed(source_of([service], county_feed)).tables
        for name, key in (("trips.txt", "trip_id"), ("booking_rules.txt", "booking_rule_id"), ("stop_times.txt", "trip_id")):
            of_all = [row for row in whole.tables[name] if str(row[key]).startswith(f"{service.id}:")]
            assert alone[name] == of_all


def test_drawn_counties_are_without_unexplained_fault(county_feed: Feed, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("drawn") / "flex.zip"
    looked_at = 0

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
    @given(counties())
    def without_fault(documents: list[dict[str, Any]]) -> None:
        nonlocal looked_at
        feed = flex_feed(source_of([service_of(document) for document in documents], county_feed))
        if feed.is_empty:
            return
        path.write_bytes(feed.packed())
        assert unexplained(by_guru(path)) == set()
        assert examine_feed(path).report.findings == ()
        looked_at += 1
        if looked_at % 5 == 0:  # the slower of the two
            assert unexplained(by_canonical_rules(path)) == set()

    without_fault()


def test_what_is_published_reads_back_as_the_service_file_said(
    county_feed: Feed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("back") / "flex.zip"

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINKING)
    @given(counties())
    def comes_back(documents: list[dict[str, Any]]) -> None:
        services = [service_of(document) for document in documents]
        feed = flex_feed(source_of(services, county_feed))
        if feed.is_empty:
            return
        path.write_bytes(feed.packed())
        by_land = {land: read_back(path, land) for land in {document["holidays"] for document in documents}}
        for document, service in zip(documents, services, strict=True):
            back = by_land[document["holidays"]]
            assert (service.id in back) == (service.id not in feed.left_out)
            if service.id in back:
                compare(document, service, back[service.id], county_feed)

    comes_back()


def compare(document: dict[str, Any], service: Service, back: ReadBack, feed: Feed) -> None:
    """Everything a feed can say is as the file has it; written from the file's keys, not by the writer's code."""
    part = back.part
    for key in ("id", "name", "access", "timezone"):
        assert part[key] == said(document[key]), key
    assert part["form"] == ("area" if document["form"] == "volunteer_rides" else document["form"])
    assert part["carrier"] == document["carrier"] | {"telephone": "+493023125001"}
    booking = dict(document["booking"])
    if booking["min_notice_min"] == 0:
        booking.pop("max_days_ahead")
    assert part["booking"] == booking
    if "eur_per_km" not in document["tariff"]:
        assert part["tariff"] == document["tariff"]
    compare_places(document, service, part, feed)
    if "line" in document:
        compare_trips(document, back, feed)
        return
    assert {key: pytest.approx(document["ride"][key], abs=0.01) for key in part["ride"]} == part["ride"]
    kinds = {day: str(kind_in_land(document["holidays"], day)) for day in DAYS}
    told = [({*one["days"]}, one["start"], one["end"]) for one in part["hours"]]
    meant = [(set(map(str, hours.days)), clock(hours.start_s), clock(hours.end_s)) for hours in service.hours]
    assert told == meant
    open_kinds = set().union(*(days for days, _, _ in meant))
    assert part["closed_on"] == [day for day in document["closed_on"] if FIRST <= day <= LAST and kinds[day] in open_kinds]


def compare_places(document: dict[str, Any], service: Service, part: dict[str, Any], feed: Feed) -> None:
    shapes = {zone["id"]: shapely.Polygon(zone["polygon"]) for zone in document["zones"]}
    if document["access"] != "stop_to_stop":
        told = {zone["id"]: shapely.Polygon(zone["polygon"]) for zone in part["zones"]}
        if len(areas_of(service)) == len(shapes):
            assert list(told) == list(shapes)
            assert all(told[name].equals(shapes[name]) for name in shapes)
            assert [zone["name"] for zone in part["zones"]] == [zone["name"] for zone in document["zones"]]
        else:
            assert shapely.union_all(list(told.values())).buffer(1e-9).covers(shapely.union_all(list(shapes.values())))
    if document["access"] != "door_to_door":
        bounded = shapely.union_all(list(shapes.values()))
        on_line = {
            halt[0]
            for trip in feed.trips_of_route(document.get("line", {}).get("route_id", ""), date(2026, 6, 8))
            for halt in trip.halts
        }
        used = {
            stop.id
            for stop in feed.stops
            if document["use_feed_stops"] and stop.location_type == 0 and bounded.covers(shapely.Point(stop.lon, stop.lat))
        }
        own = {stop["id"] for stop in document["stops"]}
        told_ids = {stop["id"] for stop in part["stops"]}
        assert told_ids - on_line == (own | used) - on_line or not told_ids
        for stop in document["stops"]:
            if told_ids:
                assert {key: stop[key] for key in ("id", "lon", "lat")} | {"name": said(stop["name"])} in part["stops"]


def said(name: str) -> str:
    """Of the drawn names one would be run by a spreadsheet."""
    return "SUMME(A1)" if name == "=SUMME(A1)" else name


def compare_trips(document: dict[str, Any], back: ReadBack, feed: Feed) -> None:
    """Times and days are the feed's, on days on which the file is open and its duty drives them."""
    service = service_of(document)
    begins, ends = service.duties[0].start_s, service.duties[0].end_s
    for day in DAYS[::13]:
        kind = str(kind_in_land(document["holidays"], day))
        is_open = day not in document["closed_on"] and any(kind in map(str, hours.days) for hours in service.hours)
        trips = [
            t
            for t in feed.trips_of_route(document["line"]["route_id"], day)
            if t.halts[0][2] >= begins and t.halts[-1][1] <= ends
        ]
        told = {name: halts for name, (dates, halts) in back.trips.items() if day in dates}
        assert set(told) <= ({trip.trip_id for trip in trips} if is_open else set())
        if is_open and trips:
            assert told, "the duty drives at least the first"
        for trip in trips:
            assert told.get(trip.trip_id, trip.halts) == trip.halts


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


# losses


SAID = {
    "id", "name", "form", "access", "timezone", "needs", "closed_on", "carrier.id", "carrier.name", "carrier.telephone",
    "zones.id", "zones.name", "zones.polygon", "stops.id", "stops.name", "stops.lon", "stops.lat", "hours.days", "hours.start",
    "hours.end", "booking.min_notice_min", "booking.max_days_ahead", "ride.max_factor", "ride.max_extra_min", "tariff.base_eur",
}  # fmt: skip
"""Keys that the round trip above compares."""


def keys_of(model: type[FilePart], before: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        parts = [part for part in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(part, type)]
        inner = next((part for part in parts if issubclass(part, FilePart)), None)
        nested = inner is not None and name not in {"base", "breaks"}
        found |= keys_of(inner, f"{before}{name}.") if nested and inner else {f"{before}{name}"}
    return found


def test_every_key_of_the_service_file_is_said_or_listed_as_lost() -> None:
    lost = {key for loss in LOSSES for key in loss.keys}
    known = keys_of(ServiceKeys)
    assert known - SAID - lost == set()
    assert {key for key in lost if key not in known and not any(one.startswith(f"{key}.") for one in known)} == set()


def test_what_is_listed_as_lost_really_is(county_files: CountyFiles, county_feed: Feed) -> None:
    """Without these the feed is the same, byte for byte."""
    services = county_services(county_files)
    poorer = [
        replace(
            service,
            legal_basis=LegalBasis.PERMIT_FREE,
            parallel=ParallelRule(0, 0, 0),
            promise=PromiseRules(0, 60, 0),
            ride=replace(service.ride, max_walk_m=1, max_wait_s=60, near_wait_s=60, boarding_s=1, wheelchair_boarding_s=1),
            tariff=replace(service.tariff, max_cents=None, free_groups=frozenset()),
            booking=replace(service.booking, cancel_notice_s=0),
            vehicles=tuple(replace(vehicle, name="x", seats=99, equipment=frozenset()) for vehicle in service.vehicles),
            walk_up_seats=0,
            lock_before_s=0,
            duties=tuple(replace(duty, breaks=(), ends_anywhere=True) for duty in service.duties),
        )
        for service in services
    ]
    assert flex_feed(source_of(poorer, county_feed)).packed() == flex_feed(source_of(services, county_feed)).packed()


def test_losses_are_told_only_of_services_they_matter_for(county_files: CountyFiles, county_feed: Feed) -> None:
    lines = told_losses(source_of(county_services(county_files), county_feed), ())
    volunteers = [line for line in lines if line.startswith("form, volunteers")]
    assert len(volunteers) == 1
    assert volunteers[0].endswith("[nachbarschaftsfahrten]")
    assert any(line.startswith("parallel.before_min") and "auental-bus" in line for line in lines)
    assert any("telephone hours" in line for line in lines)


# single rules


def area_of(files: CountyFiles) -> Service:
    return next(service for service in county_services(files) if service.id == "auental-bus")


def test_a_measured_safe_duration_is_told_instead_of_the_longest_allowed(county_files: CountyFiles) -> None:
    source = source_of([area_of(county_files)], None)
    offered = replace(source.offered[0], measured=Measured(0.5, 60))
    trips = rows_of(flex_feed(replace(source, offered=(offered,))).packed(), "trips.txt")
    assert {(trip["safe_duration_factor"], trip["safe_duration_offset"]) for trip in trips} == {("0.9", "450.0")}
    assert any("measured" in line for line in told_losses(replace(source, offered=(offered,)), ()))


def test_a_service_without_a_place_to_halt_is_left_out_and_told(county_files: CountyFiles) -> None:
    """A line whose timetable has not been imported."""
    line = next(service for service in county_services(county_files) if service.id == "rufbus")
    source = source_of([area_of(county_files), line], None)
    feed = flex_feed(source)
    assert feed.left_out == ("rufbus",)
    assert {row["route_id"] for row in rows_of(feed.packed(), "routes.txt")} == {"auental-bus"}
    assert "rufbus" in told_losses(source, feed.left_out)[0]


def test_zones_that_touch_stay_two_and_zones_that_overlap_become_one(county_files: CountyFiles) -> None:
    square = ((12.1, 53.0), (12.2, 53.0), (12.2, 53.1), (12.1, 53.1))
    area = area_of(county_files)
    for shift, ids in ((0.1, ["auental-bus:a", "auental-bus:b"]), (0.05, ["auental-bus:a+b"])):
        zones = tuple(
            replace(area.zones[0], id=name, ring=ring)
            for name, ring in (("a", square), ("b", tuple((x + shift, y) for x, y in square)))
        )
        assert [one.id for one in areas_of(replace(area, zones=zones))] == ids


def test_every_pair_of_areas_can_be_ridden(county_files: CountyFiles) -> None:
    """From each to each, and within each: for every ordered pair there is a row to board before a row to alight."""
    area = area_of(county_files)
    rings = [
        tuple((x + step, y) for x, y in ((12.0, 53.0), (12.1, 53.0), (12.1, 53.1), (12.0, 53.1))) for step in (0.0, 0.2, 0.4)
    ]
    zones = tuple(replace(area.zones[0], id=f"z{n}", ring=ring) for n, ring in enumerate(rings))
    rows = rows_of(flex_feed(source_of([replace(area, zones=zones)], None)).packed(), "stop_times.txt")
    one_trip = [row for row in rows if row["trip_id"] == rows[0]["trip_id"]]
    pairs = {(a["location_id"], b["location_id"]) for n, a in enumerate(one_trip) for b in one_trip[n + 1 :]}
    assert len(pairs) == 9


def test_the_page_lists_every_loss_and_every_explained_warning() -> None:
    page = (Path(__file__).parents[3] / "docs" / "publishing.md").read_text("utf-8")
    rows = [f"| {', '.join(f'`{key}`' for key in loss.keys)} | {loss.what} |" for loss in LOSSES]
    rows += [f"- {what}" for what in UNSAYABLE]
    rows += [f"| `{code}` | {why} |" for code, why in EXPLAINED.items()]
    assert [row for row in rows if row not in page] == []


def test_one_detour_between_two_halts_is_read_as_one(county_files: CountyFiles, county_feed: Feed, packed: Pack) -> None:
    """Not taken for the draft feeds that wrote one row where two were meant."""
    line = next(service for service in county_services(county_files) if service.id == "buergerbus-linie")
    source = source_of([replace(line, access=Access.DOOR_TO_DOOR)], county_feed)
    dated = source.offered[0].trips[0]
    short = replace(dated, trip=replace(dated.trip, halts=dated.trip.halts[:2]), kinds=dated.kinds[:2])
    feed = flex_feed(replace(source, offered=(replace(source.offered[0], trips=(short,)),)))
    reading = examine_feed(packed(feed.packed()))
    assert reading.report.findings == ()
    assert reading.feed is not None
    assert reading.feed.tables["flexible_stop_times"].height == 1


@pytest.mark.parametrize("name", ["vrn_heidelberg_2022.zip", "partridge_region-nord-v2.zip"])
def test_lines_of_real_feeds_are_without_unexplained_fault_and_read_back(
    shared_data: Path, packed: Pack, name: str, services: Services
) -> None:
    """Bus lines of a German city and county, as lines with deviations to every stop and door around them."""
    feed = examine_feed(shared_data / "gtfs" / name).feed
    assert feed is not None
    first, last = feed.days() or (FIRST, LAST)
    span = (first, min(last, first + timedelta(days=60)))
    for line in lines_of(feed, span)[:3]:
        offered = offered_of(around(services["line_with_deviation"], line, feed, span), feed, span, None)
        assert offered.trips
        path = packed(flex_feed(Source("kreis", "Kreis", (offered,), *span, "https://rides.example.org")).packed())
        assert unexplained(by_guru(path, span[0]) | by_canonical_rules(path, span[0])) == set()
        assert examine_feed(path).report.findings == ()
        told = read_back(path, "BW")[offered.service.id].trips
        assert told == {dated.id: (dated.dates, dated.trip.halts) for dated in offered.trips}


def lines_of(feed: Feed, span: tuple[date, date]) -> list[str]:
    """Bus lines that run on the first weekday."""
    day = next(day for day in (span[0] + timedelta(days=ahead) for ahead in range(14)) if day.weekday() == 2)
    return [route.id for route in feed.routes if route.type in (3, *range(700, 800)) and feed.trips_of_route(route.id, day)]


def around(service: Service, line: str, feed: Feed, span: tuple[date, date]) -> Service:
    """The service on that line, all day, with the box around its stops as its zone."""
    days = [span[0] + timedelta(days=ahead) for ahead in range(14)]
    halts = {halt[0] for day in days for trip in feed.trips_of_route(line, day) for halt in trip.halts}
    at = [stop for stop in feed.stops if stop.id in halts]
    west, east = min(stop.lon for stop in at) - 0.01, max(stop.lon for stop in at) + 0.01
    south, north = min(stop.lat for stop in at) - 0.01, max(stop.lat for stop in at) + 0.01
    ring = ((west, south), (east, south), (east, north), (west, north))
    duty = replace(service.duties[0], start_s=0, end_s=47 * 3600, breaks=())
    assert service.line is not None
    return replace(
        service, line=replace(service.line, route_id=line), duties=(duty,), zones=(replace(service.zones[0], ring=ring),)
    )
