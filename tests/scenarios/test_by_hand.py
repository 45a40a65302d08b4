"""The dispatcher's hand: move, swap, pin, overrule with a reason, undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.answer_ride import answer_ride
from mobility.actions.by_hand import ConsentMissingError, Hand, PlanMovedError, Preview, ReasonMissingError
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.hand_out_manifest import acknowledge_manifest, issue_manifest
from mobility.actions.move_ride import Move, move_ride, possible_moves, preview_move
from mobility.actions.pin_ride import pin_ride
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.swap_rides import Swap, preview_swap, swap_rides
from mobility.actions.undo_by_hand import UndoImpossibleError, Why, find_undoable, undo_by_hand
from mobility.domain.accounts import Role
from mobility.domain.bookings import Booking, LegState
from mobility.domain.fleet import Acceptance, ReachedBy
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run, VisitKind
from mobility.errors import ConflictError, NotAllowedError
from mobility.planning.by_hand import Spot
from routing.dialaride.judge import Breach
from tests.county import AGENCY, DAYS, County
from tests.integrity.invariants import Inspector
from tests.scenarios.test_reoptimisation import BUS, assert_promises_kept, begin_with_a_day, reach_by, runs_of
from tests.scenarios.test_rescue import notices


@pytest.fixture
def booked(county: County) -> list[Booking]:
    return [booking for booking in begin_with_a_day(county, 20) if booking.is_open]


def assert_all_holds(county: County) -> None:
    assert Inspector(county.context, AGENCY, DAYS).findings() == []


def buses(county: County) -> list[Run]:
    return [run for run in runs_of(county) if run.service_id == BUS]


def moves(county: County, bookings: Sequence[Booking]) -> Iterator[tuple[Move, Preview]]:
    """Everything that could be done with one ride."""
    for booking in bookings:
        leg = county.booking(booking.id).legs[0]
        for run, preview in possible_moves(county.context, county.desk, leg.run_id or "", leg.id):
            if preview is not None and preview.proposal.is_possible:
                yield Move(leg.id, leg.run_id or "", run.id), preview


def kept_move(county: County, bookings: Sequence[Booking]) -> tuple[Move, Preview]:
    """To another run, breaking nothing."""
    return next(
        (move, preview)
        for move, preview in moves(county, bookings)
        if move.run_id != move.to_run_id and not preview.proposal.needs_a_reason
    )


def broken_move(county: County, bookings: Sequence[Booking]) -> tuple[Move, Preview]:
    """One that makes somebody late, and nothing worse."""
    return next((move, preview) for move, preview in moves(county, bookings) if preview.proposal.objections)


def leg_of(county: County, leg_id: str) -> tuple[Booking, int]:
    with county.context.store.transaction() as tx:
        booking = tx.list_bookings_of_legs(county.desk, [leg_id])[0]
    return booking, [leg.id for leg in booking.legs].index(leg_id)


def test_frau_mueller_rides_with_the_other_bus_and_notices_nothing(county: County, booked: list[Booking]) -> None:
    move, preview = kept_move(county, booked)
    told = {one.id for one in notices(county, *NoticeKind)}
    move_ride(county.context, county.desk, move, Hand(preview.seal))
    booking, number = leg_of(county, move.leg_id)
    assert booking.legs[number].run_id == move.to_run_id
    assert all(visit.pinned for visit in county.run(move.to_run_id).visits if visit.leg_id == move.leg_id)
    assert move.leg_id not in county.run(move.run_id).leg_ids
    assert_promises_kept(county, booked)
    assert_all_holds(county)
    new = [one for one in notices(county, *NoticeKind) if one.id not in told]
    assert {one.kind for one in new} == {NoticeKind.RUN_CHANGED}, "the drivers hear of it; her promise stays"
    assert booking.history[-1].by == county.desk.account_id
    assert "move by hand" in booking.history[-1].what


def test_what_was_moved_by_hand_stays_there_when_the_plan_is_improved(county: County, booked: list[Booking]) -> None:
    move, preview = next(
        (move, preview)
        for move, preview in moves(county, booked)
        if not preview.proposal.needs_a_reason
        and preview.proposal.cost[1] > preview.proposal.cost[0]
        and move.run_id != move.to_run_id
    )
    move_ride(county.context, county.desk, move, Hand(preview.seal))
    reoptimise_day(county.context, AGENCY, runs_of(county)[0].day, seconds=1.0)
    assert move.leg_id in county.run(move.to_run_id).leg_ids
    assert_all_holds(county)


def test_pinned_rides_keep_run_and_order_and_unpinned_ones_are_free_again(county: County, booked: list[Booking]) -> None:
    before = {run.id: run for run in buses(county)}
    for run in before.values():
        for leg_id in run.leg_ids:
            pin_ride(county.context, county.desk, run.id, leg_id, pinned=True)
    reoptimise_day(county.context, AGENCY, runs_of(county)[0].day, seconds=1.0)
    order = {run.id: [(v.kind, v.leg_id) for v in run.visits] for run in buses(county)}
    assert order == {run.id: [(v.kind, v.leg_id) for v in run.visits] for run in before.values()}
    for run in buses(county):
        for leg_id in run.leg_ids:
            pin_ride(county.context, county.desk, run.id, leg_id, pinned=False)
    assert reoptimise_day(county.context, AGENCY, runs_of(county)[0].day, seconds=2.0).runs_changed > 0


def test_a_broken_promise_needs_a_reason_and_is_told(county: County, booked: list[Booking]) -> None:
    move, preview = broken_move(county, booked)
    late = [one for one in preview.proposal.objections if one.kind is Breach.TOO_LATE]
    with pytest.raises(ReasonMissingError):
        move_ride(county.context, county.desk, move, Hand(preview.seal))
    action = move_ride(county.context, county.desk, move, Hand(preview.seal, "der andere Bus ist voll"))
    assert action.reason == "der andere Bus ist voll"
    told = {one.booking_id for one in notices(county, NoticeKind.CHANGED)}
    for one in late:
        booking, number = leg_of(county, one.leg_id or "")
        assert booking.id in told, "whoever comes late is told"
        assert "der andere Bus ist voll" in booking.history[-1].what
        assert "promised was" in booking.history[-1].what
        was = next(each for each in booked if each.id == booking.id).legs[number]
        assert booking.legs[number].dropoff_window.latest >= was.dropoff_window.latest
    others = [b for b in booked if b.id not in {leg_of(county, one.leg_id or "")[0].id for one in preview.proposal.objections}]
    assert_promises_kept(county, others)
    assert_all_holds(county)


def test_if_the_plan_moved_it_is_shown_anew(county: County, booked: list[Booking]) -> None:
    move, preview = kept_move(county, booked)
    other = next(b for b in booked if b.legs[0].run_id == move.to_run_id)
    cancel_booking(county.context, county.desk, other.id)
    with pytest.raises(PlanMovedError):
        move_ride(county.context, county.desk, move, Hand(preview.seal))
    assert move.leg_id in county.run(move.run_id).leg_ids
    again = preview_move(county.context, county.desk, move)
    move_ride(county.context, county.desk, move, Hand(again.seal, "trotzdem"))


def test_seats_are_never_overruled(county: County, booked: list[Booking]) -> None:
    small = next(run for run in buses(county) if run.leg_ids)
    full = replace(small, vehicle=replace(small.vehicle, seats=0, wheelchair_places=0), revision=small.revision + 1)
    other = next(run for run in buses(county) if run.id != small.id and run.leg_ids)
    with county.context.store.transaction() as tx:
        tx.save_run(full, small.revision)
    move = Move(other.leg_ids[0], other.id, small.id)
    assert not preview_move(county.context, county.desk, move).proposal.is_possible
    with pytest.raises(ConflictError):
        move_ride(county.context, county.desk, move, Hand(None, "es muss sein", agreed=True))
    assert county.run(other.id) == other


def test_another_place_in_the_order(county: County, booked: list[Booking]) -> None:
    """Whoever is wished to be met first is met first, whatever it costs the others; they are told."""
    run = max(buses(county), key=lambda each: len(each.leg_ids))
    last = [v.leg_id for v in run.visits if v.kind is VisitKind.PICKUP][-1] or ""
    move = Move(last, run.id, run.id, Spot(after_pickup=0, after_dropoff=0))
    preview = preview_move(county.context, county.desk, move)
    after = preview.proposal.after[0]
    assert [v.leg_id for v in after.visits[1:3]] == [last, last]
    if preview.proposal.is_possible:
        move_ride(county.context, county.desk, move, Hand(preview.seal, "Arzttermin vorgezogen"))
        assert [v.leg_id for v in county.run(run.id).visits[1:3]] == [last, last]
    assert_all_holds(county)


def test_two_rides_change_places(county: County, booked: list[Booking]) -> None:
    runs = [run for run in buses(county) if run.leg_ids]
    swaps = [
        Swap(a, one.id, b, other.id)
        for one in runs
        for other in runs
        if one.id < other.id
        for a in one.leg_ids
        for b in other.leg_ids
    ]
    found = [(each, preview_swap(county.context, county.desk, each)) for each in swaps[:40]]
    swap, preview = next(each for each in found if each[1].proposal.is_possible)
    swap_rides(county.context, county.desk, swap, Hand(preview.seal, "die Nachbarinnen fahren gern zusammen"))
    assert swap.leg_id in county.run(swap.other_run_id).leg_ids
    assert swap.other_leg_id in county.run(swap.run_id).leg_ids
    assert_all_holds(county)
    undo_by_hand(county.context, county.desk)
    assert swap.leg_id in county.run(swap.run_id).leg_ids
    assert_promises_kept(county, booked)
    assert_all_holds(county)


def test_what_was_done_is_undone_once(county: County, booked: list[Booking]) -> None:
    move, preview = broken_move(county, booked)
    before = {run_id: county.run(run_id).visits for run_id in (move.run_id, move.to_run_id)}
    move_ride(county.context, county.desk, move, Hand(preview.seal, "versehentlich"))
    undo_by_hand(county.context, county.desk)
    assert {run_id: county.run(run_id).visits for run_id in before} == before
    assert_promises_kept(county, booked)
    assert_all_holds(county)
    with pytest.raises(UndoImpossibleError) as refused:
        undo_by_hand(county.context, county.desk)
    assert refused.value.why is Why.NOTHING_DONE


def test_a_page_left_open_undoes_what_it_names_or_nothing(county: County, booked: list[Booking]) -> None:
    leg = booked[0].legs[0]
    pin_ride(county.context, county.desk, leg.run_id or "", leg.id, pinned=True)
    named = find_undoable(county.context, county.desk)
    assert named is not None
    county.clock.now += timedelta(minutes=1)
    move, preview = kept_move(county, booked)
    move_ride(county.context, county.desk, move, Hand(preview.seal))
    with pytest.raises(UndoImpossibleError) as refused:
        undo_by_hand(county.context, county.desk, named.id)
    assert refused.value.why is Why.NOT_THE_LAST
    county.clock.now += timedelta(days=1, minutes=1)
    assert find_undoable(county.context, county.desk) is None, "what was done yesterday is not offered"
    county.clock.now -= timedelta(days=1, minutes=1)
    assert move.leg_id in county.run(move.to_run_id).leg_ids


def test_a_volunteer_told_that_a_ride_is_gone_does_not_get_it_back_unasked(county: County, booked: list[Booking]) -> None:
    move, _ = kept_move(county, booked)
    with county.context.store.transaction() as tx:
        source = tx.get_run(county.desk, move.run_id)
        asked = replace(source, acceptance=Acceptance.ASK_FIRST, revision=source.revision + 1)
        tx.save_run(asked, source.revision)
    move_ride(county.context, county.desk, move, Hand())
    with pytest.raises(UndoImpossibleError) as refused:
        undo_by_hand(county.context, county.desk)
    assert refused.value.why is Why.WOULD_BE_ASKED
    assert move.leg_id in county.run(move.to_run_id).leg_ids


@pytest.mark.parametrize("spot", [Spot(0, 999), Spot(999, None), Spot(50, 50)])
def test_a_place_that_the_run_does_not_have_is_refused(county: County, booked: list[Booking], spot: Spot) -> None:
    leg = booked[0].legs[0]
    with pytest.raises(ConflictError):
        preview_move(county.context, county.desk, Move(leg.id, leg.run_id or "", leg.run_id or "", spot))


def test_a_move_to_where_the_ride_was_is_undone_by_doing_nothing(county: County, booked: list[Booking]) -> None:
    with county.context.store.transaction() as tx:
        nothing = HandAction("h-1", AGENCY, county.desk.account_id, county.clock(), HandKind.MOVE, "", (), (), {}, {})
        tx.save_hand_action(nothing)
    before = runs_of(county)
    assert undo_by_hand(county.context, county.desk).undone_at == county.clock()
    assert runs_of(county) == before


def test_what_somebody_has_built_on_is_not_undone(county: County, booked: list[Booking]) -> None:
    move, preview = kept_move(county, booked)
    move_ride(county.context, county.desk, move, Hand(preview.seal))
    other = next(b for b in booked if county.booking(b.id).legs[0].run_id == move.to_run_id and b.legs[0].id != move.leg_id)
    cancel_booking(county.context, county.desk, other.id)
    with pytest.raises(UndoImpossibleError) as refused:
        undo_by_hand(county.context, county.desk)
    assert refused.value.why is Why.RUN_CHANGED
    assert move.leg_id in county.run(move.to_run_id).leg_ids


def test_nobody_undoes_what_a_colleague_did(county: County, booked: list[Booking]) -> None:
    move, preview = kept_move(county, booked)
    move_ride(county.context, county.desk, move, Hand(preview.seal))
    with pytest.raises(UndoImpossibleError):
        undo_by_hand(county.context, replace(county.desk, account_id="a-colleague"))


def test_a_volunteer_is_asked_before_the_ride_is_his(county: County, booked: list[Booking]) -> None:
    move, _ = kept_move(county, booked)
    target = county.run(move.to_run_id)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(target, acceptance=Acceptance.ASK_FIRST, revision=target.revision + 1), target.revision)
    preview = preview_move(county.context, county.desk, move)
    assert preview.asks == (target.id,)
    move_ride(county.context, county.desk, move, Hand(preview.seal))
    booking, number = leg_of(county, move.leg_id)
    assert booking.legs[number].state is LegState.AWAITING_CONFIRMATION
    assert [n.booking_id for n in notices(county, NoticeKind.RIDE_ASKED)] == [booking.id]
    answer_ride(county.context, county.desk, booking.id, move.leg_id, accepts=True)
    assert leg_of(county, move.leg_id)[0].legs[number].state is LegState.ON_RUN
    assert_all_holds(county)


def test_his_yes_on_the_telephone_is_a_yes(county: County, booked: list[Booking]) -> None:
    move, _ = kept_move(county, booked)
    target = county.run(move.to_run_id)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(target, acceptance=Acceptance.ASK_FIRST, revision=target.revision + 1), target.revision)
    move_ride(county.context, county.desk, move, Hand(agreed=True))
    booking, number = leg_of(county, move.leg_id)
    assert booking.legs[number].state is LegState.ON_RUN
    assert "the drivers agreed" in booking.history[-1].what


def test_who_drives_by_paper_is_told_before_a_ride_is_taken_away(county: County, booked: list[Booking]) -> None:
    move, _ = kept_move(county, booked)
    reach_by(county, ReachedBy.PAPER)
    issue_manifest(county.context, county.desk, move.run_id)
    preview = preview_move(county.context, county.desk, move)
    assert preview.paper == (move.run_id,)
    with pytest.raises(ConsentMissingError):
        move_ride(county.context, county.desk, move, Hand(preview.seal, "trotzdem"))
    move_ride(county.context, county.desk, move, Hand(preview.seal, agreed=True))
    source = county.run(move.run_id)
    assert source.manifest is not None
    assert source.manifest.acknowledged_at is not None
    assert source.manifest.revision == source.revision
    assert_all_holds(county)


def test_a_ride_onto_paper_waits_for_the_acknowledgement(county: County, booked: list[Booking]) -> None:
    move, _ = kept_move(county, booked)
    reach_by(county, ReachedBy.PAPER)
    issue_manifest(county.context, county.desk, move.to_run_id)
    move_ride(county.context, county.desk, move, Hand())
    booking, number = leg_of(county, move.leg_id)
    assert booking.legs[number].state is LegState.AWAITING_CONFIRMATION
    acknowledge_manifest(county.context, county.desk, move.to_run_id)
    assert leg_of(county, move.leg_id)[0].legs[number].state is LegState.ON_RUN


def test_a_driver_on_the_way_is_called_back_for_a_reason_only(county: County, booked: list[Booking]) -> None:
    move, _ = kept_move(county, booked)
    pickup = next(v for v in county.run(move.run_id).visits if v.leg_id == move.leg_id)
    county.clock.now = pickup.planned - timedelta(minutes=2)
    preview = preview_move(county.context, county.desk, move)
    assert preview.proposal.under_way == {move.leg_id}
    with pytest.raises(ReasonMissingError):
        move_ride(county.context, county.desk, move, Hand(preview.seal))


@pytest.mark.parametrize("role", [Role.RIDER, Role.DRIVER, Role.PROVIDER, Role.PLANNER])
def test_only_the_desk_has_a_hand(county: County, role: Role) -> None:
    actor = replace(county.desk, role=role)
    for act in (lambda: preview_move(county.context, actor, Move("l", "r", "r")), lambda: undo_by_hand(county.context, actor)):
        with pytest.raises(NotAllowedError):
            act()
    with pytest.raises(NotAllowedError):
        pin_ride(county.context, actor, "r", "l", pinned=True)


def test_a_move_that_made_a_ride_cheaper_can_be_undone_and_the_price_stays_low(county: County, booked: list[Booking]) -> None:
    move, _preview = kept_move(county, booked)
    with county.context.store.transaction() as tx:
        run = tx.lock_runs([move.to_run_id])[0]
        tx.save_run(replace(run, ceiling_cents_per_km=1, revision=run.revision + 1), run.revision)
    was, number = leg_of(county, move.leg_id)
    move_ride(county.context, county.desk, move, Hand())
    cheaper = leg_of(county, move.leg_id)[0].legs[number]
    assert cheaper.price_cents < was.legs[number].price_cents
    undo_by_hand(county.context, county.desk)
    after = leg_of(county, move.leg_id)[0].legs[number]
    assert after.run_id == move.run_id
    assert (after.price_cents, after.price_parts) == (cheaper.price_cents, cheaper.price_parts)
