"""Whom riders trust, in memory."""

from __future__ import annotations

from datetime import datetime

from mobility.domain.accounts import Actor
from mobility.domain.trust import ArrivalContact, BookingConsent
from mobility.errors import NotFoundError
from mobility.store.memory_tables import Rows
from mobility.store.memory_visibility import seen
from mobility.store.visibility import Noun


class TrustRows(Rows):
    """Who may book for a rider, and who hears of an arrival."""

    def save_booking_consent(self, consent: BookingConsent) -> None:
        self._journal.refer(self._tables.riders, consent.rider_id, "consent's rider")
        if consent.account_id is not None:
            self._journal.refer(self._tables.accounts, consent.account_id, "consent's account")
        if consent.helper_rider_id is not None:
            self._journal.refer(self._tables.riders, consent.helper_rider_id, "consent's helper")
        self._save(self._tables.booking_consents, consent, "booking consent")

    def lock_booking_consent(self, actor: Actor, consent_id: str) -> BookingConsent:
        consent = self._tables.booking_consents.get(consent_id)
        if consent is None or not seen(self._tables, actor, Noun.BOOKING_CONSENT, [consent]):
            raise NotFoundError(f"booking consent {consent_id}: not found")
        return consent

    def list_booking_consents(self, actor: Actor, rider_id: str) -> list[BookingConsent]:
        own = (one for one in self._tables.booking_consents.values() if one.rider_id == rider_id)
        return sorted(seen(self._tables, actor, Noun.BOOKING_CONSENT, own), key=lambda one: (one.recorded_at, one.id))

    def delete_ended_consents(self, agency_id: str, before: datetime, limit: int) -> int:
        of_agency = (one for one in self._tables.booking_consents.values() if one.agency_id == agency_id)
        ended = [one.id for one in of_agency if _ended_before(one, before)][:limit]
        for consent_id in ended:
            self._journal.drop(self._tables.booking_consents, consent_id)
        return len(ended)

    def save_arrival_contact(self, contact: ArrivalContact) -> None:
        self._journal.refer(self._tables.riders, contact.rider_id, "contact's rider")
        self._save(self._tables.arrival_contacts, contact, "arrival contact")

    def find_arrival_contact(self, actor: Actor, contact_id: str) -> ArrivalContact | None:
        contact = self._tables.arrival_contacts.get(contact_id)
        return contact if contact is not None and seen(self._tables, actor, Noun.ARRIVAL_CONTACT, [contact]) else None

    def list_arrival_contacts(self, actor: Actor, rider_id: str) -> list[ArrivalContact]:
        own = (one for one in self._tables.arrival_contacts.values() if one.rider_id == rider_id)
        return sorted(seen(self._tables, actor, Noun.ARRIVAL_CONTACT, own), key=lambda one: (one.recorded_at, one.id))

    def delete_arrival_contact(self, actor: Actor, contact_id: str) -> None:
        if self.find_arrival_contact(actor, contact_id) is not None:
            self._journal.drop(self._tables.arrival_contacts, contact_id)


def _ended_before(consent: BookingConsent, before: datetime) -> bool:
    return any(end is not None and end < before for end in (consent.withdrawn_at, consent.until))
