"""All services' answers to one wish, weighed against each other and against the ordinary bus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mobility.domain.lines import LineJourney, Verdict
from mobility.domain.requests import Offer, OfferKind, Reason, Rejection, RideRequest
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.planning.holding import without_lapsed_holds
from mobility.planning.network import Network
from mobility.planning.offering import Candidate, Ends, distinct, find_candidates, find_ends, make_offer
from mobility.planning.ordinary_lines import LineFinder, bookable_lines, ordinary_lines, ordinary_offer, to_the_stop
from mobility.planning.other_times import other_times
from mobility.planning.parallel_rule import Ruling, rule_on
from mobility.planning.rules import why_no_runs, wished_time
from mobility.planning.searching import Plan, make_plan
from routing.dialaride.making_room import Budget

MOST_OFFERS = 5
_MOST_ORDINARY = 2
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


@dataclass(frozen=True, slots=True)
class Answer:
    """Offers (their ids still empty) or a rejection (its alternatives still empty), and the rule that decided."""

    offers: tuple[Offer, ...]
    rejection: Rejection | None
    rule: str


@dataclass(frozen=True, slots=True)
class Reach:
    """For one rider and one pair of places: the services that could serve them and where, or why not. Holds for any time."""

    services: Sequence[Service]
    network: Network
    ends: Sequence[tuple[Service, Ends]]
    refusals: Sequence[Reason]
    finder: LineFinder | None

    @classmethod
    def of(cls, services: Sequence[Service], network: Network, request: RideRequest) -> Reach:
        """Look at every service once."""
        found = [(service, find_ends(service, network, request)) for service in services]
        ends = [(service, each) for service, each in found if isinstance(each, Ends)]
        lines = ordinary_lines(network, bookable_lines(services))
        finder = None if lines is None else LineFinder(network, lines)
        return cls(services, network, ends, [each for _, each in found if isinstance(each, Reason)], finder)


class DaySearch:
    """Answers wishes within one day's runs; what was compiled for one time of day serves the next."""

    def __init__(self, reach: Reach, runs: Sequence[Run], now: datetime) -> None:
        self._reach = reach
        self._runs = [run for run in runs if not run.withdrawn]
        self._now = now
        self._plans: dict[str, Plan | None] = {}

    def answer(self, request: RideRequest, *, may_move: bool = False) -> Answer:
        """Offers or a rejection for the reach's rider and places at the request's time; before a "no" for want of room others are
        moved within their promises, if that is asked for.
        """
        answer = self._answer(request, None)
        full = answer.rejection is not None and answer.rejection.reason is Reason.NO_CAPACITY
        return self._answer(request, Budget()) if may_move and full else answer

    def other_times(self, request: RideRequest) -> list[datetime]:
        """Times that could be wished for instead, nearest first: the nearest at which each service could come as runs stand."""
        found = [
            moment
            for service, ends in self._reach.ends
            if (plan := self._plan(service, ends)) is not None
            for moment in other_times(service, plan, ends, request)
        ]
        return sorted(found, key=lambda moment: abs(moment - wished_time(request)))

    def _answer(self, request: RideRequest, moving: Budget | None) -> Answer:
        shown: dict[object, LineJourney] = {}
        candidates: list[Candidate] = []
        reasons = list(self._reach.refusals)
        for service, ends in self._reach.ends:
            ruling = self._ruling(service, request)
            led = self._led(service, request, ruling, moving) if ruling.verdict is Verdict.LEAD else []
            if ruling.verdict is not Verdict.LEAD:
                shown |= {line.trips: line for line in ruling.lines}
            if ruling.verdict is Verdict.LINE or led:
                shown |= {line.trips: line for line, _ in led}
                candidates.extend(candidate for _, candidate in led)
                reasons.append(Reason.ORDINARY_LINE)
                continue
            plan = self._plan(service, ends)
            no_runs = why_no_runs(service, request, self._now)
            found = no_runs if plan is None else find_candidates(service, plan, ends, request, moving)
            if isinstance(found, Reason):
                reasons.append(found)
            else:
                candidates.extend(found)
        answer = self._weigh(request, candidates, list(shown.values())[:_MOST_ORDINARY], reasons)
        return replace(answer, rule="others moved within their promises") if moving and candidates else answer

    def _ruling(self, service: Service, request: RideRequest) -> Ruling:
        finder = self._reach.finder
        return Ruling(Verdict.FREE) if finder is None else rule_on(service, request, finder, self._now)

    def _led(
        self, service: Service, request: RideRequest, ruling: Ruling, moving: Budget | None
    ) -> list[tuple[LineJourney, Candidate]]:
        """A line with a ride to its stop that fits, the first of them; none when no ride fits."""
        for line in ruling.lines:
            wish = to_the_stop(request, line)
            ends = find_ends(service, self._reach.network, wish)
            plan = self._make_plan(service, ends) if isinstance(ends, Ends) else None
            if plan is None or not isinstance(ends, Ends):
                continue
            found = find_candidates(service, plan, replace(ends, least_m=0), wish, moving)
            if not isinstance(found, Reason):
                return [(line, replace(found[0], kind=OfferKind.RIDE_TO_LINE))]
        return []

    def _plan(self, service: Service, ends: Ends) -> Plan | None:
        if service.id not in self._plans:
            self._plans[service.id] = self._make_plan(service, ends)
        return self._plans[service.id]

    def _make_plan(self, service: Service, ends: Ends) -> Plan | None:
        network = self._reach.network
        own = (run for run in self._runs if run.service_id == service.id)
        runs = [without_lapsed_holds(run, service, network.travel, self._now) for run in own]
        return make_plan(runs, {service.id: service}, network.travel, self._now, ends.places) if runs else None

    def _weigh(
        self, request: RideRequest, candidates: Sequence[Candidate], ordinary: Sequence[LineJourney], reasons: Sequence[Reason]
    ) -> Answer:
        chosen = distinct(candidates, MOST_OFFERS - len(ordinary))
        offers = [make_offer(candidate, "", request, self._now) for candidate in chosen]
        offers += [ordinary_offer(line) for line in ordinary]
        if offers:
            rule = "best insertion" if _any_ride(offers) else str(Verdict.LEAD if chosen else Verdict.LINE)
            return Answer(tuple(sorted(offers, key=lambda offer: offer.pickup_window.earliest)), None, rule)
        reason = min(reasons, key=_closeness, default=Reason.NO_SERVICE)
        return Answer((), Rejection(reason, f"closest of {len(self._reach.services)} services"), reason.value)


def _any_ride(offers: Sequence[Offer]) -> bool:
    return any(offer.kind is OfferKind.RIDE for offer in offers)


def _closeness(reason: Reason) -> int:
    """Of several services' reasons the one that came closest to a ride is told."""
    return _CLOSENESS.index(reason) if reason in _CLOSENESS else len(_CLOSENESS)
