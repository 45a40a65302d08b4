"""What the desk should know the next time somebody calls: short notes about a rider, for the desk alone."""

from __future__ import annotations

from mobility.actions.context import Context, new_id
from mobility.domain.accounts import Actor, Role
from mobility.domain.riders import RiderNote
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.store.interface import Transaction

LONGEST = 500
_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def add_note(context: Context, actor: Actor, rider_id: str, text: str) -> RiderNote:
    """Write a note down.

    Raises:
        InvalidInputError: nothing written, or too much.
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor.
    """
    _check_desk(actor)
    words = " ".join(text.split())
    if not words or len(words) > LONGEST:
        raise InvalidInputError(Problem("text", "is empty or too long", f"write one to {LONGEST} characters"))

    def work(tx: Transaction) -> RiderNote:
        rider = tx.get_rider(actor, rider_id)
        note = RiderNote(new_id(), rider.agency_id, rider.id, words, actor.account_id, context.clock())
        tx.add_rider_note(note)
        return note

    return context.store.in_transaction(work)


def delete_note(context: Context, actor: Actor, note_id: str) -> None:
    """Take a note away; nothing happens when it has gone already.

    Raises:
        NotAllowedError: not the desk.
    """
    _check_desk(actor)
    with context.store.transaction() as tx:
        tx.delete_rider_note(actor, note_id)


def _check_desk(actor: Actor) -> None:
    if actor.role not in _DESK:
        raise NotAllowedError(f"the role {actor.role.value} does not see notes")
