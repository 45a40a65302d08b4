"""Drivers' reports as they came, what follows from them on a run, and drivers' leave."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW = """
ALTER TABLE run ADD COLUMN plan_order jsonb DEFAULT '[]' NOT NULL, ADD COLUMN walk_ups jsonb DEFAULT '[]' NOT NULL;
ALTER TABLE run ALTER COLUMN plan_order DROP DEFAULT, ALTER COLUMN walk_ups DROP DEFAULT;
CREATE TABLE driver_event (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    device_id text NOT NULL,
    sequence integer NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    reported_by text COLLATE "C" NOT NULL,
    leg_id text COLLATE "C",
    halt text,
    delay_s integer NOT NULL,
    persons integer NOT NULL,
    undoes integer,
    problem text,
    beats_cancellation boolean NOT NULL,
    CONSTRAINT driver_event_pkey PRIMARY KEY (id),
    CONSTRAINT driver_event_run_id_device_id_sequence_key UNIQUE (run_id, device_id, sequence),
    CONSTRAINT driver_event_kind_check CHECK (kind IN ('boarded', 'alighted', 'no_show', 'passed', 'delayed', 'walk_up', 'undo')),
    CONSTRAINT driver_event_problem_check CHECK (problem IN ('not_on_run', 'not_boarded', 'reported_otherwise', 'too_early',
        'no_such_halt', 'riders_left', 'impossible_time', 'not_your_run')),
    CONSTRAINT driver_event_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT driver_event_run_id_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX driver_event_run_id_idx ON driver_event (run_id);
CREATE TABLE leave (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    driver_id text COLLATE "C" NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    CONSTRAINT leave_pkey PRIMARY KEY (id),
    CONSTRAINT leave_days_check CHECK (first_day <= last_day),
    CONSTRAINT leave_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT leave_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES driver (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX leave_driver_id_idx ON leave (driver_id);
CREATE INDEX run_driver_day_idx ON run (driver_id, day);
CREATE INDEX shift_driver_day_idx ON shift (driver_id, day);
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed', 'not_confirmed',
    'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed', 'desk_task', 'carried_on',
    'driver_report', 'driver_missing'));
"""


def upgrade() -> None:
    """Add them."""
    op.get_bind().exec_driver_sql(_NEW)
