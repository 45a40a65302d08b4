"""nigiri, the journey search of MOTIS, on the same timetable: oracle and peer. Installed by the extra ``benchmark`` on Linux only.

It counts in minutes, so both get a copy of the feed with seconds cut off, and with the walks it may take written into transfers.txt:
two minutes for a change at a stop, :data:`WALK_S` between the stops of a station, nothing else. It walks from the last stop to the goal
too; ours is told so.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

WALK_S = 180
MINUTE = 60


class Asked(NamedTuple):
    """From stop to stop, leaving at ``minute`` (minutes since 1970)."""

    origin: str
    goal: str
    minute: int


def floored(feed: Path, target: Path) -> Path:
    """A copy of the feed in whole minutes."""
    with zipfile.ZipFile(feed) as original, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for name in original.namelist():
            data = original.read(name)
            if name == "stop_times.txt":
                table = pl.read_csv(io.BytesIO(data), infer_schema=False)
                times = pl.col("arrival_time", "departure_time").str.replace(r":\d\d$", ":00")
                data = table.with_columns(times).write_csv().encode()
            if name == "stops.txt":  # nigiri links stations of one name that are near each other
                data = pl.read_csv(io.BytesIO(data), infer_schema=False).with_columns(stop_name="stop_id").write_csv().encode()
            if name != "transfers.txt":
                copy.writestr(name, data)
        copy.writestr("transfers.txt", _station_walks(original.read("stops.txt")))
    return target


def _station_walks(stops: bytes) -> str:
    of_station = (
        pl.read_csv(io.BytesIO(stops), infer_schema=False).drop_nulls("parent_station").select("stop_id", "parent_station")
    )
    pairs = of_station.join(of_station, on="parent_station").filter(pl.col("stop_id") != pl.col("stop_id_right"))
    return pairs.select(
        pl.col("stop_id").alias("from_stop_id"),
        pl.col("stop_id_right").alias("to_stop_id"),
        pl.lit(2).alias("transfer_type"),
        pl.lit(WALK_S).alias("min_transfer_time"),
    ).write_csv()


class Nigiri:
    """A feed loaded for the days from ``first`` to ``last`` (ISO dates)."""

    def __init__(self, feed: Path, first: str, last: str) -> None:
        import pynigiri  # type: ignore[import-not-found]

        self._engine = pynigiri
        config, options = pynigiri.LoaderConfig(), pynigiri.FinalizeOptions()
        config.link_stop_distance = 0
        options.adjust_footpaths = False
        self._timetable = pynigiri.load_timetable([pynigiri.TimetableSource("feed", str(feed), config)], first, last, options)

    def query(self, asked: Asked, most_changes: int, hours: int) -> Any:
        engine, query = self._engine, self._engine.Query()
        query.start_time, query.max_transfers, query.max_travel_time = asked.minute, most_changes, hours * 60
        query.start = [engine.Offset(self._timetable.find_location(asked.origin), 0, 0)]
        query.destination = [engine.Offset(self._timetable.find_location(asked.goal), 0, 0)]
        query.start_match_mode = query.dest_match_mode = engine.LocationMatchMode.EXACT
        return query

    def route(self, query: Any) -> Sequence[tuple[int, int]]:
        """(arrival in minutes since 1970, changes) of each best journey."""
        return sorted((one.dest_time, one.transfers) for one in self._engine.route(self._timetable, query))
