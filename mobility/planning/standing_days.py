"""On which days a standing order is to be driven, and what is wished for then. Pure functions of the order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.fleet import Acceptance
from mobility.domain.requests import Decision, OfferKind, RideRequest
from mobility.domain.service_days import at
from mobility.domain.services import DayKind
from mobility.domain.standing_orders import DaysOff, StandingOrder
from mobility.files.opening import is_holiday, is_school_holiday

_WEEK = [kind for kind in DayKind if kind is not DayKind.HOLIDAY]


def wants(order: StandingOrder, day: date) -> bool:
    """Whether a ride is to be booked for this day."""
    if order.has_ended or day < order.first_day or (order.last_day is not None and day > order.last_day):
        return False
    if _WEEK[day.weekday()] not in order.days or any(pause.covers(day) for pause in order.pauses):
        return False
    return not rests_on(order, day)


def rests_on(order: StandingOrder, day: date) -> bool:
    """Whether the Land has a holiday that the order skips."""
    if DaysOff.PUBLIC_HOLIDAYS in order.days_off and is_holiday(order.land, day):
        return True
    return DaysOff.SCHOOL_HOLIDAYS in order.days_off and is_school_holiday(order.land, day)


def wanted_days(order: StandingOrder, first: date, last: date) -> Iterator[date]:
    """The days from ``first`` to ``last`` that are wanted."""
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    return (day for day in days if wants(order, day))


def wishes_on(order: StandingOrder, day: date, zone: ZoneInfo) -> list[RideRequest]:
    """The wish of one day, and the wish for the way back where there is one."""
    moment = at(day, order.at_s, zone)
    there = RideRequest(
        agency_id=order.agency_id,
        origin=order.origin,
        destination=order.destination,
        depart_after=None if order.arrives else moment,
        arrive_by=moment if order.arrives else None,
        party=order.party,
        needs=order.needs,
        rider_id=order.rider_id,
    )
    if order.back_s is None:
        return [there]
    back = RideRequest(
        agency_id=order.agency_id,
        origin=order.destination,
        destination=order.origin,
        depart_after=at(day, order.back_s, zone),
        arrive_by=None,
        party=order.party,
        needs=order.needs,
        rider_id=order.rider_id,
    )
    return [there, back]


def nearest_ride(decision: Decision) -> int | None:
    """The number of the offered ride nearest to the wish, one that is certain first; None when no ride was offered."""
    rides = [(number, offer) for number, offer in enumerate(decision.offers) if offer.kind is OfferKind.RIDE]
    by = decision.request.arrive_by
    ranked = sorted(
        (
            offer.acceptance is not Acceptance.ROSTERED,
            offer.pickup_window.earliest.timestamp() if by is None else -offer.dropoff_window.latest.timestamp(),
            number,
        )
        for number, offer in rides
    )
    return ranked[0][-1] if ranked else None
