"""What booked rides rely on of the timetable, and which of it another timetable does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gtfs.feed import Feed
from gtfs.nouns import DirectJourney
from gtfs.service_days import moment, seconds_of
from mobility.domain.bookings import Booking, LegState
from mobility.domain.places import Place
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import Service

_NEAR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Reliance:
    """A booking relies on a line (its route id, and its name as told) that leaves ``board`` at ``departs`` and is at ``alight`` by ``arrives``."""

    booking_id: str
    route_id: str
    line: str
    board: Place
    departs: datetime
    alight: Place
    arrives: datetime


@dataclass(frozen=True, slots=True)
class Hurt:
    """What a timetable does not have; ``departs_now`` is when the line leaves there nearest to it and gets there all the same, None: within two
    hours not at all.
    """

    relied: Reliance
    departs_now: datetime | None


def reliances(booking: Booking, runs: Mapping[str, Run], services: Mapping[str, Service]) -> Iterator[Reliance]:
    """Of its trains and buses, and of its rides on runs that drive a line's own trips."""
    for ride in booking.transit:
        yield Reliance(booking.id, ride.route_id, ride.line, ride.board, ride.departs, ride.alight, ride.arrives)
    for leg in booking.legs:
        run, service = runs.get(leg.run_id or ""), services.get(leg.service_id)
        if run is None or service is None or service.line is None or leg.state is LegState.CLOSED:
            continue
        ends = _halts_around(run, leg.id)
        if ends is not None:
            board, alight = ends
            yield Reliance(
                booking.id, service.line.route_id, service.name, board.place, board.earliest, alight.place, alight.earliest
            )


def _halts_around(run: Run, leg_id: str) -> tuple[Visit, Visit] | None:
    """The line's halts between which the ride lies: the last at or before boarding, the first at or after alighting."""
    halts = [visit for visit in run.visits if visit.kind is VisitKind.HALT and visit.place.stop_id]
    mine = {visit.kind: place for place, visit in enumerate(run.visits) if visit.leg_id == leg_id}
    if len(halts) < 2 or not {VisitKind.PICKUP, VisitKind.DROPOFF} <= mine.keys():
        return None
    at = {id(visit): place for place, visit in enumerate(run.visits)}
    begin, end = mine[VisitKind.PICKUP], mine[VisitKind.DROPOFF]
    pickup, dropoff = run.visits[begin].place.stop_id, run.visits[end].place.stop_id
    before = [halt for halt in halts if at[id(halt)] < begin or (halt.place.stop_id == pickup and at[id(halt)] < end)]
    board = before[-1] if before else halts[0]
    later = [halt for halt in halts if halt.earliest > board.earliest and halt.place.stop_id != board.place.stop_id]
    after = [halt for halt in later if at[id(halt)] > end or (halt.place.stop_id == dropoff and at[id(halt)] > begin)]
    return (board, (after or later[-1:])[0]) if later else None


def hurt_by(feed: Feed | None, relied: Iterable[Reliance]) -> list[Hurt]:
    """Those of which the timetable does not have the same line from the same stop at the same time, at the other stop no later; by departure.

    Trip ids change with every version, and say nothing.
    """
    known: dict[tuple[str, str | None, str | None, datetime, datetime], tuple[bool, datetime | None]] = {}
    found = []
    for one in relied:
        key = (one.route_id, one.board.stop_id, one.alight.stop_id, one.departs, one.arrives)
        if key not in known:
            known[key] = (False, None) if feed is None else _kept(feed, one)
        kept, departs_now = known[key]
        if not kept:
            found.append(Hurt(one, departs_now))
    return sorted(found, key=lambda hurt: (hurt.relied.departs, hurt.relied.booking_id))


def _kept(feed: Feed, one: Reliance) -> tuple[bool, datetime | None]:
    """Whether it is there as it was, and else when the same line leaves nearest to it."""
    if one.board.stop_id is None or one.alight.stop_id is None:
        return False, None
    day = one.departs.astimezone(feed.timezone).date()
    near = [seconds_of(when, day, feed.timezone) for when in (one.departs - _NEAR, one.arrives + _NEAR)]
    rides = [
        ride
        for ride in feed.direct_journeys([one.board.stop_id], [one.alight.stop_id], day, near[0], near[1])
        if _same_line(ride, one)
    ]
    departs, arrives = (seconds_of(when, day, feed.timezone) for when in (one.departs, one.arrives))
    if any(ride.departure_s == departs and ride.arrival_s <= arrives for ride in rides):
        return True, None
    nearest = min(rides, key=lambda ride: abs(ride.departure_s - departs), default=None)
    return False, None if nearest is None else moment(day, nearest.departure_s, feed.timezone)


def _same_line(ride: DirectJourney, one: Reliance) -> bool:
    return ride.route_id == one.route_id or (bool(ride.route_short_name) and ride.route_short_name == one.line)
