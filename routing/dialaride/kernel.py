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
from routing.dialaride.packing import CompiledFleet, Integers, Travel, Wish
from routing.dialaride.problem import Kind
from routing.travel import FOREVER, IntArray

F = TypeVar("F", bound=Callable[..., object])

COST, AFTER_PICKUP, AFTER_DROPOFF, PICKUP_TIME, DROPOFF_TIME = range(5)
NONE = 2**62
"""A cost above all others: nothing found."""
_PICKUP, _DROPOFF, _BREAK = int(Kind.PICKUP), int(Kind.DROPOFF), int(Kind.BREAK)

# Columns of a line's clock: where the vehicle stands, seconds and metres to get there, start of service when driving as soon as
# possible, in the earliest feasible schedule, and the latest with which the visits after it may still be in time: with the
# legs as they are, and whatever the legs may become.
AT, SECONDS, METRES, REACHED, TIME, LATEST, LATEST_AT_ALL = range(7)
# What is known of a route as it is: cost now, the least its visits cost after any insertion less the cost now, metres it drives
# (if at all), the most it may drive.
COST_NOW, FLOOR, METRES_NOW, MOST_METRES = range(4)


def compiled(function: F) -> F:
    """Compile at the first call, kept on disk; runs without the interpreter's lock."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def inlined(function: F) -> F:
    """Compile into the callers: handing a dozen counted arrays over costs more than these functions do."""
    return cast("F", numba.njit(inline="always")(function))


class Task(NamedTuple):
    """One route's share of the search: its rows, limits, capacities, clock and facts; room for a line to be tried; the wish."""

    seconds: IntArray
    metres: IntArray
    ends: Integers
    weights: Integers
    rows: Integers
    limits: Integers
    capacities: Integers
    clock: Integers
    facts: Integers
    new_rows: Integers
    new_clock: Integers


@inlined
def _leg(table: IntArray, here: int, there: int) -> int:
    """Seconds or metres; staying costs nothing."""
    return 0 if here == there else int(table[here, there])


@compiled
def _lay_out(travel: Travel, rows: Integers, clock: Integers, count: int) -> bool:
    """Positions, legs and times of driving as soon as possible; False when a leg cannot be driven or a visit is too late."""
    here, free = rows[0, col.PLACE], rows[0, col.EARLIEST]
    for k in range(count):
        there = rows[k, col.PLACE] if rows[k, col.PLACE] >= 0 else here
        seconds = _leg(travel.seconds, here, there)
        start = max(rows[k, col.EARLIEST], free + seconds)
        if seconds >= FOREVER or start > rows[k, col.LATEST]:
            return False
        clock[k, AT], clock[k, SECONDS], clock[k, METRES] = there, seconds, _leg(travel.metres, here, there)
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
def _settle(rows: Integers, clock: Integers, count: int, max_duration: int) -> bool:
    """From the times of driving as soon as possible to the earliest feasible schedule (see ``schedule.schedule``)."""
    for k in range(count - 1, 0, -1):
        last = rows[k, col.PARTNER]
        if rows[k, col.KIND] == _PICKUP and last > k:
            not_before = clock[last, TIME] - rows[last, col.RIDE] - rows[k, col.SERVICE]
            if not _delay(rows, clock, (k, last), not_before):
                return False
    return _delay(rows, clock, (0, count - 1), clock[count - 1, TIME] - max_duration)


@compiled
def _price(rows: Integers, clock: Integers, count: int, weights: Integers) -> int:
    """Cost of a timed line (see ``objective.cost``) without the price of using the vehicle."""
    driving = rolling = riding = waiting = 0
    for k in range(count):
        driving += clock[k, SECONDS]
        rolling += clock[k, METRES]
        boarded = rows[k, col.PARTNER]
        if rows[k, col.KIND] == _PICKUP:
            waiting += clock[k, TIME] - rows[k, col.EARLIEST]
        elif rows[k, col.KIND] == _DROPOFF and boarded >= 0:
            riding += clock[k, TIME] - clock[boarded, TIME] - rows[boarded, col.SERVICE]
        elif rows[k, col.KIND] == _DROPOFF:
            riding += clock[k, TIME] - rows[0, col.EARLIEST]
    cost = weights[col.DRIVE] * driving + weights[col.METRE] * rolling
    cost += weights[col.DUTY] * (clock[count - 1, TIME] - clock[0, TIME])
    return int(cost + weights[col.RIDING] * riding + weights[col.WAITING] * waiting)


@compiled
def _pauses(rows: Integers, clock: Integers, count: int, weights: Integers) -> int:
    """Price of the time neither driven nor served while riders are aboard or on duty: no insertion can save more than this."""
    pauses, waited = 0, 0
    for k in range(1, count):
        waited += clock[k, TIME] - clock[k - 1, TIME] - rows[k - 1, col.SERVICE] - clock[k, SECONDS]
        boarded = rows[k, col.PARTNER]
        if rows[k, col.KIND] == _DROPOFF and boarded >= 0:
            for j in range(boarded + 1, k + 1):
                pauses += clock[j, TIME] - clock[j - 1, TIME] - rows[j - 1, col.SERVICE] - clock[j, SECONDS]
    return int(weights[col.RIDING] * pauses + weights[col.DUTY] * waited)


@compiled
def _look_back(rows: Integers, clock: Integers, count: int) -> None:
    """Latest start of each visit with which the visits after it can still be in time (necessary, not sufficient)."""
    latest = at_all = FOREVER
    for k in range(count - 1, -1, -1):
        latest, at_all = min(latest, rows[k, col.LATEST]), min(at_all, rows[k, col.LATEST])
        boarded = rows[k, col.PARTNER]
        if rows[k, col.KIND] == _DROPOFF and boarded >= 0:
            latest = min(latest, rows[boarded, col.LATEST] + rows[boarded, col.SERVICE] + rows[k, col.RIDE])
        clock[k, LATEST], clock[k, LATEST_AT_ALL] = latest, at_all
        if k > 0:
            latest -= rows[k - 1, col.SERVICE] + clock[k, SECONDS]
            at_all -= rows[k - 1, col.SERVICE]


@compiled
def _may_carry(limits: Integers, wish: Wish) -> bool:
    if limits[col.LOCKED] or wish.needs & ~limits[col.EQUIPMENT]:
        return False
    return len(wish.groups) == 0 or bool(np.any(wish.groups == limits[col.GROUP]))


@inlined
def _has_room(task: Task, visit: int) -> bool:
    """True when the party fits in beside those aboard after ``visit`` under one of the alternatives."""
    room = False
    for alternative in range(len(task.capacities)):
        fits = True
        for kind in range(task.capacities.shape[1]):
            aboard = task.rows[visit, col.LOAD + kind] + task.ends[0, col.LOAD + kind]
            fits = fits and aboard <= task.capacities[alternative, kind]
        room = room or fits
    return room


@inlined
def _rejoins(task: Task, after: int, free: int) -> bool:
    """True when the visits after the drop-off may still be in time if it is left at ``free``."""
    k, in_time = after + 1, True
    while task.rows[k, col.KIND] == _BREAK:
        free = max(free, task.rows[k, col.EARLIEST])
        in_time = in_time and free <= task.rows[k, col.LATEST]
        free += task.rows[k, col.SERVICE]
        k += 1
    seconds = _leg(task.seconds, task.ends[1, col.PLACE], task.clock[k, AT])
    return in_time and seconds < FOREVER and free + seconds <= task.clock[k, LATEST]


@inlined
def _added(task: Task, table: IntArray, column: int, places: tuple[int, int, int]) -> tuple[int, int]:
    """Seconds or metres more to the drop-off's predecessor (0 when that is the pickup), and in all."""
    after_pickup, after_dropoff, rejoin = places
    pickup, dropoff, clock = task.ends[0, col.PLACE], task.ends[1, col.PLACE], task.clock
    first = _leg(table, clock[after_pickup, AT], pickup)
    here, before = pickup, 0
    if after_dropoff > after_pickup:
        first += _leg(table, pickup, clock[after_pickup + 1, AT]) - clock[after_pickup + 1, column]
        here, before = clock[after_dropoff, AT], first
    skipped = _leg(table, clock[after_dropoff, AT], clock[rejoin, AT])
    return before, first + _leg(table, here, dropoff) + _leg(table, dropoff, clock[rejoin, AT]) - skipped


@compiled
def _weigh(task: Task, places: tuple[int, int], riding: int, waiting: int, found: Integers) -> None:
    """An insertion in time by the bounds: if it may be the cheapest by a lower bound of its cost, time and price it exactly.

    The bound holds only if no later visit comes earlier by the insertion.
    """
    after_pickup, after_dropoff = places
    rejoin = after_dropoff + 1
    while task.rows[rejoin, col.KIND] == _BREAK:
        rejoin += 1
    before, seconds = _added(task, task.seconds, SECONDS, (after_pickup, after_dropoff, rejoin))
    _, metres = _added(task, task.metres, METRES, (after_pickup, after_dropoff, rejoin))
    if task.facts[METRES_NOW] + metres > task.facts[MOST_METRES]:
        return
    monotone = rejoin == after_dropoff + 1 and 0 <= before <= seconds
    weights = task.weights
    least = task.facts[FLOOR] + weights[col.DRIVE] * seconds + weights[col.METRE] * metres
    least += weights[col.RIDING] * riding + weights[col.WAITING] * waiting
    if least < found[COST] or not monotone:
        _try(task, after_pickup, after_dropoff, found)


@compiled
def _build(task: Task, after_pickup: int, after_dropoff: int) -> None:
    """The trial line's rows: the route's with the two new ones among them."""
    new = task.new_rows
    for k in range(len(task.rows)):
        into = k + (k > after_pickup) + (k > after_dropoff)
        for column in range(col.LOAD):
            new[into, column] = task.rows[k, column]
        partner = task.rows[k, col.PARTNER]
        new[into, col.PARTNER] = partner + (partner > after_pickup) + (partner > after_dropoff)
    pickup, dropoff = after_pickup + 1, after_dropoff + 2
    for column in range(col.LOAD):
        new[pickup, column], new[dropoff, column] = task.ends[0, column], task.ends[1, column]
    new[pickup, col.PARTNER], new[dropoff, col.PARTNER] = dropoff, pickup


@compiled
def _try(task: Task, after_pickup: int, after_dropoff: int, found: Integers) -> None:
    """Time and price one insertion exactly; into ``found`` if it is the best so far."""
    rows, clock, count = task.new_rows, task.new_clock, len(task.rows) + 2
    _build(task, after_pickup, after_dropoff)
    travel, longest = Travel(task.seconds, task.metres), task.limits[col.MAX_DURATION]
    if not _lay_out(travel, rows, clock, count) or not _settle(rows, clock, count, longest):
        return
    cost = _price(rows, clock, count, task.weights) + task.weights[col.USED] - task.facts[COST_NOW]
    if cost < found[COST]:
        found[COST], found[AFTER_PICKUP], found[AFTER_DROPOFF] = cost, after_pickup, after_dropoff
        found[PICKUP_TIME], found[DROPOFF_TIME] = clock[after_pickup + 1, TIME], clock[after_dropoff + 2, TIME]


@inlined
def _scan_dropoffs(task: Task, after_pickup: int, time: int, found: Integers) -> None:
    """All places of the drop-off for a pickup served at ``time``."""
    rows, clock, ends = task.rows, task.clock, task.ends
    to, opens, until, service = ends[1, col.PLACE], ends[1, col.EARLIEST], ends[1, col.LATEST], ends[1, col.SERVICE]
    waiting, longest = time - ends[0, col.EARLIEST], ends[1, col.RIDE]
    here, free, aboard = ends[0, col.PLACE], time + ends[0, col.SERVICE], 0
    for k in range(after_pickup, len(rows) - 1):
        if k > after_pickup:
            seconds = _leg(task.seconds, here, clock[k, AT])
            start = max(rows[k, col.EARLIEST], free + seconds)
            if seconds >= FOREVER or start > clock[k, LATEST_AT_ALL] or rows[k, col.KIND] == _BREAK or not _has_room(task, k):
                return
            here, free = clock[k, AT], start + rows[k, col.SERVICE]
            aboard += seconds + rows[k, col.SERVICE]
        if free > until or aboard > longest:
            return
        if max(opens, free) + service > clock[k + 1, LATEST_AT_ALL]:
            continue
        seconds = _leg(task.seconds, here, to)
        arrival = max(opens, free + seconds)
        in_time = seconds < FOREVER and arrival <= until and aboard + seconds <= longest
        if in_time and _rejoins(task, k, arrival + service):
            _weigh(task, (after_pickup, k), aboard + seconds, waiting, found)


@compiled
def _scan(task: Task, found: Integers) -> None:
    """All places of the pickup."""
    rows, clock, pickup = task.rows, task.clock, task.ends[0]
    place, opens, until, service = pickup[col.PLACE], pickup[col.EARLIEST], pickup[col.LATEST], pickup[col.SERVICE]
    for k in range(task.limits[col.FIXED] - 1, len(rows) - 1):
        free = clock[k, REACHED] + rows[k, col.SERVICE]
        if free > until:
            return
        if max(opens, free) + service > clock[k + 1, LATEST_AT_ALL]:
            continue
        seconds = _leg(task.seconds, clock[k, AT], place)
        time = max(opens, free + seconds)
        if seconds < FOREVER and time <= until and _has_room(task, k):
            _scan_dropoffs(task, k, time, found)


@compiled
def _take_stock(task: Task) -> bool:
    """Clock and facts of a route as it is; False when it has no feasible schedule."""
    rows, clock, limits, facts, count = task.rows, task.clock, task.limits, task.facts, len(task.rows)
    travel, longest = Travel(task.seconds, task.metres), limits[col.MAX_DURATION]
    if not _lay_out(travel, rows, clock, count) or not _settle(rows, clock, count, longest):
        return False
    _look_back(rows, clock, count)
    price = _price(rows, clock, count, task.weights)
    metres = clock[:count, METRES].sum()
    facts[COST_NOW] = price + task.weights[col.USED] * limits[col.LEAVES] if limits[col.DRIVEN] else 0
    facts[FLOOR] = price - _pauses(rows, clock, count, task.weights) + task.weights[col.USED] - facts[COST_NOW]
    facts[METRES_NOW] = metres
    facts[MOST_METRES] = max(limits[col.MAX_METRES], metres if limits[col.DRIVEN] else 0)
    return True


@compiled
def _remember(best: Integers, cost: int) -> None:
    """Keep ``best`` the smallest costs so far, ascending."""
    for place in range(len(best)):
        if cost < best[place]:
            best[place], cost = cost, best[place]


@compiled
def search(travel: Travel, fleet: CompiledFleet, wish: Wish) -> Integers:
    """The best insertion into each route, (R, 5) as COST … DROPOFF_TIME; COST is ``NONE`` if not among the ``most`` best."""
    first, places, seconds, metres, ends = fleet.first, fleet.first_capacity, travel.seconds, travel.metres, wish.ends
    size = (first[1:] - first[:-1]).max() + 2 if len(fleet.limits) else 0
    new_rows = np.empty((size, fleet.visits.shape[1]), np.int64)
    clock, new_clock, facts = np.empty((size, 7), np.int64), np.empty((size, 7), np.int64), np.empty(4, np.int64)
    best, found = np.full(wish.most, NONE), np.full((len(fleet.limits), 5), NONE)
    for r in range(len(fleet.limits)):
        if not wish.routes[r] or not _may_carry(fleet.limits[r], wish):
            continue
        rows, capacities = fleet.visits[first[r] : first[r + 1]], fleet.capacities[places[r] : places[r + 1]]
        limits = fleet.limits[r]
        task = Task(seconds, metres, ends, wish.weights, rows, limits, capacities, clock, facts, new_rows, new_clock)
        if _take_stock(task):
            found[r, COST] = best[-1]
            _scan(task, found[r])
            if found[r, AFTER_PICKUP] == NONE:
                found[r, COST] = NONE
            _remember(best, found[r, COST])
    return found
