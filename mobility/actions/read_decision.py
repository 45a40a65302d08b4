"""Look up what was answered to a wish; the store decides whose it is."""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.requests import Decision


def read_decision(context: Context, actor: Actor, decision_id: str) -> Decision:
    """One decision.

    Raises:
        NotFoundError: there is none that this actor may see.
    """
    with context.store.transaction() as tx:
        return tx.get_decision(actor, decision_id)
