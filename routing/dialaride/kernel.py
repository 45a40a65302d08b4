"""The compiled search for best insertions. Import it late: numba takes a second to load.

For every place of the pickup the times after it are carried along the route once; every place of the drop-off on the way is first
held against bounds that cost next to nothing (time windows, latest start with which the rest of the route still works: forward
time slack, Savelsbergh 1992; a lower bound of the cost), and only what survives is laid out and timed exactly. The bounds use no
triangle inequality, because rounded and time-dependent travel times do not keep it. All kernels live in this file: numba's cache
notices changes per file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np

from routing.dialaride import packing as col
from routing.dialaride.packing import CompiledFleet, Integers, Wish
from routing.dialaride.problem import Kind
from routing.travel import FOREVER, IntArray

F = TypeVar("F", bound=Callable[..., object])

COST, AFTER_PICKUP, AFTER_DROPOFF, PICKUP_TIME, DROPOFF_TIME = range(5)
NONE = 2**62
"""A cost above all others: nothing found."""
_PICKUP, _DROPOFF, _BREAK = int(Kind.PICKUP), int(Kind.DROPOFF), int(Kind.BREAK)


def compiled(function: F) -> F:
    """Compile at the first call, kept on disk; runs without the interpreter's lock."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


class Travel(NamedTuple):
    """Seconds and metres between places, int32 (P, P)."""

    seconds: IntArray
    metres: IntArray


class Line(NamedTuple):
    """A sequence laid out: rows of its visits, where the vehicle stands, seconds and metres to get there, start of service when
    driving as soon as possible, in the earliest feasible schedule, and the latest with which the rest still works.
    """

    rows: Integers
    at: Integers
    seconds: Integers
    metres: Integers
    reached: Integers
    times: Integers
    latest: Integers


class Base(NamedTuple):
    """A route as it is: number of visits, row of limits, capacities, cost, the least its visits cost after any insertion less its
    cost now, metres it drives if at all, most it may drive.
    """

    visits: int
    limits: Integers
    capacities: Integers
    cost: int
    floor: int
    metres: int
    max_metres: int


class Task(NamedTuple):
    """One route's share of the search: its line, room for lines to be tried."""

    travel: Travel
    wish: Wish
    base: Base
    line: Line
    trial: Line


@compiled
def _new_line(size: int, width: int) -> Line:
    return Line(
        np.empty((size, width), np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
    )


@compiled
def _leg(travel: Travel, here: int, there: int) -> tuple[int, int]:
    """Seconds and metres; staying costs nothing."""
    if here == there:
        return 0, 0
    return travel.seconds[here, there], travel.metres[here, there]


@compiled
def _lay_out(travel: Travel, line: Line, count: int) -> bool:
    """Positions, legs and times of driving as soon as possible; False when a leg cannot be driven or a visit is too late."""
    rows, reached = line.rows, line.reached
    line.at[0] = here = rows[0, col.PLACE]
    line.seconds[0] = line.metres[0] = 0
    reached[0] = rows[0, col.EARLIEST]
    for k in range(1, count):
        there = rows[k, col.PLACE] if rows[k, col.PLACE] >= 0 else here
        seconds, metres = _leg(travel, here, there)
        reached[k] = max(rows[k, col.EARLIEST], reached[k - 1] + rows[k - 1, col.SERVICE] + seconds)
        if seconds >= FOREVER or reached[k] > rows[k, col.LATEST]:
            return False
        line.at[k], line.seconds[k], line.metres[k] = there, seconds, metres
        here = there
    return bool(reached[0] <= rows[0, col.LATEST])


@compiled
def _delay(line: Line, first: int, last: int, not_before: int) -> bool:
    """As ``schedule._delay``, and False when a time is too late."""
    rows, times = line.rows, line.times
    if times[first] >= not_before:
        return True
    times[first] = not_before
    if not_before > rows[first, col.LATEST]:
        return False
    for k in range(first + 1, last + 1):
        ready = times[k - 1] + rows[k - 1, col.SERVICE] + line.seconds[k]
        if ready <= times[k]:
            return True
        if k == last or ready > rows[k, col.LATEST]:
            return False
        times[k] = ready
    return True


@compiled
def _settle(line: Line, count: int, max_duration: int) -> bool:
    """From the times of driving as soon as possible to the earliest feasible schedule (see ``schedule.schedule``)."""
    rows, times = line.rows, line.times
    times[:count] = line.reached[:count]
    for k in range(count - 1, 0, -1):
        if rows[k, col.KIND] == _PICKUP and rows[k, col.PARTNER] > k:
            last = rows[k, col.PARTNER]
            if not _delay(line, k, last, times[last] - rows[last, col.RIDE] - rows[k, col.SERVICE]):
                return False
    return _delay(line, 0, count - 1, times[count - 1] - max_duration)


@compiled
def _price(line: Line, count: int, weights: Integers) -> int:
    """Cost of a timed line (see ``objective.cost``) without the price of using the vehicle."""
    rows, times = line.rows, line.times
    driving = rolling = riding = waiting = 0
    for k in range(count):
        driving += line.seconds[k]
        rolling += line.metres[k]
        if rows[k, col.KIND] == _PICKUP:
            waiting += times[k] - rows[k, col.EARLIEST]
        elif rows[k, col.KIND] == _DROPOFF:
            boarded = rows[k, col.PARTNER]
            riding += times[k] - (rows[0, col.EARLIEST] if boarded < 0 else times[boarded] + rows[boarded, col.SERVICE])
    cost = weights[col.DRIVE] * driving + weights[col.METRE] * rolling + weights[col.DUTY] * (times[count - 1] - times[0])
    return int(cost + weights[col.RIDING] * riding + weights[col.WAITING] * waiting)


@compiled
def _waits(line: Line, count: int, weights: Integers) -> int:
    """Cost of standing still with riders aboard or on duty: more than this no insertion can save."""
    rows, times = line.rows, line.times
    moving = np.zeros(count, np.int64)
    for k in range(1, count):
        moving[k] = moving[k - 1] + rows[k - 1, col.SERVICE] + line.seconds[k]
    waits: int = weights[col.DUTY] * (times[count - 1] - times[0] - moving[count - 1])
    for k in range(count):
        boarded = rows[k, col.PARTNER]
        if rows[k, col.KIND] == _DROPOFF and boarded >= 0:
            waits += weights[col.RIDING] * (times[k] - times[boarded] - moving[k] + moving[boarded])
    return waits


@compiled
def _latest(line: Line, count: int) -> None:
    """Latest start of each visit with which the visits after it can still be in time (necessary, not sufficient)."""
    rows, latest = line.rows, line.latest
    for k in range(count):
        latest[k] = rows[k, col.LATEST]
        boarded = rows[k, col.PARTNER]
        if rows[k, col.KIND] == _DROPOFF and boarded >= 0:
            latest[k] = min(latest[k], rows[boarded, col.LATEST] + rows[boarded, col.SERVICE] + rows[k, col.RIDE])
    for k in range(count - 2, -1, -1):
        latest[k] = min(latest[k], latest[k + 1] - rows[k, col.SERVICE] - line.seconds[k + 1])


@compiled
def _may_carry(limits: Integers, wish: Wish) -> bool:
    if limits[col.LOCKED] or wish.needs & ~limits[col.EQUIPMENT]:
        return False
    if len(wish.groups) == 0:
        return True
    for group in wish.groups:  # noqa: SIM110  (any() of a generator does not compile)
        if group == limits[col.GROUP]:
            return True
    return False


@compiled
def _has_room(aboard: Integers, party: Integers, capacities: Integers) -> bool:
    """True when the party fits in beside those aboard under one of the alternatives."""
    for alternative in range(len(capacities)):
        fits = True
        for kind in range(col.LOAD, len(aboard)):
            fits = fits and aboard[kind] + party[kind] <= capacities[alternative, kind - col.LOAD]
        if fits:
            return True
    return False


@compiled
def _detour(task: Task, after_pickup: int, after_dropoff: int) -> tuple[int, int, bool]:
    """Seconds and metres added, and whether no later visit can come earlier through it (so that bounds of the cost hold)."""
    travel, line, rows = task.travel, task.line, task.line.rows
    pickup, dropoff = task.wish.ends[0, col.PLACE], task.wish.ends[1, col.PLACE]
    rejoin = after_dropoff + 1
    while rows[rejoin, col.KIND] == _BREAK:
        rejoin += 1
    seconds, metres = _leg(travel, line.at[after_pickup], pickup)
    here, saved = pickup, 0
    monotone = rejoin == after_dropoff + 1
    if after_dropoff > after_pickup:
        onward = _leg(travel, pickup, line.at[after_pickup + 1])
        seconds += onward[0] - line.seconds[after_pickup + 1]
        metres += onward[1] - line.metres[after_pickup + 1]
        monotone = monotone and seconds >= 0
        here = line.at[after_dropoff]
        saved = seconds
    away, back = _leg(travel, here, dropoff), _leg(travel, dropoff, line.at[rejoin])
    skipped = _leg(travel, line.at[after_dropoff], line.at[rejoin])
    seconds += away[0] + back[0] - skipped[0]
    metres += away[1] + back[1] - skipped[1]
    return seconds, metres, monotone and seconds >= saved


@compiled
def _rejoins(task: Task, after: int, free: int) -> bool:
    """True when the visits after the drop-off may still be in time if it is left at ``free``."""
    rows = task.line.rows
    k = after + 1
    while rows[k, col.KIND] == _BREAK:
        start = max(free, rows[k, col.EARLIEST])
        if start > rows[k, col.LATEST]:
            return False
        free = start + rows[k, col.SERVICE]
        k += 1
    seconds, _ = _leg(task.travel, task.wish.ends[1, col.PLACE], task.line.at[k])
    return seconds < FOREVER and free + seconds <= task.line.latest[k]


@compiled
def _build(task: Task, after_pickup: int, after_dropoff: int) -> None:
    """The trial line's rows: the route's with the two new ones among them."""
    rows, new, count = task.line.rows, task.trial.rows, task.base.visits
    for k in range(count):
        into = k + (k > after_pickup) + (k > after_dropoff)
        for column in range(col.LOAD):
            new[into, column] = rows[k, column]
        partner = rows[k, col.PARTNER]
        if partner >= 0:
            new[into, col.PARTNER] = partner + (partner > after_pickup) + (partner > after_dropoff)
    pickup, dropoff = after_pickup + 1, after_dropoff + 2
    for column in range(col.LOAD):
        new[pickup, column], new[dropoff, column] = task.wish.ends[0, column], task.wish.ends[1, column]
    new[pickup, col.PARTNER], new[dropoff, col.PARTNER] = dropoff, pickup


@compiled
def _try(task: Task, after_pickup: int, after_dropoff: int, found: Integers) -> None:
    """Time and price one insertion exactly; into ``found`` if it is the best so far."""
    trial, base, count = task.trial, task.base, task.base.visits + 2
    _build(task, after_pickup, after_dropoff)
    if not _lay_out(task.travel, trial, count) or not _settle(trial, count, base.limits[col.MAX_DURATION]):
        return
    cost = _price(trial, count, task.wish.weights) + task.wish.weights[col.USED] - base.cost
    if cost < found[COST]:
        found[COST], found[AFTER_PICKUP], found[AFTER_DROPOFF] = cost, after_pickup, after_dropoff
        found[PICKUP_TIME], found[DROPOFF_TIME] = trial.times[after_pickup + 1], trial.times[after_dropoff + 2]


@compiled
def _scan_dropoffs(task: Task, after_pickup: int, time: int, found: Integers) -> None:
    """All places of the drop-off for a pickup served at ``time``."""
    travel, line, rows, weights = task.travel, task.line, task.line.rows, task.wish.weights
    pickup, dropoff = task.wish.ends[0], task.wish.ends[1]
    here, free, aboard = pickup[col.PLACE], time + pickup[col.SERVICE], 0
    for k in range(after_pickup, task.base.visits - 1):
        if k > after_pickup:
            seconds, _ = _leg(travel, here, line.at[k])
            start = max(rows[k, col.EARLIEST], free + seconds)
            if seconds >= FOREVER or start > rows[k, col.LATEST] or rows[k, col.KIND] == _BREAK:
                return
            if not _has_room(rows[k], pickup, task.base.capacities):
                return
            here, free, aboard = line.at[k], start + rows[k, col.SERVICE], aboard + seconds + rows[k, col.SERVICE]
        if free > dropoff[col.LATEST] or aboard > dropoff[col.RIDE]:
            return
        seconds, _ = _leg(travel, here, dropoff[col.PLACE])
        arrival = max(dropoff[col.EARLIEST], free + seconds)
        if seconds >= FOREVER or arrival > dropoff[col.LATEST] or aboard + seconds > dropoff[col.RIDE]:
            continue
        if not _rejoins(task, k, arrival + dropoff[col.SERVICE]):
            continue
        added, further, monotone = _detour(task, after_pickup, k)
        if task.base.metres + further > task.base.max_metres:
            continue
        least = task.base.floor + weights[col.DRIVE] * added + weights[col.METRE] * further
        least += weights[col.RIDING] * (aboard + seconds) + weights[col.WAITING] * (time - pickup[col.EARLIEST])
        if least < found[COST] or not monotone:
            _try(task, after_pickup, k, found)


@compiled
def _scan(task: Task, found: Integers) -> None:
    """All places of the pickup."""
    line, pickup = task.line, task.wish.ends[0]
    for k in range(task.base.limits[col.FIXED] - 1, task.base.visits - 1):
        free = line.reached[k] + line.rows[k, col.SERVICE]
        if free > pickup[col.LATEST]:
            return
        seconds, _ = _leg(task.travel, line.at[k], pickup[col.PLACE])
        time = max(pickup[col.EARLIEST], free + seconds)
        if seconds >= FOREVER or time > pickup[col.LATEST]:
            continue
        if _has_room(line.rows[k], pickup, task.base.capacities):
            _scan_dropoffs(task, k, time, found)


@compiled
def _base(line: Line, limits: Integers, capacities: Integers, weights: Integers) -> Base:
    count = len(line.rows)
    price = _price(line, count, weights)
    cost = price + weights[col.USED] * limits[col.LEAVES] if limits[col.DRIVEN] else 0
    floor = price - _waits(line, count, weights) + weights[col.USED] - cost
    metres = line.metres[:count].sum()
    max_metres = max(limits[col.MAX_METRES], metres if limits[col.DRIVEN] else 0)
    return Base(count, limits, capacities, cost, floor, metres, max_metres)


@compiled
def search(travel: Travel, fleet: CompiledFleet, wish: Wish) -> Integers:
    """The best insertion into each route, (R, 5) as COST … DROPOFF_TIME; COST is ``NONE`` where there is none or where it
    cannot be among the ``most`` best.
    """
    first, width = fleet.first, fleet.visits.shape[1]
    size = (first[1:] - first[:-1]).max() + 2 if len(fleet.limits) else 0
    blank, trial = _new_line(size, width), _new_line(size, width)
    best = np.full(wish.most, NONE)
    found = np.full((len(fleet.limits), 5), NONE)
    for r in range(len(fleet.limits)):
        limits = fleet.limits[r]
        if not wish.routes[r] or not _may_carry(limits, wish):
            continue
        rows = fleet.visits[first[r] : first[r + 1]]
        line = Line(rows, blank.at, blank.seconds, blank.metres, blank.reached, blank.times, blank.latest)
        if not _lay_out(travel, line, len(rows)) or not _settle(line, len(rows), limits[col.MAX_DURATION]):
            continue
        _latest(line, len(rows))
        capacities = fleet.capacities[fleet.first_capacity[r] : fleet.first_capacity[r + 1]]
        base = _base(line, limits, capacities, wish.weights)
        found[r, COST] = best[-1]
        _scan(Task(travel, wish, base, line, trial), found[r])
        if found[r, AFTER_PICKUP] == NONE:
            found[r, COST] = NONE
        _remember(best, found[r, COST])
    return found


@compiled
def _remember(best: Integers, cost: int) -> None:
    """Keep ``best`` the smallest costs so far, ascending."""
    for place in range(len(best)):
        if cost < best[place]:
            best[place], cost = cost, best[place]
