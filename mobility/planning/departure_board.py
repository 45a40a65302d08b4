"""What leaves from a stop or a village: ordinary departures as they really run, and when on-demand rides can be had there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from gtfs.departures import Departure, departures, departures_of_day
from gtfs.feed import Feed
from gtfs.overlay import ON_DEMAND_LINES
from gtfs.service_days import moment, seconds_of
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.services import Service, ServiceForm
from mobility.planning.access import StopIndex, comes_to_door, in_zones, stop_index
from mobility.planning.live_trips import LiveTrips
from mobility.planning.network import Network, kept_with_network
from mobility.planning.place_search import clearly_meant, search
from mobility.planning.rules import is_timetabled, openings

MOST_DEPARTURES = 24
_ENOUGH = 6
_LATEST_LATE_S = 2 * 3600
_LOOKED_AHEAD_H = (3, 24, 96)
_VILLAGE_M = 1500.0
_MOST_STOPS = 12
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Leaving:
    """One departure as a board shows it: ``planned`` by timetable, ``expected`` as far as anybody has said (None: nobody), ``runs`` False when it is
    called off. ``to_book``: it runs only for who has booked; ``telephone`` is then where.
    """

    line: str
    route_type: int
    headsign: str
    stop: Place
    planned: datetime
    expected: datetime | None = None
    runs: bool = True
    to_book: bool = False
    telephone: str = ""
    wheelchair: bool | None = None

    @property
    def at(self) -> datetime:
        """When it really leaves."""
        return self.expected or self.planned


@dataclass(frozen=True, slots=True)
class RidesHere:
    """An on-demand service that halts here or fetches people from here: when it is open next, and the first time for which one can order now (None:
    not within a week). Where its vehicles are, and whether there is room, it does not say.
    """

    service: Service
    open_next: tuple[Window, ...]
    soonest: datetime | None


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """Stops that are looked at together, under the name one knows them by."""

    name: str
    stops: tuple[Place, ...]


def find_stop(network: Network | None, services: Sequence[Service], stop_id: str) -> BoardPlace | None:
    """The stop of this id with the others of its station; a service's own stop; None where nobody halts under it."""
    own = next((stop for service in services for stop in service.stops if stop.stop_id == stop_id), None)
    stop = None if network is None or network.feed is None else network.feed.find_stop(stop_id)
    if network is None or network.feed is None or stop is None:
        return None if own is None else BoardPlace(own.name, (own,))
    feed = network.feed
    numbers = feed.stop_numbers([stop.parent or stop.id])
    served = [feed.stops[number] for number in numbers if np.diff(feed.timetable.stop_first[number : number + 2])[0]]
    if not served and own is None:
        return None
    return BoardPlace(
        stop.name, tuple(Place(one.lon, one.lat, one.name, one.id) for one in served) or (own or _place(feed, stop_id),)
    )


def find_named(network: Network | None, services: Sequence[Service], name: str) -> BoardPlace | None:
    """The stops of a village, or those of this name; what a name that is not quite right clearly means."""
    if network is None:
        return None
    index, wanted = _stops(network), name.strip().casefold()
    village = next((one for one in network.streets.settlements if one.label.casefold() == wanted), None)
    if village is not None:
        near = index.nearby(Place(village.lon, village.lat), _VILLAGE_M)[:_MOST_STOPS]
        own = [stop for service in services for stop in service.stops if stop.village.casefold() == wanted]
        return BoardPlace(village.label, tuple({stop.stop_id: stop for stop in (*near, *own)}.values())) if near or own else None
    named = tuple(stop for stop in index.stops if stop.name.casefold() == wanted)
    if named:
        return BoardPlace(named[0].name, named)
    meant = clearly_meant(name, search(network, services, name))
    if meant is None or meant.label.casefold() == wanted:
        return None
    if meant.place.stop_id is not None:
        return find_stop(network, services, meant.place.stop_id)
    return find_named(network, services, meant.label) if meant.kind == "place" else None


@kept_with_network
def _stops(network: Network) -> StopIndex:
    """Where anything halts."""
    feed = network.feed
    if feed is None:
        return StopIndex(())
    served = np.flatnonzero(np.diff(feed.timetable.stop_first) > 0)
    return StopIndex(tuple(_place(feed, feed.stops[stop].id) for stop in served))


def _place(feed: Feed, stop_id: str) -> Place:
    stop = feed.find_stop(stop_id)
    if stop is None:
        raise KeyError(stop_id)
    return Place(stop.lon, stop.lat, stop.name, stop.id)


def leaving(network: Network, services: Sequence[Service], place: BoardPlace, now: datetime) -> list[Leaving]:
    """What leaves next, no more than :data:`MOST_DEPARTURES`; when nothing does within hours, of the days to come."""
    feed = network.feed
    if feed is None:
        return []
    day, ids = now.astimezone(feed.timezone).date(), [stop.stop_id for stop in place.stops if stop.stop_id]
    now_s, found = seconds_of(now, day, feed.timezone), list[Leaving]()
    for hours in _LOOKED_AHEAD_H:
        latest_s = now_s + hours * 3600
        added = [one for one in network.live.added_departures(ids, day) if one.departure_s <= latest_s]
        planned = [*departures(feed, ids, day, now_s - _LATEST_LATE_S, latest_s), *added]
        found = [one for one in _told(network, network.live, services, planned, day) if one.at >= now]
        if len(found) >= _ENOUGH:
            break
    return sorted(found, key=lambda one: one.planned)[:MOST_DEPARTURES]


def _told(
    network: Network, live: LiveTrips, services: Sequence[Service], planned: Sequence[Departure], day: date
) -> Iterator[Leaving]:
    called, feed = _telephones(network), network.feed
    if feed is None:
        return
    for one in planned:
        at = moment(day, one.departure_s, feed.timezone)
        ride = live.ride(one.trip_id, one.stop_id, one.last_stop_id, at) if live else None
        own = _own(services, one)
        to_book = one.must_be_booked or (own is not None and own.form is ServiceForm.TRIPS_IF_BOOKED)
        telephone = own.carrier.telephone if own is not None else called.get(one.route_id, "")
        yield Leaving(
            line=one.line,
            route_type=one.route_type,
            headsign=one.headsign,
            stop=_place(feed, one.stop_id),
            planned=at,
            expected=at + timedelta(seconds=ride.departs_late_s) if ride is not None and ride.runs else None,
            runs=ride is None or ride.runs,
            to_book=to_book,
            telephone=telephone if to_book else "",
            wheelchair=one.wheelchair,
        )


def _own(services: Sequence[Service], one: Departure) -> Service | None:
    """The service whose trip it is."""
    return next(
        (each for each in services if each.line and each.line.route_id == one.route_id and each.line.takes(one.trip_id)), None
    )


@kept_with_network
def _telephones(network: Network) -> dict[str, str]:
    """Where to order trips of a line that one must book, by route id: by the overlay's rule, else the company's number."""
    feed = network.feed
    if feed is None:
        return {}
    companies = {agency.id: agency.telephone for agency in feed.agencies}
    first = next(iter(companies.values()), "")
    told = {route.id: companies.get(route.agency or "", first) for route in feed.routes}
    rules = {row["booking_rule_id"]: row.get("phone_number") or "" for row in _rows(feed, "booking_rules.txt")}
    return told | {row["route_id"]: rules.get(row["booking_rule_id"], "") for row in _rows(feed, ON_DEMAND_LINES)}


def _rows(feed: Feed, name: str) -> list[dict[str, str]]:
    table = feed.tables.get(name)
    return [] if table is None else table.to_dicts()


def rides_here(network: Network | None, services: Sequence[Service], place: BoardPlace, now: datetime) -> list[RidesHere]:
    """On-demand services that can be had here, by name."""
    here = [service for service in services if any(_serves(service, network, stop) for stop in place.stops)]
    return [
        RidesHere(service, tuple(_open_next(service, now)), _soonest(service, now))
        for service in sorted(here, key=lambda one: one.name)
    ]


def _serves(service: Service, network: Network | None, stop: Place) -> bool:
    """By timetable where its trips halt, otherwise at its stops, or at every door of its area."""
    feed = None if network is None else network.feed
    if is_timetabled(service):
        return feed is not None and service.line is not None and _halts(feed, service.line.route_id, stop)
    if comes_to_door(service, origin=True):
        return in_zones(service, stop)
    stops = service.stops if network is None else stop_index(service, network).stops
    return any(one.stop_id == stop.stop_id for one in stops)


def _halts(feed: Feed, route_id: str, stop: Place) -> bool:
    table, route = feed.timetable, feed.route_number(route_id)
    routes = feed.trip_table["route"].to_numpy()
    return any(
        (routes[table.halt_trip[table.stop_halts[table.stop_first[number] : table.stop_first[number + 1]]]] == route).any()
        for number in feed.stop_numbers([stop.stop_id or ""])
    )


def _open_next(service: Service, now: datetime) -> list[Window]:
    """Of today and tomorrow, what is not over."""
    today = now.astimezone(ZoneInfo(service.timezone)).date()
    windows = {window for day in (today, today + timedelta(days=1)) for window in openings(service, day)}
    return sorted((window for window in windows if window.latest > now), key=lambda window: window.earliest)


def _soonest(service: Service, now: datetime) -> datetime | None:
    soonest = now + timedelta(seconds=service.booking.min_notice_s)
    first = soonest.astimezone(ZoneInfo(service.timezone)).date()
    days = [first + timedelta(days=ahead) for ahead in range(_WEEK)]
    starts = [max(window.earliest, soonest) for day in days for window in openings(service, day) if window.latest >= soonest]
    return min(starts, default=None)


@dataclass(frozen=True, slots=True)
class DaysAlike:
    """Service days of one week on which the same leaves, and what: (service-day seconds, departure)."""

    days: tuple[date, ...]
    departures: tuple[Leaving, ...]


def week(network: Network, services: Sequence[Service], place: BoardPlace, first: date) -> list[DaysAlike]:
    """By timetable everything that leaves on the seven service days from ``first``, days that are alike together."""
    feed = network.feed
    if feed is None:
        return []
    ids = [stop.stop_id for stop in place.stops if stop.stop_id]
    alike: dict[tuple[object, ...], list[date]] = {}
    told: dict[date, tuple[Leaving, ...]] = {}
    for day in (first + timedelta(days=ahead) for ahead in range(_WEEK)):
        planned = departures_of_day(feed, ids, day)
        told[day] = tuple(_told(network, LiveTrips(feed), services, planned, day))
        key = tuple((one.departure_s, one.line, one.headsign, one.must_be_booked) for one in planned)
        alike.setdefault(key, []).append(day)
    return [DaysAlike(tuple(days), told[days[0]]) for days in alike.values()]
