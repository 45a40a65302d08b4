"""The judge beside the simulation: after every event, what stands in the plan and what has happened, against what was told to riders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mobility.domain.bookings import Booking, Leg
from mobility.domain.requests import Window
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import Service
from mobility.planning.judging import breaches_of
from mobility.planning.network import Network
from mobility.planning.searching import make_plan
from routing.dialaride.judge import Breach as Kind

_ROUNDING_S = 1
"""A way driven in two pieces is told in whole seconds twice."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that must not be: when it was seen, where, what (see docs/simulation.md), and by how much (seconds, or persons)."""

    seen_at: datetime
    run_id: str
    leg_id: str
    kind: str
    amount: int


@dataclass(slots=True)
class _Told:
    """What a rider was promised, as it was told to him; boarding when it has happened."""

    pickup: Window
    dropoff: Window
    max_ride_s: int
    boarded_at: datetime | None = None
    alighted_at: datetime | None = None


@dataclass(slots=True)
class Watcher:
    """Keeps its own book of promises: what is in the store may be wrong, what a rider has been told stays told."""

    network: Network
    services: dict[str, Service]
    breaches: list[Breach] = field(default_factory=list)
    _told: dict[str, _Told] = field(default_factory=dict)

    def promised(self, leg: Leg, now: datetime) -> None:
        """A promise is told; one told before may only become narrower."""
        known = self._told.get(leg.id)
        if known is None:
            self._told[leg.id] = _Told(leg.pickup_window, leg.dropoff_window, leg.max_ride_s)
            return
        for told, new in ((known.pickup, leg.pickup_window), (known.dropoff, leg.dropoff_window)):
            outside = max(told.earliest - new.earliest, new.latest - told.latest)
            self._note(now, leg.run_id or "", leg.id, "promise_widened", round(outside.total_seconds()))
        known.pickup, known.dropoff = leg.pickup_window, leg.dropoff_window

    def plan(self, run: Run, now: datetime) -> None:
        """A run as it stands after an event: nothing planned may break what was promised."""
        stays_home = run.only_if_booked and not run.carries_riders
        drives_home = run.last_done == len(run.visits) - 2  # in time: that it can be was judged with its last visit
        if run.withdrawn or stays_home or drives_home:
            return
        plan = make_plan([run], {run.service_id: self.services[run.service_id]}, self.network.travel, now)
        legs = {number: leg_id for leg_id, number in plan.frame.requests.items()}
        for found in breaches_of(plan.runs[0], plan.frame):
            if found.kind is Kind.TOO_FAST and found.amount <= _ROUNDING_S:
                continue
            self._note(now, run.id, legs.get(found.request, ""), found.kind.name.lower(), found.amount)
        for visit in run.visits[run.last_done + 1 :]:
            self._held_to(run, visit, visit.planned, now)

    def happened(self, run: Run, visit: Visit, at: datetime) -> None:
        """Somebody boarded or alighted."""
        self._held_to(run, visit, at, at)
        told = self._told.get(visit.leg_id or "")
        if told is None:
            return
        if visit.kind is VisitKind.PICKUP:
            told.boarded_at = at
        elif told.boarded_at is not None:
            told.alighted_at = at
            ride_s = round((at - told.boarded_at).total_seconds()) - visit.service_s
            self._note(at, run.id, visit.leg_id or "", "ride_too_long", ride_s - told.max_ride_s)

    def day_is_over(self, now: datetime, bookings: list[Booking]) -> None:
        """Every ride that was promised has been performed."""
        for booking in bookings:
            for leg in booking.legs:
                told = self._told.get(leg.id)
                if told is not None and told.alighted_at is None:
                    self._note(now, leg.run_id or "", leg.id, "not_performed", 1)

    def _held_to(self, run: Run, visit: Visit, at: datetime, now: datetime) -> None:
        told = self._told.get(visit.leg_id or "")
        if told is None:
            return
        window = told.pickup if visit.kind is VisitKind.PICKUP else told.dropoff
        outside = max(at - window.latest, window.earliest - at)
        self._note(now, run.id, visit.leg_id or "", "outside_the_promise", round(outside.total_seconds()))

    def _note(self, seen_at: datetime, run_id: str, leg_id: str, kind: str, amount: int) -> None:
        if amount > 0:
            self.breaches.append(Breach(seen_at, run_id, leg_id, kind, amount))
