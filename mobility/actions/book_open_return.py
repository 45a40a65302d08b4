"""There now, back when I call: with the way there the last way back of the day is booked, both or neither.

That way back is a real promise on a real run. A call (:mod:`mobility.actions.call_home`) brings it forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.actions.accepting import Accepted, accept, opened
from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context
from mobility.actions.offer_rides import Searches, decision_of
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking
from mobility.domain.fleet import Acceptance
from mobility.domain.requests import Decision, OfferKind, Reason, Rejection, RideRequest
from mobility.planning.rules import openings

NO_WAY_BACK = "no way back can be had that day"
"""The rule of the "no" when the way there alone could be booked."""
_STEP = timedelta(minutes=30)
_MOST_TRIED = 48


def book_open_return(  # noqa: PLR0913  (as book_ride)
    context: Context,
    actor: Actor,
    offer_id: str,
    idempotency_key: str,
    rider_id: str | None = None,
    *,
    is_heard: bool = False,
    consent_id: str | None = None,
) -> Booking | Rejection:
    """Book the way there and the last way back of the day that can be had with the same people and needs.

    Raises:
        InvalidInputError, NotAllowedError, KeyReusedError, NotFoundError: as :func:`mobility.actions.book_ride.book_ride`.
    """
    decision_id, number = opened(context, offer_id)
    with context.store.transaction() as tx:
        there = accept(context, tx, actor, decision_id, number)
    if isinstance(there, Rejection):
        return there
    back = _last_way_back(context, actor, there)
    if back is None:
        return Rejection(Reason.NO_CAPACITY, NO_WAY_BACK)
    decision, chosen = back
    with context.store.transaction() as tx:
        tx.add_decision(decision)
    return book_ride(
        context,
        actor,
        offer_id,
        idempotency_key,
        rider_id,
        return_offer_id=decision.offers[chosen].id,
        open_return=True,
        is_heard=is_heard,
        consent_id=consent_id,
    )


def _last_way_back(context: Context, actor: Actor, there: Accepted) -> tuple[Decision, int] | None:
    """The answer with the last ride home, and which one it is; a ride that is certain before one that has to be asked for."""
    wish = way_back(there.decision.request)
    searches = Searches(context, actor, wish, there.now)
    asked: tuple[Decision, int] | None = None
    for moment in _from_late_to_early(searches, there):
        request = replace(wish, depart_after=moment)
        answer = searches.answer(request)
        rides = [(number, offer) for number, offer in enumerate(answer.offers) if offer.kind is OfferKind.RIDE]
        rides.sort(key=lambda each: (each[1].acceptance is not Acceptance.ROSTERED, -each[1].pickup_window.earliest.timestamp()))
        if rides and rides[0][1].acceptance is Acceptance.ROSTERED:
            return decision_of(context, actor, request, answer), rides[0][0]
        if rides and asked is None:
            asked = decision_of(context, actor, request, answer), rides[0][0]
    return asked


def way_back(request: RideRequest) -> RideRequest:
    """The same wish the other way round, its time still to be said."""
    return replace(request, origin=request.destination, destination=request.origin, depart_after=None, arrive_by=None)


def _from_late_to_early(searches: Searches, there: Accepted) -> Iterator[datetime]:
    """Times of the same day at which somebody drives, half an hour apart, down to the arrival there."""
    earliest = there.offer.dropoff_window.latest
    day = there.offer.pickup_window.earliest.astimezone(ZoneInfo(there.service.timezone)).date()
    ends = [opening.latest for service, _ in searches.reach.ends for opening in openings(service, day)]
    last = max((end for end in ends if end - earliest < timedelta(days=1)), default=earliest)
    times = (last - step * _STEP for step in range(_MOST_TRIED))
    return (moment for moment in times if moment >= earliest)
