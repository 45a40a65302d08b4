"""Where a service drives, for everybody: its areas and stops on the county's roads. Nobody's ride is on it."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.actions.context import Context
from mobility.actions.look_at_day import Line, MapGround, find_network, ground_around
from mobility.domain.accounts import system_actor
from mobility.domain.places import Place
from mobility.planning.access import stop_index

MOST_STOPS = 300
"""More would cover each other on any screen."""


@dataclass(frozen=True, slots=True)
class ServiceSeen:
    """The rings of the service's areas, (lon, lat), and its stops (no more than :data:`MOST_STOPS`), by name; what lies under them."""

    areas: tuple[tuple[str, Line], ...]
    stops: tuple[Place, ...]
    ground: MapGround


def look_at_service(context: Context, agency_id: str, service_id: str) -> ServiceSeen | None:
    """None while no streets are imported, and for a service bound to no area and no stops.

    Raises:
        NotFoundError: no such service.
    """
    with context.store.transaction() as tx:
        actor = system_actor(agency_id)
        service = tx.get_service(actor, service_id)
        network = find_network(context, tx, actor)
    if network is None:
        return None
    stops = sorted(stop_index(service, network).stops, key=lambda stop: stop.name)[:MOST_STOPS]
    areas = tuple((zone.name, list(zone.ring)) for zone in service.zones)
    points = [point for _, ring in areas for point in ring] + [(stop.lon, stop.lat) for stop in stops]
    if not points:
        return None
    return ServiceSeen(areas, tuple(stops), ground_around(network.streets, points))
