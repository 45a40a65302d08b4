"""One statement of many fails, or one commit: as if the disk were full, the server had gone, or its answer had been lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

import psycopg
from sqlalchemy import event

from mobility.errors import UnavailableError
from mobility.store.interface import Store
from mobility.store.postgres import PostgresStore
from tests.kept import read_rows


class Failure(Enum):
    """What goes wrong."""

    FULL = "the disk is full"
    CUT = "the server ends the connection"
    CLASH = "two transactions got in each other's way"
    LOST = "a commit is done, but nobody hears of it"


_STATES = {Failure.FULL: "disk_full", Failure.CLASH: "serialization_failure"}
_MOST = 200


@contextmanager
def failing_at(store: Store, number: int, failure: Failure = Failure.FULL) -> Iterator[list[str]]:
    """Statement or commit ``number`` (from 1) fails. What has failed stands in the list."""
    assert isinstance(store, PostgresStore)
    engine, failed, seen = store._engine, [], 0
    commit = engine.dialect.do_commit

    def is_it(what: str) -> bool:
        nonlocal seen
        seen += 1
        if seen == number:
            failed.append(what)
        return seen == number

    def statement(_: Any, cursor: Any, text: str, parameters: Any, *more: Any) -> tuple[str, Any]:
        if not is_it(text) or failure is Failure.LOST:
            return text, parameters
        if failure is Failure.CUT:
            _end(store, cursor.connection)
            return text, parameters
        return f"DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{_STATES[failure]}'; END $$", ()

    def committing(connection: Any) -> None:
        if not is_it("COMMIT"):
            commit(connection)
            return
        if failure is Failure.LOST:
            commit(connection)
            raise psycopg.OperationalError
        if failure is Failure.CUT:
            _end(store, connection.driver_connection)
        else:
            connection.rollback()
            raise psycopg.errors.DiskFull if failure is Failure.FULL else psycopg.errors.SerializationFailure
        commit(connection)

    event.listen(engine, "before_cursor_execute", statement, retval=True)
    vars(engine.dialect)["do_commit"] = committing
    try:
        yield failed
    finally:
        del vars(engine.dialect)["do_commit"]
        event.remove(engine, "before_cursor_execute", statement)


def _end(store: PostgresStore, connection: Any) -> None:
    """As an administrator would; the next statement finds nobody there."""
    with psycopg.connect(
        store._engine.url.render_as_string(hide_password=False).replace("+psycopg", ""), autocommit=True
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))


def fails_everywhere(
    store: Store, act: Callable[[], object], failure: Failure = Failure.FULL, *, at_once: bool = True, step: int = 1
) -> int:
    """Let each statement and commit of ``act`` (every ``step``-th) fail until none is left to fail; how many there were. Whatever has failed,
    it is said that the database cannot be used, and not one row has changed (``at_once``: it is one transaction). Then it succeeds.
    """
    assert isinstance(store, PostgresStore)
    for number in range(1, _MOST, step):
        before = read_rows(store) if at_once else {}
        with failing_at(store, number, failure) as failed:
            try:
                act()
            except UnavailableError:
                assert failed, "nothing had failed"
            else:
                assert not failed, f"a failure was hidden: {failed}"
                return number - 1
        if at_once:
            after = read_rows(store)
            changed = [table for table in before.keys() | after.keys() if before.get(table) != after.get(table)]
            assert changed == [], f"half-written by {failed}"
    raise AssertionError("never came to its end")
