"""The compiled ruin-and-recreate search. Import it late: numba takes a second to load.

One step takes some rides that are near each other off their routes and puts them back one by one where they cost least (slack
induction by string removals, Christiaens & Vanden Berghe 2020), or swaps the tails of two routes and puts back who rode across the
cut; the result is kept by the rule of simulated annealing. Numba's cache notices changes of this file alone: touch it after a change
of ``ruin_lines.py``, ``ruin_places.py`` or ``ruin_ejecting.py``.
"""

from __future__ import annotations

import numpy as np

from routing.dialaride.ruin_ejecting import eject
from routing.dialaride.ruin_lines import (
    ABSENT,
    BLINK,
    CLASS,
    COST,
    COUNT,
    EJECTED,
    FIXED,
    FLEET,
    HEAT,
    KEEP,
    KIND,
    LATE,
    LEAST,
    LEAST_ABSENT,
    NODE,
    NONE,
    PARTNER,
    PICKUP,
    POOLED,
    RELATED,
    REMOVED,
    REQUEST,
    RIDES,
    SERVICE,
    STRING,
    SWAPPED,
    TIME,
    TOTAL,
    TOUCHED,
    Floats,
    Problem,
    Search,
    compiled,
    door,
    take_stock,
    touch,
    undo,
    uniform,
)
from routing.dialaride.ruin_places import recreate

PROBES = 8
"""Slots of the pool a route may be kept in."""


@compiled
def _drop(s: Search, ride: int, removed: int) -> int:
    """Mark a ride for removal; the number of rides removed."""
    if s.carrier[ride] >= 0:
        touch(s, s.carrier[ride])
        s.facts[s.carrier[ride], TOUCHED] = 2
        s.carrier[ride] = -1
        s.removed[removed] = ride
        removed += 1
    return removed


@compiled
def _cut_string(p: Problem, s: Search, ride: int, length: int, removed: int) -> int:
    """Remove the rides of ``length`` positions in a row around one end of ``ride``, in half the cases sparing some in the middle."""
    vehicle = s.carrier[ride]
    line, count, low = s.lines[vehicle], s.facts[vehicle, COUNT], p.vehicles[vehicle, FIXED]
    at = s.places[p.ends[ride, 0 if uniform(s.random) < 0.5 else 1]]
    spared = int(uniform(s.random) * length) if length > 2 and uniform(s.random) < 0.5 else 0
    length = min(length + spared, count - 1 - low)
    start = at - int(uniform(s.random) * length)
    start = min(max(start, low), count - 1 - length)
    gap = start + int(uniform(s.random) * (length - spared + 1))
    for k in range(start, start + length):
        other = p.nodes[line[k, NODE], REQUEST]
        if other >= 0 and not gap <= k < gap + spared:
            removed = _drop(s, other, removed)
    return removed


@compiled
def _seed(s: Search, waiting: int) -> int:
    """A ride to begin with: any; where some are left out, one of those every other time."""
    if waiting and uniform(s.random) < 0.5:
        return int(s.removed[int(uniform(s.random) * waiting)])
    return int(uniform(s.random) * len(s.carrier))


@compiled
def _ruin(p: Problem, s: Search, knobs: Floats, waiting: int) -> int:
    """Take rides near a random one off their lines, one by one or in strings of neighbouring lines; number of rides now out."""
    seed, removed = _seed(s, waiting), waiting
    if uniform(s.random) < knobs[RELATED]:
        wanted = waiting + 1 + int(uniform(s.random) * 2 * knobs[REMOVED])
        removed = _drop(s, seed, removed)
        for k in range(p.near.shape[1]):
            if removed >= wanted:
                break
            if uniform(s.random) < 0.5:
                removed = _drop(s, p.near[seed, k], removed)
        return removed
    used, carried = 0, 0
    for vehicle in range(len(s.facts)):
        used += s.facts[vehicle, RIDES] > 0
        carried += s.facts[vehicle, RIDES]
    longest = min(knobs[STRING], 2.0 * carried / max(1, used))
    strings = int(uniform(s.random) * (4.0 * knobs[REMOVED] / (1.0 + longest))) + 1
    for k in range(-1, p.near.shape[1]):
        ride = seed if k < 0 else p.near[seed, k]
        vehicle = s.carrier[ride]
        if vehicle >= 0 and not s.facts[vehicle, TOUCHED]:
            length = 1 + int(uniform(s.random) * min(longest, 2.0 * s.facts[vehicle, RIDES]))
            removed = _cut_string(p, s, ride, length, removed)
            strings -= 1
            if strings <= 0:
                break
    return removed


@compiled
def _swap_tails(p: Problem, s: Search, waiting: int) -> int:  # noqa: C901, PLR0912  (calls with whole problems cost time)
    """Cut the line of a random ride and that of a near one before their pickups and swap the tails; rides on both sides of a cut
    come off. The number of rides now out; −1 when the tails cannot be swapped.
    """
    seed = _seed(s, waiting)
    if s.carrier[seed] < 0 or p.near.shape[1] == 0:
        return -1
    other = p.near[seed, int(uniform(s.random) * min(30, p.near.shape[1]))]
    first, second = s.carrier[seed], s.carrier[other]
    if second < 0 or first == second or p.vehicles[first, CLASS] != p.vehicles[second, CLASS]:
        return -1
    cuts = s.places[p.ends[seed, 0]], s.places[p.ends[other, 0]]
    for a, b, cut_a, cut_b in ((first, second, cuts[0], cuts[1]), (second, first, cuts[1], cuts[0])):
        line, tail = s.lines[a], s.lines[b]
        if line[cut_a - 1, TIME] + line[cut_a - 1, SERVICE] > tail[cut_b, LATE]:
            return -1
        for k in range(1, s.facts[a, COUNT] - 1):
            if p.nodes[line[k, NODE], REQUEST] < 0:
                return -1
    removed = waiting
    for a, cut in ((first, cuts[0]), (second, cuts[1])):
        touch(s, a)
        for k in range(1, cut):
            if s.lines[a, k, PARTNER] >= cut:
                removed = _drop(s, p.nodes[s.lines[a, k, NODE], REQUEST], removed)
    for a, b, cut_a, cut_b in ((first, second, cuts[0], cuts[1]), (second, first, cuts[1], cuts[0])):
        into, head, tail = 0, s.saved[a], s.saved[b]
        for k in range(cut_a):
            if k == 0 or s.carrier[p.nodes[head[k, NODE], REQUEST]] >= 0:
                s.lines[a, into, NODE] = head[k, NODE]
                into += 1
        for k in range(cut_b, s.saved_facts[b, COUNT] - 1):
            ride = p.nodes[tail[k, NODE], REQUEST]
            if s.carrier[ride] >= 0:
                s.lines[a, into, NODE] = tail[k, NODE]
                s.carrier[ride] = a
                into += 1
        s.lines[a, into, NODE] = head[s.saved_facts[a, COUNT] - 1, NODE]
        s.facts[a, COUNT], s.facts[a, TOUCHED] = into + 1, 1
        if not take_stock(p, s, a):
            return -1
    return removed


@compiled
def _close_gaps(p: Problem, s: Search) -> bool:
    """Lines without the rides marked for removal; False when one has no feasible schedule any more."""
    for vehicle in range(len(s.facts)):
        if s.facts[vehicle, TOUCHED] == 2:
            line, kept = s.lines[vehicle], 0
            for k in range(s.facts[vehicle, COUNT]):
                ride = p.nodes[line[k, NODE], REQUEST]
                if ride < 0 or s.carrier[ride] == vehicle:
                    line[kept, NODE] = line[k, NODE]
                    kept += 1
            s.facts[vehicle, COUNT], s.facts[vehicle, TOUCHED] = kept, 1
            if not take_stock(p, s, vehicle):
                return False
    return True


@compiled
def _pool(p: Problem, s: Search) -> None:
    """Keep the touched lines: by the set of their rides and the class of vehicle, the cheapest order of each. A full pool forgets
    what has not been seen for long.
    """
    last = len(s.pool) - 1
    for vehicle in range(len(s.facts)):
        count = s.facts[vehicle, COUNT]
        if not s.facts[vehicle, TOUCHED] or s.facts[vehicle, RIDES] == 0 or count > s.pool_nodes.shape[1]:
            continue
        mark = p.marks[len(s.carrier) + p.vehicles[vehicle, CLASS]]
        for k in range(count):
            ride = p.nodes[s.lines[vehicle, k, NODE], REQUEST]
            if ride >= 0 and p.nodes[s.lines[vehicle, k, NODE], KIND] == PICKUP:
                mark ^= p.marks[ride]
        slot = oldest = mark & last
        for probe in range(PROBES):
            slot = (mark + probe) & last
            if s.pool[slot, 0] == mark or s.pool[slot, 0] == 0:
                break
            if s.pool[slot, 4] < s.pool[oldest, 4]:
                oldest = slot
        slot = slot if s.pool[slot, 0] == mark or s.pool[slot, 0] == 0 else oldest
        s.totals[POOLED] += 1
        s.pool[slot, 4] = s.totals[POOLED]
        if s.pool[slot, 0] != mark or s.facts[vehicle, COST] < s.pool[slot, 1]:
            s.pool[slot, 0], s.pool[slot, 1], s.pool[slot, 2], s.pool[slot, 3] = mark, s.facts[vehicle, COST], vehicle, count
            for k in range(count):
                s.pool_nodes[slot, k] = s.lines[vehicle, k, NODE]


@compiled
def _weigh(p: Problem, s: Search) -> tuple[int, int]:
    """Cost of the plan at hand with the price of what is left out; how many are left out."""
    cost, out = 0, 0
    for vehicle in range(len(s.facts)):
        cost += s.facts[vehicle, COST]
    for ride in range(len(s.carrier)):
        if s.carrier[ride] < 0:
            cost += p.prices[ride]
            out += 1
    return cost, out


@compiled
def _remember(s: Search, cost: int, out: int) -> None:
    """The plan at hand is the best so far."""
    s.totals[LEAST], s.totals[LEAST_ABSENT] = cost, out
    for vehicle in range(len(s.facts)):
        count = s.facts[vehicle, COUNT]
        s.best_counts[vehicle] = count
        for k in range(count):
            s.best[vehicle, k] = s.lines[vehicle, k, NODE]


@compiled
def _misses_less(s: Search, out: int) -> int:
    """With a fleet to be shrunk: 1 when rides are left out that were left out less often, −1 when more often, 0 when the same are."""
    now = before = 0
    for ride in range(len(s.carrier)):
        s.absences[ride] += s.carrier[ride] < 0
        now += s.absences[ride] if s.carrier[ride] < 0 else 0
        before += s.absences[ride] if s.saved_carrier[ride] < 0 else 0
    if now == before and out == s.totals[ABSENT]:
        return 0
    return 1 if now < before else -1


@compiled
def _force_in(p: Problem, s: Search) -> None:
    """With a fleet to be shrunk: put one of the rides left out in for others."""
    waiting = 0
    for vehicle in range(len(s.facts)):
        s.facts[vehicle, TOUCHED] = 0
    for ride in range(len(s.carrier)):
        if s.carrier[ride] < 0:
            s.removed[waiting] = ride
            waiting += 1
    if waiting == 0:
        return
    ride = s.removed[int(uniform(s.random) * waiting)]
    s.absences[ride] += 1
    if eject(p, s, ride):
        for other in range(len(s.carrier)):
            s.saved_carrier[other] = s.carrier[other]
        s.totals[TOTAL], s.totals[ABSENT] = _weigh(p, s)


@compiled
def _step(p: Problem, s: Search, knobs: Floats) -> None:
    """Ruin, recreate, keep or undo. How much dearer the plan may get (simulated annealing) is drawn before, so that what is too dear
    already is given up half-way.
    """
    removed, shrinks = 0, s.totals[FLEET] > 0
    for vehicle in range(len(s.facts)):
        s.facts[vehicle, TOUCHED] = 0
    for ride in range(len(s.carrier)):
        if s.carrier[ride] < 0:
            s.removed[removed] = ride
            removed += 1
    bound = s.totals[TOTAL] - np.int64(knobs[HEAT] * np.log(max(1e-300, uniform(s.random))))
    swaps = uniform(s.random) < knobs[SWAPPED]
    removed = _swap_tails(p, s, removed) if swaps else _ruin(p, s, knobs, removed)
    if removed < 0 or not _close_gaps(p, s):
        undo(s)
        return
    room = NONE if shrinks else bound
    for vehicle in range(0 if shrinks else len(s.facts)):
        room -= s.facts[vehicle, COST]
    if not recreate(p, s, removed, knobs[BLINK], room):
        undo(s)
        return
    cost, out = _weigh(p, s)
    better = _misses_less(s, out) if shrinks else 0
    if better < 0 or (better == 0 and cost >= bound):
        undo(s)
        return
    if cost <= s.totals[LEAST] * knobs[KEEP]:
        _pool(p, s)
    for ride in range(len(s.carrier)):
        s.saved_carrier[ride] = s.carrier[ride]
    s.totals[TOTAL], s.totals[ABSENT] = cost, out
    if out < s.totals[LEAST_ABSENT] or (out == s.totals[LEAST_ABSENT] and cost < s.totals[LEAST]):
        _remember(s, cost, out)


@compiled
def _load(p: Problem, s: Search) -> bool:
    """Take stock of the sequences in ``best``, make them the plan at hand; False when one has no feasible schedule."""
    for ride in range(len(s.carrier)):
        s.carrier[ride] = -1
    sound = True
    for vehicle in range(len(s.facts)):
        s.facts[vehicle, COUNT] = s.best_counts[vehicle]
        for k in range(s.best_counts[vehicle]):
            s.lines[vehicle, k, NODE] = s.best[vehicle, k]
            if p.nodes[s.best[vehicle, k], REQUEST] >= 0:
                s.carrier[p.nodes[s.best[vehicle, k], REQUEST]] = vehicle
        sound = take_stock(p, s, vehicle) and sound
    for ride in range(len(s.carrier)):
        s.saved_carrier[ride] = s.carrier[ride]
    s.totals[TOTAL], s.totals[ABSENT] = _weigh(p, s)
    s.totals[LEAST], s.totals[LEAST_ABSENT] = s.totals[TOTAL], s.totals[ABSENT]
    return sound


@door
def run(p: Problem, s: Search, knobs: Floats, steps: int) -> int:
    """So many steps from the plan at hand, and how many were done: a fleet to be shrunk ends them when it serves everybody.

    No steps: make the sequences in ``best`` the plan at hand; −1 when one has no feasible schedule.
    """
    if steps == 0:
        return 0 if _load(p, s) else -1
    for done in range(steps):
        if knobs[EJECTED] > 0 and uniform(s.random) < knobs[EJECTED]:
            _force_in(p, s)
        else:
            _step(p, s, knobs)
        if s.totals[FLEET] and s.totals[ABSENT] == 0:
            return done + 1
    return steps
