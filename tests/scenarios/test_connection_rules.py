"""What a service's file says of missed trains is what happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.services import ConnectionRules, Fallback, Yielding
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, County, CountyFiles, local, open_county
from tests.scenarios.test_connections import (
    as_planned_afterwards,
    booked,
    by_train_within,
    cancelled,
    home_from,
    late,
    look,
    runs,
    told,
    trains_from,
)
from tests.scenarios.test_ride_and_train import journey, station

__all__ = ["as_planned_afterwards"]


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    """In memory."""
    return open_county(MemoryStore(), county_files)


DESK, RIDE, TAXI, LATER = Fallback.DESK, Fallback.RIDE, Fallback.TAXI, Fallback.LATER_TRAIN


def under(county: County, rules: ConnectionRules) -> None:
    """All services of the county go by these rules from now on."""
    with county.context.store.transaction() as tx:
        for service in tx.list_services(county.desk):
            tx.save_service(AGENCY, replace(service, connection=rules), "")


def coming_home(county: County, minutes: int) -> Booking:
    """She is on a train that is late."""
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    county.clock.set(8, 45)
    runs(county, late(booking.transit[-1], minutes))
    return booking


def has_the_desk(county: County, booking: Booking) -> bool:
    with county.context.store.transaction() as tx:
        notices = [one for one in tx.list_notices(county.desk) if one.booking_id == booking.id]
    return any(one.kind is NoticeKind.CONNECTION_LOST and one.to_rider_id is None for one in notices)


@pytest.mark.parametrize(
    ("rules", "minutes", "is_held"),
    [
        (ConnectionRules(fallback=(DESK,)), 25, True),
        (ConnectionRules(fallback=(DESK,)), 40, False),
        (ConnectionRules(fallback=(DESK,), hold_max_s=900), 25, False),
        (ConnectionRules(fallback=(DESK,), yields=Yielding.NOBODY), 40, False),
        (ConnectionRules(fallback=(RIDE, DESK), hold_max_s=900), 40, True),
    ],
)
def test_a_ride_waits_as_long_as_its_service_says_and_then_the_next_way_is_taken(
    county: County, rules: ConnectionRules, minutes: int, *, is_held: bool
) -> None:
    under(county, rules)
    booking = coming_home(county, minutes)
    assert look(county) == 1
    (ride,) = county.booking(booking.id).legs
    assert has_the_desk(county, booking) is not is_held
    if is_held:
        assert ride.pickup_window.earliest >= booking.transit[-1].arrives + timedelta(minutes=minutes)
        assert told(county, booking, NoticeKind.CONNECTION)
    assert look(county) == 0


def test_where_nobodys_promise_yields_the_ride_waits_as_long_as_the_one_given_lasts(county: County) -> None:
    under(county, ConnectionRules(fallback=(DESK,), yields=Yielding.NOBODY))
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    before, train = booking.legs[0], booking.transit[-1]
    room = before.pickup_window.latest - train.arrives - timedelta(minutes=10)
    county.clock.set(8, 45)
    runs(county, late(train, int(room.total_seconds() // 60)))
    assert look(county) == 1
    after = county.booking(booking.id).legs[0]
    assert after.pickup_window.latest == before.pickup_window.latest
    assert after.pickup_window.earliest > before.pickup_window.earliest


def test_a_later_train_is_taken_only_if_it_is_not_too_late(county: County) -> None:
    under(county, ConnectionRules(later_within_s=1800, fallback=(LATER, DESK)))
    booking = booked(county, journey(county))
    county.clock.set(7, 0)
    runs(county, cancelled(booking.transit[0]))
    assert look(county) == 1
    after = county.booking(booking.id)
    assert after.transit == booking.transit
    assert [leg.state for leg in after.legs] == [LegState.IN_RESCUE]
    assert has_the_desk(county, booking)


def test_after_the_last_train_the_carrier_pays_a_taxi_and_the_desk_knows(county: County) -> None:
    under(county, ConnectionRules(last_train=(TAXI,), taxi_telephone="+494012345"))
    booking = booked(county, by_train_within(county))
    county.clock.set(9, 0)
    runs(county, *(cancelled(one) for one in trains_from(county, booking.transit[0].board)))
    assert look(county) == 1
    (message,) = told(county, booking, NoticeKind.TAXI)
    assert "Taxi" in message
    assert "040 12345" in message
    assert has_the_desk(county, booking)
    assert told(county, booking, NoticeKind.CONNECTION_LOST) == []
    assert look(county) == 0


def test_who_may_yet_be_met_by_his_ride_is_sent_to_no_taxi(county: County) -> None:
    under(county, ConnectionRules(fallback=(TAXI,), hold_max_s=0, yields=Yielding.NOBODY, taxi_telephone="+494012345"))
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    ride, train = booking.legs[0], booking.transit[-1]
    county.clock.set(8, 45)
    runs(county, late(train, int((ride.pickup_window.latest - train.arrives).total_seconds() // 60) - 6))
    assert look(county) == 1
    assert county.booking(booking.id).legs[0].run_id == ride.run_id, "the place is kept"
    assert told(county, booking, NoticeKind.TAXI) == []
    assert has_the_desk(county, booking)


def test_who_has_not_set_out_is_driven_all_the_way_instead_of_to_the_train(county: County) -> None:
    """Her train would have gone to Kranichstedt, where the bus goes too."""
    under(county, ConnectionRules(fallback=(RIDE, DESK)))
    booking = booked(county, journey(county))
    (one,) = booking.journeys
    train = next(t for t in trains_from(county, station(county, "Auenfurt")) if t.departs >= one.transit[0].departs)
    there = replace(one, transit=(train,))
    with county.context.store.transaction() as tx:
        tx.save_booking(replace(booking, journeys=(there,), revision=booking.revision + 1))
    county.clock.set(7, 0)
    runs(county, cancelled(train))
    assert look(county) == 1
    after = county.booking(booking.id)
    (ride,) = after.legs
    assert (ride.state, ride.pickup, ride.dropoff) == (LegState.ON_RUN, booking.legs[0].pickup, train.alight)
    assert after.transit == ()
    assert after.price_cents == booking.price_cents
    assert all(leg.outcome is not Outcome.CANCELLED for leg in after.legs)
    assert look(county) == 0
