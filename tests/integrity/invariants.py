"""What must hold after every step, whatever ran at the same time: written once, read straight off runs, bookings and outbox.

Nothing here asks the actions or the fast insertion; only windows and driving times go to the engine's judge, which shares no code
with whatever made the plan. Every finding is a sentence, so that a test can show what it caught.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.holds import Hold
from mobility.domain.notices import Notice
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.planning.searching import make_plan
from routing.dialaride.judge import violations

_ON_A_RUN = (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION)


@dataclass(frozen=True)
class Seen:
    """Everything an agency has, read while nobody writes."""

    runs: Mapping[str, Run]
    bookings: Mapping[str, Booking]
    notices: Sequence[Notice]
    holds: Sequence[Hold] = ()


@dataclass
class Inspector:
    """Looks at one agency's days again and again; remembers the last look, because some things may only grow."""

    context: Context
    agency_id: str
    days: Sequence[date]
    last: Seen | None = field(default=None)

    @property
    def actor(self) -> Actor:
        return system_actor(self.agency_id)

    def look(self) -> Seen:
        """What is there now."""
        with self.context.store.transaction() as tx:
            runs = {run.id: run for day in self.days for run in tx.list_runs(self.actor, day)}
            bookings = {booking.id: booking for booking in tx.list_bookings(self.actor)}
            return Seen(runs, bookings, tx.list_notices(self.actor), tx.list_holds(self.actor))

    def findings(self) -> list[str]:
        """Everything that is wrong now, or has become wrong since the last look; empty when all holds."""
        seen = self.look()
        found = [
            *(f"run {run.id}: {what}" for run in seen.runs.values() for what in wrong_with_run(run)),
            *_wrong_with_legs(seen),
            *_wrong_with_holds(seen),
            *_double_use(seen.runs.values()),
            *_wrong_with_outbox(seen),
            *self._against_the_judge(seen.runs.values()),
            *([] if self.last is None else _went_back(self.last, seen)),
        ]
        self.last = seen
        return found

    def _against_the_judge(self, runs: Iterable[Run]) -> Iterator[str]:
        """Runs on which nothing has been observed keep every window, ride time and driving time at their planned times."""
        with self.context.store.transaction() as tx:
            services = {service.id: service for service in tx.list_services(self.actor)}
            network = self.context.network(tx, self.actor)
        for run in _undisturbed(runs):
            plan = make_plan([run], services, network.travel, run.starts_at - timedelta(days=1))
            seconds = plan.frame.scale.seconds
            times = [seconds(max(visit.planned, run.starts_at)) for visit in run.visits]
            for violation in violations(plan.frame.matrix, plan.runs[0].promised, times):
                yield f"run {run.id}: {violation.kind.name} by {violation.amount} at visit {violation.visit}"


def _undisturbed(runs: Iterable[Run]) -> Iterator[Run]:
    for run in runs:
        observed = run.delay_s or any(visit.is_done or visit.not_before for visit in run.visits)
        if run.leg_ids and not observed:
            yield run


def wrong_with_run(run: Run) -> Iterator[str]:
    """Capacity at every leg, everybody boards once before alighting once, done before undone, START first and END last."""
    if run.visits[0].kind is not VisitKind.START or run.visits[-1].kind is not VisitKind.END:
        yield "does not begin with START and end with END"
    done = [visit.is_done for visit in run.visits[1:]]
    if done != sorted(done, reverse=True):
        yield "something undone lies before something done"
    yield from _overfull(run)
    for leg_id in run.leg_ids:
        kinds = [visit.kind for visit in run.visits if visit.leg_id == leg_id]
        skipped = any(visit.skipped for visit in run.visits if visit.leg_id == leg_id)
        stranded = run.withdrawn and kinds == [VisitKind.PICKUP]  # boarded before a breakdown, taken on by another run
        if not stranded and kinds != ([VisitKind.PICKUP] if skipped else [VisitKind.PICKUP, VisitKind.DROPOFF]):
            yield f"leg {leg_id} has the visits {[kind.value for kind in kinds]}"


def _overfull(run: Run) -> Iterator[str]:
    vehicle = run.vehicle
    seats = wheelchairs = 0
    for number, visit in enumerate(run.visits):
        if visit.party is None or visit.skipped:
            continue
        sign = {VisitKind.PICKUP: 1, VisitKind.DROPOFF: -1}[visit.kind]
        seats += sign * visit.party.seats
        wheelchairs += sign * visit.party.wheelchairs
        free = vehicle.seats - vehicle.seats_per_wheelchair * wheelchairs - run.walk_up_seats
        if seats > max(0, free) or wheelchairs > vehicle.wheelchair_places:
            yield f"overfull after visit {number}: {seats} seated of {free}, {wheelchairs} in wheelchairs"


def _wrong_with_legs(seen: Seen) -> Iterator[str]:
    carried = defaultdict(list)
    known = {leg.id: leg for booking in seen.bookings.values() for leg in booking.legs}
    for run in seen.runs.values():
        for leg_id in run.leg_ids:
            if not _is_history(run, leg_id, known.get(leg_id)):
                carried[leg_id].append(run)
    for leg_id in carried.keys() - known.keys() - {hold.id for hold in seen.holds}:
        yield f"leg {leg_id} is carried but nobody booked it"
    for booking in seen.bookings.values():
        for leg in booking.legs:
            yield from (f"leg {leg.id} ({leg.state.value}): {what}" for what in _wrong_with_leg(booking, leg, carried[leg.id]))


def _wrong_with_holds(seen: Seen) -> Iterator[str]:
    """A held place is on its run as long as the hold lasts, nobody has booked it, and nothing else is marked as held."""
    booked = {leg.id for booking in seen.bookings.values() for leg in booking.legs}
    until = {(run.id, v.leg_id, v.held_until) for run in seen.runs.values() for v in run.visits if v.held_until is not None}
    for hold in seen.holds:
        if hold.id in booked:
            yield f"hold {hold.id} has been booked and is still there"
        on_its_run = (hold.run_id, hold.id, hold.expires_at) in until
        if not on_its_run and not seen.runs[hold.run_id].withdrawn:
            yield f"hold {hold.id} is not on its run"
    for _, leg_id, _ in until - {(hold.run_id, hold.id, hold.expires_at) for hold in seen.holds}:
        yield f"leg {leg_id} is marked as held, and no hold says so"


def _is_history(run: Run, leg_id: str, leg: Leg | None) -> bool:
    """A boarding on a run that broke down afterwards: it happened there, the ride goes on elsewhere."""
    return run.withdrawn and leg is not None and leg.run_id != run.id and all(v.is_done for v in run.visits if v.leg_id == leg_id)


def _wrong_with_leg(booking: Booking, leg: Leg, carrying: Sequence[Run]) -> Iterator[str]:
    visits = [visit for run in carrying for visit in run.visits if visit.leg_id == leg.id]
    rode = leg.state is LegState.CLOSED and leg.outcome in (Outcome.PERFORMED, Outcome.NO_SHOW)
    settled_by_the_desk = rode and leg.run_id is None  # a taxi drove it
    if settled_by_the_desk:
        yield from (["was driven without a run, and is on one"] if carrying else [])
    elif leg.state in _ON_A_RUN or rode:
        if [run.id for run in carrying] != [leg.run_id]:
            yield f"says run {leg.run_id}, is on {[run.id for run in carrying]}"
    elif carrying:
        yield f"is on {[run.id for run in carrying]}"
    if (leg.outcome is not None) != (leg.state is LegState.CLOSED):
        yield f"has the outcome {leg.outcome}"
    if rode and not all(visit.is_done for visit in visits):
        yield "is closed before it was ridden"
    if leg.state in (LegState.WAITING_LIST, LegState.IN_RESCUE) and leg.owner is None and leg.answer_by is None:
        yield "waits, and nobody will ever look at it"
    yield from (f"its {visit.kind.value} is not as booked" for visit in visits if not _as_booked(visit, leg, booking))


def _as_booked(visit: Visit, leg: Leg, booking: Booking) -> bool:
    pickup = visit.kind is VisitKind.PICKUP
    window, place = (leg.pickup_window, leg.pickup) if pickup else (leg.dropoff_window, leg.dropoff)
    same_time = (visit.earliest, visit.latest) == (window.earliest, window.latest)
    return same_time and visit.place == place and visit.party == booking.party and visit.needs == booking.needs


def _double_use(runs: Iterable[Run]) -> Iterator[str]:
    """No vehicle and no driver is in two places at once."""
    using: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if not run.withdrawn:
            using[f"vehicle {run.vehicle.id}"].append(run)
            using[f"driver {run.driver_id or run.id}"].append(run)
    for what, shared in using.items():
        ordered = sorted(shared, key=lambda run: run.starts_at)
        for one, other in pairwise(ordered):
            if other.starts_at < one.ends_at:
                yield f"{what} is on {one.id} and {other.id} at once"


def _wrong_with_outbox(seen: Seen) -> Iterator[str]:
    for key, times in Counter(notice.key for notice in seen.notices).items():
        if times > 1:
            yield f"outbox: {key} is told {times} times"
    told = {notice.booking_id for notice in seen.notices if notice.to_rider_id is not None and notice.booking_id is not None}
    for booking_id in seen.bookings.keys() - told:
        yield f"booking {booking_id}: its rider was told nothing"
    for unknown in told - seen.bookings.keys():
        yield f"outbox: tells of booking {unknown}, which does not exist"


def _went_back(before: Seen, now: Seen) -> Iterator[str]:
    """Nothing disappears, revisions only grow, and what changes has another revision; sent stays sent."""
    for noun, old, new in (("run", before.runs, now.runs), ("booking", before.bookings, now.bookings)):
        for name, was in old.items():
            becomes = new.get(name)
            if becomes is None:
                yield f"{noun} {name} has disappeared"
            elif becomes.revision < was.revision or (becomes != was and becomes.revision == was.revision):
                yield f"{noun} {name}: revision {was.revision} has become {becomes.revision}"
    sent = {notice.id for notice in before.notices if notice.sent_at is not None}
    for lost in sent - {notice.id for notice in now.notices if notice.sent_at is not None}:
        yield f"outbox: {lost} was sent and is unsent again"
    for booking_id, booking in before.bookings.items():
        later = now.bookings.get(booking_id)
        if later is not None and later.history[: len(booking.history)] != booking.history:
            yield f"booking {booking_id}: its history was rewritten"
