"""Departures as they run in fact, laid over those of the timetable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from gtfs.feed import Feed
from gtfs.journeys.arrays import Halts
from gtfs.nouns import Alert, TransitLeg
from gtfs.realtime import Message


@dataclass(frozen=True, slots=True)
class Added:
    """A trip the timetable does not have. ``route``: row number, None when the line is not known either."""

    trip_id: str
    route: int | None
    headsign: str = ""


@dataclass(frozen=True, slots=True)
class LiveHalt:
    """One halt in service-day seconds; ``late_s``: how much later than planned it arrives and departs."""

    berth: int
    arrival: int
    departure: int
    board: bool
    alight: bool
    late_s: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class LiveTrip:
    """A departure on one service day. ``parts``: trips (row numbers, or added ones) one after the other in which riders stay seated;
    ``lengths``: how many of ``halts`` each has.
    """

    parts: tuple[int | Added, ...]
    lengths: tuple[int, ...]
    halts: tuple[LiveHalt, ...]

    def leg(self, feed: Feed, part: int | Added, told: tuple[tuple[str, int, int], ...], ends: tuple[int, int]) -> TransitLeg:
        """A ride on one part, from and to these positions in ``halts``."""
        if isinstance(part, Added):
            return feed.added_leg(part.trip_id, part.route, part.headsign, told)
        late = self.halts[ends[0]].late_s[1], self.halts[ends[1]].late_s[0]
        return replace(feed.transit_leg(part, told), late_s=late)


@dataclass(frozen=True, eq=False)
class Live:
    """What is known of the present, as of ``timestamp`` (seconds since 1970).

    ``instead``: by service day, departures of the timetable, as (trip, offset), that do not run as planned, and how they do (None: not
    at all); ``more``: by service day, departures it does not have. ``alerts`` are told with the legs they concern. ``message``: what it
    was made of, None for several.
    """

    timestamp: int
    instead: Mapping[date, Mapping[tuple[int, int], LiveTrip | None]] = field(default_factory=dict)
    more: Mapping[date, Sequence[LiveTrip]] = field(default_factory=dict)
    alerts: Sequence[Alert] = ()
    message: Message | None = None

    def running(self, day: date) -> list[LiveTrip]:
        """Departures of a service day that are not as the timetable has them."""
        instead = self.instead.get(day, {}).values()
        return [*(trip for trip in instead if trip is not None), *self.more.get(day, ())]


def concerning(alerts: Iterable[Alert], leg: TransitLeg, agency: str | None, span: tuple[int, int]) -> list[Alert]:
    """The alerts about a leg's trip, line, agency or the stops where one boards and alights, that hold within ``span`` (seconds since
    1970); those that name nobody concern all.
    """
    ends = {leg.halts[0][0], leg.halts[-1][0]}
    return [
        alert
        for alert in alerts
        if not alert.periods or any(begin <= span[1] and end >= span[0] for begin, end in alert.periods)
        if not (alert.agencies or alert.routes or alert.stops or alert.trips)
        or leg.trip_id in alert.trips
        or leg.route_id in alert.routes
        or agency in alert.agencies
        or alert.stops & ends
    ]


def halts_of(trips: Sequence[LiveTrip]) -> Halts:
    """The trips as the search reads them, forwards."""
    lengths = np.array([len(trip.halts) for trip in trips], np.int32)
    every = [halt for trip in trips for halt in trip.halts]
    return Halts(
        first=(np.cumsum(lengths) - lengths).astype(np.int32),
        length=lengths,
        stop=np.array([halt.berth for halt in every], np.int32),
        arrival=np.array([halt.arrival for halt in every], np.int32),
        departure=np.array([halt.departure for halt in every], np.int32),
        board=np.array([halt.board for halt in every], np.uint8),
        alight=np.array([halt.alight for halt in every], np.uint8),
    )
