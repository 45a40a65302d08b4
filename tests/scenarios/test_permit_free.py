"""Neighbours drive without a permit: all passengers together pay no more than the ride costs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.open_runs import open_runs
from mobility.actions.read_bookings import read_booking
from mobility.domain.accounts import system_actor
from mobility.domain.bookings import Booking
from mobility.domain.fleet import Acceptance
from mobility.domain.requests import Reason
from mobility.domain.services import Ceiling, LegalBasis
from mobility.domain.tariffs import PartKind, total_cents
from mobility.planning.answering import DaySearch, Reach
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, County, CountyFiles, local, open_county, wish
from tests.scenarios.test_volunteers import SERVICE, booked, volunteer_offer


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    """In memory: what is told here is no matter of the store."""
    return open_county(MemoryStore(), county_files)


def test_a_short_ride_costs_what_driving_costs_and_says_why(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    with county.context.store.transaction() as tx:
        travel = county.context.network(tx, county.desk).travel
    most = travel.drive(offer.pickup, offer.dropoff)[1] * 30 // 1000
    assert offer.legal_basis is LegalBasis.PERMIT_FREE
    assert offer.price_cents == total_cents(offer.price_parts) == min(250, most)
    booking, leg = booked(county, offer)
    assert (leg.price_cents, leg.price_parts, leg.legal_basis) == (offer.price_cents, offer.price_parts, LegalBasis.PERMIT_FREE)
    assert [part.kind for part in leg.price_parts] == [PartKind.FARE, *([PartKind.CEILING] if most < 250 else [])]
    assert booking.price_cents == leg.price_cents


def test_who_joins_pays_what_is_left_and_who_stays_alone_pays_no_more_than_his_own_way(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    first, leg = booked(county, offer)
    other = next(
        r
        for r in county.files.people.riders
        if r.id != first.rider_id and not r.needs and r.groups & {"senior", "reduced_mobility"}
    )
    request = wish(offer.pickup, offer.dropoff, depart_after=offer.pickup_window.earliest, rider_id=other.id)
    joining = [
        one for one in county.rides(request, SERVICE) if one.run_id == leg.run_id and one.pickup_window == offer.pickup_window
    ]
    assert joining, "the neighbour's car has a second seat"
    answer = county.book(joining[0])
    assert isinstance(answer, Booking)
    assert answer.price_cents <= (joining[0].price_cents or 0), "never more than was said"
    with county.context.store.transaction() as tx:
        travel = county.context.network(tx, county.desk).travel
    most = travel.drive(offer.pickup, offer.dropoff)[1] * 30 // 1000
    assert first.price_cents + answer.price_cents <= most
    cancel_booking(county.context, county.desk, first.id)
    assert read_booking(county.context, county.desk, answer.id).price_cents == answer.price_cents, "a price does not rise again"


def test_a_service_that_does_not_lower_its_price_does_not_offer_the_ride(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    rider = next(r for r in county.files.people.riders if not r.needs and r.groups & {"senior", "reduced_mobility"})
    request = wish(offer.pickup, offer.dropoff, depart_after=offer.pickup_window.earliest, rider_id=rider.id)
    assert county.rides(request, SERVICE)
    with county.context.store.transaction() as tx:
        system = system_actor(AGENCY)
        service, text = tx.get_service(system, SERVICE), tx.get_service_source(system, SERVICE)
        strict, dear = Ceiling(30, 30, prices_down=False), replace(service.tariff, base_cents=20_000)
        tx.save_service(AGENCY, replace(service, ceiling=strict, tariff=dear), text)
    assert county.rides(request, SERVICE) == []
    for wanted, reason in (
        (request, Reason.ABOVE_CEILING),
        (replace(request, depart_after=local(3, 0, DAYS[1])), Reason.NOT_OPEN),
    ):
        with county.context.store.transaction() as tx:
            network = county.context.network(tx, county.desk)
        runs = [county.run(offer.run_id)]
        reach = Reach.of([replace(service, ceiling=strict, tariff=dear)], network, replace(wanted, groups=rider.groups))
        answer = DaySearch(reach, runs, county.context.clock()).answer(replace(wanted, groups=rider.groups))
        assert answer.rejection is not None
        assert answer.rejection.reason is reason


def test_a_ride_offered_on_another_basis_than_the_file_now_names_can_be_booked(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    first, leg = booked(county, offer)
    others = [r for r in county.files.people.riders if not r.needs and r.groups & {"senior", "reduced_mobility"}]
    other = next(r for r in others if r.id != first.rider_id)
    with county.context.store.transaction() as tx:
        service = tx.get_service(county.desk, SERVICE)
        tx.save_service(AGENCY, replace(service, legal_basis=LegalBasis.LINE, ceiling=None), "")
    request = wish(offer.pickup, offer.dropoff, depart_after=offer.pickup_window.earliest, rider_id=other.id)
    joining = next(one for one in county.rides(request, SERVICE) if one.run_id == leg.run_id)
    assert joining.legal_basis is LegalBasis.PERMIT_FREE, "who is aboard already rides without a permit"
    answer = county.book(joining)
    assert isinstance(answer, Booking)
    assert answer.legs[0].run_id == leg.run_id
    day = county.run(leg.run_id).day
    open_runs(county.context, AGENCY, day)
    with county.context.store.transaction() as tx:
        runs = tx.list_runs(county.desk, day, [SERVICE])
    assert {(bool(run.leg_ids), run.legal_basis, run.ceiling_cents_per_km is None) for run in runs} == {
        (True, LegalBasis.PERMIT_FREE, False),
        (False, LegalBasis.LINE, True),
    }
