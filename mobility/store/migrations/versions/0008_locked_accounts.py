"""Sign-ins can be locked, and unlocked again."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody is locked before."""
    op.execute("ALTER TABLE account ADD COLUMN locked boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE account ALTER COLUMN locked DROP DEFAULT")
    op.execute("ALTER TABLE logbook DROP CONSTRAINT logbook_kind_check")
    op.execute(
        """
        ALTER TABLE logbook ADD CONSTRAINT logbook_kind_check CHECK (kind IN ('service_saved', 'rider_saved', 'driver_saved',
            'shift_added', 'shift_ended', 'people_loaded', 'account_added', 'role_changed', 'password_link_made', 'password_set',
            'account_locked', 'account_unlocked', 'feed_uploaded', 'feed_used'))
        """
    )
