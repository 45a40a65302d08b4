"""As few vehicles as possible, then as short as possible: pickups and deliveries after Li & Lim.

One vehicle after the other is taken away. Its rides wait outside and are put in wherever others can be moved, those first that have
waited longest (absence counters, Christiaens & Vanden Berghe 2020), now and then in place of others (``ruin_ejecting.py``); when all are in,
the next vehicle goes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from routing.dialaride import ruin_lines as kernel
from routing.dialaride.hybrid import FIRST_STEPS, SLICE_SECONDS, Effort, Found, Hybrid, Tuning, adopt, best_of, new_search
from routing.dialaride.instances import SCALE, Instance, as_problem
from routing.dialaride.problem import Objective, Request, Route
from routing.dialaride.ruin_kernel import run
from routing.dialaride.ruining import Packed, pack, unpack
from routing.travel import Matrix

Tell = Callable[[float, str], None]
FLEET_SHARE = 0.5
"""Share of the effort that may go into taking vehicles away."""

EJECTED = 0.02, 0.002
"""Share of the steps that put a waiting ride in for others, of one thread and the next: what takes long where lines are long."""

SHRINKING = Tuning(hot=0.1, removed=8.0, related=0.3)
SHORTENING = Tuning(hot=0.4, cold=0.01)


@dataclass(slots=True)
class Shrunk:
    """The plan with the fewest vehicles so far, shared by all threads."""

    sequences: list[list[int]]
    vehicles: int
    lock: threading.Lock = field(default_factory=threading.Lock)


def solve(instance: Instance, effort: Effort, tell: Tell | None = None) -> list[Route]:
    """Routes with as few vehicles as found, then as short as found; rides are missing if none was found for all."""
    share = _Share(effort, effort.clock(), tell)
    matrix, routes, requests, objective = as_problem(instance)
    packed = pack(matrix, routes, requests, objective)
    first = _begin(packed, effort, share)
    plan = _used(unpack(packed, first.sequences))
    if first.absent:
        return plan
    plan = _shrink(matrix, plan, requests, objective, share)
    packed = pack(matrix, plan, requests, objective)
    rest = replace(effort.less(effort.clock() - share.began), steps=share.left())

    def watch(_: float, found: Found) -> None:
        share.say(f"{len(plan)} vehicles, distance {found.cost / SCALE:.2f}")

    return _used(unpack(packed, Hybrid(packed, rest, SHORTENING, watch).solve().sequences))


def _begin(packed: Packed, effort: Effort, share: _Share) -> Found:
    """A plan that serves everybody, whatever it costs: as few steps as possible."""
    steps = 1
    while True:
        left = effort.less(effort.clock() - share.began)
        found = Hybrid(packed, replace(left, steps=steps, threads=1)).solve()
        share.steps += steps
        if not found.absent or share.is_spent():
            return found
        steps *= 4


def _used(routes: Sequence[Route]) -> list[Route]:
    return [route for route in routes if len(route.visits) > 2]


@dataclass(slots=True)
class _Share:
    """The part of an effort that goes into taking vehicles away: by time, or by steps where those are limited."""

    effort: Effort
    began: float
    tell: Tell | None = None
    steps: int = 0

    def is_spent(self) -> bool:
        if self.effort.steps is not None and self.steps >= self.effort.steps * FLEET_SHARE:
            return True
        return self.effort.clock() - self.began >= self.effort.seconds * FLEET_SHARE

    def left(self) -> int | None:
        return None if self.effort.steps is None else max(1, self.effort.steps - self.steps)

    def say(self, found: str) -> None:
        if self.tell is not None:
            self.tell((self.effort.clock() - self.began) / self.effort.seconds, found)


def _shrink(matrix: Matrix, plan: list[Route], requests: list[Request], objective: Objective, share: _Share) -> list[Route]:
    packed = pack(matrix, plan, requests, objective)
    shrunk = Shrunk(packed.sequences, len(plan))
    threads = [threading.Thread(target=_take_vehicles_away, args=(packed, shrunk, share, k)) for k in range(share.effort.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _used(unpack(packed, shrunk.sequences))


def _take_vehicles_away(packed: Packed, shrunk: Shrunk, share: _Share, number: int) -> None:
    """One thread's search: always one vehicle fewer than the best plan of all threads."""
    search, steps = new_search(packed, share.effort.seed * 1000 + number), FIRST_STEPS
    search.totals[kernel.FLEET] = 1
    goal = 0
    while not share.is_spent() and shrunk.vehicles > 1:
        if goal != shrunk.vehicles - 1:
            with shrunk.lock:
                goal, sequences = shrunk.vehicles - 1, shrunk.sequences
            _close_one(packed, search, sequences)
        began = time.monotonic()
        done = run(packed.problem, search, _knobs(packed, search, EJECTED[number % 2]), steps)
        took = max(1e-6, time.monotonic() - began)
        share.steps += done
        share.say(f"{shrunk.vehicles} vehicles")
        if share.effort.steps is None:  # by what was done: a search that has served everybody ends early
            steps = int(np.clip(done * SLICE_SECONDS / took, FIRST_STEPS, steps * 4))
        if search.totals[kernel.LEAST_ABSENT] == 0:
            with shrunk.lock:
                if goal < shrunk.vehicles:
                    shrunk.sequences, shrunk.vehicles = best_of(search), goal


def _close_one(packed: Packed, search: kernel.Search, sequences: list[list[int]]) -> None:
    """Close the line whose rides have been left out least, and all that are empty; its rides wait outside."""
    requests = packed.problem.nodes[:, kernel.REQUEST]

    def hardship(vehicle: int) -> float:
        rides = {int(requests[node]) for node in sequences[vehicle] if requests[node] >= 0}
        return float(search.absences[list(rides)].sum()) if rides else float("inf")

    gone = min(range(len(sequences)), key=hardship)
    kept = [nodes if vehicle != gone else [nodes[0], nodes[-1]] for vehicle, nodes in enumerate(sequences)]
    search.facts[:, kernel.CLOSED] = [len(nodes) <= 2 for nodes in kept]
    adopt(packed.problem, search, kept)


def _knobs(packed: Packed, search: kernel.Search, ejected: float) -> kernel.Floats:
    """As hot as a share of the mean cost per ride, all the time: it is the rides left out that go down."""
    heat = SHRINKING.hot * search.facts[:, kernel.COST].sum() / max(1, len(packed.problem.ends))
    tuning = SHRINKING
    return np.array([heat, tuning.removed, tuning.string, tuning.related, tuning.blink, 0.0, tuning.swapped, ejected])
