"""What many tests begin with is made once in each kind of store, and put back in a moment for everybody who asks for it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from mobility.store.interface import Store
from mobility.store.memory import MemoryStore
from mobility.store.memory_tables import Tables
from mobility.store.postgres import PostgresStore

T = TypeVar("T")
Rows = dict[str, bytes]
"""What PostgreSQL's COPY says of each table that has rows."""

_kept: dict[tuple[str, str], tuple[Tables | Rows, Any]] = {}
_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'spatial_ref_sys')"
)


def begin_with(store: Store, name: str, make: Callable[[], T]) -> T:
    """The store as ``make`` leaves it, and its answer, which must not be changed; what was in the store before is gone where it was
    made already. ``name`` says what it is, and from what it was made.
    """
    assert isinstance(store, MemoryStore | PostgresStore)
    key = (_kind(store), name)
    if key not in _kept:
        answer = make()
        _kept[key] = (_copied(store._tables) if isinstance(store, MemoryStore) else read_rows(store), answer)
        return answer
    tables, answer = _kept[key]
    if isinstance(store, MemoryStore):
        assert isinstance(tables, Tables)
        store._tables = _copied(tables)
    else:
        assert isinstance(tables, dict)
        write_rows(store, tables)
    kept: T = answer
    return kept


def _kind(store: MemoryStore | PostgresStore) -> str:
    return "memory" if isinstance(store, MemoryStore) else str(store._engine.url.set(database=None))


def _copied(tables: Tables) -> Tables:
    """The values are immutable."""
    return Tables(**{field.name: getattr(tables, field.name).copy() for field in fields(tables)})


def read_rows(store: PostgresStore) -> Rows:
    """All rows of all tables."""
    rows = {}
    with store._engine.connect() as opened:
        connection = _driver(opened.connection.driver_connection)
        for (table,) in connection.execute(_TABLES).fetchall():
            with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as found:
                rows[table] = b"".join(found)
    return {table: found for table, found in rows.items() if found}


def write_rows(store: PostgresStore, rows: Rows) -> None:
    """These rows and no others."""
    with store._engine.begin() as opened:
        connection = _driver(opened.connection.driver_connection)
        connection.execute(
            "SET LOCAL session_replication_role = replica"
        )  # in any order: the references were checked when it was made
        for (table,) in connection.execute(_TABLES).fetchall():
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        for table, found in rows.items():
            with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as writing:
                writing.write(found)


def _driver(connection: Any) -> Connection[Any]:
    assert isinstance(connection, Connection)
    return connection
