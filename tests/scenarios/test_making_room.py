"""Before anybody hears "no", others make room for them within what they were promised; if nothing helps, the nearest time is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.context import new_id
from mobility.actions.hand_out_manifest import issue_manifest
from mobility.actions.hold_offer import hold_offer
from mobility.domain.bookings import Booking
from mobility.domain.fleet import ReachedBy, Vehicle
from mobility.domain.holds import Hold
from mobility.domain.requests import OfferKind, Reason, Rejection, RideRequest
from mobility.domain.riders import Need, Party
from mobility.domain.runs import Run
from mobility.store.memory import MemoryStore
from tests.county import MONDAY, County, CountyFiles, local, open_county
from tests.integrity.last_seat import Contest


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    """In memory: what is saved together, and under which locks, is tested with bookings."""
    return open_county(MemoryStore(), county_files)


def _home_by_twenty_to_eleven(county: County, contest: Contest) -> None:
    """There and back takes 24 minutes: after a ride at ten there is no time for another."""
    with county.context.store.transaction() as tx:
        for run in tx.list_runs(county.desk, MONDAY):
            end = replace(run.visits[-1], latest=local(10, 40))
            tx.save_run(replace(run, visits=(*run.visits[:-1], end), revision=run.revision + 1), run.revision)


@pytest.fixture
def two_buses(county: County) -> Contest:
    """One seat each; the first has a lift, and the seat folds away for a wheelchair."""
    contest = Contest(county, seats=[1, 1])
    _home_by_twenty_to_eleven(county, contest)
    lift = frozenset({Need.WHEELCHAIR})
    _change(county, contest, vehicle=Vehicle("contest-0", "Bus 0", 1, 1, 1, lift), equipment=lift)
    return contest


def _change(county: County, contest: Contest, **new: object) -> Run:
    run = county.run(contest.offer.run_id)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(run, revision=run.revision + 1, **new), run.revision)  # type: ignore[arg-type]
    return county.run(run.id)


def _in_a_wheelchair(contest: Contest) -> RideRequest:
    wheelchair = Party(seats=0, wheelchairs=1)
    return replace(contest.offer_request(), party=wheelchair, needs=frozenset({Need.WHEELCHAIR}), rider_id="r-020")


def _booked(contest: Contest, offer_id: str) -> Booking:
    booking = contest.book(offer_id, new_id())
    assert isinstance(booking, Booking)
    return booking


def test_my_neighbour_takes_the_other_bus_so_that_my_wheelchair_fits(county: County, two_buses: Contest) -> None:
    neighbour = _booked(two_buses, two_buses.offers(1)[0])
    assert neighbour.legs[0].run_id == two_buses.offer.run_id
    decision = county.ask(_in_a_wheelchair(two_buses))
    assert decision.rule == "others moved within their promises"
    assert county.booking(neighbour.id) == neighbour, "an offer moves nobody yet"
    mine = _booked(two_buses, decision.offers[0].id)
    assert mine.legs[0].run_id == two_buses.offer.run_id
    moved = county.booking(neighbour.id)
    assert moved.legs[0].run_id != neighbour.legs[0].run_id
    assert moved.legs[0].pickup_window == neighbour.legs[0].pickup_window, "the promise is unchanged"
    assert moved.history[-1].what.startswith("moved to another run")
    for booking in (mine, moved):
        leg = booking.legs[0]
        planned = [v.planned for v in county.run(leg.run_id).visits if v.leg_id == leg.id]
        assert leg.pickup_window.earliest <= planned[0] <= leg.pickup_window.latest
        assert planned[1] <= leg.dropoff_window.latest
    assert two_buses.inspector.findings() == []


def test_the_desk_can_hold_such_an_offer(county: County, two_buses: Contest) -> None:
    _booked(two_buses, two_buses.offers(1)[0])
    offer = county.ask(_in_a_wheelchair(two_buses)).offers[0]
    assert isinstance(hold_offer(county.context, county.desk, offer.id), Hold)
    assert two_buses.inspector.findings() == []
    _booked(two_buses, offer.id)
    assert two_buses.inspector.findings() == []


def test_if_the_other_bus_has_filled_meanwhile_i_am_told_and_nobody_is_moved(county: County, two_buses: Contest) -> None:
    first, second = two_buses.offers(2)
    neighbour = _booked(two_buses, first)
    offer = county.ask(_in_a_wheelchair(two_buses)).offers[0]
    _booked(two_buses, second)
    answer = two_buses.book(offer.id, new_id())
    assert isinstance(answer, Rejection)
    assert answer.reason is Reason.TAKEN_MEANWHILE
    assert county.booking(neighbour.id) == neighbour
    assert two_buses.inspector.findings() == []


@pytest.mark.parametrize("why", ["pinned", "on paper"])
def test_whom_the_dispatcher_has_pinned_or_the_driver_has_on_paper_stays(county: County, two_buses: Contest, why: str) -> None:
    _booked(two_buses, two_buses.offers(1)[0])
    run = county.run(two_buses.offer.run_id)
    if why == "pinned":
        _change(county, two_buses, visits=tuple(replace(v, pinned=v.leg_id is not None) for v in run.visits))
    else:
        _change(county, two_buses, reached_by=ReachedBy.PAPER)
        issue_manifest(county.context, county.desk, run.id)
    rejection = county.ask(_in_a_wheelchair(two_buses)).rejection
    assert rejection is not None
    assert rejection.reason is Reason.NO_CAPACITY


@pytest.mark.parametrize("arrive", [False, True], ids=["leave at ten", "arrive by"])
def test_a_full_bus_names_the_nearest_time_at_which_it_could_come(county: County, arrive: bool) -> None:
    contest = Contest(county, seats=[1])
    _home_by_twenty_to_eleven(county, contest)
    booking = _booked(contest, contest.offers(1)[0])
    request = replace(contest.offer_request(), rider_id="r-020")
    if arrive:
        request = replace(request, depart_after=None, arrive_by=booking.legs[0].dropoff_window.latest - timedelta(minutes=20))
    rejection = county.ask(request).rejection
    assert rejection is not None
    assert rejection.reason is Reason.NO_CAPACITY
    when = next(each.depart_after for each in rejection.alternatives if each.kind == "time")
    assert when is not None
    leg = booking.legs[0]
    assert when < leg.pickup_window.earliest or when > leg.pickup_window.latest
    again = county.ask(replace(request, depart_after=when, arrive_by=None))
    assert [offer.kind for offer in again.offers] == [OfferKind.RIDE]
    assert again.offers[0].pickup_window.earliest == when, "that very minute"
    assert isinstance(contest.book(again.offers[0].id, new_id()), Booking)
    assert contest.inspector.findings() == []
