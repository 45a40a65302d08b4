"""The computer is down: everything is on paper the evening before, and entered the day after. And what a rescue leaves to the desk."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.declare_rescue import declare_rescue, preview_rescue
from mobility.actions.enter_afterwards import Entry, Happened, enter_afterwards
from mobility.actions.hand_out_manifest import acknowledge_manifest, looks_of
from mobility.actions.make_paper_pack import hand_out_pack, read_paper_pack
from mobility.actions.settle_rescue import Settled, list_left, settle_rescue
from mobility.actions.take_driver_events import read_driver_events
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.fleet import ReachedBy
from mobility.domain.notices import NoticeKind
from mobility.domain.rescues import RescueCause
from mobility.domain.runs import Run, VisitKind
from mobility.errors import ConflictError, InvalidInputError, StaleRunError
from mobility.manifests.pack import pack_pdf, rides_by_name
from tests.county import AGENCY, DAYS, MONDAY, County
from tests.integrity.invariants import Inspector
from tests.scenarios.test_reoptimisation import reach_by
from tests.scenarios.test_rescue import begin_with_a_day, busiest, notices, only_run, runs_of


@pytest.fixture
def booked(county: County) -> list[Booking]:
    return begin_with_a_day(county, 10)


def assert_all_holds(county: County) -> None:
    assert Inspector(county.context, AGENCY, DAYS).findings() == []


def outcomes(county: County, run: Run) -> dict[str, Outcome | None]:
    with county.context.store.transaction() as tx:
        bookings = tx.list_bookings_of_legs(county.desk, run.leg_ids)
    return {leg.id: leg.outcome for booking in bookings for leg in booking.legs if leg.id in run.leg_ids}


def test_looking_at_a_rescue_changes_nothing_and_says_what_then_happens(county: County, booked: list[Booking]) -> None:
    run, before = busiest(county), runs_of(county)
    preview = preview_rescue(county.context, county.desk, run.id)
    assert runs_of(county) == before
    assert {ride.leg.id for ride, _ in preview.rides} == set(run.leg_ids)
    rescue = declare_rescue(county.context, county.desk, run.id, RescueCause.DRIVER_MISSING)
    foretold = [(ride.leg.id, place.run.id if place else None, place.late_s if place else 0) for ride, place in preview.rides]
    assert [(ride.leg_id, ride.run_id, ride.late_s) for ride in rescue.rides] == foretold
    with pytest.raises(ConflictError):
        preview_rescue(county.context, county.desk, run.id)


@pytest.mark.parametrize("how", Settled)
def test_the_desk_sees_to_whoever_is_left(county: County, booked: list[Booking], how: Settled) -> None:
    run = busiest(county)
    only_run(county, run.id)
    declare_rescue(county.context, county.desk, run.id, RescueCause.BREAKDOWN)
    left = list_left(county.context, county.desk)
    assert {one.leg.id for one in left} == set(run.leg_ids)
    assert {one.owner for one in left} == {county.desk.account_id}
    first = left[0]
    booking = settle_rescue(county.context, county.desk, first.booking.id, first.leg.id, how, "Taxi Meyer")
    outcome = Outcome.CANCELLED if how is Settled.CALLED_OFF else Outcome.PERFORMED
    assert (booking.leg(first.leg.id).state, booking.leg(first.leg.id).outcome) == (LegState.CLOSED, outcome)
    assert booking.history[-1].what == f"{how.value}: Taxi Meyer"
    assert len(list_left(county.context, county.desk)) == len(left) - 1
    assert_all_holds(county)
    with pytest.raises(ConflictError):
        settle_rescue(county.context, county.desk, first.booking.id, first.leg.id, how)


def test_the_pack_holds_everybody_and_handing_it_out_counts(county: County, booked: list[Booking]) -> None:
    reach_by(county, ReachedBy.PAPER)
    pack = read_paper_pack(county.context, county.desk, MONDAY)
    rides = rides_by_name(pack.manifests, "de")
    assert len(rides) == len([leg for run in runs_of(county).values() for leg in run.leg_ids])
    assert [ride[0].casefold() for ride in rides] == sorted(ride[0].casefold() for ride in rides)
    assert all(re.fullmatch(r"0[\d ]+", ride[1]) for ride in rides), "everybody has a telephone number, as one dials it"
    assert all(run.manifest is None for run in runs_of(county).values()), "printing it records nothing"
    hand_out_pack(county.context, county.desk, pack.revisions)
    issued = {run.id for run in runs_of(county).values() if run.manifest is not None}
    assert issued == set(pack.revisions)
    with pytest.raises(StaleRunError):
        hand_out_pack(county.context, county.desk, pack.revisions)


def test_what_was_seen_is_acknowledged_only_while_it_looks_like_that(county: County, booked: list[Booking]) -> None:
    run = busiest(county)
    seen = looks_of(run)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(run, revision=run.revision + 1), run.revision)  # held and freed meanwhile: it looks the same
    assert acknowledge_manifest(county.context, county.desk, run.id, seen).manifest is not None
    cancel_booking(county.context, county.desk, next(one.id for one in booked if one.legs[0].run_id == run.id))
    with pytest.raises(StaleRunError):
        acknowledge_manifest(county.context, county.desk, run.id, seen)


def test_the_next_day_what_happened_is_entered(county: County, booked: list[Booking]) -> None:
    run = busiest(county)
    told = len(notices(county, *NoticeKind))
    county.clock.now = run.ends_at + timedelta(hours=14)
    legs = list(run.leg_ids)
    planned = {v.leg_id: v.planned for v in run.visits if v.kind is VisitKind.PICKUP}
    rode = [Entry(leg, Happened.RODE, boarded_at=planned[leg] + timedelta(minutes=6)) for leg in legs[2:]]
    entries = [Entry(legs[0], Happened.NO_SHOW), Entry(legs[1], Happened.NOT_DRIVEN), *rode]
    enter_afterwards(county.context, county.desk, run.id, run.revision, entries)
    wanted = {legs[0]: Outcome.NO_SHOW, **dict.fromkeys(legs[2:], Outcome.PERFORMED)}
    assert {leg: outcome for leg, outcome in outcomes(county, run).items() if leg in wanted} == wanted
    assert outcomes(county, run)[legs[1]] is Outcome.CANCELLED
    actual = {v.leg_id: v.actual for v in county.run(run.id).visits if v.kind is VisitKind.PICKUP}
    assert all(actual[leg] == planned[leg] + timedelta(minutes=6) for leg in legs[2:])
    entered = read_driver_events(county.context, county.desk, run.id)
    assert {event.received_at for event in entered} == {county.clock()}, "when it was entered is not made up"
    history = [entry for one in booked for entry in county.booking(one.id).history if entry.what.startswith("boarded")]
    assert len(history) == len(rode)
    assert {entry.at for entry in history} == {county.clock()}
    assert all(", happened at 2026-06-" in entry.what for entry in history), "and when it happened, too"
    assert len(notices(county, *NoticeKind)) == told, "nobody is told the next day that the bus was late"
    assert_all_holds(county)


def test_an_impossible_entry_leaves_nothing_half_written(county: County, booked: list[Booking]) -> None:
    run = busiest(county)
    county.clock.now = run.ends_at + timedelta(hours=14)
    first, second = run.leg_ids[:2]
    wrong = Entry(second, Happened.RODE, run.ends_at, run.starts_at)
    with pytest.raises(InvalidInputError) as refused:
        enter_afterwards(county.context, county.desk, run.id, run.revision, [Entry(first, Happened.NO_SHOW), wrong])
    assert [problem.where for problem in refused.value.problems] == [second]
    assert county.run(run.id) == run
    later = county.clock() + timedelta(hours=1)
    with pytest.raises(InvalidInputError):
        enter_afterwards(county.context, county.desk, run.id, run.revision, [Entry(first, Happened.RODE, later)])
    with pytest.raises(StaleRunError):
        enter_afterwards(county.context, county.desk, run.id, run.revision + 1, [Entry(first, Happened.NO_SHOW)])
    assert county.run(run.id) == run


def test_a_ride_still_to_come_is_not_entered_as_not_driven(county: County, booked: list[Booking]) -> None:
    run = busiest(county)
    coming = run.leg_ids[-1]
    county.clock.now = next(v.latest for v in run.visits if v.leg_id == coming) - timedelta(minutes=1)
    with pytest.raises(InvalidInputError) as refused:
        enter_afterwards(county.context, county.desk, run.id, run.revision, [Entry(coming, Happened.NOT_DRIVEN)])
    assert [(problem.where, problem.what) for problem in refused.value.problems] == [(coming, "in_the_future")]
    assert county.run(run.id) == run, "whoever waits for the bus is not cancelled in silence"


def test_who_rode_without_a_booking_is_counted_afterwards(county: County, booked: list[Booking]) -> None:
    run = busiest(county)
    county.clock.now = run.ends_at + timedelta(hours=14)
    rode = Entry(run.leg_ids[0], Happened.RODE, next(v.planned for v in run.visits if v.leg_id == run.leg_ids[0]))
    after = enter_afterwards(county.context, county.desk, run.id, run.revision, [rode], walk_ups=3)
    assert (after.walk_ups_counted, after.walk_ups_aboard) == (3, 0)
    again = enter_afterwards(county.context, county.desk, run.id, after.revision, [], walk_ups=2)
    assert (again.walk_ups_counted, again.walk_ups_aboard) == (5, 0)
    assert county.run(run.id).walk_ups == again.walk_ups
    with pytest.raises(StaleRunError):
        enter_afterwards(county.context, county.desk, run.id, after.revision, [], walk_ups=2)
    assert_all_holds(county)


def test_a_run_that_has_not_begun_has_nothing_to_enter(county: County, booked: list[Booking]) -> None:
    run = busiest(county)
    with pytest.raises(ConflictError):
        enter_afterwards(county.context, county.desk, run.id, run.revision, [])


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_pack_is_one_tagged_pdf(county: County, booked: list[Booking], language: Literal["de", "en"]) -> None:
    from zoneinfo import ZoneInfo

    pack = read_paper_pack(county.context, county.desk, MONDAY)
    pdf = pack_pdf(pack, county.clock(), language, ZoneInfo("Europe/Berlin"))
    assert pdf.startswith(b"%PDF")
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf
