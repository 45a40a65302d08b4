"""The store in PostgreSQL (15 or newer; PostGIS or not)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import create_engine

from mobility.store.changes import ListeningChanges, Tell, Topic
from mobility.store.interface import Store, Transaction
from mobility.store.postgres_accounts import AccountRows, DatasetRows
from mobility.store.postgres_bookings import BookingRows, DecisionRows, HandRows, KeyRows
from mobility.store.postgres_callers import CallerRows
from mobility.store.postgres_errors import BusyError, translated
from mobility.store.postgres_holds import HoldRows
from mobility.store.postgres_live import LiveRows
from mobility.store.postgres_notices import NoticeRows
from mobility.store.postgres_office import OfficeRows
from mobility.store.postgres_people import PeopleRows, ServiceRows
from mobility.store.postgres_privacy import PrivacyRows
from mobility.store.postgres_runs import RunRows
from mobility.store.postgres_sign_in import SignInRows
from mobility.store.postgres_trust import TrustRows
from mobility.store.postgres_wishes import WishRows

T = TypeVar("T")

_TRIES = 3
_LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}
"""Nothing may wait for ever; a caller that gives up is answered."""


def _to_json(value: object) -> str:
    """Not-a-number stays visible, and is refused by the database, instead of becoming null."""
    return to_json(value, inf_nan_mode="constants").decode()


class PostgresTransaction(
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
    """One transaction on one connection, READ COMMITTED; whatever must not change meanwhile is locked."""


class PostgresStore(Store):
    """A pool of connections to the database at ``url`` (SQLAlchemy form, ``postgresql+psycopg://…``), already migrated.

    All methods raise :class:`mobility.errors.UnavailableError` when the database cannot answer in time.
    """

    def __init__(self, url: str, pool_size: int = 8) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in _LIMITS.items())
        self._changes = ListeningChanges(url.replace("postgresql+psycopg://", "postgresql://", 1))
        self._engine = create_engine(
            url,
            isolation_level="READ COMMITTED",
            pool_size=pool_size,
            max_overflow=2,
            pool_timeout=5,
            pool_pre_ping=True,
            execution_options={"preserve_rowcount": True},
            json_serializer=_to_json,
            json_deserializer=from_json,
            hide_parameters=True,  # they hold names and telephone numbers
            connect_args={"options": options, "connect_timeout": 5},
        )

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One unit of work; see :class:`mobility.store.interface.Store`."""
        with translated(), self._engine.begin() as connection:
            tx = PostgresTransaction(connection)
            yield tx
            tx.tell_changes()

    def in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work``; after a deadlock or serialisation failure once more, three times in all."""
        for attempt in range(1, _TRIES):
            try:
                with self.transaction() as tx:
                    return work(tx)
            except BusyError:
                time.sleep(attempt * random.uniform(0.01, 0.05))  # noqa: S311 -- so that two do not meet again
        with self.transaction() as tx:
            return work(tx)

    def subscribe(self, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
        """See :class:`mobility.store.interface.Store`."""
        return self._changes.subscribe(topics, tell)

    def close(self) -> None:
        self._changes.close()
        self._engine.dispose()
