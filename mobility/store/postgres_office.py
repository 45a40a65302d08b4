"""The logbook, simulations and what-if in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, delete, select

from mobility.domain.accounts import Actor
from mobility.domain.office import LogbookEntry, Simulation, SimulationState
from mobility.domain.rescues import WhatIf
from mobility.errors import NotFoundError
from mobility.store import tables as t
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun

_OPEN = (SimulationState.QUEUED.value, SimulationState.RUNNING.value)


class OfficeRows(Rows):
    """What the agency's own people did and ordered."""

    def add_logbook_entry(self, entry: LogbookEntry) -> None:
        self._add_new(t.logbook, to_row(entry, t.logbook))

    def list_logbook(self, actor: Actor, limit: int, subject: str | None = None) -> list[LogbookEntry]:
        wanted = select(t.logbook).where(visible(actor, Noun.LOGBOOK))
        wanted = wanted if subject is None else wanted.where(t.logbook.c.subject == subject)
        return self._list(LogbookEntry, wanted.order_by(t.logbook.c.at.desc(), t.logbook.c.id.desc()).limit(limit))

    def add_simulation(self, simulation: Simulation) -> None:
        self._add_new(t.simulation, to_row(simulation, t.simulation))

    def get_simulation(self, actor: Actor, simulation_id: str) -> Simulation:
        return self._get(Simulation, _of(actor, simulation_id), f"simulation {simulation_id}")

    def lock_simulation(self, actor: Actor, simulation_id: str) -> Simulation:
        locked = _of(actor, simulation_id).with_for_update(key_share=True)
        return self._get(Simulation, locked, f"simulation {simulation_id}")

    def save_simulation(self, simulation: Simulation) -> None:
        self._save(t.simulation, to_row(simulation, t.simulation))

    def delete_simulation(self, actor: Actor, simulation_id: str) -> None:
        with translated():
            own = visible(actor, Noun.SIMULATION) & (t.simulation.c.id == simulation_id)
            done = self._connection.execute(delete(t.simulation).where(own))
        if done.rowcount == 0:
            raise NotFoundError(f"simulation {simulation_id}: not found")

    def list_simulations(self, actor: Actor) -> list[Simulation]:
        wanted = select(t.simulation).where(visible(actor, Noun.SIMULATION))
        return self._list(Simulation, wanted.order_by(t.simulation.c.ordered_at.desc(), t.simulation.c.id.desc()))

    def lock_open_simulations(self) -> list[Simulation]:
        wanted = (
            select(t.simulation).where(t.simulation.c.state.in_(_OPEN)).order_by(t.simulation.c.ordered_at, t.simulation.c.id)
        )
        return self._list(Simulation, wanted.with_for_update(key_share=True, skip_locked=True))

    def replace_what_ifs(self, agency_id: str, what_ifs: Collection[WhatIf]) -> None:
        with translated():
            self._connection.execute(delete(t.what_if).where(t.what_if.c.agency_id == agency_id))
        for one in what_ifs:
            self._add_new(t.what_if, to_row(one, t.what_if))

    def list_what_ifs(self, actor: Actor) -> list[WhatIf]:
        wanted = select(t.what_if).where(visible(actor, Noun.WHAT_IF))
        return self._list(WhatIf, wanted.order_by(t.what_if.c.day, t.what_if.c.driver_id))


def _of(actor: Actor, simulation_id: str) -> Select[Any]:
    return select(t.simulation).where(visible(actor, Noun.SIMULATION), t.simulation.c.id == simulation_id)
