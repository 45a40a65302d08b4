"""From the threads' pools of routes to a choice among them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from routing.dialaride import ruin_lines as kernel
from routing.dialaride.partition import Columns, Limits, choose
from routing.dialaride.ruining import Packed

if TYPE_CHECKING:
    from routing.dialaride.hybrid import Found, Worker


def choose_routes(packed: Packed, workers: list[Worker], found: Found, seconds: float) -> list[list[int]] | None:
    """Sequences of a better plan made of known routes, or None."""
    problem = packed.problem
    routes: dict[int, tuple[int, int, list[int]]] = {}
    for worker in workers:
        with worker.lock:
            slots = np.flatnonzero(worker.search.pool[:, 0])
            rows = worker.search.pool[slots].tolist()
            nodes = worker.search.pool_nodes[slots].tolist()
        for (mark, cost, vehicle, count, _), sequence in zip(rows, nodes, strict=True):
            if mark not in routes or cost < routes[mark][0]:
                routes[mark] = cost, vehicle, sequence[:count]
    if not routes:
        return None
    known = list(routes.values())
    classes = problem.vehicles[:, kernel.CLASS]
    pickups = problem.nodes[:, kernel.KIND] == 1
    numbers = problem.nodes[:, kernel.REQUEST]
    rides = [[int(numbers[n]) for n in sequence if pickups[n] and numbers[n] >= 0] for _, _, sequence in known]
    idle = idle_costs(packed)
    costs = np.array([cost - idle[vehicle] for cost, vehicle, _ in known])
    columns = Columns(costs, np.array([classes[vehicle] for _, vehicle, _ in known]), rides)
    beat = found.cost - sum(idle)
    chosen = choose(columns, Limits(dict(Counter(classes.tolist())), problem.prices.tolist(), beat, seconds))
    return None if chosen is None else _lay(packed, [known[index] for index in chosen])


def idle_costs(packed: Packed) -> list[int]:
    """Cost of every vehicle without the rides that may move."""
    from routing.dialaride.hybrid import adopt, new_search  # noqa: PLC0415

    search = new_search(packed, 0)
    numbers = packed.problem.nodes[:, kernel.REQUEST]
    adopt(packed.problem, search, [[n for n in nodes if numbers[n] < 0] for nodes in packed.sequences])
    return [int(cost) for cost in search.facts[:, kernel.COST]]


def _lay(packed: Packed, chosen: list[tuple[int, int, list[int]]]) -> list[list[int]]:
    """One sequence per vehicle: chosen routes on vehicles of their class, the others without rides."""
    classes = packed.problem.vehicles[:, kernel.CLASS].tolist()
    numbers = packed.problem.nodes[:, kernel.REQUEST]
    skeletons = [[node for node in nodes if numbers[node] < 0] for nodes in packed.sequences]
    free: dict[int, list[int]] = {}
    for vehicle, kind in enumerate(classes):
        free.setdefault(kind, []).append(vehicle)
    for _, vehicle, sequence in chosen:
        target = free[classes[vehicle]].pop(0)
        inner = [node for node in sequence if numbers[node] >= 0]
        skeletons[target] = [skeletons[target][0], *inner, skeletons[target][-1]] if target != vehicle else sequence
    return skeletons
