"""Processes that work on a county until they are killed. What they have told must survive them.

They are forked from one server process that has imported everything, so that a kill costs a test no seconds.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.settle_unanswered import settle_unanswered
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.riders import Channel
from mobility.notifications.outbox import send_due
from mobility.notifications.texts import Message
from mobility.planning.network import Networks
from mobility.store.postgres import PostgresStore
from tests.county import AGENCY, DAYS, County

Told = tuple[str, str]
Work = Callable[[Context, "Connection[Told, None]", Sequence[Told]], None]
_BEGINS = ("begins", "")
_ENDS = ("ends", "")


def book(context: Context, tell: Connection[Told, None], wanted: Sequence[Told]) -> None:
    """Keys and offers; tells key and booking (or the reason) of each."""
    desk = Actor("a-desk", AGENCY, Role.DISPATCHER)
    for key, offer_id in wanted:
        answer = book_ride(context, desk, offer_id, key)
        tell.send((key, answer.id if isinstance(answer, Booking) else answer.reason.value))


@dataclass
class _TellsWhatItSends:
    tell: Connection[Told, None]

    def send(self, _: str, message: Message) -> None:
        self.tell.send(("sent", message.key))
        time.sleep(0.005)


def send(context: Context, tell: Connection[Told, None], _: Sequence[Told]) -> None:
    """Everything in the outbox, whatever its channel."""
    while send_due(context.store, dict.fromkeys(Channel, _TellsWhatItSends(tell)), context.clock):
        pass


def settle(context: Context, tell: Connection[Told, None], _: Sequence[Told]) -> None:
    """Silence is an answer."""
    tell.send(("settled", str(settle_unanswered(context))))


def reoptimise(context: Context, tell: Connection[Told, None], _: Sequence[Told]) -> None:
    """The same day again and again."""
    for seed in range(1, 1000):
        tell.send(("reoptimised", str(reoptimise_day(context, AGENCY, DAYS[1], 0.1, seed).runs_changed)))


def _child(work: Work, where: tuple[str, str, str, bytes], wanted: Sequence[Told], tell: Connection[Told, None]) -> None:
    url, datasets, now, secret = where
    instant = datetime.fromisoformat(now)
    folder = Path(datasets)
    context = Context(PostgresStore(url, pool_size=2), Networks(folder), lambda: instant, secret, folder)
    tell.send(_BEGINS)
    work(context, tell, wanted)
    context.store.close()
    tell.send(_ENDS)


@dataclass
class AtWork:
    """A process that has begun."""

    process: ForkServerProcess
    ear: Connection[None, Told]

    def kill(self) -> None:
        """With -9, at this moment."""
        self.process.kill()

    def told(self) -> list[Told]:
        """All it tells until it ends; the last is ``("ends", "")`` when nobody killed it."""
        heard = []
        with suppress(EOFError):
            while True:
                heard.append(self.ear.recv())
        return heard


@contextmanager
def at_work(work: Work, county: County, url: str, wanted: Sequence[Told] = ()) -> Iterator[AtWork]:
    """A process at work; killed at the end when it still runs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    ear, tell = context.Pipe(duplex=False)
    where = (url, str(county.files.datasets), county.clock().isoformat(), county.context.secret)
    process = context.Process(target=_child, args=(work, where, wanted, tell))
    process.start()
    tell.close()
    try:
        assert ear.recv() == _BEGINS
        yield AtWork(process, ear)
    finally:
        process.kill()
        process.join()
        process.close()
        ear.close()
