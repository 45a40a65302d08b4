"""Very many rounds of the contest on a private PostgreSQL that syncs to disk: ``python -m tests.integrity.contests --rounds 1000``.

The last seat: 32 clients want it at the same moment, one gets it. One key: sixteen clients send it at the same moment, it books once, and all hear
the same. Every invariant is asked after every hundredth round.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import psutil
import typer

from mobility.actions.context import new_id
from mobility.domain.bookings import Booking
from mobility.errors import UnavailableError
from mobility.store.embedded import EmbeddedServer
from mobility.store.migrations import migrate
from mobility.store.postgres import PostgresStore
from tests.county import County, county_files_in, open_county
from tests.integrity.last_seat import Contest, at_once

Answers = Sequence[object]


def last_seat(contest: Contest, offers: Sequence[str], _: int) -> Answers:
    """Each with an offer and a key of his own."""
    return at_once([partial(contest.book, offer, new_id()) for offer in offers])


def one_key(contest: Contest, offers: Sequence[str], number: int) -> Answers:
    """All with the same."""
    offer = offers[number % len(offers)]
    return at_once([partial(contest.book, offer, f"key {number}") for _ in offers])


def play(
    contest: Contest, offers: Sequence[str], rounds: int, act: Callable[[Contest, Sequence[str], int], Answers]
) -> Counter[str]:
    """All rounds; how often which answer was given.

    Raises:
        AssertionError: a round had not exactly one booking, or something does not hold.
    """
    told: Counter[str] = Counter()
    for number in range(rounds):
        answers = act(contest, offers, number)
        if act is one_key:  # who was told to come back does
            answers = [contest.book(offers[number % len(offers)], f"key {number}") if _come_back(one) else one for one in answers]
        told.update(type(answer).__name__ for answer in answers)
        winners = [answer for answer in answers if isinstance(answer, Booking)]
        assert len({booking.id for booking in winners}) == 1, f"round {number}: {len(winners)} winners, {told}"
        assert act is last_seat or len(winners) == len(answers), f"round {number}: {told}"
        assert act is one_key or len(winners) == 1, f"round {number}: sold {len(winners)} times"
        if number % 100 == 99 or number == rounds - 1:
            assert contest.inspector.findings() == []
        contest.give_back(winners[:1])
    return told


def _come_back(answer: object) -> bool:
    return isinstance(answer, UnavailableError)


def main(
    rounds: Annotated[int, typer.Option(help="of each kind")] = 1000,
    clients: Annotated[int, typer.Option(help="for the last seat")] = 32,
    same: Annotated[int, typer.Option(help="clients with the same key")] = 16,
) -> None:
    """Both contests; ends with 1 when a round goes wrong."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mobility-contests-")))
        folder.chmod(0o755)
        files = county_files_in(_made(folder / "county"))
        server = stack.enter_context(EmbeddedServer(folder / "postgres"))
        migrate(server.start())
        store = PostgresStore(server.start(), pool_size=max(clients, same) + 2)
        stack.callback(store.close)
        county: County = open_county(store, files)
        contest = Contest(county, seats=[1])
        for name, act, number in (("last seat", last_seat, clients), ("one key", one_key, same)):
            began, cpu = time.monotonic(), time.process_time()
            told = play(contest, contest.offers(number), rounds, act)
            wall, cpu = time.monotonic() - began, time.process_time() - cpu
            each = f"{1000 * wall / rounds:.0f} ms, {1000 * cpu / rounds:.0f} ms of CPU a round"
            typer.echo(f"{name}: {rounds} rounds of {number} clients, {dict(told)}; {each}; load {psutil.getloadavg()[0]:.0f}")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    typer.run(main)
