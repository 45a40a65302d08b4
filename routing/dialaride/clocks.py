"""The clock of one line of visits, compiled: legs, times, price. Import it late: numba takes a second to load.

``kernel.py`` is what numba's cache watches: touch it after changing this file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

from routing.dialaride import packing as col
from routing.dialaride.packing import AT, IN_TIME, IN_TIME_AT_ALL, METRES, REACHED, SECONDS, TIME, Integers
from routing.dialaride.problem import Kind
from routing.travel import FOREVER, IntArray

F = TypeVar("F", bound=Callable[..., object])

PICKUP, DROPOFF, BREAK = int(Kind.PICKUP), int(Kind.DROPOFF), int(Kind.BREAK)


def door(function: F) -> F:
    """Compile at the first call, kept on disk with all it calls; runs without the interpreter's lock."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def compiled(function: F) -> F:
    """Compile for callers compiled too: without the part that unpacks Python's objects."""
    njit = cast("Callable[..., Callable[[F], F]]", numba.njit)  # its types know nothing of these two options
    return njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def inlined(function: F) -> F:
    """Compile into the callers: handing counted arrays over costs more than these functions do."""
    return cast("F", numba.njit(inline="always")(function))


@compiled
def lay_out(ways: IntArray, rows: Integers, clock: Integers, count: int) -> bool:
    """Positions, legs and times of driving as soon as possible; False when a leg cannot be driven or a visit is too late."""
    here, free = rows[0, col.PLACE], rows[0, col.EARLIEST]
    for k in range(count):
        there = rows[k, col.PLACE] if rows[k, col.PLACE] >= 0 else here
        seconds = ways[col.AWAY, here, there, 0]
        start = max(rows[k, col.EARLIEST], free + seconds)
        if seconds >= FOREVER or start > rows[k, col.LATEST]:
            return False
        clock[k, AT], clock[k, SECONDS], clock[k, METRES] = there, seconds, ways[col.AWAY, here, there, 1]
        clock[k, REACHED] = clock[k, TIME] = start
        here, free = there, start + rows[k, col.SERVICE]
    return True


@inlined
def _delay(rows: Integers, clock: Integers, pair: tuple[int, int], not_before: int) -> bool:
    """As ``schedule._delay``, and False when a time is too late."""
    first, last = pair
    start, k = not_before, first
    while start > clock[k, TIME]:
        if start > rows[k, col.LATEST] or (k == last and last > first):
            return False
        clock[k, TIME] = start
        if k == last:
            return True
        start += rows[k, col.SERVICE] + clock[k + 1, SECONDS]
        k += 1
    return True


@compiled
def settle(rows: Integers, clock: Integers, count: int, max_duration: int) -> bool:
    """From the times of driving as soon as possible to the earliest feasible schedule (see ``schedule.schedule``)."""
    for k in range(count - 1, -1, -1):
        last = rows[k, col.UNTIL]
        if last >= 0 and not _delay(rows, clock, (k, last), clock[last, TIME] - rows[k, col.LONGEST]):
            return False
    return _delay(rows, clock, (0, count - 1), clock[count - 1, TIME] - max_duration)


@inlined
def _hasten(rows: Integers, clock: Integers, pair: tuple[int, int], not_after: int) -> None:
    """Serve ``last`` not after; whatever comes before it is moved as far as that needs."""
    first, last = pair
    start, k = not_after, last
    while k >= first and start < clock[k, TIME]:
        clock[k, TIME] = start
        start -= rows[k - 1, col.SERVICE] + clock[k, SECONDS]
        k -= 1


@compiled
def settle_late(rows: Integers, clock: Integers, count: int, max_duration: int) -> None:
    """The latest feasible schedule of a line that has one: the same passes, mirrored."""
    latest = FOREVER
    for k in range(count - 1, -1, -1):
        latest = min(latest, rows[k, col.LATEST])
        clock[k, TIME] = latest
        if k > 0:
            latest -= rows[k - 1, col.SERVICE] + clock[k, SECONDS]
    for k in range(count):
        first = rows[k, col.FROM]
        if first >= 0:
            _hasten(rows, clock, (first, k), clock[first, TIME] + rows[first, col.LONGEST])
    _hasten(rows, clock, (0, count - 1), clock[0, TIME] + max_duration)


@compiled
def price(rows: Integers, clock: Integers, count: int, weights: Integers) -> int:
    """Cost of a timed line (see ``objective.cost``) without the price of using the vehicle."""
    driving = rolling = riding = waiting = 0
    for k in range(count):
        driving += clock[k, SECONDS]
        rolling += clock[k, METRES]
        boarded = rows[k, col.FROM]
        if rows[k, col.KIND] == PICKUP:
            waiting += clock[k, TIME] - rows[k, col.EARLIEST]
        elif rows[k, col.KIND] == DROPOFF and boarded >= 0:
            riding += clock[k, TIME] - clock[boarded, TIME] - rows[boarded, col.SERVICE]
        elif rows[k, col.KIND] == DROPOFF:
            riding += clock[k, TIME] - rows[0, col.EARLIEST]
    cost = weights[col.DRIVE] * driving + weights[col.METRE] * rolling
    cost += weights[col.DUTY] * (clock[count - 1, TIME] - clock[0, TIME])
    return int(cost + weights[col.RIDING] * riding + weights[col.WAITING] * waiting)


@compiled
def idle_aboard(rows: Integers, clock: Integers, k: int) -> int:
    """Seconds that the rider who boards at visit ``k`` spends aboard neither driven nor while others are served."""
    idle = 0
    for j in range(k + 1, rows[k, col.UNTIL] + 1):
        idle += clock[j, TIME] - clock[j - 1, TIME] - rows[j - 1, col.SERVICE] - clock[j, SECONDS]
    return idle


@compiled
def look_back(rows: Integers, clock: Integers, count: int) -> None:
    """Latest start of each visit with which the visits after it can still be in time (necessary, not sufficient)."""
    latest = at_all = FOREVER
    for k in range(count - 1, -1, -1):
        latest, at_all = min(latest, rows[k, col.LATEST]), min(at_all, rows[k, col.LATEST])
        first = rows[k, col.FROM]
        if first >= 0:
            latest = min(latest, rows[first, col.LATEST] + rows[first, col.LONGEST])
        clock[k, IN_TIME], clock[k, IN_TIME_AT_ALL] = latest, at_all
        if k > 0:
            latest -= rows[k - 1, col.SERVICE] + clock[k, SECONDS]
            at_all -= rows[k - 1, col.SERVICE]
