"""A driver without signal: what his telephone kept arrives late, twice, in any order, from two telephones, and the run is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.enter_afterwards import Entry, Happened, enter_afterwards
from mobility.actions.hold_offer import hold_offer
from mobility.actions.pin_ride import pin_ride
from mobility.actions.take_driver_events import Reported, Taken, read_driver_events, take_driver_events
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.driver_events import EventKind, EventProblem
from mobility.domain.holds import Hold
from mobility.domain.notices import NoticeKind
from mobility.domain.rescues import RescueCause
from mobility.domain.runs import Run, VisitKind
from mobility.errors import InvalidInputError, NotFoundError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector

Batch = tuple[str, Sequence[Reported]]


def booked(county: County, rider: str, to: str, hour: int, minute: int = 0) -> Booking:
    homes = {r.id: r.home for r in county.files.people.riders}
    origin, destination = homes[rider], homes[to]
    assert origin is not None
    assert destination is not None
    request = wish(origin, destination, rider_id=rider, depart_after=local(hour, minute))
    booking = county.book(county.rides(request, "auental-bus")[0])
    assert isinstance(booking, Booking)
    return booking


def send(county: County, run_id: str, device: str, *reports: Reported, clock: datetime | None = None) -> list[Taken]:
    driver = county.driver(county.run(run_id).driver_id or "")
    return take_driver_events(county.context, driver, run_id, device, clock or county.clock(), reports)


def kinds(county: County) -> list[NoticeKind]:
    with county.context.store.transaction() as tx:
        return [notice.kind for notice in tx.list_notices(county.desk) if notice.sent_at is None]


@pytest.fixture
def two_rides(county: County) -> tuple[County, str, str, str]:
    """Two people on one bus in the morning, and the time at which both are home again: county, run, and the two legs."""
    first, second = booked(county, "r-002", "r-010", 8), booked(county, "r-010", "r-006", 10)
    legs = (first.legs[0], second.legs[0])
    assert legs[0].run_id == legs[1].run_id is not None
    county.clock.now = legs[1].dropoff_window.latest + timedelta(minutes=30)
    return county, legs[0].run_id or "", legs[0].id, legs[1].id


def test_what_was_kept_without_signal_arrives_late_and_counts_once(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    reports = [
        Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first),
        Reported(2, EventKind.WALK_UP, local(8, 9), persons=2),
        Reported(3, EventKind.ALIGHTED, local(8, 30), leg_id=first),
    ]
    assert [(t.known, t.problem) for t in send(county, run_id, "d1", *reports)] == [(False, None)] * 3
    run = county.run(run_id)
    assert [v.actual for v in run.visits if v.leg_id == first] == [local(8, 7), local(8, 30)]
    assert (run.walk_ups_aboard, run.walk_ups[0].at) == (2, local(8, 9))
    assert [(t.known, t.problem) for t in send(county, run_id, "d1", *reports)] == [(True, None)] * 3
    assert county.run(run_id) == run, "sent twice, counted once"
    driver = county.driver(run.driver_id or "")
    assert [e.sequence for e in read_driver_events(county.context, driver, run_id)] == [1, 2, 3]


def test_picked_up_beats_cancelled(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    booking_id = next(b.id for b in _bookings(county) if b.legs[0].id == first)
    county.clock.set(8, 2)
    cancel_booking(county.context, county.desk, booking_id)
    assert first not in county.run(run_id).leg_ids
    county.clock.set(8, 40)
    (taken,) = send(county, run_id, "d1", Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first))
    assert (taken.problem, taken.beats_cancellation) == (None, True)
    leg = county.booking(booking_id).legs[0]
    assert (leg.state, leg.outcome, leg.run_id) == (LegState.ON_RUN, None, run_id)
    assert [v.kind for v in county.run(run_id).visits if v.leg_id == first] == [VisitKind.PICKUP, VisitKind.DROPOFF]
    assert any("picked up although cancelled" in entry.what for entry in county.booking(booking_id).history)
    assert kinds(county).count(NoticeKind.CARRIED_ON) == 2, "rider and desk are told"
    send(county, run_id, "d1", Reported(2, EventKind.ALIGHTED, local(8, 30), leg_id=first))
    assert county.booking(booking_id).legs[0].outcome is Outcome.PERFORMED


def test_a_slip_of_the_thumb_is_taken_back(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    before = county.run(run_id)
    send(county, run_id, "d1", Reported(1, EventKind.NO_SHOW, local(8, 10), leg_id=first))
    assert [v.skipped for v in county.run(run_id).visits if v.leg_id == first] == [True], "nobody to set down"
    send(county, run_id, "d1", Reported(2, EventKind.UNDO, local(8, 11), undoes=1))
    after = county.run(run_id)
    assert [(v.key, v.actual, v.skipped) for v in after.visits] == [(v.key, v.actual, v.skipped) for v in before.visits]
    booking = next(b for b in _bookings(county) if b.legs[0].id == first)
    assert (booking.legs[0].state, booking.legs[0].outcome) == (LegState.ON_RUN, None)
    assert [entry.what.partition(",")[0] for entry in booking.history[-2:]] == ["no_show", "undone: no_show"]


def test_taking_back_a_pick_up_leaves_the_ride_cancelled(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    booking_id = next(b.id for b in _bookings(county) if b.legs[0].id == first)
    county.clock.set(8, 2)
    cancel_booking(county.context, county.desk, booking_id)
    county.clock.set(8, 40)
    send(county, run_id, "d1", Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first))
    send(county, run_id, "d1", Reported(2, EventKind.UNDO, local(8, 8), undoes=1))
    assert county.booking(booking_id).legs[0].outcome is Outcome.CANCELLED
    assert first not in county.run(run_id).leg_ids


def test_what_contradicts_is_kept_for_the_desk_until_another_report_explains_it(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    (taken,) = send(county, run_id, "second", Reported(1, EventKind.ALIGHTED, local(8, 30), leg_id=first))
    assert taken.problem is EventProblem.NOT_BOARDED
    assert NoticeKind.DRIVER_REPORT in kinds(county)
    send(county, run_id, "first", Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first))
    assert NoticeKind.DRIVER_REPORT not in kinds(county), "the other telephone explains it"
    assert [v.actual for v in county.run(run_id).visits if v.leg_id == first] == [local(8, 7), local(8, 30)]
    (lost,) = send(county, run_id, "first", Reported(2, EventKind.BOARDED, local(8, 9), leg_id="nobody"))
    assert lost.problem is EventProblem.NOT_ON_RUN
    assert NoticeKind.DRIVER_REPORT in kinds(county)


def test_reports_of_a_run_that_somebody_else_drives_now_go_to_the_desk(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    old = county.driver(county.run(run_id).driver_id or "")
    with county.context.store.transaction() as tx:
        run = tx.lock_runs([run_id])[0]
        tx.save_run(run.without_driver(), run.revision)
    report = Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first)
    (taken,) = take_driver_events(county.context, old, run_id, "d1", county.clock(), [report])
    assert taken.problem is EventProblem.NOT_YOUR_RUN
    assert not any(visit.is_done for visit in county.run(run_id).visits)
    assert NoticeKind.DRIVER_REPORT in kinds(county)


@pytest.mark.parametrize("is_colleague", [False, True])
def test_a_driver_who_never_had_a_run_reports_nothing_here(
    two_rides: tuple[County, str, str, str], *, is_colleague: bool
) -> None:
    county, run_id, first, _ = two_rides
    run = county.run(run_id)
    other = next(
        driver
        for driver in county.files.people.drivers
        if (driver.provider_id == run.provider_id) == is_colleague and driver.id != run.driver_id
    )
    with pytest.raises(NotFoundError):
        take_driver_events(
            county.context,
            county.driver(other.id),
            run_id,
            "d",
            county.clock(),
            [Reported(1, EventKind.BOARDED, county.clock(), first)],
        )
    assert read_driver_events(county.context, county.desk, run_id) == []


def test_a_telephone_whose_clock_is_wrong_is_put_right(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    wrong = timedelta(days=3, hours=1)
    report = Reported(1, EventKind.BOARDED, local(8, 7) + wrong, leg_id=first)
    (taken,) = send(county, run_id, "d1", report, clock=county.clock() + wrong)
    assert taken.problem is None
    assert next(v.actual for v in county.run(run_id).visits if v.leg_id == first) == local(8, 7)


def _bookings(county: County) -> list[Booking]:
    with county.context.store.transaction() as tx:
        return tx.list_bookings(county.desk)


@pytest.fixture(scope="module")
def morning(county_files: CountyFiles) -> tuple[County, Run, dict[str, str]]:
    """A bus's morning in memory, two rides on it, a third that the desk cancels; nothing reported yet."""
    county = open_county(MemoryStore(), county_files)
    names = {
        "a": booked(county, "r-002", "r-010", 8),
        "b": booked(county, "r-010", "r-006", 10),
        "c": booked(county, "r-002", "r-010", 8, 5),
    }
    run_id = names["a"].legs[0].run_id
    assert {booking.legs[0].run_id for booking in names.values()} == {run_id}
    county.clock.set(7, 30)
    cancel_booking(county.context, county.desk, names["c"].id)
    county.clock.set(13)
    return county, county.run(run_id), {name: booking.legs[0].id for name, booking in names.items()}


def the_day(legs: dict[str, str], run: Run) -> list[tuple[str, Reported]]:
    """As it happened: two telephones, a slip taken back, a delay, walk-ups, a cancelled rider who came, the break."""
    held = next(v.key for v in run.visits if v.kind is VisitKind.BREAK)
    return [
        ("one", Reported(1, EventKind.DELAYED, local(7, 50), delay_s=300)),
        ("one", Reported(2, EventKind.BOARDED, local(8, 8), leg_id=legs["a"])),
        ("two", Reported(1, EventKind.BOARDED, local(8, 9), leg_id=legs["a"])),
        ("two", Reported(2, EventKind.BOARDED, local(8, 15), leg_id=legs["c"])),
        ("one", Reported(3, EventKind.WALK_UP, local(8, 16), persons=2)),
        ("one", Reported(4, EventKind.NO_SHOW, local(8, 20), leg_id=legs["b"])),
        ("one", Reported(5, EventKind.UNDO, local(8, 21), undoes=4)),
        ("one", Reported(6, EventKind.ALIGHTED, local(8, 40), leg_id=legs["a"])),
        ("two", Reported(3, EventKind.ALIGHTED, local(8, 55), leg_id=legs["c"])),
        ("one", Reported(7, EventKind.WALK_UP, local(8, 56), persons=-2)),
        ("two", Reported(4, EventKind.BOARDED, local(10, 6), leg_id=legs["b"])),
        ("one", Reported(8, EventKind.DELAYED, local(10, 8), delay_s=600)),
        ("two", Reported(5, EventKind.ALIGHTED, local(10, 30), leg_id=legs["b"])),
        ("one", Reported(9, EventKind.PASSED, local(12, 10), halt=held)),
        ("one", Reported(10, EventKind.DELAYED, local(12, 20), delay_s=900)),
    ]


def state(county: County, run_id: str, legs: dict[str, str]) -> object:
    """What the reports have made of run and bookings."""
    run = county.run(run_id)
    visits = [(v.key, v.actual, v.skipped) for v in run.visits]
    outcomes = {leg.id: (leg.state, leg.outcome, leg.run_id) for b in _bookings(county) for leg in b.legs}
    problems = {e.id: e.problem for e in read_driver_events(county.context, county.desk, run_id)}
    late = [v.not_before for v in run.visits]
    return visits, late, run.delay_s, run.walk_ups, {leg: outcomes[leg] for leg in legs.values()}, problems


class _TakenBackError(Exception):
    """Leaves everything as it was before."""


def after(morning: tuple[County, Run, dict[str, str]], batches: Sequence[Batch]) -> object:
    """The state after these batches; the store is as before afterwards."""
    county, run, legs = morning
    store = county.context.store
    assert isinstance(store, MemoryStore)
    kept = {name: dict(getattr(store._tables, name)) for name in store._tables.__slots__}
    try:
        for device, reports in batches:
            send(county, run.id, device, *reports)
        return state(county, run.id, legs)
    finally:
        for name, rows in kept.items():
            table = getattr(store._tables, name)
            table.clear()
            table.update(rows)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_any_repetition_two_telephones_the_same_run(
    morning: tuple[County, Run, dict[str, str]], data: st.DataObject
) -> None:
    _, run, legs = morning
    day = the_day(legs, run)
    once = after(morning, [(device, [report]) for device, report in day])
    shuffled = data.draw(st.permutations([*day, *data.draw(st.lists(st.sampled_from(day), max_size=6))]))
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=len(shuffled), max_size=len(shuffled)))
    batches: list[Batch] = []
    for size in sizes:
        head, shuffled = shuffled[:size], shuffled[size:]
        batches += [
            (device, [r for d, r in head if d == device]) for device in ("one", "two") if any(d == device for d, _ in head)
        ]
    assert after(morning, batches) == once


def test_the_day_as_it_happened(morning: tuple[County, Run, dict[str, str]]) -> None:
    """What the property compares with is right itself."""
    _, run, legs = morning
    visits, _late, delay_s, walk_ups, outcomes, problems = after(morning, [(d, [r]) for d, r in the_day(legs, run)])  # type: ignore[misc]
    assert all(outcome == (LegState.CLOSED, Outcome.PERFORMED, run.id) for outcome in outcomes.values())  # type: ignore[has-type]
    assert set(problems.values()) == {None}  # type: ignore[has-type]
    assert [key for key, actual, _ in visits if actual and ":" in key and key.split(":")[1] in legs.values()] == [  # type: ignore[has-type]
        f"pickup:{legs['a']}", f"pickup:{legs['c']}", f"dropoff:{legs['a']}", f"dropoff:{legs['c']}", f"pickup:{legs['b']}",
        f"dropoff:{legs['b']}",
    ]  # fmt: skip
    assert (delay_s, [w.persons for w in walk_ups]) == (0, [2, -2]), "after the last halt nobody waits"  # type: ignore[has-type]
    assert run.agency_id == AGENCY


@pytest.mark.parametrize("mistaken", [EventKind.NO_SHOW, EventKind.ALIGHTED])
def test_a_report_taken_back_after_the_breakdown_leaves_the_rider_with_the_desk(
    two_rides: tuple[County, str, str, str], mistaken: EventKind
) -> None:
    county, run_id, first, _ = two_rides
    county.clock.set(8, 40)
    boarded = Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first)
    wrong = Reported(2, mistaken, local(8, 30), leg_id=first)
    send(county, run_id, "d1", *([boarded, wrong] if mistaken is EventKind.ALIGHTED else [wrong]))
    declare_rescue(county.context, county.desk, run_id, RescueCause.BREAKDOWN)
    county.clock.set(8, 45)
    (taken,) = send(county, run_id, "d1", Reported(3, EventKind.UNDO, county.clock(), undoes=2))
    assert taken.problem is None
    leg = next(leg for booking in _bookings(county) for leg in booking.legs if leg.id == first)
    assert (leg.state, leg.run_id, leg.owner, leg.outcome) == (LegState.IN_RESCUE, None, "desk", None)
    assert not [v for v in county.run(run_id).visits if v.leg_id == first and not v.is_done], "no bus comes any more"
    assert {NoticeKind.IN_RESCUE, NoticeKind.DESK_TASK} <= set(kinds(county))
    assert Inspector(county.context, AGENCY, DAYS).findings() == []


def test_nobody_takes_back_what_another_driver_reported(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    send(county, run_id, "d1", Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first))
    run = county.run(run_id)
    other = next(driver.id for driver in county.files.people.drivers if driver.id != run.driver_id)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(run, former_driver_ids=frozenset({other}), revision=run.revision + 1), run.revision)
    run = county.run(run_id)
    undo = Reported(2, EventKind.UNDO, county.clock(), undoes=1)
    (taken,) = take_driver_events(county.context, county.driver(other), run_id, "d1", county.clock(), [undo])
    assert taken.problem is EventProblem.NOT_YOUR_RUN
    assert county.run(run_id) == run
    assert "undone" not in "".join(entry.what for booking in _bookings(county) for entry in booking.history)


def test_a_contradiction_that_comes_up_again_is_the_desk_s_task_again(two_rides: tuple[County, str, str, str]) -> None:
    county, run_id, first, _ = two_rides
    send(county, run_id, "d1", Reported(1, EventKind.ALIGHTED, local(8, 30), leg_id=first))
    assert NoticeKind.DRIVER_REPORT in kinds(county)
    send(county, run_id, "d2", Reported(1, EventKind.BOARDED, local(8, 7), leg_id=first))
    assert NoticeKind.DRIVER_REPORT not in kinds(county)
    send(county, run_id, "d2", Reported(2, EventKind.UNDO, county.clock(), undoes=1))
    assert NoticeKind.DRIVER_REPORT in kinds(county)


def test_a_place_only_held_is_nobody_s_ride(county: County) -> None:
    homes = {r.id: r.home for r in county.files.people.riders}
    origin, destination = homes["r-002"], homes["r-010"]
    assert origin is not None
    assert destination is not None
    county.clock.set(8)
    offer = county.rides(wish(origin, destination, rider_id="r-002", depart_after=local(9)), "auental-bus")[0]
    hold = hold_offer(county.context, county.desk, offer.id)
    assert isinstance(hold, Hold)
    run = county.run(hold.run_id)
    reports = [Reported(1, EventKind.NO_SHOW, county.clock(), leg_id=hold.id)]
    (taken,) = take_driver_events(county.context, county.desk, run.id, "d1", county.clock(), reports)
    assert taken.problem is EventProblem.NOT_ON_RUN
    with pytest.raises(NotFoundError):
        pin_ride(county.context, county.desk, run.id, hold.id, pinned=True)
    county.clock.now = run.ends_at + timedelta(hours=1)
    entries = [Entry(hold.id, Happened.NOT_DRIVEN)]
    with pytest.raises(InvalidInputError):
        enter_afterwards(county.context, county.desk, run.id, run.revision, entries)
    assert county.run(run.id) == run
