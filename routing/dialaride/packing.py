"""Routes and requests as arrays of int64, the form the compiled search reads. Independent of travel times: keep it per route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.dialaride.objective import is_driven, leaves_base
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.travel import FOREVER, IntArray

Integers = NDArray[np.int64]

# After changing these numbers touch kernel.py: numba's cache watches that file alone.
# Columns of a visit's row; from LOAD on: who is aboard after it, one column per capacity kind.
KIND, PLACE, EARLIEST, LATEST, SERVICE, PARTNER, RIDE, LOAD = range(8)
# Columns of a route's row.
FIXED, LOCKED, EQUIPMENT, GROUP, MAX_METRES, MAX_DURATION, DRIVEN, LEAVES = range(8)
# Places of the weights.
DRIVE, METRE, DUTY, RIDING, WAITING, USED = range(6)


@dataclass(frozen=True, slots=True)
class CompiledRoute:
    """One route packed: ``visits`` (V, 7 + K), ``limits`` (8,), ``capacities`` (A, K), K capacity kinds, A alternatives."""

    visits: Integers
    limits: Integers
    capacities: Integers


class CompiledFleet(NamedTuple):
    """Routes laid end to end: route r has the rows ``first[r]`` to ``first[r + 1]`` of ``visits``, and likewise its capacities."""

    visits: Integers
    first: Integers
    limits: Integers
    capacities: Integers
    first_capacity: Integers


class Travel(NamedTuple):
    """Seconds and metres between places, int32 (P, P), C-contiguous."""

    seconds: IntArray
    metres: IntArray


class Wish(NamedTuple):
    """A request packed: ``ends`` (2, 7 + K) with the party's load in the first row, ``groups`` (empty: any), ``routes`` (R,)
    allowed or not, ``weights`` of the objective, ``needs`` as bits, how many answers are wanted.
    """

    ends: Integers
    groups: Integers
    routes: NDArray[np.bool_]
    weights: Integers
    needs: int
    most: int


def compile_route(route: Route) -> CompiledRoute:
    """Pack ``route``; worth keeping for as long as the route does not change."""
    kinds = max([len(v.load) for v in route.visits] + [len(c) for c in route.capacities], default=0)
    pickups = {v.request: index for index, v in enumerate(route.visits) if v.kind is Kind.PICKUP}
    rows = np.array([_row(visit, kinds) for visit in route.visits], np.int64).reshape(len(route.visits), LOAD + kinds)
    rows[:, LOAD:] = np.cumsum(rows[:, LOAD:], axis=0)
    for index, visit in enumerate(route.visits):
        pickup = pickups.get(visit.request, index)
        if visit.kind is Kind.DROPOFF and pickup < index:
            rows[index, PARTNER], rows[pickup, PARTNER] = pickup, index
    limits = (
        max(1, route.fixed), route.locked, route.equipment, route.group,
        route.max_metres, route.max_duration, is_driven(route), leaves_base(route),
    )  # fmt: skip
    padded = [(*c, *[0] * (kinds - len(c))) for c in route.capacities]
    return CompiledRoute(rows, np.array(limits, np.int64), np.array(padded, np.int64).reshape(len(padded), kinds))


def _row(visit: Visit, kinds: int) -> tuple[int, ...]:
    latest = min(visit.latest, FOREVER)
    load = (*visit.load, *[0] * (kinds - len(visit.load)))
    return visit.kind, visit.place, visit.earliest, latest, visit.service, -1, visit.max_ride, *load


def compile_fleet(routes: Sequence[Route | CompiledRoute]) -> CompiledFleet:
    """Lay routes end to end, packing those that are not packed yet; indices into the fleet are indices into ``routes``."""
    packed = [compile_route(route) if isinstance(route, Route) else route for route in routes]
    kinds = max((route.capacities.shape[1] for route in packed), default=0)
    return CompiledFleet(
        visits=_stack([route.visits for route in packed], LOAD + kinds),
        first=_starts([len(route.visits) for route in packed]),
        limits=_stack([route.limits[None, :] for route in packed], LEAVES + 1),
        capacities=_stack([route.capacities for route in packed], kinds),
        first_capacity=_starts([len(route.capacities) for route in packed]),
    )


def _starts(lengths: Sequence[int]) -> Integers:
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def _stack(blocks: Sequence[Integers], width: int) -> Integers:
    """Blocks below each other, missing columns as 0 (kinds a route knows nothing of: nothing aboard, no room)."""
    if not blocks:
        return np.zeros((0, width), np.int64)
    even = [b if b.shape[1] == width else np.pad(b, ((0, 0), (0, width - b.shape[1]))) for b in blocks]
    return np.ascontiguousarray(np.concatenate(even))


def compile_wish(fleet: CompiledFleet, request: Request, objective: Objective, most: int) -> tuple[CompiledFleet, Wish]:
    """Pack a request for a search in ``fleet``, which comes back with as many capacity kinds as the request has."""
    count = len(fleet.limits)
    kinds = max(fleet.capacities.shape[1], len(request.pickup.load))
    if kinds > fleet.capacities.shape[1]:
        wider = _stack([fleet.visits], LOAD + kinds), _stack([fleet.capacities], kinds)
        fleet = fleet._replace(visits=wider[0], capacities=wider[1])
    if request.routes is None:
        allowed = np.ones(count, np.bool_)
    else:
        allowed = np.zeros(count, np.bool_)
        allowed[[index for index in request.routes if 0 <= index < count]] = True
    return fleet, Wish(
        ends=np.array([_row(request.pickup, kinds), _row(request.dropoff, kinds)], np.int64),
        groups=np.array(sorted(request.groups), np.int64),
        routes=allowed,
        weights=_weights(objective),
        needs=request.needs,
        most=most,
    )


def _weights(objective: Objective) -> Integers:
    weights = (
        objective.drive_second, objective.metre, objective.duty_second,
        objective.ride_second, objective.wait_second, objective.used_route,
    )  # fmt: skip
    return np.array(weights, np.int64)
