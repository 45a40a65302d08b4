"""Ordinary lines: what runs in the feed whether somebody books or not, and journeys by it from door to door."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gtfs.feed import Feed
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.nouns import DirectJourney, FootLeg, Journey, Reach, TransitLeg
from gtfs.service_days import moment, seconds_of
from gtfs.timetable import NO_PICKUP
from mobility.domain.fleet import Acceptance
from mobility.domain.lines import LineJourney, LineRide
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind, RideRequest, Window
from mobility.domain.services import LegalBasis, LineRules, ParallelRule, Service
from mobility.planning.access import WALK_M_PER_S, StopIndex, crow_fly_m
from mobility.planning.live_trips import LiveTrips
from mobility.planning.network import Network, kept_with_network
from mobility.planning.parallel_rule import OnFoot, Span
from routing.travel import FOREVER

CHANGE_S = 300
"""Between getting out of a ride and a line's departure."""
_MUST_BE_BOOKED = 2
_STOPS_LED_TO = 40
_LONGEST_SEARCH_S = 8 * 3600

Ways = Mapping[str, tuple[int, int]]
"""By stop id: metres to it, and seconds where it is driven to (−1: walked)."""


class OrdinaryLines:
    """The feed without what must be booked: trips of ``bookable`` lines, and halts for which one has to telephone beforehand."""

    def __init__(self, feed: Feed, bookable: frozenset[LineRules]) -> None:
        self.feed = _without_bookable(feed, bookable)
        served = np.flatnonzero(np.diff(feed.timetable.stop_first) > 0)
        self._live: tuple[LiveTrips | None, LiveTrips] = (None, LiveTrips(self.feed))
        self.index = StopIndex(tuple(feed_place(feed, feed.stops[stop].id) for stop in served))

    @cached_property
    def planner(self) -> JourneyPlanner:
        """For journeys with changes; made when the first service asks for them."""
        return JourneyPlanner(self.feed, within_s=_LONGEST_SEARCH_S)

    def live(self, told: LiveTrips) -> LiveTrips:
        """How these lines run by what is known of the whole feed."""
        of, live = self._live
        if told is not of:
            live = replace(told, feed=self.feed)
            self._live = told, live
        return live

    def journeys(self, query: Query, within_s: int, told: LiveTrips) -> Iterable[Journey]:
        """As they run in fact: without a change every ride that takes ``within_s`` at most, with changes those of which none is better in
        everything.
        """
        live = self.live(told)
        if query.most_changes:
            live.lay_over(self.planner)
            return self.planner.journeys(query)
        if query.arrive_by:
            return _direct(live, self.feed, query, (query.earliest_s - within_s, query.latest_s))
        return _direct(live, self.feed, query, (query.earliest_s, query.latest_s + within_s))


@kept_with_network
def ordinary_lines(network: Network, bookable: frozenset[LineRules]) -> OrdinaryLines | None:
    """Kept for the networks in use."""
    return None if network.feed is None else OrdinaryLines(network.feed, bookable)


def bookable_lines(services: Iterable[Service]) -> frozenset[LineRules]:
    """Lines that are themselves services."""
    return frozenset(service.line for service in services if service.line is not None)


def _without_bookable(feed: Feed, bookable: frozenset[LineRules]) -> Feed:
    """The same feed, its arrays shared; where something must be booked nobody boards or alights."""
    timetable = feed.timetable
    pickup, dropoff = timetable.halt_pickup.copy(), timetable.halt_dropoff.copy()
    booked = np.zeros(feed.trip_table.height, np.bool_)
    routes, trip_ids = feed.trip_table["route"].to_numpy(), feed.trip_table["id"]
    for line in bookable:
        of_line = routes == feed.route_number(line.route_id)
        booked |= of_line & trip_ids.is_in(list(line.only_trip_ids)).to_numpy() if line.only_trip_ids else of_line
    for types in (pickup, dropoff):
        types[booked[timetable.halt_trip] | (types == _MUST_BE_BOOKED)] = NO_PICKUP
    ordinary = copy.copy(feed)
    ordinary.timetable = replace(timetable, halt_pickup=pickup, halt_dropoff=dropoff)
    return ordinary


def _direct(live: LiveTrips, feed: Feed, query: Query, within: tuple[int, int]) -> Iterator[Journey]:
    """Every ride without a change between these stops that lies within these times."""
    to, onwards = ({reach.stop_id: reach for reach in reaches} for reaches in (query.access, query.egress))
    for ride in live.direct_journeys(list(to), list(onwards), query.day, *within):
        trip = feed.trip_number(ride.trip_id)
        if ride.from_stop_id not in to or ride.to_stop_id not in onwards or trip is None:
            continue  # another stop of the same station, or a trip beside the timetable: in doubt for the rider
        if query.wheelchair and not _takes_wheelchair(feed, ride):
            continue
        access, egress = to[ride.from_stop_id], onwards[ride.to_stop_id]
        halts = ((ride.from_stop_id, ride.departure_s, ride.departure_s), (ride.to_stop_id, ride.arrival_s, ride.arrival_s))
        leg = feed.transit_leg(trip, halts)
        yield Journey(ride.departure_s - access.seconds, ride.arrival_s + egress.seconds, (leg,), access, egress)


def _takes_wheelchair(feed: Feed, ride: DirectJourney) -> bool:
    """Whether the feed says so of the vehicle and of both stops."""
    stops = [feed.find_stop(stop_id) for stop_id in (ride.from_stop_id, ride.to_stop_id)]
    return ride.wheelchair is True and all(stop is not None and stop.wheelchair is True for stop in stops)


@dataclass(frozen=True, slots=True)
class LineFinder:
    """Journeys by ordinary lines from door to door; walks along streets and paths."""

    network: Network
    lines: OrdinaryLines
    _known: dict[tuple[Place, int], Ways] = field(default_factory=dict, repr=False, compare=False)

    def on_foot(self, request: RideRequest, foot: OnFoot, span: Span, rule: ParallelRule) -> list[LineJourney]:
        """Journeys whose first and last stop this rider can walk to."""
        access, egress = (self._walks(end, foot.limit_m) for end in (request.origin, request.destination))
        if access.keys() & egress.keys():
            return []  # who walks to the same stop from both ends needs no line
        return self._find(access, egress, foot, span, rule)

    def by_ride(self, service: Service, request: RideRequest, foot: OnFoot, span: Span) -> list[LineJourney]:
        """Journeys whose first stop is too far to walk but on the way: not half as far as the goal."""
        egress = self._walks(request.destination, foot.limit_m)
        near = self.lines.index.nearby(request.origin, crow_fly_m(request.origin, request.destination) / 2)
        stops = [stop for stop in near if stop.stop_id not in egress][:_STOPS_LED_TO]
        if not egress or not stops:
            return []
        drives = self.network.streets.matrix(_points([request.origin]), _points(stops))
        access = {
            stop.stop_id or "": (int(metres), int(seconds) + CHANGE_S)
            for stop, metres, seconds in zip(stops, drives.metres[0], drives.seconds[0], strict=True)
            if seconds < FOREVER and metres > foot.limit_m
        }
        found = self._find(access, egress, foot, span, service.parallel)
        return [replace(one, by_ride=True) for one in found]

    def _walks(self, place: Place, limit_m: int) -> Ways:
        """To the stops that lie so near on foot; the same ends are asked for again and again while a wish is answered."""
        ways = self._known.get((place, limit_m))
        if ways is None:
            ways = self._known[place, limit_m] = self._ways(place, limit_m)
        return ways

    def _ways(self, place: Place, limit_m: int) -> Ways:
        near = self.lines.index.nearby(place, limit_m)
        if not near:
            return {}
        walks = self.network.streets.walk_metres(_points([place])[0], _points(near), limit_m)
        return {stop.stop_id or "": (int(walk), -1) for stop, walk in zip(near, walks, strict=True) if walk <= limit_m}

    def _find(self, access: Ways, egress: Ways, foot: OnFoot, span: Span, rule: ParallelRule) -> list[LineJourney]:
        if not access or not egress:
            return []
        zone = self.lines.feed.timezone
        day = span.latest.astimezone(zone).date()
        query = Query(
            access=_reaches(access, foot),
            egress=_reaches(egress, foot),
            day=day,
            earliest_s=seconds_of(span.earliest, day, zone),
            latest_s=seconds_of(span.latest, day, zone),
            arrive_by=span.arrives,
            most_changes=rule.max_changes,
            wheelchair=foot.wheelchair,
        )
        return [
            self._told(one, query, (access, egress))
            for one in self.lines.journeys(query, rule.max_journey_s, self.network.live)
            if one.arrival_s - one.departure_s <= rule.max_journey_s and _can_change(one, foot)
        ]

    def _told(self, found: Journey, query: Query, ways: tuple[Ways, Ways]) -> LineJourney:
        def at(seconds: int) -> datetime:
            return moment(query.day, seconds, self.lines.feed.timezone).astimezone(UTC)

        rides: list[LineRide] = []
        for leg in found.legs:
            if isinstance(leg, TransitLeg):
                ride = self._ride(leg, at)
                if leg.stays:  # the same vehicle under another number
                    ride = replace(rides.pop(), alight=ride.alight, arrives=ride.arrives)
                rides.append(ride)
        return LineJourney(
            rides=tuple(rides),
            leaves=at(found.departure_s),
            arrives=at(found.arrival_s),
            to_stop_m=ways[0][found.access.stop_id][0],
            from_stop_m=ways[1][found.egress.stop_id][0],
        )

    def _ride(self, leg: TransitLeg, at: Callable[[int], datetime]) -> LineRide:
        feed = self.lines.feed
        return LineRide(
            route_id=leg.route_id,
            trip_id=leg.trip_id,
            agency=agency_of(feed, leg.route_id),
            line=leg.route_short_name,
            route_type=leg.route_type,
            headsign=leg.headsign,
            board=feed_place(feed, leg.halts[0][0]),
            departs=at(leg.departure_s),
            alight=feed_place(feed, leg.halts[-1][0]),
            arrives=at(leg.arrival_s),
        )


def _points(places: Sequence[Place]) -> NDArray[np.float64]:
    return np.array([(place.lon, place.lat) for place in places])


def _reaches(ways: Ways, foot: OnFoot) -> list[Reach]:
    return [Reach(stop_id, foot.seconds(metres) if seconds < 0 else seconds) for stop_id, (metres, seconds) in ways.items()]


def _can_change(journey: Journey, foot: OnFoot) -> bool:
    """Whether this rider can walk as far between two lines, at this pace; in doubt not."""
    walks = [leg for leg in journey.legs if isinstance(leg, FootLeg)]
    return all((leg.arrival_s - leg.departure_s) * WALK_M_PER_S <= foot.limit_m for leg in walks) and (
        foot.m_per_s >= WALK_M_PER_S or not walks
    )


def feed_place(feed: Feed, stop_id: str) -> Place:
    """A stop of the feed as a place.

    Raises:
        KeyError: it has none of this id.
    """
    stop = feed.find_stop(stop_id)
    if stop is None:
        raise KeyError(stop_id)
    return Place(stop.lon, stop.lat, stop.name, stop.id)


def agency_of(feed: Feed, route_id: str) -> str:
    """Name of the agency that runs a line; the feed's only one where the line names none."""
    route = feed.find_route(route_id)
    named = {agency.id: agency.name for agency in feed.agencies}
    first = feed.agencies[0].name if feed.agencies else ""
    return first if route is None or route.agency is None else named.get(route.agency, first)


def ordinary_offer(line: LineJourney) -> Offer:
    """The answer "the ordinary bus already takes you there"; nothing to book."""
    return Offer(
        id="",
        kind=OfferKind.ORDINARY_LINE,
        service_id=line.first.route_id,
        service_name=", ".join(f"{ride.line} → {ride.headsign}".strip(" →") for ride in line.rides),
        carrier=line.first.agency,
        carrier_telephone="",
        legal_basis=LegalBasis.LINE,
        acceptance=Acceptance.ROSTERED,
        driver_kind="staff",
        pickup=line.first.board,
        dropoff=line.last.alight,
        pickup_window=Window(line.first.departs, line.first.departs),
        dropoff_window=Window(line.last.arrives, line.last.arrives),
        walk_to_pickup_m=0 if line.by_ride else line.to_stop_m,
        walk_from_dropoff_m=line.from_stop_m,
        price_cents=None,
        line=line,
    )


def to_the_stop(request: RideRequest, line: LineJourney) -> RideRequest:
    """The wish for the ride that leads to a line."""
    by = line.first.departs - timedelta(seconds=CHANGE_S)
    return replace(request, destination=line.first.board, depart_after=None, arrive_by=by)
