"""frequencies.txt: trips that run every so many minutes become departures of the timetable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from gtfs.cleaning import look_up, report, require_columns, seconds_of_text
from gtfs.errors import FeedError
from gtfs.findings import ROW, Findings
from gtfs.limits import Limits
from gtfs.timetable import Timetable, group_offsets

FILE = "frequencies.txt"
MOST_DEPARTURES = 1_000_000


def with_departures(
    timetable: Timetable, frame: pl.DataFrame | None, trip_ids: pl.Series, findings: Findings, limits: Limits
) -> Timetable:
    """The timetable with trips of frequencies.txt running from start_time (inclusive) to end_time (exclusive) every headway_secs.

    A trip's own times only give the rides between its halts (GTFS reference, frequencies.txt).

    Raises:
        FeedError: a column is absent, or the departures are more than :data:`MOST_DEPARTURES`, or too many of one row.
    """
    if frame is None or frame.is_empty():
        return timetable
    require_columns(frame, FILE, "trip_id", "start_time", "end_time", "headway_secs")
    rows = _usable_rows(frame, trip_ids, findings)
    trip, begin, end, headway = (rows[name].to_numpy().astype(np.int64) for name in ("trip", "start", "end", "headway"))
    counts = -(-(end - begin) // headway)
    if counts.max(initial=0) > limits.departures:
        raise FeedError("too_many_departures", FILE, rows[ROW][int(counts.argmax())], str(limits.departures))
    if counts.sum() > MOST_DEPARTURES:
        raise FeedError("too_many_departures", FILE, subject=str(MOST_DEPARTURES))
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(begin, counts) + step * np.repeat(headway, counts)
    trips = np.repeat(trip, counts)
    has_halts = np.diff(timetable.trip_first) > 0
    keep = has_halts[trips]
    trips, starts = trips[keep], starts[keep]
    offsets = starts - timetable.halt_departure[timetable.trip_first[trips]]
    return _replace_departures(timetable, trips, offsets)


def _usable_rows(frame: pl.DataFrame, trip_ids: pl.Series, findings: Findings) -> pl.DataFrame:
    frame = look_up(frame, "trip_id", trip_ids, "trip").with_columns(
        seconds_of_text("start_time").alias("start"),
        seconds_of_text("end_time").alias("end"),
        pl.col("headway_secs").cast(pl.Int32, strict=False).alias("headway"),
    )
    known = pl.col("trip").is_not_null()
    report(frame.filter(~known), "trip_unknown", FILE, findings, "trip_id")
    frame = frame.filter(known)
    sound = ((pl.col("headway") > 0) & (pl.col("end") > pl.col("start"))).fill_null(value=False)
    report(frame.filter(~sound), "frequency_unusable", FILE, findings, "trip_id")
    return frame.filter(sound)


def _replace_departures(timetable: Timetable, trips: np.ndarray, offsets: np.ndarray) -> Timetable:
    """Trips named in ``trips`` get these offsets instead of their single departure."""
    count = timetable.trip_first.size - 1
    once = np.setdiff1d(np.arange(count), trips)
    all_trips = np.concatenate([once, trips])
    all_offsets = np.concatenate([np.zeros(once.size, np.int64), offsets])
    order = np.lexsort((all_offsets, all_trips))
    return replace(
        timetable,
        departure_first=group_offsets(all_trips[order], count),
        departure_offset=all_offsets[order].astype(np.int32),
    )
