"""Accepted offers and the ride legs they consist of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mobility.domain.lines import LineRide
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.riders import Need, Party
from mobility.domain.services import LegalBasis
from mobility.domain.tariffs import PricePart


class LegState(StrEnum):
    """Each booked ride leg is in exactly one of these."""

    AWAITING_CONFIRMATION = "awaiting_confirmation"
    WAITING_LIST = "waiting_list"
    ON_RUN = "on_run"
    IN_RESCUE = "in_rescue"
    CLOSED = "closed"


DESK_STATES = (LegState.WAITING_LIST, LegState.IN_RESCUE)
"""Somebody at the desk has to see to it, now or before long."""


class Outcome(StrEnum):
    PERFORMED = "performed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    NOT_CONFIRMED = "not_confirmed"


BY_MISSED_CALL = "missed_call"
"""Stands in a booking's history for whoever let it ring."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Who did what when; ``by`` is an account id, never a name."""

    at: datetime
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One ride from board to alight.

    ``pickup_window`` and ``dropoff_window`` are the promise once ``state`` is ON_RUN. While AWAITING_CONFIRMATION the place is
    held on ``run_id`` until ``answer_by``; ``asked_run_ids`` have been asked already, this one included. ``narrowed_at`` is when
    the wide windows of the booking were replaced by closer ones: once, and told. ``open_return``: a way back that stands until the rider
    calls for an earlier one, at the latest at ``call_by`` (None: that time has passed). ``price_parts`` add up to the price (none: it was
    booked before they were kept); ``legal_basis`` is the one that was offered.
    """

    id: str
    service_id: str
    pickup: Place
    dropoff: Place
    pickup_window: Window
    dropoff_window: Window
    max_ride_s: int
    boarding_s: int
    state: LegState
    run_id: str | None = None
    owner: str | None = None
    answer_by: datetime | None = None
    asked_run_ids: tuple[str, ...] = ()
    outcome: Outcome | None = None
    price_cents: int = 0
    narrowed_at: datetime | None = None
    open_return: bool = False
    call_by: datetime | None = None
    price_parts: tuple[PricePart, ...] = ()
    legal_basis: LegalBasis | None = None

    @property
    def waits_for_desk(self) -> bool:
        """On a waiting list or in rescue."""
        return self.state in DESK_STATES


@dataclass(frozen=True, slots=True)
class TrainWord:
    """A rider or a driver says that a train or bus of a journey is so many minutes late (None: does not come); ``departs`` is as published,
    ``by`` an account id. It counts for this journey only, and only where neither an operator's message nor the desk speaks of the train.
    """

    trip_id: str
    departs: datetime
    late_min: int | None
    at: datetime
    by: str

    def is_about(self, ride: LineRide) -> bool:
        return (self.trip_id, self.departs) == (ride.trip_id, ride.departs)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Other trains and buses, and the rides to them and from them as they would be (with the ids of the legs there are): nothing of it holds
    before the rider says yes.
    """

    transit: tuple[LineRide, ...]
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """Trains and buses, by departure, told and not booked; ``ride_to`` and ``ride_from`` are the ids of the legs that bring the rider to
    the first of them and fetch him from the last. Decided when it is booked, and kept however late they become. ``said`` is in the
    order of saying. ``proposed``: since a new timetable does not have these trains.
    """

    transit: tuple[LineRide, ...]
    ride_to: str | None = None
    ride_from: str | None = None
    said: tuple[TrainWord, ...] = ()
    proposed: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """An accepted offer. ``party`` and ``needs`` hold for all its legs. ``journeys``: there and back are two; a leg of none goes from
    door to door. ``consent_id``: booked by somebody else whom the rider has agreed to. ``group_id``: what
    the parts of a group that goes in several vehicles have in common.
    """

    id: str
    agency_id: str
    rider_id: str
    decision_id: str
    party: Party
    needs: frozenset[Need]
    legs: tuple[Leg, ...]
    created_at: datetime
    revision: int = 0
    history: tuple[HistoryEntry, ...] = ()
    journeys: tuple[Journey, ...] = ()
    consent_id: str | None = None
    group_id: str | None = None

    @property
    def transit(self) -> tuple[LineRide, ...]:
        """All trains and buses that rides are made for, by departure."""
        rides = (ride for journey in self.journeys for ride in journey.transit)
        return tuple(sorted(rides, key=lambda ride: ride.departs))

    def as_proposed(self) -> Booking:
        """As it would be if its rider said yes to all that is proposed."""
        legs = {leg.id: leg for journey in self.journeys if journey.proposed for leg in journey.proposed.legs}
        journeys = tuple(
            replace(journey, transit=journey.proposed.transit, proposed=None, said=()) if journey.proposed else journey
            for journey in self.journeys
        )
        return replace(self, journeys=journeys, legs=tuple(legs.get(leg.id, leg) for leg in self.legs))

    def leg(self, leg_id: str) -> Leg:
        """The leg of this id.

        Raises:
            KeyError: the booking has no such leg.
        """
        for leg in self.legs:
            if leg.id == leg_id:
                return leg
        raise KeyError(leg_id)

    def with_leg(self, leg: Leg, entry: HistoryEntry) -> Booking:
        """The booking with one leg replaced and the change written into its history."""
        self.leg(leg.id)
        legs = tuple(leg if old.id == leg.id else old for old in self.legs)
        return replace(self, legs=legs, history=(*self.history, entry), revision=self.revision + 1)

    @property
    def price_cents(self) -> int:
        """Of all legs that have not been cancelled."""
        return sum(leg.price_cents for leg in self.legs if leg.outcome is not Outcome.CANCELLED)

    @property
    def is_open(self) -> bool:
        """True while a leg has not been closed."""
        return any(leg.state is not LegState.CLOSED for leg in self.legs)
