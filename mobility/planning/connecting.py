"""Whether the rides of a journey still meet its trains and buses, and what would now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import gtfs.nouns as gtfs
from gtfs.journeys.planner import Query
from gtfs.nouns import Reach
from mobility.domain.bookings import Booking, Leg, Outcome, TrainWord
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
    said: tuple[TrainWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Other trains and buses for a whole journey, and when the last of them arrives in fact."""

    transit: tuple[LineRide, ...]
    arrives: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """The journey's train or bus of this number cannot be ridden; its rider is left ``at`` a stop, there at ``when``. ``later``: how to
    get there by timetable all the same.
    """

    number: int
    at: Place
    when: datetime
    later: Later | None


@dataclass(frozen=True, slots=True)
class Course:
    """How a journey's trains and buses run: when the last of them arrives in fact, or which of them is lost."""

    arrives: datetime
    lost: Lost | None = None


def chains_of(booking: Booking) -> list[Chain]:
    """The booking's journeys that still have a ride; who has given back the ride to a train asks for no train."""
    rides = {leg.id: leg for leg in booking.legs if leg.outcome is not Outcome.CANCELLED}
    chains = (
        Chain(number, rides.get(journey.ride_to or ""), journey.transit, rides.get(journey.ride_from or ""), journey.said)
        for number, journey in enumerate(booking.journeys)
    )
    return [chain for chain in chains if chain.transit and (chain.ride_to or chain.ride_from)]


def with_transit(booking: Booking, number: int, transit: Sequence[LineRide]) -> Booking:
    """The booking whose journey of this number goes by these trains and buses."""
    journeys = list(booking.journeys)
    journeys[number] = replace(journeys[number], transit=tuple(transit))
    return replace(booking, journeys=tuple(journeys))


def course_now(found: Timetabled, live: LiveTrips, chain: Chain, begins: tuple[datetime, datetime], booking: Booking) -> Course:
    """Ride by ride as they run in fact (``live``, which ``found`` follows). ``begins``: when the rider can be aboard the first, and now;
    nobody boards what left before now.
    """
    ready, now = begins
    at, there = ready, []
    for number, leg in enumerate(chain.transit):
        there.append(at)
        late = lateness(found, live, chain, leg)
        if late is None or at > leg.departs + timedelta(seconds=late[0]):
            return Course(leg.arrives, Lost(number, leg.board, at, _later(found, chain, there, now, booking)))
        arrives = leg.arrives + timedelta(seconds=late[1])
        at = arrives + _FROM_TRAIN_TO_TRAIN
    return Course(arrives)


def lateness(found: Timetabled, live: LiveTrips, chain: Chain, leg: LineRide) -> tuple[int, int] | None:
    """Seconds by which it leaves and arrives late; None: it does not run. What a rider or driver has said of it counts where neither
    an operator's message nor the desk speaks of it.
    """
    seen = live.ride(_trip_id_now(found, leg), leg.board.stop_id or "", leg.alight.stop_id or "", leg.departs)
    if seen is not None:
        return (seen.departs_late_s, seen.arrives_late_s) if seen.runs else None
    said = next((one for one in reversed(chain.said) if one.is_about(leg)), None)
    if said is None:
        return 0, 0
    return None if said.late_min is None else (60 * said.late_min, 60 * said.late_min)


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


def _later(found: Timetabled, chain: Chain, there: Sequence[datetime], now: datetime, booking: Booking) -> Later | None:
    """The first arrival at the goal from any stop where the rider has not boarded yet; as many of the booked rides as possible are kept.
    What was only said of a train, the timetable's search does not know: then the booked rides before it are kept.
    """
    best: Later | None = None
    transit, lost = chain.transit, len(there) - 1
    for number in range(lost, -1, -1):
        leg, ready = transit[number], max(there[number], now)
        if number < lost and (chain.said or leg.departs <= now):
            break
        if any(one.is_about(leg) for one in chain.said):
            ready = max(ready, leg.departs + _AT_THE_LEAST)
        way = _way(found, leg.board, transit[-1].alight, ready, booking)
        if way is not None and (best is None or way.arrives < best.arrives):
            best = Later((*transit[:number], *way.transit), way.arrives)
    return best


def _way(found: Timetabled, board: Place, goal: Place, ready: datetime, booking: Booking) -> Later | None:
    """The first way by timetable, as things run."""
    zone, day = found.feed.timezone, ready.astimezone(found.feed.timezone).date()
    at = seconds_of(ready, day, zone)
    access, egress = (reaches(found, place) for place in (board, goal))
    wheelchair = is_step_free(booking.needs) or booking.party.wheelchairs > 0
    journey = found.planner.earliest_arrival(Query(access, egress, day, at, at, most_changes=MOST_CHANGES, wheelchair=wheelchair))
    if journey is None:
        return None
    legs = tuple(line_ride(found.feed, leg, day) for leg in journey.legs if isinstance(leg, gtfs.TransitLeg))
    return Later(legs, ready + timedelta(seconds=journey.arrival_s - at))


def reaches(found: Timetabled, place: Place) -> list[Reach]:
    """The stops of its station, as ends of a journey."""
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
