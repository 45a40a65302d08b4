"""A rider's own names for places: keep one, rename it, delete it, set the home."""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.context import Context, new_id
from mobility.domain.accounts import Actor, Role
from mobility.domain.favourites import Favourite
from mobility.domain.places import Place
from mobility.domain.riders import Rider
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.store.interface import Transaction

MOST = 30
LONGEST_NAME = 60
_KEEPS = (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def keep_favourite(context: Context, actor: Actor, name: str, place: Place, rider_id: str | None = None) -> Favourite:
    """Keep ``place`` under ``name``; a favourite of that name is replaced. The desk names the rider.

    Raises:
        ConflictError: the rider keeps thirty places already.
        InvalidInputError: no name, a very long one, or no rider.
        NotAllowedError: a role that keeps no favourites.
        NotFoundError: no such rider for this actor.
    """
    name = _checked(name)

    def work(tx: Transaction) -> Favourite:
        rider = _whose(tx, actor, rider_id)
        kept = tx.list_favourites(actor, rider.id)
        same = next((one for one in kept if one.name.casefold() == name.casefold()), None)
        if same is None and len(kept) >= MOST:
            raise ConflictError(f"{MOST} places are kept already; delete one first")
        favourite = Favourite(new_id() if same is None else same.id, rider.agency_id, rider.id, name, place)
        tx.save_favourite(favourite)
        return favourite

    return context.store.in_transaction(work)


def rename_favourite(context: Context, actor: Actor, favourite_id: str, name: str, rider_id: str | None = None) -> Favourite:
    """Give a favourite another name.

    Raises:
        InvalidInputError, NotAllowedError, NotFoundError: as :func:`keep_favourite`.
    """
    name = _checked(name)

    def work(tx: Transaction) -> Favourite:
        rider = _whose(tx, actor, rider_id)
        found = next((one for one in tx.list_favourites(actor, rider.id) if one.id == favourite_id), None)
        if found is None:
            raise NotFoundError("no such favourite")
        renamed = replace(found, name=name)
        tx.save_favourite(renamed)
        return renamed

    return context.store.in_transaction(work)


def delete_favourite(context: Context, actor: Actor, favourite_id: str) -> None:
    """Forget a favourite.

    Raises:
        NotAllowedError: a role that keeps no favourites.
        NotFoundError: there is none that this actor may see.
    """
    _check_role(actor)
    with context.store.transaction() as tx:
        tx.delete_favourite(actor, favourite_id)


def keep_home(context: Context, actor: Actor, place: Place | None, rider_id: str | None = None) -> Rider:
    """Set where the rider lives, or forget it (None).

    Raises:
        InvalidInputError, NotAllowedError, NotFoundError: as :func:`keep_favourite`.
    """

    def work(tx: Transaction) -> Rider:
        rider = replace(_whose(tx, actor, rider_id), home=place)
        tx.save_rider(rider)
        return rider

    return context.store.in_transaction(work)


def _checked(name: str) -> str:
    found = " ".join(name.split())
    if not found or not found.isprintable():
        raise InvalidInputError(Problem("name", "is missing", "such as Arzt or Tochter"))
    if len(found) > LONGEST_NAME:
        raise InvalidInputError(Problem("name", f"is longer than {LONGEST_NAME} characters", "shorten it"))
    return found


def _whose(tx: Transaction, actor: Actor, rider_id: str | None) -> Rider:
    _check_role(actor)
    whose = rider_id or actor.rider_id
    if whose is None:
        raise InvalidInputError(Problem("rider_id", "nobody to keep it for", "name the rider"))
    return tx.get_rider(actor, whose)


def _check_role(actor: Actor) -> None:
    if actor.role not in _KEEPS:
        raise NotAllowedError(f"the role {actor.role.value} keeps no favourites")
