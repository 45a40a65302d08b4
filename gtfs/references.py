"""References between the tables that are kept as data: rows that point to nothing are left out and reported."""

from __future__ import annotations

import polars as pl

from gtfs.cleaning import report
from gtfs.findings import Findings

_REFERENCES = (
    ("transfers.txt", "from_stop_id", "stops.txt", "id"),
    ("transfers.txt", "to_stop_id", "stops.txt", "id"),
    ("pathways.txt", "from_stop_id", "stops.txt", "id"),
    ("pathways.txt", "to_stop_id", "stops.txt", "id"),
    ("stop_areas.txt", "stop_id", "stops.txt", "id"),
    ("frequencies.txt", "trip_id", "trips.txt", "id"),
    ("fare_rules.txt", "route_id", "routes.txt", "id"),
    ("location_group_stops.txt", "location_group_id", "location_groups.txt", "location_group_id"),
    ("location_group_stops.txt", "stop_id", "stops.txt", "id"),
)


def without_dangling(tables: dict[str, pl.DataFrame], ids: dict[str, pl.Series], findings: Findings) -> None:
    """Leave rows that name an absent stop, line, trip or group out of ``tables``; ``ids`` are those of the compiled ones."""
    for file, column, target, key in _REFERENCES:
        frame = tables.get(file)
        if frame is None or column not in frame.columns:
            continue
        known = ids.get(target)
        if known is None:
            known = tables[target][key] if key in tables.get(target, ()) else pl.Series(dtype=pl.String)
        good = pl.col(column).is_null() | pl.col(column).is_in(known.implode())
        if file != "frequencies.txt":  # reported where they are compiled
            report(frame.filter(~good), "reference_unknown", file, findings, column)
        tables[file] = frame.filter(good)
