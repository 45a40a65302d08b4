"""From journeys with rides to a handful of clearly different offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import gtfs.nouns as gtfs
from gtfs.feed import Feed
from mobility.domain.lines import LineJourney, LineRide
from mobility.domain.requests import Offer, OfferKind, RideRequest
from mobility.domain.service_days import at
from mobility.planning.access import WALK_M_PER_S
from mobility.planning.combining import LONGER_THAN_A_RIDE, Combined
from mobility.planning.ordinary_lines import agency_of, feed_place, ordinary_offer

_A_CHANGE_IS_WORTH = timedelta(minutes=10)
_ALIKE = timedelta(minutes=20)


def combined_offers(
    found: Sequence[Combined], direct: Sequence[Offer], feed: Feed, request: RideRequest, most: int
) -> list[Offer]:
    """The best journeys by their arrival (departure, where one wants to be there by a time), changes and ride, ``most`` at most: none
    that one of the ``direct`` rides is better than, none much like another. They need no id yet.
    """
    offers = [_offer(one, feed) for one in found]
    offers = [offer for offer in offers if not any(_is_better(ride, offer) for ride in direct)]
    rides = [offer for offer in direct if offer.kind is OfferKind.RIDE]
    if rides and request.arrive_by is None:
        last = min(arrives_at(ride) for ride in rides) + LONGER_THAN_A_RIDE
        offers = [offer for offer in offers if arrives_at(offer) <= last]
    elif rides:
        first = max(leaves_at(ride) for ride in rides) - LONGER_THAN_A_RIDE
        offers = [offer for offer in offers if leaves_at(offer) >= first]
    chosen: list[Offer] = []
    for offer in sorted(offers, key=lambda offer: _burden(offer, request)):
        if not any(_is_alike(offer, other) for other in chosen):
            chosen.append(offer)
    return chosen[:most]


def leaves_at(offer: Offer) -> datetime:
    """When the rider sets out at the earliest."""
    return offer.pickup_window.earliest - timedelta(seconds=offer.walk_to_pickup_m / WALK_M_PER_S)


def arrives_at(offer: Offer) -> datetime:
    """When the rider is there at the latest."""
    return offer.dropoff_window.latest + timedelta(seconds=offer.walk_from_dropoff_m / WALK_M_PER_S)


def _burden(offer: Offer, request: RideRequest) -> float:
    away = arrives_at(offer) - leaves_at(offer)
    late = (
        (arrives_at(offer) - request.depart_after)
        if request.depart_after
        else (request.arrive_by or leaves_at(offer)) - leaves_at(offer)
    )
    parts = len(offer.rides) + len(offer.transit)
    return (late + away / 2 + parts * _A_CHANGE_IS_WORTH).total_seconds()


def _is_better(ride: Offer, offer: Offer) -> bool:
    """A ride from door to door is less trouble: it only must not be later."""
    return leaves_at(ride) >= leaves_at(offer) and arrives_at(ride) <= arrives_at(offer)


def _is_alike(one: Offer, other: Offer) -> bool:
    """The same kind of journey at nearly the same time, or with the same trains and buses."""
    if [leg.trip_id for leg in one.transit] == [leg.trip_id for leg in other.transit]:
        return True
    same_rides = [ride.service_id for ride in one.rides] == [ride.service_id for ride in other.rides]
    return same_rides and abs(arrives_at(one) - arrives_at(other)) < _ALIKE and abs(leaves_at(one) - leaves_at(other)) < _ALIKE


def _offer(found: Combined, feed: Feed) -> Offer:
    journey = found.journey
    told = ordinary_offer(line_journey(feed, journey, found.day))
    rides = [ride for ride in (found.ride_to, found.ride_from) if ride is not None]
    if not rides:
        return told
    to, back = found.ride_to or told, found.ride_from or told
    return replace(
        rides[0],
        kind=OfferKind.JOURNEY,
        pickup=to.pickup,
        pickup_window=to.pickup_window,
        walk_to_pickup_m=to.walk_to_pickup_m,
        dropoff=back.dropoff,
        dropoff_window=back.dropoff_window,
        walk_from_dropoff_m=back.walk_from_dropoff_m,
        price_cents=sum(ride.price_cents or 0 for ride in rides),
        price_parts=tuple(part for ride in rides for part in ride.price_parts),
        run_id=None,
        line=told.line,
        ride_to=found.ride_to,
        ride_from=found.ride_from,
    )


def line_journey(feed: Feed, journey: gtfs.Journey, day: date) -> LineJourney:
    """The trains and buses of a journey whose seconds are counted from ``day``."""
    zone = feed.timezone
    return LineJourney(
        rides=tuple(line_ride(feed, leg, day) for leg in journey.legs if isinstance(leg, gtfs.TransitLeg)),
        leaves=at(day, journey.departure_s, zone),
        arrives=at(day, journey.arrival_s, zone),
        to_stop_m=0 if journey.access.ride_s else round(journey.access.seconds * WALK_M_PER_S),
        from_stop_m=0 if journey.egress.ride_s else round(journey.egress.seconds * WALK_M_PER_S),
        by_ride=journey.access.ride_s > 0,
    )


def line_ride(feed: Feed, leg: gtfs.TransitLeg, day: date) -> LineRide:
    """A ride on a trip by its published times; ``day`` is the one its seconds are counted from."""
    zone, late = feed.timezone, leg.late_s or (0, 0)
    ends = (leg.halts[0][0], leg.halts[-1][0])
    board, alight = (feed_place(feed, stop_id) for stop_id in ends)
    stops = [feed.find_stop(stop_id) for stop_id in ends]
    known = [leg.wheelchair, *(stop.wheelchair if stop else None for stop in stops)]
    return LineRide(
        route_id=leg.route_id,
        trip_id=leg.trip_id,
        agency=agency_of(feed, leg.route_id),
        line=leg.route_short_name,
        route_type=leg.route_type,
        headsign=leg.headsign,
        board=board,
        departs=at(day, leg.departure_s - late[0], zone),
        alight=alight,
        arrives=at(day, leg.arrival_s - late[1], zone),
        wheelchair=False if False in known else None if None in known else True,
    )
