"""A bus has broken down, or nobody is there to drive: its run is withdrawn, and every rider on it found another place at once.

Riders aboard come first, then whoever is met next. Whom no run can take within two hours is handed to whoever declared the rescue.
Nobody on another run is worse off for it; volunteers who want to be asked, and drivers with a manifest in their hands, are not
given riders unasked: that is the desk's to arrange.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.actions.notices import notice, run_notice
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.rescues import Rescue, RescueCause, RescuedRide
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.promising import promise_in_words
from mobility.planning.rescuing import NewPlace, Stranded, may_help, plan_rescue, stranded
from mobility.store.interface import Transaction

_DECLARES = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where the rescue happens: who declared it, why and when."""

    actor: Actor
    cause: RescueCause
    now: datetime
    service: Service


@dataclass(frozen=True, slots=True)
class RescuePreview:
    """What a rescue would do: the run, and each of its rides with the run that would take it (None: the desk sees to it)."""

    run: Run
    rides: tuple[tuple[Stranded, NewPlace | None], ...]


def preview_rescue(context: Context, actor: Actor, run_id: str) -> RescuePreview:
    """Who is affected and what the plan proposes for each; nothing is changed.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: a role that does not declare a rescue.
        ConflictError: the run has been withdrawn already.
    """
    _check_declares(actor)
    system = system_actor(actor.agency_id)
    with context.store.transaction() as tx:
        run = tx.get_run(actor, run_id)
        runs = {each.id: each for each in tx.list_runs(system, run.day, [run.service_id]) if may_help(each)} | {run.id: run}
        rides = stranded(run, tx.list_bookings_of_legs(system, run.leg_ids), context.clock())
        _, places = _planned(context, tx, runs, run_id, rides)
        return RescuePreview(run, tuple(zip(rides, places, strict=True)))


def declare_rescue(context: Context, actor: Actor, run_id: str, cause: RescueCause) -> Rescue:
    """Withdraw a run and move its riders, all in one transaction.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: a role that does not declare a rescue.
        ConflictError: the run has been withdrawn already.
    """
    _check_declares(actor)
    system = system_actor(actor.agency_id)

    def work(tx: Transaction) -> Rescue:
        seen = tx.get_run(actor, run_id)
        others = [run.id for run in tx.list_runs(system, seen.day, [seen.service_id]) if may_help(run)]
        before = {run.id: run for run in tx.lock_runs({run_id, *others})}
        scene = _Scene(actor, cause, context.clock(), tx.get_service(system, seen.service_id))
        known = tx.list_bookings_of_legs(system, before[run_id].leg_ids)
        rides = stranded(before[run_id], [tx.lock_booking(system, booking.id) for booking in known], scene.now)
        runs, places = _planned(context, tx, before, run_id, rides)
        for ride, place in zip(rides, places, strict=True):
            _tell(tx, scene, ride, place)
        _save(tx, scene, before, runs)
        keep_ceilings(context, tx, actor.agency_id, [each.id for each in runs.values() if each is not before[each.id]])
        found = (as_rescued(ride, place) for ride, place in zip(rides, places, strict=True))
        return Rescue(run_id, cause, scene.now, actor.account_id, tuple(found))

    return context.store.in_transaction(work)


def _check_declares(actor: Actor) -> None:
    if actor.role not in _DECLARES:
        raise NotAllowedError(f"the role {actor.role.value} does not declare a rescue")


def _planned(
    context: Context, tx: Transaction, before: Mapping[str, Run], run_id: str, rides: Sequence[Stranded]
) -> tuple[dict[str, Run], list[NewPlace | None]]:
    """The same planning for looking and for doing."""
    if before[run_id].withdrawn:
        raise ConflictError("this run has been withdrawn already")
    system = system_actor(before[run_id].agency_id)
    service = tx.get_service(system, before[run_id].service_id)
    return plan_rescue(before, run_id, rides, service, context.network(tx, system).travel, context.clock())


def as_rescued(ride: Stranded, place: NewPlace | None) -> RescuedRide:
    """What became, or would become, of a ride."""
    taken_by, late_s = (None, 0) if place is None else (place.run.id, place.late_s)
    return RescuedRide(ride.booking.id, ride.leg.id, taken_by, late_s, ride.aboard)


def _tell(tx: Transaction, scene: _Scene, ride: Stranded, place: NewPlace | None) -> None:
    """The booking learns what became of the ride, with cause, owner and the promise as it was; its rider is told."""
    booking = tx.get_booking(system_actor(scene.actor.agency_id), ride.booking.id)  # an earlier leg may have changed it
    old, owner = booking.leg(ride.leg.id), scene.actor.account_id
    was = f"{'aboard, ' if ride.aboard else ''}promised was {promise_in_words(old, ZoneInfo(scene.service.timezone))}"
    if place is None:
        leg = replace(old, pickup=ride.leg.pickup, state=LegState.IN_RESCUE, run_id=None, owner=owner, answer_by=None)
        booking = _changed(scene, booking, leg, f"no other run, owner {owner}; {was}")
        messages = [notice(booking, NoticeKind.IN_RESCUE, scene.now), notice(booking, NoticeKind.DESK_TASK, scene.now, to="desk")]
    else:
        leg = replace(place.leg, state=LegState.ON_RUN, run_id=place.run.id, owner=None, answer_by=None)
        late = f"{-(-place.late_s // 60)} min late" if place.late_s else "in time"
        booking = _changed(scene, booking, leg, f"on run {place.run.id}, {late}; {was}")
        messages = [notice(booking, NoticeKind.RESCUED, scene.now, run=place.run, delay_s=place.late_s)]
    tx.save_booking(booking)
    for message in messages:
        tx.add_notice(message)


def _changed(scene: _Scene, booking: Booking, leg: Leg, what: str) -> Booking:
    entry = HistoryEntry(scene.now, scene.actor.account_id, f"rescue after {scene.cause.value}: {what}")
    return booking.with_leg(leg, entry)


def _save(tx: Transaction, scene: _Scene, before: dict[str, Run], runs: dict[str, Run]) -> None:
    """Every run that has changed, one revision on, and its driver told."""
    for run_id in sorted(runs):
        if runs[run_id] is before[run_id]:
            continue
        run = replace(runs[run_id], revision=before[run_id].revision + 1)
        tx.save_run(run, before[run_id].revision)
        message = run_notice(run, scene.now)
        if message is not None:
            tx.add_notice(message)
