"""What holds from one moment to the next: what a decision may do, and what it may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.requests import Window
from mobility.domain.runs import Run, VisitKind
from mobility.domain.tariffs import PartKind
from mobility.integrity.looks import CARRYING, Look, Ways, aboard, driven_on, lateness, on_paper, overload

OfStep = Callable[[Look, Look, Ways], Iterator[str]]


def _changed_runs(before: Look, after: Look) -> Iterator[tuple[Run, Run]]:
    for run_id, run in after.runs.items():
        was = before.runs.get(run_id)
        if was is not None and was is not run and was != run:
            yield was, run


def _changed_bookings(before: Look, after: Look) -> Iterator[tuple[Booking, Booking]]:
    for booking_id, booking in after.bookings.items():
        was = before.bookings.get(booking_id)
        if was is not None and was is not booking and was != booking:
            yield was, booking


def _decided(before: Look, after: Look, run_id: str) -> bool:
    """True when nothing new was observed on the run: whatever changed was decided."""
    return before.events_of(run_id) == after.events_of(run_id)


def _new_history(was: Booking, booking: Booking) -> str:
    return "; ".join(entry.what for entry in booking.history[len(was.history) :])


def promise(before: Look, after: Look, ways: Ways) -> Iterator[str]:
    """No decision plans anybody later than promised, nor later than driving on as before would; windows told only become narrower. A declared rescue may, a change by hand for a reason, and for its rider a train that runs otherwise or an earlier ride home he called for."""
    excused = _excused(before, after)
    yield from _widened(before, after, excused)
    changed = [(was, run) for was, run in _changed_runs(before, after) if not run.withdrawn]
    baseline = _baseline([was for was, _ in changed], after.now, ways) if changed else {}
    for _, run in changed:
        if not _decided(before, after, run.id):
            continue
        for key, late_s in lateness(run).items():
            if late_s > baseline.get(key, 0) and key.partition(":")[2] not in excused:
                yield f"run {run.id}: {key} is {late_s} s late, before it was {baseline.get(key, 0)} s"


def _excused(before: Look, after: Look) -> set[str]:
    """Legs of bookings that a rescue, a dispatcher with a reason or the rider's own train has touched in this step."""
    found = set()
    for was, booking in _changed_bookings(before, after):
        told = _new_history(was, booking)
        if any(cause in told for cause in ("rescue", "because: ", "by hand was undone", "meets the train")):
            found |= {leg.id for leg in booking.legs}
    return found


def _widened(before: Look, after: Look, excused: set[str]) -> Iterator[str]:
    for was, booking in _changed_bookings(before, after):
        for old, new in zip(was.legs, booking.legs, strict=True):
            promised = old.state in CARRYING and new.state in CARRYING and new.id not in excused
            called = old.open_return and not new.open_return and new.pickup_window.earliest < old.pickup_window.earliest
            if (
                promised
                and not called
                and not (_inside(new.pickup_window, old.pickup_window) and _inside(new.dropoff_window, old.dropoff_window))
            ):
                yield f"leg {new.id}: its windows were widened or moved"


def _inside(new: Window, old: Window) -> bool:
    return old.earliest <= new.earliest <= new.latest <= old.latest


def _baseline(runs: list[Run], now: datetime, ways: Ways) -> dict[str, int]:
    """By visit's key: how late each would have been anyway."""
    found: dict[str, int] = {}
    for run in runs:
        planned, driven = lateness(run), lateness(run, driven_on(run, now, ways))
        for key, late_s in planned.items():
            found[key] = max(found.get(key, 0), late_s, driven[key] + 1 if driven[key] else 0)
    return found


def nobody_squeezed(before: Look, after: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """No decision puts more people into a vehicle that is already out than it takes."""
    for was, run in _changed_runs(before, after):
        if run.withdrawn or not _decided(before, after, run.id):
            continue
        excess, known = overload(run, run.last_done), max(0, overload(was, was.last_done))
        if excess > known:
            yield f"run {run.id}: {excess} above what the vehicle takes, before {known}"


def aboard_stays(before: Look, after: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Riders aboard change vehicle only in a rescue."""
    for was, run in _changed_runs(before, after):
        if run.withdrawn or not _decided(before, after, run.id):
            continue
        for leg_id in aboard(was) - aboard(run):
            yield f"leg {leg_id} sat in run {run.id} and is not on it any more"


def legs_leave_with_cause(before: Look, after: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A place is given up only for the ride that was cancelled, moved or closed: nobody else loses one."""
    for was, run in _changed_runs(before, after):
        if not _decided(before, after, run.id):
            continue  # a report taken back: what the run says follows from the others
        for leg_id in set(was.leg_ids) - set(run.leg_ids):
            old, new = before.legs.get(leg_id), after.legs.get(leg_id)
            if old is not None and new is not None and old[1] == new[1]:
                yield f"leg {leg_id} has lost its place on run {run.id}"


def manifest(before: Look, after: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Rides on a manifest in a driver's hands come, go and change their order only with his acknowledgement; without it a new one waits."""
    for was, run in _changed_runs(before, after):
        if not on_paper(was) or run.withdrawn or run.manifest != was.manifest or not _decided(before, after, run.id):
            continue
        old, new = _promised_on(was, before), _promised_on(run, after)
        for leg_id in set(new) - set(old):
            known = before.legs.get(leg_id)
            if known is None or known[1].state is not LegState.AWAITING_CONFIRMATION or known[1].run_id != run.id:
                yield f"leg {leg_id} came to run {run.id}, whose manifest is on paper, unasked"
        for leg_id in set(old) - set(new):
            if after.legs[leg_id][1].state is not LegState.CLOSED:
                yield f"leg {leg_id} left run {run.id}, whose manifest is on paper, unasked"
        both = set(old) & set(new)
        if [leg_id for leg_id in old if leg_id in both] != [leg_id for leg_id in new if leg_id in both]:
            yield f"run {run.id}: the order on its manifest has changed unasked"
        for leg_id in both:
            if _told(before.legs[leg_id][1]) != _told(after.legs[leg_id][1]):
                yield f"leg {leg_id}: the times on run {run.id}'s manifest have changed unasked"


def _promised_on(run: Run, look: Look) -> list[str]:
    """Promised rides still to be met or set down, in order; each once for each of its visits."""
    undone = (v.leg_id for v in run.visits[run.last_done + 1 :] if v.leg_id is not None and v.kind is VisitKind.PICKUP)
    return [leg_id for leg_id in undone if leg_id in look.legs and look.legs[leg_id][1].state is LegState.ON_RUN]


def _told(leg: Leg) -> tuple[Window, Window]:
    return leg.pickup_window, leg.dropoff_window


def revisions(before: Look, after: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """Nothing disappears, every change raises the revision, no history is rewritten, no closed ride opens but by a report, what was sent stays sent."""
    yield from _went_back("run", before.runs, after.runs)
    yield from _went_back("booking", before.bookings, after.bookings)
    for was, booking in _changed_bookings(before, after):
        if booking.history[: len(was.history)] != was.history:
            yield f"booking {booking.id}: its history was rewritten"
        for old, new in zip(was.legs, booking.legs, strict=True):
            called = old.open_return and not new.open_return
            falls = new.price_cents < old.price_cents and any(part.kind is PartKind.CEILING for part in new.price_parts)
            if old.price_cents != new.price_cents and not falls and not called:
                yield f"leg {new.id}: its price has changed"
            if old.legal_basis is not new.legal_basis and not called:
                yield f"leg {new.id}: its basis in law has changed"
            reported = any(run_id is not None and not _decided(before, after, run_id) for run_id in (old.run_id, new.run_id))
            if old.state is LegState.CLOSED and new.outcome is not old.outcome and not reported:
                gone_again = new.outcome is Outcome.CANCELLED
                yield from [] if gone_again else [f"leg {new.id} was closed and is open again"]
    sent = {notice.id for notice in after.notices if notice.sent_at is not None}
    unsent = {notice.id for notice in after.notices} - sent
    for notice in before.notices:
        if notice.sent_at is not None and notice.id in unsent and not notice.id.startswith("report:"):
            yield f"notice {notice.id} was sent and is unsent again"


def _went_back(noun: str, before: Mapping[str, Run] | Mapping[str, Booking], after: Mapping[str, Run | Booking]) -> Iterator[str]:
    for name, was in before.items():
        becomes = after.get(name)
        if becomes is None:
            yield f"{noun} {name} has disappeared"
        elif becomes is not was and becomes != was and becomes.revision <= was.revision:
            yield f"{noun} {name}: revision {was.revision} has become {becomes.revision}"


def closed_to_new(before: Look, after: Look, ways: Ways) -> Iterator[str]:  # noqa: ARG001
    """A closed run takes no new rides."""
    for was, run in _changed_runs(before, after):
        gained = set(run.leg_ids) - set(was.leg_ids)
        if was.closed and run.closed and gained:
            yield f"run {run.id} is closed and has taken {sorted(gained)}"


OF_STEPS: dict[str, OfStep] = {
    each.__name__: each
    for each in (promise, nobody_squeezed, aboard_stays, legs_leave_with_cause, manifest, revisions, closed_to_new)
}
