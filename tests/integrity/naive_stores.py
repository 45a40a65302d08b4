"""Two stores as one would write them at first. They exist to show that the checks of these tests can fail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from mobility.domain.accounts import system_actor
from mobility.domain.runs import Run, VisitKind
from mobility.errors import NotFoundError
from mobility.store.changes import Tell, Topic
from mobility.store.interface import Store, Transaction

T = TypeVar("T")


class _Forgetful:
    """A transaction that reads runs without locking them and writes them whatever became of them meanwhile."""

    def __init__(self, inner: Transaction, agency_id: str) -> None:
        self._inner = inner
        self._actor = system_actor(agency_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def lock_runs(self, run_ids: Collection[str]) -> list[Run]:
        found = []
        for run_id in sorted(run_ids):
            try:
                found.append(self._inner.get_run(self._actor, run_id))
            except NotFoundError:
                continue
        return found

    def save_run(self, run: Run, _: int) -> None:
        now = self._inner.lock_runs([run.id])[0]
        self._inner.save_run(replace(self._to_save(run, now), revision=now.revision + 1), now.revision)

    def _to_save(self, run: Run, _: Run) -> Run:
        return run


class _CheckedThenInserted(_Forgetful):
    """Checks on what was read, then adds its two visits to what is there by now."""

    def _to_save(self, run: Run, now: Run) -> Run:
        mine = [visit for visit in run.visits if visit.leg_id is not None and visit.leg_id not in now.leg_ids]
        there = [visit for visit in now.visits if visit.leg_id is None or visit.leg_id in run.leg_ids or mine]
        pickups = [visit for visit in mine if visit.kind is VisitKind.PICKUP]
        dropoffs = [visit for visit in mine if visit.kind is VisitKind.DROPOFF]
        return replace(run, visits=(there[0], *pickups, *there[1:-1], *dropoffs, there[-1]))


class NaiveStore(Store):
    """A real store behind a naive transaction."""

    def __init__(self, inner: Store, agency_id: str, *, merges: bool) -> None:
        self._inner = inner
        self._agency_id = agency_id
        self._kind = _CheckedThenInserted if merges else _Forgetful

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """As the store beneath, but careless about runs."""
        with self._inner.transaction() as tx:
            yield self._kind(tx, self._agency_id)

    def in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """As the store beneath."""
        return self._inner.in_transaction(lambda tx: work(self._kind(tx, self._agency_id)))

    def subscribe(self, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
        """As the store beneath."""
        return self._inner.subscribe(topics, tell)

    def close(self) -> None:
        self._inner.close()
