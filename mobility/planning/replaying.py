"""What drivers reported, made into the state of a run: the plan as if nothing had happened, and then every report in the order in
which it happened.

So it does not matter in which order reports arrive, how often, or from how many telephones; and any of them can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.driver_events import LASTING, DriverEvent, EventKind, EventProblem
from mobility.domain.holds import HELD_FOR
from mobility.domain.runs import Run, Visit, VisitKind, WalkUp

Forecast = Callable[[Run], Run]
"""The run with the times to be expected when it goes on from its last report without losing time."""

_EARLIEST_BEFORE = timedelta(hours=1)
_LATER = timedelta(seconds=1)
_OWN_HALTS = (VisitKind.HALT, VisitKind.BREAK, VisitKind.END)


@dataclass
class Replayed:
    """The run as it is after all reports, what is wrong with some of them, and which of them said nothing new."""

    run: Run
    problems: dict[str, EventProblem] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)


def replay(run: Run, events: Sequence[DriverEvent], bookings: Iterable[Booking], forecast: Forecast) -> Replayed:
    """The run after all of ``events``; ``bookings`` are those of the legs named in them and of the run's own."""
    legs = {leg.id: (booking, leg) for booking in bookings for leg in booking.legs}
    counting = counted(events)
    boarded = _boarded(counting)
    order = _planned_order(run, {event.leg_id for event in events if event.leg_id}, boarded, legs)
    state = Replayed(_untouched(run, order))
    booked_at = {visit.leg_id: visit.held_until - HELD_FOR for visit in run.visits if visit.leg_id and visit.held_until}
    booked_at |= {leg_id: booking.created_at for leg_id, (booking, _) in legs.items()}
    for event in sorted(counting, key=lambda each: _moment(each, boarded)):
        if event.kind is EventKind.PAID:  # it moves nobody
            if event.leg_id not in run.leg_ids and (event.leg_id not in legs or legs[event.leg_id][1].run_id != run.id):
                state.problems[event.id] = EventProblem.NOT_ON_RUN
            continue
        if event.kind is EventKind.DELAYED:
            state.run = _delayed(state.run, event, booked_at, forecast)
        else:
            _apply(state, event, boarded)
    return state


def counted(events: Sequence[DriverEvent]) -> list[DriverEvent]:
    """The reports that count: not taken back, and none that nothing can mend."""
    able = [event for event in events if event.problem not in LASTING]
    undone = {(event.device_id, event.undoes) for event in able if event.kind is EventKind.UNDO}
    return [event for event in able if event.kind is not EventKind.UNDO and (event.device_id, event.sequence) not in undone]


def _boarded(events: Iterable[DriverEvent]) -> dict[str, datetime]:
    """When each rider who was taken boarded first. Who was seen to board came, whatever else was reported."""
    found: dict[str, datetime] = {}
    for event in events:
        if event.kind is EventKind.BOARDED and event.leg_id is not None:
            found[event.leg_id] = min(event.at, found.get(event.leg_id, event.at))
    return found


def _moment(event: DriverEvent, boarded: Mapping[str, datetime]) -> tuple[bool, datetime, bool, str, int]:
    """Two telephones' clocks differ: nobody alights before boarding, and a run ends after all that happened on it."""
    alights = event.kind is EventKind.ALIGHTED
    ends = event.kind is EventKind.PASSED and (event.halt or "").startswith(f"{VisitKind.END.value}:")
    at = max(event.at, boarded.get(event.leg_id or "", event.at)) if alights else event.at
    return ends, at, alights, event.device_id, event.sequence


def _planned_order(
    run: Run, reported: set[str], boarded: Mapping[str, datetime], legs: Mapping[str, tuple[Booking, Leg]]
) -> list[Visit]:
    """All visits in the order of the plan: what is to come as it stands, what is done put back where it was."""
    ranks = {key: rank for rank, key in enumerate(run.plan_order or [visit.key for visit in run.visits])}
    order = [run.visits[0], *(visit for visit in run.visits[1:] if not visit.is_done)]
    for visit in run.visits[1:]:
        if visit.is_done:
            _put_back(order, visit, ranks)
    if run.withdrawn:
        return order
    for leg_id in sorted(reported):
        if leg_id in legs:
            _restore(order, run, legs[leg_id], ranks, boarded)
    return order


def _put_back(order: list[Visit], visit: Visit, ranks: Mapping[str, int], first: int = 1) -> None:
    """Behind all that was planned before it. What the order of the plan does not know came to the run later, and stays behind."""
    rank = ranks.get(visit.key, -1)
    before = [i for i in range(first, len(order)) if ranks.get(order[i].key, len(ranks)) < rank]
    order.insert(min(max([first, *(i + 1 for i in before)]), _before_the_end(order, visit)), visit)


def _before_the_end(order: list[Visit], visit: Visit) -> int:
    return len(order) - (order[-1].kind is VisitKind.END and visit.kind is not VisitKind.END)


def _restore(
    order: list[Visit], run: Run, what: tuple[Booking, Leg], ranks: Mapping[str, int], boarded: Mapping[str, datetime]
) -> None:
    """The visits of a ride that were taken out: of one cancelled whose rider has boarded all the same, or where nobody had come."""
    booking, leg = what
    there = {visit.kind for visit in order if visit.leg_id == leg.id}
    cancelled = leg.outcome is Outcome.CANCELLED and leg.id in boarded and leg.service_id == run.service_id
    not_come = VisitKind.PICKUP in there and leg.run_id == run.id
    if not (cancelled or not_come):
        return
    for kind, place, window in (
        (VisitKind.PICKUP, leg.pickup, leg.pickup_window),
        (VisitKind.DROPOFF, leg.dropoff, leg.dropoff_window),
    ):
        if kind in there:
            continue
        longest = leg.max_ride_s if kind is VisitKind.DROPOFF else None
        visit = Visit(
            kind,
            place,
            window.earliest,
            window.latest,
            leg.boarding_s,
            window.earliest,
            leg.id,
            booking.party,
            booking.needs,
            longest,
        )
        first = 1 + max((i for i, other in enumerate(order) if other.leg_id == leg.id), default=0)
        if visit.key in ranks:
            _put_back(order, visit, ranks, first)
            continue
        later = (i for i in range(first, len(order)) if order[i].latest > visit.latest)
        order.insert(next(later, _before_the_end(order, visit)), visit)


def _untouched(run: Run, order: list[Visit]) -> Run:
    """The run as if nothing had been reported; it remembers the order of its plan."""
    visits = (order[0], *(replace(visit, actual=None, skipped=False, not_before=None) for visit in order[1:]))
    return replace(run, visits=visits, delay_s=0, walk_ups=(), plan_order=tuple(visit.key for visit in visits))


def _apply(state: Replayed, event: DriverEvent, boarded: Mapping[str, datetime]) -> None:
    run = state.run
    if event.kind is EventKind.WALK_UP:
        walk_up = WalkUp(event.at, event.halt or "", event.persons)
        state.run = replace(run, walk_ups=(*run.walk_ups, walk_up))
        return
    visit = _visit_of(run, event)
    problem = _problem(run, event, visit, boarded)
    if problem is not None or visit is None:
        state.problems[event.id] = problem or EventProblem.NOT_ON_RUN
    elif visit.is_done:
        state.repeated.add(event.id)
    else:
        state.run = _done(run, visit, event)


def _visit_of(run: Run, event: DriverEvent) -> Visit | None:
    if event.kind is EventKind.PASSED:
        return next((v for v in run.visits[1:] if v.key == event.halt and v.kind in _OWN_HALTS), None)
    kind = VisitKind.DROPOFF if event.kind is EventKind.ALIGHTED else VisitKind.PICKUP
    return next((v for v in run.without_holds().visits if v.leg_id == event.leg_id and v.kind is kind), None)


def _problem(run: Run, event: DriverEvent, visit: Visit | None, boarded: Mapping[str, datetime]) -> EventProblem | None:
    if event.kind is EventKind.PASSED:
        if visit is None:
            return EventProblem.NO_SUCH_HALT
        left = visit.kind is VisitKind.END and any(v.leg_id and not v.is_done for v in run.without_holds().visits[1:-1])
        return EventProblem.RIDERS_LEFT if left else None
    if event.kind is EventKind.NO_SHOW and event.leg_id in boarded:
        return EventProblem.REPORTED_OTHERWISE
    if visit is None:
        return EventProblem.NOT_ON_RUN
    if event.kind is EventKind.ALIGHTED:
        return None if event.leg_id in boarded and _is_aboard_or_was(run, event.leg_id) else EventProblem.NOT_BOARDED
    return EventProblem.TOO_EARLY if event.at < visit.earliest - _EARLIEST_BEFORE else None


def _is_aboard_or_was(run: Run, leg_id: str | None) -> bool:
    return any(v.leg_id == leg_id and v.kind is VisitKind.PICKUP and v.actual and not v.skipped for v in run.visits)


def _done(run: Run, visit: Visit, event: DriverEvent) -> Run:
    """The visit done, and before it what the vehicle must have passed on its way."""
    done, following = run.visits[: run.last_done + 1], run.visits[run.last_done + 1 :]
    last = max((v.actual for v in done if v.actual is not None), default=event.at)
    skipped = event.kind is EventKind.NO_SHOW
    behind = [v for v in following[: following.index(visit)] if _is_passed_by_now(v, event.at)]
    passed = [replace(v, actual=min(max(v.earliest, last), event.at)) for v in behind]
    undone = [v for v in following if v is not visit and v not in behind and not (skipped and v.leg_id == visit.leg_id)]
    if visit.kind is VisitKind.END:  # the vehicle is at home: no place is held on it any more
        undone = [v for v in undone if v.held_until is None]
    happened = replace(visit, actual=event.at, skipped=skipped)
    return replace(run, visits=(*done, *passed, happened, *undone), delay_s=0)  # from here on the actual time tells


def _is_passed_by_now(visit: Visit, at: datetime) -> bool:
    if visit.kind is VisitKind.BREAK:
        return visit.earliest + timedelta(seconds=visit.service_s) <= at
    return visit.kind is VisitKind.HALT


def _delayed(run: Run, event: DriverEvent, booked_at: Mapping[str, datetime], forecast: Forecast) -> Run:
    """The next visit so much later than it would be without the delay; nothing when there is none.

    Of rides booked or held since, the driver knew nothing: they were planned with the delay, and are not delayed by it again.
    """
    known = [v for v in run.visits if v.is_done or v.leg_id is None or booked_at.get(v.leg_id, event.at + _LATER) <= event.at]
    following = replace(run, visits=tuple(known)).last_done + 1
    if following >= len(known) - 1:
        return run
    late, delay_s = known[following], max(0, event.delay_s)
    known[following] = replace(late, not_before=None)
    expected = forecast(replace(run, visits=tuple(known))).visits[following].planned
    delayed = replace(late, not_before=expected + timedelta(seconds=delay_s))
    return replace(run, visits=tuple(delayed if v is late else v for v in run.visits), delay_s=delay_s)


def outcome_of(run: Run, leg: Leg) -> tuple[LegState, Outcome | None]:
    """What a leg of this run has become by what was reported."""
    pickup, dropoff = (
        next((v for v in run.visits if v.leg_id == leg.id and v.kind is kind), None)
        for kind in (VisitKind.PICKUP, VisitKind.DROPOFF)
    )
    if pickup is not None and pickup.skipped:
        return LegState.CLOSED, Outcome.NO_SHOW
    if dropoff is not None and dropoff.is_done:
        return LegState.CLOSED, Outcome.PERFORMED
    if pickup is not None and (pickup.is_done or leg.outcome is not None):
        return LegState.ON_RUN, None
    return leg.state, leg.outcome
