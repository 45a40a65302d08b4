"""Bookings of one group that goes in several vehicles know each other."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No group has gone in several vehicles so far."""
    op.execute('ALTER TABLE booking ADD COLUMN group_id text COLLATE "C"')
