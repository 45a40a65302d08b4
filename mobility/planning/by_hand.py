"""What a dispatcher wants to do by hand, worked out before it is done: who is met when, what the judge has against it, what it costs.

Nothing is refused here for being late: it is told (:class:`Objection`), and what may be overruled for a reason is marked so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest

import mobility.domain.runs as domain
from mobility.domain.requests import Window
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.planning.compiling import CompiledRun, need_bits, tolerate_what_will_happen, write_back
from mobility.planning.judging import Change, judge
from mobility.planning.loads import NOTHING
from mobility.planning.releasing import release
from mobility.planning.searching import OBJECTIVE, Plan, make_plan
from mobility.planning.travel import TravelCache
from routing.dialaride.insertion import apply_insertion, best_insertions
from routing.dialaride.judge import Breach, Violation, violations, worsened
from routing.dialaride.objective import cost, driven_metres, driven_seconds
from routing.dialaride.problem import Insertion, Kind, Request, Route
from routing.dialaride.schedule import forecast, schedule

OVERRULED = frozenset({Breach.TOO_LATE, Breach.RIDE_TOO_LONG})
"""What may be done for a reason all the same, when it concerns a rider: he is told, and the promise as it was is written down."""
_LOOKED_AT = 6
_OVERFULL_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Scene:
    """The service, travel and clock of what is done."""

    service: Service
    travel: TravelCache
    now: datetime


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on a run: met after the visit ``after_pickup`` of its visits, set down after ``after_dropoff`` (both as the run is without the
    ride); None: where it fits best.
    """

    after_pickup: int | None = None
    after_dropoff: int | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing the judge has against it: which ride (None: the run's driver, vehicle or timetable) on which run, by how much."""

    kind: Breach
    run_id: str
    leg_id: str | None
    visit_kind: VisitKind
    amount: int

    @property
    def may_be_overruled(self) -> bool:
        """Whether a reason is enough: never for what a vehicle cannot hold, a driver has not agreed to, or a timetable says."""
        return self.leg_id is not None and self.kind in OVERRULED


@dataclass(frozen=True, slots=True)
class Proposal:
    """Runs before and after (same order; the later ones one revision on), what the judge says, what is driven and what it costs.

    ``metres`` and ``seconds`` driven and ``cost`` (objective units) are each before and after, over these runs from now on.
    ``under_way``: legs whose driver is on the way to them already.
    """

    before: tuple[Run, ...]
    after: tuple[Run, ...]
    objections: tuple[Objection, ...]
    metres: tuple[int, int]
    seconds: tuple[int, int]
    cost: tuple[int, int]
    under_way: frozenset[str] = frozenset()

    @property
    def needs_a_reason(self) -> bool:
        """True when it breaks a promise or calls a driver back who is on the way."""
        return bool(self.objections or self.under_way)

    @property
    def is_possible(self) -> bool:
        """False when something is against it that no reason overrules."""
        return all(one.may_be_overruled for one in self.objections)


def move(source: Run, target: Run, leg_id: str, spot: Spot, scene: Scene) -> Proposal:
    """A ride that has not begun, to another run or to another place in the order of its own.

    Raises:
        ValueError: the ride is not on ``source``, has begun, or there is no such place on ``target``.
    """
    _visits_of(source, leg_id)  # refuses what has begun
    freed = release(source, leg_id, scene.service, scene.travel, scene.now)
    if source.id == target.id:
        after = {source.id: _with(freed, source, leg_id, spot, scene)}
        return weigh((source,), after, {leg_id}, scene)
    after = {source.id: freed, target.id: _with(target, source, leg_id, spot, scene)}
    return weigh((source, target), after, {leg_id}, scene)


def swap(first: Run, leg_id: str, second: Run, other_leg_id: str, scene: Scene) -> Proposal:
    """Two rides of two runs that have not begun, each to where it fits best on the other's run.

    Raises:
        ValueError: a ride is not on its run or has begun.
    """
    both = ((first, leg_id), (second, other_leg_id))
    for run, leg in both:
        _visits_of(run, leg)  # refuses what has begun
    freed = [release(run, leg, scene.service, scene.travel, scene.now) for run, leg in both]
    one, other = _with(freed[0], second, other_leg_id, Spot(), scene), _with(freed[1], first, leg_id, Spot(), scene)
    return weigh((first, second), {first.id: one, second.id: other}, {leg_id, other_leg_id}, scene)


def weigh(before: Sequence[Run], after: Mapping[str, Run], moved: Collection[str], scene: Scene) -> Proposal:
    """Runs as they are against runs as they would be."""
    made = [replace(after[run.id], revision=run.revision + 1) for run in before]
    plan = make_plan([*before, *made], {scene.service.id: scene.service}, scene.travel, scene.now)
    old, new = plan.runs[: len(before)], plan.runs[len(before) :]
    return Proposal(
        before=tuple(before),
        after=tuple(made),
        objections=tuple(_objections(plan, old, new, moved)),
        metres=(_driven(plan, old)[0], _driven(plan, new)[0]),
        seconds=(_driven(plan, old)[1], _driven(plan, new)[1]),
        cost=(_cost(plan, old), _cost(plan, new)),
        under_way=frozenset(leg for compiled in old for leg in under_way(compiled) if leg in moved),
    )


def settled(proposal: Proposal, scene: Scene) -> Proposal:
    """The proposal as it is to be saved: promises it breaks are made anew around the new times, then the judge has the last word.

    Raises:
        PromiseBrokenError: something remains that no reason overrules.
    """
    late = {one.leg_id for one in proposal.objections if one.may_be_overruled}
    made = [_promised_anew(run, late, scene.service) for run in proposal.after]
    plan = make_plan([*proposal.before, *made], {scene.service.id: scene.service}, scene.travel, scene.now)
    count = len(made)
    new = plan.runs[count:]
    changes = [Change(old, each.route, each.promised) for old, each in zip(plan.runs[:count], new, strict=True)]
    judge(plan.frame, changes, _requests(plan, new, {leg for run in made for leg in run.leg_ids}))
    timed = [write_back(each, each.route, {}, plan.frame) for each in new]
    after = tuple(replace(run, revision=was.revision + 1) for run, was in zip(timed, proposal.before, strict=True))
    return replace(proposal, after=after)


def spots(run: Run, scene: Scene) -> list[int]:
    """After which of the run's visits somebody can still be met: not before what its driver is on the way to."""
    compiled = make_plan([run], {scene.service.id: scene.service}, scene.travel, scene.now).runs[0]
    return list(range(run.last_done + compiled.route.fixed - 1, len(run.visits) - 1))


def _with(run: Run, source: Run, leg_id: str, spot: Spot, scene: Scene) -> Run:
    """``run`` with the ride that ``source`` carries, as it was promised, where ``spot`` says; pinned there."""
    plan = make_plan([run, source], {scene.service.id: scene.service}, scene.travel, scene.now)
    compiled, carrying = plan.runs
    pickup, dropoff = _visits_of(source, leg_id)
    number = plan.frame.requests[leg_id]
    (found,) = _requests(plan, [carrying], {leg_id})
    # A delay observed on the run it leaves is not the ride's.
    request = replace(found, pickup=replace(found.pickup, earliest=plan.frame.scale.seconds(pickup.earliest)))
    route = _at_best(plan, compiled, request, spot)
    templates = {
        2 * number + second: replace(visit, pinned=True, not_before=None) for second, visit in enumerate((pickup, dropoff))
    }
    return write_back(compiled, route, templates, plan.frame)


def _visits_of(run: Run, leg_id: str) -> tuple[domain.Visit, domain.Visit]:
    pickup, dropoff = (
        next((v for v in run.visits if v.leg_id == leg_id and v.kind is kind), None)
        for kind in (VisitKind.PICKUP, VisitKind.DROPOFF)
    )
    if pickup is None or dropoff is None or pickup.is_done or pickup.held_until is not None:
        raise ValueError("the ride is not on this run any more, has begun, or is not booked yet")
    return pickup, dropoff


def _requests(plan: Plan, runs: Sequence[CompiledRun], leg_ids: Collection[str]) -> list[Request]:
    """Rides of ``leg_ids`` on ``runs`` that have not begun, with windows as promised and the vehicle they need."""
    group = frozenset(plan.frame.groups.values())
    found = []
    for compiled in runs:
        needs = {
            plan.frame.requests[v.leg_id]: need_bits(v.needs) for v in compiled.run.visits if v.leg_id in leg_ids and v.leg_id
        }
        visits = {(v.kind, v.request): v for v in compiled.promised.visits if v.request in needs}
        found += [
            Request(visit, visits[Kind.DROPOFF, number], needs[number], group)
            for (kind, number), visit in visits.items()
            if kind is Kind.PICKUP
        ]
    return found


def _at_best(plan: Plan, compiled: CompiledRun, request: Request, spot: Spot) -> Route:
    """The run's route with the ride at the wished place, else where it is best: within all promises, or breaking them least."""
    if spot.after_pickup is None and spot.after_dropoff is None:
        for fit in best_insertions(plan.frame.matrix, [compiled.route], request, OBJECTIVE):
            if fit.pickup_time >= _soonest(plan, compiled, request, fit.after_pickup):
                return apply_insertion(compiled.route, request, fit)
    done, last = compiled.run.last_done, len(compiled.route.visits) - 2
    possible = range(compiled.route.fixed - 1, last + 1)
    firsts = possible if spot.after_pickup is None else [spot.after_pickup - done]
    if any(first not in possible for first in firsts) or (spot.after_dropoff or 0) - done > last:
        raise ValueError("there is no such place on this run")
    sequences = [
        apply_insertion(compiled.route, _not_before(plan, compiled, request, first), Insertion(0, first, second, 0, 0, 0))
        for first in firsts
        for second in (range(first, last + 1) if spot.after_dropoff is None else [max(first, spot.after_dropoff - done)])
    ]
    likely = sorted(sequences, key=lambda route: _lateness(plan, route))[:_LOOKED_AT]
    return min((_tolerant(plan, route) for route in likely), key=lambda route: _badness(plan, route, request))


def _not_before(plan: Plan, compiled: CompiledRun, request: Request, after: int) -> Request:
    earliest = max(request.pickup.earliest, _soonest(plan, compiled, request, after))
    return replace(request, pickup=replace(request.pickup, earliest=earliest))


def _soonest(plan: Plan, compiled: CompiledRun, request: Request, after: int) -> int:
    """A vehicle that stands where it is leaves now, not earlier, even when nothing has been reported from it."""
    now, place = plan.frame.scale.seconds(plan.frame.now), compiled.route.visits[after].place
    if after != compiled.route.fixed - 1 or place < 0:
        return now
    return now + int(plan.frame.matrix.seconds[place, request.pickup.place])


def _lateness(plan: Plan, route: Route) -> int:
    """Seconds of lateness over all visits when driven at once, and a fortune for everybody who finds no seat: for a first sorting."""
    late = sum(
        max(0, time - visit.latest) for visit, time in zip(route.visits, forecast(plan.frame.matrix, route.visits), strict=True)
    )
    aboard: tuple[int, ...] = (*NOTHING, *(0,) * len(plan.frame.marks))
    for visit in route.visits[:-1]:
        aboard = tuple(has + more for has, more in zip_longest(aboard, visit.load, fillvalue=0))
        if not any(all(has <= most for has, most in zip(aboard, limits, strict=True)) for limits in route.capacities):
            late += _OVERFULL_S
    return late


def _tolerant(plan: Plan, route: Route) -> Route:
    return replace(route, visits=tolerate_what_will_happen(plan.frame.matrix, route.visits))


def _badness(plan: Plan, route: Route, request: Request) -> tuple[int, int, int]:
    """What no reason overrules, then seconds of broken promises, then cost."""
    times = schedule(plan.frame.matrix, route.visits) or forecast(plan.frame.matrix, route.visits)
    strict = replace(
        route,
        visits=tuple(
            request.pickup if v.request == request.pickup.request and v.kind is Kind.PICKUP else v for v in route.visits
        ),
    )
    found = violations(plan.frame.matrix, strict, times, [request])
    soft = [one for one in found if one.request >= 0 and one.kind in OVERRULED]
    return len(found) - len(soft), sum(one.amount for one in soft), cost(plan.frame.matrix, route, times, OBJECTIVE)


def _objections(plan: Plan, old: Sequence[CompiledRun], new: Sequence[CompiledRun], moved: Collection[str]) -> list[Objection]:
    """What is worse than it was: riders across these runs, everything else run by run."""
    before = [_found(plan, compiled, ()) for compiled in old]
    after = [_found(plan, compiled, moved) for compiled in new]
    riders = worsened([v for run in after for v in run if v.request >= 0], [v for run in before for v in run if v.request >= 0])
    legs = {number: leg for leg, number in plan.frame.requests.items()}
    told = []
    for compiled, was, becomes in zip(new, before, after, strict=True):
        worse = [v for v in becomes if v in riders]
        worse += worsened([v for v in becomes if v.request < 0], [v for v in was if v.request < 0])
        for one in worse:
            kind = compiled.run.visits[compiled.run.last_done + one.visit].kind
            told.append(Objection(one.kind, compiled.run.id, legs.get(one.request), kind, one.amount))
    return told


def _found(plan: Plan, compiled: CompiledRun, moved: Collection[str]) -> list[Violation]:
    matrix = plan.frame.matrix
    times = schedule(matrix, compiled.route.visits) or forecast(matrix, compiled.route.visits)
    return violations(matrix, compiled.promised, times, _requests(plan, [compiled], moved))


def under_way(compiled: CompiledRun) -> set[str]:
    """Rides whose driver is on the way to them: their pickup is imminent."""
    first = compiled.run.last_done + 1
    ahead = compiled.run.visits[first : first + compiled.route.fixed - 1]
    return {visit.leg_id for visit in ahead if visit.kind is VisitKind.PICKUP and visit.leg_id}


def _driven(plan: Plan, runs: Sequence[CompiledRun]) -> tuple[int, int]:
    """Metres and seconds of driving that are still ahead."""
    matrix = plan.frame.matrix
    return sum(driven_metres(matrix, each.route) for each in runs), sum(driven_seconds(matrix, each.route) for each in runs)


def _cost(plan: Plan, runs: Sequence[CompiledRun]) -> int:
    times = [(each.route, schedule(plan.frame.matrix, each.route.visits)) for each in runs]
    return sum(cost(plan.frame.matrix, route, found, OBJECTIVE) for route, found in times if found is not None)


def _promised_anew(run: Run, late: Collection[str | None], service: Service) -> Run:
    """Whoever is late is promised the new time, with the room that the service gives; how long a ride may last follows."""
    boarded = {v.leg_id: v for v in run.visits if v.kind is VisitKind.PICKUP}

    def anew(visit: domain.Visit) -> domain.Visit:
        if visit.leg_id not in late or visit.is_done:
            return visit
        pickup = boarded[visit.leg_id]
        if visit.kind is VisitKind.PICKUP:
            return replace(visit, latest=_later(visit, service.promise.pickup_late_s))
        rides_s = round((visit.planned - (pickup.actual or pickup.planned)).total_seconds()) - pickup.service_s
        longest = max(visit.max_ride_s or 0, rides_s) if visit.max_ride_s is not None else None
        return replace(visit, latest=_later(visit, service.promise.dropoff_late_s), max_ride_s=longest)

    return replace(run, visits=tuple(anew(visit) for visit in run.visits))


def _later(visit: domain.Visit, room_s: int) -> datetime:
    """The window's end: as it was, or so much after the new time, in whole minutes."""
    if visit.planned <= visit.latest:
        return visit.latest
    return (visit.planned + timedelta(seconds=room_s + 59)).replace(second=0, microsecond=0)


def windows_of(run: Run, leg_id: str) -> tuple[Window, Window, int | None]:
    """A ride's windows and its longest time aboard, as they stand on a run."""
    pickup, dropoff = (
        next(v for v in run.visits if v.leg_id == leg_id and v.kind is kind) for kind in (VisitKind.PICKUP, VisitKind.DROPOFF)
    )
    return Window(pickup.earliest, pickup.latest), Window(dropoff.earliest, dropoff.latest), dropoff.max_ride_s
