"""What all tests share."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url, text

from mobility.store.changes import ListeningChanges
from mobility.store.embedded import EmbeddedServer
from mobility.store.interface import Store
from mobility.store.memory import MemoryStore
from mobility.store.migrations import migrate
from mobility.store.postgres import PostgresStore

pytest_plugins = ["tests.county"]

CHECKOUT = Path(__file__).resolve().parent.parent


_LONG = (
    "tests/setup/test_demo.py", "tests/scenarios/test_real_county.py", "tests/integrity/", "tests/browser/", "tests/web/test_page_roles.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long begin first: nobody is left with one when all others are done."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real OSM extracts and feeds beside the checkout (``MOBILITY_TEST_DATA`` names another place); skips without them."""
    folder = Path(os.environ.get("MOBILITY_TEST_DATA", CHECKOUT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real test data not present; set MOBILITY_TEST_DATA to its folder")
    return folder


_ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_EMPTY = """
DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'spatial_ref_sys') LOOP
        EXECUTE format('DELETE FROM %I', found.tablename);
    END LOOP;
END $$
"""


@dataclass
class Cluster:
    """A private database server of the tests, with a migrated database to copy and databases that tests have given back."""

    server_url: str
    made: int = 0
    idle: list[str] = field(default_factory=list)
    open: list[tuple[str, PostgresStore]] = field(default_factory=list)

    def address(self, database: str) -> str:
        return make_url(self.server_url).set(database=database).render_as_string(hide_password=False)

    def run(self, statement: LiteralString, database: str = "postgres") -> None:
        with psycopg.connect(self.address(database).replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The URL of a migrated, empty database. Emptied afterwards, not made anew (2 ms instead of 300): do not change its shape."""
        name = self.idle.pop() if self.idle else self.new_database("TEMPLATE mobility")
        try:
            yield self.address(name)
        finally:
            self.run(f"{_ALONE}; {_EMPTY}", name)
            self.idle.append(name)

    @contextmanager
    def fresh_store(self) -> Iterator[PostgresStore]:
        """A store in a fresh database. It comes back with its database and its connections, so that each statement is worked out once,
        here and in the server, and not for every test.
        """
        name, store = self.open.pop() if self.open else self._new_store()
        try:
            yield store
        finally:
            store._changes.close()
            store._changes = ListeningChanges(self.address(name).replace("+psycopg", ""))
            with store._engine.begin() as connection:  # it knows the tables already
                connection.execute(text(f"{_ALONE} AND state <> 'idle'"))
                connection.execute(text(_EMPTY))
            self.open.append((name, store))

    def _new_store(self) -> tuple[str, PostgresStore]:
        name = self.new_database("TEMPLATE mobility")
        return name, PostgresStore(self.address(name))

    def new_database(self, how: LiteralString = "") -> str:
        """The name of a database that is nobody else's; without tables unless ``how`` says otherwise."""
        self.made += 1
        name = f"test_{self.made}"
        with psycopg.connect(self.address("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {} " + how).format(Identifier(name)))
        return name


_POSTGIS = Path(os.environ.get("MOBILITY_TEST_POSTGIS", "/usr/lib/postgresql/15/bin"))


def _has_postgis() -> bool:
    extensions = Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    return (_POSTGIS / "postgres").exists() and any(extensions)


@contextmanager
def _started(binaries: Path | None) -> Iterator[Cluster]:
    """A server in a new folder of its own: not pytest's, which as root the server's account could not enter."""
    folder = Path(tempfile.gettempdir()) / f"mobility-tests-{secrets.token_hex(8)}"
    try:
        with EmbeddedServer(folder, binaries, durable=False) as server:
            cluster = Cluster(server.start())
            migrate(cluster.server_url)
            yield cluster
            for _, store in cluster.open:
                store.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_cluster() -> Iterator[Cluster]:
    """The bundled PostgreSQL."""
    with _started(None) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgis_cluster() -> Iterator[Cluster]:
    """PostgreSQL 15 with PostGIS as Debian 12 installs it (``MOBILITY_TEST_POSTGIS`` names another ``bin`` folder)."""
    if not _has_postgis():
        pytest.skip(f"no PostgreSQL with PostGIS in {_POSTGIS} (Debian: apt-get install postgresql-15-postgis-3)")
    with _started(_POSTGIS) as cluster:
        yield cluster


@pytest.fixture
def database_url(embedded_cluster: Cluster) -> Iterator[str]:
    """A new, migrated, empty database of the bundled PostgreSQL."""
    with embedded_cluster.fresh_database() as url:
        yield url


@pytest.fixture
def postgres_store(database_url: str) -> Iterator[PostgresStore]:
    """A new store in a database of its own."""
    with closing(PostgresStore(database_url)) as store:
        yield store


@contextmanager
def store_of(kind: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store: ``memory``, ``postgres`` (the bundled one) or ``postgis``."""
    if kind == "memory":
        yield MemoryStore()
        return
    cluster: Cluster = request.getfixturevalue("embedded_cluster" if kind == "postgres" else "postgis_cluster")
    with cluster.fresh_store() as made:
        yield made


@pytest.fixture(params=["memory", "database"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """In memory, and in PostgreSQL: every other test, by its name, with PostGIS where that is installed, the rest in the bundled one.
    That all three kinds are one, tests/mobility/store shows.
    """
    database = "postgis" if _has_postgis() and zlib.crc32(request.node.name.encode()) % 2 else "postgres"
    with store_of("memory" if request.param == "memory" else database, request) as made:
        yield made
