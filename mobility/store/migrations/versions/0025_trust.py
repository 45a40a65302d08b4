"""Whom riders trust: with booking for them, with hearing that they have arrived; hours in which they want to be left in peace."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_CONSENTS = """
CREATE TABLE booking_consent (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    helper text NOT NULL,
    given text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text COLLATE "C" NOT NULL,
    account_id text COLLATE "C",
    helper_rider_id text COLLATE "C",
    telephone text NOT NULL,
    until timestamptz,
    withdrawn_at timestamptz,
    withdrawn_by text COLLATE "C" NOT NULL,
    CONSTRAINT booking_consent_pkey PRIMARY KEY (id),
    CONSTRAINT booking_consent_given_check CHECK (given IN ('telephone', 'in_writing', 'in_person')),
    CONSTRAINT booking_consent_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT booking_consent_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED,
    CONSTRAINT booking_consent_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED,
    CONSTRAINT booking_consent_helper_rider_id_fkey FOREIGN KEY (helper_rider_id) REFERENCES rider (id) ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX booking_consent_helper_rider_id_idx ON booking_consent (helper_rider_id);
CREATE INDEX booking_consent_rider_id_idx ON booking_consent (rider_id);
CREATE INDEX booking_consent_account_id_idx ON booking_consent (account_id);
ALTER TABLE booking ADD COLUMN consent_id text COLLATE "C";
"""

_CONTACTS = """
CREATE TABLE arrival_contact (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    channel text NOT NULL,
    given text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text COLLATE "C" NOT NULL,
    telephone text NOT NULL,
    email text NOT NULL,
    language text NOT NULL,
    CONSTRAINT arrival_contact_pkey PRIMARY KEY (id),
    CONSTRAINT arrival_contact_channel_check CHECK (channel IN ('email', 'sms', 'call_back')),
    CONSTRAINT arrival_contact_given_check CHECK (given IN ('telephone', 'in_writing', 'in_person')),
    CONSTRAINT arrival_contact_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT arrival_contact_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED
);
CREATE INDEX arrival_contact_rider_id_idx ON arrival_contact (rider_id);
ALTER TABLE rider ADD COLUMN quiet jsonb;
ALTER TABLE notice ADD COLUMN to_contact_id text COLLATE "C";
ALTER TABLE notice DROP CONSTRAINT notice_kind_check;
ALTER TABLE notice ADD CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed',
    'not_confirmed', 'cancelled', 'narrowed', 'delayed', 'changed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed',
    'desk_task', 'carried_on', 'driver_report', 'driver_missing', 'sign_in_code', 'no_call', 'return_unclear',
    'standing_unmet', 'standing_warned', 'standing_ended', 'waited_for', 'waited_in_vain', 'connection', 'connection_lost',
    'timetable_changed', 'wish_stuck', 'credential_ends', 'credential_task', 'arrived'));
"""


def upgrade() -> None:
    """Nobody has agreed to anything so far, and nobody has quiet hours."""
    op.execute(_CONSENTS)
    op.execute(_CONTACTS)
