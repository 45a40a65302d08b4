"""The one judge: what is wrong with a timed route, in plain steps. It shares no code with whatever made the plan.

It compares: a decision is refused for what it makes worse, not for what has happened already (:func:`worsened`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from routing.dialaride.problem import Kind, Request, Route
from routing.travel import FOREVER, Matrix


class Breach(Enum):
    """What can be wrong; the unit of its amount."""

    TOO_EARLY = "seconds before the window opens"
    TOO_LATE = "seconds after the window closes"
    RIDE_TOO_LONG = "seconds above the longest ride"
    TOO_FAST = "seconds missing to get here from the visit before"
    NO_WAY = "places that cannot be reached"
    OVER_CAPACITY = "persons or places above the closest capacity"
    BREAK_NOT_EMPTY = "parties aboard during a break"
    NOT_PAIRED = "pickups without a later drop-off, drop-offs of nobody, visits double"
    WRONG_ENDS = "START or END out of place"
    TOO_FAR = "metres above the limit"
    DUTY_TOO_LONG = "seconds above the longest duty"
    STRETCH_TOO_LONG = "seconds above the longest stretch without a break"
    NEED_UNMET = "needs the vehicle cannot meet"
    WRONG_VEHICLE = "rider on a vehicle he may not be put on"


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: which rider (``request``, −1: no rider in particular), at which visit, by how much (see :class:`Breach`)."""

    kind: Breach
    request: int
    visit: int
    amount: int


def violations(
    matrix: Matrix, route: Route, times: Sequence[int], requests: Iterable[Request] = (), number: int | None = None
) -> list[Violation]:
    """Everything wrong with ``route`` when service starts at ``times``.

    Args:
        matrix: travel between the visits' places.
        route: the sequence to judge; one that stays at home (only if booked, nobody booked) is judged by its shape alone.
        times: start of service at every visit, in seconds.
        requests: of the riders whose needs and vehicle choice are to be judged; others are not.
        number: the route's index, for requests bound to certain routes.

    Raises:
        ValueError: there is not one time per visit.
    """
    if len(times) != len(route.visits):
        raise ValueError(f"{len(route.visits)} visits but {len(times)} times")
    found = [*_ends(route), *_pairs(route), *_assignments(route, requests, number)]
    stays_home = route.only_if_booked and not any(route.visits[0].load) and all(v.request < 0 for v in route.visits)
    if not stays_home:
        found += [
            *_windows(route, times),
            *_rides(route, times),
            *_driving(matrix, route, times),
            *_loads(route),
            *_breaks(route),
            *_stretches(route, times),
        ]
    return found


def worsened(new: Iterable[Violation], old: Iterable[Violation]) -> list[Violation]:
    """The violations in ``new`` that ``old`` does not have, or has smaller; rider by rider, kind by kind.

    Several of one kind and rider (or of no rider) are held against each other largest first.
    """
    before: dict[tuple[Breach, int], list[int]] = defaultdict(list)
    for violation in sorted(old, key=lambda v: v.amount):
        before[violation.kind, violation.request].append(violation.amount)
    worse = []
    for violation in sorted(new, key=lambda v: -v.amount):
        known = before[violation.kind, violation.request]
        if violation.amount > (known.pop() if known else 0):
            worse.append(violation)
    return worse


def _ends(route: Route) -> Iterator[Violation]:
    last = len(route.visits) - 1
    for index, visit in enumerate(route.visits):
        if (visit.kind is Kind.START) != (index == 0) or (visit.kind is Kind.END) != (index == last):
            yield Violation(Breach.WRONG_ENDS, -1, index, 1)


def _pairs(route: Route) -> Iterator[Violation]:
    waiting: set[int] = set()
    seen: set[tuple[Kind, int]] = set()
    for index, visit in enumerate(route.visits):
        if visit.request < 0:
            continue
        later = {v.request for v in route.visits[index + 1 :] if v.kind is Kind.DROPOFF}
        double = (visit.kind, visit.request) in seen
        lost = visit.kind is Kind.PICKUP and visit.request not in later
        # A drop-off before its pickup is told at the drop-off; one without any pickup is a rider aboard since START.
        reversed_pair = visit.kind is Kind.DROPOFF and visit.request not in waiting and _has_pickup(route, visit.request)
        if double or lost or reversed_pair:
            yield Violation(Breach.NOT_PAIRED, visit.request, index, 1)
        seen.add((visit.kind, visit.request))
        waiting.add(visit.request)


def _has_pickup(route: Route, request: int) -> bool:
    return any(v.kind is Kind.PICKUP and v.request == request for v in route.visits)


def _assignments(route: Route, requests: Iterable[Request], number: int | None) -> Iterator[Violation]:
    by_number = {request.pickup.request: request for request in requests}
    for index, visit in enumerate(route.visits):
        request = by_number.get(visit.request)
        if request is None or visit.kind is not Kind.PICKUP:
            continue
        missing = request.needs & ~route.equipment
        if missing:
            yield Violation(Breach.NEED_UNMET, visit.request, index, missing.bit_count())
        wrong_group = bool(request.groups) and route.group not in request.groups
        wrong_route = request.routes is not None and number is not None and number not in request.routes
        if wrong_group or wrong_route:
            yield Violation(Breach.WRONG_VEHICLE, visit.request, index, 1)


def _windows(route: Route, times: Sequence[int]) -> Iterator[Violation]:
    for index, (visit, time) in enumerate(zip(route.visits, times, strict=True)):
        if time < visit.earliest:
            yield Violation(Breach.TOO_EARLY, visit.request, index, visit.earliest - time)
        if time > visit.latest:
            yield Violation(Breach.TOO_LATE, visit.request, index, time - visit.latest)


def _rides(route: Route, times: Sequence[int]) -> Iterator[Violation]:
    boarded: dict[int, int] = {}
    for index, (visit, time) in enumerate(zip(route.visits, times, strict=True)):
        if visit.kind is Kind.PICKUP:
            boarded[visit.request] = time + visit.service
        elif visit.kind is Kind.DROPOFF and visit.request in boarded:
            excess = time - boarded[visit.request] - visit.max_ride
            if excess > 0:
                yield Violation(Breach.RIDE_TOO_LONG, visit.request, index, excess)
    duty = times[-1] - times[0]
    if duty > route.max_duration:
        yield Violation(Breach.DUTY_TOO_LONG, -1, len(times) - 1, duty - route.max_duration)


def _driving(matrix: Matrix, route: Route, times: Sequence[int]) -> Iterator[Violation]:
    here = route.visits[0].place
    metres = 0
    for index in range(1, len(times)):
        before, visit = route.visits[index - 1], route.visits[index]
        there = here if visit.kind is Kind.BREAK else visit.place
        seconds = 0
        if here != there:
            seconds = int(matrix.seconds[here, there])
            metres += int(matrix.metres[here, there])
        ready = times[index - 1] + before.service + seconds
        if seconds >= FOREVER:
            yield Violation(Breach.NO_WAY, visit.request, index, 1)
        elif times[index] < ready:
            yield Violation(Breach.TOO_FAST, visit.request, index, ready - times[index])
        here = there
    if metres > route.max_metres:
        yield Violation(Breach.TOO_FAR, -1, len(times) - 1, metres - route.max_metres)


def _loads(route: Route) -> Iterator[Violation]:
    kinds = max([len(v.load) for v in route.visits] + [len(c) for c in route.capacities], default=0)
    aboard = [0] * kinds
    for index, visit in enumerate(route.visits):
        for kind, change in enumerate(visit.load):
            aboard[kind] += change
        missing = sum(-amount for amount in aboard if amount < 0)
        if missing:
            yield Violation(Breach.NOT_PAIRED, visit.request, index, missing)
        if index == len(route.visits) - 1:
            continue  # no leg follows
        excess = min((_above(aboard, capacity) for capacity in route.capacities), default=sum(aboard))
        if excess > 0:
            yield Violation(Breach.OVER_CAPACITY, -1, index, excess)


def _above(aboard: Sequence[int], capacity: Sequence[int]) -> int:
    places = [*capacity, *[0] * (len(aboard) - len(capacity))]
    return sum(max(0, amount - limit) for amount, limit in zip(aboard, places, strict=True))


def _breaks(route: Route) -> Iterator[Violation]:
    """Aboard are those picked up and not yet dropped off, those dropped off later without a pickup, and unexplained load."""
    for index, visit in enumerate(route.visits):
        if visit.kind is not Kind.BREAK:
            continue
        boarded = {v.request for v in route.visits[:index] if v.kind is Kind.PICKUP}
        alighted = {v.request for v in route.visits[:index] if v.kind is Kind.DROPOFF}
        since_start = {v.request for v in route.visits[index:] if v.kind is Kind.DROPOFF and not _has_pickup(route, v.request)}
        parties = len((boarded - alighted) | since_start)
        if not parties:
            parties = int(any(sum(v.load[k] for v in route.visits[:index] if k < len(v.load)) > 0 for k in range(_kinds(route))))
        if parties:
            yield Violation(Breach.BREAK_NOT_EMPTY, -1, index, parties)


def _stretches(route: Route, times: Sequence[int]) -> Iterator[Violation]:
    """A stretch begins when START or a break is over and ends when the next break or END begins."""
    rested: int | None = None
    for index, (visit, time) in enumerate(zip(route.visits, times, strict=True)):
        if visit.kind in (Kind.BREAK, Kind.END) and rested is not None and time - rested > visit.max_stretch:
            yield Violation(Breach.STRETCH_TOO_LONG, -1, index, time - rested - visit.max_stretch)
        if visit.kind in (Kind.START, Kind.BREAK):
            rested = time + visit.service


def _kinds(route: Route) -> int:
    return max((len(visit.load) for visit in route.visits), default=0)
