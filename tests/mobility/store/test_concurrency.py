"""Two at once: what a random load would not show, a barrier does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from mobility.domain.bookings import HistoryEntry
from mobility.errors import StaleBookingError, StaleRunError, UnavailableError
from mobility.store.interface import Store, StoredAnswer, Transaction
from mobility.store.postgres import PostgresStore
from mobility.store.postgres_errors import BusyError

ROUNDS = 15
SETTLE_S = 0.15


def held(store: Store, first: Callable[[Transaction], None], second: Callable[[], Any]) -> tuple[Future[Any], float]:
    """``first`` in a transaction that stays open for a while, ``second`` in another thread meanwhile; what became of it, and after
    how many seconds of waiting.
    """
    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as tx:
            first(tx)
            started = time.perf_counter()
            outcome = pool.submit(second)
            time.sleep(SETTLE_S)
            assert not outcome.done(), "the second does not wait"
        outcome.exception(timeout=10)
        return outcome, time.perf_counter() - started


def test_the_second_to_lock_a_run_waits_and_sees_the_first_ones_change(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        tx.add_run(example.run())
    changed = replace(example.run().without_leg("a-leg"), delay_s=5)

    def first(tx: Transaction) -> None:
        tx.lock_runs(["a-run"])
        tx.save_run(changed, 0)

    outcome, waited = held(supplied, first, lambda: supplied.in_transaction(lambda tx: tx.lock_runs(["a-run"])))
    assert outcome.result() == [changed], "revision and visits are those of after the wait"
    assert waited >= SETTLE_S


def test_the_second_to_lock_a_booking_waits_and_sees_the_first_ones_change(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        tx.add_booking(example.booking())
    changed = example.booking().with_leg(example.leg(boarding_s=7), HistoryEntry(example.noon, "desk", "slower"))

    def first(tx: Transaction) -> None:
        tx.lock_booking(example.staff, "a-booking")
        tx.save_booking(changed)

    outcome, _ = held(supplied, first, lambda: supplied.in_transaction(lambda tx: tx.lock_booking(example.staff, "a-booking")))
    assert outcome.result() == changed


def test_a_key_claimed_elsewhere_is_waited_for(store: Store) -> None:
    answer = StoredAnswer("f", "b1", None)

    def first(tx: Transaction) -> None:
        assert tx.claim_key("me", "k", "f") is None
        tx.store_answer("me", "k", answer)

    outcome, _ = held(store, first, lambda: store.in_transaction(lambda tx: tx.claim_key("me", "k", "f")))
    assert outcome.result() == answer


def test_a_key_is_free_again_when_its_holder_fails(store: Store) -> None:
    with ThreadPoolExecutor(1) as pool:
        outcomes = []

        def fail(tx: Transaction) -> None:
            assert tx.claim_key("me", "k", "f") is None
            outcomes.append(pool.submit(lambda: store.in_transaction(lambda tx: tx.claim_key("me", "k", "f"))))
            time.sleep(SETTLE_S)
            assert not outcomes[0].done()
            raise RuntimeError("power cut")

        with pytest.raises(RuntimeError, match="power cut"):
            store.in_transaction(fail)
        assert outcomes[0].result(timeout=10) is None


def test_of_two_saves_from_one_snapshot_one_is_stale(supplied: Store, example: Any) -> None:
    """No locks: re-optimisation works on a snapshot and finds out when it saves."""
    with supplied.transaction() as tx:
        tx.add_run(example.run())
        tx.add_booking(example.booking())
    barrier = threading.Barrier(2)

    def change(delay_s: int) -> str:
        with supplied.transaction() as tx:
            run, booking = tx.get_run(example.staff, "a-run"), tx.get_booking(example.staff, "a-booking")
        barrier.wait(10)
        try:
            supplied.in_transaction(
                lambda tx: tx.save_run(replace(run, revision=run.revision + 1, delay_s=delay_s), run.revision)
            )
        except StaleRunError:
            pass
        else:
            return "won"
        with pytest.raises(StaleBookingError):  # noqa: PT012 -- the winner's save comes first
            supplied.in_transaction(lambda tx: tx.save_booking(replace(booking, revision=booking.revision + 1, history=())))
            supplied.in_transaction(lambda tx: tx.save_booking(replace(booking, revision=booking.revision + 1, history=())))
        return "stale"

    for _ in range(ROUNDS):
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(change, (1, 2))) == ["stale", "won"]


def test_the_last_seat_is_sold_once(supplied: Store, example: Any) -> None:
    """Eight at a barrier lock, look, and take the one free place: exactly one gets it. Without the lock all would."""
    clients = 8
    barrier = threading.Barrier(clients)

    def take(run_id: str) -> bool:
        def work(tx: Transaction) -> bool:
            (run,) = tx.lock_runs([run_id])
            if run.delay_s >= 0:
                return False
            tx.save_run(replace(run, revision=run.revision + 1, delay_s=0), run.revision)
            return True

        barrier.wait(20)
        return supplied.in_transaction(work)

    with ThreadPoolExecutor(clients) as pool:
        for number in range(ROUNDS):
            run = example.run(f"run-{number}", driver_id=None, vehicle=example.vehicle(f"v{number}"), delay_s=-1)
            with supplied.transaction() as tx:
                tx.add_run(run)
            assert sum(pool.map(take, [run.id] * clients)) == 1


def test_a_run_opened_by_many_at_once_exists_once(supplied: Store, example: Any) -> None:
    clients = 6
    barrier = threading.Barrier(clients)

    def open_run(number: int) -> bool:
        run = example.run(f"run-{number}", driver_id=None, vehicle=example.vehicle(f"v{number}"))
        barrier.wait(20)
        return supplied.in_transaction(lambda tx: tx.add_run(run))

    with ThreadPoolExecutor(clients) as pool:
        for number in range(ROUNDS):
            assert sum(pool.map(open_run, [number] * clients)) == 1


def test_no_notice_is_taken_by_two_workers(supplied: Store, example: Any) -> None:
    count, clients = 40, 4
    with supplied.transaction() as tx:
        for number in range(count):
            tx.add_notice(example.notice(f"n{number}"))
    barrier = threading.Barrier(clients)

    def send(_: int) -> list[str]:
        barrier.wait(20)
        sent = []
        for _ in range(count):
            with supplied.transaction() as tx:
                taken = tx.take_unsent_notices(3)
                for notice in taken:
                    time.sleep(0.001)
                    tx.mark_notice(notice.id, example.noon)
                sent += [notice.id for notice in taken]
        return sent

    with ThreadPoolExecutor(clients) as pool:
        sent = [notice for part in pool.map(send, range(clients)) for notice in part]
    assert len(sent) == len(set(sent)) == count


def test_only_one_dataset_is_in_use_after_two_imports_at_once(supplied: Store, example: Any) -> None:
    barrier = threading.Barrier(2)

    def activate(version: int) -> None:
        barrier.wait(10)
        supplied.in_transaction(lambda tx: tx.activate_dataset(example.dataset(version)))

    with ThreadPoolExecutor(2) as pool:
        for version in range(1, 2 * ROUNDS, 2):
            list(pool.map(activate, (version, version + 1)))
    with supplied.transaction() as tx:
        listed = tx.list_datasets(example.staff, example.dataset().kind)
    assert len(listed) == 2 * ROUNDS
    assert sum(dataset.in_use for dataset in listed) == 1


def test_locked_notices_are_skipped_not_waited_for(postgres_store: PostgresStore, example: Any) -> None:
    with postgres_store.transaction() as tx:
        example.supply(tx)
        tx.add_notice(example.notice("one"))
        tx.add_notice(example.notice("two"))
    with postgres_store.transaction() as first:
        assert [notice.id for notice in first.take_unsent_notices(1)] == ["a-one"]
        with postgres_store.transaction() as second:
            assert [notice.id for notice in second.take_unsent_notices(9)] == ["a-two"]


def test_a_deadlock_is_tried_again(postgres_store: PostgresStore, example: Any) -> None:
    """Two that lock the same runs in opposite order, one statement each: PostgreSQL ends one of them, which then succeeds."""
    with postgres_store.transaction() as tx:
        example.supply(tx)
        for name in ("x", "y"):
            tx.add_run(example.run(name, driver_id=None, vehicle=example.vehicle(name)))
    barrier, tries = threading.Barrier(2), []

    def both(order: list[str]) -> int:
        met = False

        def work(tx: Transaction) -> int:
            nonlocal met
            tries.append(order)
            tx.lock_runs(order[:1])
            if not met:
                met = True
                barrier.wait(10)
            return len(tx.lock_runs(order[1:]))

        return postgres_store.in_transaction(work)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(both, (["a-x", "a-y"], ["a-y", "a-x"]))) == [1, 1]
    assert len(tries) == 3


def test_after_three_tries_the_caller_is_told(postgres_store: PostgresStore) -> None:
    tries = []

    def work(tx: Transaction) -> None:
        tries.append(tx)
        raise BusyError("others were quicker")

    with pytest.raises(UnavailableError):
        postgres_store.in_transaction(work)
    assert len(tries) == 3


def test_a_transaction_within_a_transaction_is_refused_in_memory() -> None:
    from mobility.store.memory import MemoryStore

    store = MemoryStore()
    with store.transaction(), pytest.raises(RuntimeError, match="already"), store.transaction():
        pass
    with store.transaction() as tx:
        assert tx.list_agencies() == []
