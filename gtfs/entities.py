"""Agencies, stops, lines, service days and trips of a feed, from text tables to typed ones."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from gtfs.cleaning import (
    look_up,
    parse_days,
    report,
    require_columns,
    small_numbers,
    unique_by,
    with_columns,
)
from gtfs.errors import FeedError
from gtfs.findings import ROW, Findings
from gtfs.nouns import Agency
from gtfs.service_days import ServiceDays
from gtfs.suspicions import refuse_looping_stations, refuse_swapped_positions

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BUS = 3
_PLACED = (0, 1, 2)
_HIGHEST_ROUTE_TYPE = 1799


def read_agencies(frame: pl.DataFrame, findings: Findings) -> list[Agency]:
    """Agencies in file order; the first one's time zone holds for the feed."""
    file = "agency.txt"
    require_columns(frame, file, "agency_name", "agency_timezone")
    frame = with_columns(frame, "agency_id", "agency_url", "agency_phone")
    if frame.height == 1:
        frame = frame.with_columns(pl.col("agency_id").fill_null(""))
    frame = unique_by(frame, "agency_id", file, findings)
    agencies = [
        Agency(row["agency_id"], row["agency_name"] or "", zone, row["agency_url"] or "", row["agency_phone"] or "")
        for row in frame.iter_rows(named=True)
        if (zone := _known_zone(row["agency_timezone"], row[ROW]))
    ]
    if not agencies:
        raise FeedError("file_missing", file, subject="agency (a row in agency.txt)")
    if len({agency.timezone for agency in agencies}) > 1:
        findings.add("timezones_differ", file, subject=agencies[0].timezone)
    return agencies


def _known_zone(name: str | None, row: int) -> str:
    try:
        ZoneInfo(name or "")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FeedError("timezone_unknown", "agency.txt", row, name or "") from error
    return name or ""


def read_stops(frame: pl.DataFrame, timezone: str, findings: Findings) -> pl.DataFrame:
    """Columns id, name, lon, lat, parent, wheelchair (bool or null), location_type, usable (it has a position).

    Raises:
        FeedError: stations loop, or latitude and longitude are exchanged.
    """
    file = "stops.txt"
    require_columns(frame, file, "stop_id")
    names = ("stop_name", "stop_lat", "stop_lon", "location_type", "parent_station", "wheelchair_boarding")
    frame = unique_by(with_columns(frame, *names), "stop_id", file, findings)
    refuse_looping_stations(frame)
    frame = small_numbers(frame, "location_type", file, findings, (0, 4))
    frame = small_numbers(frame, "wheelchair_boarding", file, findings, (0, 2))
    frame = frame.with_columns(
        pl.col("stop_lat").cast(pl.Float64, strict=False).alias("lat"),
        pl.col("stop_lon").cast(pl.Float64, strict=False).alias("lon"),
    )
    refuse_swapped_positions(frame, timezone)
    sound = (
        pl.col("lat").is_between(-90, 90) & pl.col("lon").is_between(-180, 180) & ((pl.col("lat") != 0) | (pl.col("lon") != 0))
    )
    frame = frame.with_columns(sound.fill_null(value=False).alias("usable"))
    return _with_parents(frame, findings).select(
        pl.col("stop_id").alias("id"),
        pl.col("stop_name").fill_null("").alias("name"),
        "lon",
        "lat",
        pl.col("parent_station").alias("parent"),
        pl.when(pl.col("wheelchair_boarding") > 0).then(pl.col("wheelchair_boarding") == 1).alias("wheelchair"),
        "location_type",
        "usable",
    )


def _with_parents(frame: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Stops with what they inherit from their station; absent stations and missing positions are reported."""
    file = "stops.txt"
    stations = frame.select(
        pl.col("stop_id").alias("parent_station"),
        pl.lit(value=True).alias("parent_known"),
        pl.col("lat", "lon", "wheelchair_boarding", "usable").name.prefix("parent_"),
    )
    frame = frame.join(stations, on="parent_station", how="left", maintain_order="left")
    report(
        frame.filter(pl.col("parent_station").is_not_null() & pl.col("parent_known").is_null()),
        "parent_missing", file, findings, "parent_station",
    )  # fmt: skip
    inherits = ~pl.col("usable") & pl.col("parent_usable").fill_null(value=False)
    placed = pl.col("location_type").is_in(_PLACED)
    report(frame.filter(inherits & placed), "coordinate_from_parent", file, findings, "stop_id")
    report(frame.filter(~inherits & placed & ~pl.col("usable")), "coordinate_unusable", file, findings, "stop_id")
    return frame.with_columns(
        pl.when(inherits).then("parent_lat").otherwise("lat").alias("lat"),
        pl.when(inherits).then("parent_lon").otherwise("lon").alias("lon"),
        pl.when(pl.col("wheelchair_boarding") == 0)
        .then(pl.col("parent_wheelchair_boarding").fill_null(0))
        .otherwise("wheelchair_boarding")
        .alias("wheelchair_boarding"),
        pl.when("parent_known").then("parent_station").alias("parent_station"),
        (pl.col("usable") | inherits).alias("usable"),
    )


def read_routes(frame: pl.DataFrame, agencies: list[Agency], findings: Findings) -> pl.DataFrame:
    """Columns id, short_name, long_name, type, agency (null when not known)."""
    file = "routes.txt"
    require_columns(frame, file, "route_id")
    names = ("agency_id", "route_short_name", "route_long_name", "route_type")
    frame = unique_by(with_columns(frame, *names), "route_id", file, findings)
    route_type = pl.col("route_type").cast(pl.Int32, strict=False)
    sound = route_type.is_between(0, _HIGHEST_ROUTE_TYPE).fill_null(value=False)
    report(frame.filter(~sound), "value_unusable", file, findings, "route_type")
    unknown = ~pl.col("agency_id").is_in([agency.id for agency in agencies])
    report(frame.filter(unknown), "agency_unknown", file, findings, "agency_id")
    only_one = agencies[0].id if len(agencies) == 1 else None
    return frame.select(
        pl.col("route_id").alias("id"),
        pl.col("route_short_name").fill_null("").alias("short_name"),
        pl.col("route_long_name").fill_null("").alias("long_name"),
        pl.when(sound).then(route_type).otherwise(_BUS).alias("type"),
        pl.when(unknown).then(None).otherwise("agency_id").fill_null(pl.lit(only_one, dtype=pl.String)).alias("agency"),
    )


def read_service_days(calendar: pl.DataFrame | None, dates: pl.DataFrame | None, findings: Findings) -> ServiceDays:
    """Service days from calendar.txt and calendar_dates.txt, either of which may be absent.

    Raises:
        FeedError: both are.
    """
    if calendar is None and dates is None:
        raise FeedError("calendar_missing")
    regular = _read_calendar(calendar, findings)
    exceptions = _read_exceptions(dates, findings)
    ids = pl.concat([regular["service_id"], exceptions["service_id"]]).unique(maintain_order=True)
    regular = ids.to_frame().join(regular, on="service_id", how="left", maintain_order="left")
    exceptions = look_up(exceptions, "service_id", ids, "service").sort("date", maintain_order=True)
    return ServiceDays(
        ids=ids.to_list(),
        weekdays=regular["weekdays"].fill_null(0).cast(pl.UInt8).to_numpy(),
        first=regular["start_date"].fill_null(0).to_numpy().astype(np.int32),
        last=regular["end_date"].fill_null(0).to_numpy().astype(np.int32),
        exception_day=exceptions["date"].to_numpy().astype(np.int32),
        exception_service=exceptions["service"].to_numpy().astype(np.int32),
        exception_added=(exceptions["exception_type"] == "1").to_numpy().astype(np.bool_),
    )


def _read_calendar(frame: pl.DataFrame | None, findings: Findings) -> pl.DataFrame:
    file = "calendar.txt"
    schema = {"service_id": pl.String, "weekdays": pl.Int32, "start_date": pl.Int32, "end_date": pl.Int32}
    if frame is None:
        return pl.DataFrame(schema=schema)
    require_columns(frame, file, "service_id", *_WEEKDAYS, "start_date", "end_date")
    frame = unique_by(frame, "service_id", file, findings)
    for weekday in _WEEKDAYS:
        frame = small_numbers(frame, weekday, file, findings, (0, 1))
    frame = parse_days(frame, ["start_date", "end_date"], file, findings, clamp=True)
    bits = pl.sum_horizontal(pl.col(weekday) * (1 << bit) for bit, weekday in enumerate(_WEEKDAYS))
    return frame.select("service_id", bits.alias("weekdays").cast(pl.Int32), "start_date", "end_date")


def _read_exceptions(frame: pl.DataFrame | None, findings: Findings) -> pl.DataFrame:
    file = "calendar_dates.txt"
    if frame is None:
        return pl.DataFrame(schema={"service_id": pl.String, "date": pl.Int32, "exception_type": pl.String})
    require_columns(frame, file, "service_id", "date", "exception_type")
    missing = pl.col("service_id").is_null()
    report(frame.filter(missing), "id_missing", file, findings, "service_id")
    frame = parse_days(frame.filter(~missing), ["date"], file, findings)
    odd = ~pl.col("exception_type").is_in(["1", "2"]).fill_null(value=False)
    report(frame.filter(odd), "row_value_unusable", file, findings, "exception_type")
    return frame.filter(~odd).select("service_id", "date", "exception_type")


def read_trips(frame: pl.DataFrame, routes: pl.DataFrame, services: ServiceDays, findings: Findings) -> pl.DataFrame:
    """Columns id, route, service (indices, −1 when unknown), headsign (null when silent), direction (−1 when silent),
    wheelchair (0 not known, 1 yes, 2 no).
    """
    file = "trips.txt"
    require_columns(frame, file, "trip_id", "route_id", "service_id")
    frame = unique_by(with_columns(frame, "trip_headsign", "direction_id", "wheelchair_accessible"), "trip_id", file, findings)
    frame = look_up(frame, "route_id", routes["id"], "route")
    frame = look_up(frame, "service_id", pl.Series(services.ids, dtype=pl.String), "service")
    report(frame.filter(pl.col("route").is_null()), "route_unknown", file, findings, "route_id")
    report(frame.filter(pl.col("service").is_null()), "service_unknown", file, findings, "service_id")
    silent = pl.col("direction_id").is_null()
    frame = frame.with_columns(silent.alias("silent"))
    frame = small_numbers(frame, "direction_id", file, findings, (0, 1))
    frame = small_numbers(frame, "wheelchair_accessible", file, findings, (0, 2))
    return frame.select(
        pl.col("trip_id").alias("id"),
        pl.col("route").fill_null(-1),
        pl.col("service").fill_null(-1),
        pl.col("trip_headsign").alias("headsign"),
        pl.when("silent").then(-1).otherwise("direction_id").cast(pl.Int8).alias("direction"),
        pl.col("wheelchair_accessible").cast(pl.Int8).alias("wheelchair"),
    )
