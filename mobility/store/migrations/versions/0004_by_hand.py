"""The dispatcher's hand: pinned visits, what was done by hand, and a message for a promise that was changed."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE visit ADD COLUMN pinned boolean NOT NULL DEFAULT false;
CREATE TABLE hand_action (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    runs jsonb NOT NULL,
    legs jsonb NOT NULL,
    run_revisions jsonb NOT NULL,
    booking_revisions jsonb NOT NULL,
    undone_at timestamptz,
    CONSTRAINT hand_action_pkey PRIMARY KEY (id),
    CONSTRAINT hand_action_kind_check CHECK (kind IN ('move', 'swap', 'pin', 'unpin')),
    CONSTRAINT hand_action_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX hand_action_last_idx ON hand_action (agency_id, account_id, at);
CREATE INDEX leg_nowhere_idx ON leg (agency_id) WHERE state IN ('in_rescue', 'waiting_list');
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task'));
"""


def upgrade() -> None:
    op.execute(_STEPS)


def downgrade() -> None:
    raise NotImplementedError("there is no way back; restore a backup")
