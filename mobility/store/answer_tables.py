"""The table of answers given before; part of :mod:`mobility.store.tables`."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text, func

from mobility.store.columns import Id, Instant, metadata, needed

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("account_id", Id, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("agency_id", Id),
    needed("fingerprint", Text),
    Column("booking_id", Id),
    Column("rejection_reason", Text),
    needed("claimed_at", Instant, default=func.now()),
)
