"""A bus has broken down, or nobody is there to drive: its run is withdrawn, and every rider on it found another place at once.

Riders aboard come first, then whoever is met next. Whom no run can take within two hours is handed to whoever declared the rescue.
Nobody on another run is worse off for it; volunteers who want to be asked, and drivers with a manifest in their hands, are not
given riders unasked: that is the desk's to arrange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.notices import notice, run_notice
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Window
from mobility.domain.rescues import Rescue, RescueCause, RescuedRide
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.promising import promise_in_words
from mobility.planning.rescuing import NewPlace, Stranded, find_place, may_help, stands_at
from mobility.planning.travel import TravelCache
from mobility.store.interface import Transaction

_DECLARES = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_ON_THE_RUN = (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION)


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where the rescue happens: who declared it, why and when."""

    actor: Actor
    cause: RescueCause
    now: datetime
    service: Service
    travel: TravelCache


def declare_rescue(context: Context, actor: Actor, run_id: str, cause: RescueCause) -> Rescue:
    """Withdraw a run and move its riders, all in one transaction.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: a role that does not declare a rescue.
        ConflictError: the run has been withdrawn already.
    """
    if actor.role not in _DECLARES:
        raise NotAllowedError(f"the role {actor.role.value} does not declare a rescue")
    system = system_actor(actor.agency_id)

    def work(tx: Transaction) -> Rescue:
        seen = tx.get_run(actor, run_id)
        others = [run.id for run in tx.list_runs(system, seen.day, [seen.service_id]) if may_help(run)]
        before = {run.id: run for run in tx.lock_runs({run_id, *others})}
        if before[run_id].withdrawn:
            raise ConflictError("this run has been withdrawn already")
        service = tx.get_service(system, seen.service_id)
        scene = _Scene(actor, cause, context.clock(), service, context.network(tx, system).travel)
        rides = _stranded(tx, before[run_id], scene.now)
        runs, rescued = _rescue(tx, scene, before, run_id, rides)
        _save(tx, scene, before, runs)
        return Rescue(run_id, cause, scene.now, actor.account_id, tuple(rescued))

    return context.store.in_transaction(work)


def _stranded(tx: Transaction, run: Run, now: datetime) -> list[Stranded]:
    """Everybody who was still to be taken, the most important first; their bookings are locked, in id order."""
    system = system_actor(run.agency_id)
    boarded = {v.leg_id for v in run.visits if v.kind is VisitKind.PICKUP and v.actual is not None and not v.skipped}
    found = []
    for seen in tx.list_bookings_of_legs(system, run.leg_ids):
        booking = tx.lock_booking(system, seen.id)
        for leg in booking.legs:
            if leg.run_id != run.id or leg.state not in _ON_THE_RUN:
                continue
            aboard = leg.id in boarded
            begins = replace(leg, pickup=stands_at(run), pickup_window=Window(now, now)) if aboard else leg
            found.append(Stranded(booking, begins, aboard))
    return sorted(found, key=lambda ride: (not ride.aboard, ride.leg.pickup_window.earliest, ride.leg.id))


def _rescue(
    tx: Transaction, scene: _Scene, before: dict[str, Run], run_id: str, rides: Sequence[Stranded]
) -> tuple[dict[str, Run], list[RescuedRide]]:
    """The runs as they are to be, and what became of each ride; bookings are saved and riders told."""
    withdrawn = replace(before[run_id], withdrawn=True)
    for ride in rides:
        withdrawn = withdrawn.without_leg(ride.leg.id)
    runs = {**before, run_id: withdrawn}
    rescued = []
    for ride in rides:
        helping = [run for run in runs.values() if may_help(run)]
        place = find_place(helping, scene.service, scene.travel, scene.now, ride)
        if place is not None:
            runs[place.run.id] = place.run
        _tell(tx, scene, ride, place)
        taken_by, late_s = (None, 0) if place is None else (place.run.id, place.late_s)
        rescued.append(RescuedRide(ride.booking.id, ride.leg.id, taken_by, late_s, ride.aboard))
    return runs, rescued


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
