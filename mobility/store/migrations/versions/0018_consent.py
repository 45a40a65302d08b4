"""Riders: when and by whom it was recorded that they agree that their needs are kept."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of nobody it is recorded so far."""
    op.execute("ALTER TABLE rider ADD COLUMN needs_consent_at timestamptz")
    op.execute("ALTER TABLE rider ADD COLUMN needs_consent_by text COLLATE \"C\" NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE rider ALTER COLUMN needs_consent_by DROP DEFAULT")
