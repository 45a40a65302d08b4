"""Legs: what each costs; there and back may cost two prices."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """So far every booking has one leg."""
    op.execute("ALTER TABLE leg ADD COLUMN price_cents integer NOT NULL DEFAULT 0")
    op.execute(
        "UPDATE leg SET price_cents = booking.price_cents FROM booking WHERE booking.id = leg.booking_id AND leg.position = 0"
    )
    op.execute("ALTER TABLE leg ALTER COLUMN price_cents DROP DEFAULT")
    op.execute("ALTER TABLE booking DROP COLUMN price_cents")
