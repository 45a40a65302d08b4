"""All services' answers to one wish, weighed against each other and against the ordinary bus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mobility.domain.lines import LineJourney, Verdict
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind, Reason, Rejection, RideRequest
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.planning.combined_offers import combined_offers
from mobility.planning.combining import Combining
from mobility.planning.holding import without_lapsed_holds
from mobility.planning.link_rides import LinkRides
from mobility.planning.links import NO_LINKS, Links
from mobility.planning.network import Network
from mobility.planning.offering import Candidate, Ends, distinct, find_candidates, find_ends, make_offer
from mobility.planning.ordinary_lines import LineFinder, bookable_lines, ordinary_lines, ordinary_offer, to_the_stop
from mobility.planning.other_times import other_times
from mobility.planning.parallel_rule import Ruling, rule_on, takes_no_line
from mobility.planning.rules import why_no_runs, wished_time
from mobility.planning.searching import Plan, make_plan
from mobility.planning.stations import is_compiled
from routing.dialaride.making_room import Budget

MOST_OFFERS = 5
_MOST_ORDINARY = 2
_MOST_COMBINED = 2
_CLOSENESS = (
    Reason.NO_CAPACITY,
    Reason.ABOVE_CEILING,
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

    def __init__(
        self, reach: Reach, runs: Sequence[Run], now: datetime, links: Links = NO_LINKS, paid: Mapping[str, int] | None = None
    ) -> None:
        """``paid``: cents by leg, of runs whose passengers may pay so much together and no more."""
        self._reach, self._paid = reach, paid or {}
        self._links, self._stations = links, links.places
        self._places = {service.id: ends.places for service, ends in reach.ends}
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
            if (plan := self._plan(service)) is not None
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
            plan = self._plan(service)
            no_runs = why_no_runs(service, request, self._now)
            found = no_runs if plan is None else find_candidates(service, plan, ends, request, moving)
            if isinstance(found, Reason):
                reasons.append(found)
            else:
                candidates.extend(found)
        answer = self._weigh(candidates, list(shown.values())[:_MOST_ORDINARY], reasons)
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
            plan = self._make_plan(service, ends.places) if isinstance(ends, Ends) else None
            if plan is None or not isinstance(ends, Ends):
                continue
            found = find_candidates(service, plan, replace(ends, least_m=0), wish, moving)
            if not isinstance(found, Reason):
                return [(line, replace(found[0], kind=OfferKind.RIDE_TO_LINE))]
        return []

    def _plan(self, service: Service) -> Plan | None:
        if service.id not in self._plans:
            places = [*self._places.get(service.id, ()), *self._stations.get(service.id, ())]
            self._plans[service.id] = self._make_plan(service, [*dict.fromkeys(places)])
        return self._plans[service.id]

    def _make_plan(self, service: Service, places: Sequence[Place]) -> Plan | None:
        network = self._reach.network
        own = (run for run in self._runs if run.service_id == service.id)
        runs = [without_lapsed_holds(run, service, network.travel, self._now) for run in own]
        return (
            replace(make_plan(runs, {service.id: service}, network.travel, self._now, places), paid=self._paid) if runs else None
        )

    def combine(self, request: RideRequest, answer: Answer) -> Answer:
        """The answer with what rides and timetable can do together, as far as nothing in it is better."""
        found, network, finder = self._links.found, self._reach.network, self._reach.finder
        if found is None or finder is None or takes_no_line(request.needs) or not is_compiled():
            return answer
        found.follow(network.live)
        rides = LinkRides(finder, request, self._now, self._plan)
        direct = [offer for offer in answer.offers if offer.kind is OfferKind.RIDE]
        best = Combining(self._links, network, request, rides, direct).answer()
        more = combined_offers(best, answer.offers, found.feed, request, _MOST_COMBINED)
        if answer.rejection is not None:  # who has asked for a ride and is told of a bus has been told no all the same
            more = [offer for offer in more if offer.kind is OfferKind.JOURNEY]
            full = (
                answer.rejection if answer.rejection.reason is Reason.NO_CAPACITY else None
            )  # one may wait for a place all the same
            return Answer(tuple(more), full, "rides and timetable together") if more else answer
        kept = answer.offers[: MOST_OFFERS - len(more)]
        return replace(answer, offers=tuple(sorted((*kept, *more), key=lambda offer: offer.pickup_window.earliest)))

    def _weigh(self, candidates: Sequence[Candidate], ordinary: Sequence[LineJourney], reasons: Sequence[Reason]) -> Answer:
        chosen = distinct(candidates, MOST_OFFERS - len(ordinary))
        offers = [make_offer(candidate, "", self._now) for candidate in chosen]
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
