"""Find places while somebody types, and understand what was typed; a rider's own places come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.places import Place
from mobility.errors import UnavailableError
from mobility.planning.place_search import FoundPlace, clearly_meant, is_same, search
from mobility.store.interface import Transaction

MOST = 8


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text means: one ``place``, or None and the ``choices`` to ask about (none: nothing of that kind is known)."""

    place: Place | None
    choices: tuple[FoundPlace, ...] = ()


def find_places(context: Context, actor: Actor | None, text: str, rider_id: str | None = None) -> list[FoundPlace]:
    """At most eight places: the rider's own that fit, then stops, addresses and points of interest of the agency (of the first one
    when nobody is signed in: places are public). The desk names the rider whose favourites it wants.

    Raises:
        NotFoundError: no such rider for this actor.
        UnavailableError: no streets imported yet.
    """
    with context.store.transaction() as tx:
        asking = actor or anybody(tx)
        own = [found for found in _own_places(tx, asking, rider_id) if _fits(text, found)] if actor else []
        network = context.network(tx, asking)
        services = tx.list_services(system_actor(asking.agency_id))
    others = [found for found in search(network, services, text, MOST) if not any(is_same(found, mine) for mine in own)]
    return [*own, *others][:MOST]


def list_own_places(context: Context, actor: Actor, rider_id: str | None = None) -> list[FoundPlace]:
    """Home and favourites of a rider, to choose from with one press.

    Raises:
        NotFoundError: no such rider for this actor.
    """
    with context.store.transaction() as tx:
        return _own_places(tx, actor, rider_id)


def understand_place(context: Context, actor: Actor, text: str, chosen: str = "", rider_id: str | None = None) -> Understood:
    """The place meant by ``text``; ``chosen`` is the ``id`` of a find of :func:`find_places` with the same text, when one was chosen.

    Raises:
        NotFoundError: no such rider for this actor.
        UnavailableError: no streets imported yet.
    """
    found = find_places(context, actor, text, rider_id) if text.strip() else []
    picked = next((one for one in found if one.id == chosen), None) or clearly_meant(text, found)
    return Understood(None, tuple(found)) if picked is None else Understood(picked.place)


def anybody(tx: Transaction) -> Actor:
    """Who may see what is public, when nobody is signed in: the first agency.

    Raises:
        UnavailableError: there is none yet.
    """
    agencies = tx.list_agencies()
    if not agencies:
        raise UnavailableError("nothing has been set up yet")
    return system_actor(agencies[0].id)


def _own_places(tx: Transaction, actor: Actor, rider_id: str | None) -> list[FoundPlace]:
    whose = rider_id or (actor.rider_id if actor.role is Role.RIDER else None)
    if whose is None:
        return []
    rider = tx.get_rider(actor, whose)
    home = [] if rider.home is None else [FoundPlace("home", rider.home.name or "zu Hause", "home", rider.home)]
    saved = (FoundPlace(f"favourite:{one.id}", one.name, "favourite", one.place) for one in tx.list_favourites(actor, whose))
    return [*home, *saved]


def _fits(text: str, found: FoundPlace) -> bool:
    """Part of the name or of the address is typed; everything fits nothing typed."""
    typed = text.strip().casefold()
    return typed in found.label.casefold() or typed in found.place.name.casefold() or (found.kind == "home" and _says_home(typed))


def _says_home(typed: str) -> bool:
    return len(typed) > 1 and any(word.startswith(typed) for word in _HOME_WORDS)


_HOME_WORDS: Sequence[str] = ("zu hause", "zuhause", "daheim", "home")
