"""Which times would work instead of the wished one, on the same service day: exact for the runs as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from mobility.domain.requests import Reason, RideRequest, Window
from mobility.domain.services import Service
from mobility.planning.access import AccessPoint
from mobility.planning.loads import boarding_s
from mobility.planning.offering import Ends, at_published_times, wish_between
from mobility.planning.rules import bookable_windows, is_timetabled, openings, wished_time
from mobility.planning.searching import Plan, WantedRide, direct, longest_ride_s, request_of
from routing.travel import FOREVER


def other_times(service: Service, plan: Plan, ends: Ends, request: RideRequest) -> list[datetime]:
    """For each pair of access points the possible time nearest to the wished one, as the rider would wish it: when to leave or to
    arrive, with the walk.
    """
    return [
        moment for pair in product(ends.pickups, ends.dropoffs) if (moment := _nearest(service, plan, request, pair)) is not None
    ]


def _nearest(service: Service, plan: Plan, request: RideRequest, pair: tuple[AccessPoint, AccessPoint]) -> datetime | None:
    pickup, dropoff = pair
    leaves = request.depart_after is not None
    walk = timedelta(seconds=pickup.walk_s if leaves else -dropoff.walk_s)
    wished = plan.frame.scale.seconds(wished_time(request) + walk)
    found = [
        times.nearest(wished)
        for ride in _day_long(service, plan, request, pair)
        for times in plan.fleet.feasible_times(request_of(plan, ride), at_dropoff=not leaves)
    ]
    best = min(found, key=lambda second: (abs(second - wished), second), default=None)
    return None if best is None else plan.frame.scale.instant(best) - walk


def _day_long(service: Service, plan: Plan, request: RideRequest, pair: tuple[AccessPoint, AccessPoint]) -> Iterator[WantedRide]:
    """The ride with windows as wide as the service is open that day and can still be booked."""
    direct_s, _ = direct(plan, pair[0].place, pair[1].place, wished_time(request))
    if direct_s >= FOREVER:
        return
    aboard = timedelta(seconds=longest_ride_s(service, direct_s) + boarding_s(service, request.party, request.needs))
    day = wished_time(request).astimezone(ZoneInfo(service.timezone)).date()
    for opening in openings(service, day):
        bookable = bookable_windows(service, opening, plan.frame.now)
        for window in [] if isinstance(bookable, Reason) else bookable:
            ride = wish_between(service, request, pair, (window, Window(window.earliest, window.latest + aboard)), direct_s)
            yield from at_published_times(plan, ride) if is_timetabled(service) else [ride]
