"""What a service's file allows: who, when, how far ahead. Pure functions of the service, the wish and the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.requests import Reason, RideRequest, Window
from mobility.domain.riders import LARGE_CHAIRS, Need
from mobility.domain.service_days import at
from mobility.domain.services import Service, ServiceForm
from mobility.files.opening import hours_on

_PLACE_NEEDS = frozenset({Need.DOOR_TO_DOOR})
"""Needs that are met by where the vehicle halts, not by vehicle or driver."""


def who_may_not(service: Service, request: RideRequest) -> Reason | None:
    """Why this rider cannot use the service at all, or None."""
    if service.eligible_groups and not service.eligible_groups & request.groups:
        return Reason.NOT_ELIGIBLE
    if not vehicle_needs(request) <= service.needs:
        return Reason.NEEDS_NOT_SERVED
    return None


def vehicle_needs(request: RideRequest) -> frozenset[Need]:
    """What vehicle or driver must offer; a party with a wheelchair place needs a vehicle for it."""
    needs = request.needs - _PLACE_NEEDS
    return needs | {Need.WHEELCHAIR} if request.party.wheelchairs or needs & LARGE_CHAIRS else needs


def wished_time(request: RideRequest) -> datetime:
    """The one time of a request, whichever end it is about."""
    wished = request.depart_after or request.arrive_by
    if wished is None:
        raise ValueError("a ride request has a time")
    return wished


def bookable_windows(service: Service, window: Window, now: datetime) -> list[Window] | Reason:
    """The parts of a pickup window that are open and can still be booked, or why there are none."""
    zone = ZoneInfo(service.timezone)
    if window.latest.astimezone(zone).date() > now.astimezone(zone).date() + timedelta(days=service.booking.max_days_ahead):
        return Reason.TOO_EARLY
    soonest = now + timedelta(seconds=service.booking.min_notice_s)
    if window.latest < soonest:  # nobody is late for what does not run at that time
        return Reason.TOO_LATE if window.latest < now or _open_parts(service, window) else Reason.NOT_OPEN
    return _open_parts(service, Window(max(window.earliest, soonest), window.latest)) or Reason.NOT_OPEN


def _open_parts(service: Service, asked: Window) -> list[Window]:
    parts = [
        Window(max(asked.earliest, opening.earliest), min(asked.latest, opening.latest))
        for opening in openings(service, asked.earliest.astimezone(ZoneInfo(service.timezone)).date())
    ]
    return [part for part in parts if part.earliest <= part.latest]


def why_no_runs(service: Service, request: RideRequest, now: datetime) -> Reason:
    """What a day without any run of the service means for this wish."""
    zone = ZoneInfo(service.timezone)
    day, today = wished_time(request).astimezone(zone).date(), now.astimezone(zone).date()
    if day < today:
        return Reason.TOO_LATE
    return Reason.TOO_EARLY if day > today + timedelta(days=service.booking.max_days_ahead) else Reason.NOT_OPEN


def openings(service: Service, day: date) -> list[Window]:
    """When the service runs around ``day``: its service day and the one before, whose hours may pass midnight."""
    zone = ZoneInfo(service.timezone)
    return [
        Window(at(each, hours.start_s, zone), at(each, hours.end_s, zone))
        for each in (day - timedelta(days=1), day)
        for hours in hours_on(service, each)
    ]


def is_timetabled(service: Service) -> bool:
    """Whether vehicles follow trips of the feed."""
    return service.form in (ServiceForm.LINE_WITH_DEVIATION, ServiceForm.TRIPS_IF_BOOKED)
