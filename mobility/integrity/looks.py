"""Everything an agency has at one moment, and the plain reckoning that the invariants share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.driver_events import LASTING, DriverEvent, EventKind
from mobility.domain.fleet import Driver, ReachedBy
from mobility.domain.holds import Hold
from mobility.domain.notices import Notice
from mobility.domain.places import Place
from mobility.domain.riders import Need, RiderWish
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import Service

CARRYING = (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION)


class Ways(Protocol):
    """Driving between two places."""

    def average(self, origin: Place, destination: Place) -> tuple[int, int]:
        """Seconds and metres in an average hour."""
        ...

    def slowest_s(self, origin: Place, destination: Place, first: datetime, last: datetime) -> int:
        """Seconds in the slowest of the hours from first to last."""
        ...


@dataclass(frozen=True)
class Look:
    """All runs and bookings by id, read while nobody writes; ``events`` are drivers' reports by run, ``groups`` those of each rider."""

    now: datetime
    runs: Mapping[str, Run]
    bookings: Mapping[str, Booking]
    notices: Sequence[Notice]
    holds: Sequence[Hold] = ()
    events: Mapping[str, Sequence[DriverEvent]] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    drivers: Mapping[str, Driver] = field(default_factory=dict)
    never_together: Sequence[RiderWish] = ()

    @cached_property
    def legs(self) -> dict[str, tuple[Booking, Leg]]:
        """Every booked leg with its booking, by id."""
        return {leg.id: (booking, leg) for booking in self.bookings.values() for leg in booking.legs}

    @cached_property
    def carriers(self) -> dict[str, list[Run]]:
        """By leg id: the runs that carry it, or did."""
        found: dict[str, list[Run]] = defaultdict(list)
        for run in self.runs.values():
            for leg_id in run.leg_ids:
                found[leg_id].append(run)
        return found

    def events_of(self, run_id: str) -> Sequence[DriverEvent]:
        """What was reported from a run."""
        return self.events.get(run_id, ())


def counted(events: Iterable[DriverEvent]) -> list[DriverEvent]:
    """Reports that were not taken back and can be true."""
    able = [event for event in events if event.problem not in LASTING]
    undone = {(event.device_id, event.undoes) for event in able if event.kind is EventKind.UNDO}
    return [event for event in able if event.kind is not EventKind.UNDO and (event.device_id, event.sequence) not in undone]


def boarded_at(events: Iterable[DriverEvent]) -> dict[str, datetime]:
    """By leg id: when the rider was first seen to board."""
    found: dict[str, datetime] = {}
    for event in counted(events):
        if event.kind is EventKind.BOARDED and event.leg_id is not None:
            found[event.leg_id] = min(event.at, found.get(event.leg_id, event.at))
    return found


def aboard(run: Run) -> set[str]:
    """Legs whose riders sit in the vehicle."""
    inside: set[str] = set()
    for visit in run.visits[: run.last_done + 1]:
        if visit.leg_id is not None and visit.kind is VisitKind.PICKUP and visit.actual is not None and not visit.skipped:
            inside.add(visit.leg_id)
        elif visit.kind is VisitKind.DROPOFF and visit.is_done:
            inside.discard(visit.leg_id or "")
    return inside


def on_paper(run: Run) -> bool:
    """Whether a driver holds a manifest that cannot change by itself."""
    return run.manifest is not None and run.reached_by is not ReachedBy.LIVE


def is_undriven(run: Run) -> bool:
    """Nothing has been observed on it yet."""
    return not run.delay_s and not any(visit.is_done or visit.not_before for visit in run.visits)


def drives(run: Run) -> bool:
    """False for a run that is withdrawn, or stays at home because nobody has booked."""
    return not run.withdrawn and (run.carries_riders or not run.only_if_booked)


def overload(run: Run, first: int = 0) -> int:
    """Most persons, wheelchair places or things in the boot above what the vehicle takes, after any visit from ``first`` on."""
    seats = wheelchairs = large = stowed = worst = 0
    vehicle = run.vehicle
    large_places = vehicle.wheelchair_places if vehicle.large_wheelchair_places is None else vehicle.large_wheelchair_places
    for number, visit in enumerate(run.visits):
        if visit.party is None or visit.skipped:
            continue
        sign = 1 if visit.kind is VisitKind.PICKUP else -1
        is_large = Need.ELECTRIC_WHEELCHAIR in visit.needs or Need.MOBILITY_SCOOTER in visit.needs
        chairs = visit.party.wheelchairs or int(is_large)
        folded = sum(need in visit.needs for need in (Need.WALKING_FRAME, Need.FOLDABLE_WHEELCHAIR, Need.PUSHCHAIR))
        seats += sign * visit.party.seats
        wheelchairs += sign * chairs
        large += sign * chairs * is_large
        stowed += sign * max(visit.party.stowed, folded)
        free = max(0, vehicle.seats - vehicle.seats_per_wheelchair * wheelchairs - run.walk_up_seats)
        if number >= first:
            worst = max(worst, seats - free, wheelchairs - vehicle.wheelchair_places, large - large_places)
            worst = max(worst, 0 if vehicle.stowage_places is None else stowed - vehicle.stowage_places)
    return worst


def lateness(run: Run, times: Sequence[datetime] | None = None) -> dict[str, int]:
    """By visit's key: seconds after its window at which an undone visit is planned (or comes at ``times`` of the undone ones)."""
    undone = run.visits[run.last_done + 1 :]
    at = [visit.planned for visit in undone] if times is None else times
    return {visit.key: max(0, round((time - visit.latest).total_seconds())) for visit, time in zip(undone, at, strict=True)}


def driven_on(run: Run, now: datetime, ways: Ways) -> list[datetime]:
    """When the undone visits of a run come about if it leaves where it was last seen now, loses no time, and every hour in question is
    as slow as the slowest.
    """
    last = run.visits[run.last_done]
    ready = run.starts_at if last.actual is None else last.actual + timedelta(seconds=last.service_s)
    since, ready, here, times = ready, max(ready, now), place_of(run, run.last_done), []
    for visit in run.visits[run.last_done + 1 :]:
        there = here if visit.kind is VisitKind.BREAK else visit.place
        home_anywhere = visit.kind is VisitKind.END and run.ends_anywhere
        seconds = 0 if home_anywhere else ways.slowest_s(here, there, since, ready)
        time = max(ready + timedelta(seconds=seconds), visit.earliest, visit.not_before or visit.earliest)
        times.append(time)
        since, ready, here = visit.earliest, time + timedelta(seconds=visit.service_s), there
    return times


def place_of(run: Run, index: int) -> Place:
    """Where the vehicle is at this visit: a break is held wherever it stands."""
    return next(visit.place for visit in reversed(run.visits[: index + 1]) if visit.kind is not VisitKind.BREAK)


def stretches(run: Run) -> Iterator[tuple[int, Place, Place, Visit, Visit]]:
    """Index of the later visit, from where to where, both visits: everything that is driven, one after the other."""
    for index in range(1, len(run.visits)):
        before, visit = run.visits[index - 1], run.visits[index]
        here = place_of(run, index - 1)
        stays = visit.kind is VisitKind.BREAK or (visit.kind is VisitKind.END and run.ends_anywhere)
        yield index, here, here if stays else visit.place, before, visit
