"""Look at the runs of a day; the store decides which ones the actor may see."""

from __future__ import annotations

from datetime import date

from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.runs import Run


def list_runs(context: Context, actor: Actor, day: date) -> list[Run]:
    """The day's runs in id order."""
    with context.store.transaction() as tx:
        return tx.list_runs(actor, day)
