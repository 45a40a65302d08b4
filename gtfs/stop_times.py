"""stop_times.txt, block by block, into int32 arrays: the file is never held whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gtfs.archive import Archive
from gtfs.cleaning import parse_times, report, require_columns, small_numbers, with_columns
from gtfs.findings import ROW, Findings
from gtfs.flexible import FLEX_SCHEMA, FlexPlaces, rename_drafts, repair_flex_rows
from gtfs.rows import Progress, read_frames

FILE = "stop_times.txt"
UNKNOWN = -1
"""Time not given."""

_TIMED = {
    "trip": np.int32,
    "sequence": np.int32,
    "stop": np.int32,
    "arrival": np.int32,
    "departure": np.int32,
    "pickup": np.uint8,
    "dropoff": np.uint8,
}
IntArray = NDArray[np.int32]
Columns = dict[str, NDArray[np.int32 | np.uint8]]


@dataclass(frozen=True, slots=True)
class StopTimes:
    """Rows with a stop and a place in a trip, in file order (``timed``: trip, sequence, stop, arrival, departure, pickup, dropoff;
    times in seconds, −1 where not given), flexible rows, and the first stop_headsign of trips without a headsign.
    """

    timed: Columns
    flexible: pl.DataFrame
    headsigns: dict[int, str]
    rows: int
    left_out: int


class _Index:
    """Finds the numbers of ids; what is looked up one by one are only the few different ones of a block."""

    def __init__(self, ids: pl.Series) -> None:
        self._known = {name: number for number, name in enumerate(ids.to_list())}

    def of_runs(self, names: pl.Series) -> pl.Series:
        """Int32, null for unknown ones; for names that mostly come many times in a row."""
        begins = names.ne_missing(names.shift(1)) | (pl.int_range(names.len(), eager=True) == 0)
        return self._numbers(names.filter(begins)).gather(begins.cum_sum() - 1)

    def of(self, names: pl.Series) -> pl.Series:
        """Int32, null for unknown ones."""
        few = names.unique()
        table = pl.DataFrame({"name": few, "number": self._numbers(few)})
        return names.to_frame("name").join(table, on="name", how="left", maintain_order="left")["number"]

    def _numbers(self, names: pl.Series) -> pl.Series:
        return pl.Series([self._known.get(name) for name in names.to_list()], dtype=pl.Int32)


@dataclass(slots=True)
class StopTimesReader:
    """Reads the blocks of one feed's stop_times.txt.

    ``stops`` has columns stop_id, stop (index, null for a stop that is left out); ``trip_ids`` gives the trips' indices.
    """

    trip_ids: pl.Series
    stops: pl.DataFrame
    places: FlexPlaces
    findings: Findings
    wants_headsign: NDArray[np.bool_]
    _blocks: list[Columns] = field(default_factory=list)
    _flexible: list[pl.DataFrame] = field(default_factory=list)
    _headsigns: dict[int, str] = field(default_factory=dict)
    _rows: int = 0
    _left_out: int = 0

    def read(self, archive: Archive, progress: Progress | None = None) -> StopTimes:
        """Read the whole file.

        Raises:
            FeedError: a needed column is absent, or the file is unsafe to read.
        """
        trips = _Index(self.trip_ids)
        stops = _Index(self.stops["stop_id"]), self.stops["stop"]
        for frame in read_frames(archive, FILE, self.findings, progress):
            self._rows += frame.height
            self._take(rename_drafts(frame, FILE, self.findings), trips, stops)
        timed = self._joined()
        return StopTimes(timed, self._flex_table(timed["trip"]), self._headsigns, self._rows, self._left_out)

    def _take(self, frame: pl.DataFrame, trips: _Index, stops: tuple[_Index, pl.Series]) -> None:
        require_columns(frame, FILE, "trip_id", "stop_sequence")
        frame = with_columns(frame, "stop_id", "arrival_time", "departure_time", "pickup_type", "drop_off_type")
        height = frame.height
        frame = frame.with_columns(trips.of_runs(frame["trip_id"]).alias("trip"))
        frame = self._keep(frame, pl.col("trip").is_not_null(), "trip_unknown", "trip_id")
        sequence = pl.col("stop_sequence").cast(pl.Int32, strict=False)
        frame = frame.with_columns(sequence.alias("sequence"))
        frame = self._keep(frame, (pl.col("sequence") >= 0).fill_null(value=False), "sequence_unusable", "stop_sequence")
        frame = self._take_flexible(frame)
        frame = frame.with_columns(stops[0].of(frame["stop_id"]).alias("known"))
        frame = self._keep(frame, pl.col("known").is_not_null(), "stop_unknown", "stop_id")
        frame = frame.with_columns(stops[1].gather(frame["known"]).alias("stop"))
        if frame["stop"].null_count():
            frame = frame.filter(pl.col("stop").is_not_null())
        frame = parse_times(frame, ["arrival_time", "departure_time"], FILE, self.findings)
        frame = small_numbers(frame, "pickup_type", FILE, self.findings)
        frame = small_numbers(frame, "drop_off_type", FILE, self.findings)
        taken = frame.height + (self._flexible[-1].height if self._flexible else 0)
        self._left_out += max(height - taken, 0)
        self._take_headsigns(frame)
        self._blocks.append(_to_arrays(frame))

    def _keep(self, frame: pl.DataFrame, good: pl.Expr, code: str, subject: str) -> pl.DataFrame:
        keep = frame.select(good).to_series()
        if keep.all():
            return frame
        report(frame.filter(~keep), code, FILE, self.findings, subject)
        return frame.filter(keep)

    def _take_flexible(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put rows with an area, a group or a booking window aside; the rows that are left."""
        columns = [name for name in FLEX_SCHEMA if name not in frame.columns and name not in {"trip", ROW}]
        if not self.places.locations and not self.places.groups and set(columns) >= {
            "location_id", "location_group_id", "start_pickup_drop_off_window"
        }:  # fmt: skip
            return frame
        frame = self._with_adopted_references(with_columns(frame, *columns))
        named = pl.col("location_id").is_not_null() | pl.col("location_group_id").is_not_null()
        flexible = (
            named | pl.col("start_pickup_drop_off_window").is_not_null() | pl.col("end_pickup_drop_off_window").is_not_null()
        )
        rows = frame.filter(flexible)
        for column, known in (("location_id", self.places.locations), ("location_group_id", self.places.groups)):
            good = pl.col(column).is_null() | pl.col(column).is_in(list(known))
            rows = self._keep(rows, good, "reference_unknown", column)
        stop_known = pl.col("stop_id").is_null() | pl.col("stop_id").is_in(self.stops["stop_id"].implode())
        rows = self._keep(rows, stop_known, "stop_unknown", "stop_id")
        self._flexible.append(rows.with_columns(pl.col("sequence").alias("stop_sequence")).select(list(FLEX_SCHEMA)))
        return frame.filter(~flexible)

    def _with_adopted_references(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Drafts let stop_id name an area or a group."""
        strange = ~pl.col("stop_id").is_in(self.stops["stop_id"].implode())
        for column, known in (("location_id", self.places.locations), ("location_group_id", self.places.groups)):
            moved = (strange & pl.col("stop_id").is_in(list(known))).fill_null(value=False)
            report(frame.filter(moved), "draft_reference", FILE, self.findings, "stop_id")
            frame = frame.with_columns(
                pl.when(moved).then("stop_id").otherwise(column).alias(column),
                pl.when(moved).then(None).otherwise("stop_id").alias("stop_id"),
            )
        return frame

    def _take_headsigns(self, frame: pl.DataFrame) -> None:
        if "stop_headsign" not in frame.columns:
            return
        first = frame.filter(pl.col("stop_headsign").is_not_null()).unique("trip", keep="first", maintain_order=True)
        for trip, headsign in first.select("trip", "stop_headsign").iter_rows():
            if self.wants_headsign[trip]:
                self._headsigns.setdefault(trip, headsign)

    def _joined(self) -> Columns:
        """All blocks end to end, one column at a time so that memory holds little twice."""
        joined: Columns = {}
        for name, dtype in _TIMED.items():
            parts = [block.pop(name) for block in self._blocks]
            joined[name] = np.concatenate(parts) if parts else np.empty(0, dtype)
        return joined

    def _flex_table(self, timed: NDArray[np.int32 | np.uint8]) -> pl.DataFrame:
        if not self._flexible:
            return pl.DataFrame(schema=FLEX_SCHEMA)
        return repair_flex_rows(pl.concat(self._flexible), self.trip_ids, timed, self.findings)


def _to_arrays(frame: pl.DataFrame) -> Columns:
    sources = {
        "trip": pl.col("trip"),
        "sequence": pl.col("sequence"),
        "stop": pl.col("stop"),
        "arrival": pl.col("arrival_time").fill_null(UNKNOWN),
        "departure": pl.col("departure_time").fill_null(UNKNOWN),
        "pickup": pl.col("pickup_type").cast(pl.UInt8),
        "dropoff": pl.col("drop_off_type").cast(pl.UInt8),
    }
    arrays = frame.select(source.alias(name) for name, source in sources.items())
    return {name: arrays[name].to_numpy().astype(dtype, copy=False) for name, dtype in _TIMED.items()}
