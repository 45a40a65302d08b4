"""Where a ride whose run has dropped out finds another place: within the promise, or as little after it as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.riders import Company
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.planning.compiling import is_frozen, known_position, last_place
from mobility.planning.promising import promised_windows
from mobility.planning.searching import Fit, Plan, WantedRide, direct, find_fits, longest_ride_s, make_plan, wanted, with_ride
from mobility.planning.travel import TravelCache

DELAYS_S = (0, 15 * 60, 30 * 60, 60 * 60, 120 * 60)
"""How much later than promised is tried, one after the other: nobody waits an hour where a quarter would do."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """A ride without a vehicle, and the company its rider wishes for. A rider ``aboard`` waits where the vehicle stands: there ``leg``
    begins.
    """

    booking: Booking
    leg: Leg
    aboard: bool
    company: Company | None


@dataclass(frozen=True, slots=True)
class NewPlace:
    """The run that takes the ride, with its visits; the leg with the windows that hold now; seconds later than was promised."""

    run: Run
    leg: Leg
    late_s: int


def may_help(run: Run) -> bool:
    """Whether a rescue may put riders on a run unasked: its driver has agreed to any ride, and learns of it in time."""
    return not is_frozen(run)


def stands_at(run: Run, now: datetime) -> Place:
    """Where the vehicle is, as far as is known: where it said so lately, else at the last halt reported."""
    seen = known_position(run, now)
    return last_place(run) if seen is None else seen.place


def stranded(run: Run, bookings: Sequence[Booking], now: datetime) -> list[Stranded]:
    """Everybody of ``bookings`` who was still to be taken by ``run``, the most important first: aboard, then by pickup."""
    boarded = {v.leg_id for v in run.visits if v.kind is VisitKind.PICKUP and v.actual is not None and not v.skipped}
    company = {v.leg_id: v.company for v in run.visits if v.leg_id is not None}
    found = []
    for booking in bookings:
        for leg in booking.legs:
            if leg.run_id != run.id or leg.state not in (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION):
                continue
            aboard = leg.id in boarded
            begins = replace(leg, pickup=stands_at(run, now), pickup_window=Window(now, now)) if aboard else leg
            found.append(Stranded(booking, begins, aboard, company.get(leg.id)))
    return sorted(found, key=lambda ride: (not ride.aboard, ride.leg.pickup_window.earliest, ride.leg.id))


def plan_rescue(
    before: Mapping[str, Run], run_id: str, rides: Sequence[Stranded], service: Service, travel: TravelCache, now: datetime
) -> tuple[dict[str, Run], list[NewPlace | None]]:
    """The runs as they would be with ``run_id`` withdrawn, and what becomes of each ride (None: no run can take it)."""
    withdrawn = replace(before[run_id], withdrawn=True)
    for ride in rides:
        withdrawn = withdrawn.without_leg(ride.leg.id)
    runs = {**before, run_id: withdrawn}
    places: list[NewPlace | None] = []
    for ride in rides:
        place = find_place([run for run in runs.values() if may_help(run)], service, travel, now, ride)
        if place is not None:
            runs[place.run.id] = place.run
        places.append(place)
    return runs, [place and _as_planned(ride, place, runs[place.run.id]) for ride, place in zip(rides, places, strict=True)]


def _as_planned(ride: Stranded, place: NewPlace, run: Run) -> NewPlace:
    """The place when everybody has one: who came to the run afterwards may have moved the ride within its new windows."""
    pickup_at, dropoff_at = (visit.planned for visit in run.visits if visit.leg_id == place.leg.id)
    return NewPlace(run, place.leg, _late_s(ride, pickup_at, dropoff_at))


def find_place(
    runs: Sequence[Run], service: Service, travel: TravelCache, now: datetime, ride: Stranded, longest_s: int = DELAYS_S[-1]
) -> NewPlace | None:
    """The run that keeps the promise, else the one that breaks it least; None when there is none within ``longest_s`` after it.

    Nobody else's ride gets worse: the judge looks at the run before it is given back.
    """
    if not runs:
        return None
    plan = make_plan(runs, {service.id: service}, travel, now, [ride.leg.pickup, ride.leg.dropoff])
    for delay_s in (each for each in DELAYS_S if each <= longest_s):
        leg = _later(ride, plan, service, delay_s)
        fits = find_fits(plan, _from_now(ride, leg, now), most=len(runs))
        if fits:
            fit = min(fits, key=lambda fit: _badness(ride, fit))
            if delay_s or ride.aboard:
                leg = _promised_anew(ride, leg, service, fit, now)
            run = with_ride(plan, fit, _from_now(ride, leg, now), leg)
            return NewPlace(run, leg, _late_s(ride, fit.pickup_at, fit.dropoff_at))
    return None


def _later(ride: Stranded, plan: Plan, service: Service, delay_s: int) -> Leg:
    """The leg with windows up to ``delay_s`` later than promised, or than now when the promise is broken already."""
    leg, now = ride.leg, plan.frame.now
    delay = timedelta(seconds=delay_s)
    if ride.aboard:
        latest = max(leg.dropoff_window.latest, now) + delay
        direct_s, _ = direct(plan, leg.pickup, leg.dropoff, now)
        longest = max(leg.max_ride_s, longest_ride_s(service, direct_s))
        return replace(leg, pickup_window=Window(now, latest), dropoff_window=Window(now, latest), max_ride_s=longest)
    if not delay_s:
        return leg
    pickup, dropoff = leg.pickup_window, leg.dropoff_window
    delay += max(timedelta(0), now - pickup.latest)
    earliest = max(pickup.earliest, now)
    return replace(
        leg,
        pickup_window=Window(earliest, pickup.latest + delay),
        dropoff_window=Window(max(dropoff.earliest, earliest), dropoff.latest + delay),
    )


def _from_now(ride: Stranded, leg: Leg, now: datetime) -> WantedRide:
    """The leg's ride, to begin not before now even on a run whose driver has not reported lately."""
    asked = wanted(leg, ride.booking.party, ride.booking.needs, ride.company)
    promised = asked.pickup_window, asked.dropoff_window
    return replace(asked, pickup_window=Window(max(leg.pickup_window.earliest, now), leg.pickup_window.latest), promised=promised)


def _promised_anew(ride: Stranded, leg: Leg, service: Service, fit: Fit, now: datetime) -> Leg:
    """Windows around the new times; whoever is aboard and can still arrive in time keeps that promise."""
    pickup, dropoff = promised_windows(service, fit, wanted(leg, ride.booking.party, ride.booking.needs, ride.company), now)
    if ride.aboard and fit.dropoff_at <= ride.leg.dropoff_window.latest:
        dropoff = replace(dropoff, latest=ride.leg.dropoff_window.latest)
    return replace(leg, pickup_window=pickup, dropoff_window=dropoff, narrowed_at=None)


def _late_s(ride: Stranded, pickup_at: datetime, dropoff_at: datetime) -> int:
    """Seconds after the promise at the end where it is broken most; for riders aboard only arriving counts."""
    late = [dropoff_at - ride.leg.dropoff_window.latest]
    if not ride.aboard:
        late.append(pickup_at - ride.leg.pickup_window.latest)
    return max(0, *(round(each.total_seconds()) for each in late))


def _badness(ride: Stranded, fit: Fit) -> tuple[int, float, int, str]:
    soonest = fit.dropoff_at.timestamp() if ride.aboard else 0.0
    return _late_s(ride, fit.pickup_at, fit.dropoff_at), soonest, fit.cost, fit.run.id
