"""Every SQL statement of an action fails once, as if the disk were full: that is said, nothing is half-written, trying again succeeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.open_runs import open_runs
from mobility.domain.bookings import Booking
from mobility.domain.rescues import RescueCause
from mobility.errors import UnavailableError
from mobility.store.postgres import PostgresStore
from tests.county import AGENCY, DAYS, County
from tests.integrity.last_seat import Contest

_FULL = "DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = 'disk_full'; END $$"


@contextmanager
def failing_at(county: County, number: int) -> Iterator[None]:
    """The statement of this number (from 1) finds the disk full."""
    store, seen = county.context.store, 0
    assert isinstance(store, PostgresStore)

    def full(_: Any, __: Any, statement: str, parameters: Any, *more: Any) -> tuple[str, Any]:
        nonlocal seen
        seen += 1
        return (_FULL, ()) if seen == number else (statement, parameters)

    event.listen(store._engine, "before_cursor_execute", full, retval=True)
    try:
        yield
    finally:
        event.remove(store._engine, "before_cursor_execute", full)


def fails_everywhere(county: County, contest: Contest, act: Callable[[], object]) -> int:
    """Let each statement of ``act`` fail until none is left to fail; how many there were."""
    assert contest.inspector.findings() == []
    refused: set[str] = set()
    for number in range(1, 100):
        before = contest.inspector.look()
        try:
            with failing_at(county, number):
                act()
        except UnavailableError as error:
            refused.add(str(error))
            after = contest.inspector.look()
            assert (after.runs, after.bookings, after.holds) == (before.runs, before.bookings, before.holds), (
                f"statement {number}"
            )
            assert after.notices == before.notices, f"statement {number}"
        else:
            assert contest.inspector.findings() == []
            assert refused == {"database: its disk is full (make room, then try again)"}
            return number - 1
    pytest.fail("never came to its end")


def test_booking_narrowing_rescuing_and_cancelling_when_the_disk_is_full(county: County) -> None:
    contest = Contest(county, seats=[2, 2])
    offer_id = contest.offers(1)[0]
    assert fails_everywhere(county, contest, lambda: contest.book(offer_id, "key")) > 8
    booking = contest.book(offer_id, "key")
    assert isinstance(booking, Booking)
    assert len(contest.inspector.look().bookings) == 1
    county.clock.now += timedelta(hours=3)
    assert fails_everywhere(county, contest, lambda: narrow_promises(county.context)) > 4
    run_id = contest.offer.run_id or ""
    rescue = lambda: declare_rescue(county.context, county.desk, run_id, RescueCause.BREAKDOWN)
    assert fails_everywhere(county, contest, rescue) > 8
    assert fails_everywhere(county, contest, lambda: cancel_booking(county.context, county.desk, booking.id)) > 6


def test_opening_a_day_when_the_disk_is_full(county: County) -> None:
    """Run by run: what is open stays open, the rest opens at the next try, none twice."""
    for number in range(1, 20, 3):
        with failing_at(county, number), pytest.raises(UnavailableError):
            open_runs(county.context, AGENCY, DAYS[1])
    open_runs(county.context, AGENCY, DAYS[1])
    assert open_runs(county.context, AGENCY, DAYS[1]) == 0
