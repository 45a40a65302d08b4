"""How wide a promise is: wide when it is booked, closer when the ride is near."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.bookings import Leg
from mobility.domain.requests import Window
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import PromiseRules, Service
from mobility.planning.compiling import is_on_paper
from mobility.planning.judging import Change, judge
from mobility.planning.searching import Fit, WantedRide, make_plan
from mobility.planning.travel import TravelCache

Windows = tuple[Window, Window]
"""Of pickup and drop-off."""


def promised_windows(service: Service, fit: Fit, searched: WantedRide, now: datetime) -> Windows:
    """Pickup and drop-off windows around the planned times, inside what was searched; narrow at once when the ride is that near."""
    promise = service.promise
    pickup = Window(
        max(_minute_before(fit.pickup_at - timedelta(seconds=promise.pickup_early_s)), searched.pickup_window.earliest),
        min(_minute_after(fit.pickup_at + timedelta(seconds=promise.pickup_late_s)), searched.pickup_window.latest),
    )
    dropoff = Window(
        max(pickup.earliest, searched.dropoff_window.earliest),
        min(_minute_after(fit.dropoff_at + timedelta(seconds=promise.dropoff_late_s)), searched.dropoff_window.latest),
    )
    if _is_near(promise, fit.pickup_at, now):
        return narrowed(promise, (pickup, dropoff), (fit.pickup_at, fit.dropoff_at))
    return pickup, dropoff


def within_reach(promise: PromiseRules, searched: Windows) -> Windows:
    """Windows that hold every promise made of a fit in the windows that are searched."""
    late = (timedelta(seconds=seconds, minutes=1) for seconds in (promise.pickup_late_s, promise.dropoff_late_s))
    pickup, dropoff = (Window(window.earliest, window.latest + more) for window, more in zip(searched, late, strict=True))
    return pickup, dropoff


def narrowed(promise: PromiseRules, windows: Windows, planned: tuple[datetime, datetime]) -> Windows:
    """Windows inside ``windows`` around the planned times: a third of the width before, the rest after, in whole minutes where the
    wider windows allow. The drop-off's beginning stays as it was.
    """
    width = timedelta(seconds=promise.narrow_to_s or 0)
    if not width:
        return windows
    (pickup, dropoff), (pickup_start, dropoff_start) = windows, (_minute_before(moment - width / 3) for moment in planned)
    closer = Window(max(pickup.earliest, pickup_start), min(pickup.latest, pickup_start + width))
    return closer, Window(dropoff.earliest, min(dropoff.latest, dropoff_start + width))


def rides_to_narrow(run: Run, promise: PromiseRules, now: datetime) -> list[tuple[Visit, Visit]]:
    """Pickup and drop-off of every ride on ``run`` whose time for narrowing has come and whose window is still wider.

    Left alone: what has begun, what is late already (that is told as a delay), and all of a run whose manifest is in a driver's
    hands: it says from when to when he may come, and would no longer be true.
    """
    if promise.narrow_to_s is None or run.withdrawn or is_on_paper(run):
        return []
    width = timedelta(seconds=promise.narrow_to_s)
    dropoffs = {visit.leg_id: visit for visit in run.visits if visit.kind is VisitKind.DROPOFF}
    return [
        (visit, dropoffs[visit.leg_id])
        for visit in run.visits
        if visit.kind is VisitKind.PICKUP
        and not visit.is_done
        and visit.latest - visit.earliest > width
        and _is_near(promise, visit.planned, now)
        and _is_in_time(visit)
        and _is_in_time(dropoffs[visit.leg_id])
    ]


def _is_near(promise: PromiseRules, pickup_at: datetime, now: datetime) -> bool:
    return promise.narrow_before_s is not None and now <= pickup_at <= now + timedelta(seconds=promise.narrow_before_s)


def _is_in_time(visit: Visit) -> bool:
    return visit.not_before is None and visit.earliest <= visit.planned <= visit.latest


def with_windows(run: Run, leg_id: str, windows: Windows, service: Service, travel: TravelCache, now: datetime) -> Run:
    """The run with other windows for one ride, judged: nobody's ride gets worse by it.

    Raises:
        PromiseBrokenError: as things stand now, somebody's would.
    """
    by_kind = dict(zip((VisitKind.PICKUP, VisitKind.DROPOFF), windows, strict=True))
    changed = run.with_visits(
        tuple(
            replace(visit, earliest=by_kind[visit.kind].earliest, latest=by_kind[visit.kind].latest)
            if visit.leg_id == leg_id
            else visit
            for visit in run.visits
        )
    )
    plan = make_plan([run, changed], {service.id: service}, travel, now)
    compiled = plan.runs[1]
    judge(plan.frame, [Change(plan.runs[0], compiled.route, compiled.promised)])
    return changed


def promise_in_words(leg: Leg, zone: ZoneInfo) -> str:
    """A promise as times, for the history of a booking."""
    pickup, dropoff = leg.pickup_window, leg.dropoff_window
    earliest, latest, by = (each.astimezone(zone) for each in (pickup.earliest, pickup.latest, dropoff.latest))
    return f"pickup {earliest:%Y-%m-%d %H:%M}-{latest:%H:%M}, drop-off by {by:%H:%M}"


def _minute_before(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _minute_after(moment: datetime) -> datetime:
    return _minute_before(moment + timedelta(seconds=59, microseconds=999_999))
