"""Drivers on stand-by, runs with their volunteer's burden, what-if of the coming day, riders' wishes of company, notices about duties."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_STEPS = """
ALTER TABLE driver ADD COLUMN stand_by boolean NOT NULL DEFAULT false;
ALTER TABLE driver ALTER COLUMN stand_by DROP DEFAULT;
ALTER TABLE run ADD COLUMN burden integer NOT NULL DEFAULT 0;
ALTER TABLE run ALTER COLUMN burden DROP DEFAULT;
CREATE TABLE what_if (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    driver_id text COLLATE "C" NOT NULL,
    reckoned_at timestamptz NOT NULL,
    run_ids jsonb NOT NULL,
    rides jsonb NOT NULL,
    CONSTRAINT what_if_pkey PRIMARY KEY (id),
    CONSTRAINT what_if_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX what_if_day_idx ON what_if (agency_id, day);
ALTER TABLE visit ADD COLUMN company jsonb;
CREATE TABLE rider_wish (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    driver_id text COLLATE "C",
    other_rider_id text COLLATE "C",
    CONSTRAINT rider_wish_pkey PRIMARY KEY (id),
    CONSTRAINT rider_wish_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT rider_wish_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE INITIALLY
        DEFERRED,
    CONSTRAINT rider_wish_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES driver (id) ON DELETE CASCADE DEFERRABLE INITIALLY
        DEFERRED,
    CONSTRAINT rider_wish_other_rider_id_fkey FOREIGN KEY (other_rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED,
    CONSTRAINT rider_wish_kind_check CHECK (kind IN ('familiar_driver', 'never_together')),
    CONSTRAINT rider_wish_whom_check CHECK (
        (kind = 'familiar_driver') = (driver_id IS NOT NULL) AND (driver_id IS NULL) = (other_rider_id IS NOT NULL)),
    CONSTRAINT rider_wish_other_check CHECK (other_rider_id IS NULL OR other_rider_id <> rider_id)
);
CREATE INDEX rider_wish_rider_id_idx ON rider_wish (rider_id);
CREATE INDEX rider_wish_other_rider_id_idx ON rider_wish (other_rider_id);
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'no_call', 'return_unclear',
    'standing_unmet', 'standing_warned', 'standing_ended', 'waited_for', 'waited_in_vain', 'connection', 'connection_lost',
    'timetable_changed', 'wish_stuck', 'credential_ends', 'credential_task', 'arrived', 'duty_asked', 'duty_open'));
"""


def upgrade() -> None:
    """Nobody stands by so far, and all volunteers are asked alike."""
    op.execute(_STEPS)
