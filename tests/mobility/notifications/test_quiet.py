"""At night nobody is woken for what can wait; what cannot wait is told, and what would come too late is the desk's to decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.accounts import system_actor
from mobility.domain.bookings import BY_MISSED_CALL, HistoryEntry, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Window
from mobility.domain.riders import Channel, QuietHours
from mobility.notifications.outbox import list_untold, send_due
from mobility.notifications.quiet import quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(21 * 3600, 7 * 3600 + 1800)
SYSTEM = system_actor("county")


def at(hour: float, day: int = 3) -> datetime:
    return datetime(2026, 8, day, tzinfo=BERLIN) + timedelta(hours=hour)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, at(20.9), None),
        (NIGHT, at(21), at(7.5, 4)),
        (NIGHT, at(0, 4), at(7.5, 4)),
        (NIGHT, at(7.5, 4), None),
        (QuietHours(12 * 3600, 14 * 3600), at(13), at(14)),
        (QuietHours(12 * 3600, 14 * 3600), at(14), None),
        (NIGHT, datetime(2026, 10, 24, 23, tzinfo=BERLIN), datetime(2026, 10, 25, 7, 30, tzinfo=BERLIN)),
        (NIGHT, datetime(2027, 3, 28, 1, tzinfo=BERLIN), datetime(2027, 3, 28, 7, 30, tzinfo=BERLIN)),
    ],
)
def test_when_it_ends(quiet: QuietHours, now: datetime, until: datetime | None) -> None:
    assert quiet_until(quiet, now.astimezone(UTC), BERLIN) == until


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 14_400))
def test_the_end_lies_ahead_and_is_no_quiet_hour(start: int, end: int, minute: int) -> None:
    quiet, now = QuietHours(start * 60, end * 60), datetime(2026, 10, 20, tzinfo=UTC) + timedelta(minutes=minute)
    until = quiet_until(quiet, now, BERLIN)
    if until is not None:
        assert until > now
        assert start == end or quiet_until(quiet, until, BERLIN) is None


def sent(county: Any, sender: Any) -> list[str]:
    send_due(county.store, {Channel.EMAIL: sender}, county.clock)
    return list(sender.keys)


def on_the_desk(county: Any) -> list[tuple[str, bool, datetime | None]]:
    with county.store.transaction() as tx:
        untold = list_untold(tx, SYSTEM, {Channel.EMAIL}, county.clock.now)
    return [(one.notice.key, one.call_back, one.quiet_until) for one in untold]


def test_what_can_wait_is_told_in_the_morning_by_its_channel(county: Any, sender: Any) -> None:
    county.rider("rider-1", quiet=NIGHT)
    county.change_leg(pickup_window=Window(at(9, 5), at(9.25, 5)), dropoff_window=Window(at(9.5, 5), at(10, 5)))
    county.clock.now = at(23)
    county.notice()
    assert (sent(county, sender), on_the_desk(county)) == ([], [])
    county.clock.now = at(7.5, 4)
    assert on_the_desk(county) == [("key-1", False, None)], "nobody rings: it is on its way"
    assert sent(county, sender) == ["key-1"]


def test_what_cannot_wait_is_told_at_once(county: Any, sender: Any) -> None:
    county.rider("rider-1", quiet=NIGHT)
    county.clock.now = at(23)
    county.notice(NoticeKind.DELAYED, run_id="run-1", delay_s=600)
    assert sent(county, sender) == ["key-1"]


@pytest.mark.parametrize("begins", [7, 7.6])
def test_when_the_ride_begins_before_one_is_ready_after_the_quiet_hours_the_desk_decides(
    county: Any, sender: Any, begins: float
) -> None:
    county.rider("rider-1", quiet=NIGHT)
    county.change_leg(pickup_window=Window(at(begins, 4), at(begins + 0.2, 4)), dropoff_window=Window(at(8, 4), at(8.5, 4)))
    county.clock.now = at(23)
    county.notice()
    assert sent(county, sender) == []
    assert on_the_desk(county) == [("key-1", True, at(7.5, 4))]


@pytest.mark.parametrize("kind", [NoticeKind.CANCELLED, NoticeKind.NOT_CONFIRMED])
def test_that_a_ride_of_the_morning_is_not_driven_is_no_secret_of_the_night(county: Any, sender: Any, kind: NoticeKind) -> None:
    county.rider("rider-1", quiet=NIGHT)
    outcome = Outcome.CANCELLED if kind is NoticeKind.CANCELLED else Outcome.NOT_CONFIRMED
    county.change_leg(
        pickup_window=Window(at(7, 4), at(7.2, 4)),
        dropoff_window=Window(at(7.5, 4), at(8, 4)),
        state=LegState.CLOSED,
        outcome=outcome,
        run_id=None,
    )
    county.clock.now = at(23)
    county.notice(kind)
    assert sent(county, sender) == []
    assert on_the_desk(county) == [("key-1", True, at(7.5, 4))]


def test_who_has_let_it_ring_is_answered_at_once(county: Any, sender: Any) -> None:
    county.rider("rider-1", quiet=NIGHT)
    county.clock.now = at(23)
    with county.store.transaction() as tx:
        booking = tx.get_booking(SYSTEM, "booking-1")
        tx.save_booking(booking.with_leg(booking.legs[0], HistoryEntry(at(23), BY_MISSED_CALL, "called")))
    county.notice(NoticeKind.CONFIRMED)
    assert sent(county, sender) == ["key-1"]


def test_who_has_no_quiet_hours_is_told_at_any_hour(county: Any, sender: Any) -> None:
    county.clock.now = at(23)
    county.notice()
    assert sent(county, sender) == ["key-1"]
