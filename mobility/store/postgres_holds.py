"""Held places in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from mobility.domain.accounts import Actor
from mobility.domain.holds import Hold
from mobility.store import desk_tables as t
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun


class HoldRows(Rows):
    """Places kept for offers that the desk reads out."""

    def add_hold(self, hold: Hold) -> None:
        self._add_new(t.hold, to_row(hold, t.hold))

    def delete_hold(self, hold_id: str) -> None:
        with translated():
            self._connection.execute(delete(t.hold).where(t.hold.c.id == hold_id))

    def find_hold(self, decision_id: str) -> Hold | None:
        return self._find(Hold, select(t.hold).where(t.hold.c.decision_id == decision_id))

    def list_holds(self, actor: Actor) -> list[Hold]:
        return self._list(Hold, select(t.hold).where(visible(actor, Noun.HOLD)).order_by(t.hold.c.id))

    def list_lapsed_holds(self, before: datetime) -> list[Hold]:
        return self._list(Hold, select(t.hold).where(t.hold.c.expires_at <= before).order_by(t.hold.c.id))
