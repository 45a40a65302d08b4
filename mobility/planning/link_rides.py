"""Rides to and from stations, as the runs of a day allow them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mobility.domain.fleet import Acceptance
from mobility.domain.lines import Verdict
from mobility.domain.requests import Offer, Reason, RideRequest, Window
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.planning.links import Link
from mobility.planning.loads import boarding_s
from mobility.planning.offering import find_candidates, make_offer
from mobility.planning.parallel_rule import JourneyFinder, rule_on
from mobility.planning.rules import bookable_windows, is_timetabled
from mobility.planning.searching import Plan, direct
from routing.travel import FOREVER

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LinkRides:
    """Only rides that are certain: a train does not wait until a volunteer has answered."""

    finder: JourneyFinder
    request: RideRequest
    now: datetime
    plan_of: Callable[[Service], Plan | None]

    def quickest_s(self, link: Link) -> int | None:
        """As :class:`mobility.planning.combining.Rides` has it."""
        plan = self.plan_of(link.service)
        if plan is None:
            return None
        ways = [
            (direct(plan, pickup.place, dropoff.place, self.now)[0], pickup.walk_s + dropoff.walk_s)
            for pickup in link.ends.pickups
            for dropoff in link.ends.dropoffs
        ]
        found = [drive + walk for drive, walk in ways if drive < FOREVER]
        return min(found) + boarding_s(link.service, self.request.party, self.request.needs) if found else None

    def spans(self, link: Link, period: Window) -> list[Window]:
        """While the service is open, a certain run is out and, where it keeps a timetable, around its halt at the station."""
        service, plan = link.service, self.plan_of(link.service)
        open_at = bookable_windows(service, period, self.now)
        if plan is None or isinstance(open_at, Reason):
            return []
        out = [span for compiled in plan.runs if _is_certain(compiled.run) for span in _spans(compiled.run, link)]
        ways = [Window(max(a.earliest, b.earliest), min(a.latest + _HOUR, b.latest)) for a in open_at for b in out]
        return [way for way in ways if way.earliest <= way.latest]

    def insert(self, link: Link, wish: RideRequest) -> Offer | None:
        """As :class:`mobility.planning.combining.Rides` has it; where a bus does it, there is none."""
        service, plan = link.service, self.plan_of(link.service)
        if plan is None:
            return None
        if self._goes_a_bus(service, wish):
            return None
        found = find_candidates(service, plan, link.ends, wish)
        if isinstance(found, Reason):
            return None
        certain = (make_offer(one, "", self.now) for one in found if _is_certain(one.fit.run))
        return next((offer for offer in certain if offer.answer_by is None), None)

    def _goes_a_bus(self, service: Service, wish: RideRequest) -> bool:
        """One that can be caught from the train, or that is there before it."""
        ruling = rule_on(service, wish, self.finder, self.now)
        in_time = [line for line in ruling.lines if wish.depart_after is None or line.leaves >= wish.depart_after]
        return ruling.verdict is Verdict.LINE and bool(in_time)


def _is_certain(run: Run) -> bool:
    return run.acceptance is Acceptance.ROSTERED


def _spans(run: Run, link: Link) -> list[Window]:
    if not is_timetabled(link.service):
        return [Window(run.starts_at, run.ends_at)]
    halts = [visit for visit in run.visits if visit.kind is VisitKind.HALT and visit.place.stop_id in link.station.stop_ids]
    return [Window(visit.earliest - _HOUR, visit.latest + _HOUR) for visit in halts]
