"""The ordinary bus that already goes there: found in the feed, and shown instead of (or beside) a ride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gtfs.feed import Feed
from gtfs.nouns import DirectJourney
from mobility.domain.fleet import Acceptance
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind, RideRequest, Window
from mobility.domain.service_days import at, seconds_of
from mobility.domain.services import LegalBasis, Service
from mobility.planning.access import WALK_M_PER_S, StopIndex, crow_fly_m
from mobility.planning.network import Network
from mobility.planning.rules import wished_time

_CROW_FLY_FACTOR = 1.3
_LONGEST_LINE_RIDE = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class OrdinaryRide:
    """One journey without transfer on a line of the feed, with the walk at either end (metres, crow-fly × 1.3)."""

    journey: DirectJourney
    board: Place
    alight: Place
    departs: datetime
    arrives: datetime
    walk_to_m: int
    walk_from_m: int
    agency: str

    @property
    def key(self) -> str:
        """Same trip on the same day, same ride, wherever one boards."""
        return f"{self.journey.trip_id}|{self.departs.date()}"


@lru_cache(maxsize=8)
def _feed_stops(network: Network) -> StopIndex:
    feed = network.feed
    stops = () if feed is None else tuple(Place(stop.lon, stop.lat, stop.name, stop.id) for stop in feed.stops)
    return StopIndex(stops)


def find_ordinary_rides(
    service: Service, services: Sequence[Service], network: Network, request: RideRequest, now: datetime
) -> list[OrdinaryRide]:
    """Journeys that fall under the service's rule towards parallel lines and can still be caught, the two nearest the wish.

    Lines that are themselves bookable services do not count.
    """
    rule, feed = service.parallel, network.feed
    if feed is None or not rule.before_s + rule.after_s:
        return []
    zone = ZoneInfo(service.timezone)
    wished = wished_time(request)
    day = wished.astimezone(zone).date()
    from_stops = _within_walk(network, request.origin, rule.max_walk_m)
    to_stops = _within_walk(network, request.destination, rule.max_walk_m)
    if not from_stops or not to_stops or from_stops.keys() & to_stops.keys():
        return []
    lines = [each.line for each in services if each.line is not None]
    earliest, latest = _departures(service, request)
    origin_s, last_s = seconds_of(earliest, day, zone), seconds_of(latest + _LONGEST_LINE_RIDE, day, zone)
    found = network.live.direct_journeys(list(from_stops), list(to_stops), day, origin_s, last_s)
    rides = [
        _ride(feed, journey, request, at(day, 0, zone))
        for journey in found
        if not any(line.route_id == journey.route_id and line.takes(journey.trip_id) for line in lines)
        and not journey.must_be_booked
        and at(day, journey.departure_s, zone) <= latest
    ]
    in_time = [ride for ride in rides if _can_be_caught(ride, now) and _arrives_in_time(service, request, ride)]
    in_time.sort(key=lambda ride: ride.walk_to_m + ride.walk_from_m, reverse=True)
    shortest_walk = {ride.key: ride for ride in in_time}
    return sorted(shortest_walk.values(), key=lambda ride: abs(ride.departs - wished))[:2]


def _ride(feed: Feed, journey: DirectJourney, request: RideRequest, origin: datetime) -> OrdinaryRide:
    board, alight = (_place(feed, stop_id) for stop_id in (journey.from_stop_id, journey.to_stop_id))
    return OrdinaryRide(
        journey=journey,
        board=board,
        alight=alight,
        departs=origin + timedelta(seconds=journey.departure_s),
        arrives=origin + timedelta(seconds=journey.arrival_s),
        walk_to_m=_walk_m(request.origin, board),
        walk_from_m=_walk_m(request.destination, alight),
        agency=_agency_of(feed, journey.route_id),
    )


def _place(feed: Feed, stop_id: str) -> Place:
    stop = feed.find_stop(stop_id)
    if stop is None:
        raise KeyError(stop_id)
    return Place(stop.lon, stop.lat, stop.name, stop.id)


def _agency_of(feed: Feed, route_id: str) -> str:
    """Name of the agency that runs a line; the feed's only one where the line names none."""
    route = feed.find_route(route_id)
    named = {agency.id: agency.name for agency in feed.agencies}
    first = feed.agencies[0].name if feed.agencies else ""
    return first if route is None or route.agency is None else named.get(route.agency, first)


def _departures(service: Service, request: RideRequest) -> tuple[datetime, datetime]:
    wished, rule = wished_time(request), service.parallel
    if request.depart_after is not None:
        return wished - timedelta(seconds=rule.before_s), wished + timedelta(seconds=rule.after_s)
    return wished - _LONGEST_LINE_RIDE, wished


def _can_be_caught(ride: OrdinaryRide, now: datetime) -> bool:
    return now + timedelta(seconds=ride.walk_to_m / WALK_M_PER_S) <= ride.departs


def _arrives_in_time(service: Service, request: RideRequest, ride: OrdinaryRide) -> bool:
    if request.arrive_by is None:
        return True
    walk = timedelta(seconds=ride.walk_from_m / WALK_M_PER_S)
    return request.arrive_by - timedelta(seconds=service.parallel.after_s) <= ride.arrives + walk <= request.arrive_by


def _within_walk(network: Network, place: Place, limit_m: int) -> dict[str, Place]:
    near = _feed_stops(network).nearby(place, limit_m / _CROW_FLY_FACTOR)
    return {stop.stop_id: stop for stop in near if stop.stop_id is not None}


def _walk_m(one: Place, other: Place) -> int:
    return round(_CROW_FLY_FACTOR * crow_fly_m(one, other))


def ordinary_offer(ride: OrdinaryRide) -> Offer:
    """The answer "the ordinary bus already takes you there"; nothing to book."""
    line = f"{ride.journey.route_short_name} → {ride.journey.headsign}".strip(" →")
    return Offer(
        id="",
        kind=OfferKind.ORDINARY_LINE,
        service_id=ride.journey.route_id,
        service_name=line,
        carrier=ride.agency,
        carrier_telephone="",
        legal_basis=LegalBasis.LINE,
        acceptance=Acceptance.ROSTERED,
        driver_kind="staff",
        pickup=ride.board,
        dropoff=ride.alight,
        pickup_window=Window(ride.departs, ride.departs),
        dropoff_window=Window(ride.arrives, ride.arrives),
        walk_to_pickup_m=ride.walk_to_m,
        walk_from_dropoff_m=ride.walk_from_m,
        price_cents=None,
    )
