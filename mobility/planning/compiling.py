"""Runs, as the engine sees them, and back.

What execution has already caused is state: visits done become the route's START, an observed delay moves the first times, and limits
that are broken already are widened to what will happen anyway, so that planning may go on but can make nothing worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import mobility.domain.runs as domain
from mobility.domain.fleet import Acceptance, ReachedBy
from mobility.domain.places import Place
from mobility.domain.riders import Need
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import LegalBasis
from mobility.planning.loads import NOTHING, Load, capacities_of, load_of, marked
from mobility.planning.travel import TravelCache, place_key
from routing.dialaride.problem import Kind, Route, Visit
from routing.dialaride.schedule import forecast, schedule
from routing.travel import FOREVER, Matrix

_KINDS = {
    VisitKind.START: Kind.START,
    VisitKind.PICKUP: Kind.PICKUP,
    VisitKind.DROPOFF: Kind.DROPOFF,
    VisitKind.HALT: Kind.HALT,
    VisitKind.BREAK: Kind.BREAK,
    VisitKind.END: Kind.END,
}
POSITION_HOLDS = timedelta(minutes=3)
"""How long a vehicle counts as being where it said it was."""

NEXT_JUNCTION = timedelta(minutes=30)
"""How long before it gets there a vehicle may name the next place at which it can turn off."""

_A_DAY_S = 24 * 60 * 60

_BURDEN_STEP = 10
"""A second driven costs 10, and one more for each ten per cent: who has driven the mean more than others counts as twice as far away."""

Stop = tuple[Place, int]
"""A place, and the pace at which it is left."""

_NEED_BITS = {need: 1 << position for position, need in enumerate(Need)}


@dataclass(frozen=True, slots=True)
class Scale:
    """Engine seconds count from ``origin``."""

    origin: datetime

    def seconds(self, instant: datetime) -> int:
        """Whole seconds from the origin (rounded to the nearest)."""
        return round((instant - self.origin).total_seconds())

    def instant(self, seconds: int) -> datetime:
        """The instant of engine seconds."""
        return self.origin + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Paces:
    """At which pace a place is left: by the hours, in the streets' local time, in which that may be."""

    travel: TravelCache
    zone: ZoneInfo

    def between(self, earliest: datetime, latest: datetime) -> int:
        """Of leaving between two moments."""
        return self.travel.pace(earliest.astimezone(self.zone), latest.astimezone(self.zone) if latest != earliest else None)

    def of_visit(self, visit: domain.Visit) -> int:
        """Of leaving a visit that is held when it was promised. After a break the vehicle drives on from the visit before it, at that
        one's pace.
        """
        return self.between(visit.earliest, visit.latest + timedelta(seconds=visit.service_s))

    def of_start(self, run: Run, now: datetime) -> int:
        """Of going on from where the run stands. A way is driven to its end at the pace at which it was begun."""
        sets_out = self.sets_out(run, now)
        return self.between(sets_out, sets_out)

    def sets_out(self, run: Run, now: datetime) -> datetime:
        """When the run goes on to its next place: as late as its plan allows, but not after now and not before it can."""
        upcoming = next((visit for visit in run.visits[run.last_done + 1 :] if visit.kind is not VisitKind.BREAK), None)
        if upcoming is None:  # it has ended
            return free_at(run)
        drive_s, _ = self.travel.drive(last_place(run), upcoming.place)
        return max(free_at(run), min(now, upcoming.planned - timedelta(seconds=min(drive_s, _A_DAY_S))))


class PlaceIndex:
    """Which row of the matrix a stop has, a place left at a pace: first those driven to, then those only ``left`` (where vehicles are on
    their way), then anywhere, from and to which it takes no time.
    """

    def __init__(self, stops: Iterable[Stop], left: Iterable[Stop] = ()) -> None:
        driven_to = {(place_key(place), pace): (place, pace) for place, pace in stops}
        only_left = {(place_key(place), pace): (place, pace) for place, pace in left}
        self.stops = list(driven_to.values())
        self.left = [stop for key, stop in only_left.items() if key not in driven_to]
        self._rows = {(place_key(place), pace): row for row, (place, pace) in enumerate((*self.stops, *self.left))}
        self._columns = {key: row for (key, _), row in reversed(self._rows.items())}

    def row(self, place: Place, pace: int) -> int:
        """Row (and column) of ``place`` left at a pace, or at the first pace it was given where that is not known."""
        key = place_key(place)
        return self._rows.get((key, pace), self._columns[key])

    def column(self, place: Place) -> int:
        """A column of ``place``: to drive there takes the same, whenever it is left again."""
        return self._columns[place_key(place)]

    @property
    def anywhere(self) -> int:
        """Row of the END of a vehicle that need not drive back."""
        return len(self._rows)

    def matrix(self, travel: TravelCache) -> Matrix:
        """Travel between all places of the index, and anywhere."""
        return travel.matrix(self.stops, self.left, anywhere=True)


@dataclass(frozen=True, slots=True)
class CompiledRun:
    """A run with its route: route visit 0 is the last visit done (or the run's START), the others are the visits after it.

    ``route`` tolerates what has happened already, ``promised`` is the same with the limits as they were promised, for the judge.
    """

    run: Run
    route: Route
    promised: Route


@dataclass(frozen=True, slots=True)
class Frame:
    """What compiling needs besides the run: the clock, the scale of seconds, how fast each hour is driven, the numbering of places and
    legs, the matrix; ``marks`` of riders who never ride together, each a kind of capacity.
    """

    now: datetime
    scale: Scale
    paces: Paces
    places: PlaceIndex
    matrix: Matrix
    requests: Mapping[str, int]
    groups: Mapping[tuple[str, LegalBasis | None], int]
    lock_before_s: Mapping[str, int]
    marks: tuple[str, ...] = ()


def need_bits(needs: frozenset[Need]) -> int:
    """A set of needs as the engine's bit set."""
    return sum(_NEED_BITS[need] for need in needs)


def is_on_paper(run: Run) -> bool:
    """True once a manifest has been printed or read out: the run changes only with an acknowledgement."""
    return run.manifest is not None and run.reached_by is not ReachedBy.LIVE


def is_frozen(run: Run) -> bool:
    """True when re-optimisation must leave the run alone: withdrawn, closed, on paper, or of a volunteer who accepts ride by ride."""
    return run.withdrawn or run.closed or is_on_paper(run) or run.acceptance is not Acceptance.ROSTERED


def compile_run(run: Run, frame: Frame) -> CompiledRun:
    """The remaining work of ``run`` as a route that is feasible as it stands."""
    done = run.last_done
    start, imminent = _start(run, done, frame)
    visits = [start, *(_visit(run, visit, frame) for visit in run.visits[done + 1 :])]
    visits = _with_observed_delay(run, visits, frame)
    promised = Route(
        visits=tuple(visits),
        capacities=tuple((*places, *(1,) * len(frame.marks)) for places in capacities_of(run.vehicle, run.walk_up_seats)),
        fixed=1 + imminent,
        equipment=need_bits(run.equipment),
        group=frame.groups[run.service_id, run.legal_basis],
        max_metres=_metres_left(run, done, frame),
        only_if_booked=run.only_if_booked,
        locked=run.withdrawn,
        burden=run.burden // _BURDEN_STEP,
    )
    tolerant = replace(promised, visits=tolerate_what_will_happen(frame.matrix, visits))
    return CompiledRun(run, tolerant, promised)


def _start(run: Run, done: int, frame: Frame) -> tuple[Visit, int]:
    """The route's START and how many visits after it are imminent (END never is)."""
    place = last_place(run)
    seen = known_position(run, frame.now)
    if seen is None:
        imminent, left_at = _imminent(run, done, place, frame)
    else:
        place, imminent, left_at = seen.place, _locked(run, done, frame), max(seen.at, frame.now)
    aboard = _aboard(run, done, frame.marks)
    # Seats are kept free for walk-ups: only who is aboard beyond those takes seats that are sold.
    standing_in = max(0, run.walk_ups_aboard - run.walk_up_seats)
    seats, *others = map(sum, zip((*NOTHING, *(0,) * len(frame.marks)), *aboard, strict=True))
    when = frame.scale.seconds(max(free_at(run), left_at))
    row = frame.places.row(place, frame.paces.of_start(run, frame.now))
    return Visit(Kind.START, row, when, FOREVER, load=(seats + standing_in, *others)), imminent


def free_at(run: Run) -> datetime:
    """When the run can go on from where it stands."""
    last = run.visits[run.last_done]
    if last.kind is VisitKind.START:
        return run.starts_at
    return last.planned if last.actual is None else last.actual + timedelta(seconds=last.service_s)


def last_place(run: Run) -> Place:
    """Where the last visit done was held, or the base."""
    return next(v.place for v in reversed(run.visits[: run.last_done + 1]) if v.kind is not VisitKind.BREAK)


def known_position(run: Run, now: datetime) -> domain.Position | None:
    """Where the vehicle said it was, while that holds: lately, on this run, and since the last visit done."""
    seen = run.position
    if seen is None or not now - POSITION_HOLDS <= seen.at <= now + NEXT_JUNCTION:
        return None
    last = run.visits[run.last_done]
    since = run.starts_at if last.actual is None else last.actual + timedelta(seconds=last.service_s)
    return seen if seen.at >= since else None


def _locked(run: Run, done: int, frame: Frame) -> int:
    """How many of the next visits are planned within the service's lock."""
    lock = timedelta(seconds=frame.lock_before_s[run.service_id])
    upcoming = run.visits[done + 1 : -1]
    return max((n for n, visit in enumerate(upcoming, start=1) if visit.planned <= frame.now + lock), default=0)


def _imminent(run: Run, done: int, place: Place, frame: Frame) -> tuple[int, datetime]:
    """How many of the next visits are imminent, and the earliest the vehicle can have left ``place``.

    Imminent is what is planned within the service's lock, and the next visit as soon as the vehicle has to be on the way to it: then it
    is where the plan has it, not still standing where it was. (One that says where it is can be sent elsewhere from there.)
    """
    upcoming = run.visits[done + 1 : -1]
    imminent = _locked(run, done, frame)
    if not upcoming:
        return 0, frame.now
    driven = upcoming[0].kind is not VisitKind.BREAK
    row = frame.places.row(place, frame.paces.of_start(run, frame.now))
    drive_s = int(frame.matrix.seconds[row, frame.places.column(upcoming[0].place)]) if driven else 0
    leaves_at = upcoming[0].planned - timedelta(seconds=drive_s)
    if leaves_at <= frame.now and driven:
        imminent = max(imminent, 1)
    return imminent, min(frame.now, leaves_at) if imminent else frame.now


def _aboard(run: Run, done: int, marks: Sequence[str] = ()) -> list[Load]:
    seen = run.visits[: done + 1]
    boarded = {
        v.leg_id: marked(load_of(v.party, v.needs), v.company, marks)
        for v in seen
        if v.kind is VisitKind.PICKUP and v.actual is not None and not v.skipped and v.party
    }
    for visit in seen:
        if visit.kind is VisitKind.DROPOFF and visit.is_done:
            boarded.pop(visit.leg_id, None)
    return list(boarded.values())


def _visit(run: Run, visit: domain.Visit, frame: Frame) -> Visit:
    kind = _KINDS[visit.kind]
    latest = visit.latest
    max_ride = FOREVER
    if visit.kind is VisitKind.DROPOFF and visit.max_ride_s is not None:
        boarded = next(v for v in run.visits if v.leg_id == visit.leg_id and v.kind is VisitKind.PICKUP)
        if boarded.actual is None:
            max_ride = visit.max_ride_s
        else:
            latest = min(latest, boarded.actual + timedelta(seconds=boarded.service_s + visit.max_ride_s))
    load = marked(load_of(visit.party, visit.needs) if visit.party else NOTHING, visit.company, frame.marks)
    sign = -1 if kind is Kind.DROPOFF else 1
    return Visit(
        kind=kind,
        place=_row(run, visit, frame),
        earliest=frame.scale.seconds(visit.earliest),
        latest=frame.scale.seconds(latest),
        service=visit.service_s,
        load=tuple(sign * each for each in load),
        request=frame.requests[visit.leg_id] if visit.leg_id else -1,
        max_ride=max_ride,
    )


def _row(run: Run, visit: domain.Visit, frame: Frame) -> int:
    if visit.kind is VisitKind.BREAK:
        return -1
    ends_anywhere = visit.kind is VisitKind.END and run.ends_anywhere
    return frame.places.anywhere if ends_anywhere else frame.places.row(visit.place, frame.paces.of_visit(visit))


def _with_observed_delay(run: Run, visits: list[Visit], frame: Frame) -> list[Visit]:
    """Moves the next visit to where the reported delay puts it; a reporting driver's overdue visit has not happened before now."""
    upcoming = run.visits[run.last_done + 1] if run.last_done + 1 < len(run.visits) else None
    if upcoming is None or upcoming.kind is VisitKind.END:
        return visits
    expected = upcoming.not_before or upcoming.earliest
    if run.last_done and upcoming.planned < frame.now:
        expected = max(expected, frame.now)
    earliest = max(visits[1].earliest, frame.scale.seconds(expected))
    return [visits[0], replace(visits[1], earliest=earliest), *visits[2:]]


def tolerate_what_will_happen(matrix: Matrix, visits: Sequence[Visit]) -> tuple[Visit, ...]:
    """The visits, with limits that cannot be kept any more widened to what driving on at once will make of them."""
    if schedule(matrix, visits) is not None:
        return tuple(visits)
    times = forecast(matrix, visits)
    boarding = {v.request: t + v.service for v, t in zip(visits, times, strict=True) if v.kind is Kind.PICKUP}
    return tuple(
        replace(
            visit,
            latest=max(visit.latest, time),
            max_ride=max(visit.max_ride, time - boarding[visit.request]) if visit.request in boarding else visit.max_ride,
        )
        for visit, time in zip(visits, times, strict=True)
    )


def _metres_left(run: Run, done: int, frame: Frame) -> int:
    if run.max_metres is None:
        return FOREVER
    rows = [frame.places.column(v.place) for v in run.visits[: done + 1] if not v.skipped and v.kind is not VisitKind.BREAK]
    seen = known_position(run, frame.now)
    rows += [] if seen is None else [frame.places.column(seen.place)]
    driven = sum(int(frame.matrix.metres[a, b]) for a, b in pairwise(rows))
    return max(0, run.max_metres - driven)


def write_back(compiled: CompiledRun, route: Route, templates: Mapping[int, domain.Visit], frame: Frame) -> Run:
    """The run with its remaining visits in ``route``'s order and newly planned times.

    Args:
        compiled: the run as it was.
        route: its new remaining work, START and END included.
        templates: domain visits of pickups and drop-offs new to this run, by ``2 · request`` and ``2 · request + 1``.
        frame: as used to compile.

    Raises:
        ValueError: the route has no feasible schedule.
    """
    planned = schedule(frame.matrix, route.visits)
    if planned is None:
        raise ValueError(f"run {compiled.run.id}: the new sequence has no feasible schedule")
    run = compiled.run
    done = run.visits[: run.last_done + 1]
    known = {visit_key(visit): own for visit, own in zip(compiled.route.visits[1:], run.visits[len(done) :], strict=True)}
    known |= {("leg", number, 0): visit for number, visit in templates.items()}
    remaining = [
        replace(known[visit_key(visit)], planned=frame.scale.instant(time))
        for visit, time in zip(route.visits[1:], planned[1:], strict=True)
    ]
    return run.with_visits((*done, *remaining))


def visit_key(visit: Visit) -> tuple[str, int, int]:
    """What identifies a visit within a route: pickups and drop-offs by request, others by kind, place and earliest time."""
    if visit.request >= 0:
        return "leg", 2 * visit.request + (visit.kind is Kind.DROPOFF), 0
    return visit.kind.name, visit.place, visit.earliest
