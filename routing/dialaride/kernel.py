"""The compiled search for best insertions. Import it late: numba takes a second to load.

For every place of the pickup the times after it are carried along the route once; every place of the drop-off on the way is first
held against bounds that cost next to nothing (time windows, latest start with which the rest of the route still works: forward
time slack, Savelsbergh 1992). What survives is noted with a lower bound of its cost; beginning with the least bound, it is laid out,
timed and priced exactly until no bound is below the best. The bounds use no triangle inequality, because rounded and time-dependent
travel times do not keep it. Numba's cache notices changes of this file alone: touch it after a change of
``clocks.py`` or ``packing.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.dialaride import packing as col
from routing.dialaride.clocks import (
    BREAK,
    PICKUP,
    compiled,
    door,
    idle_aboard,
    inlined,
    lay_out,
    look_back,
    price,
    settle,
    settle_late,
)
from routing.dialaride.packing import AT, IN_TIME, IN_TIME_AT_ALL, METRES, REACHED, SECONDS, TIME, Integers, Stock
from routing.travel import FOREVER, IntArray

# Columns of what is found.
COST, AFTER_PICKUP, AFTER_DROPOFF, PICKUP_TIME, DROPOFF_TIME, BY = range(6)
NONE = 2**62
"""A cost above all others: nothing found."""

# What is known of a route as it is: cost now, the least that it costs driven but for riders' idling, less the cost now, metres it drives
# (if at all), the most it may drive, whether it has a feasible schedule.
COST_NOW, FLOOR, METRES_NOW, MOST_METRES, SOUND = range(5)
# Columns of an insertion that is in time by the bounds: a lower bound of its cost, its route and places, the first visit after the
# drop-off that is no break, when the vehicle gets there, and how long the rider would ride and wait at least.
BOUND, ROUTE, FIRST, SECOND, REJOIN, BACK, RIDES, WAITS = range(8)
_ROOM = 512
"""For so many of them there is room at first."""


class Work(NamedTuple):
    """Room to work in, for one search alone: a line to be tried; insertions in time by the bounds (N, 8)."""

    rows: Integers
    clock: Integers
    noted: Integers


@compiled
def _may_carry(limits: Integers, wish: Integers, groups: Integers, r: int) -> bool:
    listed = len(groups) == 0
    for k in range(len(groups)):
        listed = listed or groups[k] == limits[r, col.GROUP]
    return listed and not limits[r, col.LOCKED] and not wish[2, col.NEEDS] & ~limits[r, col.EQUIPMENT]


@compiled
def _has_room(digest: IntArray, capacities: Integers, wish: Integers, r: int, visit: int) -> bool:
    """True when the party fits in beside those aboard after ``visit`` under one of the alternatives."""
    room = False
    for alternative in range(capacities.shape[1]):
        fits = True
        for kind in range(capacities.shape[2]):
            aboard = digest[r, visit, col.ABOARD + kind] + wish[0, col.LOAD + kind]
            fits = fits and aboard <= capacities[r, alternative, kind]
        room = room or fits
    return room


@compiled
def _survey(  # noqa: C901, PLR0912  (the innermost loops: a call with six arrays costs as much as what it does)
    s: Stock, wish: Integers, groups: Integers, allowed: NDArray[np.bool_], noted: Integers
) -> int:
    """Note all insertions in time by the bounds; how many there are, be there room for them or not.

    For each place of the pickup the times after it are carried along the route, past each place of the drop-off.
    """
    ways, digest, gates, capacities, limits, facts = s.ways, s.digest, s.gates, s.capacities, s.limits, s.facts
    place, opens, until, service = wish[0, col.PLACE], wish[0, col.EARLIEST], wish[0, col.LATEST], wish[0, col.SERVICE]
    to, off_opens, off_until, off_service = wish[1, col.PLACE], wish[1, col.EARLIEST], wish[1, col.LATEST], wish[1, col.SERVICE]
    longest, count = wish[0, col.LONGEST] - service, 0
    for r in range(len(limits)):
        if not allowed[r] or not facts[r, SOUND] or not _may_carry(limits, wish, groups, r):
            continue
        last = limits[r, col.COUNT] - 1
        for first in range(limits[r, col.FIXED] - 1, last):
            free = gates[r, col.LEAVES_AT, first]
            if free > until:
                break
            if max(opens, free) + service > gates[r, col.IN_TIME_UNTIL, first + 1]:
                continue
            seconds = ways[col.TO, place, digest[r, first, col.STANDS], 0]
            time = max(opens, free + seconds)
            if seconds >= FOREVER or time > until or not _has_room(digest, capacities, wish, r, first):
                continue
            here, free, aboard = place, time + service, 0
            for k in range(first, last):
                if k > first:
                    stands, stays = digest[r, k, col.STANDS], digest[r, k, col.STAYS]
                    seconds = ways[col.AWAY, here, stands, 0] if k == first + 1 else digest[r, k, col.DRIVEN_S]
                    start = max(digest[r, k, col.OPENS], free + seconds)
                    barred = seconds >= FOREVER or start > digest[r, k, col.LATE_AT_ALL] or digest[r, k, col.PAUSES]
                    if barred or not _has_room(digest, capacities, wish, r, k):
                        break
                    here, free, aboard = stands, start + stays, aboard + seconds + stays
                if free > off_until or aboard > longest:
                    break
                seconds = ways[col.TO, to, here, 0]
                arrival = max(off_opens, free + seconds)
                if seconds >= FOREVER or arrival > off_until or aboard + seconds > longest:
                    continue
                back, rejoin = arrival + off_service, k + 1
                while digest[r, rejoin, col.PAUSES]:
                    back = max(back, digest[r, rejoin, col.OPENS]) + digest[r, rejoin, col.STAYS]
                    rejoin += 1
                onward = ways[col.AWAY, to, digest[r, rejoin, col.STANDS], 0]
                if onward >= FOREVER or back + onward > digest[r, rejoin, col.LATE]:
                    continue
                if count < len(noted):
                    noted[count, ROUTE], noted[count, FIRST], noted[count, SECOND], noted[count, REJOIN] = r, first, k, rejoin
                    noted[count, BACK], noted[count, RIDES], noted[count, WAITS] = back + onward, aboard + seconds, time - opens
                count += 1
    return count


@compiled
def _added(ways: IntArray, digest: IntArray, wish: Integers, at: tuple[int, int, int, int], which: int) -> tuple[int, int]:
    """Seconds (``which`` 0) or metres (1) more to the drop-off's predecessor (0 when that is the pickup), and in all."""
    r, first, second, rejoin = at
    pickup, dropoff, column = wish[0, col.PLACE], wish[1, col.PLACE], col.DRIVEN_S + which
    added = ways[col.TO, pickup, digest[r, first, col.STANDS], which]
    here, before = pickup, 0
    if second > first:
        added += ways[col.AWAY, pickup, digest[r, first + 1, col.STANDS], which] - digest[r, first + 1, column]
        here, before = digest[r, second, col.STANDS], added
    added += ways[col.TO, dropoff, here, which] + ways[col.AWAY, dropoff, digest[r, rejoin, col.STANDS], which]
    return before, added - digest[r, rejoin, column]


@compiled
def _unmoved(digest: IntArray, r: int, k: int, back: int) -> int:
    """The first visit from ``k`` on that is not later than it was when the vehicle comes to ``k`` at ``back``; at most END."""
    start = max(back, digest[r, k, col.OPENS])
    while digest[r, k, col.SINCE] >= 0 and start + digest[r, k, col.STAYS] > digest[r, k, col.FREE]:
        start = max(digest[r, k + 1, col.OPENS], start + digest[r, k, col.STAYS] + digest[r, k + 1, col.DRIVEN_S])
        k += 1
    return k


@compiled
def _weigh(s: Stock, wish: Integers, noted: Integers, count: int) -> None:
    """A lower bound of what each insertion costs; ``NONE`` where it drives too far, ``−NONE`` where nothing can be said: the bound
    holds only if no visit comes earlier by the insertion. Then riders can be aboard less long only where they idled aboard, and only
    those who board between the first visit that may be moved and the first one that is not.
    """
    ways, digest, facts, weights = s.ways, s.digest, s.facts, s.weights
    for k in range(count):
        r, second, rejoin = noted[k, ROUTE], noted[k, SECOND], noted[k, REJOIN]
        at = (r, noted[k, FIRST], second, rejoin)
        before, seconds = _added(ways, digest, wish, at, 0)
        _, metres = _added(ways, digest, wish, at, 1)
        least = facts[r, FLOOR] + weights[r, col.DRIVE] * seconds + weights[r, col.METRE] * metres
        least += weights[r, col.RESERVE] * wish[2, col.SEATED]
        idle = digest[r, _unmoved(digest, r, rejoin, noted[k, BACK]), col.IDLE]
        idle -= digest[r, digest[r, noted[k, FIRST], col.SINCE], col.IDLE]
        least += weights[r, col.RIDING] * (noted[k, RIDES] - idle) + weights[r, col.WAITING] * noted[k, WAITS]
        if facts[r, METRES_NOW] + metres > facts[r, MOST_METRES]:
            least = NONE
        elif rejoin != second + 1 or before < 0 or before > seconds:
            least = -NONE
        noted[k, BOUND] = least


@compiled
def _prepare(s: Stock, wish: Integers, groups: Integers, allowed: NDArray[np.bool_]) -> Work:
    """All insertions in time by the bounds, and room to try them."""
    noted = np.empty((_ROOM, 8), np.int64)
    count = _survey(s, wish, groups, allowed, noted)
    if count > _ROOM:
        noted = np.empty((count, 8), np.int64)
        _survey(s, wish, groups, allowed, noted)
    _weigh(s, wish, noted, count)
    visits = s.rows.shape[1] + 2
    rows, clock = np.empty((visits, s.rows.shape[2]), np.int64), np.empty((visits, 7), np.int64)
    return Work(rows, clock, noted[:count])


@compiled
def _build(old: Integers, wish: Integers, r: int, places: tuple[int, int, int], new: Integers) -> None:
    """The trial line's rows: the route's with the two new ones among them."""
    after_pickup, after_dropoff, count = places
    for k in range(count):
        into = k + (k > after_pickup) + (k > after_dropoff)
        for column in range(col.LOAD):
            new[into, column] = old[r, k, column]
        until, since = old[r, k, col.UNTIL], old[r, k, col.FROM]
        new[into, col.UNTIL] = until + (until > after_pickup) + (until > after_dropoff)
        new[into, col.FROM] = since + (since > after_pickup) + (since > after_dropoff)
    pickup, dropoff = after_pickup + 1, after_dropoff + 2
    for column in range(col.LOAD):
        new[pickup, column], new[dropoff, column] = wish[0, column], wish[1, column]
    new[pickup, col.UNTIL], new[dropoff, col.FROM] = dropoff, pickup


@compiled
def _lay_in(s: Stock, wish: Integers, work: Work, k: int) -> int:
    """The line with one of the insertions noted, timed: how many visits it has; 0 when it has no feasible schedule."""
    rows, clock, noted = work.rows, work.clock, work.noted
    r, first, second = noted[k, ROUTE], noted[k, FIRST], noted[k, SECOND]
    count = s.limits[r, col.COUNT]
    _build(s.rows, wish, r, (first, second, count), rows)
    feasible = lay_out(s.ways, rows, clock, count + 2) and settle(rows, clock, count + 2, s.limits[r, col.MAX_DURATION])
    return int(count) + 2 if feasible else 0


@inlined
def _next(noted: Integers, best: Integers) -> int:
    """Of the insertions left the one with the least bound that may still be among the best; −1: none."""
    at, least = -1, best[-1, COST]
    for k in range(len(noted)):
        if noted[k, BOUND] < least or (noted[k, BOUND] == least and at < 0 and least < NONE):
            at, least = k, noted[k, BOUND]
    return at


@inlined
def _is_before(one: Integers, other: Integers) -> bool:
    """By cost, then by route, then by the places of pickup and drop-off."""
    for column in (COST, BY, AFTER_PICKUP, AFTER_DROPOFF):
        if one[column] != other[column]:
            return bool(one[column] < other[column])
    return False


@compiled
def _rank(best: Integers, one: Integers) -> None:
    """Keep ``best`` sorted, with one insertion per route at most."""
    place = len(best) - 1
    for k in range(len(best)):
        if best[k, COST] < NONE and best[k, BY] == one[BY]:
            place = k
    if not _is_before(one, best[place]):
        return
    while place > 0 and _is_before(one, best[place - 1]):
        best[place] = best[place - 1]
        place -= 1
    best[place] = one


@door
def search(s: Stock, wish: Integers, groups: Integers, allowed: NDArray[np.bool_]) -> Integers:
    """The best insertion of each of the cheapest routes, (most, 6) as COST … BY, by cost, then by route; COST is ``NONE`` where
    there are no more. Of equals within a route the earlier pickup counts, then the earlier drop-off.
    """
    work, best, one = _prepare(s, wish, groups, allowed), np.full((wish[2, col.MOST], 6), NONE), np.empty(6, np.int64)
    noted, clock = work.noted, work.clock
    while True:
        k = _next(noted, best)
        if k < 0:
            return best
        count, r, first, second = _lay_in(s, wish, work, k), noted[k, ROUTE], noted[k, FIRST], noted[k, SECOND]
        noted[k, BOUND] = NONE
        if count:
            one[COST] = price(work.rows, clock, count, s.weights[r]) - s.facts[r, COST_NOW]
            one[COST] += s.weights[r, col.USED] + s.weights[r, col.RESERVE] * wish[2, col.SEATED]
            one[AFTER_PICKUP], one[AFTER_DROPOFF], one[BY] = first, second, r
            one[PICKUP_TIME], one[DROPOFF_TIME] = clock[first + 1, TIME], clock[second + 2, TIME]
            _rank(best, one)


@door
def tell_times(s: Stock, wish: Integers, groups: Integers, allowed: NDArray[np.bool_]) -> Integers:
    """Spans of times at which service at one end of the wish can start, (N, 3) as route, first, last second; they may overlap. Of
    one pair of places every second of the span is possible, none outside it.
    """
    work, told = _prepare(s, wish, groups, allowed), 0
    spans = np.empty((len(work.noted), 3), np.int64)
    for k in range(len(work.noted)):
        count, r = _lay_in(s, wish, work, k), work.noted[k, ROUTE]
        if count and work.noted[k, BOUND] < NONE:
            visit = work.noted[k, SECOND] + 2 if wish[2, col.AT_DROPOFF] else work.noted[k, FIRST] + 1
            spans[told, 0], spans[told, 1] = r, work.clock[visit, TIME]
            settle_late(work.rows, work.clock, count, s.limits[r, col.MAX_DURATION])
            spans[told, 2] = work.clock[visit, TIME]
            told += 1
    return spans[:told]


@compiled
def _digest(s: Stock, r: int) -> int:
    """The digest of a route; returns the seconds its vehicle waits."""
    rows, clock, digest, limits = s.rows[r], s.clock[r], s.digest[r], s.limits[r]
    tied, since, idle, waited = int(limits[col.MAX_DURATION] < FOREVER), 0, 0, 0
    for k in range(limits[col.COUNT]):
        digest[k, col.STANDS], digest[k, col.FREE] = clock[k, AT], clock[k, REACHED] + rows[k, col.SERVICE]
        digest[k, col.OPENS], digest[k, col.STAYS] = rows[k, col.EARLIEST], rows[k, col.SERVICE]
        digest[k, col.PAUSES] = rows[k, col.KIND] == BREAK
        digest[k, col.LATE], digest[k, col.LATE_AT_ALL] = clock[k, IN_TIME], clock[k, IN_TIME_AT_ALL]
        s.gates[r, col.LEAVES_AT, k], s.gates[r, col.IN_TIME_UNTIL, k] = digest[k, col.FREE], clock[k, IN_TIME_AT_ALL]
        digest[k, col.DRIVEN_S], digest[k, col.DRIVEN_M] = clock[k, SECONDS], clock[k, METRES]
        for kind in range(digest.shape[1] - col.ABOARD):
            digest[k, col.ABOARD + kind] = rows[k, col.LOAD + kind]
        digest[k, col.IDLE] = idle
        tied += (rows[k, col.UNTIL] >= 0) - (rows[k, col.FROM] >= 0)
        since = since if tied else k + 1
        digest[k, col.SINCE] = since
        if rows[k, col.KIND] == PICKUP and rows[k, col.UNTIL] >= 0:
            idle += idle_aboard(rows, clock, k)
        if k > 0:
            waited += clock[k, TIME] - clock[k - 1, TIME] - rows[k - 1, col.SERVICE] - clock[k, SECONDS]
    digest[limits[col.COUNT] - 1, col.SINCE] = -1
    return waited


@door
def take_stock(s: Stock, first: int, last: int) -> None:
    """Clocks, digests and facts of the routes ``first`` to ``last`` (left out) as they are."""
    for r in range(first, last):
        rows, clock, limits, facts, count = s.rows[r], s.clock[r], s.limits[r], s.facts[r], s.limits[r, col.COUNT]
        weights = s.weights[r]
        facts[SOUND] = lay_out(s.ways, rows, clock, count) and settle(rows, clock, count, limits[col.MAX_DURATION])
        if not facts[SOUND]:
            continue
        look_back(rows, clock, count)
        waited = _digest(s, r)
        cost, metres = price(rows, clock, count, weights), clock[:count, METRES].sum()
        facts[COST_NOW] = cost + weights[col.USED] * limits[col.LEAVES] if limits[col.DRIVEN] else 0
        facts[FLOOR] = cost - weights[col.DUTY] * waited + weights[col.USED] - facts[COST_NOW]
        facts[METRES_NOW] = metres
        facts[MOST_METRES] = max(limits[col.MAX_METRES], metres if limits[col.DRIVEN] else 0)
