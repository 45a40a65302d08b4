"""The desk's own tables: places held, notes about riders, PINs. They belong to the same database as all others."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from mobility.store.columns import Id, Instant, metadata, needed, of_agency, reference, refers

hold = Table(
    "hold",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("run_id", "run.id"),
    reference("decision_id", "decision.id"),
    needed("number", Integer),
    needed("account_id", Id),
    needed("expires_at", Instant),
    Column("rider_id", Id),
    UniqueConstraint("decision_id"),
)

rider_note = Table(
    "rider_note",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True, ondelete="CASCADE"),
    needed("text", Text),
    needed("by", Id),
    needed("at", Instant),
)

spoken_pin = Table(
    "spoken_pin",
    metadata,
    Column("rider_id", Id, refers("rider.id", ondelete="CASCADE"), primary_key=True),
    of_agency(),
    needed("pin_hash", Text),
    needed("failures", Integer),
    Column("locked_until", Instant),
)
