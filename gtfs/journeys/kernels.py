"""The compiled journey search (round-based, Delling, Pajor & Werneck 2015). Import it late: numba takes a second to load."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np

from gtfs.journeys.arrays import ALIGHTED, BOARDED, DEPARTURE, NEVER, Changes, Halts, Labels, Lines, Network, Ways
from gtfs.timetable import IntArray

F = TypeVar("F", bound=Callable[..., object])


def door(function: F) -> F:
    """Compile at the first call, kept on disk with all it calls; runs without the interpreter's lock."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def compiled(function: F) -> F:
    """Compile for callers compiled too: without the part that unpacks Python's objects."""
    njit = cast("Callable[..., Callable[[F], F]]", numba.njit)  # its types know nothing of these two options
    return njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


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
def index_stops(line_first: IntArray, trip: IntArray, halts: Halts, stops: int) -> tuple[IntArray, IntArray, IntArray]:
    """Lines and positions at which one may board, by stop."""
    first = np.zeros(stops + 1, np.int32)
    for line in range(len(line_first) - 1):
        one = trip[line_first[line]]
        for k in range(halts.length[one] - 1):
            first[halts.stop[halts.first[one] + k] + 1] += halts.board[halts.first[one] + k]
    for stop in range(stops):
        first[stop + 1] += first[stop]
    at, into_line, into_position = first.copy(), np.empty(first[stops], np.int32), np.empty(first[stops], np.int32)
    for line in range(len(line_first) - 1):
        one = trip[line_first[line]]
        for k in range(halts.length[one] - 1):
            if halts.board[halts.first[one] + k]:
                stop = halts.stop[halts.first[one] + k]
                into_line[at[stop]], into_position[at[stop]] = line, k
                at[stop] += 1
    return first, into_line, into_position


@compiled
def _earliest(lines: Lines, halts: Halts, low: int, high: int, position: int, ready: int) -> int:
    """The first departure of low:high that leaves ``position`` at ``ready`` or later; ``high`` when there is none."""
    while low < high:
        middle = (low + high) // 2
        if halts.departure[lines.halt[middle] + position] + lines.offset[middle] >= ready:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def _ride(n: Network, labels: Labels, at: tuple[int, int], k: int, bound: int, found: int) -> int:
    """Ride a line from a position on (``at``), always by the earliest departure that can be boarded; how many stops were improved."""
    (line, start), lines, halts = at, n.lines, n.halts
    low, high = lines.line_first[line], lines.line_first[line + 1]
    aboard, boarded, first = high, -1, lines.halt[low]
    for position in range(start, halts.length[lines.trip[low]]):
        stop = halts.stop[first + position]
        if aboard < high and halts.alight[first + position] and n.usable[stop]:
            time = halts.arrival[lines.halt[aboard] + position] + lines.offset[aboard]
            if time < labels.best_alighted[k, stop] and time < bound:
                if labels.alighted[k, stop] == NEVER:
                    labels.stops[found] = stop
                    found += 1
                labels.best_alighted[k, stop] = time
                labels.alighted[k, stop], labels.ride[k, stop, DEPARTURE] = time, aboard
                labels.ride[k, stop, BOARDED], labels.ride[k, stop, ALIGHTED] = boarded, position
        ready = labels.ready[k - 1, stop]
        if ready == NEVER or not halts.board[first + position] or not n.usable[stop]:
            continue
        if aboard == high or ready <= halts.departure[lines.halt[aboard] + position] + lines.offset[aboard]:
            earlier = _earliest(lines, halts, low, aboard, position, ready)
            if earlier < aboard:
                aboard, boarded = earlier, position
    return found


@compiled
def _reach_goal(labels: Labels, ways: Ways, k: int) -> None:
    """Arrivals at the goal from what was alighted at in this round."""
    for e in range(len(ways.stop)):
        time = labels.alighted[k, ways.stop[e]]
        if time < NEVER:
            labels.best_goal[k, e] = min(labels.best_goal[k, e], goal_time(ways, e, time))


@door
def goal_time(ways: Ways, e: int, time: int) -> int:
    """When one is at the goal by way ``e`` having alighted at ``time``."""
    best = time + ways.walk[e] if ways.walk[e] < NEVER else NEVER
    low, high = ways.first[e], ways.first[e + 1]
    while low < high:
        middle = (low + high) // 2
        if ways.ready[middle] >= time:
            high = middle
        else:
            low = middle + 1
    if low < ways.first[e + 1]:
        best = min(best, ways.arrival[low])
    return best


@compiled
def _change(labels: Labels, changes: Changes, stop: int, k: int, out: IntArray, found: int) -> int:
    """Whoever alights can board again here, or at stops nearby."""
    time = labels.alighted[k, stop]
    for w in range(changes.first[stop] - 1, changes.first[stop + 1]):
        here = w < changes.first[stop]
        to, needs = (stop, changes.at[stop]) if here else (changes.to[w], changes.seconds[w])
        if needs == NEVER or time + needs >= labels.best_ready[k, to]:
            continue
        if labels.ready[k, to] == NEVER:
            out[found] = to
            found += 1
        labels.ready[k, to] = labels.best_ready[k, to] = time + needs
        labels.via[k, to] = stop
    return found


@compiled
def _bound(labels: Labels, k: int, every: bool) -> int:  # noqa: FBT001
    """The arrival that must be beaten: of the best way, or of the worst where every way counts."""
    goal = labels.best_goal[k]
    bound = 0 if every else NEVER
    for e in range(len(goal)):
        bound = max(bound, goal[e]) if every else min(bound, goal[e])
    return bound


@door
def search(n: Network, labels: Labels, marked: IntArray, every: bool) -> None:  # noqa: FBT001
    """All rounds from the stops ``marked``, whose ``labels.ready[0]`` say when one can board there; with ``every`` the best arrival
    by every way is found, else the best of all.
    """
    lines, ways = n.lines, n.ways
    stops, rounds = labels.ready.shape[1], labels.ready.shape[0] - 1
    begin = np.full(len(lines.line_first), -1, np.int32)
    queue, marks = np.empty(len(lines.line_first), np.int32), np.empty(stops, np.int32)
    marks[: len(marked)] = marked
    count = len(marked)
    for k in range(1, rounds + 1):
        for stop in range(stops):
            labels.best_alighted[k, stop] = min(labels.best_alighted[k, stop], labels.best_alighted[k - 1, stop])
            labels.best_ready[k, stop] = min(labels.best_ready[k, stop], labels.best_ready[k - 1, stop])
        for e in range(len(ways.stop)):
            labels.best_goal[k, e] = min(labels.best_goal[k, e], labels.best_goal[k - 1, e])
        queued = 0
        for m in range(count):
            for at in range(lines.stop_first[marks[m]], lines.stop_first[marks[m] + 1]):
                line, position = lines.stop_line[at], lines.stop_position[at]
                if begin[line] < 0:
                    queue[queued] = line
                    queued += 1
                    begin[line] = position
                begin[line] = min(begin[line], position)
        found, bound = 0, _bound(labels, k, every)
        for q in range(queued):
            line = queue[q]
            found = _ride(n, labels, (line, begin[line]), k, bound, found)
            begin[line] = -1
        _reach_goal(labels, ways, k)
        count = 0
        for a in range(found):
            count = _change(labels, n.changes, labels.stops[a], k, marks, count)
        if count == 0:
            break
