"""Wishes that are remembered: standing orders, what became of their days, and the waiting list."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, UniqueConstraint, text

from mobility.domain.standing_orders import EndCause, StandingFate
from mobility.domain.waiting import WaitingState
from mobility.store.columns import Id, Instant, check, metadata, needed, nested, of_agency, one_of, reference

standing_order = Table(
    "standing_order",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True, ondelete="CASCADE"),
    nested("origin"),
    nested("destination"),
    nested("days"),
    needed("at_s", Integer),
    needed("first_day", Date),
    needed("land", Text),
    needed("made_at", Instant),
    needed("arrives", Boolean),
    Column("back_s", Integer),
    nested("party"),
    nested("needs"),
    Column("last_day", Date),
    nested("days_off"),
    nested("pauses"),
    Column("warned_at", Instant),
    Column("ended_at", Instant),
    Column("end_cause", Text),
    one_of("end_cause", EndCause),
    check("ended", "(ended_at IS NULL) = (end_cause IS NULL)"),
    Index("standing_order_agency_idx", "agency_id", "id"),
)

standing_ride = Table(
    "standing_ride",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("order_id", "standing_order.id", ondelete="CASCADE"),
    needed("day", Date),
    needed("fate", Text),
    reference("decision_id", "decision.id"),
    needed("decided_at", Instant),
    reference("booking_id", "booking.id", nullable=True),
    Column("reason", Text),
    UniqueConstraint("order_id", "day"),
    one_of("fate", StandingFate),
    check("booked", "(fate = 'booked') = (booking_id IS NOT NULL)"),
)

waiting_wish = Table(
    "waiting_wish",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True, ondelete="CASCADE"),
    reference("decision_id", "decision.id"),
    nested("request"),
    needed("made_at", Instant),
    needed("until", Instant),
    needed("state", Text),
    reference("booking_id", "booking.id", nullable=True),
    one_of("state", WaitingState),
    check("booked", "(state = 'booked') = (booking_id IS NOT NULL)"),
    Index("waiting_wish_waiting_idx", "agency_id", "made_at", postgresql_where=text("state = 'waiting'")),
)
