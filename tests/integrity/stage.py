"""Several actors at once, and yet the same every time: whose transaction comes next is drawn from a seed, and so is where somebody crashes.

Each actor is a thread that goes on only when it is its turn, from one transaction to the next. Between transactions everything is
inspected. A crash is an exception between any two statements of a transaction, or right after its commit, that nobody catches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from mobility.store.changes import Tell, Topic
from mobility.store.interface import Store, Transaction

T = TypeVar("T")


class CrashError(BaseException):
    """The process is gone: no handler of the program's own catches it."""


@dataclass
class Actor:
    """Somebody on the stage. ``crash_at``: the number of the statement before which it is gone (a commit counts as one)."""

    work: Callable[[], object]
    crash_at: int | None = None
    statements: int = 0
    answer: object = None
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    is_done: bool = False
    is_sent_home: bool = False

    def step(self) -> None:
        """One statement more."""
        self.statements += 1
        if self.statements == self.crash_at:
            raise CrashError


class Stage:
    """Whose turn it is."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._back = threading.Semaphore(0)
        self._own = threading.local()
        self.committed = 0

    @property
    def actor(self) -> Actor | None:
        """Who is asking; None outside :meth:`play`."""
        found: Actor | None = getattr(self._own, "actor", None)
        return found

    def pause(self) -> None:
        """Let others go first, perhaps."""
        actor = self.actor
        if actor is not None:
            self._back.release()
            actor.go.acquire()
            if actor.is_sent_home:
                raise CrashError

    def play(self, actors: Sequence[Actor], between: Callable[[], None]) -> None:
        """All at once; ``between`` is called whenever something was committed. An answer may be an error."""
        threads = [threading.Thread(target=self._act, args=(actor,), daemon=True) for actor in actors]
        for thread in threads:
            thread.start()
        try:
            while left := [actor for actor in actors if not actor.is_done]:
                before = self.committed
                self._turn(self._random.choice(left))
                if self.committed != before:
                    between()
        finally:
            for actor in actors:
                actor.is_sent_home = True
                while not actor.is_done:
                    self._turn(actor)
            for thread in threads:
                thread.join()

    def _turn(self, actor: Actor) -> None:
        actor.go.release()
        self._back.acquire()

    def _act(self, actor: Actor) -> None:
        self._own.actor = actor
        actor.go.acquire()
        try:
            actor.answer = actor.work()
        except BaseException as error:  # noqa: BLE001 - a crash is an answer too
            actor.answer = error
        actor.is_done = True
        self._back.release()


class _Stepping:
    """A transaction each of whose statements counts."""

    def __init__(self, inner: Transaction, stage: Stage) -> None:
        self._inner, self._stage = inner, stage

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def stepped(*args: object, **more: object) -> object:
            actor = self._stage.actor
            if actor is not None:
                actor.step()
            return method(*args, **more)

        setattr(self, name, stepped)
        return stepped


class StagedStore(Store):
    """A real store behind the stage."""

    def __init__(self, inner: Store, stage: Stage) -> None:
        self.inner, self._stage = inner, stage

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """As the store beneath, when it is this actor's turn."""
        self._stage.pause()
        actor = self._stage.actor
        with self.inner.transaction() as tx:
            yield _Stepping(tx, self._stage)
        self._stage.committed += 1
        if actor is not None:
            actor.step()

    def in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """Once: one transaction at a time cannot deadlock."""
        with self.transaction() as tx:
            return work(tx)

    def subscribe(self, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
        """As the store beneath."""
        return self.inner.subscribe(topics, tell)

    def close(self) -> None:
        self.inner.close()
