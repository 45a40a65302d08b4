"""Forgetting in PostgreSQL: riders erased, rides and answers made nobody's, what is old deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, exists, or_, select, tuple_, update

from mobility.domain.bookings import Booking, LegState
from mobility.domain.privacy import nobody_of
from mobility.domain.requests import Decision
from mobility.domain.riders import Rider
from mobility.domain.runs import VisitKind
from mobility.store import desk_tables as desk
from mobility.store import office_tables as office
from mobility.store import tables as t
from mobility.store import wish_tables as wishes
from mobility.store.codec import document, to_row
from mobility.store.postgres_bookings import leg_row, whole_bookings
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows, among


class PrivacyRows(Rows):
    """What is left of riders, and for how long."""

    def list_decisions_of(self, agency_id: str, rider_id: str) -> list[Decision]:
        own = (t.decision.c.agency_id == agency_id) & (t.decision.c.rider_id == rider_id)
        return self._list(Decision, select(t.decision).where(own).order_by(t.decision.c.made_at, t.decision.c.id))

    def list_decisions_to_forget(self, agency_id: str, before: datetime, limit: int) -> list[Decision]:
        old = (t.decision.c.agency_id == agency_id) & (t.decision.c.made_at < before) & ~t.decision.c.forgotten
        return self._list(Decision, select(t.decision).where(old).order_by(t.decision.c.made_at, t.decision.c.id).limit(limit))

    def list_bookings_to_forget(self, agency_id: str, before: datetime, limit: int) -> list[Booking]:
        latest = t.leg.c.dropoff_window["latest"].astext.cast(t.leg.c.pickup_earliest.type)
        open_still = (t.leg.c.booking_id == t.booking.c.id) & ((t.leg.c.state != LegState.CLOSED.value) | (latest >= before))
        old = (
            (t.booking.c.agency_id == agency_id)
            & (t.booking.c.created_at < before)
            & ~t.booking.c.forgotten
            & ~exists().where(open_still)
        )
        return self._list(Booking, whole_bookings().where(old).order_by(t.booking.c.created_at, t.booking.c.id).limit(limit))

    def forget(self, bookings: Sequence[Booking], decisions: Sequence[Decision]) -> None:
        with translated():
            for decision in decisions:
                row = to_row(decision, t.decision) | {"rider_id": decision.request.rider_id, "forgotten": True}
                self._connection.execute(update(t.decision).where(t.decision.c.id == decision.id).values(row))
            for booking in bookings:
                self._forget_booking(booking)
        booking_ids, decision_ids = [one.id for one in bookings], [one.id for one in decisions]
        self._delete(t.notice, or_(among(t.notice.c.booking_id, booking_ids), among(t.notice.c.decision_id, decision_ids)))
        self._delete(t.idempotency_key, among(t.idempotency_key.c.booking_id, booking_ids))
        for table in (wishes.standing_ride, wishes.waiting_wish):  # they lead from a rider to the ride
            self._delete(table, or_(among(table.c.booking_id, booking_ids), among(table.c.decision_id, decision_ids)))
        for leg in (leg for booking in bookings for leg in booking.legs):
            self._delete(office.hand_action, office.hand_action.c.legs.contains([{"id": leg.id}]))
            self._delete(office.hand_action, office.hand_action.c.runs.contains([{"visits": [{"leg_id": leg.id}]}]))

    def _forget_booking(self, booking: Booking) -> None:
        row = to_row(booking, t.booking) | {"forgotten": True}
        self._connection.execute(update(t.booking).where(t.booking.c.id == booking.id).values(row))
        for position, leg in enumerate(booking.legs):
            self._connection.execute(update(t.leg).where(t.leg.c.id == leg.id).values(leg_row(booking, position, leg)))
            for kind, place in ((VisitKind.PICKUP, leg.pickup), (VisitKind.DROPOFF, leg.dropoff)):
                same = (t.visit.c.leg_id == leg.id) & (t.visit.c.kind == kind.value)
                values = {
                    "place": document(place),
                    "point": place,
                    "party": document(booking.party),
                    "needs": [],
                    "company": None,
                }
                self._connection.execute(update(t.visit).where(same).values(values))

    def delete_rider(self, rider: Rider) -> None:
        account_ids = select(t.account.c.id).where(t.account.c.rider_id == rider.id, t.account.c.agency_id == rider.agency_id)
        codes = select(t.one_time_code.c.id).where(
            t.one_time_code.c.agency_id == rider.agency_id, t.one_time_code.c.telephone == (rider.telephone or None)
        )
        orders = select(wishes.standing_order.c.id).where(wishes.standing_order.c.rider_id == rider.id)
        notice = t.notice.c
        contacts = select(desk.arrival_contact.c.id).where(desk.arrival_contact.c.rider_id == rider.id)
        told = or_(
            notice.to_rider_id == rider.id,
            notice.code_id.in_(codes),
            notice.standing_order_id.in_(orders),
            notice.to_contact_id.in_(contacts),
        )
        self._delete(t.notice, told)
        self._delete(t.one_time_code, t.one_time_code.c.id.in_(codes))
        self._delete(t.idempotency_key, t.idempotency_key.c.account_id.in_(account_ids))
        with translated():
            self._connection.execute(update(desk.hold).where(desk.hold.c.rider_id == rider.id).values(rider_id=None))
            nobody, mine = nobody_of(rider.agency_id).id, t.logbook.c.agency_id == rider.agency_id
            self._connection.execute(update(t.logbook).where(mine, t.logbook.c.subject == rider.id).values(subject=nobody))
            self._connection.execute(
                update(t.logbook).where(mine, t.logbook.c.subject.in_(account_ids)).values(subject=nobody, note="")
            )
            self._connection.execute(update(t.logbook).where(mine, t.logbook.c.by.in_(account_ids)).values(by=nobody))
        self._delete(t.account, t.account.c.id.in_(account_ids))
        self._delete(t.rider, t.rider.c.id == rider.id)

    def delete_old(self, agency_id: str, notices_before: datetime, answers_before: datetime, limit: int) -> int:
        notice, key, hand, code, session = t.notice.c, t.idempotency_key.c, office.hand_action.c, t.one_time_code.c, t.session.c
        return sum(
            (
                self._delete_some(t.notice, agency_id, notice.sent_at.is_not(None) & (notice.created_at < notices_before), limit),
                self._delete_some(t.idempotency_key, agency_id, key.claimed_at < answers_before, limit),
                self._delete_some(office.hand_action, agency_id, hand.at < answers_before, limit),
                self._delete_some(t.one_time_code, agency_id, code.expires_at < answers_before, limit),
                self._delete_some(t.session, agency_id, session.expires_at < answers_before, limit),
            )
        )

    def _delete_some(self, table: Table, agency_id: str, old: ColumnElement[bool], limit: int) -> int:
        key = list(table.primary_key)
        some = select(*key).where(table.c.agency_id == agency_id, old).limit(limit)
        return self._delete(table, tuple_(*key).in_(some))

    def _delete(self, table: Table, which: ColumnElement[bool]) -> int:
        with translated():
            return int(self._connection.execute(delete(table).where(which)).rowcount)
