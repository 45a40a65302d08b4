"""Whom riders trust, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, or_, select

from mobility.domain.accounts import Actor
from mobility.domain.trust import ArrivalContact, BookingConsent
from mobility.store import desk_tables as d
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun


class TrustRows(Rows):
    """Who may book for a rider, and who hears of an arrival."""

    def save_booking_consent(self, consent: BookingConsent) -> None:
        self._save(d.booking_consent, to_row(consent, d.booking_consent))

    def lock_booking_consent(self, actor: Actor, consent_id: str) -> BookingConsent:
        wanted = _consents(actor).where(d.booking_consent.c.id == consent_id).with_for_update()
        return self._get(BookingConsent, wanted, f"booking consent {consent_id}")

    def list_booking_consents(self, actor: Actor, rider_id: str) -> list[BookingConsent]:
        wanted = _consents(actor).where(d.booking_consent.c.rider_id == rider_id)
        return self._list(BookingConsent, wanted.order_by(d.booking_consent.c.recorded_at, d.booking_consent.c.id))

    def delete_ended_consents(self, agency_id: str, before: datetime, limit: int) -> int:
        given = d.booking_consent.c
        ended = or_(given.withdrawn_at < before, given.until < before)
        some = select(given.id).where(given.agency_id == agency_id, ended).limit(limit)
        with translated():
            return int(self._connection.execute(delete(d.booking_consent).where(given.id.in_(some))).rowcount)

    def save_arrival_contact(self, contact: ArrivalContact) -> None:
        self._save(d.arrival_contact, to_row(contact, d.arrival_contact))

    def find_arrival_contact(self, actor: Actor, contact_id: str) -> ArrivalContact | None:
        return self._find(ArrivalContact, _contacts(actor).where(d.arrival_contact.c.id == contact_id))

    def list_arrival_contacts(self, actor: Actor, rider_id: str) -> list[ArrivalContact]:
        wanted = _contacts(actor).where(d.arrival_contact.c.rider_id == rider_id)
        return self._list(ArrivalContact, wanted.order_by(d.arrival_contact.c.recorded_at, d.arrival_contact.c.id))

    def delete_arrival_contact(self, actor: Actor, contact_id: str) -> None:
        gone = delete(d.arrival_contact).where(visible(actor, Noun.ARRIVAL_CONTACT), d.arrival_contact.c.id == contact_id)
        with translated():
            self._connection.execute(gone)


def _consents(actor: Actor) -> Select[Any]:
    return select(d.booking_consent).where(visible(actor, Noun.BOOKING_CONSENT))


def _contacts(actor: Actor) -> Select[Any]:
    return select(d.arrival_contact).where(visible(actor, Noun.ARRIVAL_CONTACT))
