"""A plan packed for the compiled ruin-and-recreate search, and unpacked again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.dialaride import ruin_lines as col
from routing.dialaride.insertion_reference import may_carry
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.travel import FOREVER, Matrix

NEAR = 250
"""How many near rides each ride knows."""

BLOCK = 128
"""Rides whose nearness to all others is reckoned at once."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A problem for the kernel: ``visits`` by node; ``sequences`` the routes as they come, as nodes; ``rides`` that may be moved."""

    problem: col.Problem
    visits: list[Visit]
    sequences: list[list[int]]
    rides: list[Request]
    routes: list[Route]


def pack(matrix: Matrix, routes: Sequence[Route], requests: Sequence[Request], objective: Objective) -> Packed:
    """Pack routes and the rides that may be moved; rides on no route are to be placed.

    Args:
        matrix: travel between all places.
        routes: those the search may change; each has a feasible schedule.
        requests: rides that may change place; those whose visits are not both behind a route's fixed ones stay where they are.
        objective: what counts; ``unserved`` is the price of leaving out a ride.
    """
    rides = _movable(routes, requests)
    numbers = {ride.pickup.request: index for index, ride in enumerate(rides)}
    visits, sequences = _number_visits(routes, rides, numbers)
    nodes = _nodes(visits, numbers, _kinds(routes, rides))
    _mark_riders_aboard(nodes, visits, sequences)
    _tighten(nodes)
    allowed = _allowed(routes, rides)
    vehicles, capacities = _vehicles(routes, nodes.shape[1] - col.LOADS, _classes(routes, numbers, allowed))
    seconds, metres = (np.ascontiguousarray(table, np.int32) for table in (matrix.seconds, matrix.metres))
    costs = objective.drive_second * seconds.astype(np.int64) + objective.metre * metres.astype(np.int64)
    np.fill_diagonal(costs, 0)
    ends = np.arange(2 * len(rides), dtype=np.int64).reshape(-1, 2)
    problem = col.Problem(
        seconds=seconds,
        metres=metres,
        costs=costs,
        nodes=nodes,
        ends=ends,
        allowed=allowed,
        prices=np.array([objective.unserved if ride.unserved is None else ride.unserved for ride in rides], np.int64),
        vehicles=vehicles,
        capacities=capacities,
        near=_near(costs, seconds, nodes, ends),
        orders=_orders(costs, nodes, ends, sequences),
        marks=np.random.default_rng(1).integers(1, 2**62, len(rides) + len(routes), dtype=np.int64),
        weights=np.array(
            (
                objective.drive_second, objective.metre, objective.duty_second,
                objective.ride_second, objective.wait_second, objective.used_route, _is_tied(nodes, routes),
            ),
            np.int64,
        ),
    )  # fmt: skip
    return Packed(problem, visits, sequences, rides, list(routes))


def unpack(packed: Packed, sequences: Sequence[Sequence[int]]) -> list[Route]:
    """The routes with the given sequences of nodes."""
    return [
        replace(route, visits=tuple(packed.visits[node] for node in nodes))
        for route, nodes in zip(packed.routes, sequences, strict=True)
    ]


def _movable(routes: Sequence[Route], requests: Sequence[Request]) -> list[Request]:
    bound = set()
    for route in routes:
        free = [visit for visit in route.visits[max(1, route.fixed) :] if visit.request >= 0]
        both = {v.request for v in free if v.kind is Kind.PICKUP} & {v.request for v in free if v.kind is Kind.DROPOFF}
        bound |= {visit.request for visit in route.visits if visit.request >= 0} - both
    return [request for request in requests if request.pickup.request not in bound]


def _number_visits(
    routes: Sequence[Route], rides: Sequence[Request], numbers: dict[int, int]
) -> tuple[list[Visit], list[list[int]]]:
    """Nodes: 2 r and 2 r + 1 are the ends of ride r, then all other visits route by route."""
    visits = [visit for ride in rides for visit in (ride.pickup, ride.dropoff)]
    sequences = []
    for route in routes:
        sequence = []
        for visit in route.visits:
            ride = numbers.get(visit.request, -1) if visit.request >= 0 else -1
            if ride >= 0:
                node = 2 * ride + (visit.kind is Kind.DROPOFF)
                visits[node] = visit
            else:
                node = len(visits)
                visits.append(visit)
            sequence.append(node)
        sequences.append(sequence)
    return visits, sequences


def _kinds(routes: Sequence[Route], rides: Sequence[Request]) -> int:
    loads = [len(visit.load) for route in routes for visit in route.visits]
    loads += [len(ride.pickup.load) for ride in rides] + [len(c) for route in routes for c in route.capacities]
    return max(loads, default=0)


def _nodes(visits: Sequence[Visit], numbers: dict[int, int], kinds: int) -> col.Integers:
    nodes = np.zeros((len(visits), col.LOADS + kinds), np.int64)
    pickups = {visit.request: node for node, visit in enumerate(visits) if visit.kind is Kind.PICKUP}
    for node, visit in enumerate(visits):
        ride = numbers.get(visit.request, -1) if visit.request >= 0 else -1
        nodes[node, : col.LOADS] = (
            visit.place, visit.earliest, min(visit.latest, FOREVER), visit.service, FOREVER, -1, visit.kind, ride, visit.earliest,
        )  # fmt: skip
        nodes[node, col.LOADS : col.LOADS + len(visit.load)] = visit.load
    for node, visit in enumerate(visits):
        if visit.kind is Kind.DROPOFF and visit.request in pickups:
            pickup = pickups[visit.request]
            nodes[node, col.MATE], nodes[pickup, col.MATE] = pickup, node
            nodes[pickup, col.LONGEST] = min(FOREVER, nodes[pickup, col.STAY] + visit.max_ride)
    return nodes


def _mark_riders_aboard(nodes: col.Integers, visits: Sequence[Visit], sequences: Sequence[Sequence[int]]) -> None:
    """A START's LONGEST column holds the number of parties aboard."""
    for sequence in sequences:
        aboard = sum(visits[node].kind is Kind.DROPOFF and nodes[node, col.MATE] < 0 for node in sequence)
        nodes[sequence[0], col.LONGEST] = aboard


def _tighten(nodes: col.Integers) -> None:
    """Windows of pickup and drop-off as far as they bind each other; no schedule is lost."""
    pickups = np.flatnonzero((nodes[:, col.KIND] == Kind.PICKUP) & (nodes[:, col.MATE] >= 0))
    for pickup in pickups:
        dropoff = nodes[pickup, col.MATE]
        a, b = nodes[pickup], nodes[dropoff]
        longest = a[col.LONGEST]
        # Without the triangle inequality a detour may be faster than the direct way, so that is no lower bound.
        a[col.LATEST] = min(a[col.LATEST], b[col.LATEST] - a[col.STAY])
        b[col.LATEST] = min(b[col.LATEST], a[col.LATEST] + longest)
        a[col.EARLIEST] = max(a[col.EARLIEST], b[col.EARLIEST] - longest)
        b[col.EARLIEST] = max(b[col.EARLIEST], a[col.EARLIEST] + a[col.STAY])


def _classes(routes: Sequence[Route], numbers: Collection[int], allowed: NDArray[np.bool_]) -> list[int]:
    """Vehicles that may take over each other's rides unseen are of one class: alike, allowed the same, bound to nothing else."""
    classes: dict[object, int] = {}
    found = []
    for index, route in enumerate(routes):
        bound = tuple(visit for visit in route.visits if visit.request not in numbers)
        alike = (replace(route, visits=bound), allowed[:, index].tobytes()) if len(bound) == 2 else index
        found.append(classes.setdefault(alike, len(classes)))
    return found


def _vehicles(routes: Sequence[Route], kinds: int, classes: Sequence[int]) -> tuple[col.Integers, col.Integers]:
    rows: list[tuple[int, ...]] = []
    places: list[tuple[int, ...]] = []
    for route, kind in zip(routes, classes, strict=True):
        first = len(places)
        places += [(*option, *[0] * (kinds - len(option))) for option in route.capacities]
        rows.append(
            (
                max(1, route.fixed), route.max_duration, route.max_metres, route.only_if_booked and not any(route.visits[0].load),
                first, len(places), kind, any(visit.kind is Kind.HALT for visit in route.visits),
            )
        )  # fmt: skip
    return np.array(rows, np.int64).reshape(-1, 8), np.array(places, np.int64).reshape(len(places), kinds)


def _is_tied(nodes: col.Integers, routes: Sequence[Route]) -> bool:
    """True where anything but windows binds times."""
    pickups = nodes[nodes[:, col.KIND] == Kind.PICKUP]
    limited = any(route.max_duration < FOREVER for route in routes)
    return limited or bool((pickups[:, col.LONGEST] < FOREVER).any() or (nodes[:, col.KIND] == Kind.BREAK).any())


def _allowed(routes: Sequence[Route], rides: Sequence[Request]) -> NDArray[np.bool_]:
    """(R, V): the vehicle suits the ride, or carries it now (the judge has let that pass before)."""
    allowed = np.zeros((len(rides), len(routes)), np.bool_)
    for index, route in enumerate(routes):
        aboard = {visit.request for visit in route.visits}
        for ride, request in enumerate(rides):
            chosen = request.routes is None or index in request.routes
            allowed[ride, index] = request.pickup.request in aboard or (chosen and may_carry(route, request))
    return allowed


def _near(costs: col.Integers, seconds: NDArray[np.int32], nodes: col.Integers, ends: col.Integers) -> col.Integers:
    """Rides by nearness (R, at most NEAR): the least over their four ends of the leg's cost, and of the time that must be waited or
    is missing between them, at a fifth and a whole of what driving that long costs.
    """
    count, flat = len(ends), ends.reshape(-1)
    width = min(NEAR, max(0, count - 1))
    early, late, stay = (nodes[flat, column].astype(np.float32) for column in (col.EARLIEST, col.LATEST, col.STAY))
    place = nodes[flat, col.PLACE]
    driving = seconds[np.ix_(place, place)].astype(np.float32)
    legs = costs[np.ix_(place, place)].astype(np.float32)
    pace = float(legs.sum(dtype=np.float64) / max(1.0, driving.sum(dtype=np.float64)))
    near = np.zeros((count, width), np.int64)

    def away(one: slice, other: slice) -> NDArray[np.float32]:
        """From ends to later ends."""
        wait = early[None, other] - (late + stay)[one, None] - driving[one, other]
        missing = (early + stay)[one, None] + driving[one, other] - late[None, other]
        late_or_idle = np.float32(0.2) * np.maximum(0, wait) + np.maximum(0, missing)
        return np.asarray(legs[one, other] + np.float32(pace) * late_or_idle, np.float32)

    for first in range(0, count, BLOCK):
        rides, every = slice(2 * first, 2 * min(count, first + BLOCK)), slice(None)
        least = np.minimum(away(rides, every), away(every, rides).T)
        least = least.reshape(-1, 2, count, 2).min(axis=(1, 3))
        least[np.arange(len(least)), first + np.arange(len(least))] = np.inf
        near[first : first + BLOCK] = np.argsort(least, axis=1, kind="stable")[:, :width]
    return near


def _orders(costs: col.Integers, nodes: col.Integers, ends: col.Integers, sequences: Sequence[Sequence[int]]) -> col.Floats:
    """Orders to put rides back in: far from the base first, narrow windows first, early first, long rides first."""
    pickup, dropoff = nodes[ends[:, 0]], nodes[ends[:, 1]]
    base = nodes[sequences[0][0], col.PLACE] if sequences else 0
    far = costs[base, pickup[:, col.PLACE]] + costs[dropoff[:, col.PLACE], base]
    width = np.minimum(pickup[:, col.LATEST] - pickup[:, col.EARLIEST], dropoff[:, col.LATEST] - dropoff[:, col.EARLIEST])
    direct = costs[pickup[:, col.PLACE], dropoff[:, col.PLACE]]
    return np.ascontiguousarray(np.stack([-far, width, pickup[:, col.EARLIEST], -direct]), np.float64)
