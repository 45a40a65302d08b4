"""What booking an offer and holding it have in common: the offer is verified, runs are locked, the ride is placed and judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from mobility.actions.context import Context, new_id
from mobility.actions.following_moves import follow_moves
from mobility.actions.read_decision import whole_decision
from mobility.actions.wished_company import wished_company
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.holds import Hold
from mobility.domain.requests import Decision, Offer, OfferKind, Reason, Rejection
from mobility.domain.riders import Company
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, Problem
from mobility.planning.holding import without_lapsed_holds
from mobility.planning.loads import boarding_s
from mobility.planning.network import Network
from mobility.planning.rearranging import find_room, with_room
from mobility.planning.releasing import release
from mobility.planning.rules import vehicle_needs, wished_time
from mobility.planning.searching import direct, find_fits, longest_ride_s, make_plan, wanted, with_ride
from mobility.store.interface import Transaction
from routing.dialaride.making_room import Budget


@dataclass(frozen=True, slots=True)
class Accepted:
    """A ride being accepted, with everything that decides on it: an offer (``number`` of the decision), or one of its rides."""

    actor: Actor
    decision: Decision
    number: int
    service: Service
    network: Network
    now: datetime
    offer: Offer
    company: Company | None = None


_RULES = {
    Reason.OFFER_EXPIRED: "offers are short-lived",
    Reason.TAKEN_MEANWHILE: "the last place was booked by somebody else a moment ago",
}
"""The only two ways to be told no here; a stored answer keeps the reason, and is told again in the same words."""


class OfferedRunIsFullError(Exception):
    """Start again with more runs locked: taking further locks now could make two bookings wait for each other in a circle."""


def opened(context: Context, offer_id: str, field: str = "offer_id") -> tuple[str, int]:
    """The decision and the number within it that an offer's id, given in this field, stands for.

    Raises:
        InvalidInputError: it was not signed here.
    """
    text = context.verify(offer_id)
    decision_id, _, number = (text or "").partition(".")
    if text is None or not number.isdigit():
        raise InvalidInputError(Problem(field, "is not an offer of this service", "ask for offers and use an id from the answer"))
    return decision_id, int(number)


def refusal(reason: Reason) -> Rejection:
    """The "no" to somebody who accepts an offer."""
    return Rejection(reason, _RULES[reason])


def accept(context: Context, tx: Transaction, actor: Actor, decision_id: str, number: int) -> Accepted | Rejection:
    """As :func:`accept_rides`, for what goes with one ride from door to door only.

    Raises:
        NotFoundError: the offer is not the actor's to accept.
        InvalidInputError: no ride from door to door.
    """
    rides = accept_rides(context, tx, actor, decision_id, number)
    if isinstance(rides, Rejection):
        return rides
    if rides[0].decision.offers[number].kind is OfferKind.JOURNEY:
        raise InvalidInputError(
            Problem("offer_id", "goes by train or bus too, which this is not made for", "choose a ride from door to door")
        )
    return rides[0]


def accept_rides(context: Context, tx: Transaction, actor: Actor, decision_id: str, number: int) -> list[Accepted] | Rejection:
    """The rides of an offer, in order, with what decides on them, or the "no" of one that is too old.

    Raises:
        NotFoundError: the offer is not the actor's to accept.
        InvalidInputError: an ordinary line, which nobody books.
    """
    decision, now = whole_decision(tx, actor, decision_id), context.clock()
    if now > decision.expires_at:
        return refusal(Reason.OFFER_EXPIRED)
    offer = decision.offers[number]
    if not offer.rides:
        raise InvalidInputError(Problem("offer_id", "an ordinary bus or train needs no booking", "just board it"))
    network, system = context.network(tx, actor), system_actor(actor.agency_id)
    company = wished_company(tx, actor.agency_id, decision.request.rider_id)
    return [
        Accepted(actor, decision, number, tx.get_service(system, ride.service_id), network, now, ride, company)
        for ride in offer.rides
    ]


def leg_of(accepted: Accepted) -> Leg:
    """The offered ride with its promise, on no run yet."""
    offer, service = accepted.offer, accepted.service
    plan = make_plan([], {service.id: service}, accepted.network.travel, accepted.now, [offer.pickup, offer.dropoff])
    moments = [wished_time(accepted.decision.request)]
    if accepted.decision.offers[accepted.number].kind is OfferKind.JOURNEY:
        moments = [offer.pickup_window.earliest, offer.dropoff_window.latest]  # the wish is for another hour
    direct_s = max(direct(plan, offer.pickup, offer.dropoff, moment)[0] for moment in moments)
    return Leg(
        id=new_id(),
        service_id=offer.service_id,
        pickup=offer.pickup,
        dropoff=offer.dropoff,
        pickup_window=offer.pickup_window,
        dropoff_window=offer.dropoff_window,
        max_ride_s=longest_ride_s(service, direct_s),
        boarding_s=boarding_s(service, accepted.decision.request.party, accepted.decision.request.needs),
        state=LegState.ON_RUN,
        answer_by=offer.answer_by if offer.acceptance is Acceptance.SELF_PICK else None,
        price_cents=offer.price_cents or 0,
        price_parts=offer.price_parts,
        legal_basis=offer.legal_basis,
    )


def run_ids_for(tx: Transaction, accepted: Accepted, *, widen: bool) -> set[str]:
    """The offered run or, to ``widen``, every run that could keep the same promise; none when a volunteer is to pick the ride."""
    offered = accepted.offer.run_id or ""
    if accepted.offer.acceptance is Acceptance.SELF_PICK:
        return set()
    if not widen:
        return {offered}
    system = system_actor(accepted.actor.agency_id)
    day = tx.get_run(system, offered).day
    runs = tx.list_runs(system, day, [accepted.service.id])
    return {run.id for run in runs if run.acceptance is accepted.offer.acceptance}


def insert(accepted: Accepted, leg: Leg, runs: Sequence[Run], *, may_move: bool) -> list[tuple[Run, Run]] | None:
    """Every run that changes, with the ride and as it was, the one that takes it first; None when the ride fits into none.

    Where it ``may_move`` others, within their promises, they are moved before that is said.
    """
    service, request = accepted.service, accepted.decision.request
    travel = accepted.network.travel
    open_runs = [without_lapsed_holds(run, service, travel, accepted.now) for run in runs if not run.withdrawn]
    if not open_runs:
        return None
    plan = make_plan(open_runs, {service.id: service}, travel, accepted.now, [leg.pickup, leg.dropoff])
    ride = wanted(leg, request.party, vehicle_needs(request), accepted.company)
    fits = find_fits(plan, ride)
    if fits:
        return [(with_ride(plan, fits[0], ride, leg), fits[0].run)]
    made = find_room(plan, ride, Budget()) if may_move else None
    if made is None:
        return None
    before = {run.id: run for run in open_runs}
    return [(run, before[run.id]) for run in with_room(plan, made, ride, leg)]


def save_taken(context: Context, tx: Transaction, taken: Sequence[tuple[Run, Run]], agency_id: str) -> None:
    """Save the runs that :func:`insert` changed, as they are and as they were. Bookings of rides moved for it learn their run."""
    for run, was in taken:
        tx.save_run(run, was.revision)
    if len(taken) > 1:
        follow_moves(context, tx, agency_id, [run for run, _ in taken])


def give_up(context: Context, tx: Transaction, holds: Collection[Hold], locked: dict[str, Run]) -> dict[str, Run]:
    """Free the places of these holds, whose runs are ``locked``; the runs as they are then."""
    runs = dict(locked)
    for hold in holds:
        run = runs[hold.run_id]
        if hold.id in run.leg_ids:
            system = system_actor(hold.agency_id)
            service = tx.get_service(system, run.service_id)
            runs[run.id] = release(run, hold.id, service, context.network(tx, system).travel, context.clock())
            tx.save_run(runs[run.id], run.revision)
        tx.delete_hold(hold.id)
    return runs
