"""Look up who one is."""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.riders import Rider
from mobility.errors import NotFoundError


def read_own_rider(context: Context, actor: Actor) -> Rider:
    """The rider this account belongs to.

    Raises:
        NotFoundError: the account belongs to no rider, or the rider is gone.
    """
    if actor.rider_id is None:
        raise NotFoundError("this account belongs to no rider")
    with context.store.transaction() as tx:
        return tx.get_rider(actor, actor.rider_id)
