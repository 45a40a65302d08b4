"""A job that fails says where, and nothing of what anybody wrote; the worker goes on."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any, LiteralString

import psycopg
import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from mobility.settings import Settings
from mobility.worker import free_left_behind, job_app, make_job_tables, run_job
from tests.county import County

SECRET = "Erna Geheim 06221-4711"


def failing() -> None:
    try:
        int(SECRET)
    except ValueError as cause:
        raise RuntimeError(f"about {SECRET}") from cause


def test_a_failed_job_is_logged_without_texts_or_causes(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        run_job("notices", failing)
    (record,) = caplog.records
    line = logging.Formatter("%(levelname)s %(name)s: %(message)s").format(record)
    assert line.startswith("ERROR worker: job notices failed: RuntimeError at ")
    assert "test_worker.py:" in line
    assert " failing <" in line
    assert "ValueError" not in line
    assert "Erna" not in line


def test_what_stops_the_worker_is_not_held_up() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job("notices", stopped)


def test_each_job_of_the_worker_is_guarded(county: County, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError(SECRET)

    object.__setattr__(county.context, "clock", broken)
    object.__setattr__(county.context, "store", None)
    app: App = job_app(county.context, InMemoryConnector(), Settings())  # type: ignore[arg-type] # stands in for PostgreSQL's
    names = {"notices", "holds", "silence", "promises", "plans", "new_days", "standing_orders", "open_returns", "waiting_list"}
    with caplog.at_level(logging.DEBUG, "worker"):
        for name in sorted(names):
            app.tasks[name].func(timestamp=0)
    assert {record.getMessage().split()[1] for record in caplog.records} == names
    assert "Erna" not in caplog.text


def test_info_lines_are_seen_and_the_libraries_are_quiet() -> None:
    program = (
        "import logging; from mobility.worker import log_plainly; log_plainly();"
        "logging.getLogger('worker').info('seen'); logging.getLogger('mobility.notifications.outbox').info('seen too');"
        "logging.getLogger('httpx').info('an address'); logging.getLogger('procrastinate.worker').info('chatter')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    lines = [line.split(" ", 2)[2] for line in done.stderr.splitlines()]
    assert lines == ["INFO worker: seen", "INFO mobility.notifications.outbox: seen too"]


def test_what_a_killed_worker_was_at_is_done_again(database_url: str) -> None:
    """Killed with -9 in the middle of sending, it leaves its job locked: without help nobody would ever send again."""
    address = database_url.replace("+psycopg", "")
    make_job_tables(address)
    with psycopg.connect(address, autocommit=True, options="-c search_path=jobs") as connection:

        def one(statement: LiteralString, *values: object) -> Any:
            row = connection.execute(statement, values).fetchone()
            assert row is not None
            return row[0]

        job = "INSERT INTO procrastinate_jobs (queue_name, task_name, lock) VALUES ('default', 'notices', 'notices') RETURNING id"
        killed, alive = (one("SELECT procrastinate_register_worker_v1()") for _ in range(2))
        taken, due_again = one(job), one(job)
        assert one("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", killed) == taken
        assert one("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", alive) is None
        assert free_left_behind(address) == 0, "it may be at work still"
        connection.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 s' WHERE id = %s", (killed,))
        assert free_left_behind(address) == 1
        assert one("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", alive) == due_again
        connection.execute("DROP SCHEMA jobs CASCADE")
