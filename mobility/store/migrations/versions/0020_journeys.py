"""Bookings know the trains and buses that their rides are made for, and their riders are told when these change."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE booking ADD COLUMN transit jsonb NOT NULL DEFAULT '[]';
ALTER TABLE booking ALTER COLUMN transit DROP DEFAULT;
CREATE INDEX booking_journeys_idx ON booking (id) WHERE transit <> '[]'::jsonb;
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'no_call', 'return_unclear',
    'standing_unmet', 'standing_warned', 'standing_ended', 'waited_for', 'waited_in_vain', 'connection', 'connection_lost'));
"""


def upgrade() -> None:
    """So far rides went from door to door."""
    op.execute(_STEPS)
