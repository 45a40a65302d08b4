"""What holds at every moment. The first line of each docstring stands in docs/invariants.md; a test holds both equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.riders import Need
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.service_days import at
from mobility.integrity.looks import (
    CARRYING,
    Look,
    Ways,
    boarded_at,
    counted,
    drives,
    is_undriven,
    overload,
    stretches,
)
from mobility.integrity.prices import above_ceiling, wrong_price

OfRun = Callable[[Run, Look, Ways], Iterator[str]]
OfBooking = Callable[[Booking, Look, Ways], Iterator[str]]
OfLook = Callable[[Look, Ways], Iterator[str]]
_ROUNDING = timedelta(seconds=1)


def shape(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A run goes from START to END, what is done comes before what is not, and everybody boards once before alighting once."""
    if run.visits[0].kind is not VisitKind.START or run.visits[-1].kind is not VisitKind.END:
        yield "does not begin with START and end with END"
    done = [visit.is_done for visit in run.visits[1:]]
    if done != sorted(done, reverse=True):
        yield "something undone lies before something done"
    for leg_id in run.leg_ids:
        kinds = [visit.kind for visit in run.visits if visit.leg_id == leg_id]
        skipped = any(visit.skipped for visit in run.visits if visit.leg_id == leg_id)
        stranded = run.withdrawn and kinds == [VisitKind.PICKUP]  # boarded before a breakdown, taken on by another run
        if not stranded and kinds != ([VisitKind.PICKUP] if skipped else [VisitKind.PICKUP, VisitKind.DROPOFF]):
            yield f"leg {leg_id} has the visits {[kind.value for kind in kinds]}"


def capacity(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Seats, wheelchair places and boot suffice on every leg; a wheelchair place folds away its seats, seats for walk-ups stay free."""
    excess = overload(run) if is_undriven(run) else 0
    if excess > 0:
        yield f"{excess} above what the vehicle takes"


def driving(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A vehicle is in one place at a time: between two visits there is time to drive, and nobody comes before the window opens."""
    if not drives(run):
        return
    for index, here, there, before, visit in stretches(run):
        if visit.is_done or (index == run.last_done + 1 and run.last_done):
            continue  # observed, or from an observed place: the next visit is late by what was seen
        leaves, takes_s = _leaving(run, before, visit, partial(ways.slowest_s, here, there))
        lacking = leaves + timedelta(seconds=takes_s) - visit.planned
        if lacking > _ROUNDING and visit.kind is not VisitKind.END:
            yield f"{visit.kind.value} at visit {index} comes {lacking.total_seconds():.0f} s sooner than can be driven"
    for index, visit in enumerate(run.visits):
        if (
            visit.kind in (VisitKind.PICKUP, VisitKind.HALT, VisitKind.BREAK)
            and not visit.is_done
            and visit.planned < visit.earliest
        ):
            yield f"{visit.kind.value} at visit {index} is planned before its window"


def _leaving(run: Run, before: Visit, visit: Visit, takes_s: Callable[[datetime, datetime], int]) -> tuple[datetime, int]:
    """When a place can be left, and how long driving on takes in that hour; one left late, in the hour in which it should have been."""
    if before.kind is not VisitKind.START:
        leaves, due = (moment + timedelta(seconds=before.service_s) for moment in (before.planned, before.latest))
        return leaves, min(takes_s(leaves, leaves), takes_s(due, due))
    hours = range(1 + int((visit.planned - run.starts_at).total_seconds()) // 3600)  # it may wait at its base
    return run.starts_at, min(takes_s(at, at) for at in (run.starts_at + timedelta(hours=hour) for hour in hours))


def kilometres(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A driver's day is no longer than the kilometres he gives."""
    if run.max_metres is None or not drives(run) or not is_undriven(run):
        return
    metres = sum(ways.average(here, there)[1] for _, here, there, _, _ in stretches(run))
    if metres > run.max_metres:
        yield f"{metres - run.max_metres} m above the limit"


def ride_limit(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Nobody sits in the vehicle longer than the service's longest ride for that way."""
    if not is_undriven(run):
        return
    boards: dict[str, Visit] = {}
    for visit in run.visits:
        if visit.kind is VisitKind.PICKUP and visit.leg_id is not None:
            boards[visit.leg_id] = visit
        elif visit.kind is VisitKind.DROPOFF and visit.leg_id in boards and visit.max_ride_s is not None:
            pickup = boards[visit.leg_id]
            excess = (visit.planned - pickup.planned).total_seconds() - pickup.service_s - visit.max_ride_s
            if excess > 0:
                yield f"leg {visit.leg_id} rides {excess:.0f} s too long"


def needs(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Vehicle and driver together have what each rider needs."""
    for visit in run.visits:
        lacking = visit.needs - run.equipment - {Need.DOOR_TO_DOOR}
        if visit.kind is VisitKind.PICKUP and lacking and not visit.is_done:
            yield f"leg {visit.leg_id} lacks {sorted(need.value for need in lacking)}"


def duty(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A duty lasts as many seconds as the file says, on the nights of the clock change too; it ends in time, each break held empty and in full."""
    service = look.services.get(run.service_id)
    duties = {duty.id: duty for duty in service.duties} if service is not None else {}
    known = next((each for name, each in duties.items() if f".{name}." in run.id), None)
    if service is not None and known is not None and not run.only_if_booked:
        lasts = (run.ends_at - run.starts_at).total_seconds()
        if lasts != known.end_s - known.start_s or run.starts_at != at(run.day, known.start_s, ZoneInfo(service.timezone)):
            yield f"begins {run.starts_at} and lasts {lasts:.0f} s, not as its duty says"
        held = sorted(visit.service_s for visit in run.visits if visit.kind is VisitKind.BREAK)
        if held != sorted(rule.duration_s for rule in known.breaks):
            yield f"has breaks of {held} s, not as its duty says"
    inside: set[str] = set()
    for index, visit in enumerate(run.visits):
        if visit.kind is VisitKind.PICKUP and not visit.skipped:
            inside.add(visit.leg_id or "")
        inside -= {visit.leg_id or ""} if visit.kind is VisitKind.DROPOFF else set()
        if visit.kind is VisitKind.BREAK and not visit.is_done and inside and is_undriven(run):
            yield f"{len(inside)} parties sit in the vehicle during the break at visit {index}"


def reported(run: Run, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """What drivers reported is what the run says, in whatever order it came; nothing counts as done that nobody reported."""
    events = look.events_of(run.id)
    seen, counting = boarded_at(event for event in events if event.problem is None), counted(events)
    told = {event.leg_id for event in counting}
    for visit in run.visits:
        if visit.kind is VisitKind.PICKUP and visit.leg_id in seen and (visit.skipped or visit.actual != seen[visit.leg_id]):
            yield f"leg {visit.leg_id} boarded at {seen[visit.leg_id]}, the run says {visit.actual}"
        if visit.leg_id is not None and visit.is_done and visit.leg_id not in told:
            yield f"leg {visit.leg_id}: its {visit.kind.value} is done, and nobody reported it"
    there = {visit.leg_id for visit in run.visits}
    for leg_id in seen.keys() - there:
        yield f"leg {leg_id} was seen to board and is not on the run"


def leg_state(booking: Booking, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Each leg is in exactly one state, and on exactly the run it says, as it was booked."""
    for leg in booking.legs:
        carrying = [run for run in look.carriers.get(leg.id, ()) if not _is_history(run, leg)]
        yield from (f"leg {leg.id} ({leg.state.value}) {what}" for what in _wrong_with_leg(booking, leg, carrying))
    of_journeys = {leg_id for journey in booking.journeys for leg_id in (journey.ride_to, journey.ride_from)} - {None}
    yield from (
        f"a journey's ride {leg_id} is none of the booking's" for leg_id in of_journeys - {leg.id for leg in booking.legs}
    )


def _is_history(run: Run, leg: Leg) -> bool:
    """A boarding on a run that broke down afterwards: it happened there, the ride goes on elsewhere."""
    return run.withdrawn and leg.run_id != run.id and all(v.is_done for v in run.visits if v.leg_id == leg.id)


def _wrong_with_leg(booking: Booking, leg: Leg, carrying: Sequence[Run]) -> Iterator[str]:
    rode = leg.state is LegState.CLOSED and leg.outcome in (Outcome.PERFORMED, Outcome.NO_SHOW)
    expected = [leg.run_id] if leg.run_id is not None and (leg.state in CARRYING or rode) else []
    if [run.id for run in carrying] != expected:
        yield f"says run {leg.run_id}, is on {[run.id for run in carrying]}"
    if leg.state in CARRYING and leg.run_id is None:
        yield "is on no run"
    if (leg.outcome is not None) != (leg.state is LegState.CLOSED):
        yield f"has the outcome {leg.outcome}"
    if leg.state in (LegState.WAITING_LIST, LegState.IN_RESCUE) and leg.owner is None and leg.answer_by is None:
        yield "waits, and nobody will ever look at it"
    for visit in (visit for run in carrying for visit in run.visits if visit.leg_id == leg.id):
        if rode and not visit.is_done:
            yield "is closed before it was ridden"
        if not _as_booked(visit, leg, booking):
            yield f"has a {visit.kind.value} that is not as booked"


def _as_booked(visit: Visit, leg: Leg, booking: Booking) -> bool:
    pickup = visit.kind is VisitKind.PICKUP
    window, place = (leg.pickup_window, leg.pickup) if pickup else (leg.dropoff_window, leg.dropoff)
    same_time = (visit.earliest, visit.latest) == (window.earliest, window.latest)
    return same_time and visit.place == place and visit.party == booking.party and visit.needs == booking.needs


def one_winner(booking: Booking, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Of a cancellation and a pickup at the same moment one wins: who was picked up rides, who has cancelled was not picked up."""
    for leg in booking.legs:
        runs = [run for run in look.carriers.get(leg.id, ()) if not run.withdrawn]
        done = any(visit.is_done and not visit.skipped for run in runs for visit in run.visits if visit.leg_id == leg.id)
        if leg.outcome is Outcome.CANCELLED and done:
            yield f"leg {leg.id} is cancelled and was picked up"


def freed_once(booking: Booking, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A cancelled ride has left every run, and was cancelled once."""
    for leg in booking.legs:
        if leg.outcome is Outcome.CANCELLED and any(not run.withdrawn for run in look.carriers.get(leg.id, ())):
            yield f"leg {leg.id} is cancelled and still has a place"
    cancelled = sum(entry.what.startswith("cancelled") for entry in booking.history)
    brought_back = sum("although cancelled" in entry.what for entry in booking.history)
    closed = len(booking.legs)
    if cancelled > closed + brought_back:
        yield f"{closed} legs were cancelled {cancelled} times"


def money(booking: Booking, look: Look, ways: Ways) -> Iterator[str]:
    """The price is that of the legs not cancelled, each the sum of its parts, each part as its service's tariff says for party and way."""
    due = sum(leg.price_cents for leg in booking.legs if leg.outcome is not Outcome.CANCELLED)
    if booking.price_cents != due:
        yield f"costs {booking.price_cents} cents, its legs {due}"
    if any("rescue" in entry.what or "withdrawn" in entry.what for entry in booking.history):
        return  # it may have begun somewhere else; the price stays as it was told
    for leg in booking.legs:
        service = look.services.get(leg.service_id)
        if service is None or booking.rider_id not in look.groups:
            continue
        yield from (f"leg {leg.id} {what}" for what in wrong_price(booking, leg, service, look.groups[booking.rider_id], ways))


def legal_basis(booking: Booking, look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Each ride is driven on the basis in law on which it was booked."""
    for leg in booking.legs:
        run = look.runs.get(leg.run_id or "")
        if run is not None and None not in (leg.legal_basis, run.legal_basis) and leg.legal_basis is not run.legal_basis:
            yield f"leg {leg.id} was booked as {leg.legal_basis} and is on run {run.id}, which drives as {run.legal_basis}"


def ceiling(run: Run, look: Look, ways: Ways) -> Iterator[str]:
    """Without a permit all passengers of a ride together pay no more than its kilometres cost."""
    if run.ceiling_cents_per_km is None or not drives(run) or not is_undriven(run):
        return
    for paid, most in above_ceiling(run, look, ways):
        yield f"passengers pay {paid} cents together, at most {most} are allowed"


def crew(look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """No vehicle and no driver is on two runs at once."""
    using: dict[str, list[Run]] = defaultdict(list)
    for run in look.runs.values():
        if not run.withdrawn:
            using[f"vehicle {run.vehicle.id}"].append(run)
            using[f"driver {run.driver_id or run.id}"].append(run)
    for what, shared in using.items():
        for one, other in pairwise(sorted(shared, key=lambda run: run.starts_at)):
            if other.starts_at < one.ends_at:
                yield f"{what} is on {one.id} and {other.id} at once"


def credentials(look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Nobody is given a run without all he must have shown; one he had before takes no new rides, and the desk sees to its riders."""
    warned = {notice.run_id for notice in look.notices if notice.kind is NoticeKind.DRIVER_MISSING}
    for run in look.runs.values():
        driver, service = look.drivers.get(run.driver_id or ""), look.services.get(run.service_id)
        if run.withdrawn or run.ends_at <= look.now or driver is None or service is None:
            continue
        last = (run.ends_at - _ROUNDING).astimezone(ZoneInfo(service.timezone)).date()
        held = {one.kind.value for one in driver.credentials if last <= one.valid_until}
        held |= {"licence", "licence_d1"} if "licence_d" in held else {"licence"} if "licence_d1" in held else set()
        if len(driver.credentials) == sum(last <= one.valid_until for one in driver.credentials) and held >= {
            kind.value for kind in service.driver_credentials
        }:
            continue
        if not run.closed:
            yield f"run {run.id} is open, and something its driver must have ends before"
        elif run.carries_riders and run.id not in warned:
            yield f"run {run.id} is closed with riders, and the desk does not know"


def apart(look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Two riders of whom one wishes never to ride with the other are not aboard at the same time, nor will be."""
    never = {frozenset((wish.rider_id, wish.other_rider_id)) for wish in look.never_together}
    for run in (run for run in look.runs.values() if never and not run.withdrawn):
        rides = [(look.legs[leg_id][0].rider_id, leg_id) for leg_id in run.leg_ids if leg_id in look.legs]
        for (one, leg_id), (other, other_leg_id) in combinations(rides, 2):
            if frozenset((one, other)) in never:
                (boards, alights), (then_boards, then_alights) = (_aboard_between(run, each) for each in (leg_id, other_leg_id))
                if boards < then_alights and then_boards < alights:
                    yield f"run {run.id} has two riders aboard at once who are never to ride together"


def _aboard_between(run: Run, leg_id: str) -> tuple[int, int]:
    """Numbers of the visits at which the rider boards and alights; twice the same of whom never comes."""
    numbers = [number for number, visit in enumerate(run.visits) if visit.leg_id == leg_id]
    return numbers[0], numbers[-1]


def holds(look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A held place is on its run as long as it is held; nothing is carried that nobody booked or holds."""
    kept = {hold.id for hold in look.holds}
    until = {(run.id, v.leg_id, v.held_until) for run in look.runs.values() for v in run.visits if v.held_until is not None}
    for hold in look.holds:
        if hold.id in look.legs:
            yield f"hold {hold.id} has been booked and is still there"
        run = look.runs[hold.run_id]
        stands = look.now < hold.expires_at and not run.withdrawn and not run.visits[-1].is_done
        if stands and (hold.run_id, hold.id, hold.expires_at) not in until:
            yield f"hold {hold.id} is not on its run"
    for _, leg_id, _ in until - {(hold.run_id, hold.id, hold.expires_at) for hold in look.holds}:
        yield f"leg {leg_id} is marked as held, and no hold says so"
    for leg_id in look.carriers.keys() - look.legs.keys() - kept:
        yield f"leg {leg_id} is carried but nobody booked it"


def outbox(look: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Everything that a rider must know is in the outbox, once: booked, called off, told more exactly."""
    for key, times in Counter(notice.key for notice in look.notices).items():
        if times > 1:
            yield f"{key} is told {times} times"
    told: dict[str, set[str]] = defaultdict(set)
    for notice in look.notices:
        if notice.booking_id is not None and notice.to_rider_id is not None:
            told[notice.booking_id].add(notice.kind.value)
    for unknown in told.keys() - look.bookings.keys():
        yield f"tells of booking {unknown}, which does not exist"
    for booking in look.bookings.values():
        heard = told.get(booking.id, set())
        if not heard:
            yield f"booking {booking.id}: its rider was told nothing"
        by_rider = any(entry.what.startswith(("cancelled by", "cancelled late by")) for entry in booking.history)
        if by_rider and "cancelled" not in heard:
            yield f"booking {booking.id} was cancelled, and its rider was not told"
        if any(leg.narrowed_at for leg in booking.legs) and "narrowed" not in heard:
            yield f"booking {booking.id} was narrowed, and its rider was not told"


OF_RUNS: dict[str, OfRun] = {
    each.__name__: each for each in (shape, capacity, driving, kilometres, ride_limit, needs, duty, reported, ceiling)
}
OF_BOOKINGS: dict[str, OfBooking] = {each.__name__: each for each in (leg_state, one_winner, freed_once, money, legal_basis)}
OF_LOOKS: dict[str, OfLook] = {each.__name__: each for each in (crew, credentials, apart, holds, outbox)}
