"""Trains and buses that booked rides are made for, with what is said of each: what the desk looks at when somebody rings about a delay."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gtfs.feed import Feed
from mobility.actions.context import Context
from mobility.actions.report_trip import list_trip_reports
from mobility.domain.accounts import Actor
from mobility.domain.bookings import TrainWord
from mobility.domain.lines import LineRide
from mobility.domain.live_news import TripReport
from mobility.domain.service_days import seconds_of
from mobility.planning.connecting import chains_of

_BACK, _AHEAD = timedelta(hours=4), timedelta(hours=18)


@dataclass(frozen=True, slots=True)
class AwaitedTrain:
    """A train or bus of the timetable on its service ``day`` (None: not in the timetable in use), how many bookings rely on it, what the
    desk has reported of it, and what riders and drivers said last.
    """

    ride: LineRide
    day: date | None
    bookings: int
    report: TripReport | None
    said: TrainWord | None


def list_awaited_trains(context: Context, actor: Actor) -> list[AwaitedTrain]:
    """Of the last hours and the next ones, by departure.

    Raises:
        NotAllowedError: only the desk and the agency.
    """
    reports = {(one.trip_id, one.day): one for one in list_trip_reports(context, actor)}
    now = context.clock()
    with context.store.transaction() as tx:
        booked = [one for one in tx.list_journeys(now - _BACK, now + _AHEAD) if one.agency_id == actor.agency_id]
        feed = context.network(tx, actor).feed if booked else None
    counted: Counter[tuple[str, datetime]] = Counter()
    rides: dict[tuple[str, datetime], LineRide] = {}
    said: dict[tuple[str, datetime], TrainWord] = {}
    for chain in (chain for booking in booked for chain in chains_of(booking)):
        for ride in chain.transit:
            key = (ride.trip_id, ride.departs)
            counted[key] += 1
            rides[key] = ride
            words = [one for one in (*chain.said, said.get(key)) if one is not None and one.is_about(ride)]
            said |= {key: max(words, key=lambda one: one.at)} if words else {}
    found = [_awaited(feed, rides[key], count, reports, said.get(key)) for key, count in counted.items()]
    return sorted((one for one in found if one.ride.arrives > now - _BACK), key=lambda one: (one.ride.departs, one.ride.trip_id))


def _awaited(
    feed: Feed | None, ride: LineRide, bookings: int, reports: dict[tuple[str, date], TripReport], said: TrainWord | None
) -> AwaitedTrain:
    day = None if feed is None else service_day(feed, ride)
    return AwaitedTrain(ride, day, bookings, None if day is None else reports.get((ride.trip_id, day)), said)


def service_day(feed: Feed, ride: LineRide) -> date | None:
    """The one on which the trip leaves there at that moment: that of the clock, or the day before; None where it does not."""
    trip, stop = feed.trip_number(ride.trip_id), feed.stop_number(ride.board.stop_id or "")
    if trip is None or stop is None:
        return None
    table = feed.timetable
    halts = range(int(table.trip_first[trip]), int(table.trip_first[trip + 1]))
    offsets = table.departure_offset[int(table.departure_first[trip]) : int(table.departure_first[trip + 1])].tolist()
    leaves = {int(table.halt_departure[halt]) + offset for halt in halts if table.halt_stop[halt] == stop for offset in offsets}
    today = ride.departs.astimezone(feed.timezone).date()
    days = [today - timedelta(days=back) for back in range(2)]
    return next((day for day in days if feed.runs(day)[trip] and seconds_of(ride.departs, day, feed.timezone) in leaves), None)
