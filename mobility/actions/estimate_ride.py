"""What a ride would be like, for planners that ask on somebody's behalf (GOFS): from real offers, and nothing is written down.

Anybody may ask this, from as many places as he likes. So that nobody can find out in that way where a bus is and whose door it comes from, places
are taken to some 100 m, and times are rounded up to :data:`WAIT_STEP_S` and :data:`RIDE_STEP_S`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import shapely

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind, RideRequest
from mobility.domain.riders import Party
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, NotFoundError, Problem
from mobility.planning.answering import DaySearch, Reach
from mobility.publishing.gofs import Estimate, why_not

WAIT_STEP_S, RIDE_STEP_S = 600, 300
_DECIMALS = 3


def estimate_ride(
    context: Context, agency_id: str, pickup: Place, dropoff: Place | None, service_ids: Collection[str] = ()
) -> list[Estimate]:
    """For each service that would take one person from here: the soonest ride. ``service_ids``: only these. Without a destination a ride to
    the middle of the service's area stands for any.

    Raises:
        NotFoundError: no such agency.
        InvalidInputError: a service of that id is not told here.
        UnavailableError: no streets imported yet.
    """
    now, system = context.clock(), system_actor(agency_id)
    with context.store.transaction() as tx:
        if tx.find_agency(agency_id) is None:
            raise NotFoundError("no such agency")
        asked = _chosen([service for service in tx.list_services(system) if why_not(service) is None], service_ids)
        network = context.network(tx, system)
        runs = {service.id: tx.list_runs(system, _soonest_day(service, now), [service.id]) for service in asked}
    found = []
    for service in asked:
        request = _wish(agency_id, service, (pickup, dropoff), now)
        offer = _soonest_offer(DaySearch(Reach.of([service], network, request), runs[service.id], now), request)
        if offer is not None:
            found.append(_estimate(service, offer, now, whole=dropoff is not None))
    return found


def _chosen(services: Sequence[Service], service_ids: Collection[str]) -> list[Service]:
    known = {service.id for service in services}
    if not known.issuperset(service_ids):
        raise InvalidInputError(Problem("brand_id", "is none of service_brands.json", "leave it out to ask for all"))
    return [service for service in services if not service_ids or service.id in service_ids]


def _soonest(service: Service, now: datetime) -> datetime:
    return now + timedelta(seconds=service.booking.min_notice_s)


def _soonest_day(service: Service, now: datetime) -> date:
    return _soonest(service, now).astimezone(ZoneInfo(service.timezone)).date()


def _wish(agency_id: str, service: Service, ends: tuple[Place, Place | None], now: datetime) -> RideRequest:
    """One person, as soon as the service's notice allows."""
    pickup, dropoff = (None if end is None else _coarse(end) for end in ends)
    assert pickup is not None  # noqa: S101 - the caller's first end is a place
    return RideRequest(agency_id, pickup, dropoff or _middle(service), _soonest(service, now), None, Party())


def _coarse(place: Place) -> Place:
    return Place(round(place.lon, _DECIMALS), round(place.lat, _DECIMALS))


def _middle(service: Service) -> Place:
    """A point well inside the service's largest area."""
    largest = max((shapely.Polygon(zone.ring) for zone in service.zones), key=lambda area: area.area)
    middle = largest.representative_point()
    return Place(middle.x, middle.y)


def _soonest_offer(search: DaySearch, request: RideRequest) -> Offer | None:
    rides = [offer for offer in search.answer(request).offers if offer.kind is OfferKind.RIDE]
    return min(rides, key=lambda offer: offer.pickup_window.latest, default=None)


def _estimate(service: Service, offer: Offer, now: datetime, *, whole: bool) -> Estimate:
    """Upper ends of what would be promised; ride and price only where a destination was named."""
    wait_s = _rounded_up(offer.pickup_window.latest - now, WAIT_STEP_S)
    if not whole:
        return Estimate(service, wait_s)
    return Estimate(
        service, wait_s, _rounded_up(offer.dropoff_window.latest - offer.pickup_window.latest, RIDE_STEP_S), offer.price_cents
    )


def _rounded_up(span: timedelta, step_s: int) -> int:
    return max(0, -(-round(span.total_seconds()) // step_s)) * step_s
