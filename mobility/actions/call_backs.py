"""What the desk tells by telephone: messages that no channel carries, that were refused, or that have waited too long."""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.notices import Notice
from mobility.errors import NotAllowedError, NotFoundError
from mobility.notifications import outbox
from mobility.notifications.outbox import CallBack
from mobility.store.interface import Transaction

_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def list_call_backs(context: Context, actor: Actor) -> list[CallBack]:
    """What the desk has still to tell, oldest first.

    Raises:
        NotAllowedError: not the desk.
    """
    _check_desk(actor)
    with context.store.transaction() as tx:
        return outbox.list_call_backs(tx, actor, context.channels, context.clock(), context.reveal)


def mark_told(context: Context, actor: Actor, notice_id: str) -> Notice:
    """Record that somebody was told, or that a task is settled; what has been told already stays as it is.

    Any unsent notice of the agency can be marked, also one that has lapsed while the desk was on the telephone.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: the agency has no such notice.
    """
    _check_desk(actor)

    def work(tx: Transaction) -> Notice:
        found = next((notice for notice in tx.list_notices(actor) if notice.id == notice_id), None)
        if found is None:
            raise NotFoundError("no such call-back")
        if found.sent_at is not None:
            return found
        now = context.clock()
        tx.mark_notice(notice_id, now)
        return replace(found, sent_at=now, attempts=found.attempts + 1)

    return context.store.in_transaction(work)


def _check_desk(actor: Actor) -> None:
    if actor.role not in _DESK:
        raise NotAllowedError(f"the role {actor.role.value} does not see call-backs")
