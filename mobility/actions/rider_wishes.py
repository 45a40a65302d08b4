"""With whom somebody rides gladly, and with whom never: noted by the desk, kept by every search, told to nobody else.

Of "never together" neither the other rider nor a driver learns: rides carry a mark that names nobody, and only the desk is shown it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mobility.actions.by_hand import check_desk
from mobility.actions.context import Context, new_id
from mobility.actions.wished_company import together_on, wished_company
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import LegState
from mobility.domain.fleet import Driver
from mobility.domain.riders import Rider, RiderWish, WishKind
from mobility.errors import ConflictError, InvalidInputError, NotFoundError, Problem
from mobility.store.interface import Transaction

_CARRIED = (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION)


@dataclass(frozen=True, slots=True)
class WishesOfRider:
    """The rider, his or her own wishes with the name of who is meant, the oldest first, and the drivers there are."""

    rider: Rider
    wishes: Sequence[tuple[RiderWish, str]]
    drivers: Sequence[Driver]


def list_wishes(context: Context, actor: Actor, rider_id: str) -> WishesOfRider:
    """A rider's own wishes.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        rider, drivers = tx.get_rider(actor, rider_id), tx.list_drivers(actor)
        own = [wish for wish in tx.list_rider_wishes(actor, rider_id) if wish.rider_id == rider_id]
        names = {driver.id: driver.name for driver in drivers}
        names |= {one.other_rider_id: tx.get_rider(actor, one.other_rider_id).name for one in own if one.other_rider_id}
    wishes = [(wish, names[wish.driver_id or wish.other_rider_id or ""]) for wish in own]
    return WishesOfRider(rider, wishes, sorted(drivers, key=lambda driver: (driver.name, driver.id)))


class TogetherError(ConflictError):
    """The two are booked together already; ``legs`` are those rides, by booking and leg id: one of them is moved by hand first."""

    def __init__(self, legs: Sequence[tuple[str, str]]) -> None:
        super().__init__("the two are booked together already: move one of them first")
        self.legs = tuple(legs)


def keep_wish(context: Context, actor: Actor, rider_id: str, kind: WishKind, whom: str) -> RiderWish:
    """Note a wish down (``whom`` is a driver's or a rider's id) and mark the rides booked already.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor.
        InvalidInputError: no such driver or rider, or the rider himself.
        TogetherError: the two are booked together already; nothing is noted.
        ConflictError: it is known already.
    """
    check_desk(actor)

    def work(tx: Transaction) -> RiderWish:
        wish = _checked(tx, actor, RiderWish(new_id(), actor.agency_id, rider_id, kind, actor.account_id, context.clock()), whom)
        tx.add_rider_wish(wish)
        together = _mark(tx, actor, _concerned(wish))
        if together:
            raise TogetherError(together)
        return wish

    return context.store.in_transaction(work)


def delete_wish(context: Context, actor: Actor, rider_id: str, wish_id: str) -> None:
    """Take a wish back; nothing happens when it has gone already.

    Raises:
        NotAllowedError: not the desk.
    """
    check_desk(actor)

    def work(tx: Transaction) -> None:
        wish = next((one for one in tx.list_rider_wishes(actor, rider_id) if one.id == wish_id), None)
        if wish is not None:
            tx.delete_rider_wish(actor, wish_id)
            _mark(tx, actor, _concerned(wish))

    context.store.in_transaction(work)


def _concerned(wish: RiderWish) -> list[str]:
    return [each for each in (wish.rider_id, wish.other_rider_id) if each is not None]


def _checked(tx: Transaction, actor: Actor, wish: RiderWish, whom: str) -> RiderWish:
    tx.get_rider(actor, wish.rider_id)
    with_driver = wish.kind is WishKind.FAMILIAR_DRIVER
    try:
        found = tx.get_driver(actor, whom).id if with_driver else tx.get_rider(actor, whom).id
    except NotFoundError:
        raise InvalidInputError(Problem("whom", "is not known here", "choose somebody who is")) from None
    if found == wish.rider_id:
        raise InvalidInputError(Problem("whom", "is the same person", "choose somebody else"))
    wish = replace(wish, driver_id=found) if with_driver else replace(wish, other_rider_id=found)
    for known in tx.list_rider_wishes(actor, wish.rider_id):
        if known.kind is wish.kind and (known.driver_id == wish.driver_id) and {*_concerned(known)} == {*_concerned(wish)}:
            raise ConflictError("this wish is known already")
    return wish


def _mark(tx: Transaction, actor: Actor, rider_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Write into the rides of these riders what is wished now; answers those on which it cannot hold: two are together there.

    A manifest in a driver's hands stays as it is: nothing on it has changed.
    """
    system = system_actor(actor.agency_id)
    company = {rider_id: wished_company(tx, actor.agency_id, rider_id) for rider_id in rider_ids}
    bookings = [booking for rider_id in rider_ids for booking in tx.list_bookings(system, rider_id)]
    of = {leg.id: booking for booking in bookings for leg in booking.legs if leg.run_id is not None and leg.state in _CARRIED}
    run_ids = {leg.run_id for booking in bookings for leg in booking.legs if leg.id in of and leg.run_id is not None}
    together: list[tuple[str, str]] = []
    for old in tx.lock_runs(run_ids):
        mine = {leg_id: company[of[leg_id].rider_id] for leg_id in old.leg_ids if leg_id in of}
        visits = tuple(replace(v, company=mine[v.leg_id]) if v.leg_id in mine else v for v in old.visits)
        if visits == old.visits:
            continue
        manifest = None if old.manifest is None else replace(old.manifest, revision=old.manifest.revision + 1)
        marked = replace(old, visits=visits, manifest=manifest, revision=old.revision + 1)
        together += [(of[leg_id].id, leg_id) for leg_id in mine if leg_id in together_on(marked)]
        tx.save_run(marked, old.revision)
    return together
