"""The promise in two stages: wide when it is booked, closer two hours before the ride, and told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.hand_out_manifest import issue_manifest
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.bookings import Booking, Leg
from mobility.domain.fleet import ReachedBy
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Window
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import PromiseRules
from mobility.notifications.facts import message_of
from mobility.planning.promising import narrowed
from mobility.store.interface import Transaction
from seed.demand import demand
from tests.county import AGENCY, MONDAY, County, local, wish

BUS = "auental-bus"
SET_TIME = timedelta(hours=2)
WIDTH = timedelta(minutes=10)
RIDES = (
    ("r-003", "Kirschallee 10 Nebelow", "Hausarztpraxis am Markt Auenfurt", 11),
    ("r-004", "Dorfstraße 6 Kuckuckshorst", "Dialysezentrum Auenfurt", 11),
    ("r-002", "Kuckuckshorster Straße 2 Birkenthin", "Dialysezentrum Auenfurt", 12),
)


def book_the_morning(county: County) -> list[Booking]:
    booked = []
    for rider_id, origin, destination, hour in RIDES:
        request = wish(county.place(origin), county.place(destination), arrive_by=local(hour), rider_id=rider_id)
        answer = county.book(county.rides(request, BUS)[0])
        assert isinstance(answer, Booking)
        booked.append(answer)
    return booked


def told(county: County) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [n for n in tx.list_notices(county.desk) if n.kind is NoticeKind.NARROWED]


def everything(county: County) -> tuple[list[Run], list[Booking], list[Notice]]:
    def read(tx: Transaction) -> tuple[list[Run], list[Booking], list[Notice]]:
        return tx.list_runs(county.desk, MONDAY), tx.list_bookings(county.desk), tx.list_notices(county.desk)

    return county.context.store.in_transaction(read)


def pickup_of(county: County, leg: Leg) -> Visit:
    return next(v for v in county.run(leg.run_id).visits if v.leg_id == leg.id and v.kind is VisitKind.PICKUP)


def first_to_ride(county: County, bookings: list[Booking]) -> tuple[Booking, Leg]:
    booking = min(bookings, key=lambda b: pickup_of(county, b.legs[0]).planned)
    return booking, booking.legs[0]


def is_inside(inner: Window, outer: Window) -> bool:
    return outer.earliest <= inner.earliest <= inner.latest <= outer.latest


@given(
    wide=st.tuples(st.integers(0, 3600), st.integers(60, 7200)),
    planned=st.tuples(st.integers(0, 3600), st.integers(0, 7200)),
    narrow_min=st.integers(5, 180),
)
def test_a_narrowed_window_lies_inside_the_old_one_and_holds_the_planned_time(
    wide: tuple[int, int], planned: tuple[int, int], narrow_min: int
) -> None:
    (start, width), (into_pickup, ride_s) = wide, planned
    at = [local(9) + timedelta(seconds=seconds) for seconds in (start, start + width, start + width + 7200)]
    pickup, dropoff = Window(at[0], at[1]), Window(at[0], at[2])
    pickup_at = min(at[0] + timedelta(seconds=into_pickup), at[1])
    dropoff_at = min(pickup_at + timedelta(seconds=ride_s), at[2])
    rules = PromiseRules(0, width, width, 7200, narrow_min * 60)
    closer = narrowed(rules, (pickup, dropoff), (pickup_at, dropoff_at))
    for old, new, moment in zip((pickup, dropoff), closer, (pickup_at, dropoff_at), strict=True):
        assert is_inside(new, old)
        assert new.earliest <= moment <= new.latest
        for end, old_end in ((new.earliest, old.earliest), (new.latest, old.latest)):
            assert end == old_end or end.second == 0, "whole minutes unless the old window says otherwise"
    assert closer[0].latest - closer[0].earliest <= timedelta(minutes=narrow_min)


def test_two_hours_before_the_ride_the_time_is_told_more_exactly(county: County) -> None:
    booking, wide = first_to_ride(county, book_the_morning(county))
    assert wide.pickup_window.latest - wide.pickup_window.earliest > WIDTH, "booked long before: a wide promise"
    planned = pickup_of(county, wide).planned
    county.clock.now = planned - SET_TIME - timedelta(seconds=1)
    assert narrow_promises(county.context) == 0, "not yet"
    county.clock.now = planned - SET_TIME
    assert narrow_promises(county.context) == 1
    after = county.booking(booking.id)
    leg = after.legs[0]
    assert is_inside(leg.pickup_window, wide.pickup_window)
    assert is_inside(leg.dropoff_window, wide.dropoff_window)
    assert leg.pickup_window.latest - leg.pickup_window.earliest <= WIDTH
    assert leg.pickup_window.earliest <= planned <= leg.pickup_window.latest
    assert leg.narrowed_at == county.clock.now
    was = wide.pickup_window
    local_times = [f"{each + timedelta(hours=2):%H:%M}" for each in (was.earliest, was.latest)]
    assert f"pickup 2026-06-08 {local_times[0]}-{local_times[1]}" in after.history[-1].what


def test_the_run_keeps_the_narrowed_windows_and_the_planned_times(county: County) -> None:
    booking, wide = first_to_ride(county, book_the_morning(county))
    before = county.run(wide.run_id)
    county.clock.now = pickup_of(county, wide).planned - SET_TIME
    narrow_promises(county.context)
    leg, run = county.booking(booking.id).legs[0], county.run(wide.run_id)
    windows = {VisitKind.PICKUP: leg.pickup_window, VisitKind.DROPOFF: leg.dropoff_window}
    visits = [v for v in run.visits if v.leg_id == leg.id]
    assert [Window(v.earliest, v.latest) for v in visits] == [windows[v.kind] for v in visits]
    assert [(v.kind, v.leg_id, v.planned) for v in run.visits] == [(v.kind, v.leg_id, v.planned) for v in before.visits]
    assert run.revision == before.revision + 1


def test_the_rider_is_told_once_by_a_text_with_the_new_times(county: County) -> None:
    booking, wide = first_to_ride(county, book_the_morning(county))
    county.clock.now = pickup_of(county, wide).planned - SET_TIME
    narrow_promises(county.context)
    notice = told(county)[0]
    assert (notice.booking_id, notice.to_rider_id) == (booking.id, booking.rider_id)
    leg = county.booking(booking.id).legs[0]
    with county.context.store.transaction() as tx:
        message = message_of(tx, notice, "de")
    assert message is not None
    start = leg.pickup_window.earliest + timedelta(hours=2)
    assert f"{start:%H:%M}-" in message.body


def minutes_until(county: County, hour: int) -> Iterator[None]:
    """The worker's minutes, one after the other."""
    while county.clock.now < local(hour):
        county.clock.now += timedelta(minutes=7)
        yield


def test_the_worker_comes_back_every_minute_and_nobody_is_told_twice(county: County) -> None:
    bookings = book_the_morning(county)
    count = 0
    for _ in minutes_until(county, 13):
        count += narrow_promises(county.context)
        before = everything(county)
        assert narrow_promises(county.context) == 0
        assert everything(county) == before, "a second time changes nothing at all"
    assert count == len(bookings)
    assert sorted(n.booking_id or "" for n in told(county)) == sorted(b.id for b in bookings)


def test_everything_that_comes_later_respects_the_narrowed_window(county: County) -> None:
    bookings = book_the_morning(county)
    county.clock.now = max(pickup_of(county, b.legs[0]).planned for b in bookings) - SET_TIME
    assert narrow_promises(county.context) > 0
    close = [leg for b in bookings if (leg := county.booking(b.id).legs[0]).narrowed_at is not None]
    for each in demand(25, MONDAY, 3):
        request = wish(each.origin, each.destination, depart_after=each.depart_after, arrive_by=each.arrive_by)
        rides = county.rides(replace(request, party=each.party, needs=each.needs, rider_id=each.rider_id), BUS)
        if rides:
            county.book(rides[0])
    cancel_booking(county.context, county.desk, next(b for b in bookings if b.legs[0].id == close[-1].id).id)
    reoptimise_day(county.context, AGENCY, MONDAY, seconds=1.0)
    runs = everything(county)[0]
    for leg in close[:-1]:
        pickup, dropoff = (v for run in runs for v in run.visits if v.leg_id == leg.id)
        assert leg.pickup_window.earliest <= pickup.planned <= leg.pickup_window.latest
        assert leg.dropoff_window.earliest <= dropoff.planned <= leg.dropoff_window.latest


def test_who_books_an_hour_before_is_promised_the_narrow_window_at_once(county: County) -> None:
    county.clock.set(9)
    rider_id, origin, destination, _ = RIDES[0]
    request = wish(county.place(origin), county.place(destination), depart_after=local(10, 15), rider_id=rider_id)
    booking = county.book(county.rides(request, BUS)[0])
    assert isinstance(booking, Booking)
    window = booking.legs[0].pickup_window
    assert window.latest - window.earliest <= WIDTH
    assert narrow_promises(county.context) == 0
    assert told(county) == [], "one message, not two"


def test_a_late_bus_is_told_as_late_and_not_narrowed(county: County) -> None:
    _, leg = first_to_ride(county, book_the_morning(county))
    county.clock.now = pickup_of(county, leg).planned - timedelta(minutes=30)
    report_progress(
        county.context, county.desk, leg.run_id or "", Progress(ProgressKind.DELAYED, county.clock(), delay_s=50 * 60)
    )
    narrow_promises(county.context)
    after = pickup_of(county, leg)
    assert (after.earliest, after.latest) == (leg.pickup_window.earliest, leg.pickup_window.latest)


def test_who_is_aboard_is_not_narrowed(county: County) -> None:
    booking, leg = first_to_ride(county, book_the_morning(county))
    county.clock.now = pickup_of(county, leg).planned
    report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.BOARDED, county.clock(), leg.id))
    narrow_promises(county.context)
    assert county.booking(booking.id).legs[0].narrowed_at is None


@pytest.mark.parametrize("means", [ReachedBy.PAPER, ReachedBy.TELEPHONE])
def test_what_a_driver_holds_in_his_hand_stays_true(county: County, means: ReachedBy) -> None:
    _, leg = first_to_ride(county, book_the_morning(county))
    run = county.run(leg.run_id)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(run, reached_by=means, revision=run.revision + 1), run.revision)
    issued = issue_manifest(county.context, county.desk, run.id)
    county.clock.now = pickup_of(county, leg).planned - SET_TIME
    narrow_promises(county.context)
    assert county.run(run.id) == issued
