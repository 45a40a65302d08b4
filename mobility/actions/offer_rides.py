"""A resident asks for a ride and gets concrete offers, or a "no" with a reason and the nearest thing that would work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.actions.context import Context, new_id
from mobility.actions.open_runs import list_or_open_runs
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.requests import Alternative, Decision, Offer, Reason, Rejection, RideRequest
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.planning.access import stop_index
from mobility.planning.network import Network
from mobility.planning.offering import Candidate, Ends, distinct, find_candidates, find_ends, make_offer
from mobility.planning.ordinary_lines import OrdinaryRide, find_ordinary_rides, ordinary_offer
from mobility.planning.rules import is_exempt, wished_time
from mobility.planning.searching import make_plan

MOST_OFFERS = 5
_SHIFTS_MIN = (30, 60, 120, 180, -60, 240, 24 * 60, 48 * 60)
"""Where to look for the nearest time that would work, in this order."""
_HORIZON = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class _Search:
    """What one search for offers works with."""

    services: Sequence[Service]
    network: Network
    runs: Sequence[Run]
    now: datetime


def offer_rides(context: Context, actor: Actor, request: RideRequest, offer_seconds: int = 600) -> Decision:
    """Answer a request. The decision is stored; nothing is held.

    Raises:
        InvalidInputError: the request cannot be read as a wish for a ride.
        NotAllowedError: a rider asks for somebody else.
        UnavailableError: no streets imported yet.
    """
    now = context.clock()
    _check(actor, request, now)
    request = _as_rider(context, actor, request)
    search = _prepare(context, actor, request, now)
    decision_id = new_id()
    offers, rejection, rule = _answer(search, request)
    offers = tuple(replace(offer, id=context.sign(f"{decision_id}.{number}")) for number, offer in enumerate(offers))
    if rejection is not None:
        rejection = replace(rejection, alternatives=_what_would_work(context, actor, search, request, rejection.reason))
    decision = Decision(
        id=decision_id,
        agency_id=actor.agency_id,
        made_at=now,
        expires_at=now + timedelta(seconds=offer_seconds),
        request=request,
        offers=offers,
        rejection=rejection,
        rule=rule,
        made_by=actor.account_id,
    )
    with context.store.transaction() as tx:
        tx.add_decision(decision)
    return decision


def _check(actor: Actor, request: RideRequest, now: datetime) -> None:
    if (request.depart_after is None) == (request.arrive_by is None):
        raise InvalidInputError(Problem("depart_after", "give exactly one of depart_after and arrive_by", "remove or add one"))
    if abs(wished_time(request) - now) > _HORIZON:
        raise InvalidInputError(Problem("depart_after", "the time is more than 400 days away", "check the year"))
    if actor.role is Role.RIDER and request.rider_id not in (None, actor.rider_id):
        raise NotAllowedError("a rider asks for rides of his own")


def _as_rider(context: Context, actor: Actor, request: RideRequest) -> RideRequest:
    """The request with what is known of the rider joined in."""
    rider_id = request.rider_id or (actor.rider_id if actor.role is Role.RIDER else None)
    if rider_id is None:
        return request
    with context.store.transaction() as tx:
        rider = tx.get_rider(actor, rider_id)
    limits = [limit for limit in (request.max_walk_m, rider.max_walk_m) if limit is not None]
    return replace(
        request,
        rider_id=rider_id,
        needs=request.needs | rider.needs,
        groups=rider.groups,
        max_walk_m=min(limits, default=None),
    )


def _prepare(context: Context, actor: Actor, request: RideRequest, now: datetime) -> _Search:
    system = system_actor(actor.agency_id)
    with context.store.transaction() as tx:
        network = context.network(tx, actor)
        services = tx.list_services(system)
    days = _service_days(services, wished_time(request))
    runs = [run for day in days for run in list_or_open_runs(context, system.agency_id, day)]
    return _Search(services, network, [run for run in runs if not run.withdrawn], now)


def _service_days(services: Iterable[Service], wished: datetime) -> list[date]:
    """The service day of the wish, and the one before while its night is not over."""
    zone = ZoneInfo(next((service.timezone for service in services), "Europe/Berlin"))
    local = wished.astimezone(zone)
    return [local.date() - timedelta(days=1), local.date()] if local.hour < 5 else [local.date()]


def _answer(search: _Search, request: RideRequest) -> tuple[tuple[Offer, ...], Rejection | None, str]:
    """Offers or a rejection, and the rule that decided."""
    ordinary: dict[str, OrdinaryRide] = {}
    candidates: list[Candidate] = []
    reasons: list[Reason] = []
    for service, ends in _reachable(search, request, reasons):
        lines = find_ordinary_rides(service, search.services, search.network, request, search.now)
        ordinary |= {line.key: line for line in lines}
        if lines and not is_exempt(service.parallel, request):
            reasons.append(Reason.ORDINARY_LINE)
            continue
        found = _candidates(search, service, ends, request)
        if isinstance(found, Reason):
            reasons.append(found)
        else:
            candidates.extend(found)
    chosen = distinct(candidates, MOST_OFFERS - min(len(ordinary), 2))
    offers = [make_offer(candidate, "", request, search.now) for candidate in chosen]
    offers += [ordinary_offer(line) for line in list(ordinary.values())[: MOST_OFFERS - len(offers)]]
    if offers:
        rule = "best insertion" if chosen else "parallel line"
        return tuple(sorted(offers, key=lambda offer: offer.pickup_window.earliest)), None, rule
    reason = min(reasons, key=_closeness, default=Reason.NO_SERVICE)
    return (), Rejection(reason, f"closest of {len(search.services)} services"), reason.value


def _reachable(search: _Search, request: RideRequest, reasons: list[Reason]) -> list[tuple[Service, Ends]]:
    reachable = []
    for service in search.services:
        ends = find_ends(service, search.network, request)
        if isinstance(ends, Reason):
            reasons.append(ends)
        else:
            reachable.append((service, ends))
    return reachable


def _candidates(search: _Search, service: Service, ends: Ends, request: RideRequest) -> list[Candidate] | Reason:
    runs = [run for run in search.runs if run.service_id == service.id]
    if not runs:
        return Reason.NOT_OPEN
    plan = make_plan(runs, {service.id: service}, search.network.travel, search.now, ends.places)
    return find_candidates(service, plan, ends, request)


_CLOSENESS = (
    Reason.NO_CAPACITY,
    Reason.TOO_LATE,
    Reason.PARTY_TOO_LARGE,
    Reason.NOT_OPEN,
    Reason.TOO_EARLY,
    Reason.TOO_FAR_TO_WALK,
    Reason.NEEDS_NOT_SERVED,
    Reason.NOT_ELIGIBLE,
    Reason.TOO_SHORT,
    Reason.NO_ROAD,
    Reason.OUTSIDE_AREA,
)


def _closeness(reason: Reason) -> int:
    """Of several services' reasons the one that came closest to a ride is told."""
    return _CLOSENESS.index(reason) if reason in _CLOSENESS else len(_CLOSENESS)


def _what_would_work(
    context: Context, actor: Actor, search: _Search, request: RideRequest, reason: Reason
) -> tuple[Alternative, ...]:
    """The nearest time or stop at which a ride is possible, and whom to ring."""
    found: list[Alternative] = []
    if reason in (Reason.NO_CAPACITY, Reason.TOO_LATE, Reason.NOT_OPEN, Reason.TOO_EARLY):
        found += _another_time(context, actor, search, request)
    if reason in (Reason.OUTSIDE_AREA, Reason.TOO_FAR_TO_WALK):
        found += _another_stop(search, request)
    numbers = dict.fromkeys((service.carrier.name, service.carrier.telephone) for service in search.services)
    found += [Alternative("telephone", f"{name}: {number}") for name, number in list(numbers)[:2]]
    return tuple(found)


def _another_time(context: Context, actor: Actor, search: _Search, request: RideRequest) -> list[Alternative]:
    for minutes in _SHIFTS_MIN:
        shift = timedelta(minutes=minutes)
        moved = replace(
            request,
            depart_after=None if request.depart_after is None else max(request.depart_after, search.now) + shift,
            arrive_by=None if request.arrive_by is None else max(request.arrive_by, search.now) + shift,
        )
        if wished_time(moved) < search.now:
            continue
        offers, _, _ = _answer(_prepare(context, actor, moved, search.now), moved)
        if offers:
            when = offers[0].pickup_window.earliest
            return [Alternative("time", "a ride is possible at another time", depart_after=when)]
    return []


def _another_stop(search: _Search, request: RideRequest) -> list[Alternative]:
    stops = [
        stop
        for service in search.services
        for end in (request.origin, request.destination)
        if (stop := stop_index(service, search.network).nearest(end)) is not None
    ]
    return [Alternative("stop", stop.name, place=stop) for stop in dict.fromkeys(stops)][:2]
