"""How trips run in fact: sources of GTFS Realtime, and what people report."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_STEPS = """
CREATE TABLE live_source (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    feed text NOT NULL,
    shown text NOT NULL,
    checked_at timestamptz NOT NULL,
    failures integer NOT NULL,
    problem text NOT NULL,
    told_at timestamptz,
    sha256 text NOT NULL,
    etag text NOT NULL,
    last_modified text NOT NULL,
    trips integer NOT NULL,
    alerts integer NOT NULL,
    passed_over integer NOT NULL,
    message bytea,
    CONSTRAINT live_source_pkey PRIMARY KEY (id),
    CONSTRAINT live_source_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX live_source_agency_idx ON live_source (agency_id, id);
CREATE TABLE trip_report (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    trip_id text NOT NULL,
    day date NOT NULL,
    late_min integer,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT trip_report_pkey PRIMARY KEY (id),
    CONSTRAINT trip_report_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX trip_report_agency_idx ON trip_report (agency_id, until);
ALTER TABLE logbook DROP CONSTRAINT logbook_kind_check;
ALTER TABLE logbook ADD CONSTRAINT logbook_kind_check CHECK (kind IN ('service_saved', 'rider_saved', 'driver_saved', 'shift_added',
    'shift_ended', 'people_loaded', 'account_added', 'role_changed', 'password_link_made', 'password_set', 'account_locked',
    'account_unlocked', 'feed_uploaded', 'feed_used', 'feed_planned', 'feed_withdrawn', 'feed_removed', 'feed_rules_saved',
    'rider_exported', 'rider_erased', 'trip_reported', 'trip_report_withdrawn'));
"""


def upgrade() -> None:
    """Nothing is known so far."""
    op.execute(_STEPS)
