"""Places a rider goes to again and again."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FAVOURITES = """
CREATE TABLE favourite (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    place jsonb NOT NULL,
    CONSTRAINT favourite_pkey PRIMARY KEY (id),
    CONSTRAINT favourite_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT favourite_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED
);
CREATE INDEX favourite_rider_id_idx ON favourite (rider_id);
"""


def upgrade() -> None:
    """Add the table."""
    op.get_bind().exec_driver_sql(_FAVOURITES)
