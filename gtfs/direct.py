"""Rides without a change, found by intersecting the halts at two sets of stops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs.timetable import NO_PICKUP, IntArray, Timetable

LongArray = NDArray[np.int64]


class Rides(NamedTuple):
    """int64 arrays of one length: halts of boarding and alighting (positions in the timetable), and times in seconds."""

    board: LongArray
    alight: LongArray
    departure: LongArray
    arrival: LongArray


def pairs_of_halts(timetable: Timetable, from_stops: IntArray, to_stops: IntArray) -> tuple[LongArray, LongArray]:
    """Every (boarding halt, later alighting halt) of one trip where boarding and alighting are allowed and the stops differ."""
    board = _halts_at(timetable, from_stops)
    board = board[timetable.halt_pickup[board] != NO_PICKUP]
    alight = _halts_at(timetable, to_stops)
    alight = alight[timetable.halt_dropoff[alight] != NO_PICKUP]
    trip_end = timetable.trip_first[timetable.halt_trip[board] + 1]
    low = np.searchsorted(alight, board, side="right")
    counts = np.maximum(np.searchsorted(alight, trip_end, side="left") - low, 0)
    boards = np.repeat(board, counts)
    alights = alight[np.repeat(low, counts) + _count_up(counts)]
    differ = timetable.halt_stop[boards] != timetable.halt_stop[alights]
    return boards[differ], alights[differ]


def rides_between(
    timetable: Timetable, pairs: tuple[LongArray, LongArray], runs: NDArray[np.bool_], earliest: int, latest: int
) -> Rides:
    """The pairs' rides on trips that run (bool[T]) which lie wholly within [earliest, latest] of that service day."""
    board, alight = pairs
    keep = runs[timetable.halt_trip[board]]
    board, alight = board[keep], alight[keep]
    first = timetable.departure_first[timetable.halt_trip[board]].astype(np.int64)
    counts = timetable.departure_first[timetable.halt_trip[board] + 1] - first
    offset = timetable.departure_offset[np.repeat(first, counts) + _count_up(counts)].astype(np.int64)
    board, alight = np.repeat(board, counts), np.repeat(alight, counts)
    departure = timetable.halt_departure[board] + offset
    arrival = timetable.halt_arrival[alight] + offset
    inside = (departure >= earliest) & (arrival <= latest)
    return Rides(board[inside], alight[inside], departure[inside], arrival[inside])


def _halts_at(timetable: Timetable, stops: IntArray) -> LongArray:
    """Positions of the halts at these stops, ascending."""
    parts = [timetable.stop_halts[timetable.stop_first[stop] : timetable.stop_first[stop + 1]] for stop in stops]
    return np.sort(np.concatenate(parts)).astype(np.int64) if parts else np.empty(0, np.int64)


def _count_up(counts: NDArray[np.integer]) -> LongArray:
    """0, 1, … count − 1 for every count, end to end."""
    total = int(counts.sum())
    steps: LongArray = np.arange(total, dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    return steps
