"""A field for those who travel along and may pay less: ages and tickets, as somebody would write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mobility.actions.context import Context
from mobility.actions.read_services import list_services
from mobility.domain.accounts import Actor
from mobility.domain.riders import Fellow, Party
from mobility.errors import InvalidInputError, Problem
from mobility.files.plain_words import group_name

FIELD = "fellows"
_MOST, _OLDEST = 20, 120


def described(context: Context, actor: Actor, text: str, party: Party) -> Party:
    """The party with those of it who may pay less, such as ``5, 14, Deutschlandticket``: an age, or what a service's tariff names.

    Raises:
        InvalidInputError: something else, or more people than travel along.
    """
    party = replace(party, fellows=_read(context, actor, text))
    if not party.describes_no_stranger:
        raise InvalidInputError(Problem(FIELD, "describes more people than travel along", "one for each of them at most"))
    return party


def _read(context: Context, actor: Actor, text: str) -> tuple[Fellow, ...]:
    words = [word.strip() for word in text.replace(";", ",").split(",") if word.strip()]
    if not words:
        return ()
    if len(words) > _MOST:
        raise InvalidInputError(Problem(FIELD, f"names more than {_MOST} people", "only who may pay less"))
    known = _groups(context, actor) if any(not _is_age(word) for word in words) else {}
    return tuple(_fellow(word, known) for word in words)


def fellows_said(fellows: Sequence[Fellow]) -> str:
    """As they could be typed."""
    return ", ".join(group_name(one.group, "de") if one.age is None else str(one.age) for one in fellows)


def _fellow(word: str, known: dict[str, str]) -> Fellow:
    if _is_age(word):
        return Fellow(age=int(word))
    if word.casefold() in known:
        return Fellow(group=known[word.casefold()])
    raise InvalidInputError(Problem(FIELD, "is neither an age nor a ticket that counts here", "such as 5, 14, Deutschlandticket"))


def _is_age(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= len(str(_OLDEST)) and int(word) <= _OLDEST


def _groups(context: Context, actor: Actor) -> dict[str, str]:
    """By every name it goes by: the groups that any tariff names."""
    found = {}
    for service in list_services(context, actor):
        for one in service.tariff.all_concessions:
            for name in (one.group, group_name(one.group, "de"), group_name(one.group, "en")):
                found[name.casefold()] = one.group
    return found
