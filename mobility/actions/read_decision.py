"""Look up what was answered to a wish; the store decides whose it is."""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.requests import Decision
from mobility.store.interface import Transaction


def read_decision(context: Context, actor: Actor, decision_id: str) -> Decision:
    """One decision.

    Raises:
        NotFoundError: there is none that this actor may see.
    """
    with context.store.transaction() as tx:
        return tx.get_decision(actor, decision_id)


def whole_decision(tx: Transaction, actor: Actor, decision_id: str) -> Decision:
    """A decision that this actor may see, with all that was asked for: to go on with it, not to show it.

    Raises:
        NotFoundError: there is none that this actor may see.
    """
    tx.get_decision(actor, decision_id)
    return tx.get_decision(system_actor(actor.agency_id), decision_id)
