"""Laying out the departures of some days, compiled."""

from __future__ import annotations

import numpy as np

from gtfs.journeys.arrays import NEVER, Connections, Halts, Lines
from gtfs.journeys.compiling import compiled, door
from gtfs.timetable import BoolArray, IntArray


@door
def number_patterns(halts: Halts) -> IntArray:
    """int32[T]: the same number for trips with the same stops and the same rules at each."""
    trips = len(halts.first)
    size = 1
    while size < 2 * trips + 2:
        size *= 2
    slots, patterns, known = np.full(size, -1, np.int32), np.empty(trips, np.int32), 0
    for trip in range(trips):
        first, length = halts.first[trip], halts.length[trip]
        mark = np.uint64(length)
        for k in range(first, first + length):
            what = np.uint64(halts.stop[k]) * np.uint64(4) + np.uint64(halts.board[k]) * np.uint64(2) + np.uint64(halts.alight[k])
            mark = (mark ^ what) * np.uint64(0x9E3779B97F4A7C15)
            mark ^= mark >> np.uint64(29)
        slot = np.int64(mark & np.uint64(size - 1))
        while slots[slot] >= 0 and not _alike(halts, slots[slot], trip):
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot] = trip
            patterns[trip] = known
            known += 1
        else:
            patterns[trip] = patterns[slots[slot]]
    return patterns


@compiled
def _alike(halts: Halts, one: int, other: int) -> bool:
    a, b = halts.first[one], halts.first[other]
    if halts.length[one] != halts.length[other]:
        return False
    for k in range(halts.length[one]):
        if halts.stop[a + k] != halts.stop[b + k] or halts.board[a + k] != halts.board[b + k]:
            return False
        if halts.alight[a + k] != halts.alight[b + k]:
            return False
    return True


@door
def part_overtaking(trip: IntArray, offset: IntArray, patterns: IntArray, halts: Halts) -> IntArray:
    """int32[N]: a line for every departure, so that on a line none overtakes. Departures come by pattern, then by time."""
    count, lines, base = len(trip), 0, 0
    line, last = np.empty(count, np.int32), np.empty(count, np.int32)
    for one in range(count):
        if one > 0 and patterns[trip[one]] != patterns[trip[one - 1]]:
            base = lines
        chosen = base
        while chosen < lines and not _is_behind(halts, trip, offset, last[chosen], one):
            chosen += 1
        lines = max(lines, chosen + 1)
        line[one], last[chosen] = chosen, one
    return line


@compiled
def _is_behind(halts: Halts, trip: IntArray, offset: IntArray, ahead: int, one: int) -> bool:
    a, b = halts.first[trip[ahead]], halts.first[trip[one]]
    later = offset[one] - offset[ahead]
    for k in range(halts.length[trip[one]]):
        if halts.arrival[b + k] + later < halts.arrival[a + k] or halts.departure[b + k] + later < halts.departure[a + k]:
            return False
    return True


@door
def index_stops(
    lines: tuple[IntArray, int], trip: IntArray, timetable: Halts, live: Halts, stops: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Lines and positions at which one may board, by stop; ``lines``: where the departures of each begin, the first of them that points
    to ``live``.
    """
    line_first, live_line = lines
    first = np.zeros(stops + 1, np.int32)
    for line in range(len(line_first) - 1):
        if line_first[line] == line_first[line + 1]:
            continue
        halts, one = live if line >= live_line else timetable, trip[line_first[line]]
        for k in range(halts.length[one] - 1):
            first[halts.stop[halts.first[one] + k] + 1] += halts.board[halts.first[one] + k]
    for stop in range(stops):
        first[stop + 1] += first[stop]
    at, into_line, into_position = first.copy(), np.empty(first[stops], np.int32), np.empty(first[stops], np.int32)
    for line in range(len(line_first) - 1):
        if line_first[line] == line_first[line + 1]:
            continue
        halts, one = live if line >= live_line else timetable, trip[line_first[line]]
        for k in range(halts.length[one] - 1):
            if halts.board[halts.first[one] + k]:
                stop = halts.stop[halts.first[one] + k]
                into_line[at[stop]], into_position[at[stop]] = line, k
                at[stop] += 1
    return first, into_line, into_position


@door
def tabulate(
    lines: tuple[IntArray, int], rows: tuple[IntArray, IntArray, IntArray], timetable: Halts, live: Halts
) -> tuple[IntArray, IntArray]:
    """When every departure of a line leaves a position, position by position, and where each line begins; ``rows``: trip, halt, offset."""
    (line_first, live_line), (trip, halt, offset), count = lines, rows, 0
    first = np.empty(len(line_first) - 1, np.int32)
    for line in range(len(first)):
        first[line] = count
        low, high = line_first[line], line_first[line + 1]
        halts = live if line >= live_line else timetable
        count += (high - low) * halts.length[trip[low]] if high > low else 0
    leaves = np.empty(count, np.int32)
    for line in range(len(first)):
        low, high = line_first[line], line_first[line + 1]
        halts = live if line >= live_line else timetable
        for one in range(low, high):
            for position in range(halts.length[trip[low]]):
                leaves[first[line] + position * (high - low) + one - low] = halts.departure[halt[one] + position] + offset[one]
    return first, leaves


@door
def index_ends(lines: Lines, timetable: Halts, live: Halts, stops: int) -> tuple[IntArray, IntArray, IntArray]:
    """Lines and positions at which one may alight, by stop."""
    first = np.zeros(stops + 1, np.int32)
    for line in range(len(lines.line_first) - 1):
        if lines.line_first[line] < lines.line_first[line + 1]:
            halts, one = live if line >= lines.live_line else timetable, lines.trip[lines.line_first[line]]
            for k in range(1, halts.length[one]):
                first[halts.stop[halts.first[one] + k] + 1] += halts.alight[halts.first[one] + k]
    for stop in range(stops):
        first[stop + 1] += first[stop]
    at, into_line, into_position = first.copy(), np.empty(first[stops], np.int32), np.empty(first[stops], np.int32)
    for line in range(len(lines.line_first) - 1):
        if lines.line_first[line] < lines.line_first[line + 1]:
            halts, one = live if line >= lines.live_line else timetable, lines.trip[lines.line_first[line]]
            for k in range(1, halts.length[one]):
                if halts.alight[halts.first[one] + k]:
                    stop = halts.stop[halts.first[one] + k]
                    into_line[at[stop]], into_position[at[stop]] = line, k
                    at[stop] += 1
    return first, into_line, into_position


@door
def cut_into_connections(lines: Lines, timetable: Halts, live: Halts, usable: BoolArray) -> Connections:
    """Every ride from one halt to the next, by departure; those of one departure that leave at the same second in its order."""
    rides, count, least, most, stops = len(lines.trip), 0, NEVER, -NEVER, np.uint32(len(usable))
    live_ride = lines.line_first[lines.live_line]
    for ride in range(rides):
        halts = live if ride >= live_ride else timetable
        first, last = lines.halt[ride], halts.length[lines.trip[ride]] - 1
        count += last
        least = min(least, halts.departure[first] + lines.offset[ride])
        most = max(most, halts.departure[first + last] + lines.offset[ride])
    at = np.zeros(max(most - least, 0) + 2, np.int32)
    for ride in range(rides):
        halts = live if ride >= live_ride else timetable
        first = lines.halt[ride]
        for k in range(first, first + halts.length[lines.trip[ride]] - 1):
            at[halts.departure[k] + lines.offset[ride] - least + 1] += 1
    leaves = np.flatnonzero(at).astype(np.int32)
    for second in range(len(at) - 1):
        at[second + 1] += at[second]
    groups = np.append(at[leaves - 1], np.int32(count)).astype(np.int32)
    made = Connections(
        (leaves - 1 + least).astype(np.int32), groups, np.empty(count, np.uint32), np.empty(count, np.uint32),
        np.empty(count, np.int32), np.empty(count, np.uint32), np.empty(count, np.int32), rides,
    )  # fmt: skip
    for ride in range(rides):
        halts = live if ride >= live_ride else timetable
        first, later = lines.halt[ride], lines.offset[ride]
        for k in range(first, first + halts.length[lines.trip[ride]] - 1):
            c = at[halts.departure[k] + later - least]
            at[halts.departure[k] + later - least] += 1
            origin, target = np.uint32(halts.stop[k]), np.uint32(halts.stop[k + 1])
            made.origin[c] = origin if halts.board[k] and usable[origin] else stops
            made.target[c] = target if halts.alight[k + 1] and usable[target] else stops
            made.arrival[c], made.ride[c], made.position[c] = halts.arrival[k + 1] + later, np.uint32(ride), k - first
    return made
