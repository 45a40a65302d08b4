"""The office: who uploaded and used a feed, the logbook, simulations."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DATASETS = """
ALTER TABLE dataset
    ADD COLUMN imported_by text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN rejected boolean NOT NULL DEFAULT false,
    ADD COLUMN used_at timestamptz,
    ADD COLUMN used_by text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE dataset
    ALTER COLUMN imported_by DROP DEFAULT,
    ALTER COLUMN rejected DROP DEFAULT,
    ALTER COLUMN used_by DROP DEFAULT;
"""
_LOGBOOK = """
CREATE TABLE logbook (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    by text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    subject text COLLATE "C" NOT NULL,
    note text NOT NULL,
    CONSTRAINT logbook_pkey PRIMARY KEY (id),
    CONSTRAINT logbook_kind_check CHECK (kind IN ('service_saved', 'rider_saved', 'driver_saved', 'shift_added', 'shift_ended',
        'people_loaded', 'account_added', 'role_changed', 'password_link_made', 'password_set', 'account_locked', 'feed_uploaded',
        'feed_used')),
    CONSTRAINT logbook_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX logbook_at_idx ON logbook (agency_id, at);
CREATE INDEX logbook_subject_idx ON logbook (agency_id, subject, at);
"""
_SIMULATIONS = """
CREATE TABLE simulation (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    ordered_by text COLLATE "C" NOT NULL,
    ordered_at timestamptz NOT NULL,
    service_ids jsonb NOT NULL,
    day date NOT NULL,
    demand integer NOT NULL,
    seed integer NOT NULL,
    wishes_file text NOT NULL,
    more_vehicles integer NOT NULL,
    state text NOT NULL,
    done integer NOT NULL,
    total integer NOT NULL,
    started_at timestamptz,
    seen_at timestamptz,
    finished_at timestamptz,
    problem text NOT NULL,
    CONSTRAINT simulation_pkey PRIMARY KEY (id),
    CONSTRAINT simulation_state_check CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    CONSTRAINT simulation_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX simulation_agency_idx ON simulation (agency_id, ordered_at);
CREATE INDEX simulation_open_idx ON simulation (ordered_at) WHERE state IN ('queued', 'running');
"""


def upgrade() -> None:
    """Add them."""
    for statements in (_DATASETS, _LOGBOOK, _SIMULATIONS):
        op.execute(statements)
