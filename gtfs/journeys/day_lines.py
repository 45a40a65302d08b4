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


def forwards(timetable: Timetable, stop: IntArray) -> Halts:
    """The timetable as it is; ``stop`` int32[H]: where its halts are."""
    return Halts(
        first=timetable.trip_first[:-1],
        length=np.diff(timetable.trip_first),
        stop=stop,
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
        patterns: int32[T] of :func:`gtfs.journeys.laying_out.number_patterns`.
        days: for each service day the trips that run (bool[T]) and what is added to its times.
        departures: of every trip, in the direction of ``halts``.
        period: what is laid out.
        stops: how many there are.
    """
    from gtfs.journeys import laying_out  # noqa: PLC0415  numba takes a second to import

    parts = [_departures_of(runs & (halts.length > 1), shift, departures) for runs, shift in days]
    trip = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.int32)
    offset = np.concatenate([part[1] for part in parts]) if parts else np.empty(0, np.int32)
    begin = halts.departure[halts.first[trip]] + offset
    end = halts.arrival[halts.first[trip] + halts.length[trip] - 1] + offset
    inside = (end >= period.begin_s) & (begin <= period.end_s)
    trip, offset, begin = trip[inside], offset[inside], begin[inside]
    order = np.lexsort((begin, patterns[trip]))
    trip, offset = trip[order], offset[order]
    line = laying_out.part_overtaking(trip, offset, patterns, halts)
    order = np.argsort(line, kind="stable")
    trip, offset, line = trip[order], offset[order], line[order]
    lines = int(line[-1]) + 1 if line.size else 0
    line_first = np.searchsorted(line, np.arange(lines + 1)).astype(np.int32)
    index = laying_out.index_stops((line_first, lines), trip, halts, halts, stops)
    halt = halts.first[trip]
    table = laying_out.tabulate((line_first, lines), (trip, halt, offset), halts, halts)
    return Lines(line_first, trip, halt, offset, *index, *table, live_line=lines)


def lay_over(lines: Lines, drop: BoolArray, more: Lines, halts: Halts, live: Halts) -> Lines:
    """The same lines without the departures ``drop`` (bool[N]), and after them those of ``more``, whose halts are ``live``."""
    from gtfs.journeys.laying_out import index_stops, tabulate  # noqa: PLC0415  numba takes a second to import

    keep, lines_before = ~drop, lines.line_first.size - 1
    left = np.concatenate([[0], np.cumsum(keep)])[lines.line_first]
    line_first = np.concatenate([left, left[-1] + more.line_first[1:]]).astype(np.int32)
    trip, halt, offset = (
        np.concatenate([getattr(lines, name)[keep], getattr(more, name)]) for name in ("trip", "halt", "offset")
    )
    index = index_stops((line_first, lines_before), trip, halts, live, lines.stop_first.size - 1)
    table = tabulate((line_first, lines_before), (trip, halt, offset), halts, live)
    return Lines(line_first, trip, halt, offset, *index, *table, live_line=lines_before)


def _departures_of(runs: BoolArray, shift: int, departures: Departures) -> tuple[IntArray, IntArray]:
    """Trips, one per departure, and what is added to their times."""
    chosen = np.flatnonzero(runs).astype(np.int32)
    counts = np.diff(departures.first)[chosen]
    trip = np.repeat(chosen, counts)
    step = np.arange(trip.size) - np.repeat(np.cumsum(counts) - counts, counts)
    offset = departures.offset[departures.first[trip] + step] + shift
    return trip, offset.astype(np.int32)
