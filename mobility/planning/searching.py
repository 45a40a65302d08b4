"""Where a ride would fit: from a wish and a service to insertions, and from an insertion to windows one can promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import mobility.domain.runs as domain
from mobility.domain.bookings import Leg
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.riders import Company, Need, Party
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import LegalBasis, Service
from mobility.planning.compiling import (
    CompiledRun,
    Frame,
    Paces,
    PlaceIndex,
    Scale,
    Stop,
    compile_run,
    known_position,
    last_place,
    need_bits,
    write_back,
)
from mobility.planning.judging import Change, judge
from mobility.planning.loads import load_of, marked
from mobility.planning.travel import AVERAGE, TravelCache
from routing.dialaride.insertion import Fleet, apply_insertion
from routing.dialaride.problem import Insertion, Kind, Objective, Request, Visit
from routing.travel import FOREVER

OBJECTIVE = Objective(fairness=1)
"""What a good plan is, for offers and for re-optimisation alike. Fairness counts where a service file says so (``Run.burden``)."""


FAMILIAR = 15 * 60 * OBJECTIVE.drive_second
"""What a familiar driver is worth, in the objective's units: a quarter of an hour's driving."""


@dataclass(frozen=True)
class Plan:
    """Runs made ready for the engine, all in one frame."""

    frame: Frame
    runs: tuple[CompiledRun, ...]
    paid: Mapping[str, int] = field(default_factory=dict)
    """Cents by leg, as far as they are known: needed where the law limits what all passengers pay together."""

    @cached_property
    def fleet(self) -> Fleet:
        """The runs' routes packed for the search, once for all questions."""
        return Fleet(self.frame.matrix, [compiled.route for compiled in self.runs], OBJECTIVE)


@dataclass(frozen=True, slots=True)
class WantedRide:
    """A ride to be placed: where, within which windows, who, and how long it may last at most.

    ``run_ids`` restricts it to these runs (None: every run of the service in the plan). ``promised`` are windows that a promise may
    reach, where wider than those searched: the ways are reckoned at their hours. ``legal_basis`` is the one on which it was booked.
    """

    service_id: str
    pickup: Place
    dropoff: Place
    pickup_window: Window
    dropoff_window: Window
    party: Party
    needs: frozenset[Need]
    max_ride_s: int
    boarding_s: int
    run_ids: frozenset[str] | None = None
    promised: tuple[Window, Window] | None = None
    company: Company | None = None
    legal_basis: LegalBasis | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A place found in a run: cost in the objective's units, planned times."""

    run: Run
    insertion: Insertion
    cost: int
    pickup_at: datetime
    dropoff_at: datetime


def stops_of(run: Run, paces: Paces, now: datetime) -> list[Stop]:
    """Every stop the run still makes and where it comes from; all the way where kilometres are counted."""
    start = 0 if run.max_metres is not None else run.last_done
    stops = [(last_place(run), paces.of_start(run, now))]
    if run.max_metres is not None and run.position is not None:
        stops.append((run.position.place, paces.of_start(run, now)))
    return stops + [(visit.place, paces.of_visit(visit)) for visit in run.visits[start:] if visit.kind is not VisitKind.BREAK]


def make_plan(
    runs: Sequence[Run], services: Mapping[str, Service], travel: TravelCache, now: datetime, extra: Sequence[Place] = ()
) -> Plan:
    """Compile ``runs``; ``extra`` are places asked about that no run visits yet, to be left at any hour."""
    paces = Paces(travel, ZoneInfo(next(iter(services.values())).timezone))
    left = [(seen.place, paces.of_start(run, now)) for run in runs if (seen := known_position(run, now)) is not None]
    asked = [(place, pace) for place in extra for pace in travel.usual_paces()]
    index = PlaceIndex([*asked, *(stop for run in runs for stop in stops_of(run, paces, now))], left)
    legs = dict.fromkeys(leg for run in runs for leg in run.leg_ids)
    frame = Frame(
        now=now,
        scale=Scale(min((run.starts_at for run in runs), default=now) - timedelta(days=1)),
        paces=paces,
        places=index,
        matrix=index.matrix(travel),
        requests={leg: number for number, leg in enumerate(legs)},
        groups={key: number for number, key in enumerate(dict.fromkeys((run.service_id, run.legal_basis) for run in runs))},
        lock_before_s={service_id: service.lock_before_s for service_id, service in services.items()},
        marks=tuple(sorted({mark for run in runs for v in run.visits if v.company is not None for mark in v.company.apart})),
    )
    return Plan(frame, tuple(compile_run(run, frame) for run in runs))


def direct(plan: Plan, origin: Place, destination: Place, at: datetime) -> tuple[int, int]:
    """Seconds of the fastest way at that hour, and metres of that of an average hour, so that no price depends on the hour;
    ``FOREVER`` when there is none.
    """
    places, matrix = plan.frame.places, plan.frame.matrix
    row, column = places.row(origin, plan.frame.paces.between(at, at)), places.column(destination)
    return int(matrix.seconds[row, column]), int(matrix.metres[places.row(origin, AVERAGE), column])


def find_fits(plan: Plan, ride: WantedRide, most: int = 1) -> list[Fit]:
    """Up to ``most`` runs in which the ride fits, cheapest first; a driver whom the rider knows counts as ``FAMILIAR`` cheaper."""
    familiar = frozenset[str]() if ride.company is None else ride.company.familiar
    searched = len(plan.runs) if familiar else most
    fits = [possible for fit in _cheapest(plan, ride, searched) if (possible := from_where_it_is(plan, ride, fit)) is not None]
    fits = [replace(fit, cost=fit.cost - FAMILIAR) if fit.run.driver_id in familiar else fit for fit in fits]
    return sorted(fits, key=lambda fit: (fit.cost, fit.run.id))[:most]


def from_where_it_is(plan: Plan, ride: WantedRide, fit: Fit) -> Fit | None:
    """The fit, or a later one on the same run: a bus that has not reported still leaves its last planned halt now, not earlier."""
    route = plan.runs[fit.insertion.route].route
    before = route.visits[fit.insertion.after_pickup]
    if fit.insertion.after_pickup != route.fixed - 1 or before.place < 0:
        return fit
    drive_s = int(plan.frame.matrix.seconds[before.place, plan.frame.places.column(ride.pickup)])
    soonest = plan.frame.now + timedelta(seconds=drive_s)
    if fit.pickup_at >= soonest:
        return fit
    if soonest > ride.pickup_window.latest:
        return None
    later = replace(ride, pickup_window=Window(soonest, ride.pickup_window.latest), run_ids=frozenset({fit.run.id}))
    return next(iter(_cheapest(plan, later, 1)), None)


def _cheapest(plan: Plan, ride: WantedRide, most: int) -> list[Fit]:
    return [fit_of(plan, hit) for hit in plan.fleet.best_insertions(request_of(plan, ride), most)]


def fit_of(plan: Plan, hit: Insertion) -> Fit:
    """An insertion as a run and times."""
    instant = plan.frame.scale.instant
    return Fit(plan.runs[hit.route].run, hit, hit.cost, instant(hit.pickup_time), instant(hit.dropoff_time))


def request_of(plan: Plan, ride: WantedRide) -> Request:
    """The ride as the engine sees it."""
    number = len(plan.frame.requests)
    load = marked(load_of(ride.party, ride.needs), ride.company, plan.frame.marks)
    seconds = plan.frame.scale.seconds
    rows = [
        plan.frame.places.row(
            place, plan.frame.paces.between(window.earliest, window.latest + timedelta(seconds=ride.boarding_s))
        )
        for place, window in zip(
            (ride.pickup, ride.dropoff), ride.promised or (ride.pickup_window, ride.dropoff_window), strict=True
        )
    ]
    allowed = frozenset(
        index
        for index, compiled in enumerate(plan.runs)
        if compiled.run.service_id == ride.service_id
        and not compiled.run.withdrawn
        and not compiled.run.closed
        and (ride.run_ids is None or compiled.run.id in ride.run_ids)
    )
    return Request(
        pickup=Visit(
            Kind.PICKUP,
            rows[0],
            seconds(ride.pickup_window.earliest),
            seconds(ride.pickup_window.latest),
            ride.boarding_s,
            load,
            number,
        ),
        dropoff=Visit(
            Kind.DROPOFF,
            rows[1],
            seconds(ride.dropoff_window.earliest),
            seconds(ride.dropoff_window.latest),
            ride.boarding_s,
            tuple(-each for each in load),
            number,
            ride.max_ride_s,
        ),
        needs=need_bits(ride.needs),
        groups=_groups(plan, ride),
        routes=allowed,
    )


def _groups(plan: Plan, ride: WantedRide) -> frozenset[int]:
    """Of the ride's service, on the basis in law on which it was booked, where it was."""
    return frozenset(
        number
        for (service_id, basis), number in plan.frame.groups.items()
        if service_id == ride.service_id and (ride.legal_basis is None or basis in (None, ride.legal_basis))
    )


def with_ride(plan: Plan, fit: Fit, ride: WantedRide, leg: Leg) -> Run:
    """The run with the leg's visits inserted where ``fit`` says, judged once.

    Raises:
        PromiseBrokenError: the judge finds that a promise would be broken or a breach lengthened.
    """
    compiled = plan.runs[fit.insertion.route]
    request = request_of(plan, ride)
    route = apply_insertion(compiled.route, request, fit.insertion)
    promised = apply_insertion(compiled.promised, request, fit.insertion)
    judge(plan.frame, [Change(compiled, route, promised)], [request])
    number = request.pickup.request
    templates = dict(zip((2 * number, 2 * number + 1), visits_of(ride, leg, fit), strict=True))
    return write_back(compiled, route, templates, plan.frame)


def expected_times(plan: Plan) -> Run:
    """The plan's only run with times as they are to be expected now; windows stay as promised."""
    compiled = plan.runs[0]
    return write_back(compiled, compiled.route, {}, plan.frame)


def visits_of(ride: WantedRide, leg: Leg, fit: Fit) -> tuple[domain.Visit, domain.Visit]:
    """The two visits of a leg with its promised windows."""
    pickup = domain.Visit(
        kind=VisitKind.PICKUP,
        place=leg.pickup,
        earliest=leg.pickup_window.earliest,
        latest=leg.pickup_window.latest,
        service_s=leg.boarding_s,
        planned=fit.pickup_at,
        leg_id=leg.id,
        party=ride.party,
        needs=ride.needs,
        company=ride.company,
    )
    dropoff = domain.Visit(
        kind=VisitKind.DROPOFF,
        place=leg.dropoff,
        earliest=leg.dropoff_window.earliest,
        latest=leg.dropoff_window.latest,
        service_s=leg.boarding_s,
        planned=fit.dropoff_at,
        leg_id=leg.id,
        party=ride.party,
        needs=ride.needs,
        max_ride_s=leg.max_ride_s,
        company=ride.company,
    )
    return pickup, dropoff


def wanted(leg: Leg, party: Party, needs: frozenset[Need], company: Company | None) -> WantedRide:
    """A leg's ride as it was promised, to be placed (again), in the company its rider wishes for."""
    return WantedRide(
        service_id=leg.service_id,
        pickup=leg.pickup,
        dropoff=leg.dropoff,
        pickup_window=leg.pickup_window,
        dropoff_window=leg.dropoff_window,
        party=party,
        needs=needs,
        max_ride_s=leg.max_ride_s,
        boarding_s=leg.boarding_s,
        company=company,
        legal_basis=leg.legal_basis,
    )


def longest_ride_s(service: Service, direct_s: int) -> int:
    """How long a ride of ``direct_s`` may last under the service's rules."""
    return min(FOREVER, int(direct_s * service.ride.max_factor) + service.ride.max_extra_s)
