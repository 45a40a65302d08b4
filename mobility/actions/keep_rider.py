"""The desk writes down somebody who calls for the first time, or what has changed about a rider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mobility.actions.context import Context, new_id
from mobility.actions.keep_messages import quiet_problems
from mobility.domain.accounts import Actor, Role
from mobility.domain.places import Place
from mobility.domain.riders import Channel, Need, QuietHours, Rider
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.files.explanations import FieldError
from mobility.files.field_types import telephone_number
from mobility.store.interface import Transaction

LONGEST_NAME = 80
MOST_WALK_M = 5000
_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class RiderEntry:
    """What the desk's form says; ``telephone`` in any notation. ``needs_consent``: the person agrees that the needs are kept."""

    name: str
    telephone: str
    home: Place | None = None
    needs: frozenset[Need] = frozenset()
    max_walk_m: int | None = None
    channel: Channel = Channel.CALL_BACK
    language: str = "de"
    email: str = ""
    needs_consent: bool = False
    quiet: QuietHours | None = None


def keep_rider(context: Context, actor: Actor, entry: RiderEntry, rider_id: str | None = None) -> Rider:
    """Add a rider, or with ``rider_id`` change one. Several riders may share a telephone number.

    Raises:
        InvalidInputError: everything that is wrong, field by field.
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor.
    """
    if actor.role not in _DESK:
        raise NotAllowedError(f"the role {actor.role.value} does not keep riders")
    problems = list(_problems(entry))
    if problems:
        raise InvalidInputError(*problems)

    def work(tx: Transaction) -> Rider:
        known = Rider(new_id(), actor.agency_id, "", "") if rider_id is None else tx.get_rider(actor, rider_id)
        rider = replace(
            known,
            name=" ".join(entry.name.split()),
            telephone=telephone_number(entry.telephone),
            home=entry.home,
            needs=entry.needs,
            max_walk_m=entry.max_walk_m,
            channel=entry.channel,
            language=entry.language,
            email=entry.email,
            quiet=entry.quiet,
        ).with_consent_of(known)
        if entry.needs and rider.needs_consent_at is None and entry.needs_consent:
            rider = replace(rider, needs_consent_at=context.clock(), needs_consent_by=actor.account_id)
        elif not entry.needs_consent:
            rider = rider.with_consent_of(None)
        tx.save_rider(rider)
        return rider

    return context.store.in_transaction(work)


def _problems(entry: RiderEntry) -> Iterator[Problem]:
    yield from quiet_problems(entry.quiet)
    name = " ".join(entry.name.split())
    if not name or not name.isprintable():
        yield Problem("name", "is missing", "write first name and family name")
    elif len(name) > LONGEST_NAME:
        yield Problem("name", f"is longer than {LONGEST_NAME} characters", "shorten it")
    try:
        telephone_number(entry.telephone)
    except FieldError as error:
        yield Problem("telephone", error.what, error.mend)
    if entry.max_walk_m is not None and not 0 <= entry.max_walk_m <= MOST_WALK_M:
        yield Problem("max_walk_m", "is not a distance one walks", f"0 to {MOST_WALK_M} metres")
    if entry.channel is Channel.EMAIL and not ("@" in entry.email and entry.email.isprintable()):
        yield Problem("email", "is no e-mail address", "write one such as name@example.org, or choose another way")
