"""Where a ride goes on a line, compiled: a place is tried in three steps of rising price.

First the cost it adds; then the times before and after it; only then exactly, with the longest rides and the duty: the earliest
feasible schedule, brought up to date from where the sequence changes to where the old times hold again. The bounds use the
triangle inequality, and that a break stays where it is; where that fails a place may be missed, never a wrong one taken.
``ruin_kernel.py`` is what numba's cache watches: touch it after changing this file.
"""

from __future__ import annotations

from routing.dialaride.ruin_lines import (
    ABOARD,
    AT,
    BREAK,
    CLASS,
    CLOSED,
    COUNT,
    EARLIEST,
    EMPTY,
    FIRST_CAPACITY,
    FIXED,
    KIND,
    LAST_CAPACITY,
    LATE,
    LATEST,
    LOADS,
    LONGEST,
    MAX_DURATION,
    NEXT,
    NODE,
    NONE,
    ONWARD,
    OPENING,
    PARTIES,
    PARTNER,
    PLACE,
    RIDE,
    RIDING,
    SECONDS,
    SERVICE,
    STAY,
    TIED,
    TIME,
    VERSION,
    WAITING,
    WISHED,
    Integers,
    Problem,
    Search,
    compiled,
    inlined,
    take_stock,
    touch,
    uniform,
)
from routing.travel import FOREVER


@compiled
def _fits(p: Problem, s: Search, vehicle: int, ride: int, first: int, second: int) -> bool:
    """True when the line has a feasible schedule with the ride's pickup after ``first`` and its drop-off after ``second``.

    Rows of ``work`` hold the changed part of the new sequence: time, seconds to get there, service, latest, longest ride, partner.
    """
    line, work, count = s.lines[vehicle], s.work, s.facts[vehicle, COUNT]
    here, free = line[first, AT], line[first, TIME] + line[first, SERVICE]
    new, k, until, at_break = first + 1, first + 1, -1, False
    pickup, dropoff = p.ends[ride, 0], p.ends[ride, 1]
    while True:
        if new == first + 1 or new == second + 2:
            node = pickup if new == first + 1 else dropoff
            there, earliest, latest = p.nodes[node, PLACE], p.nodes[node, EARLIEST], p.nodes[node, LATEST]
            stay, longest = p.nodes[node, STAY], p.nodes[node, LONGEST]
            partner = second + 2 if node == pickup else -1
        else:
            at_break = p.nodes[line[k, NODE], KIND] == BREAK
            there, earliest, latest = here if at_break else line[k, AT], line[k, TIME], line[k, LATE]
            stay, longest, partner = line[k, SERVICE], line[k, RIDE], line[k, PARTNER]
            partner = partner + (partner > first) + (partner > second) if partner > k else -1
            k += 1
        seconds = 0 if here == there else int(p.seconds[here, there])
        time = free + seconds
        if new > second + 2 and time <= earliest and not at_break:
            until = new
            break
        time = max(time, earliest)
        if time > latest:
            return False
        work[new, 0], work[new, 1], work[new, 2], work[new, 3] = time, seconds, stay, latest
        work[new, 4], work[new, 5] = longest, partner
        here, free = there, time + stay
        new += 1
        if new == count + 2:
            until = new
            break
    limited = until == count + 2 and p.vehicles[vehicle, MAX_DURATION] < FOREVER
    return _settles(line, work, (first, second, until), p.vehicles[vehicle, MAX_DURATION] if limited else FOREVER)


@inlined
def _push(work: Integers, first: int, last: int, start: int) -> bool:
    """Start ``first`` not before ``start``; False when that makes a visit too late or moves ``last``."""
    k = first
    while start > work[k, 0]:
        if k == last or start > work[k, 3]:
            return False
        work[k, 0] = start
        start += work[k, 2] + work[k + 1, 1]
        k += 1
    return True


@compiled
def _settles(line: Integers, work: Integers, span: tuple[int, int, int], duty: int) -> bool:
    """True when the changed part, rows ``first`` + 1 … ``until`` − 1, keeps the longest rides and (if it ends the line) the duty."""
    first, second, until = span
    base = 0 if duty < FOREVER else line[first, EMPTY]
    for k in range(base, first + 1):
        partner = line[k, PARTNER]
        work[k, 0], work[k, 1], work[k, 2], work[k, 3] = line[k, TIME], line[k, SECONDS], line[k, SERVICE], line[k, LATE]
        work[k, 4] = line[k, RIDE]
        work[k, 5] = partner + (partner > first) + (partner > second) if partner > k else -1
    for k in range(until - 1, base - 1, -1):
        last = work[k, 5]
        if 0 <= last < until and not _push(work, k, last, work[last, 0] - work[k, 4]):
            return False
    return duty >= FOREVER or _push(work, 0, until - 1, work[until - 1, 0] - duty)


@inlined
def _has_room(p: Problem, line: Integers, k: int, node: int, vehicle: int) -> bool:
    """True when the party fits in beside those aboard after position ``k`` under one of the vehicle's alternatives."""
    room = False
    for alternative in range(p.vehicles[vehicle, FIRST_CAPACITY], p.vehicles[vehicle, LAST_CAPACITY]):
        fits = True
        for kind in range(p.capacities.shape[1]):
            fits = fits and line[k, ABOARD + kind] + p.nodes[node, LOADS + kind] <= p.capacities[alternative, kind]
        room = room or fits
    return room


@compiled
def _scan(  # noqa: C901, PLR0912, PLR0915  (the innermost loop; calls with whole problems cost time)
    p: Problem, s: Search, vehicle: int, ride: int, most: int
) -> tuple[int, int, int]:
    """The cheapest place by estimate, if below ``most``: (estimate, after pickup, after drop-off); otherwise (NONE, −1, −1).

    The estimate is exact where only legs cost anything; where time does, later riders' changes are left out.
    """
    line, count = s.lines[vehicle], s.facts[vehicle, COUNT]
    pickup, dropoff = p.ends[ride, 0], p.ends[ride, 1]
    a, b = p.nodes[pickup, PLACE], p.nodes[dropoff, PLACE]
    longest, late_b = p.nodes[pickup, LONGEST], p.nodes[dropoff, LATEST]
    riding, waiting, tied = p.weights[RIDING], p.weights[WAITING], p.weights[TIED]
    direct = int(p.seconds[a, b])
    best, after_a, after_b = most, -1, -1
    for i in range(p.vehicles[vehicle, FIXED] - 1, count - 1):
        here, free = line[i, AT], line[i, TIME] + line[i, SERVICE]
        if free > p.nodes[pickup, LATEST]:
            break
        if p.nodes[pickup, EARLIEST] + p.nodes[pickup, STAY] > line[i + 1, LATE]:
            continue
        time = max(p.nodes[pickup, EARLIEST], free + p.seconds[here, a])
        if time > p.nodes[pickup, LATEST] or not _has_room(p, line, i, pickup, vehicle):
            continue
        there, onward = line[line[i, NEXT], AT], line[i, ONWARD]
        base = s.facts[vehicle, OPENING] + p.costs[here, a] - onward + waiting * (time - p.nodes[pickup, WISHED])
        leaving = time + p.nodes[pickup, STAY]
        cost = base + p.costs[a, b] + p.costs[b, there]
        if riding:
            more = p.seconds[here, a] + direct + p.seconds[b, there] - p.seconds[here, there]
            cost += riding * (direct + more * line[i, PARTIES])
        if cost < best and leaving + direct <= late_b:
            reached = max(p.nodes[dropoff, EARLIEST], leaving + direct) + p.nodes[dropoff, STAY]
            in_time = line[i, NEXT] != i + 1 or reached + p.seconds[b, there] <= line[i + 1, LATE]
            if in_time and (not tied or _fits(p, s, vehicle, ride, i, i)):
                best, after_a, after_b = cost, i, i
        base += p.costs[a, there]
        if base >= best or line[i, NEXT] != i + 1:
            continue
        if riding:
            base += riding * (p.seconds[here, a] + p.seconds[a, there] - p.seconds[here, there]) * line[i, PARTIES]
        driven = p.nodes[pickup, STAY] + p.seconds[a, there]
        time = max(time + driven, line[i + 1, TIME])
        for j in range(i + 1, count - 1):
            if time > line[j, LATE] or p.nodes[line[j, NODE], KIND] == BREAK or not _has_room(p, line, j, pickup, vehicle):
                break
            free = time + line[j, SERVICE]
            driven += line[j, SERVICE]
            if free > late_b or driven > longest:
                break
            from_j, to_b = line[j, AT], line[line[j, NEXT], AT]
            cost = base + p.costs[from_j, b] + p.costs[b, to_b] - line[j, ONWARD]
            if riding:
                more = p.seconds[from_j, b] + p.seconds[b, to_b] - p.seconds[from_j, to_b]
                cost += riding * (driven - p.nodes[pickup, STAY] + p.seconds[from_j, b] + more * line[j, PARTIES])
            if cost < best and free + p.seconds[from_j, b] <= late_b and driven + p.seconds[from_j, b] <= longest:
                reached = max(p.nodes[dropoff, EARLIEST], free + p.seconds[from_j, b]) + p.nodes[dropoff, STAY]
                in_time = line[j, NEXT] != j + 1 or reached + p.seconds[b, to_b] <= line[j + 1, LATE]
                if in_time and (not tied or _fits(p, s, vehicle, ride, i, j)):
                    best, after_a, after_b = cost, i, j
            driven += line[j + 1, SECONDS]
            time = max(free + line[j + 1, SECONDS], line[j + 1, TIME])
    return (best, after_a, after_b) if after_a >= 0 else (NONE, after_a, after_b)


@compiled
def _insert(p: Problem, s: Search, vehicle: int, ride: int, first: int, second: int) -> bool:
    """Put the ride on the line; False when the line is infeasible then (only where travel times are odd, or it drives too far)."""
    touch(s, vehicle)
    line, count = s.lines[vehicle], s.facts[vehicle, COUNT]
    for k in range(count - 1, second, -1):
        line[k + 2, NODE] = line[k, NODE]
    line[second + 2, NODE] = p.ends[ride, 1]
    for k in range(second, first, -1):
        line[k + 1, NODE] = line[k, NODE]
    line[first + 1, NODE] = p.ends[ride, 0]
    s.facts[vehicle, COUNT] = count + 2
    s.carrier[ride] = vehicle
    return take_stock(p, s, vehicle)


@compiled
def _cheapest(p: Problem, s: Search, ride: int, blink: float) -> tuple[int, int, int]:
    """The vehicle that takes the ride at least cost by estimate, and where: (−1, −1, −1) when none does for less than its price.

    What is known from earlier steps of lines as they still are is not looked for again.
    """
    best, vehicle, first, second = p.prices[ride], -1, -1, -1
    known, facts = s.known[ride], s.facts
    for v in range(len(facts)):
        fresh = known[v, 0] == facts[v, VERSION] and known[v, 2] >= 0 and known[v, 1] < best
        if fresh and not facts[v, CLOSED] and uniform(s.random) >= blink:
            best, vehicle, first, second = known[v, 1], v, known[v, 2], known[v, 3]
    tried = -1
    for v in range(len(facts)):
        if not p.allowed[ride, v] or facts[v, CLOSED]:
            continue
        if known[v, 0] == facts[v, VERSION] and (known[v, 2] >= 0 or known[v, 1] >= best):
            continue
        if facts[v, COUNT] == 2:
            if p.vehicles[v, CLASS] == tried:
                continue
            tried = p.vehicles[v, CLASS]
        cost, i, j = _scan(p, s, v, ride, best)
        known[v, 0], known[v, 1], known[v, 2], known[v, 3] = facts[v, VERSION], cost if i >= 0 else best, i, j
        if i >= 0 and uniform(s.random) >= blink:
            best, vehicle, first, second = cost, v, i, j
    return vehicle, first, second


@compiled
def _order(p: Problem, s: Search, count: int) -> None:
    """Sort the rides to be put back: at random, or by one of the given orders."""
    kind = int(uniform(s.random) * (len(p.orders) + 2)) - 2
    for k in range(count):
        swap = k + int(uniform(s.random) * (count - k))
        s.removed[k], s.removed[swap] = s.removed[swap], s.removed[k]
    if kind < 0:
        return
    for k in range(1, count):
        ride, j = s.removed[k], k
        while j > 0 and p.orders[kind, s.removed[j - 1]] > p.orders[kind, ride]:
            s.removed[j] = s.removed[j - 1]
            j -= 1
        s.removed[j] = ride


@compiled
def recreate(p: Problem, s: Search, count: int, blink: float) -> bool:
    """Put rides back where each costs least, one after the other; those that fit nowhere stay out."""
    _order(p, s, count)
    for k in range(count):
        vehicle, first, second = _cheapest(p, s, s.removed[k], blink)
        if vehicle >= 0 and not _insert(p, s, vehicle, s.removed[k], first, second):
            return False
    return True
