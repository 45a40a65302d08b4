"""Staying seated from one trip into the next (transfers.txt, transfer_type 4): both are also laid out as one trip."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from gtfs.cleaning import with_columns
from gtfs.feed import Feed
from gtfs.journeys.arrays import Departures, Halts
from gtfs.timetable import Timetable

IN_SEAT = "4"
_MOST_PARTS = 8
_MOST_JOINED = 100_000

Parts = tuple[int, ...]
"""Trips (row numbers) that a vehicle runs one after the other without its riders getting off."""


def joined_trips(feed: Feed) -> list[Parts]:
    """The longest chains of trips linked by transfer_type 4; where trips part or meet there are several. Links are passed over where
    the next trip begins, on the same service day, before the one before has ended, or where frequencies.txt speaks of either.
    """
    table = feed.tables.get("transfers.txt")
    if table is None:
        return []
    table = with_columns(table, "transfer_type", "from_trip_id", "to_trip_id").filter(pl.col("transfer_type") == IN_SEAT)
    trips = {name: number for number, name in enumerate(feed.trip_table["id"])} if table.height else {}
    onward: dict[int, list[int]] = {}
    for origin, target in table.select("from_trip_id", "to_trip_id").iter_rows():
        one, other = trips.get(origin), trips.get(target)
        if one is not None and other is not None and _follows(feed.timetable, one, other):
            onward.setdefault(one, [])
            if other not in onward[one]:
                onward[one].append(other)
    entered = {other for others in onward.values() for other in others}
    found: list[Parts] = []
    for one in onward:
        if one not in entered:
            found += _chains(onward, (one,))
    return found[:_MOST_JOINED]


def _chains(onward: dict[int, list[int]], so_far: Parts) -> Iterator[Parts]:
    further = [other for other in onward.get(so_far[-1], ()) if other not in so_far]
    if not further or len(so_far) == _MOST_PARTS:
        if len(so_far) > 1:
            yield so_far
        return
    for other in further:
        yield from _chains(onward, (*so_far, other))


def _follows(timetable: Timetable, one: int, other: int) -> bool:
    first, departures = timetable.trip_first, timetable.departure_first
    for trip in (one, other):
        plain = departures[trip + 1] - departures[trip] == 1 and timetable.departure_offset[departures[trip]] == 0
        if first[trip + 1] - first[trip] < 2 or not plain:
            return False
    return one != other and bool(timetable.halt_arrival[first[one + 1] - 1] <= timetable.halt_departure[first[other]])


def with_joined(halts: Halts, departures: Departures, joined: list[Parts]) -> tuple[Halts, Departures]:
    """The same with the chains as trips of their own, after all others: nobody boards where a part ends or alights where one begins."""
    if not joined:
        return halts, departures
    spans = [[slice(int(halts.first[trip]), int(halts.first[trip] + halts.length[trip])) for trip in parts] for parts in joined]
    rows = np.concatenate([np.arange(span.start, span.stop) for chain in spans for span in chain])
    board, alight = halts.board[rows], halts.alight[rows]
    at, length = 0, []
    for chain in spans:
        begin = at
        for number, span in enumerate(chain):
            alight[at] &= number == 0
            at += span.stop - span.start
            board[at - 1] &= number == len(chain) - 1
        length.append(at - begin)
    lengths = np.array(length, np.int32)
    first = (halts.stop.size + np.cumsum(lengths) - lengths).astype(np.int32)
    arrays = {
        name: np.concatenate([getattr(halts, name), getattr(halts, name)[rows]]) for name in ("stop", "arrival", "departure")
    }
    more = Halts(
        first=np.concatenate([halts.first, first]),
        length=np.concatenate([halts.length, lengths]),
        **arrays,
        board=np.concatenate([halts.board, board]),
        alight=np.concatenate([halts.alight, alight]),
    )
    extra = departures.first[-1] + np.arange(1, len(joined) + 1, dtype=np.int32)
    return more, Departures(
        np.concatenate([departures.first, extra]), np.concatenate([departures.offset, np.zeros(len(joined), np.int32)])
    )
