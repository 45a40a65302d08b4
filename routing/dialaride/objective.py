"""What one route costs: the definition that insertion, re-optimisation and tests share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.dialaride.problem import WHEELCHAIRS, Kind, Objective, Route, Visit
from routing.dialaride.schedule import positions
from routing.travel import Matrix


def is_driven(route: Route) -> bool:
    """False for a route that runs only if booked while nobody is: it stays at home."""
    if not route.only_if_booked or any(route.visits[0].load):
        return True
    return any(visit.kind in (Kind.PICKUP, Kind.DROPOFF) for visit in route.visits)


def leaves_base(route: Route) -> bool:
    """True when the vehicle goes anywhere on the way from START to END."""
    return is_driven(route) and any(visit.kind in (Kind.PICKUP, Kind.DROPOFF, Kind.HALT) for visit in route.visits)


def driven_metres(matrix: Matrix, route: Route) -> int:
    """Metres of the route, 0 when it is not driven."""
    rows = positions(route.visits) if is_driven(route) else []
    return sum(int(matrix.metres[a, b]) for a, b in pairwise(rows) if a != b)


def driven_seconds(matrix: Matrix, route: Route) -> int:
    """Seconds at the wheel, 0 when it is not driven."""
    rows = positions(route.visits) if is_driven(route) else []
    return sum(int(matrix.seconds[a, b]) for a, b in pairwise(rows) if a != b)


@dataclass(frozen=True, slots=True)
class Prices:
    """What driving costs on one route, and what comes with every party without a wheelchair that boards it."""

    drive_second: int
    metre: int
    used: int
    reserve: int


def prices(route: Route, objective: Objective) -> Prices:
    """The objective's weights for one route: with the vehicle's own costs, its volunteer's burden, its wheelchair places."""
    lifts = any(option[WHEELCHAIRS] > 0 for option in route.capacities if len(option) > WHEELCHAIRS)
    return Prices(
        objective.drive_second + objective.fairness * route.burden + route.costs.drive_second,
        objective.metre + route.costs.metre,
        objective.used_route + route.costs.used,
        objective.wheelchair_reserve * lifts,
    )


def needs_no_lift(pickup: Visit) -> bool:
    """True for a party without a wheelchair."""
    return len(pickup.load) <= WHEELCHAIRS or pickup.load[WHEELCHAIRS] == 0


def cost(matrix: Matrix, route: Route, times: Sequence[int], objective: Objective) -> int:
    """Cost of ``route`` with service starting at ``times`` (seconds, one per visit); 0 when it is not driven.

    A rider's time aboard runs from the end of boarding to the start of alighting; for one aboard at START, from START's earliest.
    """
    if not is_driven(route):
        return 0
    price, boarded = prices(route, objective), dict[int, int]()
    riding = waiting = seated = 0
    for visit, time in zip(route.visits, times, strict=True):
        if visit.kind is Kind.PICKUP:
            boarded[visit.request] = time + visit.service
            waiting += time - visit.earliest
            seated += needs_no_lift(visit)
        elif visit.kind is Kind.DROPOFF:
            riding += time - boarded.get(visit.request, route.visits[0].earliest)
    return (
        price.drive_second * driven_seconds(matrix, route)
        + price.metre * driven_metres(matrix, route)
        + objective.duty_second * (times[-1] - times[0])
        + objective.ride_second * riding
        + objective.wait_second * waiting
        + price.used * leaves_base(route)
        + price.reserve * seated
    )
