"""Small invented plans and an oracle that shares nothing with the engine: Bellman-Ford on the difference constraints."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from routing.dialaride.problem import Costs, Kind, Request, Route, Visit
from routing.travel import FOREVER, Matrix

PLACES = 7
Oracle = Callable[..., tuple[int, ...] | None]


@dataclass(frozen=True)
class Case:
    """Travel, routes and one request to be placed."""

    matrix: Matrix
    routes: list[Route]
    request: Request


def _longest(visits: Sequence[Visit], max_duration: int) -> list[tuple[int, int, int]]:
    """All that may last so long at most: the duty, stretches between rests, rides."""
    edges = [(len(visits) - 1, 0, -max_duration)]
    rested = 0
    for index, visit in enumerate(visits):
        if visit.kind in (Kind.BREAK, Kind.END) and index:
            edges.append((index, rested, -visit.max_stretch - visits[rested].service))
            rested = index
    for pickup, a in enumerate(visits):
        for dropoff, b in enumerate(visits):
            if a.kind is Kind.PICKUP and b.kind is Kind.DROPOFF and a.request == b.request:
                edges.append((dropoff, pickup, -b.max_ride - a.service))
    return edges


def bellman_ford(matrix: Matrix, visits: Sequence[Visit], max_duration: int = FOREVER) -> tuple[int, ...] | None:
    """Least solution of all constraints, or None: longest paths from an imaginary source, n rounds, one more to find cycles."""
    here = [v.place for v in visits]
    for index, visit in enumerate(visits):
        if visit.place < 0:
            here[index] = here[index - 1]
    edges = []
    for index in range(1, len(visits)):
        leg = 0 if here[index - 1] == here[index] else int(matrix.seconds[here[index - 1], here[index]])
        if leg >= FOREVER:
            return None
        edges.append((index - 1, index, visits[index - 1].service + leg))
    edges += _longest(visits, max_duration)
    times = [v.earliest for v in visits]
    for _ in range(len(visits) + 1):
        changed = False
        for source, target, weight in edges:
            if times[source] + weight > times[target]:
                times[target] = times[source] + weight
                changed = True
        if not changed:
            break
    else:
        return None
    return tuple(times) if all(t <= v.latest for t, v in zip(times, visits, strict=True)) else None


def invent_matrix(dice: random.Random) -> Matrix:
    """Not symmetric, no triangle inequality, now and then no way."""
    seconds = np.array([[dice.randint(0, 40) for _ in range(PLACES)] for _ in range(PLACES)], np.int32)
    metres = seconds * dice.randint(5, 15) + np.array([[dice.randint(0, 9) for _ in range(PLACES)] for _ in range(PLACES)])
    for _ in range(dice.choice([0, 0, 3])):
        a, b = dice.randrange(PLACES), dice.randrange(PLACES)
        seconds[a, b] = FOREVER
        metres[a, b] = FOREVER
    return Matrix(seconds, metres.astype(np.int32))


def _skeleton(dice: random.Random, number: int) -> list[Visit]:
    """START, rides, halts, a break, END in some order, nobody's pickup after his drop-off; windows still open."""
    order: list[Visit] = []
    for ride in range(dice.choice([0, 1, 2, 3])):
        request = 10 * number + ride
        load = dice.choice([(1, 0), (2, 0), (0, 1), (1, 1)])
        first = dice.randint(0, len(order))
        second = dice.randint(first + 1, len(order) + 1)
        order.insert(first, Visit(Kind.PICKUP, dice.randrange(PLACES), 0, 0, dice.choice([0, 5]), load, request))
        away = (-load[0], -load[1])
        order.insert(second, Visit(Kind.DROPOFF, dice.randrange(PLACES), 0, 0, dice.choice([0, 5]), away, request))
    aboard: tuple[int, ...] = ()
    if dice.random() < 0.3:
        aboard = (1, 0)
        off = Visit(Kind.DROPOFF, dice.randrange(PLACES), 0, 0, 5, (-1, 0), 10 * number + 9)
        order.insert(dice.randint(0, len(order)), off)
    for _ in range(dice.choice([0, 0, 2])):
        order.insert(dice.randint(0, len(order)), Visit(Kind.HALT, dice.randrange(PLACES), 0, 0, dice.choice([0, 3])))
    start = Visit(Kind.START, dice.randrange(PLACES), 0, 0, dice.choice([0, 0, 2]), aboard)
    visits = [start, *order, Visit(Kind.END, dice.randrange(PLACES), 0, 0)]
    if dice.random() < 0.4:
        visits.insert(dice.choice(_empty_gaps(visits)), Visit(Kind.BREAK, -1, 0, 0, 30))
    return visits


def _empty_gaps(visits: Sequence[Visit]) -> list[int]:
    """Where a break may stand: nobody aboard, or at worst before END."""
    gaps, aboard = [], 0
    for index, visit in enumerate(visits[:-1]):
        aboard += sum(visit.load)
        if aboard == 0:
            gaps.append(index + 1)
    return gaps or [len(visits) - 1]


def invent_route(dice: random.Random, matrix: Matrix, number: int) -> Route:
    """A route whose windows lie around times it can keep (mostly)."""
    visits = _skeleton(dice, number)
    time, here, windowed, boarded = 100, visits[0].place, [], {}
    for visit in visits:
        there = here if visit.place < 0 else visit.place
        leg = 0 if here == there else int(matrix.seconds[here, there])
        time += (leg if leg < FOREVER else 0) + dice.choice([0, 0, 5, 30])
        here = there
        early, late = time - dice.randint(0, 60), time + dice.choice([0, 10, 40, 100, 300])
        ride = FOREVER
        if visit.kind is Kind.PICKUP:
            boarded[visit.request] = time + visit.service
        elif visit.kind is Kind.DROPOFF and visit.request in boarded and dice.random() < 0.8:
            ride = max(0, time - boarded[visit.request] + dice.choice([0, 0, 10, 50, -3]))
        windowed.append(replace(visit, earliest=early, latest=FOREVER if dice.random() < 0.1 else late, max_ride=ride))
        time += visit.service
    return Route(
        visits=tuple(windowed),
        capacities=dice.choice([((3, 1),), ((4, 0), (2, 1)), ((4, 0), (2, 1), (0, 2)), ((8, 2),)]),
        fixed=dice.choice([1, 1, 1, 2, min(3, len(windowed) - 1)]),
        equipment=dice.choice([0, 1, 3]),
        group=dice.choice([0, 1]),
        max_metres=dice.choice([FOREVER, FOREVER, 3000, 1000]),
        max_duration=dice.choice([FOREVER, FOREVER, time - 90, time - 40]),
        only_if_booked=dice.random() < 0.3,
        locked=dice.random() < 0.1,
    )


def invent_request(dice: random.Random, routes: Sequence[Route]) -> Request:
    load = dice.choice([(1, 0), (2, 0), (0, 1), (1,), (1, 0, 0)])
    early = dice.randint(60, 300)
    ride = dice.choice([FOREVER, 30, 80, 150])
    pickup = Visit(
        Kind.PICKUP, dice.randrange(PLACES), early, early + dice.choice([30, 120, 300]), dice.choice([0, 5]), load, 999
    )
    until = early + dice.choice([100, 300, 500])
    off = tuple(-amount for amount in load)
    dropoff = Visit(
        Kind.DROPOFF, dice.randrange(PLACES), dice.choice([0, early + 40]), until, dice.choice([0, 5]), off, 999, ride
    )
    some = frozenset(i for i in range(len(routes)) if dice.random() < 0.6)
    return Request(
        pickup,
        dropoff,
        needs=dice.choice([0, 0, 0, 1]),
        groups=dice.choice([frozenset[int](), frozenset({0}), frozenset({0, 1})]),
        routes=dice.choice([None, None, None, some]),
    )


def invent_case(seed: int) -> Case:
    dice = random.Random(seed)
    matrix = invent_matrix(dice)
    routes = [invent_route(dice, matrix, number) for number in range(dice.choice([1, 2, 3]))]
    return Case(matrix, routes, invent_request(dice, routes))


@pytest.fixture(scope="session")
def invent() -> Callable[[int], Case]:
    """Case of a seed."""
    return invent_case


def invent_rich_case(seed: int) -> Case:
    """As :func:`invent_case`, with rest rules, costs of single vehicles and burdens of their drivers."""
    case, dice = invent_case(seed), random.Random(seed + 1)

    def rich(route: Route) -> Route:
        rests = dice.random() < 0.5
        visits = tuple(
            replace(v, max_stretch=dice.choice([60, 120, 250])) if rests and v.kind in (Kind.BREAK, Kind.END) else v
            for v in route.visits
        )
        costs = Costs(dice.choice([0, 0, 3]), dice.choice([0, 0, 2]), dice.choice([0, 400]))
        return replace(route, visits=visits, costs=costs, burden=dice.choice([0, 0, 10, 120]))

    return replace(case, routes=[rich(route) for route in case.routes])


@pytest.fixture(scope="session")
def invent_rich() -> Callable[[int], Case]:
    """Case of a seed with all that the search kernel need not know."""
    return invent_rich_case


@pytest.fixture(scope="session")
def oracle() -> Oracle:
    """Bellman-Ford: (matrix, visits, max_duration) → earliest times or None."""
    return bellman_ford


@pytest.fixture(scope="session")
def line() -> Matrix:
    """Places 0 … 19 along a road, 60 seconds and 1000 metres from each to the next."""
    steps = np.abs(np.arange(20)[:, None] - np.arange(20)[None, :]).astype(np.int32)
    return Matrix(steps * 60, steps * 1000)
