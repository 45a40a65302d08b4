"""Killed with -9 in the middle: what was acknowledged is there, nothing is there twice, everything holds."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from mobility.actions.book_ride import book_ride
from mobility.domain.bookings import Booking, LegState
from mobility.domain.fleet import Acceptance
from mobility.store.embedded import EmbeddedServer
from mobility.store.migrations import migrate
from mobility.store.postgres import PostgresStore
from tests.county import DAYS, County, CountyFiles, open_county
from tests.integrity.at_work import at_work, book, reoptimise, send, settle
from tests.integrity.kills import be_careless, kill_server
from tests.integrity.last_seat import Contest
from tests.integrity.turmoil import Turmoil


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A durable private server of its own."""
    folder = Path(tempfile.gettempdir()) / f"mobility-tests-{secrets.token_hex(8)}"
    private = EmbeddedServer(folder)
    yield private
    private.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the server's processes in /proc")
def test_server_and_clients_killed_while_booking(server: EmbeddedServer, county_files: CountyFiles) -> None:
    url = server.start()
    migrate(url)
    store = PostgresStore(url)
    county = open_county(store, county_files)
    contest = Contest(county, seats=[16] * 4)
    offers = contest.offers()
    wanted = [(f"key-{number}", offers[number % len(offers)]) for number in range(60)]
    with at_work(book, county, url, wanted[:40]) as one, at_work(book, county, url, wanted[20:]) as other:  # both send twenty
        heard = [one.ear.recv(), other.ear.recv()]
        time.sleep(0.2)
        kill_server(server)
        one.kill()
        other.kill()
        told = dict([*heard, *one.told(), *other.told()])
    assert 2 <= len(told) < len(wanted), "killed in the middle"
    store.close()
    url = server.start()
    store = PostgresStore(url)
    county.context = contest.inspector.context = replace(county.context, store=store)
    there = {booking.id for booking in contest.inspector.look().bookings.values()}
    assert set(told.values()) <= there, "an acknowledged booking is lost"
    assert contest.inspector.findings() == []
    again = {key: contest.book(offer_id, key) for key, offer_id in wanted}
    assert {key: getattr(again[key], "id", None) for key in told} == told
    assert contest.inspector.findings() == []
    assert len(contest.inspector.look().bookings) == len(wanted), "one booking for each key"
    store.close()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the server's processes in /proc")
@pytest.mark.parametrize("careless", [False, True], ids=["waits for the disk", "does not wait for the disk"])
def test_a_server_that_does_not_wait_for_the_disk_is_found_out(
    server: EmbeddedServer, county_files: CountyFiles, *, careless: bool
) -> None:
    """The negative control: what is asked above can fail."""
    url = server.start()
    migrate(url)
    store = PostgresStore(url)
    county = open_county(store, county_files)
    contest = Contest(county, seats=[16])
    offers = contest.offers()
    if careless:
        be_careless(url)
        store.close()
    told = [contest.book(offer_id, f"key-{number}") for number, offer_id in enumerate(offers)]
    kill_server(server)
    store.close()
    store = PostgresStore(server.start())
    with store.transaction() as tx:
        there = {booking.id for booking in tx.list_bookings(county.desk)}
    store.close()
    lost = {booking.id for booking in told if isinstance(booking, Booking)} - there
    assert bool(lost) == careless


def test_a_sender_killed_loses_no_notice_and_repeats_one_at_most(county: County, database_url: str) -> None:
    contest = Contest(county, seats=[16] * 3)
    for number, offer_id in enumerate(contest.offers() * 3):
        contest.book(offer_id, f"key-{number}")
    expected = {notice.key for notice in contest.inspector.look().notices}
    told: Counter[str] = Counter()
    kills = 3
    for _ in range(kills):
        with at_work(send, county, database_url) as process:
            first = process.ear.recv()
            time.sleep(0.1)
            process.kill()
            told.update([first[1], *(key for _, key in process.told())])
    with at_work(send, county, database_url) as process:
        *rest, last = process.told()
        assert last == ("ends", "")
        told.update(key for _, key in rest)
    assert set(told) == expected, "a notice was lost"
    assert told.total() - len(expected) <= kills, "more than the one in hand was told twice"
    assert contest.inspector.findings() == []
    assert all(notice.sent_at for notice in contest.inspector.look().notices)


def test_killed_while_settling_silence_every_ride_is_settled_once(county: County, database_url: str) -> None:
    turmoil = Turmoil(county, Random(3))
    while len(asked := _asked(turmoil)) < 4:
        turmoil.offers.clear()
        turmoil.ask(5)
        for offer_id in turmoil.offers:
            if _acceptance(county, offer_id) is Acceptance.ASK_FIRST:
                _book(county, offer_id)
    county.clock.set(22, 0, DAYS[1])
    for wait_s in (0.02, 0.05):
        with at_work(settle, county, database_url) as process:
            time.sleep(wait_s)
            process.kill()
        assert turmoil.inspector.findings() == []
    for _ in range(20):  # each silence passes the ride on to the next, at last to the desk
        with at_work(settle, county, database_url) as process:
            assert process.told()[-1] == ("ends", "")
        assert turmoil.inspector.findings() == []
        if not _asked(turmoil):
            break
        county.clock.now += timedelta(hours=4)
    assert not _asked(turmoil)
    bookings = turmoil.inspector.look().bookings
    for name in asked:
        steps = [entry.what for entry in bookings[name].history if "not confirmed" in entry.what]
        tried = bookings[name].legs[0].asked_run_ids
        assert len(steps) == len(tried) == len(set(tried)), "each neighbour asked was settled once"


def _asked(turmoil: Turmoil) -> list[str]:
    bookings = turmoil.inspector.look().bookings.values()
    return [booking.id for booking in bookings if booking.legs[0].state is LegState.AWAITING_CONFIRMATION]


def _acceptance(county: County, offer_id: str) -> Acceptance:
    decision_id, _, number = (county.context.verify(offer_id) or "").partition(".")
    with county.context.store.transaction() as tx:
        return tx.get_decision(county.desk, decision_id).offers[int(number)].acceptance


def _book(county: County, offer_id: str) -> None:
    book_ride(county.context, county.desk, offer_id, f"key of {offer_id}")


def test_killed_while_re_optimising_the_day_is_as_before_or_as_after(county: County, database_url: str) -> None:
    turmoil = Turmoil(county, Random(5))
    turmoil.ask(15)
    for offer_id in turmoil.offers[::2]:
        _book(county, offer_id)
    assert turmoil.inspector.findings() == []
    for wait_s in (0.3, 0.6, 0.9):
        with at_work(reoptimise, county, database_url) as process:
            time.sleep(wait_s)
            process.kill()
        assert turmoil.inspector.findings() == []
    turmoil.offers = turmoil.offers[1::2]
    assert turmoil.burst(6) == [], "the day goes on"
