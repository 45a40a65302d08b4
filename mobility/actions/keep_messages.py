"""How somebody wants to be told things: by which way, in which language, and in which hours not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.riders import Channel, QuietHours, Rider
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.notifications.facts import is_mobile
from mobility.store.interface import Transaction

MOST_QUIET_S = 16 * 3600
_DAY_S = 24 * 3600
_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class MessageWishes:
    """What somebody says on the own page, or to the desk."""

    channel: Channel
    language: str = "de"
    email: str = ""
    quiet: QuietHours | None = None


def keep_messages(context: Context, actor: Actor, rider_id: str, wishes: MessageWishes) -> Rider:
    """Keep them; everything that is told from now on goes by them.

    Raises:
        InvalidInputError: everything that is wrong, field by field.
        NotAllowedError: neither the rider nor the desk.
        NotFoundError: no such rider for this actor.
    """
    _check_may(actor, rider_id)

    def work(tx: Transaction) -> Rider:
        known = tx.get_rider(actor, rider_id)
        problems = list(_problems(known, wishes))
        if problems:
            raise InvalidInputError(*problems)
        language = "en" if wishes.language == "en" else "de"
        rider = replace(known, channel=wishes.channel, language=language, email=wishes.email, quiet=wishes.quiet)
        tx.save_rider(rider)
        return rider

    return context.store.in_transaction(work)


def read_messages(context: Context, actor: Actor, rider_id: str) -> Rider:
    """The rider whose wishes they are.

    Raises:
        NotAllowedError, NotFoundError: as :func:`keep_messages`.
    """
    _check_may(actor, rider_id)
    with context.store.transaction() as tx:
        return tx.get_rider(actor, rider_id)


def _check_may(actor: Actor, rider_id: str) -> None:
    if actor.role not in _DESK and (actor.role, actor.rider_id) != (Role.RIDER, rider_id):
        raise NotAllowedError("only the rider, or the desk for the rider, says how the rider is told things")


def _problems(rider: Rider, wishes: MessageWishes) -> Iterator[Problem]:
    if (wishes.channel is Channel.EMAIL or wishes.email) and not ("@" in wishes.email and wishes.email.isprintable()):
        yield Problem("email", "is no e-mail address", "write one such as name@example.org, or choose another way")
    if wishes.channel is Channel.SMS and not is_mobile(rider.telephone):
        yield Problem("channel", "text messages need a mobile number, and this rider has none", "choose e-mail or a call")
    yield from quiet_problems(wishes.quiet)


def quiet_problems(quiet: QuietHours | None) -> Iterator[Problem]:
    """What is wrong with quiet hours: nobody can be left in peace all day, for rides are told."""
    if quiet is None:
        return
    if not (0 <= quiet.start_s < _DAY_S and 0 <= quiet.end_s < _DAY_S):
        yield Problem("quiet", "is no time of the day", "write it as 21:00")
    elif quiet.start_s == quiet.end_s or (quiet.end_s - quiet.start_s) % _DAY_S > MOST_QUIET_S:
        yield Problem("quiet", "leaves too little of the day to tell you anything", "choose at most 16 hours")
