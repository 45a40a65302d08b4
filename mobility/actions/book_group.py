"""A group larger than any vehicle with room: several vehicles at about the same time, and all find a place or nobody does.

Each vehicle's part is a booking of its own with its own promise; they are booked in one transaction, and given back in one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from pydantic_core import to_json

from mobility.actions.accepting import Accepted, OfferedRunIsFullError, accept
from mobility.actions.book_ride import place_all, save_booked, tell_rider
from mobility.actions.cancel_booking import give_back
from mobility.actions.context import Context, new_id
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import heard, notice
from mobility.actions.offer_rides import consider_rides
from mobility.actions.read_bookings import as_seen
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Decision, OfferKind, Reason, Rejection, RideRequest
from mobility.domain.riders import Fellow, Party
from mobility.errors import InvalidInputError, KeyReusedError, NotAllowedError, Problem
from mobility.store.interface import StoredAnswer, Transaction

MOST_PARTS = 6
TOGETHER = timedelta(minutes=30)
"""The vehicles of a group come within this time of each other."""
NOT_ALL = "not all of the group find a place at about that time"

Part = tuple[Decision, int]
"""What one vehicle takes: an answer, and the number of its offer."""


class _NoRoomError(Exception):
    """Not all find a place so: nothing of it stays."""


class _NewKeyError(Exception):
    """Nothing was answered under this key; it is claimed where the answer is written."""


def book_group(
    context: Context, actor: Actor, request: RideRequest, idempotency_key: str, *, is_heard: bool = False
) -> list[Booking] | Rejection:
    """Spread the party over as few vehicles as take it, from two on, at about the wished time. Sending the same key again gives the same answer.
    A "no" is stored, so that unmet demand is known; where one vehicle's answer has another reason than room, it is the group's too.

    Raises:
        InvalidInputError: no rider is named, or somebody comes along whom a vehicle must be equipped for (they are booked apart).
        NotAllowedError, UnavailableError: as :func:`mobility.actions.offer_rides.offer_rides`.
        KeyReusedError: the key was used for another group.
    """
    if request.rider_id is None:
        raise InvalidInputError(Problem("rider_id", "is missing", "name the rider who answers for the group"))
    if not can_be_split(request.party):
        raise InvalidInputError(Problem("party", "is no group on seats", "book who stays in a wheelchair apart"))
    key = (idempotency_key, _fingerprint(request))
    before = _before(context, actor, key)
    if before is not None:
        return before
    for parts in _ways_to_split(request.party):
        answers = {part: consider_rides(context, actor, replace(request, party=part)) for part in dict.fromkeys(parts)}
        for chosen in _chosen(parts, answers):
            for widen in (False, True):
                work = partial(_book, context, actor=actor, chosen=chosen, widen=widen, is_heard=is_heard)
                try:
                    return context.store.in_transaction(partial(work, key=key))
                except OfferedRunIsFullError:
                    continue
                except _NoRoomError:
                    break
    considered = consider_rides(context, actor, request)
    single = considered.rejection
    reason = Reason.NO_CAPACITY if single is None or single.reason is Reason.PARTY_TOO_LARGE else single.reason
    decision = replace(considered, offers=(), rejection=Rejection(reason, NOT_ALL), rule=NOT_ALL)
    return context.store.in_transaction(partial(_refuse, actor=actor, decision=decision, reason=reason, key=key))


def _fingerprint(request: RideRequest) -> str:
    """The same in every process: a set has no order of its own."""
    rest = replace(request, needs=frozenset(), groups=frozenset())
    return hashlib.sha256(to_json([rest, sorted(request.needs), sorted(request.groups)])).hexdigest()


def _before(context: Context, actor: Actor, key: tuple[str, str]) -> list[Booking] | Rejection | None:
    def look(tx: Transaction) -> list[Booking] | Rejection:
        earlier = _earlier(tx, actor, key)
        if earlier is None:
            raise _NewKeyError
        return earlier

    try:
        return context.store.in_transaction(look)
    except _NewKeyError:
        return None


def _earlier(tx: Transaction, actor: Actor, key: tuple[str, str]) -> list[Booking] | Rejection | None:
    """What was answered under the key; None when it is new, and claimed now."""
    earlier = tx.claim_key(actor.account_id, *key)
    if earlier is None:
        return None
    if earlier.fingerprint != key[1]:
        raise KeyReusedError("this Idempotency-Key was used for another booking; use a new one for a new booking")
    if earlier.booking_id is not None:
        return _group_of(tx, actor, tx.get_booking(actor, earlier.booking_id))
    return Rejection(Reason(earlier.rejection_reason or Reason.NO_CAPACITY), NOT_ALL)


def _refuse(
    tx: Transaction, *, actor: Actor, decision: Decision, reason: Reason, key: tuple[str, str]
) -> list[Booking] | Rejection:
    earlier = _earlier(tx, actor, key)
    if earlier is not None:
        return earlier
    tx.add_decision(decision)
    tx.store_answer(actor.account_id, key[0], StoredAnswer(key[1], None, reason.value))
    return Rejection(reason, NOT_ALL)


def can_be_split(party: Party) -> bool:
    """Whether several vehicles can share it: people on seats, two at least."""
    return party.wheelchairs == 0 and party.seats > 1


def cancel_group(context: Context, actor: Actor, booking_id: str, *, is_heard: bool = False) -> list[Booking]:
    """Give back every ride of the group that a booking belongs to, all or none; of a booking without a group that one alone.

    Raises:
        NotFoundError: no such booking, or not the actor's.
        NotAllowedError: a role that does not cancel.
        ConflictError: somebody of the group is aboard already.
    """
    if actor.role not in (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not cancel bookings")

    def work(tx: Transaction) -> list[Booking]:
        group = _group_of(tx, actor, tx.get_booking(actor, booking_id))
        tx.lock_runs({leg.run_id for one in group for leg in one.legs if leg.run_id})  # all at once, in order
        after = []
        for one in group:
            booking, closed = give_back(context, tx, actor, one.id)
            after.append(as_seen(tx, actor, booking))
            if closed:
                message = notice(booking, NoticeKind.CANCELLED, context.clock())
                tx.add_notice(heard(context, tx, message) if is_heard else message)
        return after

    return context.store.in_transaction(work)


def _group_of(tx: Transaction, actor: Actor, booking: Booking) -> list[Booking]:
    if booking.group_id is None:
        return [booking]
    return _in_order(one for one in tx.list_bookings(actor, booking.rider_id) if one.group_id == booking.group_id)


def _in_order(group: Iterable[Booking]) -> list[Booking]:
    """So that it is told the same way each time."""
    return sorted(group, key=lambda one: one.id)


def _ways_to_split(party: Party) -> Iterator[list[Party]]:
    """Into two, three … nearly equal parts, the larger first; whoever helps rides with somebody to help, and what is stowed is spread."""
    for count in range(2, min(MOST_PARTS, party.seats) + 1):
        assistants, stowed = _shared(party.assistants, count), _shared(party.stowed, count)
        alone = _shared(party.seats - 2 * party.assistants, count)
        if party.assistants % count:
            alone.reverse()  # the fewer pairs, the more of the others
        shares = ([2 * pairs + others for pairs, others in zip(assistants, alone, strict=True)], assistants, stowed)
        if 0 in shares[0]:
            continue
        parts = [replace(party, seats=s, assistants=a, stowed=t, fellows=()) for s, a, t in zip(*shares, strict=True)]
        yield [_with_fellows(part, party.fellows[number::count]) for number, part in enumerate(parts)]


def _with_fellows(part: Party, fellows: tuple[Fellow, ...]) -> Party:
    """Those who may pay less, as far as a part has room for them beside somebody who is not described."""
    return replace(part, fellows=fellows[: max(0, part.persons - part.assistants - 1)])


def _shared(amount: int, count: int) -> list[int]:
    return [amount // count + (number < amount % count) for number in range(count)]


def _chosen(parts: Sequence[Party], answers: dict[Party, Decision]) -> Iterator[list[Part]]:
    """For each ride that the first part could take, the rides nearest to it for all parts; none when one part gets no ride. Only rides that
    need nobody's yes: one driver's "no" would leave some of the group behind.
    """
    rides = {
        part: [
            (decision, n)
            for n, offer in enumerate(decision.offers)
            if offer.kind is OfferKind.RIDE and offer.acceptance is Acceptance.ROSTERED
        ]
        for part, decision in answers.items()
    }
    for lead in rides[parts[0]]:
        chosen = [_nearest(lead, rides[part]) for part in parts]
        found = [one for one in chosen if one is not None]
        if len(found) == len(parts):
            yield found


def _nearest(lead: Part, rides: Sequence[Part]) -> Part | None:
    def apart(ride: Part) -> timedelta:
        return abs(_begins(ride) - _begins(lead))

    def _begins(ride: Part) -> timedelta:
        window = ride[0].offers[ride[1]].pickup_window
        return window.earliest - ride[0].made_at

    near = [ride for ride in rides if apart(ride) <= TOGETHER]
    return min(near, key=apart, default=None)


def _book(  # noqa: PLR0913  (all that decides on a group)
    context: Context,
    tx: Transaction,
    *,
    actor: Actor,
    chosen: Sequence[Part],
    widen: bool,
    is_heard: bool,
    key: tuple[str, str],
) -> list[Booking] | Rejection:
    earlier = _earlier(tx, actor, key)
    if earlier is not None:
        return earlier
    for decision in {decision.id: decision for decision, _ in chosen}.values():
        tx.add_decision(decision)
    rides: list[Accepted] = []
    for decision, number in chosen:
        accepted = accept(context, tx, actor, decision.id, number)
        if isinstance(accepted, Rejection):
            raise _NoRoomError
        rides.append(accepted)
    placed = place_all(context, tx, rides, widen=widen)
    if isinstance(placed, Rejection):
        raise _NoRoomError
    group_id = new_id()
    bookings = [
        save_booked(context, tx, [ride], [leg], placed.runs, group_id=group_id)
        for ride, leg in zip(rides, placed.legs, strict=True)
    ]
    repriced = keep_ceilings(context, tx, actor.agency_id, placed.changed)
    bookings = [repriced.get(booking.id, booking) for booking in bookings]
    for booking in bookings:
        tell_rider(context, tx, booking, is_heard=is_heard)
    tx.store_answer(actor.account_id, key[0], StoredAnswer(key[1], bookings[0].id, None))
    return [as_seen(tx, actor, booking) for booking in _in_order(bookings)]
