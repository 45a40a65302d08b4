"""Runs: who had been given one before, so that only their telephones' late reports are taken."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of runs so far nobody is known."""
    op.execute("ALTER TABLE run ADD COLUMN former_driver_ids jsonb NOT NULL DEFAULT '[]'")
    op.execute("ALTER TABLE run ALTER COLUMN former_driver_ids DROP DEFAULT")
