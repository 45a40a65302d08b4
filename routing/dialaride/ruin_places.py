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
    COST,
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
from routing.travel import FOREVER, IntArray


@compiled
def _fits(  # noqa: PLR0913, PLR0917  (plain arrays: to unpack the tuple that holds them costs as much as the work)
    line: Integers,
    work: Integers,
    nodes: Integers,
    table: IntArray,
    ends: tuple[int, int],
    at: tuple[int, int],
    limits: tuple[int, int],
) -> bool:
    """True when the line has a feasible schedule with the ride's ends after the two positions ``at``; ``limits``: positions, duty.

    Rows of ``work`` hold the changed part of the new sequence: time, seconds to get there, service, latest, longest ride, partner.
    """
    (first, second), (count, duty), (pickup, dropoff) = at, limits, ends
    here, free = line[first, AT], line[first, TIME] + line[first, SERVICE]
    new, k, until, at_break = first + 1, first + 1, -1, False
    while True:
        if new == first + 1 or new == second + 2:
            node = pickup if new == first + 1 else dropoff
            there, earliest, latest = nodes[node, PLACE], nodes[node, EARLIEST], nodes[node, LATEST]
            stay, longest = nodes[node, STAY], nodes[node, LONGEST]
            partner = second + 2 if node == pickup else -1
        else:
            at_break = nodes[line[k, NODE], KIND] == BREAK
            there, earliest, latest = here if at_break else line[k, AT], line[k, TIME], line[k, LATE]
            stay, longest, partner = line[k, SERVICE], line[k, RIDE], line[k, PARTNER]
            partner = partner + (partner > first) + (partner > second) if partner > k else -1
            k += 1
        seconds = 0 if here == there else int(table[here, there])
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
    return _settles(line, work, (first, second, until), duty if until == count + 2 else FOREVER)


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
def _has_room(line: Integers, k: int, capacities: Integers, options: tuple[int, int], nodes: Integers, pickup: int) -> bool:
    """True when the party fits in beside those aboard after position ``k`` under one of the alternatives."""
    room = False
    for alternative in range(options[0], options[1]):
        fits = True
        for kind in range(capacities.shape[1]):
            fits = fits and line[k, ABOARD + kind] + nodes[pickup, LOADS + kind] <= capacities[alternative, kind]
        room = room or fits
    return room


@compiled
def _scan(  # noqa: C901, PLR0913, PLR0917  (the innermost loop)
    line: Integers,
    work: Integers,
    nodes: Integers,
    table: IntArray,
    costs: Integers,
    capacities: Integers,
    prices: tuple[int, int, int, int],
    ends: tuple[int, int],
    vehicle: tuple[int, int, int, int, int],
    most: int,
) -> tuple[int, int, int]:
    """The cheapest place by estimate, if below ``most``: (estimate, after pickup, after drop-off); otherwise (NONE, −1, −1).

    The estimate is exact where only legs cost anything; where time does, later riders' changes are left out. Arguments are plain
    arrays: numba counts references to whatever is taken out of a tuple, and threads wait for each other's counting.

    Args:
        line: its positions.
        work: room for ``_fits``.
        nodes: of the problem.
        table: seconds between places.
        costs: of legs between places.
        capacities: alternatives of all vehicles.
        prices: of a second's riding and waiting, TIED, and of opening the line.
        ends: the ride's nodes.
        vehicle: number of positions, first position to insert after, first and last capacity, longest duty.
        most: only what is cheaper counts.
    """
    (riding, waiting, tied, opening), (pickup, dropoff) = prices, ends
    count, lowest, options, limits = vehicle[0], vehicle[1], (vehicle[2], vehicle[3]), (vehicle[0], vehicle[4])
    a, early_a, late_a, stay_a = nodes[pickup, PLACE], nodes[pickup, EARLIEST], nodes[pickup, LATEST], nodes[pickup, STAY]
    b, early_b, late_b, stay_b = nodes[dropoff, PLACE], nodes[dropoff, EARLIEST], nodes[dropoff, LATEST], nodes[dropoff, STAY]
    longest, wished, direct = nodes[pickup, LONGEST], nodes[pickup, WISHED], int(table[a, b])
    best, after_a, after_b = most, -1, -1
    for i in range(lowest, count - 1):
        here, free = line[i, AT], line[i, TIME] + line[i, SERVICE]
        if free > late_a:
            break
        if early_a + stay_a > line[i + 1, LATE]:
            continue
        time = max(early_a, free + table[here, a])
        if time > late_a or not _has_room(line, i, capacities, options, nodes, pickup):
            continue
        there, onward = line[line[i, NEXT], AT], line[i, ONWARD]
        base = opening + costs[here, a] - onward + waiting * (time - wished)
        more = table[here, a] + direct + table[b, there] - table[here, there] if riding else 0
        cost = base + costs[a, b] + costs[b, there] + riding * (direct + more * line[i, PARTIES])
        leaving = time + stay_a + direct
        if cost < best and leaving <= late_b:
            in_time = line[i, NEXT] != i + 1 or max(early_b, leaving) + stay_b + table[b, there] <= line[i + 1, LATE]
            if in_time and (not tied or _fits(line, work, nodes, table, ends, (i, i), limits)):
                best, after_a, after_b = cost, i, i
        base += costs[a, there]
        if base >= best or line[i, NEXT] != i + 1:
            continue
        base += riding * (table[here, a] + table[a, there] - table[here, there]) * line[i, PARTIES] if riding else 0
        driven = stay_a + table[a, there]
        time = max(time + driven, line[i + 1, TIME])
        for j in range(i + 1, count - 1):
            is_shut = time > line[j, LATE] or nodes[line[j, NODE], KIND] == BREAK
            if is_shut or not _has_room(line, j, capacities, options, nodes, pickup):
                break
            free, driven = time + line[j, SERVICE], driven + line[j, SERVICE]
            if free > late_b or driven > longest:
                break
            from_j, to_b = line[j, AT], line[line[j, NEXT], AT]
            cost = base + costs[from_j, b] + costs[b, to_b] - line[j, ONWARD]
            leg = table[from_j, b]
            more = (leg + table[b, to_b] - table[from_j, to_b]) * line[j, PARTIES] if riding else 0
            cost += riding * (driven - stay_a + leg + more)
            if cost < best and free + leg <= late_b and driven + leg <= longest:
                in_time = line[j, NEXT] != j + 1 or max(early_b, free + leg) + stay_b + table[b, to_b] <= line[j + 1, LATE]
                if in_time and (not tied or _fits(line, work, nodes, table, ends, (i, j), limits)):
                    best, after_a, after_b = cost, i, j
            driven, time = driven + line[j + 1, SECONDS], max(free + line[j + 1, SECONDS], line[j + 1, TIME])
    return (best, after_a, after_b) if after_a >= 0 else (NONE, after_a, after_b)


@compiled
def place_on(p: Problem, s: Search, vehicle: int, ride: int) -> tuple[int, int, int]:
    """The cheapest place for the ride on the line, as ``_scan`` gives it."""
    facts, limits, weights = s.facts, p.vehicles, p.weights
    prices = weights[RIDING], weights[WAITING], weights[TIED], facts[vehicle, OPENING]
    places = limits[vehicle, FIRST_CAPACITY], limits[vehicle, LAST_CAPACITY]
    of_line = (facts[vehicle, COUNT], limits[vehicle, FIXED] - 1, places[0], places[1], limits[vehicle, MAX_DURATION])
    ends = p.ends[ride, 0], p.ends[ride, 1]
    return _scan(s.lines[vehicle], s.work, p.nodes, p.seconds, p.costs, p.capacities, prices, ends, of_line, NONE)


@compiled
def insert(p: Problem, s: Search, vehicle: int, ride: int, first: int, second: int) -> bool:
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
def _cheapest(p: Problem, s: Search, ride: int, blink: float, most: int) -> tuple[int, int, int]:
    """The vehicle that takes the ride at least cost by estimate, and where: (−1, −1, −1) when none does for less than ``most``.

    What is known from earlier steps of lines as they still are is not looked for again.
    """
    best, vehicle, first, second = most, -1, -1, -1
    known, memory, facts, allowed, vehicles, lines = s.known, s.memory, s.facts, p.allowed, p.vehicles, s.lines
    work, nodes, table, costs, capacities, weights = s.work, p.nodes, p.seconds, p.costs, p.capacities, p.weights
    ends, mark, last = (p.ends[ride, 0], p.ends[ride, 1]), p.marks[ride], len(memory) - 1
    for v in range(len(facts)):
        if not allowed[ride, v] or facts[v, CLOSED]:
            continue
        if known[ride, v, 0] != facts[v, VERSION]:
            slot = (facts[v, VERSION] ^ mark) & last
            if memory[slot, 0] != facts[v, VERSION] ^ mark:
                continue
            known[ride, v, 0] = facts[v, VERSION]
            known[ride, v, 1], known[ride, v, 2], known[ride, v, 3] = memory[slot, 1], memory[slot, 2], memory[slot, 3]
        if known[ride, v, 2] >= 0 and known[ride, v, 1] < best and uniform(s.random) >= blink:
            best, vehicle, first, second = known[ride, v, 1], v, known[ride, v, 2], known[ride, v, 3]
    tried = -1
    for v in range(len(facts)):
        if not allowed[ride, v] or facts[v, CLOSED]:
            continue
        if known[ride, v, 0] == facts[v, VERSION] and (known[ride, v, 2] >= 0 or known[ride, v, 1] >= best):
            continue
        if facts[v, COUNT] == 2:
            if vehicles[v, CLASS] == tried:
                continue
            tried = vehicles[v, CLASS]
        prices = weights[RIDING], weights[WAITING], weights[TIED], facts[v, OPENING]
        places = vehicles[v, FIRST_CAPACITY], vehicles[v, LAST_CAPACITY]
        limits = (facts[v, COUNT], vehicles[v, FIXED] - 1, places[0], places[1], vehicles[v, MAX_DURATION])
        cost, i, j = _scan(lines[v], work, nodes, table, costs, capacities, prices, ends, limits, best)
        known[ride, v, 0], known[ride, v, 1] = facts[v, VERSION], cost if i >= 0 else best
        known[ride, v, 2], known[ride, v, 3] = i, j
        slot = (facts[v, VERSION] ^ mark) & last
        memory[slot, 0] = facts[v, VERSION] ^ mark
        memory[slot, 1], memory[slot, 2], memory[slot, 3] = known[ride, v, 1], i, j
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
def recreate(p: Problem, s: Search, count: int, blink: float, room: int) -> bool:
    """Put rides back where each costs least, one after the other; those that fit nowhere stay out, at their price. False when that
    costs ``room`` or more in all.
    """
    _order(p, s, count)
    for k in range(count):
        price = p.prices[s.removed[k]]
        vehicle, first, second = _cheapest(p, s, s.removed[k], blink, min(price, room))
        if vehicle < 0:
            room -= price
        else:
            before = s.facts[vehicle, COST]
            if not insert(p, s, vehicle, s.removed[k], first, second):
                return False
            room -= s.facts[vehicle, COST] - before
        if room <= 0:
            return False
    return True
