"""Routes and requests as arrays of int64, the form the compiled search reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.dialaride.objective import is_driven, leaves_base, needs_no_lift, prices
from routing.dialaride.problem import Objective, Request, Route, Visit
from routing.dialaride.schedule import longest_times
from routing.travel import FOREVER, IntArray, Matrix

Integers = NDArray[np.int64]

# After changing these numbers touch kernel.py: numba's cache watches that file alone.
# Columns of a visit's row: UNTIL is the later visit it is tied to by a longest time, FROM the earlier one (−1: none), LONGEST, on the
# first of the two, the longest time between their starts; from LOAD on who is aboard after it, one column per capacity kind.
KIND, PLACE, EARLIEST, LATEST, SERVICE, UNTIL, FROM, LONGEST, LOAD = range(9)
# Columns of a line's clock: where the vehicle stands, seconds and metres to get there, start of service when driving as soon as
# possible, in the earliest feasible schedule, and the latest with which the visits after it may still be in time: with the
# legs as they are, and whatever the legs may become.
AT, SECONDS, METRES, REACHED, TIME, IN_TIME, IN_TIME_AT_ALL = range(7)
# Columns of a visit in the digest, all a scan needs to know of it in one line of the processor's cache: where the vehicle stands, when
# it is free to leave, earliest start, service, whether it is a break, latest starts (see clocks.py), the leg there; the first visit
# whose time may change when something is put in after this one; seconds that riders boarding before this one spend aboard neither
# driven nor waiting for others to board; from ABOARD on who is aboard.
STANDS, FREE, OPENS, STAYS, PAUSES, LATE, LATE_AT_ALL, DRIVEN_S, DRIVEN_M, SINCE, IDLE, ABOARD = range(12)
# Rows of a route's gates, by visit, apart because a scan for the pickup's place reads little else.
LEAVES_AT, IN_TIME_UNTIL = range(2)
# Columns of a route's row.
COUNT, FIXED, LOCKED, EQUIPMENT, GROUP, MAX_METRES, MAX_DURATION, DRIVEN, LEAVES = range(9)
# Places of the weights.
DRIVE, METRE, DUTY, RIDING, WAITING, USED, RESERVE = range(7)
# Third row of a wish: needs as bits, how many answers are wanted, whether times are told of the drop-off, whether the party needs no
# wheelchair place.
NEEDS, MOST, AT_DROPOFF, SEATED = range(4)
# First index of the ways: from the place named first to the other, or to it from the other.
AWAY, TO = range(2)
SPARE = 4
"""Visits by which the longest route may grow before everything has to be packed anew."""
NOWHERE = -1
"""Room of an alternative that a route does not have: nothing fits it."""


class Stock(NamedTuple):
    """Travel as ``ways`` (2, P, P, 2), and of R routes with at most V visits, K capacity kinds, A alternatives: visits
    (R, V, 8 + K), clocks (R, V, 7), digests (R, V, 11 + K), gates (R, 2, V), limits (R, 9), facts (R, 5), capacities (R, A, K), weights of the
    objective (R, 7).
    """

    ways: IntArray
    rows: Integers
    clock: Integers
    digest: IntArray
    gates: IntArray
    limits: Integers
    facts: Integers
    capacities: Integers
    weights: Integers


def empty_stock(matrix: Matrix, routes: Sequence[Route]) -> Stock:
    """Room for ``routes``, each to be packed into its place."""
    count = len(routes)
    longest = max((len(route.visits) for route in routes), default=0) + SPARE
    kinds = max((kinds_of(route) for route in routes), default=0)
    options = max((len(route.capacities) for route in routes), default=0)
    return Stock(
        ways=_ways(matrix),
        rows=np.zeros((count, longest, LOAD + kinds), np.int64),
        clock=np.zeros((count, longest, 7), np.int64),
        digest=np.zeros((count, longest, ABOARD + kinds), np.int32),
        gates=np.zeros((count, 2, longest), np.int32),
        limits=np.zeros((count, LEAVES + 1), np.int64),
        facts=np.zeros((count, 5), np.int64),
        capacities=np.full((count, options, kinds), NOWHERE, np.int64),
        weights=np.zeros((count, RESERVE + 1), np.int64),
    )


def _ways(matrix: Matrix) -> IntArray:
    """Seconds and metres from every place to the others, and to it from the others: what one place needs lies together."""
    ways = np.empty((2, *matrix.seconds.shape, 2), np.int32)
    ways[AWAY, ..., 0], ways[AWAY, ..., 1] = matrix.seconds, matrix.metres
    ways[:, np.arange(ways.shape[1]), np.arange(ways.shape[1])] = 0
    ways[TO] = ways[AWAY].transpose(1, 0, 2)
    return ways


def kinds_of(route: Route) -> int:
    """How many capacity kinds a route knows of."""
    return max([len(visit.load) for visit in route.visits] + [len(option) for option in route.capacities], default=0)


def pack_route(stock: Stock, number: int, route: Route, objective: Objective) -> bool:
    """Write ``route`` into its place; False when there is not room enough for it."""
    kinds, count = stock.capacities.shape[2], len(route.visits)
    if kinds_of(route) > kinds or count > stock.rows.shape[1] or len(route.capacities) > stock.capacities.shape[1]:
        return False
    rows = np.array([visit_row(visit, kinds) for visit in route.visits], np.int64).reshape(count, LOAD + kinds)
    rows[:, LOAD:] = np.cumsum(rows[:, LOAD:], axis=0)
    for first, last, longest in longest_times(route.visits):
        rows[first, UNTIL], rows[last, FROM], rows[first, LONGEST] = last, first, longest
    stock.rows[number, :count] = rows
    stock.limits[number] = (
        count, max(1, route.fixed), route.locked, route.equipment, route.group,
        route.max_metres, route.max_duration, is_driven(route), leaves_base(route),
    )  # fmt: skip
    price = prices(route, objective)
    stock.weights[number] = (
        price.drive_second, price.metre, objective.duty_second, objective.ride_second, objective.wait_second, price.used, price.reserve,
    )  # fmt: skip
    stock.capacities[number] = NOWHERE
    for place, option in enumerate(route.capacities):
        stock.capacities[number, place] = (*option, *[0] * (kinds - len(option)))
    return True


def visit_row(visit: Visit, kinds: int) -> tuple[int, ...]:
    """A visit's columns, with its own change of load and tied to nothing."""
    load = (*visit.load, *[0] * (kinds - len(visit.load)))
    return visit.kind, visit.place, visit.earliest, min(visit.latest, FOREVER), visit.service, -1, -1, FOREVER, *load


def pack_wish(request: Request, kinds: int, most: int, *, at_dropoff: bool = False) -> Integers | None:
    """A request as (3, 8 + kinds): pickup with the party's load, drop-off, needs and number of answers. None when the party needs
    places of a kind that no route has.
    """
    pickup, dropoff = request.pickup, request.dropoff
    load = (*pickup.load[:kinds], *(0,) * (kinds - len(pickup.load)))
    if any(pickup.load[kinds:]):
        return None
    nothing = (0,) * kinds
    return np.array(
        (
            (
                pickup.kind, pickup.place, pickup.earliest, min(pickup.latest, FOREVER), pickup.service, -1, -1,
                pickup.service + dropoff.max_ride, *load,
            ),
            (dropoff.kind, dropoff.place, dropoff.earliest, min(dropoff.latest, FOREVER), dropoff.service, -1, -1, FOREVER, *nothing),
            (request.needs, most, at_dropoff, needs_no_lift(pickup), 0, 0, 0, 0, *nothing),
        ),
        np.int64,
    )  # fmt: skip
