"""The waiting list: wishes for which there was no room, kept until there is some or it is too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mobility.domain.requests import RideRequest


class WaitingState(StrEnum):
    """What has become of a wish on the waiting list."""

    WAITING = "waiting"
    BOOKED = "booked"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class WaitingWish:
    """A wish that was refused for want of room. ``id`` is that of the refusal (``decision_id``), so nobody waits twice for the same.

    It is booked as soon as there is room, if the rider can be told before ``until``; then it is dropped with a word.
    """

    id: str
    agency_id: str
    rider_id: str
    decision_id: str
    request: RideRequest
    made_at: datetime
    until: datetime
    state: WaitingState = WaitingState.WAITING
    booking_id: str | None = None
