"""Who changed what when: written in the transaction of the change, read by the agency and its admin."""

from __future__ import annotations

from mobility.actions.context import Context, new_id
from mobility.domain.accounts import Actor
from mobility.domain.office import LogbookEntry, LogbookKind
from mobility.store.interface import Transaction


def write_logbook(context: Context, tx: Transaction, actor: Actor, kind: LogbookKind, subject: str, note: str = "") -> None:
    """Write down a change, with the actor's account and the time. ``note`` holds nothing personal."""
    tx.add_logbook_entry(LogbookEntry(new_id(), actor.agency_id, context.clock(), actor.account_id, kind, subject, note))


def read_logbook(context: Context, actor: Actor, limit: int, subject: str | None = None) -> list[LogbookEntry]:
    """Newest first."""
    with context.store.transaction() as tx:
        return tx.list_logbook(actor, limit, subject)


def names_of_accounts(context: Context, actor: Actor) -> dict[str, str]:
    """The sign-in name of each account that the actor may see, to say who it was."""
    with context.store.transaction() as tx:
        return {account.id: account.name for account in tx.list_accounts(actor)}
