"""Datasets: the day on which one is to be put into use."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is planned so far."""
    op.execute("ALTER TABLE dataset ADD COLUMN use_on date")
