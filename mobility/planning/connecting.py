"""Whether the rides of a journey still meet its trains and buses, and what would now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import gtfs.nouns as gtfs
from gtfs.journeys.planner import Query
from gtfs.nouns import Reach
from mobility.domain.bookings import Booking, Leg, Outcome
from mobility.domain.lines import LineRide
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.service_days import seconds_of
from mobility.domain.services import ConnectionRules
from mobility.planning.combined_offers import line_ride
from mobility.planning.combining import MOST_CHANGES, SLOT_S
from mobility.planning.live_trips import LiveTrips
from mobility.planning.parallel_rule import is_step_free
from mobility.planning.stations import Timetabled

_AT_THE_LEAST = timedelta(minutes=2)
_FROM_TRAIN_TO_TRAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Chain:
    """The booking's journey of this number: trains and buses in order, the ride to the first of them and that from the last, as far as there are."""

    number: int
    ride_to: Leg | None
    transit: tuple[LineRide, ...]
    ride_from: Leg | None


@dataclass(frozen=True, slots=True)
class Course:
    """How a chain's trains and buses are to be ridden as things are: others than before where one runs no more or cannot be caught.

    ``arrives`` is when the last is there in fact; None: no way by timetable any more, and the rider is left at ``left_at`` at ``left_when``.
    """

    transit: tuple[LineRide, ...]
    arrives: datetime | None
    left_at: Place | None = None
    left_when: datetime | None = None


def chains_of(booking: Booking) -> list[Chain]:
    """The booking's journeys that still have a ride; who has given back the ride to a train asks for no train."""
    rides = {leg.id: leg for leg in booking.legs if leg.outcome is not Outcome.CANCELLED}
    chains = (
        Chain(number, rides.get(journey.ride_to or ""), journey.transit, rides.get(journey.ride_from or ""))
        for number, journey in enumerate(booking.journeys)
    )
    return [chain for chain in chains if chain.transit and (chain.ride_to or chain.ride_from)]


def with_transit(booking: Booking, number: int, transit: Sequence[LineRide]) -> Booking:
    """The booking whose journey of this number goes by these trains and buses."""
    journeys = list(booking.journeys)
    journeys[number] = replace(journeys[number], transit=tuple(transit))
    return replace(booking, journeys=tuple(journeys))


def course_now(found: Timetabled, live: LiveTrips, transit: Sequence[LineRide], ready: datetime, booking: Booking) -> Course:
    """Ride by ride as they run in fact (``live``, which ``found`` follows), for who can be aboard the first at ``ready``; from where one is
    lost the first way on.
    """
    at = ready
    for number, leg in enumerate(transit):
        seen = live.ride(_trip_id_now(found, leg), leg.board.stop_id or "", leg.alight.stop_id or "", leg.departs)
        late = (0, 0) if seen is None else (seen.departs_late_s, seen.arrives_late_s)
        gone = seen is not None and not seen.runs
        if gone or at > leg.departs + timedelta(seconds=late[0]):
            more = _later_way(found, leg, transit[-1].alight, at, booking)
            if more is None:
                return Course(tuple(transit), None, leg.board, at)
            return Course((*transit[:number], *more[0]), more[1])
        arrives = leg.arrives + timedelta(seconds=late[1])
        at = arrives + _FROM_TRAIN_TO_TRAIN
    return Course(tuple(transit), arrives)


def _trip_id_now(found: Timetabled, leg: LineRide) -> str:
    """The trip's id in the timetable in use: a new version may have given others."""
    feed, zone = found.feed, found.feed.timezone
    if feed.trip_number(leg.trip_id) is not None:
        return leg.trip_id
    day = leg.departs.astimezone(zone).date()
    leaves, arrives = (seconds_of(moment, day, zone) for moment in (leg.departs, leg.arrives))
    alike = feed.direct_journeys([leg.board.stop_id or ""], [leg.alight.stop_id or ""], day, leaves, arrives)
    same = (one.trip_id for one in alike if (one.departure_s, one.arrival_s) == (leaves, arrives))
    return next(same, leg.trip_id)


def _later_way(
    found: Timetabled, lost: LineRide, goal: Place, ready: datetime, booking: Booking
) -> tuple[tuple[LineRide, ...], datetime] | None:
    """The first way by timetable from where a train or bus was lost to the goal, as things run, and when it is there."""
    zone, day = found.feed.timezone, ready.astimezone(found.feed.timezone).date()
    at = seconds_of(ready, day, zone)
    access, egress = (_stops(found, place) for place in (lost.board, goal))
    wheelchair = is_step_free(booking.needs) or booking.party.wheelchairs > 0
    journey = found.planner.earliest_arrival(Query(access, egress, day, at, at, most_changes=MOST_CHANGES, wheelchair=wheelchair))
    if journey is None:
        return None
    legs = tuple(line_ride(found.feed, leg, day) for leg in journey.legs if isinstance(leg, gtfs.TransitLeg))
    return legs, ready + timedelta(seconds=journey.arrival_s - at)


def _stops(found: Timetabled, place: Place) -> list[Reach]:
    station = found.by_id.get(place.stop_id or "")
    return [] if station is None else [Reach(stop_id, 0) for stop_id in station.stop_ids]


def boards_by(moment: datetime) -> datetime:
    """When somebody can board who is there at that moment and walks straight on: what a change takes when it must."""
    return moment + _AT_THE_LEAST


def met_from(arrives: datetime, rules: ConnectionRules) -> datetime:
    """From when on the ride may fetch who arrives then: after the change, told in whole slots so that each minute of delay is not a
    new time.
    """
    ready = arrives + timedelta(seconds=rules.change_s)
    over = ready.timestamp() % SLOT_S
    return ready if not over else ready + timedelta(seconds=SLOT_S - over)


def shifted(leg: Leg, earliest: datetime) -> Leg:
    """The ride with the same windows, not before ``earliest``."""
    pickup, dropoff = leg.pickup_window, leg.dropoff_window
    by = earliest - pickup.earliest
    if earliest <= pickup.latest and by > timedelta(0):  # the promise is kept, in its later part
        return replace(leg, pickup_window=replace(pickup, earliest=earliest))
    return replace(
        leg,
        pickup_window=Window(pickup.earliest + by, pickup.latest + by),
        dropoff_window=Window(dropoff.earliest + by, dropoff.latest + by),
    )
