"""Decisions, bookings with their legs, and idempotency keys in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, cast, delete, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.hand_actions import HandAction
from mobility.domain.requests import Decision
from mobility.errors import ConflictError, NotFoundError, StaleBookingError
from mobility.store import tables as t
from mobility.store.changes import Topic
from mobility.store.codec import Row, to_row
from mobility.store.interface import StoredAnswer
from mobility.store.invariants import check_legs
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows, among, children
from mobility.store.postgres_visibility import is_near, visible
from mobility.store.visibility import Noun, Sight, scope, shown, shown_booking

_LEG_FIELDS = [t.leg.c[field.name] for field in fields(Leg)]


def whole_bookings() -> Select[Any]:
    return select(t.booking, children(_LEG_FIELDS, t.leg.c.position, t.leg.c.booking_id == t.booking.c.id).label("legs"))


class DecisionRows(Rows):
    """The stored answer to every request."""

    def add_decision(self, decision: Decision) -> None:
        self._add_new(t.decision, to_row(decision, t.decision) | {"rider_id": decision.request.rider_id})

    def get_decision(self, actor: Actor, decision_id: str) -> Decision:
        wanted = select(t.decision).where(visible(actor, Noun.DECISION), t.decision.c.id == decision_id)
        return shown(self._get(Decision, wanted, f"decision {decision_id}"), scope(actor, Noun.DECISION))

    def list_decisions(self, actor: Actor, since: datetime, until: datetime | None = None) -> list[Decision]:
        wanted = select(t.decision).where(visible(actor, Noun.DECISION), t.decision.c.made_at >= since).order_by(t.decision.c.id)
        if until is not None:
            wanted = wanted.where(t.decision.c.made_at < until)
        what = scope(actor, Noun.DECISION)
        return [shown(decision, what) for decision in self._list(Decision, wanted)]


class BookingRows(Rows):
    """Accepted offers and their legs."""

    def add_booking(self, booking: Booking) -> None:
        check_legs(booking)
        self._add_new(t.booking, to_row(booking, t.booking))
        self._add_legs(booking)

    def save_booking(self, booking: Booking) -> None:
        check_legs(booking)
        same = (t.booking.c.id == booking.id) & (t.booking.c.agency_id == booking.agency_id)
        before = t.booking.c.revision == booking.revision - 1
        with translated():
            done = self._connection.execute(update(t.booking).where(same, before).values(to_row(booking, t.booking)))
            exists = done.rowcount == 1 or self._connection.execute(select(t.booking.c.id).where(same)).first() is not None
        if not exists:
            raise NotFoundError(f"booking {booking.id}: not found")
        if done.rowcount == 0:
            raise StaleBookingError(f"booking {booking.id}: changed meanwhile")
        with translated():
            self._connection.execute(delete(t.leg).where(t.leg.c.booking_id == booking.id))
        self._add_legs(booking)

    def _add_legs(self, booking: Booking) -> None:
        self._changed.add(Topic.of_booking(booking.agency_id, booking.id))
        rows = [leg_row(booking, position, leg) for position, leg in enumerate(booking.legs)]
        if rows:
            with self._savepoint():
                self._connection.execute(insert(t.leg).returning(t.leg.c.position), rows)

    def get_booking(self, actor: Actor, booking_id: str) -> Booking:
        return self._shown_bookings(actor, [self._whole(actor, booking_id)])[0]

    def _whole(self, actor: Actor, booking_id: str) -> Booking:
        wanted = whole_bookings().where(visible(actor, Noun.BOOKING), t.booking.c.id == booking_id)
        return self._get(Booking, wanted, f"booking {booking_id}")

    def lock_booking(self, actor: Actor, booking_id: str) -> Booking:
        row = select(t.booking.c.id).where(visible(actor, Noun.BOOKING), t.booking.c.id == booking_id)
        with translated():
            self._connection.execute(row.with_for_update(key_share=True, of=t.booking)).all()
        return self._whole(actor, booking_id)

    def list_bookings(self, actor: Actor, rider_id: str | None = None) -> list[Booking]:
        wanted = whole_bookings().where(visible(actor, Noun.BOOKING)).order_by(t.booking.c.id)
        return self._shown_bookings(
            actor, self._list(Booking, wanted if rider_id is None else wanted.where(t.booking.c.rider_id == rider_id))
        )

    def list_bookings_of_legs(self, actor: Actor, leg_ids: Collection[str]) -> list[Booking]:
        of_legs = t.booking.c.id.in_(select(t.leg.c.booking_id).where(among(t.leg.c.id, leg_ids)))
        found = self._list(Booking, whole_bookings().where(visible(actor, Noun.BOOKING), of_legs).order_by(t.booking.c.id))
        return self._shown_bookings(actor, found)

    def _shown_bookings(self, actor: Actor, bookings: list[Booking]) -> list[Booking]:
        what = scope(actor, Noun.BOOKING)
        near: set[str] = set()
        if what.sight is Sight.OWN_DRIVER and bookings:
            wanted = select(t.leg.c.id).where(is_near(what), among(t.leg.c.booking_id, [booking.id for booking in bookings]))
            with translated():
                near = set(self._connection.execute(wanted).scalars())
        return [shown_booking(booking, what, near) for booking in bookings]

    def list_bookings_nowhere(self, actor: Actor) -> list[Booking]:
        nowhere = t.leg.c.state.in_([LegState.IN_RESCUE.value, LegState.WAITING_LIST.value])
        of_legs = t.booking.c.id.in_(select(t.leg.c.booking_id).where(t.leg.c.agency_id == actor.agency_id, nowhere))
        return self._list(Booking, whole_bookings().where(visible(actor, Noun.BOOKING), of_legs).order_by(t.booking.c.id))

    def list_bookings_to_settle(self, before: datetime) -> list[Booking]:
        waiting = (t.leg.c.state != LegState.CLOSED.value) & (t.leg.c.answer_by <= before)
        of_legs = t.booking.c.id.in_(select(t.leg.c.booking_id).where(waiting))
        return self._list(Booking, whole_bookings().where(of_legs).order_by(t.booking.c.id))

    def list_bookings_to_call(self, before: datetime) -> list[Booking]:
        of_legs = t.booking.c.id.in_(select(t.leg.c.booking_id).where(t.leg.c.call_by <= before))
        return self._list(Booking, whole_bookings().where(of_legs).order_by(t.booking.c.id))

    def list_journeys(self, since: datetime, until: datetime) -> list[Booking]:
        stands = t.leg.c.outcome.is_distinct_from(Outcome.CANCELLED.value) & t.leg.c.pickup_earliest.between(since, until)
        of_legs = t.booking.c.id.in_(select(t.leg.c.booking_id).where(stands))
        by_train = t.booking.c.journeys != cast([], JSONB)
        return self._list(Booking, whole_bookings().where(by_train, of_legs).order_by(t.booking.c.id))


def leg_row(booking: Booking, position: int, leg: Leg) -> Row:
    return to_row(leg, t.leg) | {
        "agency_id": booking.agency_id,
        "booking_id": booking.id,
        "position": position,
        "pickup_point": leg.pickup,
        "dropoff_point": leg.dropoff,
        "pickup_earliest": leg.pickup_window.earliest,
    }


class HandRows(Rows):
    """What dispatchers did by hand."""

    def save_hand_action(self, action: HandAction) -> None:
        self._save(t.hand_action, to_row(action, t.hand_action))

    def find_last_hand_action(self, actor: Actor) -> HandAction | None:
        table = t.hand_action
        own = (table.c.agency_id == actor.agency_id) & (table.c.account_id == actor.account_id)
        return self._find(HandAction, select(table).where(own).order_by(table.c.at.desc(), table.c.id.desc()).limit(1))


class KeyRows(Rows):
    """Idempotency: the first answer to a key is the answer."""

    def claim_key(self, account_id: str, key: str, fingerprint: str) -> StoredAnswer | None:
        agency = select(t.account.c.agency_id).where(t.account.c.id == account_id).scalar_subquery()
        row = {"account_id": account_id, "key": key, "fingerprint": fingerprint, "agency_id": agency}
        if self._add(t.idempotency_key, row):
            return None
        table = t.idempotency_key
        found = self._find(StoredAnswer, select(table).where(table.c.account_id == account_id, table.c.key == key))
        if found is None:  # its transaction was undone between the two statements
            return self.claim_key(account_id, key, fingerprint)
        return found

    def store_answer(self, account_id: str, key: str, answer: StoredAnswer) -> None:
        table = t.idempotency_key
        same = (table.c.account_id == account_id) & (table.c.key == key)
        with translated():
            done = self._connection.execute(update(table).where(same).values(to_row(answer, table)))
        if done.rowcount == 0:
            raise ConflictError("idempotency key: not claimed")
