"""Before anybody hears "no": others are moved, within what they were promised, so that the ride fits.

Nobody is moved whom re-optimisation would not move: who is under way, late, pinned or held, or with a driver who has to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mobility.domain.bookings import Leg
from mobility.domain.runs import Run
from mobility.planning.compiling import is_frozen, write_back
from mobility.planning.judging import Change, judge
from mobility.planning.reoptimising import as_promised, movable_requests, visits_by_number
from mobility.planning.searching import Fit, Plan, WantedRide, fit_of, from_where_it_is, request_of, visits_of
from routing.dialaride.making_room import Budget, Rearrangement, make_room
from routing.dialaride.problem import Insertion, Kind, Request
from routing.dialaride.schedule import schedule


@dataclass(frozen=True, slots=True)
class RoomMade:
    """How a ride fits after all: its fit, and everything that moves for it."""

    fit: Fit
    found: Rearrangement
    request: Request


def find_room(plan: Plan, ride: WantedRide, budget: Budget) -> RoomMade | None:
    """A way to take the ride along by moving others, all windows kept; None when none is found within the budget."""
    open_runs = frozenset(number for number, compiled in enumerate(plan.runs) if not is_frozen(compiled.run))
    request = request_of(plan, ride)
    request = replace(request, routes=open_runs & (request.routes or frozenset()))
    movable = _movable(plan, open_runs)
    found = make_room(plan.fleet, request, movable, budget) if request.routes and movable else None
    if found is None:
        return None
    fit = _fit(plan, request, found)
    return RoomMade(fit, found, request) if from_where_it_is(plan, ride, fit) == fit else None


def _movable(plan: Plan, open_runs: frozenset[int]) -> list[Request]:
    routes = [replace(each.route, locked=number not in open_runs) for number, each in enumerate(plan.runs)]
    return [replace(request, routes=open_runs) for request in movable_requests(plan, routes)]


def _fit(plan: Plan, request: Request, found: Rearrangement) -> Fit:
    """Where the ride is in the new sequence, as if it had been put in last."""
    route = found.routes[found.carrier]
    times = schedule(plan.frame.matrix, route.visits, route.max_duration)
    places = {visit.kind: index for index, visit in enumerate(route.visits) if visit.request == request.pickup.request}
    if times is None:
        raise ValueError(f"run {plan.runs[found.carrier].run.id}: the new sequence has no feasible schedule")
    pickup, dropoff = places[Kind.PICKUP], places[Kind.DROPOFF]
    return fit_of(plan, Insertion(found.carrier, pickup - 1, dropoff - 2, found.cost, times[pickup], times[dropoff]))


def with_room(plan: Plan, made: RoomMade, ride: WantedRide, leg: Leg) -> list[Run]:
    """Every run that changes, with its new visits, judged together; the one that carries the leg comes first.

    Raises:
        PromiseBrokenError: the judge finds that a promise would be broken or a breach lengthened.
    """
    routes, request = made.found.routes, made.request
    promised = {number: as_promised(plan, plan.runs[number], route, request) for number, route in routes.items()}
    changes = [Change(plan.runs[number], route, promised[number]) for number, route in routes.items()]
    judge(plan.frame, changes, [request, *_movable(plan, frozenset(routes))])
    number = request.pickup.request
    templates = visits_by_number(plan) | dict(zip((2 * number, 2 * number + 1), visits_of(ride, leg, made.fit), strict=True))
    order: Sequence[int] = sorted(routes, key=lambda index: (index != made.found.carrier, index))
    return [write_back(plan.runs[index], routes[index], templates, plan.frame) for index in order]
