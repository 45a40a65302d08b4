"""From one database to another: an embedded one that has grown up moves to a PostGIS server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection, NullPool, Table, create_engine, func, insert, select

from mobility.errors import ConflictError
from mobility.store import tables
from mobility.store.migrations import migrate
from mobility.store.postgres_errors import translated

_ROWS_AT_ONCE = 1000


def move(source_url: str, target_url: str) -> dict[str, int]:
    """Copy every row, as of one instant, into an empty database (SQLAlchemy URLs); the source stays as it is.

    Both are migrated first. All or nothing: the target is filled in one transaction. Returns the number of rows by table.

    Raises:
        ConflictError: the target holds an agency already.
        UnavailableError: one of the two cannot be reached.
    """
    migrate(source_url)
    migrate(target_url)
    with translated(), ExitStack() as stack:
        source = stack.enter_context(_transaction(source_url, "REPEATABLE READ"))
        target = stack.enter_context(_transaction(target_url, "READ COMMITTED"))
        if target.execute(select(tables.agency.c.id).limit(1)).first() is not None:
            raise ConflictError("the target database is not empty (name a new one)")
        return {table.name: _copy(table, source, target) for table in tables.agency.metadata.sorted_tables}


@contextmanager
def _transaction(url: str, isolation_level: str) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool, isolation_level=isolation_level, hide_parameters=True)
    with engine.begin() as connection:
        yield connection


def _copy(table: Table, source: Connection, target: Connection) -> int:
    rows = source.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table)).mappings()
    for some in rows.partitions():
        target.execute(insert(table), [dict(row) for row in some])
    expected = source.execute(select(func.count()).select_from(table)).scalar_one()
    arrived = target.execute(select(func.count()).select_from(table)).scalar_one()
    if arrived != expected:
        raise ConflictError(f"{table.name}: {expected} rows in the source, {arrived} arrived; nothing was changed")
    return int(arrived)
