"""The first shape: tenants, services and people, runs, bookings, notices."""

from __future__ import annotations

from alembic import op

from mobility.store import points

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TENANTS = """
CREATE TABLE agency (
    id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    timezone text NOT NULL,
    CONSTRAINT agency_pkey PRIMARY KEY (id)
);
CREATE TABLE account (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    rider_id text COLLATE "C",
    driver_id text COLLATE "C",
    provider_id text COLLATE "C",
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_role_check CHECK (role IN ('agency', 'provider', 'dispatcher', 'driver', 'rider', 'planner',
        'admin')),
    CONSTRAINT account_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT account_name_key UNIQUE (name)
);
CREATE TABLE session (
    token_sha256 text NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (token_sha256),
    CONSTRAINT session_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED
);
CREATE INDEX session_account_id_idx ON session (account_id);
CREATE TABLE dataset (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    folder text NOT NULL,
    source text NOT NULL,
    sha256 text NOT NULL,
    imported_at timestamptz NOT NULL,
    in_use boolean NOT NULL,
    CONSTRAINT dataset_pkey PRIMARY KEY (id),
    CONSTRAINT dataset_agency_id_kind_version_key UNIQUE (agency_id, kind, version),
    CONSTRAINT dataset_kind_check CHECK (kind IN ('streets', 'feed')),
    CONSTRAINT dataset_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX dataset_one_in_use ON dataset (agency_id, kind) WHERE in_use;
"""

_SERVICES = """
CREATE TABLE service (
    agency_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    provider_id text COLLATE "C" NOT NULL,
    form text NOT NULL,
    document jsonb NOT NULL,
    source_toml text NOT NULL,
    CONSTRAINT service_pkey PRIMARY KEY (agency_id, id),
    CONSTRAINT service_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE service_version (
    agency_id text COLLATE "C" NOT NULL,
    service_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    saved_at timestamptz DEFAULT now() NOT NULL,
    source_toml text NOT NULL,
    CONSTRAINT service_version_pkey PRIMARY KEY (agency_id, service_id, version),
    CONSTRAINT service_version_agency_id_service_id_fkey FOREIGN KEY (agency_id, service_id) REFERENCES service
        (agency_id, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE rider (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    telephone text NOT NULL,
    email text NOT NULL,
    language text NOT NULL,
    channel text NOT NULL,
    needs jsonb NOT NULL,
    groups jsonb NOT NULL,
    max_walk_m integer,
    home jsonb,
    CONSTRAINT rider_pkey PRIMARY KEY (id),
    CONSTRAINT rider_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX rider_telephone_idx ON rider (agency_id, telephone);
CREATE TABLE driver (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    provider_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    telephone text NOT NULL,
    employment text NOT NULL,
    acceptance text NOT NULL,
    reached_by text NOT NULL,
    home jsonb,
    vehicle jsonb,
    abilities jsonb NOT NULL,
    max_metres_per_day integer,
    CONSTRAINT driver_pkey PRIMARY KEY (id),
    CONSTRAINT driver_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX driver_agency_idx ON driver (agency_id, provider_id);
CREATE TABLE shift (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    service_id text COLLATE "C" NOT NULL,
    driver_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    start_s integer NOT NULL,
    end_s integer NOT NULL,
    CONSTRAINT shift_pkey PRIMARY KEY (id),
    CONSTRAINT shift_agency_id_service_id_fkey FOREIGN KEY (agency_id, service_id) REFERENCES service (agency_id,
        id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT shift_hours_check CHECK (start_s < end_s),
    CONSTRAINT shift_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT shift_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES driver (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX shift_day_idx ON shift (agency_id, day);
"""

_RUNS = """
CREATE TABLE run (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    provider_id text COLLATE "C" NOT NULL,
    service_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    vehicle_id text COLLATE "C" NOT NULL,
    vehicle jsonb NOT NULL,
    driver_id text COLLATE "C",
    acceptance text NOT NULL,
    reached_by text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    equipment jsonb NOT NULL,
    walk_up_seats integer NOT NULL,
    max_metres integer,
    only_if_booked boolean NOT NULL,
    delay_s integer NOT NULL,
    revision integer NOT NULL,
    manifest jsonb,
    withdrawn boolean NOT NULL,
    CONSTRAINT run_pkey PRIMARY KEY (id),
    CONSTRAINT run_agency_id_service_id_fkey FOREIGN KEY (agency_id, service_id) REFERENCES service (agency_id, id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT run_duration_check CHECK (starts_at < ends_at),
    CONSTRAINT run_vehicle_overlap EXCLUDE USING gist (agency_id WITH =, vehicle_id WITH =, tstzrange(starts_at,
        ends_at) WITH &&) WHERE (NOT withdrawn),
    CONSTRAINT run_driver_overlap EXCLUDE USING gist (agency_id WITH =, driver_id WITH =, tstzrange(starts_at,
        ends_at) WITH &&) WHERE (NOT withdrawn),
    CONSTRAINT run_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT run_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES driver (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX run_day_idx ON run (agency_id, day, service_id);
CREATE TABLE visit (
    run_id text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    place jsonb NOT NULL,
    point {point},
    earliest timestamptz NOT NULL,
    latest timestamptz NOT NULL,
    service_s integer NOT NULL,
    planned timestamptz NOT NULL,
    leg_id text COLLATE "C",
    party jsonb,
    needs jsonb NOT NULL,
    max_ride_s integer,
    actual timestamptz,
    skipped boolean NOT NULL,
    not_before timestamptz,
    CONSTRAINT visit_pkey PRIMARY KEY (run_id, position),
    CONSTRAINT visit_kind_check CHECK (kind IN ('start', 'pickup', 'dropoff', 'halt', 'break', 'end')),
    CONSTRAINT visit_riders_check CHECK ((leg_id IS NOT NULL) = (kind IN ('pickup', 'dropoff'))),
    CONSTRAINT visit_run_id_fkey FOREIGN KEY (run_id) REFERENCES run (id) ON DELETE CASCADE DEFERRABLE INITIALLY
        DEFERRED,
    CONSTRAINT visit_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX visit_leg_id_idx ON visit (leg_id);
"""

_BOOKINGS = """
CREATE TABLE decision (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    rider_id text COLLATE "C",
    request jsonb NOT NULL,
    offers jsonb NOT NULL,
    rejection jsonb,
    rule text NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    CONSTRAINT decision_pkey PRIMARY KEY (id),
    CONSTRAINT decision_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX decision_made_idx ON decision (agency_id, made_at);
CREATE TABLE booking (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    rider_id text COLLATE "C" NOT NULL,
    decision_id text COLLATE "C" NOT NULL,
    party jsonb NOT NULL,
    needs jsonb NOT NULL,
    price_cents integer NOT NULL,
    created_at timestamptz NOT NULL,
    revision integer NOT NULL,
    history jsonb NOT NULL,
    CONSTRAINT booking_pkey PRIMARY KEY (id),
    CONSTRAINT booking_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT booking_rider_id_fkey FOREIGN KEY (rider_id) REFERENCES rider (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT booking_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX booking_agency_idx ON booking (agency_id, created_at);
CREATE INDEX booking_rider_id_idx ON booking (rider_id);
CREATE TABLE leg (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    service_id text COLLATE "C" NOT NULL,
    pickup jsonb NOT NULL,
    dropoff jsonb NOT NULL,
    pickup_point {point},
    dropoff_point {point},
    pickup_window jsonb NOT NULL,
    dropoff_window jsonb NOT NULL,
    pickup_earliest timestamptz NOT NULL,
    max_ride_s integer NOT NULL,
    boarding_s integer NOT NULL,
    state text NOT NULL,
    run_id text COLLATE "C",
    owner text COLLATE "C",
    answer_by timestamptz,
    asked_run_ids jsonb NOT NULL,
    outcome text,
    narrowed_at timestamptz,
    CONSTRAINT leg_pkey PRIMARY KEY (id),
    CONSTRAINT leg_booking_id_position_key UNIQUE (booking_id, position),
    CONSTRAINT leg_agency_id_service_id_fkey FOREIGN KEY (agency_id, service_id) REFERENCES service (agency_id, id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT leg_state_check CHECK (state IN ('awaiting_confirmation', 'waiting_list', 'on_run', 'in_rescue',
        'closed')),
    CONSTRAINT leg_outcome_check CHECK (outcome IN ('performed', 'no_show', 'cancelled', 'not_confirmed')),
    CONSTRAINT leg_run_check CHECK (state NOT IN ('on_run', 'awaiting_confirmation') OR run_id IS NOT NULL),
    CONSTRAINT leg_rescue_check CHECK (state <> 'in_rescue' OR owner IS NOT NULL),
    CONSTRAINT leg_closed_check CHECK ((state = 'closed') = (outcome IS NOT NULL)),
    CONSTRAINT leg_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT leg_booking_id_fkey FOREIGN KEY (booking_id) REFERENCES booking (id) ON DELETE CASCADE DEFERRABLE
        INITIALLY DEFERRED,
    CONSTRAINT leg_run_id_fkey FOREIGN KEY (run_id) REFERENCES run (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX leg_booking_id_idx ON leg (booking_id);
CREATE INDEX leg_run_id_idx ON leg (run_id);
CREATE INDEX leg_to_settle_idx ON leg (answer_by) WHERE state = 'awaiting_confirmation';
CREATE TABLE idempotency_key (
    account_id text COLLATE "C" NOT NULL,
    key text NOT NULL,
    agency_id text COLLATE "C",
    fingerprint text NOT NULL,
    booking_id text COLLATE "C",
    rejection_reason text,
    claimed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (account_id, key)
);
CREATE TABLE notice (
    id text COLLATE "C" NOT NULL,
    agency_id text COLLATE "C" NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    created_at timestamptz NOT NULL,
    booking_id text COLLATE "C",
    run_id text COLLATE "C",
    to_rider_id text COLLATE "C",
    to_driver_id text COLLATE "C",
    delay_s integer,
    sent_at timestamptz,
    attempts integer NOT NULL,
    CONSTRAINT notice_pkey PRIMARY KEY (id),
    CONSTRAINT notice_agency_id_key_key UNIQUE (agency_id, key),
    CONSTRAINT notice_kind_check CHECK (kind IN ('booked', 'awaiting_confirmation', 'confirmed', 'not_confirmed',
        'cancelled', 'narrowed', 'delayed', 'rescued', 'in_rescue', 'ride_asked', 'run_changed', 'desk_task')),
    CONSTRAINT notice_agency_id_fkey FOREIGN KEY (agency_id) REFERENCES agency (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX notice_unsent_idx ON notice (created_at, id) WHERE sent_at IS NULL;
"""


def upgrade() -> None:
    """Make all tables; points are geometry where PostGIS is installed or can be."""
    connection = op.get_bind()
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    points.try_postgis(connection)
    point = points.column_type(connection)
    for group in (_TENANTS, _SERVICES, _RUNS, _BOOKINGS):
        connection.exec_driver_sql(group.replace("{point}", point))
