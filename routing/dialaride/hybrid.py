"""The hybrid search: ruin and recreate on several threads feeds a pool of routes, of which OR-Tools chooses the best set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from routing.dialaride import ruin_lines as kernel
from routing.dialaride.ruin_kernel import run
from routing.dialaride.ruining import Packed

POOL = 2**14
"""Room for routes in a thread's pool, none longer than ``WIDEST`` visits."""

WIDEST = 256
FIRST_STEPS, SLICES, SLICE_SECONDS = 20, 100, 0.05
"""Steps of a thread's first slice; slices of a limited number of steps; how long a slice should take."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: seconds at most by the clock (wall time, unless another is given), steps at most (None: no limit), threads,
    seed.
    """

    seconds: float
    steps: int | None = None
    threads: int = 1
    seed: int = 0
    clock: Callable[[], float] = time.monotonic

    def less(self, seconds: float) -> Effort:
        """What is left of it after so many seconds."""
        return replace(self, seconds=max(0.05 * self.seconds, self.seconds - seconds))


@dataclass(frozen=True, slots=True)
class Tuning:
    """What the search is tuned by. Heats are shares of the mean cost per ride: each thread cools from ``hot`` to ``cold`` in the first
    share ``alone`` of its effort; then ``rounds`` times from ``warm``, from the best plan that can be chosen from all routes known.
    ``shares`` times in the second half whoever is behind goes on from the best plan of all threads.
    """

    hot: float = 0.5
    cold: float = 0.03
    removed: float = 5.0
    string: float = 10.0
    related: float = 0.2
    blink: float = 0.02
    keep: float = 1.02
    swapped: float = 0.1
    shares: int = 10
    alone: float = 0.9
    rounds: int = 1
    warm: float = 0.08
    choice_share: float = 0.05


@dataclass(slots=True)
class Worker:
    """One thread's search, and the lock held while it runs."""

    search: kernel.Search
    lock: threading.Lock = field(default_factory=threading.Lock)
    steps: int = 0


@dataclass(slots=True)
class Found:
    """The best plan of all threads: sequences of nodes, its cost, rides left out."""

    sequences: list[list[int]]
    cost: int
    absent: int
    lock: threading.Lock = field(default_factory=threading.Lock)


def new_search(packed: Packed, seed: int) -> kernel.Search:
    """Room for one thread's search, begun with the routes as they come."""
    problem = packed.problem
    vehicles, rides = len(problem.vehicles), len(problem.ends)
    length = max((len(nodes) for nodes in packed.sequences), default=2) + 2 * rides
    width = kernel.ABOARD + problem.nodes.shape[1] - kernel.LOADS
    lines = (vehicles, length, width)
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
    search = kernel.Search(
        lines=np.zeros(lines, np.int64),
        saved=np.zeros(lines, np.int64),
        facts=np.zeros((vehicles, 7), np.int64),
        saved_facts=np.zeros((vehicles, 7), np.int64),
        carrier=np.full(rides, -1, np.int64),
        saved_carrier=np.full(rides, -1, np.int64),
        places=np.zeros(len(problem.nodes), np.int64),
        best=np.zeros(lines[:2], np.int32),
        best_counts=np.zeros(vehicles, np.int64),
        removed=np.zeros(rides, np.int64),
        work=np.zeros((length + 2, 6), np.int64),
        absences=np.ones(rides, np.int64),
        known=np.zeros((rides, vehicles, 4), np.int64),
        memory=np.zeros((memory_size(rides, vehicles), 4), np.int64),
        pool=np.zeros((POOL, 5), np.int64),
        pool_nodes=np.zeros((POOL, min(length, WIDEST)), np.int32),
        totals=np.zeros(6, np.int64),
        random=state.astype(np.uint64),
    )
    adopt(problem, search, packed.sequences)
    return search


def memory_size(rides: int, vehicles: int) -> int:
    """A power of two: room for the places of rides on lines that come again."""
    return 1 << min(18, max(8, (64 * rides * vehicles).bit_length()))


def adopt(problem: kernel.Problem, search: kernel.Search, sequences: Sequence[Sequence[int]]) -> None:
    """Go on from the given sequences."""
    for vehicle, nodes in enumerate(sequences):
        search.best[vehicle, : len(nodes)] = nodes
        search.best_counts[vehicle] = len(nodes)
    run(problem, search, np.zeros(kernel.EJECTED + 1), 0)


def best_of(search: kernel.Search) -> list[list[int]]:
    """The search's best sequences."""
    return [search.best[vehicle, :count].tolist() for vehicle, count in enumerate(search.best_counts)]


Watch = Callable[[float, Found], None]
"""Told after every slice of the first thread: share of the effort that is spent, the best plan so far."""


class Hybrid:
    """One run over a packed problem."""

    def __init__(self, packed: Packed, effort: Effort, tuning: Tuning | None = None, watch: Watch | None = None) -> None:
        self.packed, self.effort, self.tuning, self.watch = packed, effort, tuning or Tuning(), watch
        self.workers = [Worker(new_search(packed, effort.seed * 1000 + k)) for k in range(effort.threads)]
        totals = self.workers[0].search.totals
        self.found = Found(packed.sequences, int(totals[kernel.LEAST]), int(totals[kernel.LEAST_ABSENT]))
        self.began = effort.clock()
        self.errors: list[BaseException] = []

    def solve(self) -> Found:
        """Search until the effort is spent."""
        self.began = self.effort.clock()
        threads = [threading.Thread(target=self._guarded, args=(number,)) for number in range(1, len(self.workers))]
        for thread in threads:
            thread.start()
        self._guarded(0)
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]
        return self.found

    def _guarded(self, number: int) -> None:
        try:
            self._work(number)
        except BaseException as error:  # noqa: BLE001  (handed on by solve)
            self.errors.append(error)

    def _spent(self, worker: Worker) -> float:
        """Share of the effort; a limit of steps alone decides as long as there is time, so that the answer can be repeated."""
        share = (self.effort.clock() - self.began) / max(1e-9, self.effort.seconds)
        if self.effort.steps is None or share >= 1:
            return share
        return worker.steps / self.effort.steps

    def _work(self, number: int) -> None:
        worker, rounds, shares = self.workers[number], 0, 0
        steps = FIRST_STEPS if self.effort.steps is None else max(1, self.effort.steps // SLICES)
        while (spent := self._spent(worker)) < 1.0 and not self.errors:
            if self._round(spent)[0] > rounds:
                rounds = self._round(spent)[0]
                if number == 0:
                    self._choose(worker)
                self._learn(worker)
            if (2 * spent - 1) * (self.tuning.shares + 1) >= shares + 1:
                shares = int((2 * spent - 1) * (self.tuning.shares + 1))
                self._learn(worker)
            if self.effort.steps is not None:
                steps = min(steps, self.effort.steps - worker.steps)
            took = self._run(worker, self._knobs(worker, spent), steps)
            if self.effort.steps is None:
                steps = int(np.clip(steps * SLICE_SECONDS / took, steps / 4 + 1, steps * 4))
            self._report(worker)
            if number == 0 and self.watch is not None:
                self.watch(spent, self.found)

    def _round(self, spent: float) -> tuple[int, float]:
        """Number of the round when that share of the effort is spent (0: each thread alone), and the share of the round."""
        tuning = self.tuning
        if spent < tuning.alone or not tuning.rounds:
            return 0, spent / (tuning.alone if tuning.rounds else 1.0)
        done, share = divmod((spent - tuning.alone) / (1 - tuning.alone) * tuning.rounds, 1.0)
        return 1 + int(done), share

    def _knobs(self, worker: Worker, spent: float) -> kernel.Floats:
        """The kernel's knobs when that share of the effort is spent: every round cools geometrically."""
        prices, totals, tuning = self.packed.problem.prices, worker.search.totals, self.tuning
        served = totals[kernel.LEAST] - (prices[0] * totals[kernel.LEAST_ABSENT] if len(prices) else 0)
        number, share = self._round(spent)
        hot = tuning.warm if number else tuning.hot
        heat = hot * (tuning.cold / hot) ** share * max(0, served) / max(1, len(prices))
        return np.array([heat, tuning.removed, tuning.string, tuning.related, tuning.blink, tuning.keep, tuning.swapped, 0.0])

    def _run(self, worker: Worker, knobs: kernel.Floats, steps: int) -> float:
        """So many steps; the seconds they took."""
        began = time.monotonic()
        with worker.lock:
            run(self.packed.problem, worker.search, knobs, steps)
        worker.steps += steps
        return max(1e-6, time.monotonic() - began)

    def _report(self, worker: Worker) -> None:
        totals = worker.search.totals
        key = int(totals[kernel.LEAST_ABSENT]), int(totals[kernel.LEAST])
        with self.found.lock:
            if key < (self.found.absent, self.found.cost):
                self.found.sequences, self.found.cost, self.found.absent = best_of(worker.search), key[1], key[0]

    def _learn(self, worker: Worker) -> None:
        """Go on from the best plan of all threads, if that is another's."""
        totals = worker.search.totals
        with self.found.lock:
            best, key = self.found.sequences, (self.found.absent, self.found.cost)
        if key < (int(totals[kernel.LEAST_ABSENT]), int(totals[kernel.LEAST])):
            with worker.lock:
                adopt(self.packed.problem, worker.search, best)

    def _choose(self, worker: Worker) -> None:
        """Let OR-Tools choose among the routes in all threads' pools; go on from what it chose, if that is better."""
        from routing.dialaride.pool import choose_routes  # noqa: PLC0415  (OR-Tools, only where it is needed)

        seconds = self.tuning.choice_share * self.effort.seconds / self.tuning.rounds
        chosen = choose_routes(self.packed, self.workers, self.found, seconds)
        if chosen is None:
            return
        with worker.lock:
            adopt(self.packed.problem, worker.search, chosen)
        self._report(worker)
