"""Tables and migrations say the same; two may migrate at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import NullPool, Table, create_engine, select, text

from mobility.domain.accounts import Account, Agency, Session
from mobility.domain.bookings import Booking, Leg
from mobility.domain.datasets import Dataset
from mobility.domain.favourites import Favourite
from mobility.domain.fleet import Driver, Shift
from mobility.domain.holds import Hold
from mobility.domain.live_news import LiveSource, TripReport
from mobility.domain.notices import Notice
from mobility.domain.requests import Decision
from mobility.domain.riders import Rider, RiderNote, SpokenPin
from mobility.domain.runs import Run, Visit
from mobility.domain.sign_in import OneTimeCode, Passkey
from mobility.domain.standing_orders import StandingOrder, StandingRide
from mobility.domain.trust import ArrivalContact, BookingConsent
from mobility.domain.waiting import WaitingWish
from mobility.errors import UnavailableError
from mobility.store import desk_tables as d
from mobility.store import live_tables as n
from mobility.store import tables as t
from mobility.store import wish_tables as w
from mobility.store.interface import StoredAnswer
from mobility.store.migrations import FOLDER, migrate, newest
from mobility.store.postgres import PostgresStore

METADATA = t.agency.metadata

_SHAPE = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT table_name, column_name, data_type || is_nullable || coalesce(collation_name, '') || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
"""


def shape(url: str) -> set[tuple[str, str, str]]:
    """Constraints, indexes and columns of our tables, as PostgreSQL describes them."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows = connection.execute(_SHAPE).fetchall()
    return {(table, name, what) for table, name, what in rows if table in METADATA.tables}


@pytest.mark.parametrize("kind", ["embedded_cluster", "postgis_cluster"])
def test_migrations_make_what_the_tables_say(request: pytest.FixtureRequest, kind: str) -> None:
    cluster = request.getfixturevalue(kind)
    migrated, made = cluster.address(cluster.new_database()), cluster.address(cluster.new_database())
    migrate(migrated)
    migrate(migrated)
    engine = create_engine(made, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION btree_gist"))
        METADATA.create_all(connection)
    points = {"point", "pickup_point", "dropoff_point"}
    assert {row for row in shape(migrated) if row[1] not in points} == {row for row in shape(made) if row[1] not in points}
    assert len(shape(migrated)) > 200
    with create_engine(migrated, poolclass=NullPool).connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert [change for change in found if not _is_geometry(change)] == []


def _is_geometry(change: Any) -> bool:
    """PostGIS's own table, and points that are geometry there on purpose."""
    return "spatial_ref_sys" in repr(change) or (
        isinstance(change, list) and change[0][0] == "modify_type" and change[0][3].endswith("point")
    )


def test_two_may_migrate_at_once(embedded_cluster: Any) -> None:
    url = embedded_cluster.address(embedded_cluster.new_database())
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, [url] * 3))
    assert shape(url) == shape(embedded_cluster.server_url)


def test_points_are_geometry_on_postgis_and_bytes_elsewhere(request: pytest.FixtureRequest, store: Any, example: Any) -> None:
    if not isinstance(store, PostgresStore):
        pytest.skip("memory has no columns")
    with store.transaction() as tx:
        example.fill(tx)
    with store._engine.connect() as connection:
        kind = connection.execute(text("SELECT pg_typeof(point)::text FROM visit LIMIT 1")).scalar_one()
        point = connection.execute(select(t.leg.c.pickup_point)).scalar_one()
        assert (point.lon, point.lat) == (example.leg().pickup.lon, example.leg().pickup.lat)
        if kind == "geometry":
            metres = "SELECT ST_Distance(pickup_point::geography, dropoff_point::geography) FROM leg"
            assert 60_000 < connection.execute(text(metres)).scalar_one() < 63_000
        else:
            assert kind == "bytea"


ROWS: list[tuple[type, Table, set[str]]] = [
    (Agency, t.agency, set()),
    (Account, t.account, set()),
    (Session, t.session, set()),
    (Dataset, t.dataset, set()),
    (Rider, t.rider, set()),
    (Favourite, t.favourite, set()),
    (RiderNote, d.rider_note, set()),
    (SpokenPin, d.spoken_pin, set()),
    (BookingConsent, d.booking_consent, set()),
    (ArrivalContact, d.arrival_contact, set()),
    (Hold, d.hold, set()),
    (Driver, t.driver, set()),
    (Shift, t.shift, set()),
    (Run, t.run, {"visits"}),
    (Visit, t.visit, set()),
    (Decision, t.decision, set()),
    (Booking, t.booking, {"legs"}),
    (Leg, t.leg, set()),
    (OneTimeCode, t.one_time_code, set()),
    (Passkey, t.passkey, set()),
    (Notice, t.notice, set()),
    (StandingOrder, w.standing_order, set()),
    (StandingRide, w.standing_ride, set()),
    (WaitingWish, w.waiting_wish, set()),
    (LiveSource, n.live_source, set()),
    (TripReport, n.trip_report, set()),
    (StoredAnswer, t.idempotency_key, set()),
]


@pytest.mark.parametrize(("kind", "table", "elsewhere"), ROWS, ids=[table.name for _, table, _ in ROWS])
def test_every_field_has_its_column(kind: type, table: Table, elsewhere: set[str]) -> None:
    """A field added to the domain and forgotten here would be lost without a word."""
    assert {field.name for field in fields(kind)} - elsewhere <= set(table.columns.keys())


def test_every_table_belongs_to_an_agency() -> None:
    assert [table.name for table in METADATA.sorted_tables if "agency_id" not in table.columns] == ["agency"]


def test_an_unreachable_server_is_one_clear_line() -> None:
    with pytest.raises(UnavailableError, match="DATABASE_URL"):
        migrate("postgresql+psycopg://nobody@127.0.0.1:1/none")
    store = PostgresStore("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(UnavailableError, match="DATABASE_URL"), store.transaction():
        pass


def test_a_database_of_the_newest_shape_is_known_without_alembic(embedded_cluster: Any) -> None:
    assert newest() == ScriptDirectory(str(FOLDER)).get_current_head()
    url = embedded_cluster.address(embedded_cluster.new_database())
    migrate(url)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0000')"))
    with pytest.raises(CommandError, match="0000"):  # anything else is alembic's to judge
        migrate(url)
