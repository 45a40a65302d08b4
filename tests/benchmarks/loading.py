"""What loading takes, each in a process of its own: ``python -m tests.benchmarks.loading WHAT FEED`` prints seconds and megabytes."""

from __future__ import annotations

import io
import json
import re
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

FIRST, LAST = date(2021, 6, 1), date(2021, 7, 1)


def arrays(feed: Path) -> None:
    """Sorted arrays, references resolved."""
    from gtfs.reading import read_feed

    read_feed(feed)


def whole(feed: Path) -> None:
    """The largest file read whole, trips and stops looked up, and sorted, by polars."""
    with zipfile.ZipFile(feed) as archive:
        tables = {name: pl.read_csv(io.BytesIO(archive.read(f"{name}.txt")), infer_schema=False) for name in ("trips", "stops")}
        times = pl.read_csv(io.BytesIO(archive.read("stop_times.txt")), infer_schema=False)
    for name, key in (("trips", "trip_id"), ("stops", "stop_id")):
        times = times.join(tables[name].select(key).with_row_index(name), on=key)
    parts = {column: pl.col(f"{column}_time").str.split_exact(":", 2).struct for column in ("arrival", "departure")}
    fields = {column: [part.field(f"field_{n}").cast(pl.Int32) for n in range(3)] for column, part in parts.items()}
    seconds = [(h * 3600 + m * 60 + s).alias(column) for column, (h, m, s) in fields.items()]
    times = times.select("trips", "stops", pl.col("stop_sequence").cast(pl.Int32), *seconds)
    times.sort("trips", "stop_sequence")


def answering(feed: Path) -> None:
    """From the zip file to the first journey."""
    from gtfs.journeys.planner import JourneyPlanner, Query
    from gtfs.nouns import Reach
    from gtfs.reading import read_feed

    read = read_feed(feed)
    stops = read.timetable.halt_stop[[0, -1]]
    ends = [[Reach(read.stops[stop].id, 0)] for stop in stops]
    JourneyPlanner(read).earliest_arrival(Query(ends[0], ends[1], FIRST, 8 * 3600, 8 * 3600))


def nigiri(feed: Path) -> None:
    from tests.benchmarks.nigiri import Nigiri

    Nigiri(feed, FIRST.isoformat(), LAST.isoformat())


KINDS: dict[str, Callable[[Path], None]] = {one.__name__: one for one in (arrays, whole, answering, nigiri)}


def measure(kind: str, feed: Path) -> dict[str, float]:
    """wall_s, cpu_s, peak_mb of a new process, Python and libraries included."""
    done = subprocess.run([sys.executable, "-m", __name__, kind, str(feed)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    started = time.monotonic()
    KINDS[sys.argv[1]](Path(sys.argv[2]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(
        r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text()
    )  # ru_maxrss begins with that of who started this
    told = {"wall_s": time.monotonic() - started, "cpu_s": used.ru_utime + used.ru_stime}
    print(json.dumps(told | {"peak_mb": int(peak[1]) / 1024 if peak else 0.0}))
