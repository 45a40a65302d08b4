"""The same wish once more, with what was suggested instead."""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.context import Context
from mobility.actions.offer_rides import offer_rides
from mobility.actions.read_decision import whole_decision
from mobility.domain.accounts import Actor
from mobility.domain.requests import Decision
from mobility.errors import NotFoundError


def ask_again(
    context: Context, actor: Actor, decision_id: str, instead: int | None = None, *, at_origin: bool = False
) -> Decision:
    """Ask as before; ``instead`` is the number of an alternative of the refusal: its time, or its stop at one end.

    Raises:
        InvalidInputError, NotAllowedError, UnavailableError: as :func:`mobility.actions.offer_rides.offer_rides`.
        NotFoundError: no such decision for this actor, or no such alternative.
    """
    with context.store.transaction() as tx:
        decision = whole_decision(tx, actor, decision_id)
    wish = decision.request
    if instead is not None:
        alternatives = () if decision.rejection is None else decision.rejection.alternatives
        if instead >= len(alternatives):
            raise NotFoundError("no such suggestion")
        found = alternatives[instead]
        if found.depart_after is not None:
            wish = replace(wish, depart_after=found.depart_after, arrive_by=None)
        if found.place is not None:
            wish = replace(wish, origin=found.place) if at_origin else replace(wish, destination=found.place)
    return offer_rides(context, actor, wish, combines=True)
