"""Riders whose connection is lost may be told to take a taxi; other trains are proposed after a new timetable."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'no_call', 'return_unclear',
    'standing_unmet', 'standing_warned', 'standing_ended', 'waited_for', 'waited_in_vain', 'connection', 'connection_lost',
    'taxi', 'train_proposed', 'timetable_changed', 'wish_stuck', 'credential_ends', 'credential_task', 'arrived', 'duty_asked', 'duty_open', 'missed_call'));
"""


def upgrade() -> None:
    """Two kinds of notices more."""
    op.execute(_STEPS)
