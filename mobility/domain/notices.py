"""Messages to people, written in the transaction that caused them and sent after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    BOOKED = "booked"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    CANCELLED = "cancelled"
    NARROWED = "narrowed"
    DELAYED = "delayed"
    CHANGED = "changed"
    RESCUED = "rescued"
    IN_RESCUE = "in_rescue"
    RIDE_ASKED = "ride_asked"
    RUN_CHANGED = "run_changed"
    DESK_TASK = "desk_task"
    CARRIED_ON = "carried_on"
    DRIVER_REPORT = "driver_report"
    DRIVER_MISSING = "driver_missing"
    SIGN_IN_CODE = "sign_in_code"
    NO_CALL = "no_call"
    RETURN_UNCLEAR = "return_unclear"
    STANDING_UNMET = "standing_unmet"
    STANDING_WARNED = "standing_warned"
    STANDING_ENDED = "standing_ended"
    WAITED_FOR = "waited_for"
    WAITED_IN_VAIN = "waited_in_vain"
    CONNECTION = "connection"
    CONNECTION_LOST = "connection_lost"
    TAXI = "taxi"
    TRAIN_PROPOSED = "train_proposed"
    TIMETABLE_CHANGED = "timetable_changed"
    WISH_STUCK = "wish_stuck"
    CREDENTIAL_ENDS = "credential_ends"
    CREDENTIAL_TASK = "credential_task"
    ARRIVED = "arrived"
    DUTY_ASKED = "duty_asked"
    DUTY_OPEN = "duty_open"
    MISSED_CALL = "missed_call"


ABOUT_WISHES = (
    NoticeKind.STANDING_UNMET,
    NoticeKind.STANDING_WARNED,
    NoticeKind.STANDING_ENDED,
    NoticeKind.WAITED_IN_VAIN,
    NoticeKind.WISH_STUCK,
)
"""Are about what somebody wished for, not about a ride that there is."""

ABOUT_CREDENTIALS = (NoticeKind.CREDENTIAL_ENDS, NoticeKind.CREDENTIAL_TASK)
"""Are about what a driver has to show, to the driver and to the desk."""

ABOUT_DUTIES = (NoticeKind.DUTY_ASKED, NoticeKind.DUTY_OPEN)
"""Are about a duty that nobody holds, to a driver on stand-by and to the desk."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one rider or driver, or a task for the desk (``to_rider_id`` and ``to_driver_id`` both None). A one-time code
    (``code_id``) goes to the telephone number it was asked for. ``decision_id`` and ``standing_order_id`` name a wish;
    ``to_contact_id`` somebody whom the rider of the booking wants to be told.

    ``created_at`` lies ahead when nobody is to be told before (at night). Holds ids and times, never names: the text is made when it is sent. ``key`` makes it unique, so nothing is told twice.
    """

    id: str
    agency_id: str
    key: str
    kind: NoticeKind
    created_at: datetime
    booking_id: str | None = None
    run_id: str | None = None
    to_rider_id: str | None = None
    to_driver_id: str | None = None
    delay_s: int | None = None
    sent_at: datetime | None = None
    attempts: int = 0
    code_id: str | None = None
    decision_id: str | None = None
    standing_order_id: str | None = None
    about_driver_id: str | None = None
    to_contact_id: str | None = None
