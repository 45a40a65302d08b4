"""What the compiled ruin-and-recreate search works on: the packed problem, the lines at hand, and their schedules.

Of every visit on a line are kept the earliest start in any feasible schedule of the line (as ``schedule.schedule`` finds it) and,
by the mirrored passes, the latest. Import it late: numba takes a second to load. ``ruin_kernel.py`` is what numba's cache watches:
touch it after changing this file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from routing.dialaride.problem import Kind
from routing.travel import FOREVER, IntArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
F = TypeVar("F", bound=Callable[..., object])
BREAK, PICKUP, DROPOFF = int(Kind.BREAK), int(Kind.PICKUP), int(Kind.DROPOFF)
NONE = 2**62
MIX = 0x2545F4914F6CDD1D
"""An odd number that spreads bits."""

# Columns of a node (a visit): WISHED is its earliest as given, EARLIEST and LATEST are tightened by its partner's; LONGEST bounds
# the start at the partner less the start here (pickups only); from LOADS on the change aboard.
PLACE, EARLIEST, LATEST, STAY, LONGEST, MATE, KIND, REQUEST, WISHED, LOADS = range(10)
# Columns of a position on a line: earliest and latest start in a feasible schedule, index of the partner, the next position that is
# no break and the cost of the leg to it, the last position up to here that nobody rides across, parties aboard from here on; from
# ABOARD on what is aboard.
NODE, AT, SECONDS, SERVICE, TIME, LATE, PARTNER, RIDE, NEXT, ONWARD, EMPTY, PARTIES, ABOARD = range(13)
# Columns of a vehicle; of what is known about its line.
FIXED, MAX_DURATION, MAX_METRES, IF_BOOKED, FIRST_CAPACITY, LAST_CAPACITY, CLASS, CALLED = range(8)
COUNT, COST, TOUCHED, OPENING, RIDES, CLOSED, VERSION = range(7)
# Places of the weights; TIED is 1 where anything but windows binds times: longest rides, duties, breaks.
DRIVE, METRE, DUTY, RIDING, WAITING, USED, TIED = range(7)
# Running totals of a search.
TOTAL, ABSENT, LEAST, LEAST_ABSENT, POOLED, FLEET = range(6)
# Knobs (floats): temperature, mean number of rides removed, longest string, share of the steps that remove related rides, chance
# that a place is overlooked, how much dearer than the best a plan may be whose routes are kept in the pool, share of the steps that
# swap tails, share that (with a fleet to be shrunk) put a ride in for others.
HEAT, REMOVED, STRING, RELATED, BLINK, KEEP, SWAPPED, EJECTED = range(8)


class Problem(NamedTuple):
    """What does not change: travel (P, P); nodes (N, 9 + K); rides' pickup and drop-off nodes (R, 2); which vehicle may take which
    (R, V); price of leaving a ride out (R,); vehicles; capacities; rides by nearness; orders to put rides back in (4, R); weights.
    """

    seconds: IntArray
    metres: IntArray
    costs: Integers
    nodes: Integers
    ends: Integers
    allowed: NDArray[np.bool_]
    prices: Integers
    vehicles: Integers
    capacities: Integers
    near: Integers
    orders: Floats
    marks: Integers
    weights: Integers


class Search(NamedTuple):
    """What changes: lines (V, L, 12 + K) and what is known of them, now and before the step; carrier of every ride (−1: none); index
    of every node on its line; best sequences so far; absences counted; pool of routes (hash, cost,
    vehicle, length, when last seen; nodes); places known of rides on lines by hash.
    """

    lines: Integers
    saved: Integers
    facts: Integers
    saved_facts: Integers
    carrier: Integers
    saved_carrier: Integers
    places: Integers
    best: IntArray
    best_counts: Integers
    removed: Integers
    work: Integers
    absences: Integers
    known: Integers
    memory: Integers
    pool: Integers
    pool_nodes: IntArray
    totals: Integers
    random: NDArray[np.uint64]


def door(function: F) -> F:
    """Compile at the first call, kept on disk with all it calls; runs without the interpreter's lock."""
    njit = cast("Callable[..., Callable[[F], F]]", numba.njit)  # its types know nothing of the last option
    return njit(cache=True, nogil=True, _nrt=False)(function)


def compiled(function: F) -> F:
    """Compile for callers compiled too: without the part that unpacks Python's objects, which costs more than most functions, and
    without numba's counting of references (nothing here makes arrays), for which threads would wait for each other.
    """
    njit = cast("Callable[..., Callable[[F], F]]", numba.njit)  # its types know nothing of these three options
    return njit(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def inlined(function: F) -> F:
    """Compile into the callers."""
    return cast("F", numba.njit(inline="always")(function))


@compiled
def uniform(state: NDArray[np.uint64]) -> float:
    """The next number in [0, 1): xorshift64* (Vigna 2016), one state per thread."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(2685821657736338717)) >> np.uint64(11)) * 2.0**-53


@compiled
def _delay(line: Integers, first: int, last: int, not_before: int) -> bool:
    """Serve ``first`` not before; False when that would move ``last``."""
    start, k = not_before, first
    while start > line[k, TIME]:
        if k == last and last > first:
            return False
        line[k, TIME] = start
        if k == last:
            return True
        start += line[k, SERVICE] + line[k + 1, SECONDS]
        k += 1
    return True


@compiled
def _advance(line: Integers, last: int, first: int, not_after: int) -> None:
    """Serve ``last`` not after; the mirror of ``_delay``."""
    start, k = not_after, last
    while start < line[k, LATE]:
        line[k, LATE] = start
        if k == first:
            return
        start -= line[k - 1, SERVICE] + line[k, SECONDS]
        k -= 1


@compiled
def _walk(p: Problem, line: Integers, count: int, index: Integers) -> bool:
    """Positions, legs, loads and times of driving as soon as possible; False when a leg cannot be driven or a visit is too late."""
    # Whole numbers out of tables, no views of rows in loops: numba counts the references to each view.
    nodes, table, empty, pairs, node = p.nodes, p.seconds, 0, 0, line[0, NODE]
    here, free, parties = nodes[node, PLACE], nodes[node, EARLIEST], nodes[node, LONGEST]
    kinds = nodes.shape[1] - LOADS
    for k in range(count):
        node = line[k, NODE]
        index[node] = k
        there = nodes[node, PLACE] if nodes[node, KIND] != BREAK else here
        seconds = 0 if there == here else int(table[here, there])
        time = max(free + seconds, nodes[node, EARLIEST])
        if seconds >= FOREVER or time > nodes[node, LATEST]:
            return False
        change = (nodes[node, KIND] == PICKUP) - (nodes[node, KIND] == DROPOFF)
        parties += change
        if nodes[node, MATE] >= 0:
            pairs += change
        empty = k if pairs == 0 else empty
        line[k, AT], line[k, SECONDS], line[k, SERVICE], line[k, TIME] = there, seconds, nodes[node, STAY], time
        line[k, RIDE], line[k, EMPTY], line[k, PARTIES], line[k, LATE] = nodes[node, LONGEST], empty, parties, nodes[node, LATEST]
        for kind in range(kinds):
            line[k, ABOARD + kind] = nodes[node, LOADS + kind] + (line[k - 1, ABOARD + kind] if k else 0)
        here, free = there, time + nodes[node, STAY]
    return True


@compiled
def _rebuild(p: Problem, line: Integers, count: int, longest: int, index: Integers) -> bool:
    """All columns of a line from its nodes; False when it has no feasible schedule."""
    if not _walk(p, line, count, index):
        return False
    nodes, costs, following = p.nodes, p.costs, count - 1
    for k in range(count - 1, -1, -1):
        line[k, NEXT], line[k, PARTNER] = following, -1
        line[k, ONWARD] = costs[line[k, AT], line[following, AT]]
        node = line[k, NODE]
        if nodes[node, KIND] != BREAK:
            following = k
        if nodes[node, MATE] >= 0:
            line[k, PARTNER] = index[nodes[node, MATE]]
        if nodes[node, KIND] == PICKUP and line[k, PARTNER] > k:
            last = line[k, PARTNER]
            if not _delay(line, k, last, line[last, TIME] - line[k, RIDE]):
                return False
    if not _delay(line, 0, count - 1, line[count - 1, TIME] - longest):
        return False
    for k in range(count - 1, 0, -1):
        line[k - 1, LATE] = min(line[k - 1, LATE], line[k, LATE] - line[k, SECONDS] - line[k - 1, SERVICE])
    for k in range(1, count):
        first = line[k, PARTNER]
        if 0 <= first < k:
            _advance(line, k, first, line[first, LATE] + line[first, RIDE])
    _advance(line, count - 1, 0, line[0, LATE] + longest)
    in_time = True
    for k in range(count):
        in_time = in_time and line[k, TIME] <= line[k, LATE]
    return in_time


@compiled
def _copy(line: Integers, into: Integers, count: int) -> None:
    """The first ``count`` rows, element by element: slices would compile for seconds."""
    for k in range(count):
        for column in range(line.shape[1]):
            into[k, column] = line[k, column]


@compiled
def touch(s: Search, vehicle: int) -> None:
    """Remember the line as it was before the step."""
    if not s.facts[vehicle, TOUCHED]:
        count = s.facts[vehicle, COUNT]
        _copy(s.lines[vehicle], s.saved[vehicle], count)
        for fact in range(s.facts.shape[1]):
            s.saved_facts[vehicle, fact] = s.facts[vehicle, fact]
        s.facts[vehicle, TOUCHED] = 1


@compiled
def take_stock(p: Problem, s: Search, vehicle: int) -> bool:
    """Columns, cost and facts of a line from its nodes; False when it has no feasible schedule or drives too far."""
    line, facts, weights, nodes = s.lines[vehicle], s.facts[vehicle], p.weights, p.nodes
    count = facts[COUNT]
    if not _rebuild(p, line, count, p.vehicles[vehicle, MAX_DURATION], s.places):
        return False
    driving = metres = rides = boards = 0
    version = p.marks[len(p.ends) + p.vehicles[vehicle, CLASS]]
    for k in range(count):
        node = line[k, NODE]
        if 0 < k < count - 1:
            version = (version ^ (version >> 29) ^ (node + 1)) * MIX
        driving += line[k, ONWARD] if nodes[node, KIND] != BREAK else 0
        boards += nodes[node, KIND] == PICKUP or nodes[node, KIND] == DROPOFF
        rides += nodes[node, KIND] == PICKUP and nodes[node, REQUEST] >= 0
    driven, called = p.vehicles[vehicle, IF_BOOKED] == 0 or boards > 0, p.vehicles[vehicle, CALLED] == 1 or boards > 0
    cost = driving + weights[USED] * called + weights[DUTY] * (line[count - 1, TIME] - line[0, TIME])
    if weights[RIDING] + weights[WAITING] > 0:
        cost += _price_riders(p, line, count)
    facts[COST] = cost if driven else 0
    facts[OPENING] = (0 if driven else cost) + (0 if called else weights[USED])
    facts[RIDES], facts[VERSION] = rides, version
    if not driven or p.vehicles[vehicle, MAX_METRES] >= FOREVER:
        return True
    for k in range(1, count):
        metres += p.metres[line[k - 1, AT], line[k, AT]] if line[k, AT] != line[k - 1, AT] else 0
    return bool(metres <= p.vehicles[vehicle, MAX_METRES])


@compiled
def _price_riders(p: Problem, line: Integers, count: int) -> int:
    """What the riders' time aboard and their waiting cost."""
    riding, waiting, nodes = 0, 0, p.nodes
    for k in range(1, count):
        node = line[k, NODE]
        if nodes[node, KIND] == PICKUP:
            waiting += line[k, TIME] - nodes[node, WISHED]
        elif nodes[node, KIND] == DROPOFF:
            first = line[k, PARTNER]
            riding += line[k, TIME]
            riding -= line[first, TIME] + line[first, SERVICE] if first >= 0 else nodes[line[0, NODE], WISHED]
    return int(p.weights[RIDING] * riding + p.weights[WAITING] * waiting)


@compiled
def undo(s: Search) -> None:
    """Everything as it was before the step."""
    facts, places = s.facts, s.places
    for vehicle in range(len(facts)):
        if facts[vehicle, TOUCHED]:
            for fact in range(facts.shape[1]):
                facts[vehicle, fact] = s.saved_facts[vehicle, fact]
            line, count = s.lines[vehicle], facts[vehicle, COUNT]
            _copy(s.saved[vehicle], line, count)
            for k in range(count):
                places[line[k, NODE]] = k
    for ride in range(len(s.carrier)):
        s.carrier[ride] = s.saved_carrier[ride]
