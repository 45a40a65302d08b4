"""Changing from one vehicle to the next: at a stop, on foot between stops, as transfers.txt allows and forbids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gtfs.cleaning import with_columns
from gtfs.feed import Feed
from gtfs.journeys.arrays import NEVER, Changes
from gtfs.service_days import DAY_S

_EARTH_M = 6_371_008.8
GUARANTEED, FORBIDDEN = 1, 3
"""Values of transfer_type."""
LongArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Footing:
    """How people walk where no street network is asked: crow-fly metres times ``detour`` at ``speed_m_s``, ``most_m`` at most;
    ``change_s`` is what a change takes at the least.
    """

    speed_m_s: float = 1.1
    detour: float = 1.3
    most_m: float = 400.0
    change_s: int = 120

    def seconds(self, metres: NDArray[np.float64]) -> LongArray:
        """What it takes to walk as far as that, crow-fly."""
        return np.ceil(metres * self.detour / self.speed_m_s).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Walks:
    """Walks between stops, int64 of one length: from, to (row numbers of the feed's stops), seconds."""

    origin: LongArray
    target: LongArray
    seconds: LongArray


def plane(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) metres on the globe: near each other, straight distances are those along the ground."""
    east, north = np.radians(lon), np.radians(lat)
    return _EARTH_M * np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


def crow_fly_walks(feed: Feed, footing: Footing) -> Walks:
    """Walks between all stops near each other, and between all stops of a station; a change takes ``change_s`` at the least."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 -- half a second that is needed only where no streets say who walks where

    points = plane(feed.stop_table["lon"].to_numpy(), feed.stop_table["lat"].to_numpy())
    near = cKDTree(points).query_pairs(footing.most_m, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    pairs = np.concatenate([near, near[:, ::-1], _siblings(feed)])
    pairs = np.unique(pairs, axis=0)
    metres = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    return Walks(pairs[:, 0], pairs[:, 1], np.maximum(footing.seconds(metres), footing.change_s))


def _siblings(feed: Feed) -> LongArray:
    """(N, 2): every two stops of one station, both ways."""
    parent = feed.stop_table.select(pl.int_range(pl.len()).cast(pl.Int64).alias("stop"), "parent").drop_nulls("parent")
    pairs = parent.join(parent, on="parent").filter(pl.col("stop") != pl.col("stop_right"))
    return pairs.select("stop", "stop_right").to_numpy().astype(np.int64).reshape(-1, 2)


def changes_of(walks: Walks, stops: int) -> Changes:
    """``walks`` (one from a stop to itself is a change there; NEVER: impossible) as the search reads them."""
    here = walks.origin == walks.target
    at = np.full(stops, NEVER, np.int32)
    at[walks.origin[here]] = walks.seconds[here]
    other = np.flatnonzero(~here & (walks.seconds < NEVER))
    origin, target, seconds = walks.origin[other], walks.target[other], walks.seconds[other]
    order = np.lexsort((target, origin))
    first = np.searchsorted(origin[order], np.arange(stops + 1)).astype(np.int32)
    return Changes(at, first, target[order].astype(np.int32), seconds[order].astype(np.int32))


def mirrored_changes(walks: Walks, stops: int) -> Changes:
    """The same with time running backwards."""
    return changes_of(Walks(walks.target, walks.origin, walks.seconds), stops)


def general_changes(feed: Feed, walks: Walks, footing: Footing) -> Walks:
    """Changes between stops and within them, whatever the line: ``walks`` and the feed's own transfers.txt, which overrules them; a
    station's id there stands for its stops.

    A guaranteed change (type 1) takes no longer than the feed says, or no time; type 2 takes min_transfer_time; type 3 is impossible;
    type 0 takes min_transfer_time where there is one, else what the walk takes. For rows that speak of single lines or trips see
    :mod:`gtfs.journeys.berths`.
    """
    stops = feed.stop_table.height
    told, every = _transfers(feed, footing), np.arange(stops)
    parts = told, walks, Walks(every, every, np.full(stops, footing.change_s, np.int64))
    key = np.concatenate([part.origin * stops + part.target for part in parts])
    key, first = np.unique(key, return_index=True)  # of the same two stops the one that comes first: the feed's own
    return Walks(key // stops, key % stops, np.concatenate([part.seconds for part in parts])[first])


def _transfers(feed: Feed, footing: Footing) -> Walks:
    """transfers.txt, stop by stop; impossible ones take NEVER."""
    table = feed.tables.get("transfers.txt")
    if table is None or not {"from_stop_id", "to_stop_id"} <= set(table.columns):
        empty = np.empty(0, np.int64)
        return Walks(empty, empty, empty)
    special = ("from_trip_id", "to_trip_id", "from_route_id", "to_route_id")
    table = with_columns(table, "transfer_type", "min_transfer_time", *special).filter(
        pl.all_horizontal(pl.col(name).is_null() for name in special)
    )
    if "transfer_type" in table.columns:
        table = table.filter(~pl.col("transfer_type").is_in(["4", "5"]).fill_null(value=False))
    named = stops_by_name(feed)
    rows = (
        table.join(named.rename({"name": "from_stop_id", "stop": "origin"}), on="from_stop_id")
        .join(named.rename({"name": "to_stop_id", "stop": "target"}), on="to_stop_id")
        .select(
            "origin",
            "target",
            pl.col("transfer_type").cast(pl.Int64, strict=False).fill_null(0).alias("type"),
            sound_seconds("min_transfer_time").alias("told"),
        )
    )
    origin, target = rows["origin"].to_numpy(), rows["target"].to_numpy()
    walked = walked_seconds(feed, origin, target, footing)
    kind, told = rows["type"].to_numpy(), rows["told"].fill_null(-1).to_numpy()
    otherwise = np.where(kind == GUARANTEED, 0, walked)
    seconds = np.where(told >= 0, told, otherwise)
    return Walks(origin, target, np.where(kind == FORBIDDEN, NEVER, seconds))


def sound_seconds(column: str) -> pl.Expr:
    """Int64 seconds of a text, null where it is none; a day stands for anything longer."""
    seconds = pl.col(column).cast(pl.Int64, strict=False)
    return pl.when(seconds >= 0).then(seconds.clip(upper_bound=DAY_S))


def walked_seconds(feed: Feed, origin: LongArray, target: LongArray, footing: Footing) -> LongArray:
    """What changes between these stops (row numbers) take where nobody says so."""
    lon, lat = feed.stop_table["lon"].to_numpy(), feed.stop_table["lat"].to_numpy()
    metres = np.linalg.norm(plane(lon[origin], lat[origin]) - plane(lon[target], lat[target]), axis=1)
    return np.maximum(footing.seconds(metres), footing.change_s)


def stops_by_name(feed: Feed) -> pl.DataFrame:
    """``name``, ``stop``: a stop by its own id, and every stop of a station by the station's."""
    numbered = feed.stop_table.select("id", "parent", pl.int_range(pl.len()).cast(pl.Int64).alias("stop"))
    own = numbered.select(pl.col("id").alias("name"), "stop")
    of_station = numbered.drop_nulls("parent").select(pl.col("parent").alias("name"), "stop")
    return pl.concat([own, of_station])
