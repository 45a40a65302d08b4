"""What the engine plans with: visits, routes, requests. Integers only: seconds, metres, rows of the travel matrix.

A :class:`Route` is the *remaining* work of one vehicle in order, START first and END last. What has happened already is in its START:
where and when the vehicle is free, and (as ``load``) who is aboard. A rider aboard has a drop-off and no pickup here; the time
he may still spend is in that drop-off's ``latest``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from routing.travel import FOREVER


class Kind(IntEnum):
    """What a visit is for."""

    START = 0
    PICKUP = 1
    DROPOFF = 2
    HALT = 3
    BREAK = 4
    END = 5


@dataclass(frozen=True, slots=True)
class Visit:
    """One halt of a route. Service starts within [earliest, latest] and lasts ``service``.

    ``place`` is a row of the matrix (one place may have a row for each profile of travel times: the leg from a visit is the one of its
    row, so times of day cost the search nothing); a BREAK has place −1 (taken where the vehicle stands, nobody aboard). ``load`` is the change
    aboard by capacity kind when service starts (drop-offs negative; on START who is aboard). ``request`` pairs pickup and
    drop-off. ``max_ride`` (on the drop-off) bounds start of service here − end of service at the pickup. ``max_stretch`` (on a BREAK
    or END) bounds start here − end of service at the BREAK or START before: rest rules by law (in Germany six hours) or association.
    """

    kind: Kind
    place: int
    earliest: int
    latest: int
    service: int = 0
    load: tuple[int, ...] = ()
    request: int = -1
    max_ride: int = FOREVER
    max_stretch: int = FOREVER


WHEELCHAIRS = 1
"""Which capacity kind wheelchair places are, where there are any; kind 0 is seats."""


def _check_weights(weights: Costs | Objective, what: str) -> None:
    for name in weights.__slots__:
        if getattr(weights, name) < 0:
            raise ValueError(f"{what} {name} must not be negative, found {getattr(weights, name)}")


@dataclass(frozen=True, slots=True)
class Costs:
    """What a vehicle costs more than the objective says: per second driven, per metre, and when it leaves its base.

    Raises:
        ValueError: one is negative.
    """

    drive_second: int = 0
    metre: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        _check_weights(self, "cost of a vehicle")


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle's remaining work.

    ``capacities`` are alternatives: at every leg the load must fit one of them (eight seats, or six and a wheelchair). ``fixed`` is
    the number of leading visits before which nothing may be inserted (START counts, so it is at least 1). ``equipment`` is a
    bit set a request's ``needs`` must be part of; ``group`` must be one of the request's ``groups``. ``max_metres`` bounds the
    remaining driving, ``max_duration`` END − START. ``only_if_booked``: without a pickup or rider aboard it costs nothing and
    is not driven. ``costs`` come on top of the objective's. ``burden`` is how much more than the others its volunteer has driven
    of late, in the steps that ``Objective.fairness`` prices, such as per cent of their mean (0: no more; staff).
    """

    visits: tuple[Visit, ...]
    capacities: tuple[tuple[int, ...], ...]
    fixed: int = 1
    equipment: int = 0
    group: int = 0
    max_metres: int = FOREVER
    max_duration: int = FOREVER
    only_if_booked: bool = False
    locked: bool = False
    costs: Costs = Costs()
    burden: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A ride to be placed: its two visits (kinds PICKUP and DROPOFF, same ``request`` number), needs as bits, groups allowed
    (empty: any). ``routes`` restricts it to these route indices (None: any). ``unserved`` is the price of leaving it out (None: the
    objective's); who has priority is dearer to leave out.
    """

    pickup: Visit
    dropoff: Visit
    needs: int = 0
    groups: frozenset[int] = frozenset()
    routes: frozenset[int] | None = None
    unserved: int | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """What a plan costs: integer weights per second or metre, so costs compare exactly.

    ``drive_second`` driving; ``duty_second`` from leaving START to reaching END; ``metre`` driven; ``ride_second`` each rider-party's
    time aboard; ``wait_second`` pickup later than its earliest; ``used_route`` a vehicle that leaves its base; ``unserved`` a
    request left out (re-optimisation never leaves out a booked one; used for benchmarks and simulations). ``fairness`` each second
    driven, times the steps by which its volunteer has driven more than the others (``Route.burden``). ``wheelchair_reserve`` each
    party without a wheelchair that boards a vehicle with a wheelchair place, so that those stay free for who needs them.

    Raises:
        ValueError: a weight is negative.
    """

    drive_second: int = 10
    duty_second: int = 0
    metre: int = 1
    ride_second: int = 2
    wait_second: int = 1
    used_route: int = 0
    unserved: int = 10**7
    fairness: int = 0
    wheelchair_reserve: int = 0

    def __post_init__(self) -> None:
        _check_weights(self, "objective weight")


@dataclass(frozen=True, slots=True)
class Insertion:
    """Where a request fits: in ``route``, pickup directly after visit ``after_pickup`` of the present sequence and drop-off
    directly after visit ``after_dropoff`` (≥ ``after_pickup``; equal means right after the pickup). ``cost`` is the increase of
    the objective; the times are starts of service in the earliest feasible schedule.
    """

    route: int
    after_pickup: int
    after_dropoff: int
    cost: int
    pickup_time: int
    dropoff_time: int
