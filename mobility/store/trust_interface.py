"""What a transaction knows of whom riders trust; part of :class:`mobility.store.interface.Transaction`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from mobility.domain.accounts import Actor
from mobility.domain.trust import ArrivalContact, BookingConsent


class TrustTransaction(Protocol):
    """Who may book for a rider, and who hears that the rider has arrived."""

    def save_booking_consent(self, consent: BookingConsent) -> None:
        """Add or replace."""
        ...

    def lock_booking_consent(self, actor: Actor, consent_id: str) -> BookingConsent:
        """Locked until the end of the transaction: withdrawn once."""
        ...

    def list_booking_consents(self, actor: Actor, rider_id: str) -> list[BookingConsent]:
        """Of one rider, in the order they were recorded, those that have ended too."""
        ...

    def delete_ended_consents(self, agency_id: str, before: datetime, limit: int) -> int:
        """Forget those that were withdrawn or ended before then; how many."""
        ...

    def save_arrival_contact(self, contact: ArrivalContact) -> None:
        """Add or replace."""
        ...

    def find_arrival_contact(self, actor: Actor, contact_id: str) -> ArrivalContact | None: ...
    def list_arrival_contacts(self, actor: Actor, rider_id: str) -> list[ArrivalContact]:
        """Of one rider, in the order they were recorded."""
        ...

    def delete_arrival_contact(self, actor: Actor, contact_id: str) -> None:
        """Nothing happens when there is none that the actor may see."""
        ...
