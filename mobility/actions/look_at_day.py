"""Look at a day as a planner does: which runs go where and when, and how full they are; nobody is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.places import Place
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import NothingImportedError
from mobility.manifests.halts import Halt, halts_of
from mobility.planning.network import Network
from mobility.store.interface import Transaction
from routing.streets.map_lines import Bounds, RoadLines
from routing.streets.streets import Streets

Line = list[tuple[float, float]]

MAP_POINTS = 9_000
_MAP_PIXELS = 1_000
_MARGIN = 0.06
_LEAST_DEGREES = 0.04
_PLACES_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class HaltSeen:
    """A halt without who boards there. ``where`` is a stop's name, or the village for a door; lon and lat as a planner may see them."""

    where: str
    lon: float
    lat: float
    planned: datetime
    boarding: int
    alighting: int
    seats_aboard: int


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A run with its halts and the way it drives, (lon, lat) from start to end; both empty where nobody is booked."""

    id: str
    service: str
    vehicle: str
    seats: int
    starts_at: datetime
    ends_at: datetime
    rides: int
    halts: tuple[HaltSeen, ...]
    way: Line


@dataclass(frozen=True, slots=True)
class MapGround:
    """What lies under the runs: roads, and villages as (name, lon, lat)."""

    bounds: Bounds
    roads: tuple[RoadLines, ...]
    villages: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class DaySeen:
    """A day's runs that carry riders, and the ``idle`` ones that wait for some; ``ground`` is None while no streets are imported."""

    day: date
    runs: tuple[RunSeen, ...]
    idle: tuple[RunSeen, ...]
    ground: MapGround | None


def as_planner(actor: Actor) -> Actor:
    """The same person looking as a planner: whoever else may see more is shown no more here."""
    return replace(actor, role=Role.PLANNER)


def look_at_day(context: Context, actor: Actor, day: date, run_id: str | None = None) -> DaySeen:
    """The day's runs by start; with ``run_id`` that one alone."""
    looking = as_planner(actor)
    with context.store.transaction() as tx:
        runs = [run for run in tx.list_runs(looking, day) if not run.withdrawn and run_id in (None, run.id)]
        services = {service.id: service for service in tx.list_services(looking)}
        network = find_network(context, tx, looking)
    seen = [_seen(run, services.get(run.service_id), network) for run in sorted(runs, key=lambda run: (run.starts_at, run.id))]
    busy, idle = tuple(run for run in seen if run.rides), tuple(run for run in seen if not run.rides)
    return DaySeen(day, busy, idle, None if network is None else _ground(network.streets, busy))


def find_network(context: Context, tx: Transaction, actor: Actor) -> Network | None:
    """The streets in use, None while there are none."""
    try:
        return context.network(tx, actor)
    except NothingImportedError:
        return None


def village_of(streets: Streets | None, place: Place) -> str:
    """The name of the nearest town or village, empty when none is known."""
    settlements = [] if streets is None else streets.settlements
    nearest = min(settlements, key=lambda one: (one.lon - place.lon) ** 2 / 2.4 + (one.lat - place.lat) ** 2, default=None)
    return "" if nearest is None else nearest.label


def _seen(run: Run, service: Service | None, network: Network | None) -> RunSeen:
    streets = None if network is None else network.streets
    visits = run.visits if run.carries_riders else ()
    return RunSeen(
        id=run.id,
        service=run.service_id if service is None else service.name,
        vehicle=run.vehicle.name,
        seats=run.vehicle.seats,
        starts_at=run.starts_at,
        ends_at=run.ends_at,
        rides=len(run.leg_ids),
        halts=tuple(_halt_seen(halt, streets) for halt in halts_of(visits)),
        way=[] if streets is None else _way(streets, [visit.place for visit in visits]),
    )


def _halt_seen(halt: Halt, streets: Streets | None) -> HaltSeen:
    place = halt.visits[0].place
    changes = [
        visit.party.seats * (1 if visit.kind == "pickup" else -1) for visit in halt.visits if visit.party and not visit.skipped
    ]
    return HaltSeen(
        where=place.name or village_of(streets, place),
        lon=place.lon,
        lat=place.lat,
        planned=halt.planned,
        boarding=sum(change for change in changes if change > 0),
        alighting=-sum(change for change in changes if change < 0),
        seats_aboard=halt.seats_aboard,
    )


def _way(streets: Streets, places: Iterable[Place]) -> Line:
    """The fastest way from place to place; straight where no street leads."""
    points = [(place.lon, place.lat) for place in places]
    line: Line = points[:1]
    for here, there in pairwise(points):
        if here != there:
            line += _between(streets, here, there)
    return line


@lru_cache(maxsize=_PLACES_REMEMBERED)
def _between(streets: Streets, here: tuple[float, float], there: tuple[float, float]) -> Line:
    route = streets.route(here, there)
    return [there] if route is None else route.geometry


def _ground(streets: Streets, runs: Iterable[RunSeen]) -> MapGround:
    """The part of the county where runs go, with a margin; the whole of it on a day without any."""
    points = [point for run in runs for point in (*run.way, *((halt.lon, halt.lat) for halt in run.halts))]
    return ground_around(streets, points)


def ground_around(streets: Streets, points: Line) -> MapGround:
    """The part of the county around these points, with a margin; the whole of it when there are none."""
    return _ground_within(streets, _around(points) if points else streets.bounds)


def _around(points: Line) -> Bounds:
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    wide, high = max(east - west, _LEAST_DEGREES), max(north - south, _LEAST_DEGREES / 2)
    middle = (west + east) / 2, (south + north) / 2
    half = wide * (0.5 + _MARGIN), high * (0.5 + _MARGIN)
    west, south, east, north = middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]
    return round(west, 3), round(south, 3), round(east, 3), round(north, 3)


@lru_cache(maxsize=8)
def _ground_within(streets: Streets, bounds: Bounds) -> MapGround:
    west, south, east, north = bounds
    tolerance = (east - west) / _MAP_PIXELS
    inside = [one for one in streets.settlements if west <= one.lon <= east and south <= one.lat <= north]
    return MapGround(
        bounds,
        tuple(streets.road_lines(bounds, tolerance, MAP_POINTS)),
        tuple((one.label, one.lon, one.lat) for one in inside),
    )
