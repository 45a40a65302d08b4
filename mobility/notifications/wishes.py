"""What notices about wishes tell: of a standing order, or of one day for which there is no ride."""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

from mobility.domain.accounts import Actor, Agency, system_actor
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Decision
from mobility.domain.service_days import format_time
from mobility.domain.services import DayKind, Service
from mobility.domain.standing_orders import EndCause, StandingOrder
from mobility.errors import NotFoundError
from mobility.notifications.texts import NoticeFacts, WishFacts

_REFERENCE_LENGTH = 6
_WEEK = [kind for kind in DayKind if kind is not DayKind.HOLIDAY]


class WishRecords(Protocol):
    """What messages about wishes need of a store's transaction."""

    def find_agency(self, agency_id: str) -> Agency | None: ...
    def get_decision(self, actor: Actor, decision_id: str) -> Decision: ...
    def get_standing_order(self, actor: Actor, order_id: str) -> StandingOrder: ...
    def list_services(self, actor: Actor) -> list[Service]: ...


def facts_of_wish(records: WishRecords, notice: Notice) -> NoticeFacts | None:
    """The facts, or None when the notice has lapsed: the order rests or has ended, or has not ended after all.

    Raises:
        NotFoundError: wish or service is gone.
    """
    system = system_actor(notice.agency_id)
    services, agency = records.list_services(system), records.find_agency(notice.agency_id)
    wish = notice.standing_order_id or notice.decision_id
    if not services or wish is None:
        raise NotFoundError(f"notice {notice.id}: names no wish")
    order = None if notice.standing_order_id is None else records.get_standing_order(system, notice.standing_order_id)
    decision = None if notice.decision_id is None else records.get_decision(system, notice.decision_id)
    if order is not None and not _holds(notice, order):
        return None
    carrier = services[0].carrier
    return NoticeFacts(
        zone=ZoneInfo(agency.timezone if agency else services[0].timezone),
        carrier=carrier.name,
        telephone=carrier.telephone,
        reference=wish[-_REFERENCE_LENGTH:].upper(),
        wish=_told(order, decision),
    )


def _holds(notice: Notice, order: StandingOrder) -> bool:
    if notice.kind is NoticeKind.STANDING_ENDED:
        return order.end_cause is EndCause.NO_SHOWS
    if notice.kind is NoticeKind.WISH_STUCK:
        return True  # what is given back after its end can be stuck too
    return not order.has_ended


def _told(order: StandingOrder | None, decision: Decision | None) -> WishFacts | None:
    if decision is not None:
        return _once(decision)
    return None if order is None else _weekly(order)


def _weekly(order: StandingOrder) -> WishFacts:
    weekdays = tuple(number for number, kind in enumerate(_WEEK) if kind in order.days)
    return WishFacts(order.origin.name, order.destination.name, clock=format_time(order.at_s), weekdays=weekdays)


def _once(decision: Decision) -> WishFacts:
    request = decision.request
    return WishFacts(request.origin.name, request.destination.name, request.depart_after or request.arrive_by)
