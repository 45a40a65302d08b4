"""A wish, and the answers to it: offers, or a rejection with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mobility.domain.fleet import Acceptance
from mobility.domain.lines import LineJourney, LineRide
from mobility.domain.places import Place
from mobility.domain.riders import Company, Need, Party
from mobility.domain.services import LegalBasis
from mobility.domain.tariffs import PricePart


@dataclass(frozen=True, slots=True)
class RideRequest:
    """From, to, when, who. Exactly one of ``depart_after`` and ``arrive_by`` is set (aware datetimes). ``within``: no part of the ride may
    lie outside of it. ``company`` is looked up for the search, and never kept with the request.
    """

    agency_id: str
    origin: Place
    destination: Place
    depart_after: datetime | None
    arrive_by: datetime | None
    party: Party = field(default_factory=Party)
    needs: frozenset[Need] = frozenset()
    groups: frozenset[str] = frozenset()
    max_walk_m: int | None = None
    rider_id: str | None = None
    within: Window | None = None
    company: Company | None = None


class Reason(StrEnum):
    """The closed list of reasons for a "no"."""

    OUTSIDE_AREA = "outside_area"
    TOO_FAR_TO_WALK = "too_far_to_walk"
    NO_ROAD = "no_road"
    TOO_SHORT = "too_short"
    NOT_OPEN = "not_open"
    TOO_LATE = "too_late"
    TOO_EARLY = "too_early"
    NOT_ELIGIBLE = "not_eligible"
    NEEDS_NOT_SERVED = "needs_not_served"
    PARTY_TOO_LARGE = "party_too_large"
    ORDINARY_LINE = "ordinary_line"
    NO_CAPACITY = "no_capacity"
    ABOVE_CEILING = "above_ceiling"
    NO_SERVICE = "no_service"
    OFFER_EXPIRED = "offer_expired"
    TAKEN_MEANWHILE = "taken_meanwhile"


@dataclass(frozen=True, slots=True)
class Alternative:
    """The nearest thing that would work: a time at which a ride is possible, a stop one could walk to, a telephone number."""

    kind: str
    text: str
    depart_after: datetime | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A "no", as a value: reason, the rule that decided, and what would work instead."""

    reason: Reason
    rule: str
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A closed interval of time told to the rider (aware datetimes)."""

    earliest: datetime
    latest: datetime


class OfferKind(StrEnum):
    RIDE = "ride"
    RIDE_TO_LINE = "ride_to_line"
    ORDINARY_LINE = "ordinary_line"
    JOURNEY = "journey"


@dataclass(frozen=True, slots=True)
class Offer:
    """One concrete answer. ``RIDE`` can be booked; ``ORDINARY_LINE`` names the bus that already goes there, and ``line`` says how;
    ``RIDE_TO_LINE`` is a ride to the stop of such a bus, and can be booked by who has read that. ``JOURNEY`` is a train or bus (``line``)
    with a ride to it, from it, or both: its rides are booked together, its windows are those of its first and last part, its price is
    that of the rides.

    ``run_id`` is where the ride fitted when it was offered (a later booking may put it on another run that keeps the same
    windows). Lengths in metres, money in cents; the price of an ordinary line is None: the feed does not tell it. ``price_parts`` add up
    to the price, where there is one.
    """

    id: str
    kind: OfferKind
    service_id: str
    service_name: str
    carrier: str
    carrier_telephone: str
    legal_basis: LegalBasis
    acceptance: Acceptance
    driver_kind: str
    pickup: Place
    dropoff: Place
    pickup_window: Window
    dropoff_window: Window
    walk_to_pickup_m: int
    walk_from_dropoff_m: int
    price_cents: int | None
    run_id: str | None = None
    answer_by: datetime | None = None
    line: LineJourney | None = None
    ride_to: Offer | None = None
    ride_from: Offer | None = None
    price_parts: tuple[PricePart, ...] = ()

    @property
    def can_be_booked(self) -> bool:
        """Whether there is a ride of ours in it."""
        return self.kind is not OfferKind.ORDINARY_LINE

    @property
    def rides(self) -> tuple[Offer, ...]:
        """What of it is booked, in order."""
        if self.kind in (OfferKind.RIDE, OfferKind.RIDE_TO_LINE):
            return (self,)
        return tuple(ride for ride in (self.ride_to, self.ride_from) if ride is not None)

    @property
    def transit(self) -> tuple[LineRide, ...]:
        """Its trains and buses."""
        return () if self.line is None else self.line.rides

    def without_price_parts(self) -> Offer:
        """Without saying why it costs what it costs, nor its rides."""
        ride_to, ride_from = (None if ride is None else ride.without_price_parts() for ride in (self.ride_to, self.ride_from))
        return replace(self, price_parts=(), ride_to=ride_to, ride_from=ride_from)

    def with_places(self, told: Callable[[Place], Place]) -> Offer:
        """As it may be shown: its places as ``told``, those of its rides too; nothing by which it could be booked, nor why it costs what it
        costs.
        """
        ride_to, ride_from = (None if ride is None else ride.with_places(told) for ride in (self.ride_to, self.ride_from))
        bare = replace(self, id="", price_parts=(), ride_to=ride_to, ride_from=ride_from)
        return replace(bare, pickup=told(self.pickup), dropoff=told(self.dropoff))


@dataclass(frozen=True, slots=True)
class Decision:
    """The stored answer to every request: the request, the offers or the rejection, the rule that decided."""

    id: str
    agency_id: str
    made_at: datetime
    expires_at: datetime
    request: RideRequest
    offers: tuple[Offer, ...]
    rejection: Rejection | None
    rule: str
    made_by: str

    @property
    def is_refused(self) -> bool:
        """Whether nothing at all was offered. A ride refused for want of room, and a journey offered instead, are no refusal."""
        return self.rejection is not None and not self.offers
