"""Quiet hours: what can wait is told afterwards; what cannot wait, and what would come too late, is not kept back in silence."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.accounts import system_actor
from mobility.domain.bookings import BY_MISSED_CALL, Booking, Leg, LegState
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.riders import QuietHours
from mobility.errors import NotFoundError
from mobility.notifications.facts import Recipient, Records

URGENT = frozenset(
    {
        NoticeKind.SIGN_IN_CODE,
        NoticeKind.DELAYED,
        NoticeKind.CHANGED,
        NoticeKind.RESCUED,
        NoticeKind.IN_RESCUE,
        NoticeKind.CARRIED_ON,
        NoticeKind.CONNECTION,
        NoticeKind.CONNECTION_LOST,
        NoticeKind.TAXI,
    }
)
"""Told in quiet hours too: somebody stands in the street, or is about to."""
_NO_RIDE = frozenset({NoticeKind.CANCELLED, NoticeKind.NOT_CONFIRMED})
"""Tell that a ride is not driven: it is closed by then, and somebody would wait for it all the same."""
_TO_GET_READY = timedelta(hours=1)
_USUAL_ZONE = "Europe/Berlin"


def rests_until(records: Records, notice: Notice, recipient: Recipient, now: datetime) -> datetime | None:
    """Until when a notice waits because its reader wants to be left in peace at ``now``; None when it need not."""
    if recipient.quiet is None or notice.kind in URGENT or _answers_a_call(records, notice):
        return None
    agency = records.find_agency(notice.agency_id)
    return quiet_until(recipient.quiet, now, ZoneInfo(agency.timezone if agency else _USUAL_ZONE))


def begins_before(records: Records, notice: Notice, moment: datetime) -> bool:
    """Whether a ride that the notice is about begins before then or within the hour after, so that waiting would be too long."""
    booking = _booking_of(records, notice)
    if booking is None:
        return False
    return any(_is_expected(leg, notice) and leg.pickup_window.earliest - _TO_GET_READY < moment for leg in booking.legs)


def _booking_of(records: Records, notice: Notice) -> Booking | None:
    if notice.booking_id is None:
        return None
    try:
        return records.get_booking(system_actor(notice.agency_id), notice.booking_id)
    except NotFoundError:
        return None


def _answers_a_call(records: Records, notice: Notice) -> bool:
    """Whether its reader has let it ring a moment before, and waits for this."""
    booking = _booking_of(records, notice) if notice.kind is NoticeKind.CONFIRMED else None
    return booking is not None and any(entry.by == BY_MISSED_CALL and entry.at == notice.created_at for entry in booking.history)


def _is_expected(leg: Leg, notice: Notice) -> bool:
    """Whether its reader may get ready for this ride."""
    if notice.kind in _NO_RIDE:
        return leg.pickup_window.earliest >= notice.created_at
    return leg.state is not LegState.CLOSED


def quiet_until(quiet: QuietHours, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that hold at ``now`` end; None when none do. Reckoned by the clock on the wall, also in a night of clock change."""
    local = now.astimezone(zone)
    at_s = (local.hour * 60 + local.minute) * 60 + local.second
    if quiet.start_s < quiet.end_s:
        return _at(local.date(), quiet.end_s, zone) if quiet.start_s <= at_s < quiet.end_s else None
    if at_s >= quiet.start_s:
        return _at(local.date() + timedelta(days=1), quiet.end_s, zone)
    return _at(local.date(), quiet.end_s, zone) if at_s < quiet.end_s else None


def _at(day: date, at_s: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(at_s // 3600, at_s // 60 % 60, at_s % 60), zone)
