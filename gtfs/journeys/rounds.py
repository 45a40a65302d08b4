"""The compiled round-based search (Delling, Pajor & Werneck 2015, "Round-based public transit routing")."""

from __future__ import annotations

import numpy as np

from gtfs.journeys.arrays import ALIGHTED, BOARDED, DEPARTURE, NEVER, Changes, Labels, Network, Ways
from gtfs.journeys.compiling import compiled, door
from gtfs.timetable import ByteArray, IntArray

_THIS, _ANY = 0, 1
"""Stops touched by this search, and by it or those before it."""


@door
def forget(labels: Labels) -> None:
    """Make the room as new: nothing is known of any stop."""
    touched, known, ready, alighted = labels.touched, labels.known, labels.ready, labels.alighted
    best_ready, best_alighted = labels.best_ready, labels.best_alighted
    for at in range(labels.touches[_ANY]):
        stop = touched[_ANY, at]
        ready[stop], alighted[stop], best_ready[stop], best_alighted[stop] = NEVER, NEVER, NEVER, NEVER
        known[stop] = 0
    labels.touches[:] = 0


@compiled
def _touch(labels: Labels, stop: int) -> None:
    known = labels.known[stop]
    if known & 1 == 0:
        labels.touched[_THIS, labels.touches[_THIS]] = stop
        labels.touches[_THIS] += 1
        if known == 0:
            labels.touched[_ANY, labels.touches[_ANY]] = stop
            labels.touches[_ANY] += 1
        labels.known[stop] = 3


@compiled
def _lower(best: IntArray, stop: int, k: int, time: int) -> None:
    """With ``k`` rounds, and so with more."""
    while k < best.shape[1] and best[stop, k] > time:
        best[stop, k] = time
        k += 1


@compiled
def _begin(labels: Labels, starts: IntArray, marks: IntArray) -> int:
    """Forget the search before, but not what it found best; the stops at which this one begins."""
    for at in range(labels.touches[_THIS]):
        stop = labels.touched[_THIS, at]
        labels.ready[stop], labels.alighted[stop] = NEVER, NEVER
        labels.known[stop] = 2
    labels.touches[_THIS] = 0
    count = 0
    for at in range(starts.shape[0]):
        stop, time = starts[at, 0], starts[at, 1]
        if time < labels.best_ready[stop, 0]:
            if labels.ready[stop, 0] == NEVER:
                _touch(labels, stop)
                marks[count] = stop
                count += 1
            labels.ready[stop, 0] = time
            _lower(labels.best_ready, stop, 0, time)
    return count


@compiled
def _earliest(leaves: IntArray, row: int, low: int, high: int, ready: int) -> int:
    """The first departure of ``low`` to ``high`` that leaves at ``ready`` or later (``leaves[row + departure]``); ``high`` when there is none."""
    while low < high:
        middle = (low + high) // 2
        if leaves[row + middle] >= ready:
            high = middle
        else:
            low = middle + 1
    return int(low)


@compiled
def _ride(
    n: Network, labels: Labels, at: tuple[int, int], rounds: tuple[int, int], bound: int, stops: tuple[IntArray, int]
) -> int:
    """Ride a line from a position on (``at``), always by the earliest departure that can be boarded; ``stops`` improved, and how many."""
    (line, start), (k, left), (improved, found), lines = at, rounds, stops, n.lines
    halts = n.live if line >= lines.live_line else n.halts
    halt_stop, arrival, departure, board, alight = halts.stop, halts.arrival, halts.departure, halts.board, halts.alight
    usable, hops, limit, leaves = (
        n.usable,
        n.hops,
        n.limit,
        lines.leaves,
    )  # what is taken out of a tuple is counted: once a ride is enough
    alighted, ready_at, best, how = labels.alighted, labels.ready, labels.best_alighted, labels.ride
    low, high = lines.line_first[line], lines.line_first[line + 1]
    row = lines.leaves_first[line] - low
    aboard, boarded, first = high, -1, lines.halt[low]
    taken, later = first, 0
    for position in range(start, halts.length[lines.trip[low]]):
        stop = halt_stop[first + position]
        if aboard < high and alight[first + position]:
            time = arrival[taken + position] + later
            if (
                time < best[stop, k]
                and time < bound
                and usable[stop]
                and hops[stop] <= left
                and (len(limit) == 0 or time <= limit[stop, left])
            ):
                if alighted[stop, k] == NEVER:
                    _touch(labels, stop)
                    improved[found] = stop
                    found += 1
                _lower(best, stop, k, time)
                alighted[stop, k] = time
                how[stop, k, BOARDED], how[stop, k, ALIGHTED], how[stop, k, DEPARTURE] = boarded, position, aboard
        ready = ready_at[stop, k - 1]
        if ready == NEVER or not board[first + position] or not usable[stop]:
            continue
        if aboard == high or ready <= departure[taken + position] + later:
            earlier = _earliest(leaves, row + position * (high - low), low, aboard, ready)
            if earlier < aboard:
                aboard, boarded = earlier, position
                taken, later = lines.halt[aboard], lines.offset[aboard]
    return found


@door
def count_hops(n: Network, ends: tuple[IntArray, IntArray, IntArray], back: Changes, most: int) -> ByteArray:
    """uint8[S]: rides from alighting at a stop to the goal, whatever the time, counted up to ``most`` (one more: or any number)."""
    (end_first, end_line, end_position), lines, stops = ends, n.lines, len(n.usable)
    hops = np.full(stops, most + 1, np.uint8)
    marks, count, begin = np.empty(stops, np.int32), 0, 0
    for e in range(len(n.ways.stop)):
        if hops[n.ways.stop[e]] > 0:
            hops[n.ways.stop[e]] = 0
            marks[count] = n.ways.stop[e]
            count += 1
    furthest, queue = np.zeros(len(lines.line_first), np.int32), np.empty(len(lines.line_first), np.int32)
    for hop in range(1, most + 1):
        queued, end = 0, count
        for m in range(begin, end):
            for at in range(end_first[marks[m]], end_first[marks[m] + 1]):
                line = end_line[at]
                if furthest[line] == 0:
                    queue[queued] = line
                    queued += 1
                furthest[line] = max(furthest[line], end_position[at])
        begin = end
        for q in range(queued):
            line = queue[q]
            halts, first = n.live if line >= lines.live_line else n.halts, lines.halt[lines.line_first[line]]
            for position in range(furthest[line]):
                if halts.board[first + position]:
                    count = _change_to(back, halts.stop[first + position], hop, hops, marks, count)
            furthest[line] = 0
    return hops


@compiled
def _change_to(back: Changes, stop: int, hop: int, hops: ByteArray, marks: IntArray, count: int) -> int:
    """Whoever alights here, or at stops nearby, can board there."""
    for w in range(back.first[stop] - 1, back.first[stop + 1]):
        origin = stop if w < back.first[stop] else back.to[w]
        if hops[origin] > hop:
            hops[origin] = hop
            marks[count] = origin
            count += 1
    return count


@compiled
def _reach_goal(labels: Labels, ways: Ways, k: int) -> None:
    """Arrivals at the goal from what was alighted at in this round."""
    for e in range(len(ways.stop)):
        time = labels.alighted[ways.stop[e], k]
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
    time, first, to_stop, seconds = labels.alighted[stop, k], changes.first, changes.to, changes.seconds
    best, ready, via = labels.best_ready, labels.ready, labels.via
    for w in range(first[stop] - 1, first[stop + 1]):
        here = w < first[stop]
        to, needs = (stop, changes.at[stop]) if here else (to_stop[w], seconds[w])
        if needs == NEVER or time + needs >= best[to, k]:
            continue
        if ready[to, k] == NEVER:
            _touch(labels, to)
            out[found] = to
            found += 1
        ready[to, k], via[to, k] = time + needs, stop
        _lower(best, to, k, time + needs)
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
def search(n: Network, labels: Labels, starts: IntArray, rounds: int, every: bool) -> None:  # noqa: FBT001
    """All rounds, from ``starts`` int32[A, 2]: stops and when one can board there; with ``every`` the best arrival by every way is
    found, else the best of all.
    """
    lines, ways = n.lines, n.ways
    begin = np.full(len(lines.line_first), -1, np.int32)
    queue = np.empty(len(lines.line_first), np.int32)
    marks, improved = np.empty(len(labels.known), np.int32), np.empty(len(labels.known), np.int32)
    stop_first, stop_line, stop_position = lines.stop_first, lines.stop_line, lines.stop_position
    count = _begin(labels, starts, marks)
    for k in range(1, rounds + 1):
        for e in range(len(ways.stop)):
            labels.best_goal[k, e] = min(labels.best_goal[k, e], labels.best_goal[k - 1, e])
        queued = 0
        for m in range(count):
            for at in range(stop_first[marks[m]], stop_first[marks[m] + 1]):
                line, position = stop_line[at], stop_position[at]
                if begin[line] < 0:
                    queue[queued] = line
                    queued += 1
                    begin[line] = position
                begin[line] = min(begin[line], position)
        found, bound = 0, _bound(labels, k, every)
        for q in range(queued):
            line = queue[q]
            found = _ride(n, labels, (line, begin[line]), (k, rounds - k), bound, (improved, found))
            begin[line] = -1
        _reach_goal(labels, ways, k)
        count = 0
        for a in range(found):
            count = _change(labels, n.changes, improved[a], k, marks, count)
        if count == 0:
            break
