"""How long what is known of riders is kept, and what is left of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from mobility.domain.bookings import Booking
from mobility.domain.places import Place
from mobility.domain.requests import Decision, Offer
from mobility.domain.riders import Rider

NOBODY = ".nobody"
"""How the id ends of who stands for all who were forgotten."""
_DEGREES = 2


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rides and answers can be told apart by rider and door, how long notices and idempotent answers are kept."""

    rides: timedelta = timedelta(days=365)
    notices: timedelta = timedelta(days=90)
    answers: timedelta = timedelta(days=30)


def nobody_of(agency_id: str) -> Rider:
    """Whose the rides are that are nobody's any more: without name, number or needs."""
    return Rider(f"{agency_id}{NOBODY}", agency_id, "", "")


def is_nobody(rider_id: str) -> bool:
    """Whether a rider stands for all who were forgotten."""
    return rider_id.endswith(NOBODY)


def rough(place: Place) -> Place:
    """A stop as it is; a door as its village, to some kilometre."""
    if place.stop_id is not None:
        return place
    return Place(round(place.lon, _DEGREES), round(place.lat, _DEGREES), place.village)


def forgotten_booking(booking: Booking) -> Booking:
    """The ride as statistics need it: when, how, by which service, from village to village; not whose, nor what they need."""
    legs = tuple(replace(leg, pickup=rough(leg.pickup), dropoff=rough(leg.dropoff), price_parts=()) for leg in booking.legs)
    party, nobody = replace(booking.party, fellows=()), nobody_of(booking.agency_id).id
    return replace(
        booking,
        rider_id=nobody,
        party=party,
        needs=frozenset(),
        legs=legs,
        history=(),
        journeys=(),
        consent_id=None,
        group_id=None,
    )


def forgotten_decision(decision: Decision) -> Decision:
    """The answer as statistics need it: when it was asked for, from village to village, and what was answered."""
    request = replace(
        decision.request,
        origin=rough(decision.request.origin),
        destination=rough(decision.request.destination),
        party=replace(decision.request.party, fellows=()),
        needs=frozenset(),
        groups=frozenset(),
        max_walk_m=None,
        rider_id=None,
    )
    rejection = decision.rejection
    if rejection is not None:
        rejection = replace(rejection, alternatives=())
    return replace(
        decision, request=request, offers=tuple(map(_forgotten_offer, decision.offers)), rejection=rejection, made_by=""
    )


def _forgotten_offer(offer: Offer) -> Offer:
    return replace(offer.with_places(rough), line=None)
