"""The compiled scan over connections (Dibbelt, Pajor, Strasser & Wagner 2018, "Connection Scan Algorithm", ACM JEA 23): ahead for the
first arrival with any number of changes, then back over what was reached for the way to it with the fewest.
"""

from __future__ import annotations

import numpy as np

from gtfs.journeys.arrays import NEVER, Changes, Connections, Network, Ways
from gtfs.journeys.compiling import compiled, door
from gtfs.journeys.rounds import goal_time
from gtfs.timetable import ByteArray, IntArray

BOARDED, ALIGHTED = range(2)
"""Connections at whose beginning one boards and at whose end one alights."""


@door
def scan(n: Network, c: Connections, back: Changes, starts: IntArray, latest: int, rides: int) -> tuple[int, int, IntArray]:
    """The first arrival at the goal, at ``latest`` or before (NEVER: none), and of all ways to it with at most ``rides`` rides one with
    the fewest, leaving last: the row of ``starts`` at which it begins (−1: all take more rides), and int32[K, 2] how each ride goes
    (:data:`BOARDED` …).

    Args:
        n: what is searched.
        c: its connections.
        back: its changes, mirrored.
        starts: int32[A, 2], stops and when one can board there.
        latest: the last arrival that will do.
        rides: how many at most.
    """
    arrival, reached = _ahead(n, c, starts, latest)
    if arrival == NEVER:
        return NEVER, -1, np.empty((0, 2), np.int32)
    board, on, via = _back(n.ways, c, back, reached, (arrival, rides))
    for k in range(1, rides + 1):
        best = -1
        for start in range(starts.shape[0]):
            slack = board[starts[start, 0], k] - starts[start, 1]
            if slack >= 0 and (best < 0 or slack > board[starts[best, 0], k] - starts[best, 1]):
                best = start
        if best >= 0:
            return arrival, best, _follow(c, on, via, starts[best, 0], k)
    return arrival, -1, np.empty((0, 2), np.int32)


@compiled
def _ahead(n: Network, c: Connections, starts: IntArray, latest: int) -> tuple[int, IntArray]:
    """The first arrival, and the connections that were reached until then."""
    aboard, ready = np.zeros(c.rides, np.uint8), np.full(len(n.usable) + 1, NEVER, np.int32)
    first = NEVER
    for at in range(starts.shape[0]):
        ready[starts[at, 0]] = min(ready[starts[at, 0]], starts[at, 1])
        first = min(first, starts[at, 1])
    group = np.searchsorted(c.time, first)
    reached, count = np.empty(c.first[len(c.first) - 1] - c.first[group], np.int32), 0
    goal, alighted = latest + 1, np.full(len(ready), NEVER, np.int32)
    alighted[len(ready) - 1] = -NEVER
    leads = np.zeros(len(ready), np.uint8)
    leads[n.ways.stop] = 1
    while group < len(c.time) and c.time[group] < goal:
        departure, before, again = c.time[group], count, False
        for at in range(np.uint64(c.first[group]), np.uint64(c.first[group + 1])):
            ride = c.ride[at]
            if (aboard[ride] | np.uint8(ready[c.origin[at]] <= departure)) == 0:  # one branch is quicker than two
                continue
            aboard[ride] = 1
            reached[count] = at
            count += 1
            stop, time = c.target[at], c.arrival[at]
            if time < alighted[stop]:
                alighted[stop] = time
                again |= _change(n.changes, stop, time, ready) <= departure
                if leads[stop]:
                    goal = min(goal, _at_goal(n.ways, stop, time))
        if again:  # a change that takes no time to something that leaves at once, and was looked at before
            count = before
        else:
            group += 1
    return (goal if goal <= latest else NEVER), reached[:count]


@compiled
def _change(changes: Changes, stop: int, time: int, ready: IntArray) -> int:
    """The earliest time at which one can now board where one could not before."""
    least = NEVER
    if changes.at[stop] < NEVER and time + changes.at[stop] < ready[stop]:
        ready[stop] = least = time + changes.at[stop]
    for w in range(changes.first[stop], changes.first[stop + 1]):
        if time + changes.seconds[w] < ready[changes.to[w]]:
            ready[changes.to[w]] = time + changes.seconds[w]
            least = min(least, time + changes.seconds[w])
    return least


@compiled
def _at_goal(ways: Ways, stop: int, time: int) -> int:
    best = NEVER
    for e in range(len(ways.stop)):
        if ways.stop[e] == stop:
            best = min(best, goal_time(ways, e, time))
    return best


@compiled
def _deadlines(ways: Ways, stops: int, arrival: int, rides: int) -> IntArray:
    """int32[S+1, K+1]: when one must have alighted at a stop to arrive in time with so many rides more, or fewer."""
    deadline = np.full((stops + 1, rides + 1), -NEVER, np.int32)
    for e in range(len(ways.stop)):
        stop = ways.stop[e]
        if ways.walk[e] < NEVER:
            _raise(deadline, stop, 0, arrival - ways.walk[e])
        for ride in range(ways.first[e], ways.first[e + 1]):
            if ways.arrival[ride] <= arrival:
                _raise(deadline, stop, 0, ways.ready[ride])
    return deadline


@compiled
def _raise(deadline: IntArray, stop: int, k: int, time: int) -> None:
    """With ``k`` rides, and so with more."""
    while k < deadline.shape[1] and deadline[stop, k] < time:
        deadline[stop, k] = time
        k += 1


@compiled
def _back(
    ways: Ways, c: Connections, back: Changes, reached: IntArray, task: tuple[int, int]
) -> tuple[IntArray, IntArray, IntArray]:
    """From the goal back over what was reached, for an arrival with so many rides at most (``task``). With room for S stops and K rides:

    int32[S+1, K+1]: when one must board at a stop to be in time with so many rides, or fewer; int32[S+1, K+1, 2]: how that ride goes;
    int32[S+1, K+1]: where one boards next who has alighted at a stop with so many rides more.
    """
    (arrival, rides), stops = task, len(back.at)
    deadline = _deadlines(ways, stops, arrival, rides)
    last = deadline[:, rides].copy()  # of all, to see at once what leads nowhere
    board, on = np.full((stops + 1, rides + 1), -NEVER, np.int32), np.empty((stops + 1, rides + 1, 2), np.int32)
    via = np.empty((stops + 1, rides + 1), np.int32)
    needs, alight = np.full(c.rides, rides + 1, np.uint8), np.empty(c.rides, np.int32)
    at, group = len(reached) - 1, len(c.time) - 1
    while at >= 0:
        while c.first[group] > reached[at]:
            group -= 1
        time, begin, again = c.time[group], at, False
        while at >= 0 and reached[at] >= c.first[group]:
            one, at = reached[at], at - 1
            ride, stop = c.ride[one], c.origin[one]
            if needs[ride] > rides and c.arrival[one] > last[c.target[one]]:
                continue
            if _alights(c, one, needs, deadline):
                alight[ride] = one
            k = int(needs[ride])
            if k <= rides and stop < stops and board[stop, k] < time:
                _board(board, on, (stop, k, time), (one, alight[ride]))
                again |= _change_back(back, (stop, k), time, (deadline, last), via) >= time
        if again:
            at = begin
    return board, on, via


@compiled
def _alights(c: Connections, one: int, needs: ByteArray, deadline: IntArray) -> bool:
    """Whether alighting at the end of this connection takes fewer rides than riding on."""
    ride, k = c.ride[one], 0
    while k + 1 < needs[ride] and deadline[c.target[one], k] < c.arrival[one]:
        k += 1
    fewer = bool(k + 1 < needs[ride])
    if fewer:
        needs[ride] = k + 1
    return fewer


@compiled
def _board(board: IntArray, on: IntArray, where: tuple[int, int, int], ride: tuple[int, int]) -> None:
    stop, k, time = where
    while k < board.shape[1] and board[stop, k] < time:
        board[stop, k], on[stop, k, BOARDED], on[stop, k, ALIGHTED] = time, ride[0], ride[1]
        k += 1


@compiled
def _change_back(back: Changes, boarding: tuple[int, int], time: int, deadlines: tuple[IntArray, IntArray], via: IntArray) -> int:
    """The latest of the deadlines that are later now."""
    (stop, k), (deadline, last), most = boarding, deadlines, -NEVER
    for w in range(back.first[stop] - 1, back.first[stop + 1]):
        here = w < back.first[stop]
        origin, takes = (stop, back.at[stop]) if here else (back.to[w], back.seconds[w])
        if takes == NEVER:
            continue
        for more in range(k, deadline.shape[1]):
            if deadline[origin, more] < time - takes:
                deadline[origin, more], via[origin, more] = time - takes, stop
                most = max(most, time - takes)
        last[origin] = max(last[origin], time - takes)
    return most


@compiled
def _follow(c: Connections, on: IntArray, via: IntArray, stop: int, rides: int) -> IntArray:
    """How each ride goes, from a stop on with exactly ``rides`` more."""
    way = np.empty((rides, 2), np.int32)
    for k in range(rides, 0, -1):
        way[rides - k] = on[stop, k]
        if k > 1:
            stop = via[c.target[on[stop, k, ALIGHTED]], k - 1]
    return way
