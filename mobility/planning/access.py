"""Where a rider can meet the vehicle: at the door, or at stops within walking distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from shapely import Point, Polygon, STRtree, prepare

from mobility.domain.places import Place, Zone
from mobility.domain.requests import Reason, RideRequest
from mobility.domain.riders import Need
from mobility.domain.services import Access, Service
from mobility.planning.network import Network, kept_with_network
from routing.travel import FOREVER

WALK_M_PER_S = 1.1
"""An older person's pace (about 4 km/h); walking time is told, so it must not flatter."""

_STOPS_TRIED = 6
_STOPS_KEPT = 2
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A place where the vehicle can halt for this rider, and the way there on foot."""

    place: Place
    walk_m: int

    @property
    def walk_s(self) -> int:
        """Seconds on foot."""
        return round(self.walk_m / WALK_M_PER_S)


def crow_fly_m(one: Place, other: Place) -> float:
    """Metres in a straight line (flat earth; right to a thousandth within a county)."""
    shrink = np.cos(np.radians((one.lat + other.lat) / 2))
    return float(_METRES_PER_DEGREE * np.hypot((one.lon - other.lon) * shrink, one.lat - other.lat))


class StopIndex:
    """A service's stops, searchable by distance."""

    def __init__(self, stops: tuple[Place, ...]) -> None:
        self.stops = stops
        self._shrink = float(np.cos(np.radians(np.mean([stop.lat for stop in stops])))) if stops else 1.0
        self._tree = STRtree([self._flat(stop) for stop in stops])

    def _flat(self, place: Place) -> Point:
        return Point(place.lon * self._shrink * _METRES_PER_DEGREE, place.lat * _METRES_PER_DEGREE)

    def nearby(self, place: Place, within_m: float) -> list[Place]:
        """Stops within ``within_m`` as the crow flies, nearest first."""
        point = self._flat(place)
        hits = [int(hit) for hit in self._tree.query(point.buffer(max(within_m, 1.0)))]
        distances = {hit: point.distance(self._flat(self.stops[hit])) for hit in hits}
        return [self.stops[hit] for hit in sorted(hits, key=lambda hit: (distances[hit], hit)) if distances[hit] <= within_m]

    def nearest(self, place: Place) -> Place | None:
        """The nearest stop of all."""
        found = self._tree.nearest(self._flat(place)) if self.stops else None
        return None if found is None else self.stops[int(found)]


@lru_cache(maxsize=256)
def _polygon(zone: Zone) -> Polygon:
    polygon = Polygon(zone.ring)
    prepare(polygon)
    return polygon


def in_zones(service: Service, place: Place) -> bool:
    """Whether ``place`` lies in (or on the border of) one of the service's zones; a service without zones is not bounded."""
    return not service.zones or any(_polygon(zone).covers(Point(place.lon, place.lat)) for zone in service.zones)


def zone_of(service: Service, place: Place) -> str | None:
    """The first of the service's zones that the place lies in (or on the border of)."""
    return next((zone.id for zone in service.zones if _polygon(zone).covers(Point(place.lon, place.lat))), None)


def stop_index(service: Service, network: Network) -> StopIndex:
    """The stops a service may halt at: its own, and the feed's within its zones when it says so."""
    return _stop_index(network, service)


@kept_with_network
def _stop_index(network: Network, service: Service) -> StopIndex:
    stops = list(service.stops)
    if service.use_feed_stops and network.feed is not None:
        own = {stop.stop_id for stop in stops}
        for stop in network.feed.stops:
            place = Place(stop.lon, stop.lat, stop.name, stop.id)
            if stop.id not in own and in_zones(service, place):
                stops.append(place)
    return StopIndex(tuple(stops))


def access_points(
    service: Service, network: Network, request: RideRequest, end: Place, *, door: bool
) -> tuple[list[AccessPoint], Reason | None]:
    """Where the vehicle can halt for the ``end`` (origin or destination) of a request, or why nowhere.

    ``door``: the service comes to the door at this end.
    """
    if door:
        if not in_zones(service, end):
            return [], Reason.OUTSIDE_AREA
        return [AccessPoint(end, 0)], None
    if Need.DOOR_TO_DOOR in request.needs:
        return [], Reason.NEEDS_NOT_SERVED
    limit = service.ride.max_walk_m if request.max_walk_m is None else min(service.ride.max_walk_m, request.max_walk_m)
    index = stop_index(service, network)
    if end.stop_id is not None:
        same = [stop for stop in index.stops if stop.stop_id == end.stop_id]
        if same:
            return [AccessPoint(same[0], 0)], None
    near = index.nearby(end, limit)[:_STOPS_TRIED]
    if not near:
        return [], Reason.TOO_FAR_TO_WALK if in_zones(service, end) else Reason.OUTSIDE_AREA
    walks = network.streets.walk_metres(np.array([end.lon, end.lat]), np.array([(stop.lon, stop.lat) for stop in near]), limit)
    reached = sorted((int(walk), position) for position, walk in enumerate(walks) if walk < FOREVER and walk <= limit)
    points = [AccessPoint(near[position], walk) for walk, position in reached[:_STOPS_KEPT]]
    return points, None if points else Reason.TOO_FAR_TO_WALK


def comes_to_door(service: Service, *, origin: bool) -> bool:
    """Whether the service serves the door at this end: a stop-to-door service only where riders alight."""
    return service.access is Access.DOOR_TO_DOOR or (service.access is Access.STOP_TO_DOOR and not origin)
