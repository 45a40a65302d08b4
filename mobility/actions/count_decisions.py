"""Count what was asked and what was answered: by reason, village, hour and service; nobody can be picked out of it.

Counted are whole calendar months. Spans that overlap, or one that grows from day to day, would let a small figure be reckoned as the
difference of two large ones (differencing; Hundepool et al., "Statistical Disclosure Control", 2012, chapter 4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.local_time import agency_zone
from mobility.actions.look_at_day import as_planner, find_network, village_of
from mobility.domain.accounts import Actor
from mobility.domain.requests import Decision, OfferKind

K = TypeVar("K", bound=Hashable)

LEAST_SHOWN = 3
"""Fewer than these could be somebody the reader knows."""
FEW = f"<{LEAST_SHOWN}"
HIDDEN = "–"
"""Stands for a figure that would give away one shown as :data:`FEW`."""
STEP = 5
"""While a month is still running, figures are told down to the next multiple: from one look to the next nobody can be subtracted."""
RIDE, JOURNEY, LINE, LED = "ride", "with_timetable", "line_instead", "led_to_line"
"""What was offered: a ride; rides and timetable together; only the bus that goes there anyway; or a ride to its stop and the bus."""


Tell = Callable[[Mapping[str, int]], Mapping[str, str]]
"""How counts are shown."""


@dataclass(frozen=True, slots=True)
class DemandRow:
    """One line of a table, its figures as they may be shown."""

    key: str
    asked: str
    refused: str


@dataclass(frozen=True, slots=True)
class DemandReport:
    """Requests made in the month that begins on ``month``; ``running``: it is not over, and figures are told in steps. Reasons are values of :class:`mobility.domain.requests.Reason`, or :data:`RIDE`,
    :data:`JOURNEY`, :data:`LINE` and :data:`LED` for what was offered; by line counted is whoever was sent to one instead of being fetched, ``refused`` of
    those who were offered no ride at all; hours those of the clock at which the ride was wished; services by name, of the best offer.
    """

    month: date
    running: bool
    asked: str
    offered: str
    refused: str
    by_reason: tuple[DemandRow, ...]
    by_village: tuple[DemandRow, ...]
    by_hour: tuple[DemandRow, ...]
    by_service: tuple[DemandRow, ...]
    by_line: tuple[DemandRow, ...]


def count_decisions(context: Context, actor: Actor, month: date) -> DemandReport:
    """The report of the calendar month with the day ``month``."""
    looking, zone = as_planner(actor), agency_zone(context, actor)
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    since, until = (datetime.combine(day, time(), zone) for day in (first, after))
    with context.store.transaction() as tx:
        decisions = tx.list_decisions(looking, since, until)
        network = find_network(context, tx, looking)
    village = partial(village_of, None if network is None else network.streets)
    tell = stepped if context.clock() < until else guarded
    return _report(first, decisions, zone, tell, lambda decision: village(decision.request.origin))


def _report(
    month: date, decisions: list[Decision], zone: ZoneInfo, tell: Tell, village: Callable[[Decision], str]
) -> DemandReport:
    refused = sum(decision.is_refused for decision in decisions)
    running = tell is stepped
    parts = {"asked": len(decisions), "offered": len(decisions) - refused, "refused": refused}
    asked, offered, refused_shown = tuple(stepped(parts).values()) if running else _guarded_total(len(decisions), refused)
    rows = partial(_rows, tell=tell)
    return DemandReport(
        month=month,
        running=running,
        asked=asked,
        offered=offered,
        refused=refused_shown,
        by_reason=rows(decisions, _answer),
        by_village=rows(decisions, village),
        by_hour=rows(decisions, lambda decision: f"{_wished(decision).astimezone(zone):%H}", by_size=False),
        by_service=rows([one for one in decisions if one.offers], lambda decision: decision.offers[0].service_name),
        by_line=_by_line(decisions, tell),
    )


def _by_line(decisions: Iterable[Decision], tell: Tell) -> tuple[DemandRow, ...]:
    """Each decision that sent somebody to a line, once: under the line that leaves first, and the stop where one boards it."""
    rows: list[tuple[str, bool]] = []
    for decision in decisions:
        answer = _answer(decision)
        line = next((offer for offer in decision.offers if offer.kind is OfferKind.ORDINARY_LINE), None)
        if line is not None and answer != RIDE:
            rows.append((f"{line.service_name}, {line.pickup.name}".strip(", "), answer == LINE))
    return _shown(Counter(name for name, _ in rows), Counter(name for name, refused in rows if refused), tell)


def _answer(decision: Decision) -> str:
    """What came of it, as one word of a closed list."""
    if decision.rejection is not None and decision.is_refused:
        return decision.rejection.reason.value
    kinds = {offer.kind for offer in decision.offers}
    if OfferKind.RIDE in kinds:
        return RIDE
    if OfferKind.JOURNEY in kinds:
        return JOURNEY
    return LED if OfferKind.RIDE_TO_LINE in kinds else LINE


def _wished(decision: Decision) -> datetime:
    request = decision.request
    return request.depart_after or request.arrive_by or decision.made_at


def _rows(
    decisions: Iterable[Decision], key: Callable[[Decision], str], *, tell: Tell, by_size: bool = True
) -> tuple[DemandRow, ...]:
    asked: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for decision in decisions:
        name = key(decision)
        asked[name] += 1
        refused[name] += decision.is_refused
    return _shown(asked, refused, tell, by_size=by_size)


def _shown(asked: Counter[str], refused: Counter[str], tell: Tell, *, by_size: bool = True) -> tuple[DemandRow, ...]:
    refused = Counter({name: refused[name] for name in asked})
    asked_shown, refused_shown = tell(asked), tell(refused)
    if tell is stepped:
        order = sorted(asked, key=lambda name: (-(asked[name] // STEP), name)) if by_size else sorted(asked)
        return tuple(DemandRow(name, asked_shown[name], refused_shown[name]) for name in order)
    order = sorted(asked, key=lambda name: (-asked[name], name)) if by_size else sorted(asked)
    return tuple(DemandRow(name, asked_shown[name], _beside(asked[name], refused[name], refused_shown[name])) for name in order)


def stepped(counts: Mapping[K, int]) -> dict[K, str]:
    """Counts as they may be shown while they still grow: down to the next multiple of :data:`STEP`."""
    return {key: f"<{STEP}" if 0 < count < STEP else str(count - count % STEP) for key, count in counts.items()}


def guarded(counts: Mapping[K, int]) -> dict[K, str]:
    """Counts as they may be shown beside their sum: one to :data:`LEAST_SHOWN` − 1 as :data:`FEW`; when only one is hidden, the next
    smallest is hidden too, for the sum would give it away (secondary suppression; Hundepool et al., "Statistical Disclosure Control",
    2012, chapter 4).
    """
    shown = {key: FEW if 0 < count < LEAST_SHOWN else str(count) for key, count in counts.items()}
    hidden = [key for key, text in shown.items() if text == FEW]
    others = sorted((count, str(key), key) for key, count in counts.items() if count >= LEAST_SHOWN)
    if len(hidden) == 1 and others:
        shown[others[0][2]] = HIDDEN
    return shown


def _beside(asked: int, refused: int, shown: str) -> str:
    """Refusals beside their requests: hidden where the difference would be one that may not be shown."""
    return HIDDEN if 0 < asked - refused < LEAST_SHOWN or (0 < asked < LEAST_SHOWN) else shown


def _guarded_total(asked: int, refused: int) -> tuple[str, str, str]:
    """All three, or where a part is too small only how many asked."""
    parts = (asked - refused, refused)
    if any(0 < part < LEAST_SHOWN for part in parts):
        return (FEW if asked < LEAST_SHOWN else str(asked)), HIDDEN, HIDDEN
    return str(asked), str(parts[0]), str(parts[1])
