"""Whom a rider trusts: with booking for them, with hearing that they have arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mobility.domain.riders import Channel


class ConsentGiven(StrEnum):
    """How a rider has said yes."""

    TELEPHONE = "telephone"
    IN_WRITING = "in_writing"
    IN_PERSON = "in_person"


@dataclass(frozen=True, slots=True)
class BookingConsent:
    """A rider's recorded yes to being booked for by ``helper`` (a relative, a surgery, a parish office): who signs in as ``account_id``, who is
    the rider ``helper_rider_id``, or, without either, who asks the desk. ``recorded_by`` and ``withdrawn_by`` are account ids; it
    holds before ``until`` (None: until it is withdrawn).
    """

    id: str
    agency_id: str
    rider_id: str
    helper: str
    given: ConsentGiven
    recorded_at: datetime
    recorded_by: str
    account_id: str | None = None
    helper_rider_id: str | None = None
    telephone: str = ""
    until: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""

    def is_for(self, account_id: str, rider_id: str | None) -> bool:
        """Whether whoever signs in so is the helper."""
        return self.account_id == account_id or (bool(rider_id) and self.helper_rider_id == rider_id)

    def holds(self, now: datetime) -> bool:
        """Whether it has neither ended nor been withdrawn."""
        return self.withdrawn_at is None and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class ArrivalContact:
    """Somebody whom a rider wants to be told "arrived safely" after each ride, by ``channel``. The rider has said so as ``given``;
    ``recorded_by`` is an account id.
    """

    id: str
    agency_id: str
    rider_id: str
    name: str
    channel: Channel
    given: ConsentGiven
    recorded_at: datetime
    recorded_by: str
    telephone: str = ""
    email: str = ""
    language: str = "de"
