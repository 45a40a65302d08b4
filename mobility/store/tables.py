"""All tables. Each row belongs to one agency; constraints are the backstop behind what the actions check.

References are checked at commit (deferred), so the order of writes within a transaction does not matter.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, UniqueConstraint, false, func, text

from mobility.domain.accounts import Role
from mobility.domain.bookings import LegState, Outcome
from mobility.domain.datasets import DatasetKind
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import VisitKind
from mobility.domain.services import LegalBasis
from mobility.store.answer_tables import idempotency_key
from mobility.store.columns import (
    Id,
    Instant,
    check,
    metadata,
    needed,
    nested,
    no_overlap,
    of_agency,
    of_service,
    one_of,
    reference,
    refers,
)
from mobility.store.driving_tables import driver_event, leave, shift
from mobility.store.office_tables import hand_action, logbook, simulation, what_if
from mobility.store.points import Point

__all__ = ["driver_event", "hand_action", "idempotency_key", "leave", "logbook", "shift", "simulation", "what_if"]

agency = Table(
    "agency",
    metadata,
    Column("id", Id, primary_key=True),
    needed("name", Text),
    needed("timezone", Text),
    needed("feed_rules", Text),
)

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    Column("name", Text, nullable=False, unique=True),
    needed("role", Text),
    needed("password_hash", Text),
    Column("rider_id", Id),
    Column("driver_id", Id),
    Column("provider_id", Id),
    needed("locked", Boolean),
    one_of("role", Role),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    of_agency(),
    reference("account_id", "account.id", index=True, ondelete="CASCADE"),
    needed("expires_at", Instant),
)

one_time_code = Table(
    "one_time_code",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("telephone", Text),
    needed("language", Text),
    needed("made_at", Instant),
    Column("expires_at", Instant, nullable=False, index=True),
    needed("tries", Integer),
    Column("proof_sha256", Text, unique=True),
    Column("used_at", Instant),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("key", Text),
    Column("at", Instant, nullable=False, index=True),
    Index("attempt_key_idx", "key", "at"),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("account_id", "account.id", index=True, ondelete="CASCADE"),
    needed("name", Text),
    needed("public_key", Text),
    needed("uses", Integer),
    needed("made_at", Instant),
    Column("used_at", Instant),
)

dataset = Table(
    "dataset",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("kind", Text),
    needed("version", Integer),
    needed("folder", Text),
    needed("source", Text),
    needed("sha256", Text),
    needed("imported_at", Instant),
    needed("in_use", Boolean),
    needed("imported_by", Id),
    needed("rejected", Boolean),
    Column("used_at", Instant),
    needed("used_by", Id),
    Column("use_on", Date),
    needed("feed", Id),
    UniqueConstraint("agency_id", "kind", "feed", "version"),
    Index("dataset_one_in_use", "agency_id", "kind", "feed", unique=True, postgresql_where=text("in_use")),
    one_of("kind", DatasetKind),
)

service = Table(
    "service",
    metadata,
    Column("agency_id", Id, refers("agency.id"), primary_key=True),
    Column("id", Id, primary_key=True),
    needed("provider_id", Id),
    needed("form", Text),
    nested("document"),
    needed("source_toml", Text),
)


service_version = Table(
    "service_version",
    metadata,
    Column("agency_id", Id, primary_key=True),
    Column("service_id", Id, primary_key=True),
    Column("version", Integer, primary_key=True),
    needed("saved_at", Instant, default=func.now()),
    needed("source_toml", Text),
    of_service(),
)

rider = Table(
    "rider",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("name", Text),
    needed("telephone", Text),
    needed("email", Text),
    needed("language", Text),
    needed("channel", Text),
    nested("needs"),
    nested("groups"),
    Column("max_walk_m", Integer),
    nested("home", nullable=True),
    Column("needs_consent_at", Instant),
    needed("needs_consent_by", Id),
    nested("quiet", nullable=True),
    Index("rider_telephone_idx", "agency_id", "telephone"),
)
Index(
    "rider_telephone_end_idx",
    rider.c.agency_id,
    func.reverse(rider.c.telephone).label("telephone_end"),
    postgresql_ops={"telephone_end": "text_pattern_ops"},
)

favourite = Table(
    "favourite",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True, ondelete="CASCADE"),
    needed("name", Text),
    nested("place"),
)

driver = Table(
    "driver",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("provider_id", Id),
    needed("name", Text),
    needed("telephone", Text),
    needed("employment", Text),
    needed("acceptance", Text),
    needed("reached_by", Text),
    nested("home", nullable=True),
    nested("vehicle", nullable=True),
    nested("abilities"),
    Column("max_metres_per_day", Integer),
    nested("credentials"),
    needed("stand_by", Boolean),
    Index("driver_agency_idx", "agency_id", "provider_id"),
)

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("provider_id", Id),
    needed("service_id", Id),
    needed("day", Date),
    needed("vehicle_id", Id),
    nested("vehicle"),
    reference("driver_id", "driver.id", nullable=True),
    needed("acceptance", Text),
    needed("reached_by", Text),
    needed("starts_at", Instant),
    needed("ends_at", Instant),
    nested("equipment"),
    needed("walk_up_seats", Integer),
    Column("max_metres", Integer),
    needed("only_if_booked", Boolean),
    needed("delay_s", Integer),
    needed("revision", Integer),
    nested("manifest", nullable=True),
    needed("withdrawn", Boolean),
    nested("plan_order"),
    nested("walk_ups"),
    needed("ends_anywhere", Boolean),
    nested("position", nullable=True),
    nested("former_driver_ids"),
    needed("closed", Boolean),
    Column("legal_basis", Text),
    Column("ceiling_cents_per_km", Integer),
    needed("burden", Integer),
    of_service(),
    one_of("legal_basis", LegalBasis),
    check("duration", "starts_at < ends_at"),
    no_overlap("vehicle_id", "run_vehicle_overlap"),
    no_overlap("driver_id", "run_driver_overlap"),
    Index("run_day_idx", "agency_id", "day", "service_id"),
    Index("run_driver_day_idx", "driver_id", "day"),
)

visit = Table(
    "visit",
    metadata,
    Column("run_id", Id, refers("run.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    of_agency(),
    needed("kind", Text),
    nested("place"),
    Column("point", Point),
    needed("earliest", Instant),
    needed("latest", Instant),
    needed("service_s", Integer),
    needed("planned", Instant),
    Column("leg_id", Id, index=True),
    nested("party", nullable=True),
    nested("needs"),
    Column("max_ride_s", Integer),
    Column("actual", Instant),
    needed("skipped", Boolean),
    Column("not_before", Instant),
    needed("pinned", Boolean, default=false()),
    Column("held_until", Instant),
    nested("company", nullable=True),
    one_of("kind", VisitKind),
    check("riders", "(leg_id IS NOT NULL) = (kind IN ('pickup', 'dropoff'))"),
    check("held", "held_until IS NULL OR (leg_id IS NOT NULL AND actual IS NULL AND NOT skipped)"),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("made_at", Instant),
    needed("expires_at", Instant),
    Column("rider_id", Id),
    nested("request"),
    nested("offers"),
    nested("rejection", nullable=True),
    needed("rule", Text),
    needed("made_by", Id),
    needed("forgotten", Boolean, default=false()),
    Index("decision_made_idx", "agency_id", "made_at"),
    Index("decision_rider_idx", "rider_id", postgresql_where=text("rider_id IS NOT NULL")),
    Index("decision_to_forget_idx", "agency_id", "made_at", postgresql_where=text("NOT forgotten")),
)

booking = Table(
    "booking",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("rider_id", "rider.id", index=True),
    reference("decision_id", "decision.id"),
    nested("party"),
    nested("needs"),
    needed("created_at", Instant),
    needed("revision", Integer),
    nested("history"),
    nested("journeys"),
    Column("consent_id", Id),
    Column("group_id", Id),
    needed("forgotten", Boolean, default=false()),
    Index("booking_agency_idx", "agency_id", "created_at"),
    Index("booking_journeys_idx", "id", postgresql_where=text("journeys <> '[]'::jsonb")),
    Index("booking_to_forget_idx", "agency_id", "created_at", postgresql_where=text("NOT forgotten")),
)

leg = Table(
    "leg",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    reference("booking_id", "booking.id", index=True, ondelete="CASCADE"),
    needed("position", Integer),
    needed("service_id", Id),
    nested("pickup"),
    nested("dropoff"),
    Column("pickup_point", Point),
    Column("dropoff_point", Point),
    nested("pickup_window"),
    nested("dropoff_window"),
    needed("pickup_earliest", Instant),
    needed("max_ride_s", Integer),
    needed("boarding_s", Integer),
    needed("state", Text),
    reference("run_id", "run.id", nullable=True, index=True),
    Column("owner", Id),
    Column("answer_by", Instant),
    nested("asked_run_ids"),
    Column("outcome", Text),
    needed("price_cents", Integer),
    Column("narrowed_at", Instant),
    needed("open_return", Boolean, default=false()),
    Column("call_by", Instant),
    nested("price_parts"),
    Column("legal_basis", Text),
    UniqueConstraint("booking_id", "position"),
    of_service(),
    one_of("state", LegState),
    one_of("outcome", Outcome),
    one_of("legal_basis", LegalBasis),
    check("run", "state NOT IN ('on_run', 'awaiting_confirmation') OR run_id IS NOT NULL"),
    check("rescue", "state <> 'in_rescue' OR owner IS NOT NULL"),
    check("closed", "(state = 'closed') = (outcome IS NOT NULL)"),
    Index("leg_to_settle_idx", "answer_by", postgresql_where=text("state = 'awaiting_confirmation'")),
    Index("leg_to_call_idx", "call_by", postgresql_where=text("call_by IS NOT NULL")),
    Index("leg_nowhere_idx", "agency_id", postgresql_where=text("state IN ('in_rescue', 'waiting_list')")),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    of_agency(),
    needed("key", Text),
    needed("kind", Text),
    needed("created_at", Instant),
    Column("booking_id", Id),
    Column("run_id", Id),
    Column("to_rider_id", Id),
    Column("to_driver_id", Id),
    Column("delay_s", Integer),
    Column("sent_at", Instant),
    needed("attempts", Integer),
    Column("code_id", Id),
    Column("decision_id", Id),
    Column("standing_order_id", Id),
    Column("about_driver_id", Id),
    Column("to_contact_id", Id),
    UniqueConstraint("agency_id", "key"),
    one_of("kind", NoticeKind),
    Index("notice_unsent_idx", "created_at", "id", postgresql_where=text("sent_at IS NULL")),
)
