"""The departures of the days around one service day, laid out for the journey search: lines on which nobody overtakes.

A line is a sequence of stops with what is allowed at each; its departures are sorted so that every one is nowhere before the one
ahead of it ("routes" of Delling, Pajor & Werneck 2015, "Round-based public transit routing", section 3). Nothing is copied: a
departure is the position of its trip's first halt and an offset to that trip's times.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gtfs.journeys.arrays import Departures, Halts, Lines
from gtfs.timetable import NO_PICKUP, BoolArray, IntArray, Timetable


@dataclass(frozen=True, slots=True)
class Period:
    """What of the days is laid out: departures that end at or after ``begin_s`` and begin at or before ``end_s``."""

    begin_s: int
    end_s: int


def forwards(timetable: Timetable) -> Halts:
    """The timetable as it is."""
    return Halts(
        first=timetable.trip_first[:-1],
        length=np.diff(timetable.trip_first),
        stop=timetable.halt_stop,
        arrival=timetable.halt_arrival,
        departure=timetable.halt_departure,
        board=(timetable.halt_pickup != NO_PICKUP).view(np.uint8),
        alight=(timetable.halt_dropoff != NO_PICKUP).view(np.uint8),
    )


def mirrored(halts: Halts) -> Halts:
    """The same with time running backwards: the earliest arrival in it is the latest departure in the other."""

    def turned(array: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.ascontiguousarray(array[::-1])

    return Halts(
        first=(halts.stop.size - halts.first - halts.length).astype(np.int32),
        length=halts.length,
        stop=turned(halts.stop),  # type: ignore[arg-type]
        arrival=turned(-halts.departure),  # type: ignore[arg-type]
        departure=turned(-halts.arrival),  # type: ignore[arg-type]
        board=turned(halts.alight),  # type: ignore[arg-type]
        alight=turned(halts.board),  # type: ignore[arg-type]
    )


def lay_out(
    halts: Halts, patterns: IntArray, days: Iterable[tuple[BoolArray, int]], departures: Departures, period: Period, stops: int
) -> Lines:
    """The lines of some service days.

    Args:
        halts: forwards or mirrored.
        patterns: int32[T] of :func:`gtfs.journeys.kernels.number_patterns`.
        days: for each service day the trips that run (bool[T]) and what is added to its times.
        departures: of every trip, in the direction of ``halts``.
        period: what is laid out.
        stops: how many there are.
    """
    from gtfs.journeys import kernels  # noqa: PLC0415  numba takes a second to import

    parts = [_departures_of(runs & (halts.length > 1), shift, departures) for runs, shift in days]
    trip = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.int32)
    offset = np.concatenate([part[1] for part in parts]) if parts else np.empty(0, np.int32)
    begin = halts.departure[halts.first[trip]] + offset
    end = halts.arrival[halts.first[trip] + halts.length[trip] - 1] + offset
    inside = (end >= period.begin_s) & (begin <= period.end_s)
    trip, offset, begin = trip[inside], offset[inside], begin[inside]
    order = np.lexsort((begin, patterns[trip]))
    trip, offset = trip[order], offset[order]
    line = kernels.part_overtaking(trip, offset, patterns, halts)
    order = np.argsort(line, kind="stable")
    trip, offset, line = trip[order], offset[order], line[order]
    lines = int(line[-1]) + 1 if line.size else 0
    line_first = np.searchsorted(line, np.arange(lines + 1)).astype(np.int32)
    stop_first, stop_line, stop_position = kernels.index_stops(line_first, trip, halts, stops)
    return Lines(line_first, trip, halts.first[trip], offset, stop_first, stop_line, stop_position)


def _departures_of(runs: BoolArray, shift: int, departures: Departures) -> tuple[IntArray, IntArray]:
    """Trips, one per departure, and what is added to their times."""
    chosen = np.flatnonzero(runs).astype(np.int32)
    counts = np.diff(departures.first)[chosen]
    trip = np.repeat(chosen, counts)
    step = np.arange(trip.size) - np.repeat(np.cumsum(counts) - counts, counts)
    offset = departures.offset[departures.first[trip] + step] + shift
    return trip, offset.astype(np.int32)
