"""After a report: the run, its bookings, the riders to be told and the desk's tasks, as all reports together say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mobility.actions.arrival_contacts import tell_arrivals
from mobility.actions.context import Context
from mobility.actions.notices import desk_notice, notice
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState, Outcome
from mobility.domain.driver_events import LASTING, DriverEvent, EventKind
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run, VisitKind
from mobility.planning.replaying import Replayed, counted, outcome_of, replay
from mobility.planning.rescuing import stands_at
from mobility.planning.searching import expected_times, make_plan
from mobility.store.interface import Transaction

_TOLD_AGAIN_EVERY_S = 600
_AT_ONCE = timedelta(minutes=1)
CARRIED_ON = "picked up although cancelled: the ride is carried on"
LEFT_BEHIND = "reported otherwise after the run was withdrawn: handed to the desk"
_DESK = "desk"


def settle_run(
    context: Context, tx: Transaction, actor: Actor, run: Run, known: Sequence[DriverEvent], new: Sequence[DriverEvent]
) -> tuple[Run, dict[str, DriverEvent]]:
    """Save the new reports and everything that follows from them; the caller has locked the run. The run, and all reports by id."""
    system = system_actor(run.agency_id)
    events = [*known, *new]
    leg_ids = {*run.leg_ids, *(event.leg_id for event in events if event.leg_id is not None)}
    bookings = [tx.lock_booking(system, booking.id) for booking in tx.list_bookings_of_legs(system, leg_ids)]
    bookings = [_cancelled_again(context, tx, actor, booking, events) for booking in bookings]
    gone = {leg.id for booking in bookings for leg in booking.legs if leg.outcome is Outcome.CANCELLED}
    planned = replace(run, visits=tuple(visit for visit in run.visits if visit.leg_id not in gone))
    result = replay(planned, events, bookings, lambda late: _expected(context, tx, late, late.starts_at - timedelta(days=1)))
    carried = gone & set(result.run.leg_ids)
    settled = {event.id: _settled(event, result, carried) for event in events}
    _keep(context, tx, run, known, settled)
    after = _saved(context, tx, run, _without_those_left(result.run))
    fresh = [settled[event.id] for event in new]
    for booking in bookings:
        now_is = _followed(context, tx, actor, result.run, booking, (fresh, settled.values(), carried))
        tell_arrivals(context, tx, after, booking, now_is)
        _tell_late(context, tx, after, now_is)
    return after, settled


def _expected(context: Context, tx: Transaction, run: Run, now: datetime) -> Run:
    """Planned times follow what was observed; the promise stays as it was told."""
    system = system_actor(run.agency_id)
    service = tx.get_service(system, run.service_id)
    network = context.network(tx, system)
    return expected_times(make_plan([run], {service.id: service}, network.travel, now))


def _without_those_left(run: Run) -> Run:
    """A withdrawn run takes nobody any more: who was not brought to an end by it is the desk's (:func:`_now_is`)."""
    if not run.withdrawn:
        return run
    return replace(run, visits=tuple(visit for visit in run.visits if visit.leg_id is None or visit.is_done))


def _now_is(run: Run, leg: Leg, now: datetime) -> Leg:
    """What a leg of this run has become by what was reported; in rescue when the run was withdrawn meanwhile."""
    state, outcome = outcome_of(run, leg)
    if run.withdrawn and state is LegState.ON_RUN:
        came = any(v.leg_id == leg.id and v.kind is VisitKind.PICKUP and v.is_done for v in run.visits)
        pickup = stands_at(run, now) if came else leg.pickup
        left = replace(leg, state=LegState.IN_RESCUE, outcome=None, pickup=pickup)
        return replace(left, run_id=None, owner=_DESK, answer_by=None)
    answer_by = leg.answer_by if state is LegState.AWAITING_CONFIRMATION else None
    return replace(leg, state=state, outcome=outcome, run_id=run.id, answer_by=answer_by)


def _saved(context: Context, tx: Transaction, before: Run, after: Run) -> Run:
    if (before.visits, before.delay_s, before.walk_ups) == (after.visits, after.delay_s, after.walk_ups):
        return before
    run = after if before.visits == after.visits else _expected(context, tx, after, context.clock())
    run = replace(run, revision=before.revision + 1)
    tx.save_run(run, before.revision)
    return run


def _settled(event: DriverEvent, result: Replayed, carried: Collection[str]) -> DriverEvent:
    """The report with what is wrong with it now, and whether it brought a cancelled ride back."""
    problem = event.problem if event.problem in LASTING else result.problems.get(event.id)
    beats = event.kind is EventKind.BOARDED and event.leg_id in carried and problem is None
    return replace(event, problem=problem, beats_cancellation=event.beats_cancellation or beats)


def _keep(context: Context, tx: Transaction, run: Run, known: Sequence[DriverEvent], settled: Mapping[str, DriverEvent]) -> None:
    """Save what is new or has changed. A new problem is a task of the desk; one that another report has mended is settled."""
    before = {event.id: event for event in known}
    for event in settled.values():
        old = before.get(event.id)
        if event == old:
            continue
        tx.save_driver_event(event)
        task, had = f"report:{event.id}", old is not None and old.problem is not None
        if event.problem is not None and not had:
            tx.add_notice(desk_notice(run, NoticeKind.DRIVER_REPORT, context.clock(), task))
            if old is not None:  # settled once, it is open again
                tx.mark_notice(task, None)
        elif event.problem is None and had:
            tx.mark_notice(task, context.clock())


def _cancelled_again(context: Context, tx: Transaction, actor: Actor, booking: Booking, events: Sequence[DriverEvent]) -> Booking:
    """A ride that was carried on because of a report that has been taken back is cancelled as before."""
    boarded = {event.leg_id for event in counted(events) if event.kind is EventKind.BOARDED}
    brought_back = {event.leg_id for event in events if event.beats_cancellation} - boarded
    for leg in booking.legs:
        if leg.id in brought_back and leg.outcome is not Outcome.CANCELLED:
            closed = replace(leg, state=LegState.CLOSED, outcome=Outcome.CANCELLED, run_id=None, answer_by=None)
            booking = booking.with_leg(
                closed, HistoryEntry(context.clock(), actor.account_id, "not picked up: cancelled as before")
            )
            tx.save_booking(booking)
    return booking


def _followed(
    context: Context,
    tx: Transaction,
    actor: Actor,
    run: Run,
    booking: Booking,
    reports: tuple[Sequence[DriverEvent], Collection[DriverEvent], Collection[str]],
) -> Booking:
    """The booking with what has become of its legs on this run, and with what was reported of them in its history."""
    fresh, all_reports, carried = reports
    for leg in booking.legs:
        back = leg.id in carried
        if not back and leg.run_id != run.id:
            continue
        now_is = _now_is(run, leg, context.clock())
        left = now_is.state is LegState.IN_RESCUE
        reported = _history(actor, leg.id, fresh, all_reports)
        if reported or back or left or now_is != leg:
            around = [([CARRIED_ON] if back else []), ([LEFT_BEHIND] if left else [])]
            first, last = ([HistoryEntry(context.clock(), actor.account_id, what) for what in told] for told in around)
            otherwise = [HistoryEntry(context.clock(), actor.account_id, "reported otherwise")]
            entries = [*first, *reported, *last] or otherwise
            booking = replace(changed := booking.with_leg(now_is, entries[0]), history=(*changed.history, *entries[1:]))
            tx.save_booking(booking)
        kinds = {"rider": NoticeKind.IN_RESCUE, _DESK: NoticeKind.DESK_TASK} if left else {}
        if back:
            kinds = dict.fromkeys(("rider", _DESK), NoticeKind.CARRIED_ON)
        if now_is.outcome is Outcome.NO_SHOW and leg.outcome is not Outcome.NO_SHOW and booking.is_open:
            kinds = kinds | {_DESK: NoticeKind.RETURN_UNCLEAR}  # nobody has asked yet whether it is needed
        for to, kind in kinds.items():
            tx.add_notice(notice(booking, kind, context.clock(), to=to, run=None if left else run))
    return booking


def _history(actor: Actor, leg_id: str, fresh: Sequence[DriverEvent], all_reports: Collection[DriverEvent]) -> list[HistoryEntry]:
    """What was reported of a leg, at the moment in which it came; when that is not the moment in which it happened, with both."""
    reported = {(event.device_id, event.sequence): event for event in all_reports}
    told = []
    for event in fresh:
        undone = reported.get((event.device_id, event.undoes or 0))
        if event.problem is not None:
            continue
        if event.kind is EventKind.UNDO and undone is not None and undone.leg_id == leg_id:
            told.append((event, f"undone: {undone.kind.value}"))
        elif event.leg_id == leg_id:
            told.append((event, event.kind.value))
    return [HistoryEntry(event.received_at, actor.account_id, what + _happened(event)) for event, what in told]


def _happened(event: DriverEvent) -> str:
    if event.received_at - event.at < _AT_ONCE:
        return ""
    return f", happened at {event.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _tell_late(context: Context, tx: Transaction, run: Run, booking: Booking) -> None:
    """Whoever will be met or set down later than promised is told, and again when it gets much later."""
    own = {leg.id for leg in booking.legs}
    for visit in run.visits:
        late_s = round((visit.planned - visit.latest).total_seconds())
        if visit.is_done or late_s <= 0 or visit.leg_id not in own:
            continue
        told_s = -(-late_s // _TOLD_AGAIN_EVERY_S) * _TOLD_AGAIN_EVERY_S
        message = notice(booking, NoticeKind.DELAYED, context.clock(), run=run, delay_s=late_s)
        tx.add_notice(replace(message, key=f"{booking.id}:{visit.leg_id}:{visit.kind.value}:late:{told_s}"))
        return
