"""Runs: where the vehicle last said it was, and whether it has to be back at its base at the end."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs so far all end at their base."""
    op.execute("ALTER TABLE run ADD COLUMN ends_anywhere boolean NOT NULL DEFAULT false, ADD COLUMN position jsonb")
    op.execute("ALTER TABLE run ALTER COLUMN ends_anywhere DROP DEFAULT")
