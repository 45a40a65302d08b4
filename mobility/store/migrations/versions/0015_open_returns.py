"""Open returns: ways back that stand until the rider calls for an earlier one."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE leg ADD COLUMN open_return boolean NOT NULL DEFAULT false, ADD COLUMN call_by timestamptz;
CREATE INDEX leg_to_call_idx ON leg (call_by) WHERE call_by IS NOT NULL;
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'no_call', 'return_unclear',
    'standing_unmet', 'standing_warned', 'standing_ended'));
"""


def upgrade() -> None:
    """Nobody has one so far."""
    op.execute(_STEPS)
