"""The compiled scan over connections (Dibbelt, Pajor, Strasser & Wagner 2018, "Connection Scan Algorithm", ACM JEA 23): ahead for the
first arrival with any number of changes, then back over what was reached for the way to it with the fewest.
"""

from __future__ import annotations

import numpy as np

from gtfs.journeys.arrays import NEVER, Changes, Connections, Network, Ways
from gtfs.journeys.compiling import compiled, door
from gtfs.journeys.rounds import goal_time
from gtfs.timetable import IntArray

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
    # arrays one by one: what is taken out of a tuple is counted, which takes longer than looking at it
    times, firsts, origins, targets, arrivals, rides = c.time, c.first, c.origin, c.target, c.arrival, c.ride
    at_stop, walk_first, walk_to, walk_seconds = n.changes.at, n.changes.first, n.changes.to, n.changes.seconds
    reached, count = np.empty(c.first[len(c.first) - 1] - c.first[group], np.int32), 0
    goal, alighted = latest + 1, np.full(len(ready), NEVER, np.int32)
    alighted[len(ready) - 1] = -NEVER
    leads = np.zeros(len(ready), np.uint8)
    leads[n.ways.stop] = 1
    while group < len(times) and times[group] < goal:
        departure, before, again = times[group], count, False
        for at in range(np.uint64(firsts[group]), np.uint64(firsts[group + 1])):
            ride = rides[at]
            if (aboard[ride] | np.uint8(ready[origins[at]] <= departure)) == 0:  # one branch is quicker than two
                continue
            aboard[ride] = 1
            reached[count] = at
            count += 1
            stop, time = targets[at], arrivals[at]
            if time < alighted[stop]:
                alighted[stop] = time
                if at_stop[stop] < NEVER:
                    again |= _lower(ready, stop, time + at_stop[stop]) <= departure
                for w in range(walk_first[stop], walk_first[stop + 1]):
                    again |= _lower(ready, walk_to[w], time + walk_seconds[w]) <= departure
                if leads[stop]:
                    goal = min(goal, _at_goal(n.ways, stop, time))
        if again:  # a change that takes no time to something that leaves at once, and was looked at before
            count = before
        else:
            group += 1
    return (goal if goal <= latest else NEVER), reached[:count]


@compiled
def _lower(ready: IntArray, stop: int, time: int) -> int:
    """``time`` if that is earlier than one could board there before, else NEVER."""
    if time >= ready[stop]:
        return NEVER
    ready[stop] = time
    return time


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
    times, firsts, origins, targets, arrivals, ride_of = c.time, c.first, c.origin, c.target, c.arrival, c.ride
    at_stop, walk_first, walk_to, walk_seconds = back.at, back.first, back.to, back.seconds
    at, group = len(reached) - 1, len(times) - 1
    while at >= 0:
        while firsts[group] > reached[at]:
            group -= 1
        time, begin, again = times[group], at, False
        while at >= 0 and reached[at] >= firsts[group]:
            one, at = reached[at], at - 1
            ride, stop = ride_of[one], origins[one]
            if needs[ride] > rides and arrivals[one] > last[targets[one]]:
                continue
            fewer = _alights(deadline, targets[one], arrivals[one], needs[ride])
            if fewer < needs[ride]:
                needs[ride], alight[ride] = fewer, one
            k = int(needs[ride])
            if k <= rides and stop < stops and board[stop, k] < time:
                _board(board, on, (stop, k, time), (one, alight[ride]))
                for w in range(walk_first[stop] - 1, walk_first[stop + 1]):
                    here = w < walk_first[stop]
                    origin, takes = (stop, at_stop[stop]) if here else (walk_to[w], walk_seconds[w])
                    if takes < NEVER and _alight(deadline, via, (origin, k), stop, time - takes):
                        last[origin] = max(last[origin], time - takes)
                        again |= takes <= 0
        if again:
            at = begin
    return board, on, via


@compiled
def _alights(deadline: IntArray, stop: int, arrival: int, needs: int) -> int:
    """With how many rides one can do who alights there, if that is fewer than ``needs`` by riding on."""
    k = 0
    while k + 1 < needs and deadline[stop, k] < arrival:
        k += 1
    return min(k + 1, int(needs))


@compiled
def _board(board: IntArray, on: IntArray, where: tuple[int, int, int], ride: tuple[int, int]) -> None:
    stop, k, time = where
    while k < board.shape[1] and board[stop, k] < time:
        board[stop, k], on[stop, k, BOARDED], on[stop, k, ALIGHTED] = time, ride[0], ride[1]
        k += 1


@compiled
def _alight(deadline: IntArray, via: IntArray, where: tuple[int, int], stop: int, time: int) -> bool:
    """Whether one may now alight later there, with so many rides more or with more of them, to board at ``stop``."""
    (origin, k), later = where, False
    for more in range(k, deadline.shape[1]):
        if deadline[origin, more] < time:
            deadline[origin, more], via[origin, more] = time, stop
            later = True
    return later


@compiled
def _follow(c: Connections, on: IntArray, via: IntArray, stop: int, rides: int) -> IntArray:
    """How each ride goes, from a stop on with exactly ``rides`` more."""
    way = np.empty((rides, 2), np.int32)
    for k in range(rides, 0, -1):
        way[rides - k] = on[stop, k]
        if k > 1:
            stop = via[c.target[on[stop, k, ALIGHTED]], k - 1]
    return way
