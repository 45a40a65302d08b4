"""GTFS-Flex: areas, stop groups and booking rules, kept as data; what drafts of the specification called otherwise is renamed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gtfs.archive import Archive
from gtfs.areas import read_areas
from gtfs.cleaning import report
from gtfs.findings import Findings

_FLEX_COLUMNS = {
    "location_id": pl.String,
    "location_group_id": pl.String,
    "start_pickup_drop_off_window": pl.String,
    "end_pickup_drop_off_window": pl.String,
    "pickup_booking_rule_id": pl.String,
    "drop_off_booking_rule_id": pl.String,
    "mean_duration_factor": pl.String,
    "mean_duration_offset": pl.String,
    "safe_duration_factor": pl.String,
    "safe_duration_offset": pl.String,
}
FLEX_SCHEMA: dict[str, Any] = {
    "_row": pl.Int64,
    "trip": pl.Int32,
    "stop_sequence": pl.Int32,
    "stop_id": pl.String,
    "pickup_type": pl.String,
    "drop_off_type": pl.String,
    **_FLEX_COLUMNS,
}
"""Columns of the table of flexible stop times."""

_DRAFT_COLUMNS = {
    "start_pickup_dropoff_window": "start_pickup_drop_off_window",
    "end_pickup_dropoff_window": "end_pickup_drop_off_window",
    "dropoff_booking_rule_id": "drop_off_booking_rule_id",
    "dropoff_type": "drop_off_type",
    "dropoff_message": "drop_off_message",
}


@dataclass(frozen=True, slots=True)
class FlexPlaces:
    """Ids that a stop time may name instead of a stop: areas of locations.geojson, groups of location_groups.txt."""

    locations: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    geojson: dict[str, Any] = field(default_factory=dict)


def rename_drafts(frame: pl.DataFrame, file: str, findings: Findings) -> pl.DataFrame:
    """The frame with draft column names replaced by the adopted ones."""
    for draft, adopted in _DRAFT_COLUMNS.items():
        if draft in frame.columns and adopted not in frame.columns:
            findings.add("draft_column", file, 1, adopted)
            frame = frame.rename({draft: adopted})
    return frame


def split_draft_groups(tables: dict[str, pl.DataFrame], findings: Findings) -> None:
    """Early drafts listed a group's members in location_groups.txt: make them location_group_stops.txt."""
    groups = tables.get("location_groups.txt")
    if groups is None or "location_id" not in groups.columns or "location_group_id" not in groups.columns:
        return
    members = groups.filter(pl.col("location_id").is_not_null())
    report(members, "draft_group_members", "location_groups.txt", findings)
    tables["location_groups.txt"] = groups.unique("location_group_id", keep="first", maintain_order=True).drop("location_id")
    if "location_group_stops.txt" not in tables:
        tables["location_group_stops.txt"] = members.select("_row", "location_group_id", pl.col("location_id").alias("stop_id"))


def read_places(archive: Archive, tables: dict[str, pl.DataFrame], findings: Findings) -> FlexPlaces:
    """What flexible stop times may refer to."""
    groups = tables.get("location_groups.txt")
    group_ids = (
        frozenset(groups["location_group_id"].drop_nulls()) if groups is not None and "location_group_id" in groups else None
    )
    features = read_areas(archive, findings)
    geojson = {"type": "FeatureCollection", "features": list(features.values())} if features else {}
    return FlexPlaces(frozenset(features), group_ids or frozenset(), geojson)


def repair_flex_rows(
    frame: pl.DataFrame, trip_ids: pl.Series, timed: NDArray[np.int32 | np.uint8], findings: Findings
) -> pl.DataFrame:
    """Flexible stop times in trip and sequence order; a trip with one row gets a second, to alight where one may board. Those in ``timed`` (row
    numbers of trips) have halts with times besides: there one row is a detour.
    """
    frame = frame.sort("trip", "stop_sequence", maintain_order=True)
    alone = (pl.len().over("trip") == 1) & ~pl.col("trip").is_in(np.unique(timed))
    single = frame.filter(alone)
    if single.is_empty():
        return frame
    row, trip = single.row(0)[:2]
    findings.add("flex_single_stop_time", "stop_times.txt", row, trip_ids[trip], single.height)
    boarding = single.with_columns(pl.lit("1").alias("drop_off_type"))
    alighting = single.with_columns(pl.col("stop_sequence") + 1, pl.lit("1").alias("pickup_type"))
    pairs = pl.concat([frame.filter(~alone), boarding, alighting])
    return pairs.sort("trip", "stop_sequence", maintain_order=True)
