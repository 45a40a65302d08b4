"""The store in memory: for tests, for the simulation, and as the contract's second opinion. It passes the same suite."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from mobility.store.changes import Changes, Tell, Topic
from mobility.store.interface import Store, Transaction
from mobility.store.memory_callers import CallerRows
from mobility.store.memory_holds import HoldRows
from mobility.store.memory_live import LiveRows
from mobility.store.memory_office import OfficeRows
from mobility.store.memory_people import AccountRows, DatasetRows, PeopleRows, ServiceRows
from mobility.store.memory_privacy import PrivacyRows
from mobility.store.memory_rides import BookingRows, DecisionRows, HandRows, KeyRows, NoticeRows, RunRows
from mobility.store.memory_sign_in import SignInRows
from mobility.store.memory_tables import Journal, Tables
from mobility.store.memory_trust import TrustRows
from mobility.store.memory_wishes import WishRows

T = TypeVar("T")


class MemoryTransaction(
    AccountRows,
    SignInRows,
    DatasetRows,
    ServiceRows,
    PeopleRows,
    CallerRows,
    RunRows,
    DecisionRows,
    BookingRows,
    HandRows,
    HoldRows,
    WishRows,
    PrivacyRows,
    KeyRows,
    NoticeRows,
    OfficeRows,
    LiveRows,
    TrustRows,
):
    """One transaction; the values are immutable, so what is read stays as it was read."""


class MemoryStore(Store):
    """Keeps everything in dictionaries. One transaction at a time; others wait, so nothing can deadlock."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._changes = Changes()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One unit of work; see :class:`mobility.store.interface.Store`."""
        if self._holder == threading.get_ident():
            raise RuntimeError("a transaction is open in this thread already")
        with self._lock:
            self._holder = threading.get_ident()
            journal = Journal()
            try:
                yield MemoryTransaction(self._tables, journal)
                journal.check_references()
            except BaseException:
                journal.undo()
                raise
            finally:
                self._holder = None
        self._changes.tell(journal.changed)

    def subscribe(self, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
        """See :class:`mobility.store.interface.Store`."""
        return self._changes.subscribe(topics, tell)

    def in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction and return its result."""
        with self.transaction() as tx:
            return work(tx)

    def close(self) -> None:
        """Nothing to give back."""
