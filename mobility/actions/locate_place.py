"""Understand where somebody means: coordinates, a stop's id, or an address as it is said on the telephone."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.places import Place
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, Problem
from mobility.planning.network import Network
from mobility.planning.place_search import numbers

_SURE = 0.6
"""Address scores below this are a guess the caller should confirm, not a place to send a bus to."""


@dataclass(frozen=True, slots=True)
class PlaceQuery:
    """Exactly one of: ``lon`` and ``lat``, ``stop_id``, ``address``."""

    lon: float | None = None
    lat: float | None = None
    stop_id: str | None = None
    address: str | None = None


def locate_place(context: Context, actor: Actor, query: PlaceQuery, field: str) -> tuple[Place, ZoneInfo]:
    """The place meant, and the agency's time zone.

    Raises:
        InvalidInputError: nothing of that kind is known, or it lies outside the streets imported; says what comes nearest.
    """
    with context.store.transaction() as tx:
        network = context.network(tx, actor)
        agency = tx.find_agency(actor.agency_id)
        services = tx.list_services(system_actor(actor.agency_id))
    zone = ZoneInfo("Europe/Berlin" if agency is None else agency.timezone)
    return _place(network, services, query, field), zone


def _place(network: Network, services: list[Service], query: PlaceQuery, field: str) -> Place:
    if query.stop_id is not None:
        return _stop(network, services, query.stop_id, field)
    if query.address is not None:
        return _address(network, query.address, field)
    if query.lon is None or query.lat is None:
        raise InvalidInputError(Problem(field, "no place given", "give lon and lat, stop_id or address"))
    west, south, east, north = network.streets.bounds
    if not (west <= query.lon <= east and south <= query.lat <= north):
        swapped = west <= query.lat <= east and south <= query.lon <= north
        mend = "lon and lat seem to be swapped" if swapped else "the streets imported end before that"
        raise InvalidInputError(Problem(field, "lies outside the county", mend))
    snapped = network.streets.snap(query.lon, query.lat)
    if snapped is None:
        raise InvalidInputError(Problem(field, "no street is near that point", "choose a point at a street"))
    return Place(query.lon, query.lat, snapped.street)


def _stop(network: Network, services: list[Service], stop_id: str, field: str) -> Place:
    for service in services:
        for stop in service.stops:
            if stop.stop_id == stop_id:
                return stop
    found = None if network.feed is None else network.feed.find_stop(stop_id)
    if found is None:
        raise InvalidInputError(Problem(f"{field}.stop_id", "no such stop", "use an id of the feed or of a service"))
    return Place(found.lon, found.lat, found.name, found.id)


def _address(network: Network, text: str, field: str) -> Place:
    found = network.streets.find(text, limit=3)
    if found and found[0].score >= _SURE and numbers(text) <= numbers(found[0].label):
        return Place(found[0].lon, found[0].lat, found[0].label)
    nearest = "; ".join(address.label for address in found)
    mend = f"did you mean: {nearest}" if nearest else "try street, house number and village"
    raise InvalidInputError(Problem(f"{field}.address", "not found", mend))
