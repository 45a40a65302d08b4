"""A service day as it might go on a bad day, from one seed: several people act at once, some crash, drivers report late and out of order,
and after every commit all invariants are asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from unittest import mock
from zoneinfo import ZoneInfo

from mobility.actions import context as context_module
from mobility.actions.context import Context
from mobility.actions.look_at_all import StreetWays, look_at_all
from mobility.actions.open_runs import open_runs
from mobility.domain.accounts import Actor as Who
from mobility.domain.accounts import Role
from mobility.domain.service_days import at
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from mobility.integrity.inspecting import Inspector
from mobility.integrity.looks import Look
from mobility.store.interface import Store
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, CountyFiles
from tests.integrity.small_county import open_small_county
from tests.integrity.stage import Actor, CrashError, Stage, StagedStore

SPECIAL = (
    date(2026, 10, 24),  # the night in which an hour comes twice
    date(2026, 10, 25),
    date(2027, 3, 27),  # the night in which one is left out
    date(2027, 3, 28),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2028, 2, 28),
    date(2028, 2, 29),
)
EXPECTED = (ConflictError, NotFoundError, NotAllowedError, InvalidInputError, CrashError)
"""What somebody may hear because another was quicker, or may not hear because he is gone. All else is a defect."""
Act = Callable[[], object]


class BrokenError(AssertionError):
    """An invariant does not hold, or an action answered what it must not; stops the day."""


@dataclass
class ServiceDay:
    """The stage, the county and what has happened so far."""

    seed: int
    files: CountyFiles
    inner: Store = field(default_factory=MemoryStore)
    is_busy: bool = False
    random: Random = field(init=False)
    now: datetime = field(init=False)
    context: Context = field(init=False)
    done: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    steps: int = 0
    commits: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        anywhere = date(2026, 6, 1) + timedelta(days=self.random.randrange(390))
        self.day = self.random.choice(SPECIAL) if self.random.random() < 0.4 else anywhere
        self.is_night = self.random.random() < (0.7 if self.day in SPECIAL else 0.2)
        self.now = at(self.day, (20 if self.is_night else 6) * 3600, ZoneInfo("Europe/Berlin"))
        self.ends = self.now + timedelta(hours=9 if self.is_night else 7.5)
        busy = self.random.random() < 1 / 3
        self.pace_s = 330 if busy or self.is_busy else 960
        self.stage = Stage(self.random)
        self.context = open_small_county(StagedStore(self.inner, self.stage), self.files, self.day, lambda: self.now)
        self.desk = Who("a-desk", AGENCY, Role.DISPATCHER)
        self.inspector = Inspector(self._ways())
        self.seen = self.look()

    def _ways(self) -> StreetWays:
        with self.inner.transaction() as tx:
            return StreetWays(self.context.network(tx, self.desk), ZoneInfo("Europe/Berlin"))

    def look(self) -> Look:
        """Everything there is, past the stage."""
        return look_at_all(replace(self.context, store=self.inner), AGENCY, [self.day])

    def inspect(self) -> None:
        """Look, and ask every invariant."""
        self.commits += 1
        self.seen = self.look()
        self.complain(str(finding) for finding in self.inspector.findings(self.seen))

    def complain(self, findings: Iterator[str] | list[str]) -> None:
        """Stop when there is anything to complain about."""
        found = list(findings)
        if found:
            raise BrokenError("\n".join(found[:5]))

    def play(self, acts: list[tuple[str, Act]]) -> list[object]:
        """Several at once; one of them may crash. Their answers, which may be errors."""
        actors = [Actor(act) for _, act in acts]
        if self.random.random() < 0.15:
            self.random.choice(actors).crash_at = self.random.randint(1, 25)
        self.log.append(f"{self.now:%d %H:%M} at once: {', '.join(name for name, _ in acts)}")
        self.stage.play(actors, self.inspect)
        for (name, _), actor in zip(acts, actors, strict=True):
            answer = actor.answer
            told = type(answer).__name__ if isinstance(answer, BaseException) else "done"
            self.done[f"{name} {told}"] += 1
            self.log.append(f"{self.now:%d %H:%M} {name} {told} {actor.statements}")
            if isinstance(answer, BaseException) and not isinstance(answer, EXPECTED):
                raise BrokenError(f"{name}: {answer!r}") from answer
        return [actor.answer for actor in actors]

    def run(self) -> None:
        """From the first call to the last ride.

        Raises:
            BrokenError: something does not hold.
        """
        from tests.integrity.people_acting import People

        with seeded_ids(self.random):
            open_runs(self.context, AGENCY, self.day)
            self.inspect()
            people = People(self)
            while self.now < self.ends:
                self.steps += 1
                self.now += timedelta(seconds=self.random.randrange(30, self.pace_s))
                acts = [act for act in (people.act() for _ in range(self.random.choice((1, 1, 2, 3)))) if act is not None]
                if acts:
                    people.heard(acts, self.play([(name, act) for name, act, _ in acts]))
            people.settle_everything()


@contextmanager
def seeded_ids(random: Random) -> Iterator[None]:
    """Ids are random on purpose; here they come from the seed, so that a day can be played again."""
    drawn = Random(random.random())

    class _Secrets:
        @staticmethod
        def token_hex(size: int) -> str:
            return drawn.randbytes(size).hex()

    with mock.patch.object(context_module, "secrets", _Secrets):
        yield
