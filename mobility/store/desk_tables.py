"""The desk's own tables: places held, notes about riders, their wishes, PINs, whom riders trust. They belong to the same database as all others."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from mobility.domain.riders import Channel, WishKind
from mobility.domain.trust import ConsentGiven
from mobility.store.columns import Id, Instant, check, metadata, needed, of_agency, one_of, reference, refers

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

rider_wish = Table(
    "rider_wish",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True, ondelete="CASCADE"),
    needed("kind", Text),
    needed("by", Id),
    needed("at", Instant),
    reference("driver_id", "driver.id", nullable=True, ondelete="CASCADE"),
    reference("other_rider_id", "rider.id", nullable=True, index=True, ondelete="CASCADE"),
    one_of("kind", WishKind),
    check("whom", "(kind = 'familiar_driver') = (driver_id IS NOT NULL) AND (driver_id IS NULL) = (other_rider_id IS NOT NULL)"),
    check("other", "other_rider_id IS NULL OR other_rider_id <> rider_id"),
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

booking_consent = Table(
    "booking_consent",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True, ondelete="CASCADE"),
    needed("helper", Text),
    needed("given", Text),
    needed("recorded_at", Instant),
    needed("recorded_by", Id),
    reference("account_id", "account.id", nullable=True, index=True, ondelete="CASCADE"),
    reference("helper_rider_id", "rider.id", nullable=True, index=True, ondelete="CASCADE"),
    needed("telephone", Text),
    Column("until", Instant),
    Column("withdrawn_at", Instant),
    needed("withdrawn_by", Id),
    one_of("given", ConsentGiven),
)

arrival_contact = Table(
    "arrival_contact",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True, ondelete="CASCADE"),
    needed("name", Text),
    needed("channel", Text),
    needed("given", Text),
    needed("recorded_at", Instant),
    needed("recorded_by", Id),
    needed("telephone", Text),
    needed("email", Text),
    needed("language", Text),
    one_of("channel", Channel),
    one_of("given", ConsentGiven),
)
