"""Where no machine says that a train is late, the rider on it does, or the driver who waits for it, or somebody rings the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.list_awaited_trains import list_awaited_trains
from mobility.actions.read_drive import read_drive
from mobility.actions.report_trip import TripWord, report_trip
from mobility.actions.say_train_late import TrainSaid, say_train_late, say_train_late_on_run
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.notices import NoticeKind
from mobility.errors import InvalidInputError, NotAllowedError, NotFoundError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county
from tests.integrity.invariants import Inspector
from tests.scenarios.test_connections import as_planned_afterwards, booked, home_from, late, look, runs, told
from tests.scenarios.test_ride_and_train import RIDER, journey

__all__ = ["as_planned_afterwards"]


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    """In memory."""
    return open_county(MemoryStore(), county_files)


SHE = Actor("she", AGENCY, Role.RIDER, RIDER)


@pytest.fixture
def on_her_way(county: County) -> Booking:
    """She will come by the train that arrives after nine."""
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    county.clock.set(8, 45)
    return booking


def driver_of(county: County, booking: Booking) -> Actor:
    run = county.run(booking.legs[-1].run_id)
    assert run.driver_id is not None
    return Actor("d", AGENCY, Role.DRIVER, driver_id=run.driver_id, now=county.clock())


def test_her_bus_waits_when_she_says_so_and_nobody_elses_does(county: County, on_her_way: Booking) -> None:
    other = booked(county, home_from(county, "Prunitz", local(9), "r-001"))
    train = on_her_way.transit[-1]
    after = say_train_late(county.context, SHE, on_her_way.id, TrainSaid(train.trip_id, 20))
    assert after.legs[0].pickup_window.earliest >= train.arrives + timedelta(minutes=20 + 5)
    assert told(county, on_her_way, NoticeKind.CONNECTION)
    assert county.booking(other.id).journeys == other.journeys
    assert [(leg.pickup_window, leg.dropoff_window) for leg in county.booking(other.id).legs] == [
        (leg.pickup_window, leg.dropoff_window) for leg in other.legs
    ]
    assert look(county) == 0
    assert Inspector(county.context, AGENCY, [MONDAY]).findings() == []


def test_what_the_operator_or_the_desk_says_goes_before_her_word(county: County, on_her_way: Booking) -> None:
    train, before = on_her_way.transit[-1], on_her_way.legs[0]
    runs(county, late(train, 0))
    after = say_train_late(county.context, SHE, on_her_way.id, TrainSaid(train.trip_id, 60))
    assert after.legs[0].pickup_window == before.pickup_window
    assert after.journeys[0].said[0].late_min == 60
    runs(county)
    assert look(county) == 1, "nobody else speaks of it any more"


def test_the_same_word_pressed_again_says_nothing_new(county: County, on_her_way: Booking) -> None:
    said = TrainSaid(on_her_way.transit[-1].trip_id, 20)
    once = say_train_late(county.context, SHE, on_her_way.id, said)
    assert say_train_late(county.context, SHE, on_her_way.id, said) == once


def test_a_train_that_does_not_come_means_a_later_one(county: County) -> None:
    booking = booked(county, journey(county))
    county.clock.set(7, 0)
    after = say_train_late(county.context, SHE, booking.id, TrainSaid(booking.transit[0].trip_id, None))
    assert after.transit[0].departs > booking.transit[0].departs
    assert look(county) == 0


def test_the_driver_at_the_station_says_it_for_who_comes_with_it(county: County, on_her_way: Booking) -> None:
    driver, train = driver_of(county, on_her_way), on_her_way.transit[-1]
    run_id = on_her_way.legs[0].run_id or ""
    shown = read_drive(county.context, driver, run_id).trains[on_her_way.legs[0].id]
    assert (shown.ride, shown.comes, shown.can_be_said) == (train, True, True)
    assert say_train_late_on_run(county.context, driver, run_id, TrainSaid(train.trip_id, 15)) == 1
    assert county.booking(on_her_way.id).legs[0].pickup_window.earliest >= train.arrives + timedelta(minutes=20)
    assert told(county, on_her_way, NoticeKind.CONNECTION)


def test_the_desk_sees_who_waits_for_what_and_reports_it_for_everybody(county: County, on_her_way: Booking) -> None:
    train = on_her_way.transit[-1]
    say_train_late(county.context, SHE, on_her_way.id, TrainSaid(train.trip_id, 10))
    (awaited,) = (one for one in list_awaited_trains(county.context, county.desk) if one.ride == train)
    assert (awaited.day, awaited.bookings, awaited.report) == (MONDAY, 1, None)
    assert awaited.said is not None
    assert awaited.said.late_min == 10
    report_trip(county.context, county.desk, TripWord(train.trip_id, MONDAY, 25))
    (awaited,) = (one for one in list_awaited_trains(county.context, county.desk) if one.ride == train)
    assert awaited.report is not None
    assert awaited.report.late_min == 25
    assert look(county) == 1
    assert county.booking(on_her_way.id).legs[0].pickup_window.earliest >= train.arrives + timedelta(minutes=30)


def test_nobody_speaks_for_others_or_of_other_trains_or_days(county: County, on_her_way: Booking) -> None:
    train, context = on_her_way.transit[-1], county.context
    with pytest.raises(NotFoundError):
        say_train_late(context, replace(SHE, rider_id="r-001"), on_her_way.id, TrainSaid(train.trip_id, 20))
    with pytest.raises(NotAllowedError):
        say_train_late(context, driver_of(county, on_her_way), on_her_way.id, TrainSaid(train.trip_id, 20))
    with pytest.raises(NotAllowedError):
        say_train_late_on_run(context, SHE, on_her_way.legs[0].run_id or "", TrainSaid(train.trip_id, 20))
    with pytest.raises(InvalidInputError, match="no train or bus"):
        say_train_late(context, SHE, on_her_way.id, TrainSaid("another", 20))
    with pytest.raises(InvalidInputError, match="from 0 to"):
        say_train_late(context, SHE, on_her_way.id, TrainSaid(train.trip_id, -5))
    county.clock.set(2, 0)
    with pytest.raises(InvalidInputError, match="on its way"):
        say_train_late(context, SHE, on_her_way.id, TrainSaid(train.trip_id, 20))
    assert county.booking(on_her_way.id) == on_her_way
