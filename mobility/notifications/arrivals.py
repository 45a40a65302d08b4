"""What "arrived safely" tells to whom the rider has named: that, and when. Not where: that would tell why somebody rides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from mobility.domain.accounts import Actor, Agency, system_actor
from mobility.domain.bookings import Booking, Outcome
from mobility.domain.notices import Notice
from mobility.domain.riders import Rider
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.domain.trust import ArrivalContact
from mobility.errors import NotFoundError
from mobility.notifications.texts import NoticeFacts

_REFERENCE_LENGTH = 6
_CLOCKS_DIFFER = timedelta(minutes=10)


class ArrivalRecords(Protocol):
    """What messages about arrivals need of a store's transaction."""

    def find_agency(self, agency_id: str) -> Agency | None: ...
    def find_arrival_contact(self, actor: Actor, contact_id: str) -> ArrivalContact | None: ...
    def get_booking(self, actor: Actor, booking_id: str) -> Booking: ...
    def get_rider(self, actor: Actor, rider_id: str) -> Rider: ...
    def get_run(self, actor: Actor, run_id: str) -> Run: ...
    def get_service(self, actor: Actor, service_id: str) -> Service: ...


def facts_of_arrival(records: ArrivalRecords, notice: Notice) -> NoticeFacts | None:
    """The facts, or None when the notice has lapsed: the report has been taken back, or the rider names this person no more.

    Raises:
        NotFoundError: ride or run is gone.
    """
    system = system_actor(notice.agency_id)
    if notice.booking_id is None or notice.run_id is None:
        raise NotFoundError(f"notice {notice.id}: names no ride")
    booking, run = records.get_booking(system, notice.booking_id), records.get_run(system, notice.run_id)
    contact = records.find_arrival_contact(system, notice.to_contact_id or "")
    arrived = _arrived(booking, run, notice.created_at)
    if contact is None or contact.rider_id != booking.rider_id or arrived is None:
        return None
    rider, agency = records.get_rider(system, booking.rider_id), records.find_agency(notice.agency_id)
    service = records.get_service(system, run.service_id)
    return NoticeFacts(
        zone=ZoneInfo(agency.timezone if agency else service.timezone),
        carrier=service.carrier.name,
        telephone=service.carrier.telephone,
        reference=booking.id[-_REFERENCE_LENGTH:].upper(),
        who=rider.name,
        arrived=arrived,
    )


def _arrived(booking: Booking, run: Run, told_at: datetime) -> datetime | None:
    """When the last ride on this run that had ended by then did."""
    ended = {leg.id for leg in booking.legs if leg.run_id == run.id and leg.outcome is Outcome.PERFORMED}
    times = (v.actual for v in run.visits if v.leg_id in ended and v.kind is VisitKind.DROPOFF and v.actual is not None)
    return max((at for at in times if at <= told_at + _CLOCKS_DIFFER), default=None)
