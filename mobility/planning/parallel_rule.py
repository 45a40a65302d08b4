"""The rule towards parallel lines: whether this rider, for this wish, is sent to an ordinary line, led to its stop, or fetched.

A pure function of the service, the request, the clock and a finder of journeys. It is asked when somebody asks for a ride and never again:
what is booked stands, whatever the timetable says later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from mobility.domain.lines import LineJourney, Verdict
from mobility.domain.requests import RideRequest
from mobility.domain.riders import STAYING_SEATED, Need
from mobility.domain.services import ParallelRule, Service
from mobility.planning.access import WALK_M_PER_S
from mobility.planning.rules import wished_time

MOST_LINES = 2
_DAY_S = 86_400
_WITH_FRAME_M_PER_S, _ROLLING_M_PER_S = 0.6, 0.9
"""With a walking frame in the middle of who gets about outside with difficulty (0.4 to 0.8 m/s: Perry et al., "Classification of walking
handicap in the stroke population", Stroke 26, 1995); in a wheelchair over kerbs and gravel a little slower than on foot."""
_PACES = {
    Need.WALKING_FRAME: _WITH_FRAME_M_PER_S,
    Need.WHEELCHAIR: _ROLLING_M_PER_S,
    Need.FOLDABLE_WHEELCHAIR: _ROLLING_M_PER_S,
}
_LIMITS = dict.fromkeys((Need.DOOR_TO_DOOR, Need.HELP_TO_DOOR, Need.ORIENTATION_HELP), 0)
"""Who must be fetched at the door, or does not find the way alone, walks to no stop, whatever the file says of others."""
_TAKEN_BY_NO_LINE = frozenset({Need.MOBILITY_SCOOTER})
"""Whether a line takes it no feed says; in doubt for the rider."""
_STEP_FREE = STAYING_SEATED | {Need.FOLDABLE_WHEELCHAIR, Need.STEP_FREE}
ESCORT = "with_escort"
"""Whoever travels with an assistant is of this group, for the rule."""


@dataclass(frozen=True, slots=True)
class OnFoot:
    """How one rider gets to a stop: ``limit_m`` at either end at ``m_per_s``; with ``wheelchair`` (and for whoever cannot climb
    steps) only where the feed says that one can board.
    """

    limit_m: int
    m_per_s: float
    wheelchair: bool

    def seconds(self, metres: int) -> int:
        """What so far a walk takes."""
        return round(metres / self.m_per_s)


@dataclass(frozen=True, slots=True)
class Span:
    """When a journey must leave the door (``arrives``: be at the door) to count; both ends do."""

    earliest: datetime
    latest: datetime
    arrives: bool

    def holds(self, journey: LineJourney) -> bool:
        """Whether it does."""
        return self.earliest <= (journey.arrives if self.arrives else journey.leaves) <= self.latest


class JourneyFinder(Protocol):
    """Finds journeys by ordinary lines (never by what must be booked) from door to door that a rule asks for, each trip once."""

    def on_foot(self, request: RideRequest, foot: OnFoot, span: Span, rule: ParallelRule) -> Sequence[LineJourney]: ...

    def by_ride(self, service: Service, request: RideRequest, foot: OnFoot, span: Span) -> Sequence[LineJourney]: ...


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict, and the lines it speaks of, nearest to the wish first."""

    verdict: Verdict
    lines: tuple[LineJourney, ...] = ()


def rule_on(service: Service, request: RideRequest, finder: JourneyFinder, now: datetime) -> Ruling:
    """What the service's rule says of a wish. Whoever is exempt is still told of the line."""
    rule = service.parallel
    if not rule.sends_to_lines or _TAKEN_BY_NO_LINE & request.needs:
        return Ruling(Verdict.FREE)
    foot, exempt = on_foot(rule, request), is_exempt(service, request)
    span = _span(request, rule.before_s, rule.after_s)
    lines = _best(request, [one for one in finder.on_foot(request, foot, span, rule) if span.holds(one) and one.leaves >= now])
    if lines:
        return Ruling(Verdict.EXEMPT if exempt else Verdict.LINE, lines)
    if exempt or not rule.lead_s:
        return Ruling(Verdict.FREE)
    span = _span(request, rule.before_s, rule.lead_s)
    led = _best(request, [one for one in finder.by_ride(service, request, foot, span) if span.holds(one) and one.leaves >= now])
    return Ruling(Verdict.LEAD, led) if led else Ruling(Verdict.FREE)


def on_foot(rule: ParallelRule, request: RideRequest) -> OnFoot:
    """How this rider gets to a line: the least of what the rule expects of anybody, of somebody with these needs, and of what he says."""
    needs = _needs(request)
    own = _own_limit_m(rule, request)
    pace = min((_PACES[need] for need in needs if need in _PACES), default=WALK_M_PER_S)
    return OnFoot(rule.max_walk_m if own is None else min(rule.max_walk_m, own), pace, bool(needs & _STEP_FREE))


def is_step_free(needs: frozenset[Need]) -> bool:
    """Whether only vehicles and stops will do of which the feed says that a wheelchair can board."""
    return bool(needs & _STEP_FREE)


def takes_no_line(needs: frozenset[Need]) -> bool:
    """Whether these needs keep somebody from every line."""
    return bool(needs & _TAKEN_BY_NO_LINE)


def least_ride_m(rule: ParallelRule, request: RideRequest) -> int:
    """Shorter rides are not offered; less for who cannot walk so far, and 0 for who is exempt by a need."""
    if rule.exempt_needs & _needs(request):
        return 0
    own = _own_limit_m(rule, request)
    return rule.min_ride_m if own is None else min(rule.min_ride_m, own)


def is_exempt(service: Service, request: RideRequest) -> bool:
    """Whether lines do not hold for this rider, or at this hour."""
    rule = service.parallel
    groups = request.groups | {ESCORT} if request.party.assistants else request.groups
    is_exempt_person = rule.exempt_needs & _needs(request) or rule.exempt_groups & groups
    return bool(is_exempt_person) or _is_night(rule, wished_time(request), ZoneInfo(service.timezone))


def _is_night(rule: ParallelRule, wished: datetime, zone: ZoneInfo) -> bool:
    """By the clock on the wall, the first moment of the night included and its last not."""
    if rule.night_from_s is None or rule.night_until_s is None:
        return False
    local = wished.astimezone(zone)
    clock_s = local.hour * 3600 + local.minute * 60 + local.second
    return (clock_s - rule.night_from_s) % _DAY_S < (rule.night_until_s - rule.night_from_s) % _DAY_S


def _needs(request: RideRequest) -> frozenset[Need]:
    return request.needs | {Need.WHEELCHAIR} if request.party.wheelchairs else request.needs


def _own_limit_m(rule: ParallelRule, request: RideRequest) -> int | None:
    """What this rider can walk, by the rule's limits for needs and by what is known of the person; None: as far as anybody."""
    needs = _needs(request)
    limits = [limit for need, limit in (*rule.walk_by_need_m, *_LIMITS.items()) if need in needs]
    return min([*limits, *([] if request.max_walk_m is None else [request.max_walk_m])], default=None)


def _span(request: RideRequest, before_s: int, after_s: int) -> Span:
    """Around the wish. Who must be there by a time is served by no line that comes later: the long end lies before it.

    In UTC: times of one zone are compared by the clock on the wall, which shows an hour twice when the clock is put back.
    """
    wished, before, after = wished_time(request).astimezone(UTC), timedelta(seconds=before_s), timedelta(seconds=after_s)
    if request.depart_after is not None:
        return Span(wished - before, wished + after, arrives=False)
    return Span(wished - after, wished, arrives=True)


def _best(request: RideRequest, journeys: Sequence[LineJourney]) -> tuple[LineJourney, ...]:
    """Of each connection the one with the shortest way to the stop and from it; of these the nearest to the wish."""
    wished, leaves = wished_time(request).astimezone(UTC), request.depart_after is not None

    def distance(one: LineJourney) -> tuple[timedelta, int, timedelta]:
        return abs((one.leaves if leaves else one.arrives) - wished), len(one.rides), one.arrives - one.leaves

    shortest: dict[object, LineJourney] = {}
    for one in sorted(journeys, key=lambda one: (one.to_stop_m + one.from_stop_m, distance(one))):
        shortest.setdefault(one.trips, one)
    return tuple(sorted(shortest.values(), key=distance)[:MOST_LINES])
