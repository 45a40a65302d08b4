"""The bus is full, and somebody waits: whoever came first gets the first place that becomes free, and hears of it in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import mobility.actions.serve_waiting_list as serving
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import Context
from mobility.actions.offer_rides import consider_rides
from mobility.actions.serve_waiting_list import serve_waiting_list
from mobility.actions.wait_for_ride import list_waiting, stop_waiting, wait_for_ride
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, LegState
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import Decision, Offer, Reason, RideRequest
from mobility.domain.riders import Party
from mobility.domain.waiting import WaitingState, WaitingWish
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from mobility.notifications.facts import message_of
from mobility.notifications.outbox import list_untold
from mobility.store.interface import Transaction
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector

BUS, SURGERY, HOME = "auental-bus", "Hausarztpraxis am Markt Auenfurt", "Kirschallee 10 Nebelow"
TOMORROW = DAYS[1]
FIRST, SECOND, NEIGHBOUR = "r-003", "r-004", "r-005"


@pytest.fixture
def quick(county_files: CountyFiles) -> County:
    """In memory alone."""
    return open_county(MemoryStore(), county_files)


def asks(county: County, rider_id: str, seats: int = 1) -> RideRequest:
    to_the_doctor = local(10, day=TOMORROW)
    return wish(county.place(HOME), county.place(SURGERY), arrive_by=to_the_doctor, rider_id=rider_id, party=Party(seats))


def full_bus(county: County) -> Booking:
    """A neighbour's family of eight fills the only bus, which drives for this one ride."""
    offer = county.rides(asks(county, NEIGHBOUR, 8), BUS)[0]
    booking = county.book(offer)
    assert isinstance(booking, Booking)
    with county.context.store.transaction() as tx:
        for run in tx.list_runs(county.desk, TOMORROW):
            if run.id != offer.run_id:
                tx.save_run(replace(run, withdrawn=True, revision=run.revision + 1), run.revision)
        run = tx.get_run(county.desk, offer.run_id or "")
        riding = [visit for visit in run.visits if visit.leg_id]
        first, last = riding[0].planned - timedelta(minutes=25), riding[-1].planned + timedelta(minutes=25)
        start = replace(run.visits[0], earliest=first, latest=first, planned=first)
        end = replace(run.visits[-1], latest=last, earliest=min(run.visits[-1].earliest, last), planned=last)
        run = replace(run, starts_at=first, ends_at=last, visits=(start, *riding, end), revision=run.revision + 1)
        tx.save_run(run, run.revision - 1)
    return booking


def refused(county: County, rider_id: str, seats: int = 1) -> Decision:
    decision = county.ask(asks(county, rider_id, seats))
    assert decision.rejection is not None
    assert decision.rejection.reason is Reason.NO_CAPACITY
    return decision


def waits(county: County, rider_id: str, seats: int = 1, actor: Actor | None = None) -> WaitingWish:
    return wait_for_ride(county.context, actor or county.resident(rider_id), refused(county, rider_id, seats).id)


def booked_for(county: County, rider_id: str) -> list[Booking]:
    with county.context.store.transaction() as tx:
        return [one for one in tx.list_bookings(county.desk, rider_id) if one.is_open]


def told(county: County, kind: NoticeKind) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return [one for one in tx.list_notices(county.desk) if one.kind is kind]


def to_ring(county: County) -> set[NoticeKind]:
    with county.context.store.transaction() as tx:
        return {one.notice.kind for one in list_untold(tx, county.desk, frozenset(), county.clock())}


def test_a_wish_that_cannot_be_worked_on_stops_no_other(
    quick: County, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    family = full_bus(quick)
    broken = waits(quick, FIRST)
    quick.clock.now += timedelta(minutes=1)
    waits(quick, SECOND)
    cancel_booking(quick.context, quick.desk, family.id)

    def wrong(context: Context, actor: Actor, request: RideRequest) -> Decision:
        if request.rider_id == FIRST:
            raise ValueError("Kirschallee 10")
        return consider_rides(context, actor, request)

    monkeypatch.setattr(serving, "consider_rides", wrong)
    assert [serve_waiting_list(quick.context, AGENCY) for _ in range(2)] == [1, 0]
    assert len(booked_for(quick, SECOND)) == 1
    (task,) = told(quick, NoticeKind.WISH_STUCK)
    with quick.context.store.transaction() as tx:
        message = message_of(tx, task, "de")
    assert message is not None
    assert "Hausarztpraxis" in message.body
    assert NoticeKind.WISH_STUCK in to_ring(quick)
    assert f"wish {broken.id} failed: ValueError" in caplog.text
    assert "Kirschallee" not in caplog.text, "nothing of anybody"
    monkeypatch.undo()
    assert serve_waiting_list(quick.context, AGENCY) == 1, "it is tried again"


def test_a_family_cancels_and_who_came_first_rides(county: County) -> None:
    family = full_bus(county)
    waits(county, FIRST)
    county.clock.now += timedelta(minutes=1)
    waits(county, SECOND, 8)
    assert serve_waiting_list(county.context, AGENCY) == 0
    cancel_booking(county.context, county.desk, family.id)
    assert serve_waiting_list(county.context, AGENCY) == 1, "eight more do not fit beside her"
    (booking,) = booked_for(county, FIRST)
    assert booking.legs[0].state is LegState.ON_RUN
    assert booking.legs[0].dropoff_window.latest <= local(10, day=TOMORROW)
    assert booked_for(county, SECOND) == []
    (notice,) = told(county, NoticeKind.WAITED_FOR)
    with county.context.store.transaction() as tx:
        message = message_of(tx, notice, "de")
    assert notice.to_rider_id == FIRST
    assert message is not None
    assert "Platz frei geworden" in message.body
    assert [one.rider_id for one in list_waiting(county.context, county.desk)] == [SECOND]
    assert serve_waiting_list(county.context, AGENCY) == 0, "she is booked once"
    found = Inspector(county.context, AGENCY, [TOMORROW]).findings()
    assert [one for one in found if not one.startswith("duty:")] == [], "the duty was cut short for this story"


def test_a_worker_killed_in_between_leaves_her_waiting(quick: County, monkeypatch: pytest.MonkeyPatch) -> None:
    family = full_bus(quick)
    waits(quick, FIRST)
    cancel_booking(quick.context, quick.desk, family.id)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with quick.context.store.transaction() as tx:
        kind = type(tx)
    with monkeypatch.context() as patched:
        patched.setattr(kind, "save_waiting_wish", dies)
        with pytest.raises(KeyboardInterrupt):
            serve_waiting_list(quick.context, AGENCY)
    assert booked_for(quick, FIRST) == []
    assert serve_waiting_list(quick.context, AGENCY) == 1
    assert len(booked_for(quick, FIRST)) == 1


def test_at_night_nobody_is_rung_up(quick: County) -> None:
    family = full_bus(quick)
    waits(quick, FIRST)
    quick.clock.set(22)
    cancel_booking(quick.context, quick.desk, family.id, is_heard=True)
    assert serve_waiting_list(quick.context, AGENCY) == 1, "the place is hers at once"
    assert NoticeKind.WAITED_FOR not in to_ring(quick)
    quick.clock.set(7, day=TOMORROW)
    assert NoticeKind.WAITED_FOR in to_ring(quick)


def test_what_could_not_be_told_in_time_is_not_booked(quick: County) -> None:
    """She must know by half past six: in the evening she hears that it has come to nothing."""
    family = full_bus(quick)
    decision = refused(quick, FIRST)
    wait_for_ride(quick.context, quick.resident(FIRST), decision.id, local(6, 30, day=TOMORROW))
    quick.clock.set(21)
    cancel_booking(quick.context, quick.desk, family.id)
    assert serve_waiting_list(quick.context, AGENCY) == 0
    assert booked_for(quick, FIRST) == []
    assert NoticeKind.WAITED_IN_VAIN in to_ring(quick)


def test_in_the_end_she_hears_that_she_waited_in_vain(quick: County) -> None:
    full_bus(quick)
    waiting = waits(quick, FIRST)
    assert waiting.until == local(9, day=TOMORROW), "an hour before"
    quick.clock.set(9, 1, day=TOMORROW)
    for _ in range(2):
        serve_waiting_list(quick.context, AGENCY)
    (notice,) = told(quick, NoticeKind.WAITED_IN_VAIN)
    with quick.context.store.transaction() as tx:
        message = message_of(tx, notice, "de")
        assert tx.lock_waiting_wish(quick.desk, waiting.id).state is WaitingState.DROPPED
    assert message is not None
    assert "10:00" in message.body
    assert list_waiting(quick.context, quick.desk) == []


def test_while_nothing_changes_nothing_is_searched(quick: County, monkeypatch: pytest.MonkeyPatch) -> None:
    family, seen = full_bus(quick), dict[str, int]()
    waits(quick, FIRST)
    serve_waiting_list(quick.context, AGENCY, seen)
    with monkeypatch.context() as patched:
        patched.setattr("mobility.actions.serve_waiting_list.consider_rides", None)
        serve_waiting_list(quick.context, AGENCY, seen)
    cancel_booking(quick.context, quick.desk, family.id)
    assert serve_waiting_list(quick.context, AGENCY, seen) == 1


def test_waiting_is_taken_back_and_is_nobody_elses_business(quick: County) -> None:
    family = full_bus(quick)
    waiting = waits(quick, FIRST)
    assert wait_for_ride(quick.context, quick.resident(FIRST), waiting.decision_id) == waiting, "pressed twice"
    with pytest.raises(NotFoundError):
        stop_waiting(quick.context, quick.resident(SECOND), waiting.id)
    with pytest.raises(NotFoundError):
        wait_for_ride(quick.context, quick.resident(SECOND), waiting.decision_id)
    with pytest.raises(NotAllowedError):
        list_waiting(quick.context, quick.driver("d-001"))
    assert list_waiting(quick.context, quick.resident(SECOND)) == []
    assert stop_waiting(quick.context, quick.resident(FIRST), waiting.id).state is WaitingState.WITHDRAWN
    cancel_booking(quick.context, quick.desk, family.id)
    assert serve_waiting_list(quick.context, AGENCY) == 0


def test_where_waiting_does_not_help_it_is_said(quick: County) -> None:
    can_ride = quick.ask(asks(quick, FIRST))
    with pytest.raises(ConflictError, match="rides to choose from"):
        wait_for_ride(quick.context, quick.desk, can_ride.id)
    at_night = quick.ask(replace(asks(quick, FIRST), arrive_by=local(3, day=TOMORROW)))
    with pytest.raises(ConflictError, match="does not help"):
        wait_for_ride(quick.context, quick.desk, at_night.id)
    full_bus(quick)
    decision = refused(quick, FIRST)
    quick.clock.set(9, 30, day=TOMORROW)
    with pytest.raises(InvalidInputError, match="too near"):
        wait_for_ride(quick.context, quick.desk, decision.id)


def test_who_asks_to_wait_once_more_is_booked_once(quick: County) -> None:
    """Another tab still shows the button after the place was found."""
    family = full_bus(quick)
    waiting = waits(quick, FIRST)
    cancel_booking(quick.context, quick.desk, family.id)
    assert serve_waiting_list(quick.context, AGENCY) == 1
    again = wait_for_ride(quick.context, quick.resident(FIRST), waiting.decision_id)
    assert again.state is WaitingState.BOOKED
    assert serve_waiting_list(quick.context, AGENCY) == 0
    assert len(booked_for(quick, FIRST)) == 1


def test_who_stopped_waiting_may_begin_anew(quick: County) -> None:
    full_bus(quick)
    waiting = waits(quick, FIRST)
    stop_waiting(quick.context, quick.resident(FIRST), waiting.id)
    assert wait_for_ride(quick.context, quick.resident(FIRST), waiting.decision_id).state is WaitingState.WAITING


def test_who_booked_the_free_place_herself_is_not_booked_twice(quick: County) -> None:
    family = full_bus(quick)
    waiting = waits(quick, FIRST)
    cancel_booking(quick.context, quick.desk, family.id)
    quick.book(quick.rides(asks(quick, FIRST), BUS)[0])
    assert serve_waiting_list(quick.context, AGENCY) == 0
    assert len(booked_for(quick, FIRST)) == 1
    with quick.context.store.transaction() as tx:
        assert tx.lock_waiting_wish(quick.desk, waiting.id).state is WaitingState.WITHDRAWN


def test_who_is_erased_while_the_list_is_served_stops_nobody_elses(quick: County, monkeypatch: pytest.MonkeyPatch) -> None:
    family = full_bus(quick)
    waits(quick, FIRST)
    quick.clock.now += timedelta(minutes=1)
    waits(quick, SECOND)
    cancel_booking(quick.context, quick.desk, family.id)
    look = serving._rides_instead

    def erased_first(tx: Transaction, wish: WaitingWish, offer: Offer) -> set[LegState]:
        if wish.rider_id == FIRST:
            raise NotFoundError("rider: not found")
        return look(tx, wish, offer)

    monkeypatch.setattr(serving, "_rides_instead", erased_first)
    assert serve_waiting_list(quick.context, AGENCY) == 1
    assert len(booked_for(quick, SECOND)) == 1
