"""What has changed, told after the commit to whoever listens: ids only, what one may see of them is asked of the store.

PostgreSQL carries it between processes (LISTEN and NOTIFY); a message that nobody hears is lost, so listeners read anew when they begin.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

import psycopg

_log = logging.getLogger("changes")
_AGAIN_AFTER_S = 2.0
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that can change: one run, one booking, or the day of an agency (its runs and messages)."""

    agency_id: str
    name: str

    @classmethod
    def of_run(cls, agency_id: str, run_id: str) -> Topic:
        return cls(agency_id, f"run:{run_id}")

    @classmethod
    def of_booking(cls, agency_id: str, booking_id: str) -> Topic:
        return cls(agency_id, f"booking:{booking_id}")

    @classmethod
    def of_day(cls, agency_id: str, day: date) -> Topic:
        return cls(agency_id, f"day:{day:%Y-%m-%d}")

    @classmethod
    def of_notices(cls, agency_id: str) -> Topic:
        return cls(agency_id, "notices")


Tell = Callable[[Topic | None], None]
"""Called from another thread with what changed; with None after messages may have been lost: anything may have changed."""


class Changes:
    """Who listens to what, in this process."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, set[Tell]] = defaultdict(set)
        self._lock = threading.Lock()

    def subscribe(self, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
        """Call ``tell`` whenever one of ``topics`` has changed, until the returned function is called."""
        with self._lock:
            for topic in topics:
                self._listeners[topic].add(tell)

        def unsubscribe() -> None:
            with self._lock:
                for topic in topics:
                    self._listeners[topic].discard(tell)
                    if not self._listeners[topic]:
                        del self._listeners[topic]

        return unsubscribe

    def tell(self, topics: Collection[Topic]) -> None:
        """Tell whoever listens to one of them."""
        with self._lock:
            told = [(tell, topic) for topic in topics for tell in self._listeners.get(topic, ())]
        for tell, topic in told:
            tell(topic)

    def tell_anything(self) -> None:
        """Messages may have been lost."""
        with self._lock:
            everybody = {tell for tells in self._listeners.values() for tell in tells}
        for tell in everybody:
            tell(None)


class ListeningChanges(Changes):
    """As :class:`Changes`, for what any process commits: one connection listens from the first subscription on.

    ``conninfo`` is libpq's. A lost connection is made anew, and everybody is told that something may have been missed.
    """

    def __init__(self, conninfo: str) -> None:
        super().__init__()
        self._conninfo = conninfo
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._listening = threading.Event()

    def subscribe(self, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
        unsubscribe = super().subscribe(topics, tell)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="changes", daemon=True)
                self._thread.start()
        self._listening.wait(5)
        return unsubscribe

    def close(self) -> None:
        """Stop listening."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(3 * _LOOK_EVERY_S)

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                self._hear()
            except psycopg.Error as error:
                _log.warning("listening for changes was broken off (%s); trying again", type(error).__name__)
                self._listening.clear()
                self._ended.wait(_AGAIN_AFTER_S)

    def _hear(self) -> None:
        with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5) as connection:
            connection.execute("LISTEN changes")
            self._listening.set()
            self.tell_anything()
            while not self._ended.is_set():
                for message in connection.notifies(timeout=_LOOK_EVERY_S):
                    agency_id, _, name = message.payload.partition(" ")
                    self.tell([Topic(agency_id, name)])


NOTIFY = "SELECT pg_notify('changes', message) FROM unnest(CAST(:messages AS text[])) AS message"
"""Within a transaction; sent when it commits."""


def message_of(topic: Topic) -> str:
    """A topic as it travels: ids have no spaces."""
    return f"{topic.agency_id} {topic.name}"
