"""An invented fleet with busy routes, for warming up and for measuring. Deterministic for a seed; not a benchmark instance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routing.dialaride.problem import Kind, Request, Route, Visit
from routing.dialaride.schedule import forecast
from routing.travel import IntArray, Matrix

DAY_START, DAY_END = 6 * 3600, 20 * 3600
BOARDING_S = 60
METRES_PER_SECOND = 12
SEATS = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """Travel times, routes with feasible schedules, requests not on any of them."""

    matrix: Matrix
    routes: list[Route]
    requests: list[Request]


def invent_fleet(vehicles: int, stops: int, seed: int, requests: int = 50) -> Scene:
    """``vehicles`` routes of ``stops`` pickups and drop-offs each over a day in a county of 40 by 40 km.

    Raises:
        ValueError: there is no vehicle, or ``stops`` is odd or negative (every ride has two).
    """
    if vehicles < 1 or stops < 0 or stops % 2:
        raise ValueError(f"a fleet needs vehicles and an even number of stops, found {vehicles} and {stops}")
    random = np.random.default_rng(seed)
    matrix = _county(random, places=vehicles * 4 + 200)
    routes = [_route(matrix, random, number, stops) for number in range(vehicles)]
    wishes = [_request(matrix, random, vehicles * stops + number) for number in range(requests)]
    return Scene(matrix, routes, wishes)


def _county(random: np.random.Generator, places: int) -> Matrix:
    points = random.uniform(0, 40_000, (places, 2))
    metres = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)) * 1.3
    return Matrix(np.ceil(metres / METRES_PER_SECOND).astype(np.int32), np.ceil(metres).astype(np.int32))


def _route(matrix: Matrix, random: np.random.Generator, number: int, stops: int) -> Route:
    """Visits in an order that carries up to three parties at once; windows lie around the times driving then takes."""
    base = int(random.integers(len(matrix.seconds)))
    near = np.argsort(matrix.seconds[base])[:60]
    order: list[tuple[Kind, int]] = []
    aboard: list[int] = []
    left = [number * stops + ride for ride in range(stops // 2)]
    while left or aboard:
        boards = bool(left) and (not aboard or (len(aboard) < 3 and random.random() < 0.5))
        ride = left.pop() if boards else aboard.pop(int(random.integers(len(aboard))))
        if boards:
            aboard.append(ride)
        order.append((Kind.PICKUP if boards else Kind.DROPOFF, ride))
    draft = [Visit(kind, int(random.choice(near)), 0, DAY_END, BOARDING_S, request=ride) for kind, ride in order]
    pauses = np.cumsum(random.integers(0, max(1, 20_000 // max(1, stops)), len(draft)))
    ends = Visit(Kind.START, base, DAY_START, DAY_END), Visit(Kind.END, base, DAY_START, DAY_END + 36_000)
    times = forecast(matrix, [ends[0], *draft, ends[1]])[1:-1]
    planned = [time + int(pause) for time, pause in zip(times, pauses, strict=True)]
    visits = [_windowed(draft, planned, index) for index in range(len(draft))]
    return Route((ends[0], *visits, ends[1]), capacities=((SEATS, 0), (SEATS - 2, 1)))


def _windowed(draft: list[Visit], planned: list[int], index: int) -> Visit:
    visit, time = draft[index], planned[index]
    if visit.kind is Kind.PICKUP:
        return Visit(visit.kind, visit.place, time - 300, time + 1500, BOARDING_S, (1, 0), visit.request)
    pickup = next(k for k, other in enumerate(draft) if other.request == visit.request and other.kind is Kind.PICKUP)
    ride = int((time - planned[pickup]) * 1.3) + 900
    return Visit(visit.kind, visit.place, time - 1800, time + 2400, BOARDING_S, (-1, 0), visit.request, ride)


def _request(matrix: Matrix, random: np.random.Generator, number: int) -> Request:
    """From anywhere to within half an hour, leaving within an hour of some wished time; at most 1.5 × direct + 15 minutes aboard."""
    origin = int(random.integers(len(matrix.seconds)))
    destination = int(random.choice(np.flatnonzero(_reachable(matrix.seconds[origin]))))
    wished = int(random.integers(DAY_START + 3600, DAY_END - 7200))
    direct = int(matrix.seconds[origin, destination])
    pickup = Visit(Kind.PICKUP, origin, wished, wished + 3600, BOARDING_S, (1, 0), number)
    ride = int(direct * 1.5) + 900
    dropoff = Visit(Kind.DROPOFF, destination, wished, wished + 3600 + ride, BOARDING_S, (-1, 0), number, ride)
    return Request(pickup, dropoff)


def _reachable(seconds: IntArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((seconds > 120) & (seconds < 1800))
