"""Gather what an agency publishes: its services, what they use of the timetable, and how long rides have really taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gtfs.feed import Feed
from gtfs.nouns import Stop, TimetableTrip
from gtfs.writing import clock
from mobility.actions.context import Context
from mobility.actions.look_at_day import find_network
from mobility.actions.open_runs import trips_of_duty
from mobility.domain.accounts import Agency, system_actor
from mobility.domain.places import Place
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.errors import NotFoundError
from mobility.files.opening import duties_on, hours_on
from mobility.planning.access import in_zones
from mobility.publishing.calendars import days_between
from mobility.publishing.sources import DatedTrip, Measured, Offered, Source
from mobility.store.interface import Transaction

LEAST_RIDES = 60
"""Of fewer measured rides nothing is told: the 95th of 100 would be one person's, and chance."""
MONTHS_MEASURED = 3


def read_published(context: Context, tx: Transaction, agency_id: str) -> tuple[Agency, tuple[Service, ...], Feed | None]:
    """The agency, its services and the feed in use.

    Raises:
        NotFoundError: no such agency.
    """
    agency = tx.find_agency(agency_id)
    if agency is None:
        raise NotFoundError("no such agency")
    system = system_actor(agency_id)
    network = find_network(context, tx, system)
    return agency, tuple(tx.list_services(system)), None if network is None else network.feed


def span_published(agency: Agency, context: Context) -> tuple[date, date]:
    """From the first of this month on, a year: feeds made on two days of a month are the same."""
    today = context.clock().astimezone(ZoneInfo(agency.timezone)).date()
    first = today.replace(day=1)
    return first, first.replace(year=first.year + 1) - timedelta(days=1)


def gather_source(context: Context, agency: Agency, services: Sequence[Service], feed: Feed | None) -> Source:
    """Everything the feeds are made from. Services whose clocks are not those of the first service are left out: a feed has one zone."""
    first, last = span_published(agency, context)
    zones = [service.timezone for service in services]
    told = [service for service in services if service.timezone == zones[0]]
    measured = _measure(context, agency.id, told, first)
    offered = tuple(offered_of(service, feed, (first, last), measured.get(service.id)) for service in told)
    return Source(agency.id, agency.name, offered, first, last, context.public_url, () if feed is None else feed.prefixes)


def offered_of(service: Service, feed: Feed | None, span: tuple[date, date], measured: Measured | None) -> Offered:
    """One service with what it uses of the feed, for the service days of ``span``."""
    if feed is None:
        return Offered(service, measured=measured)
    trips = _dated_trips(service, feed, span) if service.line is not None else ()
    line = None if service.line is None else feed.find_route(service.line.route_id)
    halts = {halt[0] for dated in trips for halt in dated.trip.halts}
    return Offered(service, _stops(service, feed, halts), line, trips, measured)


def _stops(service: Service, feed: Feed, halts: Collection[str]) -> tuple[Stop, ...]:
    """Halts of its trips, the feed's stops in its zones when it uses them, those that its file names, and their stations."""
    named = {stop.stop_id for stop in service.stops}
    bounded = service.use_feed_stops and bool(service.zones)
    used = [
        stop
        for stop in feed.stops
        if stop.id in halts or stop.id in named or (bounded and in_zones(service, Place(stop.lon, stop.lat, stop.name, stop.id)))
    ]
    wanted = {stop.id for stop in used} | {stop.parent for stop in used}
    return tuple(stop for stop in feed.stops if stop.id in wanted)


def _dated_trips(service: Service, feed: Feed, span: tuple[date, date]) -> tuple[DatedTrip, ...]:
    """The trips its duties drive, by id and departure, with their days. Days on which the same of the line's calendars hold have the same trips."""
    found: dict[tuple[str, int], tuple[TimetableTrip, set[date]]] = {}
    calendars = _calendars_of_line(service, feed)
    seen: dict[tuple[str, bytes], list[TimetableTrip]] = {}
    for day in days_between(*span):
        if not hours_on(service, day):
            continue
        holding = feed.services.mask(day)[calendars].tobytes()
        for duty in duties_on(service, day):
            key = (duty.id, holding)
            if key not in seen:
                seen[key] = trips_of_duty(service, feed, day, duty)
            for trip in seen[key]:
                found.setdefault((trip.trip_id, trip.halts[0][2]), (trip, set()))[1].add(day)
    return tuple(_told_apart(feed, found))


def _calendars_of_line(service: Service, feed: Feed) -> NDArray[np.int64]:
    """Numbers of the feed's services (its calendars) that trips of the line run on."""
    line = None if service.line is None else service.line.route_id
    rows = [number for number, route in enumerate(feed.route_table["id"]) if route == line]
    used = feed.trip_table["service"].to_numpy()[np.isin(feed.trip_table["route"].to_numpy(), rows)]
    return np.unique(used[used >= 0]).astype(np.int64)


def _told_apart(feed: Feed, found: dict[tuple[str, int], tuple[TimetableTrip, set[date]]]) -> Iterator[DatedTrip]:
    wanted = {trip_id for trip_id, _ in found}
    rows = {trip_id: row for row, trip_id in enumerate(feed.trip_table["id"]) if trip_id in wanted}
    for trip_id, departures in groupby(sorted(found), key=lambda key: key[0]):
        first = feed.timetable.trip_first
        halts = slice(int(first[rows[trip_id]]), int(first[rows[trip_id] + 1]))
        kinds = zip(feed.timetable.halt_pickup[halts].tolist(), feed.timetable.halt_dropoff[halts].tolist(), strict=True)
        known, all_of = tuple(kinds), list(departures)
        for key in all_of:
            trip, dates = found[key]
            name = trip_id if len(all_of) == 1 else f"{trip_id}:{clock(key[1]).replace(':', '')}"
            yield DatedTrip(name, trip, known, frozenset(dates))


def _measure(context: Context, agency_id: str, services: Sequence[Service], until: date) -> dict[str, Measured]:
    """By service, of the last whole months' rides: how long they took beside the longest that was allowed. Nobody is named or counted out."""
    shares: dict[str, list[float]] = {service.id: [] for service in services if service.line is None}
    since = _months_before(until)
    with context.store.transaction() as tx:
        for day in days_between(since, until - timedelta(days=1)):
            for run in tx.list_runs(system_actor(agency_id), day, list(shares)):
                shares.setdefault(run.service_id, []).extend(_shares(run))
    return {
        service_id: Measured(_centile(found), len(found)) for service_id, found in shares.items() if len(found) >= LEAST_RIDES
    }


def _months_before(first: date) -> date:
    months = first.year * 12 + first.month - 1 - MONTHS_MEASURED
    return date(months // 12, months % 12 + 1, 1)


def _shares(run: Run) -> Iterator[float]:
    """Of each ride that was driven and reported at both ends: time aboard as a share of the longest allowed."""
    boarded = {visit.leg_id: visit.actual for visit in run.visits if visit.kind is VisitKind.PICKUP and visit.actual is not None}
    for visit in run.visits:
        begun = boarded.get(visit.leg_id)
        if visit.kind is VisitKind.DROPOFF and visit.actual is not None and begun is not None and visit.max_ride_s:
            yield (visit.actual - begun).total_seconds() / visit.max_ride_s


def _centile(found: Sequence[float]) -> float:
    """The least value that 95 of 100 do not exceed, rounded up to a hundredth."""
    ordered = sorted(found)
    at = ordered[-(-len(ordered) * 95 // 100) - 1]
    return -(-at * 100 // 1) / 100
