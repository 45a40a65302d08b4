"""A ride is put in for others, compiled: with a fleet to be shrunk, when all other ways have failed.

The ride takes the place of at most two riders of one line, of those whom it is easiest to place elsewhere: who have waited outside
least (guided ejection search, Nagata & Kobayashi 2010, "Guided ejection search for the pickup and delivery problem with time
windows"). ``ruin_kernel.py`` is what numba's cache watches: touch it after changing this file.
"""

from __future__ import annotations

from routing.dialaride.ruin_lines import (
    CLOSED,
    COUNT,
    KIND,
    NODE,
    NONE,
    PICKUP,
    REQUEST,
    RIDES,
    Problem,
    Search,
    compiled,
    take_stock,
    touch,
    undo,
    uniform,
)
from routing.dialaride.ruin_places import insert, place_on


@compiled
def _lay_without(p: Problem, s: Search, vehicle: int, one: int, other: int) -> bool:
    """The line as it was before the step, without two rides; False when it has no feasible schedule."""
    saved, line, kept = s.saved[vehicle], s.lines[vehicle], 0
    for k in range(s.saved_facts[vehicle, COUNT]):
        ride = p.nodes[saved[k, NODE], REQUEST]
        if ride < 0 or ride not in (one, other):
            line[kept, NODE] = saved[k, NODE]
            kept += 1
    s.facts[vehicle, COUNT] = kept
    return take_stock(p, s, vehicle)


@compiled
def _list_rides(p: Problem, s: Search, vehicle: int) -> int:
    """Movable rides of the line at the end of ``removed``, those first who have waited least; where they begin."""
    begin = found = len(s.carrier) - int(s.saved_facts[vehicle, RIDES])
    for k in range(s.saved_facts[vehicle, COUNT]):
        node = s.saved[vehicle, k, NODE]
        ride = p.nodes[node, REQUEST]
        if ride >= 0 and p.nodes[node, KIND] == PICKUP:
            j = found
            while j > begin and s.absences[s.removed[j - 1]] > s.absences[ride]:
                s.removed[j] = s.removed[j - 1]
                j -= 1
            s.removed[j] = ride
            found += 1
    return begin


@compiled
def _weakest(p: Problem, s: Search, vehicle: int, ride: int, most: int) -> tuple[int, int, int]:
    """The one or two rides of the line without which ``ride`` fits, that have together waited least, if less than ``most``:
    how long they have, and they (−1: only one). The line is left as it was.
    """
    touch(s, vehicle)
    least, first, second, rides = most, -1, -1, len(s.carrier)
    begin = _list_rides(p, s, vehicle)
    for one in range(begin, rides):
        waited = s.absences[s.removed[one]]
        if waited >= least:
            break
        for other in range(one, rides):  # itself: nobody else
            together = waited + (s.absences[s.removed[other]] if other > one else 0)
            if together >= least:
                break
            if _lay_without(p, s, vehicle, s.removed[one], s.removed[other]) and place_on(p, s, vehicle, ride)[1] >= 0:
                least, first, second = together, s.removed[one], s.removed[other] if other > one else -1
    _lay_without(p, s, vehicle, -1, -1)
    return least, first, second


@compiled
def eject(p: Problem, s: Search, ride: int) -> bool:
    """Put ``ride`` in for those who have waited least; False, with everything as it was, when nobody's going helps."""
    least, vehicle, one, other = NONE, -1, -1, -1
    count = len(s.facts)
    start = int(uniform(s.random) * count)
    for step in range(count):
        v = (start + step) % count
        if p.allowed[ride, v] and not s.facts[v, CLOSED]:
            weakest = _weakest(p, s, v, ride, least)
            if weakest[1] >= 0:
                least, vehicle, one, other = weakest[0], v, weakest[1], weakest[2]
    if vehicle < 0:
        undo(s)
        return False
    s.carrier[one] = -1
    if other >= 0:
        s.carrier[other] = -1
    _lay_without(p, s, vehicle, one, other)
    _, i, j = place_on(p, s, vehicle, ride)
    if not insert(p, s, vehicle, ride, i, j):
        undo(s)
        return False
    return True
