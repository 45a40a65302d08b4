"""Count what was asked and what was answered: by reason, village, hour and service; nobody can be picked out of it."""

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
from mobility.errors import InvalidInputError, Problem

K = TypeVar("K", bound=Hashable)

LEAST_SHOWN = 3
"""Fewer than these could be somebody the reader knows."""
FEW = f"<{LEAST_SHOWN}"
HIDDEN = "–"
"""Stands for a figure that would give away one shown as :data:`FEW`."""
LONGEST_DAYS = 92
RIDE, LINE = "ride", "line_instead"
"""What was offered: a ride, or only the bus that goes there anyway."""


@dataclass(frozen=True, slots=True)
class DemandRow:
    """One line of a table, its figures as they may be shown."""

    key: str
    asked: str
    refused: str


@dataclass(frozen=True, slots=True)
class DemandReport:
    """Requests made on the days ``first`` … ``last``. Reasons are values of :class:`mobility.domain.requests.Reason`, or :data:`RIDE`
    and :data:`LINE` for what was offered; hours those of the clock at which the ride was wished; services by name, of the best offer.
    """

    first: date
    last: date
    asked: str
    offered: str
    refused: str
    by_reason: tuple[DemandRow, ...]
    by_village: tuple[DemandRow, ...]
    by_hour: tuple[DemandRow, ...]
    by_service: tuple[DemandRow, ...]


def count_decisions(context: Context, actor: Actor, first: date, last: date) -> DemandReport:
    """The report of a span of days, both included.

    Raises:
        InvalidInputError: it ends before it begins, or is longer than :data:`LONGEST_DAYS`.
    """
    if last < first:
        raise InvalidInputError(Problem("last", "lies before the first day", "swap the two days"))
    if (last - first).days >= LONGEST_DAYS:
        raise InvalidInputError(Problem("last", f"more than {LONGEST_DAYS} days", "choose a shorter span"))
    looking, zone = as_planner(actor), agency_zone(context, actor)
    with context.store.transaction() as tx:
        since, until = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
        decisions = tx.list_decisions(looking, since, until)
        network = find_network(context, tx, looking)
    village = partial(village_of, None if network is None else network.streets)
    return _report(first, last, decisions, zone, lambda decision: village(decision.request.origin))


def _report(
    first: date, last: date, decisions: list[Decision], zone: ZoneInfo, village: Callable[[Decision], str]
) -> DemandReport:
    refused = sum(decision.rejection is not None for decision in decisions)
    asked, offered, refused_shown = _guarded_total(len(decisions), refused)
    return DemandReport(
        first=first,
        last=last,
        asked=asked,
        offered=offered,
        refused=refused_shown,
        by_reason=_rows(decisions, _answer),
        by_village=_rows(decisions, village),
        by_hour=_rows(decisions, lambda decision: f"{_wished(decision).astimezone(zone):%H}", by_size=False),
        by_service=_rows([one for one in decisions if one.offers], lambda decision: decision.offers[0].service_name),
    )


def _answer(decision: Decision) -> str:
    """What came of it, as one word of a closed list."""
    if decision.rejection is not None:
        return decision.rejection.reason.value
    is_ride = any(offer.kind is OfferKind.RIDE for offer in decision.offers)
    return RIDE if is_ride else LINE


def _wished(decision: Decision) -> datetime:
    request = decision.request
    return request.depart_after or request.arrive_by or decision.made_at


def _rows(decisions: Iterable[Decision], key: Callable[[Decision], str], *, by_size: bool = True) -> tuple[DemandRow, ...]:
    asked: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for decision in decisions:
        name = key(decision)
        asked[name] += 1
        refused[name] += decision.rejection is not None
    order = sorted(asked, key=lambda name: (-asked[name], name)) if by_size else sorted(asked)
    asked_shown, refused_shown = guarded(asked), guarded(refused)
    return tuple(DemandRow(name, asked_shown[name], _beside(asked[name], refused[name], refused_shown[name])) for name in order)


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
