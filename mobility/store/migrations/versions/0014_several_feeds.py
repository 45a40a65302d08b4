"""Several feeds of an agency, each with its own versions; what is noted of them in the logbook."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What there is belongs to the main feed, whose name is empty."""
    op.execute("ALTER TABLE agency ADD COLUMN feed_rules text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE agency ALTER COLUMN feed_rules DROP DEFAULT")
    op.execute("ALTER TABLE dataset ADD COLUMN feed text COLLATE \"C\" NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE dataset ALTER COLUMN feed DROP DEFAULT")
    op.execute("ALTER TABLE dataset DROP CONSTRAINT dataset_agency_id_kind_version_key")
    op.execute(
        "ALTER TABLE dataset ADD CONSTRAINT dataset_agency_id_kind_feed_version_key UNIQUE (agency_id, kind, feed, version)"
    )
    op.execute("DROP INDEX dataset_one_in_use")
    op.execute("CREATE UNIQUE INDEX dataset_one_in_use ON dataset (agency_id, kind, feed) WHERE in_use")
    op.execute("ALTER TABLE logbook DROP CONSTRAINT logbook_kind_check")
    op.execute(
        """
        ALTER TABLE logbook ADD CONSTRAINT logbook_kind_check CHECK (kind IN ('service_saved', 'rider_saved', 'driver_saved',
            'shift_added', 'shift_ended', 'people_loaded', 'account_added', 'role_changed', 'password_link_made', 'password_set',
            'account_locked', 'account_unlocked', 'feed_uploaded', 'feed_used', 'feed_planned', 'feed_withdrawn', 'feed_removed',
            'feed_rules_saved'))
        """
    )
