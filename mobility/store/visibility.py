"""What an actor may see: one table of rules, read by every store.

Things of another agency are never seen. What a role may see of its own agency is one :class:`Sight` for each noun; each store knows
how to apply a sight to a noun, and asks nobody else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, Journey, Leg, LegState
from mobility.domain.places import Place
from mobility.domain.requests import Decision, Offer
from mobility.domain.riders import Rider
from mobility.domain.runs import Run, Visit


class Noun(StrEnum):
    """The things whose reading depends on who asks."""

    DATASET = "dataset"
    SERVICE = "service"
    RIDER = "rider"
    FAVOURITE = "favourite"
    DRIVER = "driver"
    SHIFT = "shift"
    LEAVE = "leave"
    RUN = "run"
    DECISION = "decision"
    BOOKING = "booking"
    NOTICE = "notice"
    ACCOUNT = "account"
    LOGBOOK = "logbook"
    SIMULATION = "simulation"
    HOLD = "hold"
    RIDER_NOTE = "rider_note"
    SPOKEN_PIN = "spoken_pin"
    STANDING_ORDER = "standing_order"
    WAITING_WISH = "waiting_wish"
    LIVE_SOURCE = "live_source"
    TRIP_REPORT = "trip_report"
    BOOKING_CONSENT = "booking_consent"
    ARRIVAL_CONTACT = "arrival_contact"
    WHAT_IF = "what_if"
    RIDER_WISH = "rider_wish"


class Sight(StrEnum):
    """How much of a noun a role sees within its agency.

    ``OWN_RIDER``, ``OWN_DRIVER`` and ``OWN_PROVIDER`` compare with the actor's id of that name: a run is the driver's when he
    drives it; a booking is the driver's or provider's when one of its legs is (for a provider also by the leg's service); a
    rider is theirs when such a booking is. A driver sees riders and doors only near the ride (:func:`is_near`); at other times his runs
    and bookings are shown with villages instead of doors, and nobody's name can be found. ``OWN_OR_AGREED`` is ``OWN_RIDER`` and, of
    riders who agree at this moment that this account books for them, the name and what the account itself has asked for and booked,
    without needs. ``ANONYMOUS`` shows all, without who rides or drives.
    """

    ALL = "all"
    OWN_RIDER = "own_rider"
    OWN_OR_AGREED = "own_or_agreed"
    OWN_DRIVER = "own_driver"
    OWN_PROVIDER = "own_provider"
    ANONYMOUS = "anonymous"
    NONE = "none"


_PUBLISHED = {Noun.DATASET: Sight.ALL, Noun.SERVICE: Sight.ALL}
_WHOLE_AGENCY = dict.fromkeys(Noun, Sight.ALL)
_OFFICE = frozenset({Noun.ACCOUNT, Noun.LOGBOOK, Noun.SIMULATION})
_WITHOUT_OFFICE: dict[Noun, Sight] = {noun: Sight.ALL for noun in Noun if noun not in _OFFICE}
_OF_DRIVER = dict.fromkeys(
    (Noun.RIDER, Noun.DRIVER, Noun.SHIFT, Noun.LEAVE, Noun.RUN, Noun.BOOKING, Noun.NOTICE), Sight.OWN_DRIVER
)
_OF_PROVIDER = dict.fromkeys(
    (Noun.SERVICE, Noun.RIDER, Noun.DRIVER, Noun.SHIFT, Noun.RUN, Noun.BOOKING, Noun.NOTICE), Sight.OWN_PROVIDER
)

RULES: dict[Role, dict[Noun, Sight]] = {
    Role.ADMIN: _WHOLE_AGENCY,
    Role.AGENCY: _WHOLE_AGENCY,
    Role.DISPATCHER: _WITHOUT_OFFICE,
    Role.RIDER: _PUBLISHED
    | dict.fromkeys(
        (
            Noun.FAVOURITE,
            Noun.NOTICE,
            Noun.STANDING_ORDER,
            Noun.WAITING_WISH,
            Noun.BOOKING_CONSENT,
            Noun.ARRIVAL_CONTACT,
        ),
        Sight.OWN_RIDER,
    )
    | dict.fromkeys((Noun.RIDER, Noun.DECISION, Noun.BOOKING), Sight.OWN_OR_AGREED),
    Role.DRIVER: _PUBLISHED | _OF_DRIVER,
    Role.PROVIDER: _PUBLISHED | _OF_PROVIDER,
    Role.PLANNER: _PUBLISHED
    | {
        Noun.RUN: Sight.ANONYMOUS,
        Noun.SHIFT: Sight.ALL,
        Noun.LEAVE: Sight.ALL,
        Noun.DECISION: Sight.ANONYMOUS,
        Noun.SIMULATION: Sight.ALL,
    },
}
"""What is not named here is not seen."""


NEAR_BEFORE = timedelta(hours=12)
NEAR_AFTER = timedelta(hours=2)
"""Drivers see names, doors and telephone numbers from so long before a ride to so long after it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A sight applied to one actor: rows of ``agency_id``; ``own_id`` is the id that the OWN sights compare with; ``now`` the moment of
    asking.
    """

    agency_id: str
    account_id: str
    sight: Sight
    own_id: str
    now: datetime | None = None


def scope(actor: Actor, noun: Noun) -> Scope:
    """What this actor may see of this noun; nothing when the account lacks the id its role would be compared by."""
    sight = RULES[actor.role].get(noun, Sight.NONE)
    own = {
        Sight.OWN_RIDER: actor.rider_id,
        Sight.OWN_OR_AGREED: actor.rider_id or "",
        Sight.OWN_DRIVER: actor.driver_id,
        Sight.OWN_PROVIDER: actor.provider_id,
    }.get(sight, "")
    if own is None:
        return Scope(actor.agency_id, actor.account_id, Sight.NONE, "")
    return Scope(actor.agency_id, actor.account_id, sight, own, actor.now)


def is_near(leg: Leg, now: datetime | None) -> bool:
    """Whether the driver of this ride may know who rides and where: near the ride, and only when he is to drive it (a volunteer who is
    still being asked decides by village, time and needs).
    """
    if now is None or leg.state is LegState.AWAITING_CONFIRMATION:
        return False
    return leg.pickup_window.earliest - NEAR_BEFORE <= now <= near_until(leg)


def near_until(leg: Leg) -> datetime:
    """The moment after which the driver of this ride is no longer told who rode and where."""
    return leg.dropoff_window.latest + NEAR_AFTER


def shown_rider(rider: Rider, what: Scope) -> Rider:
    """The rider as he or she may be shown: whoever books for somebody else knows the name, nothing more."""
    if what.sight is not Sight.OWN_OR_AGREED or rider.id == what.own_id:
        return rider
    return Rider(rider.id, rider.agency_id, rider.name, "")


def shown(decision: Decision, what: Scope) -> Decision:
    """The decision as it may be shown: for planners without rider, needs, account, or anything finer than some 100 m about doors; for
    whoever asked for somebody else without what is known of that rider.

    The ids of offers are left out for planners too: with one of them the offer could be booked.
    """
    if what.sight is Sight.OWN_OR_AGREED and decision.request.rider_id not in (None, what.own_id):
        request = replace(decision.request, needs=frozenset(), groups=frozenset(), max_walk_m=None)
        return replace(decision, request=request, offers=tuple(offer.without_price_parts() for offer in decision.offers))
    if what.sight is not Sight.ANONYMOUS:
        return decision
    request = replace(
        decision.request,
        rider_id=None,
        party=replace(decision.request.party, fellows=()),
        needs=frozenset(),
        groups=frozenset(),
        max_walk_m=None,
        origin=blurred(decision.request.origin),
        destination=blurred(decision.request.destination),
    )
    return replace(decision, request=request, offers=tuple(_anonymous(offer) for offer in decision.offers), made_by="")


def shown_run(run: Run, sight: Sight, near: Collection[str] = ()) -> Run:
    """The run as it may be shown: places that are only held, and who wishes to ride with whom, are the desk's business; for planners it is without driver, needs, or
    anything finer than some 100 m about doors; for its driver with villages instead of doors but for the legs that are ``near``.

    A volunteer's run begins and ends at his own door: from planners those places are kept as well.
    """
    if sight is Sight.ALL:
        return run
    run = _without_company(run.without_holds())
    if sight is Sight.OWN_DRIVER:
        return replace(run, visits=tuple(v if v.leg_id is None or v.leg_id in near else _far_visit(v) for v in run.visits))
    if sight is not Sight.ANONYMOUS:
        return run
    return replace(run, driver_id=None, position=None, visits=tuple(_anonymous_visit(visit) for visit in run.visits))


def _without_company(run: Run) -> Run:
    if all(visit.company is None for visit in run.visits):
        return run
    return replace(run, visits=tuple(replace(visit, company=None) for visit in run.visits))


def shown_booking(booking: Booking, what: Scope, near: Collection[str] = ()) -> Booking:
    """The booking as it may be shown: for drivers with villages instead of doors but for the legs that are ``near``, and without its rider
    when none is; for whoever booked it for somebody else without needs, nor why it
    costs what it costs.
    """
    if what.sight is Sight.OWN_OR_AGREED and booking.rider_id != what.own_id:
        legs = tuple(replace(leg, price_parts=()) for leg in booking.legs)
        return replace(booking, needs=frozenset(), legs=legs, journeys=tuple(_unexplained(one) for one in booking.journeys))
    return booking if what.sight is not Sight.OWN_DRIVER else as_driver_sees(booking, near)


def _unexplained(journey: Journey) -> Journey:
    """Without why what is proposed costs what it costs."""
    if journey.proposed is None:
        return journey
    legs = tuple(replace(leg, price_parts=()) for leg in journey.proposed.legs)
    return replace(journey, proposed=replace(journey.proposed, legs=legs))


def as_driver_sees(booking: Booking, near: Collection[str] = ()) -> Booking:
    """The booking with villages instead of doors but for the legs that are ``near``, without saying why the others cost what they cost, and
    without its rider when none is.
    """
    legs = tuple(
        leg if leg.id in near else replace(leg, pickup=in_village(leg.pickup), dropoff=in_village(leg.dropoff), price_parts=())
        for leg in booking.legs
    )
    known = any(leg.id in near for leg in legs)
    return replace(
        booking,
        party=booking.party if known else replace(booking.party, fellows=()),
        legs=legs,
        rider_id=booking.rider_id if known else "",
        history=booking.history if known else (),
        journeys=tuple(
            _beside(journey, near) for journey in booking.journeys if {journey.ride_to, journey.ride_from} & set(near)
        ),
    )


def _beside(journey: Journey, near: Collection[str]) -> Journey:
    """The train or bus to which a driver brings the rider, or from which he fetches him: where the rider goes with it is not for him."""
    first, last = journey.transit[:1], journey.transit[-1:]
    shown = (first if journey.ride_to in near else ()) + (last if journey.ride_from in near else ())
    said = tuple(one for one in journey.said if any(one.is_about(ride) for ride in shown))
    return replace(journey, transit=tuple(dict.fromkeys(shown)), said=said, proposed=None)


def _far_visit(visit: Visit) -> Visit:
    return _undescribed(replace(visit, place=in_village(visit.place)))


def _undescribed(visit: Visit) -> Visit:
    return visit if visit.party is None else replace(visit, party=replace(visit.party, fellows=()))


def _anonymous(offer: Offer) -> Offer:
    return offer.with_places(blurred)


def _anonymous_visit(visit: Visit) -> Visit:
    return _undescribed(replace(visit, place=blurred(visit.place), needs=frozenset()))


def blurred(place: Place) -> Place:
    """A stop as it is; a door rounded to 0.001 degrees (some 100 m), nameless."""
    if place.stop_id is not None:
        return place
    return Place(lon=round(place.lon, 3), lat=round(place.lat, 3))


def in_village(place: Place) -> Place:
    """As :func:`blurred`, with the village's name: what a driver may know of a ride that is not near."""
    return replace(blurred(place), name=place.village) if place.stop_id is None else place
