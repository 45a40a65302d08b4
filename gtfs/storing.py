"""A compiled feed on disk: arrays as .npy, tables as parquet, the rest as JSON; loaded without copying the arrays."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.nouns import Agency
from gtfs.places import META, flush
from gtfs.service_days import ServiceDays
from gtfs.timetable import Timetable

FORMAT = 1
"""Raised whenever the layout changes; older folders are then imported again from their feed.zip."""

_ENTITY_TABLES = ("stop_table", "route_table", "trip_table")
_SERVICE_ARRAYS = ("weekdays", "first", "last", "exception_day", "exception_service", "exception_added")


def save_feed(feed: Feed, folder: Path, meta: dict[str, Any]) -> None:
    """Write ``feed`` into an existing empty folder; ``meta`` joins what is written to meta.json, which comes last."""
    (folder / "arrays").mkdir()
    (folder / "tables").mkdir()
    for name, array in feed.timetable.arrays().items():
        np.save(folder / "arrays" / f"{name}.npy", array)
    for name in _SERVICE_ARRAYS:
        np.save(folder / "arrays" / f"service_{name}.npy", getattr(feed.services, name))
    for name in _ENTITY_TABLES:
        getattr(feed, name).write_parquet(folder / f"{name}.parquet")
    for number, name in enumerate(sorted(feed.tables)):
        feed.tables[name].write_parquet(folder / "tables" / f"{number}.parquet")
    text = {
        **meta,
        "format": FORMAT,
        "agencies": [asdict(agency) for agency in feed.agencies],
        "services": feed.services.ids,
        "tables": sorted(feed.tables),
        "locations": dict(feed.locations),
    }
    (folder / META).write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")
    _flush_all(folder)


def _flush_all(folder: Path) -> None:
    """To the disk, so that a folder in its final place is a complete one even after a power cut."""
    for path in (*folder.rglob("*"), folder):
        flush(path)


def load_feed(folder: Path) -> Feed:
    """See :meth:`gtfs.feed.Feed.load`."""
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        if meta["format"] != FORMAT:
            raise FeedError("not_an_import", subject=folder.name)
        return _load(folder, meta)
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise FeedError("not_an_import", subject=folder.name) from error


def _load(folder: Path, meta: dict[str, Any]) -> Feed:
    def array(name: str) -> Any:  # noqa: ANN401  int32, uint8 or bool, as it was saved
        return np.load(folder / "arrays" / f"{name}.npy", mmap_mode="r")

    services = {name: array(f"service_{name}") for name in _SERVICE_ARRAYS}
    tables = {name: pl.read_parquet(folder / "tables" / f"{number}.parquet") for number, name in enumerate(meta["tables"])}
    feed = Feed(
        agencies=[Agency(**agency) for agency in meta["agencies"]],
        stop_table=pl.read_parquet(folder / "stop_table.parquet"),
        route_table=pl.read_parquet(folder / "route_table.parquet"),
        trip_table=pl.read_parquet(folder / "trip_table.parquet"),
        services=ServiceDays(ids=meta["services"], **services),
        timetable=Timetable(**{name: array(name) for name in Timetable.__dataclass_fields__}),
        tables=tables,
        locations=meta["locations"],
    )
    feed.prepare()
    return feed
