"""The desk reads an offer out, and the place stays free for the caller: for three minutes, and for nobody longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.hand_out_manifest import read_manifest
from mobility.actions.hold_offer import MOST_AT_ONCE, find_hold, hold_offer, release_hold, release_lapsed_holds
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, LegState
from mobility.domain.holds import HELD_FOR, Hold
from mobility.domain.requests import Reason, Rejection
from mobility.domain.rescues import RescueCause
from mobility.domain.runs import VisitKind
from mobility.errors import ConflictError, NotAllowedError
from tests.county import AGENCY, MONDAY, County
from tests.integrity.last_seat import Contest


def held(county: County, offer_id: str, actor: Actor | None = None) -> Hold:
    answer = hold_offer(county.context, actor or county.desk, offer_id)
    assert isinstance(answer, Hold)
    return answer


def decision_of(county: County, offer_id: str) -> str:
    return (county.context.verify(offer_id) or "").partition(".")[0]


@pytest.fixture
def last_seat(county: County) -> Contest:
    """One bus with one seat."""
    return Contest(county, seats=[1])


def test_nobody_else_gets_the_last_seat_while_it_is_held(county: County, last_seat: Contest) -> None:
    mine, other = last_seat.offers(2)
    hold = held(county, mine)
    answer = last_seat.book(other, new_id())
    assert isinstance(answer, Rejection)
    assert answer.reason is Reason.TAKEN_MEANWHILE
    county.clock.now += HELD_FOR - timedelta(seconds=1)
    booking = last_seat.book(mine, new_id())
    assert isinstance(booking, Booking)
    assert (booking.legs[0].id, booking.legs[0].state) == (hold.id, LegState.ON_RUN)
    assert last_seat.inspector.findings() == []
    assert find_hold(county.context, county.desk, hold.decision_id) is None


def test_after_three_minutes_the_place_is_free_though_nobody_has_cleared_it_up(county: County, last_seat: Contest) -> None:
    mine, other = last_seat.offers(2)
    hold = held(county, mine)
    county.clock.now += HELD_FOR
    assert find_hold(county.context, county.desk, hold.decision_id) is None
    assert isinstance(last_seat.book(other, new_id()), Booking)
    assert isinstance(last_seat.book(mine, new_id()), Rejection), "too late: somebody else has it"
    release_lapsed_holds(county.context)
    assert last_seat.inspector.findings() == []


def test_an_expired_hold_can_still_be_booked_when_nobody_took_the_place(county: County, last_seat: Contest) -> None:
    (mine,) = last_seat.offers(1)
    held(county, mine)
    county.clock.now += HELD_FOR + timedelta(minutes=1)
    assert isinstance(last_seat.book(mine, new_id()), Booking)
    assert last_seat.inspector.findings() == []


def test_the_worker_clears_up(county: County, last_seat: Contest) -> None:
    (mine,) = last_seat.offers(1)
    hold = held(county, mine)
    assert release_lapsed_holds(county.context) == 0
    county.clock.now += HELD_FOR
    assert release_lapsed_holds(county.context) == 1
    assert county.run(hold.run_id).leg_ids == ()
    assert release_lapsed_holds(county.context) == 0
    assert last_seat.inspector.findings() == []


def test_the_caller_hangs_up_and_the_place_is_free_at_once(county: County, last_seat: Contest) -> None:
    mine, other = last_seat.offers(2)
    hold = held(county, mine)
    release_hold(county.context, county.desk, hold.decision_id)
    release_hold(county.context, county.desk, hold.decision_id)
    assert isinstance(last_seat.book(other, new_id()), Booking)
    assert last_seat.inspector.findings() == []


def test_holding_again_makes_it_no_longer(county: County, last_seat: Contest) -> None:
    (mine,) = last_seat.offers(1)
    hold = held(county, mine)
    county.clock.now += timedelta(minutes=2)
    assert held(county, mine) == hold
    assert last_seat.inspector.findings() == []


def test_asking_anew_for_the_same_caller_gives_the_first_place_up(county: County, last_seat: Contest) -> None:
    """Two decisions for one rider: the second hold takes the very seat of the first."""
    first, *_ = last_seat.offers(1)
    second, *_ = last_seat.offers(1)
    before = held(county, first)
    after = held(county, second)
    assert before.run_id == after.run_id
    assert find_hold(county.context, county.desk, before.decision_id) is None
    assert last_seat.inspector.findings() == []


def test_one_account_does_not_hold_the_county(county: County) -> None:
    contest = Contest(county, seats=[8])
    offers = contest.offers(MOST_AT_ONCE + 2)
    for offer in offers[:MOST_AT_ONCE]:
        held(county, offer)
    with pytest.raises(ConflictError):
        hold_offer(county.context, county.desk, offers[MOST_AT_ONCE])
    held(county, offers[MOST_AT_ONCE], replace(county.desk, account_id="a colleague"))
    release_hold(county.context, county.desk, decision_of(county, offers[0]))
    held(county, offers[MOST_AT_ONCE + 1])
    assert contest.inspector.findings() == []


def test_only_the_desk_holds(county: County, last_seat: Contest) -> None:
    (mine,) = last_seat.offers(1)
    rider = county.files.people.riders[0].id
    with pytest.raises(NotAllowedError):
        hold_offer(county.context, county.resident(rider), mine)
    with pytest.raises(NotAllowedError):
        release_hold(county.context, county.resident(rider), decision_of(county, mine))


def test_the_driver_sees_nothing_of_it(county: County, last_seat: Contest) -> None:
    (mine,) = last_seat.offers(1)
    hold = held(county, mine)
    provider = Actor("p", AGENCY, Role.PROVIDER, provider_id="avg")
    planner = Actor("pl", AGENCY, Role.PLANNER)
    with county.context.store.transaction() as tx:
        assert len(tx.get_run(county.desk, hold.run_id).visits) == 4
        assert len(tx.get_run(provider, hold.run_id).visits) == 2
        assert [len(run.visits) for run in tx.list_runs(planner, MONDAY) if run.id == hold.run_id] == [2]
        assert tx.list_holds(provider) == tx.list_holds(planner) == []
    assert read_manifest(county.context, county.desk, hold.run_id).halts == ()


def test_another_offer_of_the_answer_can_be_booked_and_the_hold_goes(county: County) -> None:
    contest = Contest(county, seats=[1, 1])
    (mine,) = contest.offers(1)
    name, other_run = new_id(), contest.offer.run_id.replace("contest-0", "contest-1")  # type: ignore[union-attr] # it has one
    with county.context.store.transaction() as tx:
        decision = tx.get_decision(county.desk, decision_of(county, mine))
        offers = [replace(decision.offers[0], id=county.context.sign(f"{name}.{number}")) for number in range(2)]
        tx.add_decision(replace(decision, id=name, offers=(offers[0], replace(offers[1], run_id=other_run))))
    first = held(county, offers[0].id)
    second = held(county, offers[1].id)
    assert (first.run_id, second.run_id) == (contest.offer.run_id, other_run)
    assert county.run(first.run_id).leg_ids == (), "choosing the second gives the first up"
    booking = book_ride(county.context, county.desk, offers[0].id, new_id())
    assert isinstance(booking, Booking)
    assert county.run(second.run_id).leg_ids == (), "booking the first gives the second up"
    assert find_hold(county.context, county.desk, name) is None
    assert contest.inspector.findings() == []


def test_a_run_withdrawn_meanwhile_leaves_the_caller_another_one(county: County) -> None:
    contest = Contest(county, seats=[1, 1])
    (mine,) = contest.offers(1)
    hold = held(county, mine)
    declare_rescue(county.context, county.desk, hold.run_id, RescueCause.BREAKDOWN)
    booking = contest.book(mine, new_id())
    assert isinstance(booking, Booking)
    assert booking.legs[0].run_id != hold.run_id
    assert contest.inspector.findings() == []


def test_a_bus_that_is_late_for_it_meanwhile_is_not_promised(county: County, last_seat: Contest) -> None:
    (mine,) = last_seat.offers(1)
    hold = held(county, mine)
    county.clock.set(9, 55)
    with county.context.store.transaction() as tx:
        run = tx.lock_runs([hold.run_id])[0]
        until = county.clock.now + HELD_FOR
        tx.delete_hold(hold.id)
        tx.add_hold(replace(hold, expires_at=until))
        tx.save_run(replace(run.with_hold(hold.id, until), revision=run.revision + 1), run.revision)
    report_progress(county.context, county.desk, hold.run_id, Progress(ProgressKind.DELAYED, county.clock.now, delay_s=3600))
    pickup = next(v for v in county.run(hold.run_id).visits if v.kind is VisitKind.PICKUP)
    assert pickup.planned > pickup.latest
    answer = last_seat.book(mine, new_id())
    if isinstance(answer, Booking):  # without the held visits the empty bus is in time after all
        pickup = next(v for v in county.run(answer.legs[0].run_id).visits if v.kind is VisitKind.PICKUP)
        assert pickup.planned <= pickup.latest
    assert find_hold(county.context, county.desk, hold.decision_id) is None
    assert last_seat.inspector.findings() == []


def test_optimising_the_day_leaves_the_held_place_where_it_is(county: County) -> None:
    contest = Contest(county, seats=[2, 2])
    mine, other = contest.offers(2)
    hold = held(county, mine)
    assert isinstance(contest.book(other, new_id()), Booking)
    reoptimise_day(county.context, AGENCY, MONDAY, 0.5)
    assert hold.id in county.run(hold.run_id).leg_ids
    booking = contest.book(mine, new_id())
    assert isinstance(booking, Booking)
    assert booking.legs[0].run_id == hold.run_id
    cancel_booking(county.context, county.desk, booking.id)
    assert contest.inspector.findings() == []


def test_what_the_resident_is_offered_leaves_the_held_place_out(county: County) -> None:
    """An offer made while a place is held does not name it; one made after its time does."""
    contest = Contest(county, seats=[1])
    with county.context.store.transaction() as tx:  # the county's own buses stay at home
        for run in tx.list_runs(county.desk, MONDAY):
            if "contest" not in run.id:
                tx.save_run(replace(run, withdrawn=True, revision=run.revision + 1), run.revision)
    (mine,) = contest.offers(1)
    request = replace(contest.offer_request(), rider_id=county.files.people.riders[9].id)

    def soonest() -> datetime:
        return min(offer.pickup_window.earliest for offer in county.rides(request) if "contest" in (offer.run_id or ""))

    free = soonest()
    held(county, mine)
    assert soonest() > free, "only once the bus is back from the caller's ride"
    county.clock.now += HELD_FOR
    assert soonest() == free
