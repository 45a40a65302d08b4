"""Held places in memory."""

from __future__ import annotations

from datetime import datetime

from mobility.domain.accounts import Actor
from mobility.domain.holds import Hold
from mobility.errors import ConflictError
from mobility.store.memory_tables import Rows, in_id_order
from mobility.store.memory_visibility import seen
from mobility.store.visibility import Noun


class HoldRows(Rows):
    """Places kept for offers that the desk reads out."""

    def add_hold(self, hold: Hold) -> None:
        tables, journal = self._tables, self._journal
        if hold.decision_id in tables.hold_of_decision:
            raise ConflictError("hold: exists already")
        self._add_new(tables.holds, hold, "hold")
        journal.put(tables.hold_of_decision, hold.decision_id, hold.id)
        journal.refer(tables.runs, hold.run_id, "hold's run")
        journal.refer(tables.decisions, hold.decision_id, "hold's decision")

    def delete_hold(self, hold_id: str) -> None:
        hold = self._tables.holds.get(hold_id)
        if hold is not None:
            self._journal.drop(self._tables.holds, hold_id)
            self._journal.drop(self._tables.hold_of_decision, hold.decision_id)

    def find_hold(self, decision_id: str) -> Hold | None:
        hold_id = self._tables.hold_of_decision.get(decision_id)
        return None if hold_id is None else self._tables.holds[hold_id]

    def list_holds(self, actor: Actor) -> list[Hold]:
        return in_id_order(seen(self._tables, actor, Noun.HOLD, self._tables.holds.values()))

    def list_lapsed_holds(self, before: datetime) -> list[Hold]:
        return in_id_order(hold for hold in self._tables.holds.values() if hold.expires_at <= before)
