"""From a wish to concrete offers of one service, or to the reason why it has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mobility.domain.fleet import Acceptance
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind, Reason, RideRequest, Window
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import Service
from mobility.domain.tariffs import WHOLE, PricePart, lowered, price_parts, total_cents
from mobility.planning.access import AccessPoint, access_points, comes_to_door
from mobility.planning.ceilings import cents_left
from mobility.planning.compiling import is_on_paper
from mobility.planning.loads import boarding_s, load_of
from mobility.planning.network import Network
from mobility.planning.parallel_rule import least_ride_m
from mobility.planning.pricing import is_shared, priced_way
from mobility.planning.promising import promised_windows, within_reach
from mobility.planning.rearranging import find_room
from mobility.planning.rules import bookable_windows, is_timetabled, vehicle_needs, who_may_not, wished_time
from mobility.planning.searching import (
    Fit,
    Plan,
    WantedRide,
    direct,
    find_fits,
    longest_ride_s,
)
from routing.dialaride.making_room import Budget
from routing.travel import FOREVER

_FITS_PER_PAIR = 2
_PAPER_TOLD_BEFORE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Ends:
    """Access points at both ends of a request for one service. Shorter rides than ``least_m`` are not offered."""

    pickups: tuple[AccessPoint, ...]
    dropoffs: tuple[AccessPoint, ...]
    least_m: int = 0

    @property
    def places(self) -> list[Place]:
        """All of them, for the matrix."""
        return [point.place for point in (*self.pickups, *self.dropoffs)]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fit with what is needed to make an offer of it."""

    service: Service
    pickup: AccessPoint
    dropoff: AccessPoint
    ride: WantedRide
    fit: Fit
    direct_m: int
    kind: OfferKind = OfferKind.RIDE
    parts: tuple[PricePart, ...] = ()


def find_ends(service: Service, network: Network, request: RideRequest) -> Ends | Reason:
    """Where the service can pick this rider up and set him down."""
    refused = who_may_not(service, request)
    if refused is not None:
        return refused
    pickups, reason = access_points(service, network, request, request.origin, door=comes_to_door(service, origin=True))
    if reason is not None:
        return reason
    dropoffs, reason = access_points(service, network, request, request.destination, door=comes_to_door(service, origin=False))
    return reason if reason is not None else Ends(tuple(pickups), tuple(dropoffs), least_ride_m(service.parallel, request))


def find_candidates(
    service: Service, plan: Plan, ends: Ends, request: RideRequest, moving: Budget | None = None
) -> list[Candidate] | Reason:
    """Every way the service could take this rider, cheapest first, or the reason why there is none; with ``moving``, every way that
    moves others for it.
    """
    found: list[Candidate] = []
    reasons: list[Reason] = []
    for pickup in ends.pickups:
        for dropoff in ends.dropoffs:
            answer = _between(service, plan, request, Ends((pickup,), (dropoff,), ends.least_m), moving)
            if isinstance(answer, Reason):
                reasons.append(answer)
            else:
                found.extend(answer)
    if found:
        return sorted(found, key=lambda c: (c.fit.cost + c.pickup.walk_s + c.dropoff.walk_s, c.fit.run.id))
    reason = min(reasons, key=_progress, default=Reason.NO_CAPACITY)
    return Reason.PARTY_TOO_LARGE if reason is Reason.NO_CAPACITY and not _could_ever_fit(plan, request) else reason


def _could_ever_fit(plan: Plan, request: RideRequest) -> bool:
    """Whether an empty vehicle of the day would take the whole party."""
    wanted = load_of(request.party, vehicle_needs(request))
    return any(
        all(
            amount <= limit for amount, limit in zip(wanted, capacity, strict=False)
        )  # marks come last, and are no question of size
        for compiled in plan.runs
        for capacity in compiled.route.capacities
    )


def _progress(reason: Reason) -> int:
    """The reason that came closest to a ride comes first."""
    order = [
        Reason.NO_CAPACITY,
        Reason.ABOVE_CEILING,
        Reason.TOO_LATE,
        Reason.NOT_OPEN,
        Reason.TOO_EARLY,
        Reason.TOO_SHORT,
        Reason.NO_ROAD,
    ]
    return order.index(reason) if reason in order else len(order)


def _between(service: Service, plan: Plan, request: RideRequest, ends: Ends, moving: Budget | None) -> list[Candidate] | Reason:
    """Between the one pickup and the one dropoff of ``ends``."""
    pickup, dropoff = pair = ends.pickups[0], ends.dropoffs[0]
    direct_s, direct_m = direct(plan, pickup.place, dropoff.place, wished_time(request))
    if direct_s >= FOREVER:
        return Reason.NO_ROAD
    if direct_m < max(1, ends.least_m):
        return Reason.TOO_SHORT
    answer: list[Candidate] | Reason = Reason.NO_CAPACITY
    for wait_s in sorted({min(service.ride.near_wait_s, service.ride.max_wait_s), service.ride.max_wait_s}):
        answer = _within(service, plan, request, pair, wait_s, moving)
        if not isinstance(answer, Reason):
            return answer
    return answer


def _within(
    service: Service,
    plan: Plan,
    request: RideRequest,
    ends: tuple[AccessPoint, AccessPoint],
    wait_s: int,
    moving: Budget | None,
) -> list[Candidate] | Reason:
    """Rides at most ``wait_s`` away from the wished time."""
    pickup, dropoff = ends
    direct_s, direct_m = direct(plan, pickup.place, dropoff.place, wished_time(request))
    windows = _windows(service, request, ends, direct_s, wait_s)
    if any(window.earliest > window.latest for window in windows):
        return Reason.NO_CAPACITY
    bookable = bookable_windows(service, windows[0], plan.frame.now)
    if isinstance(bookable, Reason):
        return bookable
    wanted = wish_between(service, request, ends, (bookable[0], windows[1]), direct_s)
    widest = _windows(service, request, ends, direct_s, service.ride.max_wait_s)
    rides = [replace(wanted, pickup_window=window) for window in bookable]
    if is_timetabled(service):
        rides = [at_halt for ride in rides for at_halt in at_published_times(plan, ride)]
    found = [
        _candidate(plan, request, fit, Candidate(service, pickup, dropoff, each, fit, direct_m), widest, moves=moving is not None)
        for each in rides
        for fit in (find_fits(plan, each, _FITS_PER_PAIR) if moving is None else _moving_others(plan, each, moving))
    ]
    return [each for each in found if each is not None] or (Reason.ABOVE_CEILING if found else Reason.NO_CAPACITY)


def _candidate(
    plan: Plan, request: RideRequest, fit: Fit, bare: Candidate, widest: tuple[Window, Window], *, moves: bool
) -> Candidate | None:
    """With what is promised and what it costs; None where the law lets passengers pay less than that, and the service will not."""
    service, ends, travel = bare.service, (bare.pickup.place, bare.dropoff.place), plan.frame.paces.travel
    shared = not moves and service.tariff.shared_percent < WHOLE and is_shared(plan, fit)
    way = priced_way(service, ends, bare.direct_m, shared=shared)
    parts = price_parts(service.tariff, request.party, request.groups, way)
    alone = None if fit.run.ceiling_cents_per_km is None else bare.direct_m * fit.run.ceiling_cents_per_km // 1000
    most = alone if moves else cents_left(fit.run, fit.insertion, ends, plan.paid, travel)
    if most is not None and total_cents(parts) > most:
        if service.ceiling is not None and not service.ceiling.prices_down:
            return None
        parts = lowered(parts, most)
    ride = bare.ride if is_timetabled(service) else _to_promise(service, plan, bare.ride, widest)
    return replace(bare, ride=ride, parts=parts)


def wish_between(
    service: Service, request: RideRequest, ends: tuple[AccessPoint, AccessPoint], windows: tuple[Window, Window], direct_s: int
) -> WantedRide:
    """The request as a ride between two access points within windows."""
    return WantedRide(
        service_id=service.id,
        pickup=ends[0].place,
        dropoff=ends[1].place,
        pickup_window=windows[0],
        dropoff_window=windows[1],
        party=request.party,
        needs=vehicle_needs(request),
        company=request.company,
        max_ride_s=longest_ride_s(service, direct_s),
        boarding_s=boarding_s(service, request.party, request.needs),
        promised=within_reach(service.promise, windows),
    )


def _moving_others(plan: Plan, ride: WantedRide, budget: Budget) -> list[Fit]:
    made = find_room(plan, ride, budget)
    return [] if made is None else [made.fit]


def _to_promise(service: Service, plan: Plan, ride: WantedRide, widest: tuple[Window, Window]) -> WantedRide:
    """The ride with windows that end as late as the service lets a rider wait while it is open: a ride found near the wished time has
    the same room for others as one found later.
    """
    opens = ride.pickup_window.earliest
    parts = bookable_windows(service, widest[0], plan.frame.now)
    latest = [part.latest for part in parts if part.earliest <= opens <= part.latest] if not isinstance(parts, Reason) else []
    return replace(
        ride,
        pickup_window=Window(opens, max([ride.pickup_window.latest, *latest])),
        dropoff_window=Window(ride.dropoff_window.earliest, max(ride.dropoff_window.latest, widest[1].latest)),
    )


def _windows(
    service: Service, request: RideRequest, ends: tuple[AccessPoint, AccessPoint], direct_s: int, wait_s: int
) -> tuple[Window, Window]:
    """Widest windows at both ends within ``wait_s`` of what the rider asked for and the longest ride the service allows."""
    pickup, dropoff = ends
    wait = timedelta(seconds=wait_s)
    aboard = timedelta(seconds=longest_ride_s(service, direct_s) + boarding_s(service, request.party, request.needs))
    quickest = timedelta(seconds=direct_s + boarding_s(service, request.party, request.needs))
    if request.depart_after is not None:
        earliest = request.depart_after + timedelta(seconds=pickup.walk_s)
        windows = Window(earliest, earliest + wait), Window(earliest + quickest, earliest + wait + aboard)
    elif request.arrive_by is not None:
        latest = request.arrive_by - timedelta(seconds=dropoff.walk_s)
        windows = Window(latest - wait - quickest, latest - quickest), Window(latest - wait, latest)
    else:
        raise ValueError("a ride request has a time")
    if request.within is None:
        return windows
    begins = request.within.earliest + timedelta(seconds=pickup.walk_s)
    ends_by = request.within.latest - timedelta(seconds=dropoff.walk_s)
    return (
        Window(max(windows[0].earliest, begins), windows[0].latest),
        Window(windows[1].earliest, min(windows[1].latest, ends_by)),
    )


def at_published_times(plan: Plan, ride: WantedRide) -> list[WantedRide]:
    """One wish for each published time at which a run halts where the rider boards, and one for the runs that could deviate."""
    runs = [compiled.run for compiled in plan.runs if compiled.run.service_id == ride.service_id]
    halts = {run.id: [visit for visit in run.visits if _halts_at(visit, ride.pickup)] for run in runs}
    rides = [
        replace(ride, pickup_window=window, run_ids=frozenset({run_id}))
        for run_id, visits in halts.items()
        for visit in visits
        if (window := _common(Window(visit.earliest, visit.latest), ride.pickup_window)) is not None
    ]
    deviating = frozenset(run_id for run_id, visits in halts.items() if not visits)
    return [*rides, replace(ride, run_ids=deviating)] if deviating else rides


def _halts_at(visit: Visit, place: Place) -> bool:
    return visit.kind is VisitKind.HALT and visit.place.stop_id is not None and visit.place.stop_id == place.stop_id


def _common(one: Window, other: Window) -> Window | None:
    start, end = max(one.earliest, other.earliest), min(one.latest, other.latest)
    return Window(start, end) if start <= end else None


def make_offer(candidate: Candidate, offer_id: str, now: datetime) -> Offer:
    """The offer told to the rider, with the windows that would be promised."""
    service, run = candidate.service, candidate.fit.run
    pickup_window, dropoff_window = promised_windows(service, candidate.fit, candidate.ride, now)
    return Offer(
        id=offer_id,
        kind=candidate.kind,
        service_id=service.id,
        service_name=service.name,
        carrier=service.carrier.name,
        carrier_telephone=service.carrier.telephone,
        legal_basis=run.legal_basis or service.legal_basis,
        acceptance=run.acceptance,
        driver_kind="volunteer" if service.volunteers is not None else "staff",
        pickup=candidate.pickup.place,
        dropoff=candidate.dropoff.place,
        pickup_window=pickup_window,
        dropoff_window=dropoff_window,
        walk_to_pickup_m=candidate.pickup.walk_m,
        walk_from_dropoff_m=candidate.dropoff.walk_m,
        price_cents=total_cents(candidate.parts),
        price_parts=candidate.parts,
        run_id=run.id,
        answer_by=answer_by(service, run, pickup_window.earliest, now),
    )


def answer_by(service: Service, run: Run, pickup: datetime, now: datetime) -> datetime | None:
    """When the rider will know at the latest; None when the promise is instant.

    A volunteer who is asked, or picks, answers by the service's rules; a driver with a manifest on paper has to be told of the ride.
    """
    if run.acceptance is Acceptance.ROSTERED or service.volunteers is None:
        return max(now, pickup - _PAPER_TOLD_BEFORE) if is_on_paper(run) else None
    last = pickup - timedelta(seconds=service.volunteers.confirm_before_s)
    if run.acceptance is Acceptance.ASK_FIRST:
        last = min(last, now + timedelta(seconds=service.volunteers.answer_within_s))
    return max(last, now)


def distinct(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    """The first ``most`` candidates that differ to the rider: other places, other times (by ten minutes), other way of confirming;
    a ride that is certain comes before one that has to be asked for.
    """
    chosen: dict[tuple[object, ...], Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: c.fit.run.acceptance is not Acceptance.ROSTERED):
        slot = round(candidate.fit.pickup_at.timestamp() / 600)
        key = candidate.service.id, slot, candidate.fit.run.acceptance is Acceptance.ROSTERED
        chosen.setdefault(key, candidate)
    return list(chosen.values())[:most]
