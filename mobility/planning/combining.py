"""Rides and timetable as one answer: rides to a train or bus, from it, or both.

First it is asked which stations rides could reach and when something leaves or arrives there; then for journeys whose rides to the
first stop and from the last are as quick as they could be at best. Each ride that one of these journeys uses is then looked for in the
real runs: it becomes as long as it is, or falls away, and the search is repeated until all journeys found consist of rides there are.
What has not been looked for could only have become longer, so nothing better is missed (bounds resolved only where they matter, as in
lazy shortest paths: Dellin & Srinivasa 2016, "A unifying formalism for shortest path problems with expensive edge evaluations").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from gtfs.journeys.planner import Query
from gtfs.nouns import Journey, Reach
from mobility.domain.places import Place
from mobility.domain.requests import Offer, RideRequest, Window
from mobility.domain.service_days import at, seconds_of
from mobility.domain.services import ParallelRule
from mobility.planning.access import WALK_M_PER_S
from mobility.planning.links import Link, Links
from mobility.planning.network import Network
from mobility.planning.parallel_rule import OnFoot, on_foot
from mobility.planning.rules import wished_time
from mobility.planning.stations import TAKES_AT_MOST_S, Timetabled
from routing.travel import FOREVER

SLOT_S = 300
"""Rides are asked for to be at a station, or to leave it, at times this far apart; how long they take is told as finely."""
MOST_CHANGES = 3
MOST_INSERTIONS = 120
MOST_SEARCHES = 8
"""After that, what has been found by then is the answer: nobody on the telephone waits for the last small gain."""
_TRIED_AROUND = 6
LONGER_THAN_A_RIDE = timedelta(minutes=45)
"""Whoever can ride all the way does not want to be on the way much longer."""
_SHARE_OF_A_RIDE = 0.7
"""Where a ride goes all the way: rides that spare nobody anything are not worth a change."""
_WALK_M = 1000


class Rides(Protocol):
    """What rides the runs of the day allow."""

    def quickest_s(self, link: Link) -> int | None:
        """Seconds that the link's ride takes at least, walks included; None where there is no way."""

    def spans(self, link: Link, period: Window) -> list[Window]:
        """When the link's ride may be under way, as far as that can be said without looking for it."""

    def insert(self, link: Link, wish: RideRequest) -> Offer | None:
        """Where the link's ride fits into the runs; None where it does not."""


@dataclass(frozen=True, slots=True)
class Combined:
    """A journey whose rides have a place in real runs. Its times are seconds of ``day``."""

    journey: Journey
    day: date
    ride_to: Offer | None
    ride_from: Offer | None


@dataclass(slots=True, eq=False)
class _Option:
    """A ride to be at a station, or to leave it, at one time: ``seconds`` from setting out to being there, at best or (``is_real``) as
    promised in fact. ``drive_s`` of it are ridden, whatever the promise's width.
    """

    link: Link
    slot_s: int
    seconds: int
    drive_s: int
    is_real: bool = False
    offer: Offer | None = None


class Combining:
    """One wish, answered together with the timetable."""

    def __init__(self, links: Links, network: Network, request: RideRequest, rides: Rides, direct: Sequence[Offer] = ()) -> None:
        if links.found is None:
            raise ValueError("there is no timetable")
        self._found, self._request, self._rides = links.found, request, rides
        self._zone: ZoneInfo = links.found.feed.timezone
        wished = wished_time(request).astimezone(self._zone)
        self.day = wished.date()
        moment = seconds_of(wished, self.day, self._zone)
        by = request.arrive_by is not None
        self._at = moment
        self._period = (moment - TAKES_AT_MOST_S, moment) if by else (moment, moment + TAKES_AT_MOST_S)
        self._longest_s = FOREVER
        if direct:
            self._bound_by(network, direct)
        self._foot = on_foot(ParallelRule(0, 0, _WALK_M), request)
        self._walks = [_walks(self._found, network, self._foot, end) for end in (request.origin, request.destination)]
        self._options = [option for link in links.links for option in self._at_best(link)]
        self._insertions_left = MOST_INSERTIONS

    def answer(self) -> list[Combined]:
        """All journeys that none is better than: by train and bus alone, or with a ride to the first, from the last, or both."""
        for search in range(1, MOST_SEARCHES + 1):
            known: dict[tuple[bool, Reach], _Option] = {}
            for option in self._options:
                for reach in self._reaches(option):
                    known.setdefault((option.link.to_station, reach), option)
            journeys = self._found.planner.journeys(self._query(known))
            used = [_used(journey, known) for journey in journeys]
            news = {id(option): option for options in used for option in options if option and not option.is_real}
            if not news or self._insertions_left <= 0 or search == MOST_SEARCHES:
                return [
                    Combined(journey, self.day, *(option.offer if option else None for option in options))
                    for journey, options in zip(journeys, used, strict=True)
                    if all(option is None or option.is_real for option in options)
                ]
            for option in news.values():
                self._resolve(option)
        return []

    def _bound_by(self, network: Network, direct: Sequence[Offer]) -> None:
        """Whoever can ride all the way does not want to be on the way much longer, nor ride nearly as far."""
        begin, end = self._period
        if self._request.arrive_by is None:
            last = min(offer.dropoff_window.latest for offer in direct) + LONGER_THAN_A_RIDE
            self._period = (begin, min(end, seconds_of(last, self.day, self._zone)))
        else:
            first = max(offer.pickup_window.earliest for offer in direct) - LONGER_THAN_A_RIDE
            self._period = (max(begin, seconds_of(first, self.day, self._zone)), end)
        drive_s, _ = network.travel.drive(self._request.origin, self._request.destination)
        self._longest_s = int(drive_s * _SHARE_OF_A_RIDE)

    def _at_best(self, link: Link) -> Iterator[_Option]:
        """The rides that would be worth having, none longer than it must be."""
        quickest = self._rides.quickest_s(link)
        if quickest is None or quickest > self._longest_s:
            return
        seconds, change_s = _in_slots(quickest), link.service.connection.change_s
        calls = self._found.calls(link.station, self.day, *self._period, boarding=link.to_station)
        if link.to_station:
            slots = np.unique((calls - change_s) // SLOT_S * SLOT_S)
            slots = slots[slots - seconds >= self._period[0]]
        else:
            slots = np.unique(-(-(calls + change_s) // SLOT_S) * SLOT_S)
            slots = slots[slots + seconds <= self._period[1]]
        spans = [
            tuple(seconds_of(moment, self.day, self._zone) for moment in (span.earliest, span.latest))
            for span in self._rides.spans(link, Window(*(self._moment(second) for second in self._period)))
        ]
        for slot in slots.tolist():
            begins, ends = (slot - seconds, slot) if link.to_station else (slot, slot + seconds)
            if any(first <= begins + SLOT_S and ends - SLOT_S <= last for first, last in spans):
                yield _Option(link, slot, seconds, seconds)

    def _reaches(self, option: _Option) -> Iterator[Reach]:
        change_s = option.link.service.connection.change_s
        seconds = option.seconds + change_s
        leaves = option.slot_s - option.seconds if option.link.to_station else option.slot_s - change_s
        if option.link.to_station and self._request.depart_after is not None:
            late = max(0, self._period[0] - leaves)  # told in whole slots it would seem to begin before the rider is ready
            leaves, seconds = leaves + late, seconds - late
        return (Reach(stop_id, seconds, leaves, option.drive_s) for stop_id in option.link.station.stop_ids)

    def _query(self, known: dict[tuple[bool, Reach], _Option]) -> Query:
        access, egress = (
            [*walks, *(reach for to_station, reach in known if to_station is first)]
            for walks, first in zip(self._walks, (True, False), strict=True)
        )
        request = self._request
        return Query(
            access,
            egress,
            self.day,
            self._at,
            self._at,
            arrive_by=request.arrive_by is not None,
            most_changes=MOST_CHANGES,
            wheelchair=self._foot.wheelchair,
        )

    def _resolve(self, option: _Option) -> None:
        """Look for the ride in the runs; where there is none, at once for those of the link at the times around as well: another search
        would ask for them next.
        """
        if option.is_real or option not in self._options or self._is_there(option):
            return
        around = [one for one in self._options if one.link is option.link and not one.is_real]
        for one in sorted(around, key=lambda one: abs(one.slot_s - option.slot_s))[:_TRIED_AROUND]:
            self._is_there(one)

    def _is_there(self, option: _Option) -> bool:
        """Whether the ride fits into the runs; then it is as long as it is, else it falls away."""
        self._insertions_left -= 1
        offer = self._rides.insert(option.link, self._wish(option))
        if offer is None:
            self._options.remove(option)
            return False
        option.offer, option.is_real = offer, True
        slot = self._moment(option.slot_s)
        if option.link.to_station:
            seconds = (slot - offer.pickup_window.earliest).total_seconds() + offer.walk_to_pickup_m / WALK_M_PER_S
        else:
            seconds = (offer.dropoff_window.latest - slot).total_seconds() + offer.walk_from_dropoff_m / WALK_M_PER_S
        option.seconds = max(option.seconds, _in_slots(seconds))
        return True

    def _wish(self, option: _Option) -> RideRequest:
        request, slot, place = self._request, self._moment(option.slot_s), option.link.station.place
        free = Window(*(self._moment(second) for second in self._period))
        if option.link.to_station:
            return replace(request, destination=place, depart_after=None, arrive_by=slot, within=Window(free.earliest, slot))
        return replace(request, origin=place, depart_after=slot, arrive_by=None, within=Window(slot, free.latest))

    def _moment(self, seconds: int) -> datetime:
        return at(self.day, seconds, self._zone)


def _in_slots(seconds: float) -> int:
    return int(-(-seconds // SLOT_S) * SLOT_S)


def _used(journey: Journey, known: dict[tuple[bool, Reach], _Option]) -> tuple[_Option | None, _Option | None]:
    """The rides of a journey: to the first stop, from the last; None where one walks."""
    return known.get((True, journey.access)), known.get((False, journey.egress))


def _walks(found: Timetabled, network: Network, foot: OnFoot, end: Place) -> Sequence[Reach]:
    """Stops within this rider's walk, at this rider's pace."""
    at_stop = found.by_id[str(end.stop_id)].stop_ids if end.stop_id in found.by_id else ()
    near = found.stops.nearby(end, foot.limit_m) if foot.limit_m else []
    walks: dict[str, int] = {}
    if near:
        points = np.array([(stop.lon, stop.lat) for stop in near])
        metres = network.streets.walk_metres(np.array([end.lon, end.lat]), points, foot.limit_m).tolist()
        walks = {str(stop.stop_id): foot.seconds(walk) for stop, walk in zip(near, metres, strict=True) if walk < FOREVER}
    walks |= dict.fromkeys(at_stop, 0)
    return [Reach(stop_id, seconds) for stop_id, seconds in walks.items()]
