"""The logbook, simulations and what-if in memory."""

from __future__ import annotations

from collections.abc import Collection

from mobility.domain.accounts import Actor
from mobility.domain.office import LogbookEntry, Simulation
from mobility.domain.rescues import WhatIf
from mobility.errors import NotFoundError
from mobility.store.memory_tables import Rows
from mobility.store.memory_visibility import seen
from mobility.store.visibility import Noun


class OfficeRows(Rows):
    """What the agency's own people did and ordered."""

    def add_logbook_entry(self, entry: LogbookEntry) -> None:
        self._add_new(self._tables.logbook, entry, "logbook")

    def list_logbook(self, actor: Actor, limit: int, subject: str | None = None) -> list[LogbookEntry]:
        wanted = (entry for entry in self._tables.logbook.values() if subject in (None, entry.subject))
        own = seen(self._tables, actor, Noun.LOGBOOK, wanted)
        return sorted(own, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]

    def add_simulation(self, simulation: Simulation) -> None:
        self._add_new(self._tables.simulations, simulation, "simulation")

    def get_simulation(self, actor: Actor, simulation_id: str) -> Simulation:
        found = self._tables.simulations.get(simulation_id)
        if found is None or not seen(self._tables, actor, Noun.SIMULATION, [found]):
            raise NotFoundError(f"simulation {simulation_id}: not found")
        return found

    def lock_simulation(self, actor: Actor, simulation_id: str) -> Simulation:
        return self.get_simulation(actor, simulation_id)

    def save_simulation(self, simulation: Simulation) -> None:
        self._save(self._tables.simulations, simulation, "simulation")

    def delete_simulation(self, actor: Actor, simulation_id: str) -> None:
        self.get_simulation(actor, simulation_id)
        self._journal.drop(self._tables.simulations, simulation_id)

    def list_simulations(self, actor: Actor) -> list[Simulation]:
        own = seen(self._tables, actor, Noun.SIMULATION, self._tables.simulations.values())
        return sorted(own, key=lambda one: (one.ordered_at, one.id), reverse=True)

    def lock_open_simulations(self) -> list[Simulation]:
        waiting = (one for one in self._tables.simulations.values() if one.is_open)
        return sorted(waiting, key=lambda one: (one.ordered_at, one.id))

    def replace_what_ifs(self, agency_id: str, what_ifs: Collection[WhatIf]) -> None:
        for old in [one.id for one in self._tables.what_ifs.values() if one.agency_id == agency_id]:
            self._journal.drop(self._tables.what_ifs, old)
        for one in what_ifs:
            self._add_new(self._tables.what_ifs, one, "what-if")

    def list_what_ifs(self, actor: Actor) -> list[WhatIf]:
        own = seen(self._tables, actor, Noun.WHAT_IF, self._tables.what_ifs.values())
        return sorted(own, key=lambda one: (one.day, one.driver_id))
