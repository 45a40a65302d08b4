"""What a transaction can forget; part of :class:`mobility.store.interface.Transaction`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from mobility.domain.bookings import Booking
from mobility.domain.requests import Decision
from mobility.domain.riders import Rider


class PrivacyTransaction(Protocol):
    """Reading whole what is to be forgotten, and forgetting it. Whoever calls has made sure who asks."""

    def list_decisions_of(self, agency_id: str, rider_id: str) -> list[Decision]: ...
    def list_decisions_to_forget(self, agency_id: str, before: datetime, limit: int) -> list[Decision]:
        """Made before then and not forgotten, the oldest first."""
        ...

    def list_bookings_to_forget(self, agency_id: str, before: datetime, limit: int) -> list[Booking]:
        """All of whose legs are closed and were to end before then, and that are not forgotten, the oldest first."""
        ...

    def forget(self, bookings: Sequence[Booking], decisions: Sequence[Decision]) -> None:
        """Put these in the place of what there was, whatever revision that had, and note that they are forgotten. Visits of their legs take the
        legs' places; notices, idempotent answers and changes by hand that speak of them are deleted.
        """
        ...

    def delete_rider(self, rider: Rider) -> None:
        """With sign-ins, codes, notes, places, PIN, standing orders, whom they trust and notices. The logbook then names nobody."""
        ...

    def delete_old(self, agency_id: str, notices_before: datetime, answers_before: datetime, limit: int) -> int:
        """Delete sent notices, idempotent answers and changes by hand (as answers) made before then, one-time codes and sessions that ended
        before the answers' limit; how many, at most ``limit`` of each.
        """
        ...
