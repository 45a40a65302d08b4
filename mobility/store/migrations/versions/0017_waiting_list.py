"""The waiting list."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_STEPS = """
CREATE TABLE waiting_wish (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    request jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    state text NOT NULL,
    booking_id text COLLATE "C",
    CONSTRAINT waiting_wish_pkey PRIMARY KEY (id),
    CONSTRAINT waiting_wish_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT waiting_wish_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE INITIALLY
        DEFERRED,
    CONSTRAINT waiting_wish_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT waiting_wish_booking_id_fkey FOREIGN KEY (booking_id) REFERENCES booking (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT waiting_wish_state_check CHECK (state IN ('waiting', 'booked', 'dropped', 'withdrawn')),
    CONSTRAINT waiting_wish_booked_check CHECK ((state = 'booked') = (booking_id IS NOT NULL))
);
CREATE INDEX waiting_wish_rider_id_idx ON waiting_wish (rider_id);
CREATE INDEX waiting_wish_waiting_idx ON waiting_wish (agency_id, made_at) WHERE state = 'waiting';
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'no_call', 'return_unclear',
    'standing_unmet', 'standing_warned', 'standing_ended', 'waited_for', 'waited_in_vain'));
"""


def upgrade() -> None:
    """Nobody waits so far."""
    op.execute(_STEPS)
