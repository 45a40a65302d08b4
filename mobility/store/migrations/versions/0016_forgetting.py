"""Rides and answers can be forgotten: which are, whose decisions are found by rider, what the logbook says of it."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is forgotten so far."""
    op.execute("ALTER TABLE decision ADD COLUMN forgotten boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE booking ADD COLUMN forgotten boolean NOT NULL DEFAULT false")
    op.execute("CREATE INDEX decision_rider_idx ON decision (rider_id) WHERE rider_id IS NOT NULL")
    op.execute("CREATE INDEX decision_to_forget_idx ON decision (agency_id, made_at) WHERE NOT forgotten")
    op.execute("CREATE INDEX booking_to_forget_idx ON booking (agency_id, created_at) WHERE NOT forgotten")
    op.execute("ALTER TABLE logbook DROP CONSTRAINT logbook_kind_check")
    op.execute(
        """
        ALTER TABLE logbook ADD CONSTRAINT logbook_kind_check CHECK (kind IN ('service_saved', 'rider_saved', 'driver_saved',
            'shift_added', 'shift_ended', 'people_loaded', 'account_added', 'role_changed', 'password_link_made', 'password_set',
            'account_locked', 'account_unlocked', 'feed_uploaded', 'feed_used', 'feed_planned', 'feed_withdrawn', 'feed_removed',
            'feed_rules_saved', 'rider_exported', 'rider_erased'))
        """
    )
