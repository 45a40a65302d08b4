"""Runs and their visits in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, insert, null, select, update

from mobility.domain.accounts import Actor
from mobility.domain.driver_events import DriverEvent
from mobility.domain.runs import Position, Run, Visit
from mobility.errors import ConflictError, NotFoundError, StaleRunError
from mobility.store import tables as t
from mobility.store.changes import Topic
from mobility.store.codec import Row, document, from_row, to_row
from mobility.store.invariants import check_run
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows, among, children
from mobility.store.postgres_visibility import is_near, visible
from mobility.store.visibility import Noun, Sight, scope, shown_run

_VISIT_FIELDS = [t.visit.c[field.name] for field in fields(Visit)]


def _whole_runs() -> Select[Any]:
    return select(t.run, children(_VISIT_FIELDS, t.visit.c.position, t.visit.c.run_id == t.run.c.id).label("visits"))


class RunRows(Rows):
    """The consistency boundary: a run is locked, changed and saved as a whole."""

    def add_run(self, run: Run) -> bool:
        check_run(run)
        if self._exists(run):
            return False
        try:
            with self._savepoint():
                added = self._add(t.run, _run_row(run), conflict_on=["id"])
                if added:
                    self._add_visits(run)
        except ConflictError:
            if self._exists(run):  # added by somebody else since we looked: it overlaps with itself
                return False
            raise
        return added

    def _exists(self, run: Run) -> bool:
        with translated():
            owner = self._connection.execute(select(t.run.c.agency_id).where(t.run.c.id == run.id)).scalar_one_or_none()
        if owner not in (None, run.agency_id):
            raise ConflictError("run: this id belongs to another agency")
        return owner is not None

    def get_run(self, actor: Actor, run_id: str) -> Run:
        wanted = _whole_runs().where(visible(actor, Noun.RUN), t.run.c.id == run_id)
        return self._shown_runs(actor, [self._get(Run, wanted, f"run {run_id}")])[0]

    def list_runs(self, actor: Actor, day: date, service_ids: Collection[str] | None = None) -> list[Run]:
        wanted = _whole_runs().where(visible(actor, Noun.RUN), t.run.c.day == day).order_by(t.run.c.id)
        if service_ids is not None:
            wanted = wanted.where(among(t.run.c.service_id, service_ids))
        return self._shown_runs(actor, self._list(Run, wanted))

    def _shown_runs(self, actor: Actor, runs: list[Run]) -> list[Run]:
        what = scope(actor, Noun.RUN)
        near: set[str] = set()
        if what.sight is Sight.OWN_DRIVER and any(run.carries_riders for run in runs):
            wanted = select(t.leg.c.id).where(is_near(what), among(t.leg.c.run_id, [run.id for run in runs]))
            with translated():
                near = set(self._connection.execute(wanted).scalars())
        return [shown_run(run, what.sight, near) for run in runs]

    def list_runs_of(self, actor: Actor, driver_id: str, first: date, last: date) -> list[Run]:
        own = _whole_runs().where(visible(actor, Noun.RUN), t.run.c.driver_id == driver_id, t.run.c.day.between(first, last))
        return self._shown_runs(actor, self._list(Run, own.order_by(t.run.c.starts_at, t.run.c.id)))

    def save_driver_event(self, event: DriverEvent) -> None:
        self._save(t.driver_event, to_row(event, t.driver_event))

    def list_driver_events(self, actor: Actor, run_id: str) -> list[DriverEvent]:
        table = t.driver_event
        visible_runs = select(t.run.c.id).where(visible(actor, Noun.RUN), t.run.c.id == run_id)
        wanted = select(table).where(table.c.run_id.in_(visible_runs))
        return self._list(DriverEvent, wanted.order_by(table.c.at, table.c.device_id, table.c.sequence))

    def lock_runs(self, run_ids: Collection[str]) -> list[Run]:
        wanted = among(t.run.c.id, run_ids)
        with translated():
            self._connection.execute(select(t.run.c.id).where(wanted).order_by(t.run.c.id).with_for_update(key_share=True)).all()
        # A second statement: the first one's snapshot is from before the wait.
        return self._list(Run, _whole_runs().where(wanted).order_by(t.run.c.id))

    def save_run(self, run: Run, expected_revision: int) -> None:
        check_run(run)
        same = (t.run.c.id == run.id) & (t.run.c.agency_id == run.agency_id)
        with self._savepoint():
            done = self._connection.execute(
                update(t.run).where(same, t.run.c.revision == expected_revision).values(_plan_row(run))
            )
            if done.rowcount == 1:
                self._changed |= {Topic.of_run(run.agency_id, run.id), Topic.of_day(run.agency_id, run.day)}
                self._connection.execute(delete(t.visit).where(t.visit.c.run_id == run.id))
                self._add_visits(run)
                return
            exists = self._connection.execute(select(t.run.c.id).where(same)).first()
        if exists is None:
            raise NotFoundError(f"run {run.id}: not found")
        raise StaleRunError(f"run {run.id}: changed meanwhile")

    def save_position(self, run_id: str, position: Position) -> None:
        with translated():
            kept = self._connection.execute(select(t.run.c.position).where(t.run.c.id == run_id).with_for_update()).one_or_none()
            if kept is None:
                raise NotFoundError(f"run {run_id}: not found")
            if kept.position is None or from_row(Position, kept.position).at <= position.at:
                self._connection.execute(update(t.run).where(t.run.c.id == run_id).values(position=document(position)))

    def forget_positions(self, ended_before: datetime) -> None:
        over = (t.run.c.ends_at < ended_before) & t.run.c.position.is_not(None)
        self._connection.execute(update(t.run).where(over).values(position=null()))

    def _add_visits(self, run: Run) -> None:
        rows: list[Row] = [
            to_row(visit, t.visit) | {"run_id": run.id, "position": position, "agency_id": run.agency_id, "point": visit.place}
            for position, visit in enumerate(run.visits)
        ]
        if rows:
            self._connection.execute(
                insert(t.visit).returning(t.visit.c.position), rows
            )  # with RETURNING: one statement for all rows


def _run_row(run: Run) -> Row:
    return to_row(run, t.run) | {"vehicle_id": run.vehicle.id}


def _plan_row(run: Run) -> Row:
    """Without the position, which is saved on a way of its own."""
    return {name: value for name, value in _run_row(run).items() if name != "position"}
