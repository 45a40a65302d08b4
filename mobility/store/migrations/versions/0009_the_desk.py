"""The desk: places held for offers, notes about riders, PINs said on the telephone, telephone numbers found by their end."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_HOLDS = """
ALTER TABLE visit ADD COLUMN held_until timestamptz,
    ADD CONSTRAINT visit_held_check CHECK (held_until IS NULL OR (leg_id IS NOT NULL AND actual IS NULL AND NOT skipped));
CREATE TABLE hold (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    rider_id text COLLATE "C",
    CONSTRAINT hold_pkey PRIMARY KEY (id),
    CONSTRAINT hold_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT hold_run_id_fkey FOREIGN KEY (run_id) REFERENCES run (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT hold_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT hold_decision_id_key UNIQUE (decision_id)
);
"""

_RIDERS = """
CREATE TABLE rider_note (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    text text NOT NULL,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT rider_note_pkey PRIMARY KEY (id),
    CONSTRAINT rider_note_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT rider_note_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE INITIALLY
        DEFERRED
);
CREATE INDEX rider_note_rider_id_idx ON rider_note (rider_id);
CREATE TABLE spoken_pin (
    rider_id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    pin_hash text NOT NULL,
    failures integer NOT NULL,
    locked_until timestamptz,
    CONSTRAINT spoken_pin_pkey PRIMARY KEY (rider_id),
    CONSTRAINT spoken_pin_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE INITIALLY
        DEFERRED,
    CONSTRAINT spoken_pin_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX rider_telephone_end_idx ON rider (agency_id, reverse(telephone) text_pattern_ops);
"""


def upgrade() -> None:
    """Nothing is held and nothing noted so far."""
    op.execute(_HOLDS)
    op.execute(_RIDERS)
