"""When a place becomes free: the first on the waiting list whom it fits is booked and told; who has waited in vain is told too.
Who has got a ride otherwise waits no more.

Booking, notice and the end of the waiting are one transaction. Nobody is rung up at night: what is found then is told in the morning, and
nothing is booked that could not be told in time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mobility.actions.accepting import OfferedRunIsFullError
from mobility.actions.book_ride import accept_all, book_accepted
from mobility.actions.context import Context, new_id
from mobility.actions.local_time import agency_zone
from mobility.actions.notices import notice
from mobility.actions.offer_rides import consider_rides
from mobility.actions.one_by_one import in_its_turn
from mobility.domain.accounts import system_actor
from mobility.domain.bookings import LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Decision, Offer, Rejection
from mobility.domain.waiting import WaitingState, WaitingWish
from mobility.planning.rules import wished_time
from mobility.planning.standing_days import nearest_ride
from mobility.store.interface import Transaction

QUIET_FROM, QUIET_UNTIL = time(21), time(7)
"""Between these nobody is told that a place has become free."""


class _NotSureError(Exception):
    """No place after all, or one that somebody has yet to say yes to: nothing of it stays."""


def serve_waiting_list(context: Context, agency_id: str, looked_at: dict[str, int] | None = None) -> int:
    """Try every wish, who came first first; how many were booked. ``looked_at`` remembers, for each wish, the runs for which it was tried
    last: as long as none has changed there is nothing new to find. A wish with which something goes wrong stops no other: the desk has
    a task of it.

    Raises:
        UnavailableError: no streets imported yet.
    """
    system, known = system_actor(agency_id), {} if looked_at is None else looked_at
    zone = agency_zone(context, system)
    with context.store.transaction() as tx:
        waiting = tx.list_waiting_wishes(system)
    booked = 0
    for wish in waiting:
        told_at = _next_telling(context.clock(), zone)
        stuck = replace(_of_wish(context, wish, NoticeKind.WISH_STUCK), to_rider_id=None)
        with in_its_turn(context, f"waiting list: wish {wish.id}", stuck):
            stands = _state_of_runs(context, agency_id, wished_time(wish.request).astimezone(zone).date())
            if told_at > wish.until:
                context.store.in_transaction(partial(_drop, context, wish=wish))
            elif known.get(wish.id) != stands:
                known[wish.id] = stands
                booked += _try(context, wish, told_at)
    for gone in known.keys() - {wish.id for wish in waiting}:
        del known[gone]
    return booked


def _state_of_runs(context: Context, agency_id: str, day: date) -> int:
    """Changes whenever a run of the day (or of the night before) does."""
    system = system_actor(agency_id)
    with context.store.transaction() as tx:
        runs = [run for each in (day - timedelta(days=1), day) for run in tx.list_runs(system, each)]
    return hash(tuple((run.id, run.revision, run.withdrawn) for run in runs))


def _next_telling(now: datetime, zone: ZoneInfo) -> datetime:
    """Now, or the end of the night."""
    local = now.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return now
    morning = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(morning, QUIET_UNTIL, zone)


def _try(context: Context, wish: WaitingWish, told_at: datetime) -> bool:
    decision = consider_rides(context, system_actor(wish.agency_id), wish.request)
    number = nearest_ride(decision)
    if number is None or decision.offers[number].acceptance is not Acceptance.ROSTERED:
        return False
    if decision.offers[number].pickup_window.earliest <= told_at:
        return False
    for widen in (False, True):
        try:
            work = partial(_book, context, wish=wish, what=(decision, number), told_at=told_at, widen=widen)
            return context.store.in_transaction(work)
        except OfferedRunIsFullError:
            continue
        except _NotSureError:
            return False
    return False


def _book(
    context: Context, tx: Transaction, *, wish: WaitingWish, what: tuple[Decision, int], told_at: datetime, widen: bool
) -> bool:
    decision, number = what
    system = system_actor(wish.agency_id)
    if tx.lock_waiting_wish(system, wish.id).state is not WaitingState.WAITING:
        return False
    others = _rides_instead(tx, wish, decision.offers[number])
    if LegState.ON_RUN in others:
        tx.save_waiting_wish(replace(wish, state=WaitingState.WITHDRAWN))
    if others:
        return False
    tx.add_decision(decision)
    rides = accept_all(context, tx, system, [(decision.id, number)])
    booking = rides if isinstance(rides, Rejection) else book_accepted(context, tx, rides, wish.rider_id, widen=widen)
    if isinstance(booking, Rejection) or any(leg.state is not LegState.ON_RUN for leg in booking.legs):
        raise _NotSureError
    tx.save_waiting_wish(replace(wish, state=WaitingState.BOOKED, booking_id=booking.id))
    tx.add_notice(replace(notice(booking, NoticeKind.WAITED_FOR, context.clock()), created_at=told_at))
    return True


def _rides_instead(tx: Transaction, wish: WaitingWish, offer: Offer) -> set[LegState]:
    """How the rides stand that the rider has got otherwise: at the time of the offer, or for the same wish."""
    system, found = system_actor(wish.agency_id), set[LegState]()
    for booking in (one for one in tx.list_bookings(system, wish.rider_id) if one.is_open):
        request = tx.get_decision(system, booking.decision_id).request
        is_same = replace(request, needs=wish.request.needs, groups=wish.request.groups) == wish.request
        for leg in (leg for leg in booking.legs if leg.state is not LegState.CLOSED):
            begins, ends = leg.pickup_window.earliest, leg.dropoff_window.latest
            if is_same or (begins < offer.dropoff_window.latest and offer.pickup_window.earliest < ends):
                found.add(leg.state)
    return found


def _drop(context: Context, tx: Transaction, *, wish: WaitingWish) -> None:
    """Too late: the rider is told, so that nobody goes on waiting. Who could only be told at night hears it in the evening."""
    if tx.lock_waiting_wish(system_actor(wish.agency_id), wish.id).state is not WaitingState.WAITING:
        return
    tx.save_waiting_wish(replace(wish, state=WaitingState.DROPPED))
    tx.add_notice(_of_wish(context, wish, NoticeKind.WAITED_IN_VAIN))


def _of_wish(context: Context, wish: WaitingWish, kind: NoticeKind) -> Notice:
    """A word to the rider who waits, one of each kind."""
    return Notice(
        id=new_id(),
        agency_id=wish.agency_id,
        key=f"{wish.id}:{kind.value}",
        kind=kind,
        created_at=context.clock(),
        to_rider_id=wish.rider_id,
        decision_id=wish.decision_id,
    )
