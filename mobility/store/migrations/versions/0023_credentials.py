"""Drivers: what they have shown and until when it holds; runs that take no new rides; notices about a driver."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE driver ADD COLUMN credentials jsonb NOT NULL DEFAULT '[]';
ALTER TABLE driver ALTER COLUMN credentials DROP DEFAULT;
ALTER TABLE run ADD COLUMN closed boolean NOT NULL DEFAULT false;
ALTER TABLE run ALTER COLUMN closed DROP DEFAULT;
ALTER TABLE notice ADD COLUMN about_driver_id text COLLATE "C";
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'no_call', 'return_unclear',
    'standing_unmet', 'standing_warned', 'standing_ended', 'waited_for', 'waited_in_vain', 'connection', 'connection_lost',
    'timetable_changed', 'wish_stuck', 'credential_ends', 'credential_task'));
"""


def upgrade() -> None:
    """Nothing has been shown so far, and every run takes rides."""
    op.execute(_STEPS)
