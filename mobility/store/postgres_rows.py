"""What all nouns' rows share: one connection in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, Text, any_, cast, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, insert

from mobility.errors import ConflictError, NotFoundError
from mobility.store.changes import NOTIFY, Topic, message_of
from mobility.store.codec import Row, from_row
from mobility.store.postgres_errors import translated

T = TypeVar("T")


class Rows:
    """Reads and writes rows on the transaction's connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changed: set[Topic] = set()

    def tell_changes(self) -> None:
        """Have what changed told when the transaction commits."""
        if self._changed:
            with translated():
                self._connection.execute(text(NOTIFY), {"messages": sorted(message_of(topic) for topic in self._changed)})

    def _list(self, kind: type[T], statement: Select[Any]) -> list[T]:
        with translated():
            return [from_row(kind, row) for row in self._connection.execute(statement).mappings()]

    def _find(self, kind: type[T], statement: Select[Any]) -> T | None:
        with translated():
            row = self._connection.execute(statement).mappings().first()
        return None if row is None else from_row(kind, row)

    def _get(self, kind: type[T], statement: Select[Any], what: str) -> T:
        found = self._find(kind, statement)
        if found is None:
            raise NotFoundError(f"{what}: not found")
        return found

    def _add(self, table: Table, row: Row, conflict_on: list[str] | None = None) -> bool:
        """Insert a row; False when one with this key (any key by default) exists: the transaction goes on."""
        statement = insert(table).values(row).on_conflict_do_nothing(index_elements=conflict_on)
        with translated():
            return self._connection.execute(statement).rowcount == 1

    def _add_new(self, table: Table, row: Row) -> None:
        if not self._add(table, row):
            raise ConflictError(f"{table.name}: exists already")

    def _save(self, table: Table, row: Row) -> None:
        """Insert a row or replace the one with its key; never one of another agency."""
        key = [column.name for column in table.primary_key]
        statement = insert(table).values(row)
        changes = {name: statement.excluded[name] for name in row if name not in key}
        own = table.c.agency_id == statement.excluded.agency_id
        with self._savepoint():
            done = self._connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changes, where=own))
        if done.rowcount == 0:
            raise ConflictError(f"{table.name}: this id belongs to another agency")

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        """What fails in here is undone alone: the caller may catch the error and go on."""
        with translated(), self._connection.begin_nested():
            yield


def among(column: ColumnElement[Any], ids: Collection[str]) -> ColumnElement[bool]:
    """``column`` is one of ``ids``, as one array parameter (one prepared statement whatever their number)."""
    return column == any_(cast(sorted(ids), ARRAY(Text)))


def children(columns: Sequence[Column[Any]], position: Column[Any], of_parent: ColumnElement[bool]) -> ColumnElement[Any]:
    """The rows that belong to a parent, as one JSON array in order: read in the parent's own statement, so that both are of the
    same instant.
    """
    pairs: list[ColumnElement[Any]] = []
    for column in columns:
        pairs += (literal_column(f"'{column.name}'"), column)
    in_order = aggregate_order_by(func.jsonb_build_object(*pairs), position)
    array = select(func.jsonb_agg(in_order, type_=JSONB)).where(of_parent).scalar_subquery()
    return func.coalesce(array, func.jsonb_build_array(), type_=JSONB)
