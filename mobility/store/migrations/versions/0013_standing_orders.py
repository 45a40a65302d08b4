"""Standing orders, what became of their days, and notices about wishes."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ORDERS = """
CREATE TABLE standing_order (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    origin jsonb NOT NULL,
    destination jsonb NOT NULL,
    days jsonb NOT NULL,
    at_s integer NOT NULL,
    first_day date NOT NULL,
    land text NOT NULL,
    made_at timestamptz NOT NULL,
    arrives boolean NOT NULL,
    back_s integer,
    party jsonb NOT NULL,
    needs jsonb NOT NULL,
    last_day date,
    days_off jsonb NOT NULL,
    pauses jsonb NOT NULL,
    warned_at timestamptz,
    ended_at timestamptz,
    end_cause text,
    CONSTRAINT standing_order_pkey PRIMARY KEY (id),
    CONSTRAINT standing_order_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT standing_order_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE INITIALLY
        DEFERRED,
    CONSTRAINT standing_order_end_cause_check CHECK (end_cause IN ('asked_for', 'no_shows')),
    CONSTRAINT standing_order_ended_check CHECK ((ended_at IS NULL) = (end_cause IS NULL))
);
CREATE INDEX standing_order_rider_id_idx ON standing_order (rider_id);
CREATE INDEX standing_order_agency_idx ON standing_order (agency_id, id);
CREATE TABLE standing_ride (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    fate text NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    decided_at timestamptz NOT NULL,
    booking_id text COLLATE "C",
    reason text,
    CONSTRAINT standing_ride_pkey PRIMARY KEY (id),
    CONSTRAINT standing_ride_order_id_day_key UNIQUE (order_id, day),
    CONSTRAINT standing_ride_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT standing_ride_order_id_fkey FOREIGN KEY (order_id) REFERENCES standing_order (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED,
    CONSTRAINT standing_ride_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT standing_ride_booking_id_fkey FOREIGN KEY (booking_id) REFERENCES booking (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT standing_ride_fate_check CHECK (fate IN ('booked', 'refused')),
    CONSTRAINT standing_ride_booked_check CHECK ((fate = 'booked') = (booking_id IS NOT NULL))
);
ALTER TABLE notice ADD COLUMN decision_id text COLLATE "C", ADD COLUMN standing_order_id text COLLATE "C";
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'standing_unmet', 'standing_warned',
    'standing_ended'));
"""


def upgrade() -> None:
    """Nobody has one so far."""
    op.execute(_ORDERS)
