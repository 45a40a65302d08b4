"""What has changed is told after the commit, to whoever listens, on every store alike."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import psycopg
import pytest

from mobility.domain.bookings import HistoryEntry
from mobility.store.changes import Topic
from mobility.store.interface import Store
from mobility.store.postgres import PostgresStore

Heard: TypeAlias = "queue.Queue[Topic | None]"


@contextmanager
def listening(store: Store, *topics: Topic) -> Iterator[Heard]:
    heard: Heard = queue.Queue()
    end = store.subscribe(topics, heard.put)
    try:
        yield heard
    finally:
        end()


def named(heard: Heard, count: int) -> set[Topic]:
    """The next ``count`` topics; what says "anything may have changed" (a listener has just begun) is passed over."""
    found: set[Topic] = set()
    while len(found) < count:
        topic = heard.get(timeout=10)
        found |= {topic} if topic is not None else set()
    return found


def quiet(heard: Heard) -> bool:
    time.sleep(0.2)
    return all(heard.get_nowait() is None for _ in range(heard.qsize()))


def test_a_saved_run_and_booking_are_told_and_nothing_else(store: Store, example: Any, neighbour: Any) -> None:
    with store.transaction() as tx:
        example.fill(tx)
    run, day = Topic.of_run("a", "a-run"), Topic.of_day("a", example.day)
    booking, notices = Topic.of_booking("a", "a-booking"), Topic.of_notices("a")
    elsewhere = Topic.of_day("b", example.day)
    with listening(store, run, day, booking, notices, elsewhere) as heard:
        with store.transaction() as tx:
            before = tx.get_run(example.staff, "a-run")
            tx.save_run(replace(before, revision=before.revision + 1, delay_s=60), before.revision)
        assert named(heard, 2) == {run, day}
        with store.transaction() as tx:
            waiting = tx.get_booking(example.staff, "a-booking")
            tx.save_booking(waiting.with_leg(waiting.legs[0], HistoryEntry(example.noon, "desk", "noted")))
        assert named(heard, 1) == {booking}
        with store.transaction() as tx:
            tx.add_notice(example.notice("another"))
            tx.add_notice(example.notice("another"))
        assert named(heard, 1) == {notices}
        assert quiet(heard)


def test_what_is_undone_is_not_told_and_who_has_left_hears_nothing(store: Store, example: Any) -> None:
    with store.transaction() as tx:
        example.fill(tx)
    day = Topic.of_day("a", example.day)

    def save(*, fail: bool) -> None:
        with store.transaction() as tx:
            before = tx.get_run(example.staff, "a-run")
            tx.save_run(replace(before, revision=before.revision + 1), before.revision)
            if fail:
                raise RuntimeError

    with listening(store, day) as heard:
        with pytest.raises(RuntimeError):
            save(fail=True)
        assert quiet(heard)
        save(fail=False)
        assert named(heard, 1) == {day}
    save(fail=False)
    assert quiet(heard)


def test_a_lost_line_is_made_anew_and_said(postgres_store: PostgresStore, database_url: str) -> None:
    """Messages of the meantime are lost: listeners are told that anything may have changed."""
    with listening(postgres_store, Topic.of_notices("a")) as heard:
        assert heard.get(timeout=10) is None, "listening has begun"
        with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        assert heard.get(timeout=10) is None
