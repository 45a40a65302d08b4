"""When a given sequence of visits takes place: exact, as early as possible.

The times are the least fixpoint of difference constraints. On a line of visits every cycle of these constraints consists of pairs
(first, last) tied by a longest time between them; it is harmless exactly when driving and serving alone keeps within that time,
and then delaying the first of a pair never moves the last. So one pass forwards and one over the pairs from right to left settle
all times (the eight steps of Cordeau & Laporte 2003 §4 do the same with slacks and may miss a schedule when pairs interlock).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from routing.dialaride.problem import Kind, Visit
from routing.travel import FOREVER, Matrix


def positions(visits: Sequence[Visit]) -> list[int]:
    """Row of the matrix where the vehicle stands at each visit: a BREAK is taken where it stands already."""
    rows: list[int] = []
    for visit in visits:
        rows.append(visit.place if visit.place >= 0 else rows[-1])
    return rows


def drives(matrix: Matrix, visits: Sequence[Visit]) -> list[int]:
    """Seconds of driving to each visit from the one before; 0 to the first."""
    rows = positions(visits)
    return [0, *(int(matrix.seconds[a, b]) if a != b else 0 for a, b in pairwise(rows))]


def schedule(matrix: Matrix, visits: Sequence[Visit], max_duration: int = FOREVER) -> tuple[int, ...] | None:
    """The earliest feasible start of service at every visit, in seconds, or None when there is none.

    A pickup waits where the longest ride asks for it, and START where ``max_duration`` (last visit − first visit) does; every
    feasible schedule of the sequence is nowhere earlier. Load is not looked at.

    Args:
        matrix: travel between the visits' places.
        visits: START first, END last.
        max_duration: longest time from the first visit to the last, in seconds.
    """
    driving = drives(matrix, visits)
    if any(seconds >= FOREVER for seconds in driving):
        return None
    times: list[int] = []
    for index, visit in enumerate(visits):
        ready = times[-1] + visits[index - 1].service + driving[index] if index else visit.earliest
        times.append(max(ready, visit.earliest))
    for first, last, longest in reversed([(0, len(visits) - 1, max_duration), *longest_times(visits)]):
        if not _delay(visits, driving, times, (first, last, times[last] - longest)):
            return None
    feasible = all(time <= min(visit.latest, FOREVER) for time, visit in zip(times, visits, strict=True))
    return tuple(times) if feasible else None


def forecast(matrix: Matrix, visits: Sequence[Visit]) -> tuple[int, ...]:
    """What will happen: drive as soon as possible, never serve before ``earliest``, whatever ``latest`` and the longest rides say.

    Start of service at every visit, in seconds; ``FOREVER`` from a visit on that cannot be reached.
    """
    times: list[int] = []
    for index, (visit, seconds) in enumerate(zip(visits, drives(matrix, visits), strict=True)):
        ready = times[-1] + visits[index - 1].service + seconds if index else visit.earliest
        times.append(FOREVER if seconds >= FOREVER else min(FOREVER, max(ready, visit.earliest)))
    return tuple(times)


def longest_times(visits: Sequence[Visit]) -> list[tuple[int, int, int]]:
    """Pairs of visits tied by a longest time between their starts of service, (first, last, seconds), by the first: pickup and drop-off,
    and where a rest rule holds each START or BREAK and the next BREAK or END.
    """
    pickups = {visit.request: index for index, visit in enumerate(visits) if visit.kind is Kind.PICKUP}
    found = [
        (pickups[visit.request], index, visits[pickups[visit.request]].service + visit.max_ride)
        for index, visit in enumerate(visits)
        if visit.kind is Kind.DROPOFF and pickups.get(visit.request, index) < index
    ]
    rests = [index for index, visit in enumerate(visits) if visit.kind in (Kind.START, Kind.BREAK, Kind.END)]
    found += [
        (before, rest, visits[before].service + visits[rest].max_stretch)
        for before, rest in pairwise(rests)
        if visits[rest].max_stretch < FOREVER
    ]
    return sorted(found)


def _delay(visits: Sequence[Visit], driving: Sequence[int], times: list[int], pair: tuple[int, int, int]) -> bool:
    """Serve ``first`` not before ``not_before``; False when that would move ``last``: driving alone takes too long."""
    first, last, not_before = pair
    if times[first] >= not_before:
        return True
    times[first] = not_before
    for index in range(first + 1, last + 1):
        ready = times[index - 1] + visits[index - 1].service + driving[index]
        if ready <= times[index]:
            return True
        if index == last:
            return False
        times[index] = ready
    return True
