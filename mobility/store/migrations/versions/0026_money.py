"""Prices in parts, the basis in law on which a ride was booked and a run drives, and what drivers have been paid."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE leg ADD COLUMN price_parts jsonb NOT NULL DEFAULT '[]';
ALTER TABLE leg ALTER COLUMN price_parts DROP DEFAULT;
ALTER TABLE leg ADD COLUMN legal_basis text;
ALTER TABLE leg ADD CONSTRAINT leg_legal_basis_check CHECK (legal_basis IN ('pbefg_42', 'pbefg_44', 'pbefg_50', 'permit_free'));
ALTER TABLE run ADD COLUMN legal_basis text;
ALTER TABLE run ADD CONSTRAINT run_legal_basis_check CHECK (legal_basis IN ('pbefg_42', 'pbefg_44', 'pbefg_50', 'permit_free'));
ALTER TABLE run ADD COLUMN ceiling_cents_per_km integer;
ALTER TABLE driver_event ADD COLUMN cents integer NOT NULL DEFAULT 0;
ALTER TABLE driver_event ALTER COLUMN cents DROP DEFAULT;
ALTER TABLE driver_event DROP CONSTRAINT driver_event_kind_check;
ALTER TABLE driver_event ADD CONSTRAINT driver_event_kind_check CHECK (kind IN ('boarded', 'alighted', 'no_show', 'passed', 'delayed',
    'walk_up', 'undo', 'paid'));
"""


def upgrade() -> None:
    """Rides booked so far keep their price in one sum, and runs opened so far are on no basis but their service's."""
    op.execute(_STEPS)
