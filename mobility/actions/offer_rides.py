"""A resident asks for a ride and gets concrete offers, or a "no" with a reason and the nearest thing that would work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.actions.book_for_others import consent_to_book
from mobility.actions.context import Context, new_id
from mobility.actions.open_runs import list_or_open_runs
from mobility.actions.wished_company import wished_company
from mobility.domain.accounts import Actor, Role, system_actor
from mobility.domain.requests import Alternative, Decision, Reason, Rejection, RideRequest
from mobility.domain.runs import Run
from mobility.domain.services import ParallelRule, Service
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.planning.access import stop_index
from mobility.planning.answering import Answer, DaySearch, Reach
from mobility.planning.links import NO_LINKS, find_links
from mobility.planning.rules import openings, wished_time
from mobility.store.visibility import Noun, scope, shown

_ASKS = (Role.RIDER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_TIMES_TRIED = 3
"""Of the times that would work by the runs: for each the services' other rules are asked."""
_SETS_OUT_BEFORE, _NIGHT_ENDS_H = timedelta(hours=1), 5
_HORIZON = timedelta(days=400)


class Searches:
    """Searches of one request by service day, each made when first needed."""

    def __init__(
        self, context: Context, actor: Actor, request: RideRequest, now: datetime, *, called: bool = False, combines: bool = False
    ) -> None:
        self._context, self._agency_id = context, actor.agency_id
        self.now = now
        with context.store.transaction() as tx:
            network = context.network(tx, actor)
            services = tx.list_services(system_actor(actor.agency_id))
        services = [_when_called(service) for service in services] if called else services
        self.reach = Reach.of(services, network, request)
        self._links = find_links(services, network, request) if combines else NO_LINKS
        self._zone = ZoneInfo(next((service.timezone for service in services), "Europe/Berlin"))
        self._by_days: dict[tuple[date, ...], DaySearch] = {}

    def answer(self, request: RideRequest, *, may_move: bool = False) -> Answer:
        """The answer to the same wish at this request's time."""
        return self._day(request).answer(request, may_move=may_move)

    def combine(self, request: RideRequest, answer: Answer) -> Answer:
        """The answer with journeys by ride and timetable together."""
        return self._day(request).combine(request, answer)

    def other_times(self, request: RideRequest) -> list[datetime]:
        """Times of the same day that could be wished for instead, nearest first."""
        return self._day(request).other_times(request)

    def _day(self, request: RideRequest) -> DaySearch:
        days = self._service_days(request)
        if days not in self._by_days:
            runs = [run for day in days for run in list_or_open_runs(self._context, self._agency_id, day, self.reach.services)]
            self._by_days[days] = DaySearch(self.reach, runs, self.now, self._links, self._paid(runs))
        return self._by_days[days]

    def _paid(self, runs: Sequence[Run]) -> dict[str, int]:
        """What passengers pay on runs on which they may pay so much together and no more."""
        legs = {leg_id for run in runs if run.ceiling_cents_per_km is not None for leg_id in run.leg_ids}
        if not legs:
            return {}
        with self._context.store.transaction() as tx:
            bookings = tx.list_bookings_of_legs(system_actor(self._agency_id), legs)
        return {leg.id: leg.price_cents for booking in bookings for leg in booking.legs}

    def _service_days(self, request: RideRequest) -> tuple[date, ...]:
        """The service day of the wish, and the one before while its night is not over when the ride begins."""
        wished = wished_time(request).astimezone(self._zone)
        begins = wished - _SETS_OUT_BEFORE if request.arrive_by is not None else wished
        first = begins.date() - timedelta(days=begins.hour < _NIGHT_ENDS_H)
        return tuple(first + timedelta(days=ahead) for ahead in range((wished.date() - first).days + 1))


def offer_rides(context: Context, actor: Actor, request: RideRequest, *, combines: bool = False) -> Decision:
    """Answer a request. The decision is stored, and handed out as the actor may see it; nothing is held. ``combines``: also by trains and buses with rides to them and from them.

    Raises:
        InvalidInputError: the request cannot be read as a wish for a ride.
        NotAllowedError: a rider asks for somebody who has not agreed, or a role that does not ask.
        UnavailableError: no streets imported yet.
    """
    decision = consider_rides(context, actor, request, suggests=True, combines=combines)
    with context.store.transaction() as tx:
        tx.add_decision(decision)
    return shown(decision, scope(actor, Noun.DECISION))


def consider_rides(
    context: Context,
    actor: Actor,
    request: RideRequest,
    *,
    called: bool = False,
    suggests: bool = False,
    combines: bool = False,
) -> Decision:
    """As :func:`offer_rides`, but the decision is not stored: whoever goes on with it stores it. ``called``: for an open return, which
    was announced when it was booked. ``suggests``: with a "no", what would work instead; for whoever reads it.
    """
    now = context.clock()
    _check(actor, request, now)
    request = _as_rider(context, actor, request)
    searches = Searches(context, actor, request, now, called=called, combines=combines)
    answer = searches.answer(request, may_move=True)
    answer = searches.combine(request, answer) if combines else answer
    rejection = answer.rejection
    if rejection is not None and suggests:
        rejection = replace(rejection, alternatives=_what_would_work(searches, request, rejection.reason))
    return decision_of(context, actor, request, answer, rejection)


def decision_of(
    context: Context, actor: Actor, request: RideRequest, answer: Answer, rejection: Rejection | None = None
) -> Decision:
    """An answer as it is stored: its offers signed."""
    decision_id, now = new_id(), context.clock()
    return Decision(
        id=decision_id,
        agency_id=actor.agency_id,
        made_at=now,
        expires_at=now + timedelta(seconds=context.offer_seconds),
        request=replace(request, company=None),
        offers=tuple(replace(offer, id=context.sign(f"{decision_id}.{n}")) for n, offer in enumerate(answer.offers)),
        rejection=rejection,
        rule=answer.rule,
        made_by=actor.account_id,
    )


def _when_called(service: Service) -> Service:
    """The way back was agreed with the way there: no line that runs by now takes it away."""
    rules = service.booking
    booking = replace(rules, min_notice_s=min(rules.min_notice_s, rules.call_notice_s))
    return replace(service, booking=booking, parallel=ParallelRule(0, 0, 0))


def _check(actor: Actor, request: RideRequest, now: datetime) -> None:
    if actor.role not in _ASKS:
        raise NotAllowedError(f"the role {actor.role.value} does not ask for rides")
    if (request.depart_after is None) == (request.arrive_by is None):
        raise InvalidInputError(Problem("depart_after", "give exactly one of depart_after and arrive_by", "remove or add one"))
    if not request.party.assists_somebody:
        raise InvalidInputError(Problem("party.assistants", "is more than can help somebody", "one for each person, on a seat"))
    if not request.party.describes_no_stranger:
        raise InvalidInputError(
            Problem("party.fellows", "describes more people than travel along", "one for each of them at most")
        )
    if abs(wished_time(request) - now) > _HORIZON:
        raise InvalidInputError(Problem("depart_after", "the time is more than 400 days away", "check the year"))
    if actor.role is Role.RIDER and request.rider_id is None and actor.rider_id is None:
        raise InvalidInputError(Problem("rider_id", "is missing", "name a rider who agrees that you book"))


def _as_rider(context: Context, actor: Actor, request: RideRequest) -> RideRequest:
    """The request with what is known of the rider joined in."""
    rider_id = request.rider_id or (actor.rider_id if actor.role is Role.RIDER else None)
    if rider_id is None:
        return request
    with context.store.transaction() as tx:
        consent_to_book(context, tx, actor, rider_id, None)
        tx.get_rider(actor, rider_id)
        rider = tx.get_rider(system_actor(actor.agency_id), rider_id)
        company = wished_company(tx, actor.agency_id, rider_id)
    limits = [limit for limit in (request.max_walk_m, rider.max_walk_m) if limit is not None]
    return replace(
        request,
        rider_id=rider_id,
        needs=request.needs | rider.needs,
        groups=rider.groups,
        max_walk_m=min(limits, default=None),
        company=company,
    )


def _what_would_work(searches: Searches, request: RideRequest, reason: Reason) -> tuple[Alternative, ...]:
    """The nearest time or stop at which a ride is possible, and whom to ring."""
    found: list[Alternative] = []
    if reason in (Reason.NO_CAPACITY, Reason.TOO_LATE, Reason.NOT_OPEN, Reason.TOO_EARLY):
        found += _another_time(searches, request)
    if reason in (Reason.OUTSIDE_AREA, Reason.TOO_FAR_TO_WALK):
        found += _another_stop(searches.reach, request)
    numbers = dict.fromkeys((service.carrier.name, service.carrier.telephone) for service in searches.reach.services)
    found += [Alternative("telephone", f"{name}: {number}") for name, number in list(numbers)[:2]]
    return tuple(found)


def _another_time(searches: Searches, request: RideRequest) -> list[Alternative]:
    """The nearest time of the day that the runs as they stand allow, else the same time a day or two later, else the next opening."""
    moved = [_at(request, moment) for moment in searches.other_times(request)[:_TIMES_TRIED]]
    after = max(wished_time(request), searches.now)
    moved += [_at(request, after + timedelta(days=days)) for days in (1, 2)]
    moved += [replace(request, depart_after=start, arrive_by=None) for start in _next_openings(searches, request)]
    for other in moved:
        offers = searches.answer(other).offers
        if offers:
            return [Alternative("time", "a ride is possible at another time", depart_after=offers[0].pickup_window.earliest)]
    return []


def _at(request: RideRequest, moment: datetime) -> RideRequest:
    """The same wish at another time."""
    return replace(request, depart_after=moment) if request.depart_after is not None else replace(request, arrive_by=moment)


def _next_openings(searches: Searches, request: RideRequest) -> list[datetime]:
    """The next three times at which a service that could serve this rider begins its day."""
    after = max(wished_time(request), searches.now)
    days = [after.date() + timedelta(days=ahead) for ahead in range(5)]
    starts = {o.earliest for service, _ in searches.reach.ends for day in days for o in openings(service, day)}
    return sorted(start for start in starts if start > after)[:3]


def _another_stop(reach: Reach, request: RideRequest) -> list[Alternative]:
    stops = [
        stop
        for service in reach.services
        for end in (request.origin, request.destination)
        if (stop := stop_index(service, reach.network).nearest(end)) is not None
    ]
    return [Alternative("stop", stop.name, place=stop) for stop in dict.fromkeys(stops)][:2]
