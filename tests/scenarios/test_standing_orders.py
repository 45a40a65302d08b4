"""Every Monday to the doctor and home again: a standing order, its days, its pauses and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

import mobility.actions.book_standing_rides as book_standing_rides_module
from mobility.actions.book_standing_rides import book_standing_rides
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import Context
from mobility.actions.keep_privacy import erase_rider
from mobility.actions.keep_standing_order import (
    StandingWish,
    end_standing_order,
    make_standing_order,
    pause_standing_order,
    read_standing_order,
    resume_standing_order,
)
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Reason
from mobility.domain.riders import Channel
from mobility.domain.services import DayKind
from mobility.domain.standing_orders import DaysOff, EndCause, Pause, StandingFate, StandingOrder
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from mobility.notifications.facts import message_of, recipient_of
from mobility.planning.standing_days import wanted_days, wishes_on
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county
from tests.integrity.invariants import Inspector

HOME, SURGERY = "Kirschallee 10 Nebelow", "Hausarztpraxis am Markt Auenfurt"
RIDER = "r-003"
WEEK = timedelta(days=7)
MONDAYS = [MONDAY + week * WEEK for week in range(3)]
"""As far as bookings are open in the demo county."""


@pytest.fixture
def quick(county_files: CountyFiles) -> County:
    """In memory alone: what only reckons with days."""
    return open_county(MemoryStore(), county_files)


def weekly(county: County, **more: Any) -> StandingWish:
    usual = StandingWish(
        county.place(HOME), county.place(SURGERY), frozenset({DayKind.MONDAY}), 10 * 3600, MONDAY, arrives=True, back_s=11 * 3600
    )
    return replace(usual, **more)


def made(county: County, **more: Any) -> StandingOrder:
    return make_standing_order(county.context, county.resident(RIDER), weekly(county, **more))


def days(county: County, order: StandingOrder) -> dict[date, StandingFate]:
    _, rides = read_standing_order(county.context, county.desk, order.id)
    return {ride.day: ride.fate for ride in rides}


def bookings(county: County, order: StandingOrder) -> list[Booking]:
    _, rides = read_standing_order(county.context, county.desk, order.id)
    return [county.booking(ride.booking_id) for ride in rides if ride.booking_id is not None]


def told(county: County, kind: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [one for one in tx.list_notices(county.desk) if one.kind is kind]


def words(county: County, notice: Notice) -> str:
    with county.context.store.transaction() as tx:
        message = message_of(tx, notice, "de")
    return "" if message is None else message.body


def test_every_monday_i_am_brought_there_and_home(quick: County) -> None:
    order = made(quick)
    assert set(days(quick, order).values()) == {StandingFate.BOOKED}
    first = bookings(quick, order)[0]
    out, home = first.legs
    assert out.dropoff_window.latest <= local(10)
    assert home.pickup_window.earliest >= local(11)
    assert {leg.state for leg in first.legs} == {LegState.ON_RUN}
    assert Inspector(quick.context, AGENCY, MONDAYS).findings() == []
    before = days(quick, order)
    assert book_standing_rides(quick.context, AGENCY) == 0, "a day is decided once"
    quick.clock.now += WEEK
    book_standing_rides(quick.context, AGENCY)
    assert set(days(quick, order)) - set(before) == {max(before) + WEEK}, "a week later one more Monday can be booked"


def test_an_order_that_cannot_be_worked_on_stops_no_other(
    quick: County, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = made(quick)
    other = make_standing_order(quick.context, quick.resident("r-004"), weekly(quick))
    quick.clock.now += WEEK

    def wrong(order: StandingOrder, *more: Any) -> Any:
        if order.id == broken.id:
            raise ValueError("Kirschallee 10")
        return wishes_on(order, *more)

    monkeypatch.setattr(book_standing_rides_module, "wishes_on", wrong)
    before = len(days(quick, broken)), len(days(quick, other))
    for _ in range(2):
        book_standing_rides(quick.context, AGENCY)
    assert (len(days(quick, broken)), len(days(quick, other))) == (before[0], before[1] + 1)
    (task,) = told(quick, NoticeKind.WISH_STUCK)
    assert task.to_rider_id is None
    assert "Mo 10:00" in words(quick, task)
    assert f"standing order {broken.id} failed: ValueError" in caplog.text
    assert "Kirschallee" not in caplog.text, "nothing of anybody"
    quick.clock.now += timedelta(days=1)
    book_standing_rides(quick.context, AGENCY)
    assert len(told(quick, NoticeKind.WISH_STUCK)) == 2, "the desk hears of it every day"
    monkeypatch.undo()
    book_standing_rides(quick.context, AGENCY)
    assert set(days(quick, broken)) == set(days(quick, other))


def test_a_worker_killed_in_between_books_nothing_twice(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies after the booking was written and before the day was noted: neither is there, and the next worker does both."""
    make_nothing = "mobility.actions.keep_standing_order.book_order"
    with monkeypatch.context() as patched:
        patched.setattr(make_nothing, lambda *_: 0)
        order = made(county)
    with county.context.store.transaction() as tx:
        kind = type(tx)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(kind, "add_standing_ride", dies)
        with pytest.raises(KeyboardInterrupt):
            book_standing_rides(county.context, AGENCY)
    with county.context.store.transaction() as tx:
        assert tx.list_bookings(county.desk) == []
        assert tx.list_decisions(county.desk, local(0)) == []
    book_standing_rides(county.context, AGENCY)
    decided = days(county, order)
    with county.context.store.transaction() as tx:
        assert len(tx.list_bookings(county.desk)) == len(decided) > 0


def test_the_same_times_are_told_once(quick: County) -> None:
    order = made(quick)
    assert len(bookings(quick, order)) >= 2
    assert len([notice for notice in told(quick, NoticeKind.BOOKED) if notice.sent_at is None]) == 1


def test_on_holidays_nobody_comes(quick: County) -> None:
    """Whitsun and Brandenburg's summer, by the calendar of the Land."""
    order = replace(made(quick, days_off=frozenset(DaysOff)), first_day=date(2026, 5, 18))
    wanted = set(wanted_days(order, date(2026, 5, 18), date(2026, 9, 7)))
    assert date(2026, 5, 25) not in wanted, "Whit Monday"
    assert not {day for day in wanted if date(2026, 7, 9) <= day <= date(2026, 8, 22)}, "summer holidays"
    assert {date(2026, 5, 18), date(2026, 6, 1), date(2026, 8, 24)} <= wanted
    with_school = replace(order, days_off=frozenset({DaysOff.PUBLIC_HOLIDAYS}))
    assert date(2026, 7, 13) in set(wanted_days(with_school, date(2026, 7, 1), date(2026, 7, 31)))
    in_bavaria = replace(with_school, land="BY", days=frozenset({DayKind.THURSDAY}))
    assert date(2026, 6, 4) not in set(wanted_days(in_bavaria, date(2026, 6, 1), date(2026, 6, 7))), "Corpus Christi"


def test_while_i_am_at_the_spa_my_seat_is_free(county: County) -> None:
    order = made(county)
    before = bookings(county, order)
    pause = Pause(MONDAY + WEEK, MONDAY + WEEK)
    pause_standing_order(county.context, county.resident(RIDER), order.id, pause)
    assert MONDAY + WEEK not in days(county, order)
    (given_back,) = [county.booking(one.id) for one in before if not county.booking(one.id).is_open]
    assert {leg.outcome for leg in given_back.legs} == {Outcome.CANCELLED}
    assert all(leg.id not in county.run(was.run_id).leg_ids for leg, was in zip(given_back.legs, before[1].legs, strict=True))
    book_standing_rides(county.context, AGENCY)
    assert MONDAY + WEEK not in days(county, order)
    resume_standing_order(county.context, county.resident(RIDER), order.id, pause.first_day)
    assert days(county, order)[MONDAY + WEEK] is StandingFate.BOOKED
    assert all(notice.sent_at is not None for notice in told(county, NoticeKind.CANCELLED)), (
        "who asked for a rest is not rung up about it"
    )
    assert Inspector(county.context, AGENCY, MONDAYS).findings() == []


def test_what_i_cancel_myself_stays_cancelled(quick: County) -> None:
    order = made(quick)
    cancel_booking(quick.context, quick.resident(RIDER), bookings(quick, order)[0].id)
    book_standing_rides(quick.context, AGENCY)
    assert not bookings(quick, order)[0].is_open
    assert len(days(quick, order)) == len(bookings(quick, order))


def test_when_it_ends_nothing_is_left(quick: County) -> None:
    order = made(quick)
    rides = bookings(quick, order)
    ended = end_standing_order(quick.context, quick.desk, order.id)
    assert (ended.end_cause, end_standing_order(quick.context, quick.desk, order.id)) == (EndCause.ASKED_FOR, ended)
    assert [quick.booking(one.id).is_open for one in rides] == [False] * len(rides)
    assert days(quick, order) == {}
    book_standing_rides(quick.context, AGENCY)
    assert days(quick, order) == {}
    with pytest.raises(ConflictError, match="ended"):
        pause_standing_order(quick.context, quick.desk, order.id, Pause(MONDAY, MONDAY))


def test_a_day_without_a_ride_is_talked_over(quick: County) -> None:
    """Nobody drives at three at night: the desk rings, whatever else the rider has chosen, and no half of it is booked."""
    with quick.context.store.transaction() as tx:
        tx.save_rider(replace(tx.get_rider(quick.desk, RIDER), channel=Channel.SMS, telephone="+4915123456789"))
    order = made(quick, back_s=23 * 3600 + 1800)
    assert set(days(quick, order).values()) == {StandingFate.REFUSED}
    assert bookings(quick, order) == []
    ride = read_standing_order(quick.context, quick.desk, order.id)[1][0]
    assert ride.reason is Reason.NOT_OPEN
    notice = told(quick, NoticeKind.STANDING_UNMET)[-1]
    with quick.context.store.transaction() as tx:
        assert recipient_of(tx, notice).channel is Channel.CALL_BACK
    assert "23:30" in words(quick, notice)


def missed(county: County, booking: Booking) -> None:
    for leg in booking.legs:
        county.clock.now = leg.pickup_window.latest + timedelta(minutes=1)
        report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.NO_SHOW, county.clock(), leg.id))


def test_who_is_never_there_hears_it_first_and_is_fetched_no_more(quick: County) -> None:
    order = made(quick, days=frozenset({DayKind.MONDAY, DayKind.TUESDAY, DayKind.WEDNESDAY, DayKind.FRIDAY}))
    rides = bookings(quick, order)
    missed(quick, rides[0])
    book_standing_rides(quick.context, AGENCY)
    assert told(quick, NoticeKind.STANDING_WARNED) == [], "once can happen to anybody"
    missed(quick, rides[1])
    book_standing_rides(quick.context, AGENCY)
    (warning,) = told(quick, NoticeKind.STANDING_WARNED)
    assert "Mo, Di, Mi, Fr 10:00" in words(quick, warning)
    assert read_standing_order(quick.context, quick.desk, order.id)[0].end_cause is None, "a word first"
    book_standing_rides(quick.context, AGENCY)
    assert len(told(quick, NoticeKind.STANDING_WARNED)) == 1
    missed(quick, rides[2])
    book_standing_rides(quick.context, AGENCY)
    assert read_standing_order(quick.context, quick.desk, order.id)[0].end_cause is EndCause.NO_SHOWS
    assert len(told(quick, NoticeKind.STANDING_ENDED)) == 1
    assert [one.is_open for one in map(quick.booking, (ride.id for ride in rides[3:]))] == [False] * len(rides[3:])


def test_one_ride_taken_and_all_is_forgiven(quick: County) -> None:
    order = made(quick, days=frozenset({DayKind.MONDAY, DayKind.TUESDAY, DayKind.WEDNESDAY}), back_s=None)
    rides = bookings(quick, order)
    missed(quick, rides[0])
    missed(quick, rides[1])
    book_standing_rides(quick.context, AGENCY)
    (leg,) = rides[2].legs
    for kind, at in ((ProgressKind.BOARDED, leg.pickup_window.latest), (ProgressKind.ALIGHTED, leg.dropoff_window.latest)):
        quick.clock.now = at
        report_progress(quick.context, quick.desk, leg.run_id or "", Progress(kind, at, leg.id))
    book_standing_rides(quick.context, AGENCY)
    current, _ = read_standing_order(quick.context, quick.desk, order.id)
    assert (current.warned_at, current.has_ended) == (None, False)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"days": frozenset()}, "days"),
        ({"days": frozenset({DayKind.HOLIDAY, DayKind.MONDAY})}, "days"),
        ({"first_day": MONDAY - WEEK}, "first_day"),
        ({"last_day": MONDAY - WEEK}, "last_day"),
        ({"back_s": 9 * 3600}, "back_time"),
        ({"at_s": 90_000, "back_s": None}, "time"),
    ],
)
def test_what_is_no_standing_order_is_told(quick: County, wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        made(quick, **wrong)
    assert [problem.where for problem in caught.value.problems] == [where]


def test_it_is_nobody_elses_business(quick: County) -> None:
    order = made(quick)
    with pytest.raises(NotFoundError):
        read_standing_order(quick.context, quick.resident("r-004"), order.id)
    with pytest.raises(NotFoundError):
        end_standing_order(quick.context, quick.resident("r-004"), order.id)
    with pytest.raises(NotAllowedError):
        make_standing_order(quick.context, quick.resident("r-004"), weekly(quick), RIDER)
    with pytest.raises(NotAllowedError):
        read_standing_order(quick.context, quick.driver("d-001"), order.id)


@pytest.mark.parametrize("after", [timedelta(minutes=5), timedelta(minutes=20)])
def test_a_way_back_before_the_arrival_begins_when_i_am_there(quick: County, after: timedelta) -> None:
    """It stopped the orders of everybody else once: nobody could be there and on the way home at the same time."""
    order = made(quick, arrives=False, back_s=10 * 3600 + int(after.total_seconds()))
    other = make_standing_order(quick.context, quick.desk, weekly(quick), "r-004")
    assert set(days(quick, order).values()) == set(days(quick, other).values()) == {StandingFate.BOOKED}
    for booking in bookings(quick, order):
        out, home = booking.legs
        assert home.pickup_window.earliest >= out.dropoff_window.latest


def test_who_is_erased_while_orders_are_booked_stops_nobody_elses(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    later = MONDAY + 10 * WEEK
    orders = [
        make_standing_order(county.context, county.desk, weekly(county, first_day=later), rider) for rider in (RIDER, "r-004")
    ]
    first, second = sorted(orders, key=lambda order: order.id)
    county.clock.now += 9 * WEEK
    follow = book_standing_rides_module._follow_no_shows

    def erased_first(context: Context, order: StandingOrder) -> StandingOrder:
        if order.id == first.id:
            erase_rider(context, county.desk, order.rider_id)
        return follow(context, order)

    monkeypatch.setattr(book_standing_rides_module, "_follow_no_shows", erased_first)
    book_standing_rides(county.context, AGENCY)
    assert StandingFate.BOOKED in days(county, second).values()
