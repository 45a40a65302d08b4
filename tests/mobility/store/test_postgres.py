"""What is PostgreSQL's own: constraints behind the checks, errors in our words, a crash in the middle."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mobility.domain.places import Place
from mobility.errors import ConflictError, InvalidInputError, UnavailableError
from mobility.store.embedded import EmbeddedServer
from mobility.store.migrations import migrate
from mobility.store.moving import move
from mobility.store.postgres import PostgresStore


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    folder = Path(tempfile.gettempdir()) / f"mobility-crash-{secrets.token_hex(6)}"
    with EmbeddedServer(folder) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


def test_what_was_answered_survives_a_crash(server: EmbeddedServer, example: Any) -> None:
    url = server.start()
    migrate(url)
    store = PostgresStore(url)
    with store.transaction() as tx:
        example.fill(tx)

    def crash() -> None:
        with store.transaction() as tx:
            tx.save_run(example.run(revision=1, delay_s=99), 0)
            os.kill(int((server.cluster / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            for _ in range(1000):  # until the connection is gone
                tx.list_agencies()

    with pytest.raises(UnavailableError):
        crash()
    server.start()
    with store.transaction() as tx:  # the pool notices that its connections are of the time before
        assert tx.get_run(example.staff, "a-run") == example.run()
        assert tx.get_booking(example.staff, "a-booking") == example.booking()
        assert tx.take_unsent_notices(9) == [example.notice()]
    store.close()


BROKEN = [
    "UPDATE leg SET state = 'lost'",
    "UPDATE leg SET run_id = NULL",
    "UPDATE leg SET state = 'in_rescue', owner = NULL",
    "UPDATE leg SET state = 'closed'",
    "UPDATE leg SET run_id = 'none'",
    "UPDATE run SET ends_at = starts_at",
    "UPDATE visit SET leg_id = NULL",
    "UPDATE visit SET agency_id = 'none'",
    "UPDATE account SET role = 'king'",
    "DELETE FROM run",
    "DELETE FROM rider",
    "DELETE FROM agency",
    "INSERT INTO notice SELECT id || '2', agency_id, key, kind, created_at, NULL, NULL, NULL, NULL, NULL, NULL, 0 FROM notice",
    "INSERT INTO dataset SELECT id || '2', agency_id, kind, version + 1, folder, source, sha256, imported_at, in_use FROM dataset",
]


@pytest.mark.parametrize("statement", BROKEN)
def test_the_database_itself_refuses(postgres_store: PostgresStore, example: Any, statement: str) -> None:
    """Whatever a careless hand types at 03:00."""
    from mobility.domain.accounts import Account, Role

    with postgres_store.transaction() as tx:
        example.fill(tx)
        tx.save_account(Account("acc", "a", "erna", Role.RIDER, "hash"))
    with pytest.raises(DBAPIError), postgres_store._engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "change",
    [{"name": "NUL \x00"}, {"max_walk_m": 10**12}, {"name": "\ud800"}, {"home": Place(float("nan"), 49.0)}],
    ids=["nul", "too large", "half a character", "not a number"],
)
def test_what_cannot_be_stored_is_bad_input(postgres_store: PostgresStore, example: Any, change: dict[str, Any]) -> None:
    with postgres_store.transaction() as tx:
        example.supply(tx)
    with pytest.raises(InvalidInputError) as refused:
        postgres_store.in_transaction(lambda tx: tx.save_rider(replace(example.rider(), **change)))
    assert "Erna" not in str(refused.value)


def test_a_time_without_zone_is_bad_input(postgres_store: PostgresStore, example: Any) -> None:
    with postgres_store.transaction() as tx:
        example.supply(tx)
    with pytest.raises(InvalidInputError):
        postgres_store.in_transaction(lambda tx: tx.add_notice(example.notice(created_at=datetime(2026, 1, 1))))  # noqa: DTZ001


def test_errors_hold_no_personal_data(postgres_store: PostgresStore, example: Any) -> None:
    with pytest.raises(ConflictError) as refused:
        postgres_store.in_transaction(lambda tx: tx.save_rider(example.rider()))
    shown = "".join(traceback.format_exception(refused.value))
    assert "Müller" not in shown
    assert "6221" not in shown
    assert "DETAIL" not in shown


def test_nobody_waits_for_ever(postgres_store: PostgresStore, example: Any) -> None:
    with postgres_store.transaction() as tx:
        example.fill(tx)
    with postgres_store.transaction() as holder:
        holder.lock_runs(["a-run"])

        def hurry(tx: Any) -> None:
            tx._connection.execute(text("SET LOCAL lock_timeout = '100ms'"))
            tx.lock_runs(["a-run"])

        with pytest.raises(UnavailableError, match="lock"):
            postgres_store.in_transaction(hurry)


def test_a_full_pool_is_answered(database_url: str) -> None:
    store = PostgresStore(database_url, pool_size=1)
    store._engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    with (
        store.transaction(),
        store.transaction(),
        store.transaction(),
        pytest.raises(UnavailableError, match="too many"),
        store.transaction(),
    ):
        pass
    store.close()


def test_earlier_texts_of_a_service_are_kept(postgres_store: PostgresStore, example: Any) -> None:
    with postgres_store.transaction() as tx:
        example.supply(tx)
        for source in ("name = 'two'", "name = 'two'", "name = 'one'"):
            tx.save_service("a", example.service(), source)
    with postgres_store._engine.connect() as connection:
        kept = connection.execute(text("SELECT version, source_toml FROM service_version ORDER BY version")).all()
    assert [tuple(row) for row in kept] == [(1, "name = 'one'"), (2, "name = 'two'"), (3, "name = 'one'")]


@pytest.mark.parametrize("target", ["embedded_cluster", "postgis_cluster"])
def test_a_database_moves_with_everything(
    postgres_store: PostgresStore, request: pytest.FixtureRequest, example: Any, neighbour: Any, target: str
) -> None:
    with postgres_store.transaction() as tx:
        example.fill(tx)
        neighbour.fill(tx)
        tx.claim_key("a-account", "k", "f")
    source_url = postgres_store._engine.url.render_as_string(hide_password=False)
    cluster = request.getfixturevalue(target)
    target_url = cluster.address(cluster.new_database())
    moved = move(source_url, target_url)
    assert (moved["run"], moved["visit"], moved["idempotency_key"], moved["service_version"]) == (2, 8, 1, 2)
    there = PostgresStore(target_url)
    with there.transaction() as tx, postgres_store.transaction() as before:
        for county in (example, neighbour):
            assert tx.get_run(county.staff, county.run().id) == before.get_run(county.staff, county.run().id) == county.run()
            assert tx.list_bookings(county.staff) == [county.booking()]
            assert tx.list_notices(county.staff) == [county.notice()]
            assert tx.get_service_source(county.staff, "bus") == "name = 'one'"
    there.close()
    with pytest.raises(ConflictError, match="not empty"):
        move(source_url, target_url)
