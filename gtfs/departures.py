"""What leaves from a stop: the departures of a service day or of a span of time, as a board at the stop shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from gtfs.timetable import NO_PICKUP

if TYPE_CHECKING:
    from gtfs.feed import Feed

_MUST_BE_BOOKED = 2


@dataclass(frozen=True, slots=True)
class Departure:
    """A trip leaving a stop. ``departure_s`` counts from the origin of the day that was asked for; ``day`` is the trip's own service day.
    ``last_stop_id`` is where it ends; ``pickup_type`` as in stop_times.txt; ``wheelchair``: None when the feed does not say.
    """

    trip_id: str
    route_id: str
    line: str
    route_type: int
    headsign: str
    stop_id: str
    last_stop_id: str
    day: date
    departure_s: int
    pickup_type: int
    wheelchair: bool | None

    @property
    def must_be_booked(self) -> bool:
        """Whether one has to telephone beforehand."""
        return self.pickup_type == _MUST_BE_BOOKED


def departures(feed: Feed, stop_ids: Collection[str], day: date, earliest_s: int, latest_s: int) -> list[Departure]:
    """Departures from these stops (a station's id stands for all its stops; unknown ones are passed over) within [earliest_s, latest_s] of
    ``day``, those of service days before that reach into it included. Not those where nobody may board, nor where a trip ends. By time.
    """
    found = [
        one
        for service_day, shift in feed.service_days(day, earliest_s, latest_s)
        for one in _of_day(feed, stop_ids, service_day, shift, (earliest_s, latest_s))
    ]
    return sorted(found, key=lambda one: (one.departure_s, one.line, one.trip_id))


def departures_of_day(feed: Feed, stop_ids: Collection[str], day: date) -> list[Departure]:
    """All departures of one service day from these stops, by time; as :func:`departures`."""
    found = _of_day(feed, stop_ids, day, 0, (0, feed.timetable.latest_s))
    return sorted(found, key=lambda one: (one.departure_s, one.line, one.trip_id))


def _of_day(feed: Feed, stop_ids: Collection[str], day: date, shift: int, within: tuple[int, int]) -> Iterator[Departure]:
    table, runs = feed.timetable, feed.runs(day)
    for stop in feed.stop_numbers(stop_ids):
        halts = table.stop_halts[table.stop_first[stop] : table.stop_first[stop + 1]]
        trips = table.halt_trip[halts]
        boards = runs[trips] & (table.halt_pickup[halts] != NO_PICKUP) & (halts + 1 < table.trip_first[trips + 1])
        for halt in np.flatnonzero(boards):
            for offset in feed.offsets(int(trips[halt])):
                seconds = int(table.halt_departure[halts[halt]]) + int(offset) + shift
                if within[0] <= seconds <= within[1]:
                    yield _told(feed, int(halts[halt]), day, seconds)


def _told(feed: Feed, halt: int, day: date, seconds: int) -> Departure:
    table = feed.timetable
    trip = int(table.halt_trip[halt])
    leg = feed.transit_leg(trip, ())
    return Departure(
        trip_id=leg.trip_id,
        route_id=leg.route_id,
        line=leg.route_short_name,
        route_type=leg.route_type,
        headsign=leg.headsign,
        stop_id=feed.stops[int(table.halt_stop[halt])].id,
        last_stop_id=feed.stops[int(table.halt_stop[int(table.trip_first[trip + 1]) - 1])].id,
        day=day,
        departure_s=seconds,
        pickup_type=int(table.halt_pickup[halt]),
        wheelchair=leg.wheelchair,
    )
