"""Every SQL statement and every commit of an action fails once: that is said, nothing is half-written, trying again succeeds, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gtfs.importing import import_feed as read_here
from mobility.actions import bring_feed, import_data
from mobility.actions.book_open_return import book_open_return
from mobility.actions.by_hand import Hand
from mobility.actions.call_home import call_home
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.load_service import load_service
from mobility.actions.move_ride import Move, move_ride
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.open_runs import open_runs
from mobility.actions.publish_feeds import FLEX, TRIP_UPDATES, happening_now, publication
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.datasets import DatasetKind
from mobility.domain.rescues import RescueCause
from mobility.errors import UnavailableError
from mobility.planning.network import Networks
from mobility.store.postgres import PostgresStore
from tests.county import AGENCY, DAYS, MONDAY, County, CountyFiles, local, open_county, wish
from tests.gtfs.conftest import SMALL, pack
from tests.integrity.failing import Failure, failing_at, fails_everywhere
from tests.integrity.invariants import Inspector
from tests.integrity.last_seat import Contest
from tests.kept import read_rows, write_rows

CLERK = Actor("clerk", AGENCY, Role.AGENCY)
RIDER = "r-003"


def test_booking_narrowing_rescuing_and_cancelling(county: County) -> None:
    store, contest = county.context.store, Contest(county, seats=[2, 2])
    offer_id = contest.offers(1)[0]
    assert fails_everywhere(store, lambda: contest.book(offer_id, "key")) > 8
    booking = contest.book(offer_id, "key")
    assert isinstance(booking, Booking)
    assert len(contest.inspector.look().bookings) == 1
    assert contest.inspector.findings() == []
    county.clock.now += timedelta(hours=3)
    assert fails_everywhere(store, lambda: narrow_promises(county.context)) > 4
    run_id = contest.offer.run_id or ""
    rescue = lambda: declare_rescue(county.context, county.desk, run_id, RescueCause.BREAKDOWN)
    assert fails_everywhere(store, rescue) > 8
    assert fails_everywhere(store, lambda: cancel_booking(county.context, county.desk, booking.id)) > 6
    assert contest.inspector.findings() == []


@pytest.mark.parametrize("failure", [Failure.LOST, Failure.CLASH], ids=["the answer is lost", "others were quicker"])
def test_whatever_fails_a_key_books_once(county: County, failure: Failure) -> None:
    """When the answer to the commit is lost the ride is booked, and the next try says so; a clash is tried again by itself."""
    store, contest = county.context.store, Contest(county, seats=[2])
    assert isinstance(store, PostgresStore)
    offer_id, fresh, heard = contest.offers(1)[0], read_rows(store), set()
    for number in range(1, 60):
        with failing_at(store, number, failure) as failed:
            try:
                contest.book(offer_id, "key")
            except UnavailableError:
                heard.add("unavailable")
        booking = contest.book(offer_id, "key")
        assert isinstance(booking, Booking), failed
        assert list(contest.inspector.look().bookings) == [booking.id], failed
        assert county.run(contest.offer.run_id).leg_ids == (booking.legs[0].id,)
        write_rows(store, fresh)
        if not failed:
            break
    assert number > 8
    assert heard == ({"unavailable"} if failure is Failure.LOST else set()), "what is tried again by itself is not refused"


def test_calling_home_earlier_and_moving_by_hand(county: County) -> None:
    """The ride there was stands until there is the new one."""
    store = county.context.store
    there = wish(county.place("Kirschallee 10 Nebelow"), county.place("Hausarztpraxis am Markt Auenfurt"), arrive_by=local(9))
    offer = county.rides(replace(there, rider_id=RIDER), "auental-bus")[0]
    booking = book_open_return(county.context, county.resident(RIDER), offer.id, "key")
    assert isinstance(booking, Booking)
    county.clock.set(10)
    asking = Inspector(county.context, AGENCY, [MONDAY])
    assert asking.findings() == []
    call = lambda: call_home(county.context, county.resident(RIDER), booking.id, booking.legs[1].id)
    assert fails_everywhere(store, call, Failure.CUT) > 8
    assert asking.findings() == []
    home = county.booking(booking.id).legs[1]
    assert not home.open_return
    run = county.run(home.run_id)
    with store.transaction() as tx:
        runs = [other for other in tx.list_runs(county.desk, MONDAY, [run.service_id]) if other.id != run.id]
    move = Move(home.id, run.id, next(other.id for other in runs if other.ends_at >= home.dropoff_window.latest))
    hand = Hand(reason="the other bus is broken", agreed=True)
    assert fails_everywhere(store, lambda: move_ride(county.context, county.desk, move, hand)) > 8
    assert asking.findings() == []
    assert county.booking(booking.id).legs[1].run_id == move.to_run_id


def test_planning_anew(county: County) -> None:
    """Two rides on two buses that fit into one: the better plan is saved whole, or the old one stays."""
    store, contest = county.context.store, Contest(county, seats=[1, 1])
    for number, offer_id in enumerate(contest.offers(2)):
        assert isinstance(contest.book(offer_id, f"key {number}"), Booking)
    with store.transaction() as tx:
        for run in tx.list_runs(county.desk, MONDAY):
            tx.save_run(replace(run, vehicle=replace(run.vehicle, seats=4), revision=run.revision + 1), run.revision)
    assert contest.inspector.findings() == []
    found = []
    plan = lambda: found.append(reoptimise_day(county.context, AGENCY, MONDAY, 5, steps=40))
    assert fails_everywhere(store, plan) > 8
    assert found[0].rides_moved == 1
    assert contest.inspector.findings() == []


def test_opening_a_day(county: County) -> None:
    """Run by run: what is open stays open, the rest opens at the next try, none twice."""
    for number in range(1, 20, 3):
        with failing_at(county.context.store, number), pytest.raises(UnavailableError):
            open_runs(county.context, AGENCY, DAYS[1])
    open_runs(county.context, AGENCY, DAYS[1])
    assert open_runs(county.context, AGENCY, DAYS[1]) == 0


def test_publishing(county: County) -> None:
    """What could not be made is not kept: whoever asks next gets it whole."""
    store, context = county.context.store, replace(county.context, public_url="https://county.example")
    assert fails_everywhere(store, lambda: publication(context, AGENCY), Failure.CUT, at_once=False, step=11) > 90
    assert publication(context, AGENCY).files[FLEX].content
    assert fails_everywhere(store, lambda: happening_now(context, AGENCY, TRIP_UPDATES), at_once=False) > 2


@pytest.fixture
def importing(
    county_files: CountyFiles, postgres_store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> County:
    """A folder of its own for what is imported, in this process."""
    for module in (bring_feed, import_data):
        monkeypatch.setattr(module, "import_confined", read_here)
    county = open_county(postgres_store, county_files)
    county.context = replace(county.context, datasets=tmp_path, networks=Networks(tmp_path))
    for kind in DatasetKind:
        (tmp_path / kind.value).mkdir()
        (tmp_path / kind.value / "1").symlink_to(county_files.datasets / kind.value / "1")
    return county


def test_bringing_timetables_and_services(importing: County, tmp_path: Path) -> None:
    """No version without its files, no files without their version; the timetable in use changes at once or not."""
    context, store = importing.context, importing.context.store
    sent, folders = tmp_path / "sent.zip", tmp_path / "feed"
    sent.write_bytes(pack(SMALL))

    def kept() -> int:
        return len(list(folders.iterdir())) if folders.exists() else 0

    def everywhere(act: Callable[[], object], failure: Failure) -> int:
        before, number = kept(), 0

        def acting() -> None:
            assert kept() == before, "files of a version that does not exist"
            act()

        number = fails_everywhere(store, acting, failure)
        assert kept() == before + 1
        return number

    assert everywhere(lambda: bring_feed.upload_feed(context, CLERK, sent, "sent.zip", feed="rail"), Failure.FULL) > 3
    assert everywhere(lambda: import_data.import_feed(context, AGENCY, sent, name="rail"), Failure.CUT) > 3
    versions = [one for one in bring_feed.list_feeds(context, CLERK) if one.feed == "rail"]
    assert [(one.version, one.in_use) for one in versions] == [(2, True), (1, False)]
    fails_everywhere(store, lambda: bring_feed.use_feed(context, CLERK, versions[1].id), at_once=False, step=3)
    with store.transaction() as tx:
        used = [one.version for one in tx.list_datasets_in_use(CLERK, DatasetKind.FEED) if one.feed == "rail"]
    assert used == [1]
    service, text = importing.files.services[0]
    assert fails_everywhere(store, lambda: load_service(context, AGENCY, text, service.id)) > 2
