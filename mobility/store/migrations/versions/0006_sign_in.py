"""Signing in without a password: one-time codes, passkeys, and attempts counted for all processes together."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE one_time_code (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    telephone text NOT NULL,
    language text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    tries integer NOT NULL,
    proof_sha256 text,
    used_at timestamptz,
    CONSTRAINT one_time_code_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_code_proof_sha256_key UNIQUE (proof_sha256),
    CONSTRAINT one_time_code_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX one_time_code_expires_at_idx ON one_time_code (expires_at);
CREATE TABLE attempt (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    key text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT attempt_pkey PRIMARY KEY (id),
    CONSTRAINT attempt_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX attempt_key_idx ON attempt (key, at);
CREATE INDEX attempt_at_idx ON attempt (at);
CREATE TABLE passkey (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    public_key text NOT NULL,
    uses integer NOT NULL,
    made_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT passkey_pkey PRIMARY KEY (id),
    CONSTRAINT passkey_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT passkey_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED
);
CREATE INDEX passkey_account_id_idx ON passkey (account_id);
"""

_NOTICES = """
ALTER TABLE notice ADD COLUMN code_id text COLLATE "C";
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed', 'not_confirmed',
    'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed', 'desk_task', 'carried_on',
    'driver_report', 'driver_missing', 'sign_in_code'));
"""


def upgrade() -> None:
    """Add the tables; a message may carry a code."""
    for step in (_TABLES, _NOTICES):
        op.get_bind().exec_driver_sql(step)
