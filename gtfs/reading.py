"""Reading a feed's zip file, tolerantly, and finding out on the way whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from gtfs.archive import STREAMED, Archive, open_archive
from gtfs.entities import read_agencies, read_routes, read_service_days, read_stops, read_trips
from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.findings import CheckReport, Findings
from gtfs.flexible import FlexPlaces, read_places, rename_drafts, split_draft_groups
from gtfs.frequencies import with_departures
from gtfs.limits import LIMITS, Limits
from gtfs.options import NO_OPTIONS, Options
from gtfs.overlay import OnDemandLines, read_overlay, with_overlay
from gtfs.references import without_dangling
from gtfs.rows import Progress, read_table
from gtfs.stop_times import StopTimes, StopTimesReader
from gtfs.suspicions import refuse_looping_transfers
from gtfs.timetable import Timetable, compile_timetable

_REQUIRED = ("agency.txt", "stops.txt", "routes.txt", "trips.txt")
_CALENDARS = ("calendar.txt", "calendar_dates.txt")


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed (None when it is rejected) and what was found while reading it."""

    feed: Feed | None
    report: CheckReport


def read_feed(zip_path: Path, progress: Progress | None = None, limits: Limits = LIMITS, options: Options = NO_OPTIONS) -> Feed:
    """Read a GTFS zip file.

    Raises:
        FeedError: the feed cannot be used; the text says why and how to mend it. See :data:`gtfs.rules.RULES`.
    """
    reading = examine_feed(zip_path, progress, limits, options)
    if reading.feed is None:
        raise FeedError.from_finding(reading.report.findings[0])
    return reading.feed


def examine_feed(
    zip_path: Path, progress: Progress | None = None, limits: Limits = LIMITS, options: Options = NO_OPTIONS
) -> Reading:
    """Read a GTFS zip file; never raises for what is in it, the report's outcome says whether it can be used."""
    findings = Findings(options.without)
    feed: Feed | None = None
    counts: dict[str, int] = {}
    try:
        overlay = read_overlay(options.overlay, options.overlay_name) if options.overlay else ()
        with open_archive(zip_path, findings, limits) as archive:
            feed, counts = _read(archive, findings, progress)
        feed = _treated(feed, overlay, options, findings)
    except FeedError as error:
        finding = error.finding
        findings.add(finding.code, finding.file, finding.row, finding.subject)
    except MemoryError:
        findings.add("too_heavy", subject="more memory than it is given")
    except (pl.exceptions.PolarsError, OverflowError, RecursionError) as error:  # nothing foreseen: a report all the same
        findings.add("not_readable", subject=type(error).__name__)
    report = CheckReport(tuple(findings.to_list()), counts)
    return Reading(feed if report.outcome != "reject" else None, report)


def _treated(feed: Feed, overlay: tuple[OnDemandLines, ...], options: Options, findings: Findings) -> Feed:
    """The feed as its options want it."""
    if overlay:
        feed = with_overlay(feed, overlay, findings, options.overlay_name)
    days = feed.days()
    if options.shift_to is not None and days is not None and days[1] < options.shift_to:
        weeks = (options.shift_to - days[0]).days // 7
        findings.add("calendar_shifted", subject=str(weeks))
        feed = replace(feed, services=feed.services.shifted(weeks))
    return feed


def _read(archive: Archive, findings: Findings, progress: Progress | None) -> tuple[Feed, dict[str, int]]:
    tables = _read_tables(archive, findings)
    agencies = read_agencies(tables.pop("agency.txt"), findings)
    stops = read_stops(tables.pop("stops.txt"), agencies[0].timezone, findings)
    routes = read_routes(tables.pop("routes.txt"), agencies, findings)
    services = read_service_days(tables.pop("calendar.txt", None), tables.pop("calendar_dates.txt", None), findings)
    trips = read_trips(tables.pop("trips.txt"), routes, services, findings)
    split_draft_groups(tables, findings)
    places = read_places(archive, tables, findings)
    stop_times = _reader(stops, trips, places, findings).read(archive, progress)
    usable_stops = stops.filter("usable").drop("usable")
    usable_trips = (trips["route"] >= 0).to_numpy()
    ids = trips["id"]
    flexible = np.zeros(trips.height, np.bool_)
    flexible[stop_times.flexible["trip"].to_numpy()] = True
    timetable = compile_timetable(stop_times.timed, ids.to_list(), usable_trips, flexible, usable_stops.height, findings)
    _refuse_endless_trips(timetable, ids, archive.limits)
    timetable = with_departures(timetable, tables.get("frequencies.txt"), ids, findings, archive.limits)
    refuse_looping_transfers(tables)
    without_dangling(tables, {"stops.txt": stops["id"], "routes.txt": routes["id"], "trips.txt": ids}, findings)
    tables["flexible_stop_times"] = stop_times.flexible.with_columns(ids.gather(stop_times.flexible["trip"]).alias("trip_id"))
    feed = Feed(agencies, usable_stops, routes, _with_headsigns(trips, stop_times), services, timetable, tables, places.geojson)
    counts = _counts(feed, stop_times)
    _judge(feed, stop_times, findings)
    archive.look_at_rest()
    return feed, counts


def _refuse_endless_trips(timetable: Timetable, trip_ids: pl.Series, limits: Limits) -> None:
    halts = np.diff(timetable.trip_first)
    if halts.max(initial=0) > limits.halts:
        raise FeedError("trip_too_long", "stop_times.txt", subject=trip_ids[int(halts.argmax())])


def _read_tables(archive: Archive, findings: Findings) -> dict[str, pl.DataFrame]:
    """All tables but the largest as text, by file name."""
    for name in (*_REQUIRED, "stop_times.txt"):
        if not archive.has(name) or archive.size(name) == 0:
            raise FeedError("file_missing", subject=name)
    if not any(archive.has(name) for name in _CALENDARS):
        raise FeedError("calendar_missing")
    tables = {}
    for name in archive.names:
        if name.endswith(".txt") and name not in STREAMED:
            table = read_table(archive, name, findings)
            if table is not None:
                tables[name] = rename_drafts(table, name, findings)
    for name in _REQUIRED:
        if name not in tables:
            raise FeedError("file_missing", subject=name)
    return tables


def _reader(stops: pl.DataFrame, trips: pl.DataFrame, places: FlexPlaces, findings: Findings) -> StopTimesReader:
    index = pl.when("usable").then(pl.col("usable").cum_sum().cast(pl.Int32) - 1)
    numbered_stops = stops.select(pl.col("id").alias("stop_id"), index.alias("stop"), pl.lit(value=True).alias("known"))
    wants_headsign = trips["headsign"].is_null().to_numpy()
    return StopTimesReader(trips["id"], numbered_stops, places, findings, wants_headsign)


def _with_headsigns(trips: pl.DataFrame, stop_times: StopTimes) -> pl.DataFrame:
    found = stop_times.headsigns
    if not found:
        return trips
    headsigns = pl.DataFrame(
        {"number": list(found), "found": list(found.values())}, schema={"number": pl.Int32, "found": pl.String}
    )
    numbered = trips.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("number"))
    joined = numbered.join(headsigns, on="number", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("headsign", "found").alias("headsign")).drop("number", "found")


def _counts(feed: Feed, stop_times: StopTimes) -> dict[str, int]:
    return {
        "agencies": len(feed.agencies),
        "stops": feed.stop_table.height,
        "routes": feed.route_table.height,
        "trips": feed.trip_table.height,
        "stop_times": stop_times.rows,
        "halts": int(feed.timetable.halt_trip.size),
        "flexible_stop_times": feed.tables["flexible_stop_times"].height,
        "services": len(feed.services.ids),
    }


def _judge(feed: Feed, stop_times: StopTimes, findings: Findings) -> None:
    """Reject what has lost too much to be the timetable its agency meant."""
    halts = int(feed.timetable.halt_trip.size)
    flexible = feed.tables["flexible_stop_times"].height
    can_be_ridden = np.diff(feed.timetable.trip_first) > 1
    can_be_ridden[feed.tables["flexible_stop_times"]["trip"].to_numpy()] = True
    runs_some_day = feed.trip_table["service"].to_numpy() >= 0
    if feed.days() is None or not (can_be_ridden & runs_some_day).any():
        findings.add("nothing_usable", "stop_times.txt")
    elif 2 * (halts + flexible) < stop_times.rows:
        share = f"{stop_times.rows - halts - flexible} of {stop_times.rows}"
        findings.add("mostly_unusable", "stop_times.txt", subject=share)
