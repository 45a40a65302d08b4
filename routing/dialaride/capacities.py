"""Alternatives of capacity as linear rules, which a routing model can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.dialaride.problem import Route


@dataclass(frozen=True, slots=True)
class LinearCapacity:
    """Alternatives as linear rules: at most ``each`` of every kind, and the sum weighed by ``weights`` at most ``total``."""

    each: tuple[int, ...]
    weights: tuple[int, ...] = ()
    total: int = 0


def linear_capacity(route: Route) -> LinearCapacity | None:
    """The route's capacities as linear rules: exactly where a wheelchair takes k seats; else the alternative under which the
    riders fit now; None when there is no such.
    """
    options = sorted(set(route.capacities))
    if len(options) == 1:
        return LinearCapacity(options[0])
    if not options:
        return None
    by_second = {option[1]: option[0] for option in options if len(option) == 2}
    if len(by_second) == len(options) and sorted(by_second) == list(range(len(options))):
        seats = by_second[0]
        taken = seats - by_second[1]
        if taken >= 0 and all(by_second[used] == seats - used * taken for used in by_second):
            return LinearCapacity((seats, len(options) - 1), (1, taken), seats)
    loads = _loads(route)
    fitting = [o for o in options if all(amount <= at(o, kind) for load in loads for kind, amount in enumerate(load))]
    return LinearCapacity(max(fitting, key=sum)) if fitting else None


def _loads(route: Route) -> list[list[int]]:
    kinds = max(len(visit.load) for visit in route.visits)
    aboard = [0] * kinds
    loads = []
    for visit in route.visits:
        aboard = [amount + at(visit.load, kind) for kind, amount in enumerate(aboard)]
        loads.append(aboard)
    return loads


def at(amounts: Sequence[int], kind: int) -> int:
    """The amount of a kind; 0 of kinds not mentioned."""
    return amounts[kind] if kind < len(amounts) else 0
