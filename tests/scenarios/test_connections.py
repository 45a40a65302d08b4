"""Trains are late, do not come, or are missed; whoever booked a ride to them or from them is not left standing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gtfs.realtime import TripUpdate
from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.keep_connections import keep_connections
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.accounts import system_actor
from mobility.domain.bookings import Booking, LegState
from mobility.domain.lines import LineRide
from mobility.domain.notices import NoticeKind
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind
from mobility.domain.rescues import RescueCause
from mobility.domain.runs import VisitKind
from mobility.notifications.facts import message_of
from mobility.planning.connecting import chains_of
from mobility.planning.live_trips import LiveTrips
from mobility.planning.ordinary_lines import feed_place
from tests.county import AGENCY, MONDAY, County, local, wish
from tests.integrity.invariants import Inspector
from tests.scenarios.test_ride_and_train import RIDER, journey, station

HOME = "Kirschallee 10, Nebelow"


def home_from(county: County, name: str, at: datetime, rider_id: str = RIDER) -> Offer:
    """From a station of the railway to the door in Nebelow, fetched from the train."""
    request = wish(station(county, name), county.place(HOME), depart_after=at, rider_id=rider_id)
    return next(o for o in county.ask_all(request) if o.ride_from is not None and o.kind is OfferKind.JOURNEY)


def booked(county: County, offer: Offer) -> Booking:
    booking = county.book(offer)
    assert isinstance(booking, Booking)
    return booking


@pytest.fixture(autouse=True)
def as_planned_afterwards(county: County) -> object:
    """The network is shared by tests: no train stays late."""
    yield
    runs(county)


def runs(county: County, *updates: TripUpdate) -> None:
    """From now on trips run like that."""
    with county.context.store.transaction() as tx:
        network = county.context.network(tx, county.desk)
    network.tell(LiveTrips.of(network.feed, [], updates))


def late(ride: LineRide, minutes: int) -> TripUpdate:
    return TripUpdate(ride.trip_id, ride.route_id, "scheduled", MONDAY, None, delay=60 * minutes)


def cancelled(ride: LineRide) -> TripUpdate:
    return TripUpdate(ride.trip_id, ride.route_id, "cancelled", MONDAY, None)


def told(county: County, booking: Booking, kind: NoticeKind) -> list[str]:
    with county.context.store.transaction() as tx:
        notices = [one for one in tx.list_notices(county.desk) if one.kind is kind and one.booking_id == booking.id]
        messages = [message_of(tx, one, "de") for one in notices if one.to_rider_id]
    return [message.body for message in messages if message is not None]


def look(county: County) -> int:
    """The worker's look, and that nothing is wrong afterwards."""
    inspector = Inspector(county.context, AGENCY, [MONDAY])
    assert inspector.findings() == []
    changed = keep_connections(county.context)
    assert inspector.findings() == []
    return changed


def test_as_long_as_trains_run_as_planned_nothing_happens(county: County) -> None:
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    county.clock.set(8, 30)
    assert look(county) == 0
    assert county.booking(booking.id) == booking


def test_the_bus_waits_for_a_train_that_is_late_and_its_rider_is_told(county: County) -> None:
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    train, ride = booking.transit[-1], booking.legs[0]
    county.clock.set(8, 45)
    runs(county, late(train, 12))
    assert look(county) == 1
    after = county.booking(booking.id)
    assert after.legs[0].state is LegState.ON_RUN
    assert after.legs[0].pickup_window.earliest >= train.arrives + timedelta(minutes=12 + 5)
    assert after.legs[0].pickup_window.earliest <= ride.pickup_window.latest + timedelta(minutes=30)
    pickup = next(v for v in county.run(after.legs[0].run_id).visits if v.leg_id == ride.id and v.kind is VisitKind.PICKUP)
    assert pickup.planned >= train.arrives + timedelta(minutes=17)
    (message,) = told(county, booking, NoticeKind.CONNECTION)
    assert "RB 999" in message
    assert look(county) == 0, "told once"


def test_who_waits_elsewhere_keeps_her_promise_when_the_bus_waits(county: County) -> None:
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    others = []
    for rider_id, place in (("r-001", "Auenfurt, Markt"), ("r-002", "Schilfow")):
        request = wish(
            county.place("Hausarztpraxis am Markt, Auenfurt"), county.place(place), depart_after=local(9, 30), rider_id=rider_id
        )
        rides = county.rides(request)
        others += [booked(county, rides[0])] if rides else []
    county.clock.set(8, 45)
    runs(county, late(booking.transit[-1], 20))
    look(county)
    for other in others:
        now = county.booking(other.id)
        assert [(leg.pickup_window, leg.dropoff_window) for leg in now.legs] == [
            (leg.pickup_window, leg.dropoff_window) for leg in other.legs
        ]
        for leg in now.legs:
            visits = [visit for visit in county.run(leg.run_id).visits if visit.leg_id == leg.id]
            assert all(visit.planned <= visit.latest for visit in visits)


def test_a_cancelled_train_means_the_next_one_and_the_ride_comes_with_it(county: County) -> None:
    booking = booked(county, journey(county))
    train = booking.transit[0]
    county.clock.set(7, 0)
    runs(county, cancelled(train))
    assert look(county) == 1
    after = county.booking(booking.id)
    assert after.transit[0].trip_id != train.trip_id
    assert after.transit[0].departs > train.departs
    assert after.legs[0].state is LegState.ON_RUN
    assert after.legs[0].pickup_window.earliest > booking.legs[0].pickup_window.latest, "nobody waits two hours at the station"
    assert after.legs[0].dropoff_window.latest <= after.transit[0].departs
    assert "RB 999" in told(county, booking, NoticeKind.CONNECTION)[0]


def test_where_no_train_goes_any_more_the_ride_fetches_her_where_she_is_left(county: County) -> None:
    """She was to change at Auenfurt into the train towards Kranichstedt; from there the bus was to bring her home."""
    offer = by_train_within(county)
    booking = booked(county, offer)
    county.clock.set(9, 0)
    runs(county, *(cancelled(one) for one in trains_from(county, offer.transit[0].board)))
    assert look(county) == 1
    after = county.booking(booking.id)
    assert after.legs[0].state is LegState.ON_RUN
    assert after.legs[0].pickup == offer.transit[0].board
    assert after.transit == ()


def by_train_within(county: County) -> Offer:
    """A journey from Auenfurt's station with a ride from Kranichstedt's."""
    there = home_from(county, "Prunitz", local(9))
    ride = there.ride_from
    assert ride is not None
    assert there.line is not None
    request = wish(station(county, "Kranichstedt"), county.place(HOME), depart_after=local(12), rider_id=RIDER)
    from_there = county.rides(request, "auental-bus")[0]
    train = next(one for one in trains_from(county, station(county, "Auenfurt")) if one.departs >= local(10))
    request = wish(station(county, "Auenfurt"), county.place(HOME), depart_after=local(11), rider_id=RIDER)
    context = county.context
    with context.store.transaction() as tx:
        decision = tx.get_decision(county.desk, (context.verify(there.id) or "").rpartition(".")[0])
        whole = replace(there, line=replace(there.line, rides=(train,)), ride_from=replace(from_there, id=""))
        known = replace(decision, id=f"{decision.id}x")
        known = replace(known, offers=(replace(whole, id=context.sign(f"{known.id}.0")),))
        tx.add_decision(known)
    return known.offers[0]


def trains_from(county: County, board: Place) -> list[LineRide]:
    """Everything that leaves this station towards Kranichstedt that day."""
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    goal = station(county, "Kranichstedt")
    found = feed.direct_journeys([board.stop_id or ""], [goal.stop_id or ""], MONDAY, 0, 30 * 3600)
    day = local(0)
    return [
        LineRide(
            one.route_id, one.trip_id, "", one.route_short_name, 2, one.headsign,
            feed_place(feed, one.from_stop_id), day + timedelta(seconds=one.departure_s),
            feed_place(feed, one.to_stop_id), day + timedelta(seconds=one.arrival_s),
        )
        for one in found
    ]  # fmt: skip


def test_where_nothing_goes_any_more_the_desk_has_her_and_she_knows(county: County) -> None:
    booking = booked(county, journey(county))
    county.clock.set(7, 0)
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    trips = [trip.trip_id for route in feed.routes if route.type == 2 for trip in feed.trips_of_route(route.id, MONDAY)]
    runs(county, *(TripUpdate(trip_id, "", "cancelled", MONDAY, None) for trip_id in trips))
    assert look(county) == 1
    after = county.booking(booking.id)
    assert [leg.state for leg in after.legs] == [LegState.IN_RESCUE]
    assert after.legs[0].owner == system_actor(AGENCY).account_id
    assert len(told(county, booking, NoticeKind.CONNECTION_LOST)) == 1
    with county.context.store.transaction() as tx:
        to_desk = [n for n in tx.list_notices(county.desk) if n.kind is NoticeKind.CONNECTION_LOST and n.to_rider_id is None]
    assert len(to_desk) == 1
    assert look(county) == 0


def test_a_few_seconds_move_no_bus_and_tell_nobody(county: County) -> None:
    booking = booked(county, home_from(county, "Prunitz", local(9)))
    county.clock.set(8, 45)
    runs(county, replace(late(booking.transit[-1], 0), delay=60))
    assert look(county) == 0
    assert county.booking(booking.id) == booking


def test_a_bus_to_the_train_that_a_breakdown_makes_late_is_still_the_bus_to_the_train(county: County) -> None:
    booking = booked(county, journey(county))
    county.clock.now = booking.legs[0].pickup_window.earliest - timedelta(minutes=2)
    declare_rescue(county.context, county.desk, booking.legs[0].run_id or "", RescueCause.BREAKDOWN)
    moved = county.booking(booking.id).legs[0]
    assert moved.state is LegState.IN_RESCUE or moved.dropoff_window.latest > booking.transit[0].departs
    keep_connections(county.context)
    after = county.booking(booking.id)
    assert after.legs[0].state is LegState.IN_RESCUE or after.transit[0].departs > booking.transit[0].departs


def test_who_is_set_down_after_the_train_has_left_is_told_the_next_one(county: County) -> None:
    booking = booked(county, journey(county))
    ride = booking.legs[0]
    for minutes, kind in ((3, ProgressKind.BOARDED), (38, ProgressKind.ALIGHTED)):
        county.clock.set(8, minutes)
        report_progress(county.context, county.desk, ride.run_id or "", Progress(kind, county.clock(), ride.id))
    keep_connections(county.context)
    after = county.booking(booking.id)
    assert after.transit[0].departs > local(8, 38)
    assert told(county, booking, NoticeKind.CONNECTION)


def test_the_way_home_is_a_journey_of_its_own(county: County) -> None:
    there, back = journey(county), home_from(county, "Prunitz", local(8, 55))
    answer = book_ride(county.context, county.desk, there.id, "there and back", return_offer_id=back.id)
    assert isinstance(answer, Booking)
    out, home = chains_of(answer)
    assert (out.transit, home.transit) == (there.transit, back.transit)
    assert (out.ride_to, out.ride_from, home.ride_to, home.ride_from) == (answer.legs[0], None, None, answer.legs[1])
    half = cancel_booking(county.context, county.desk, answer.id, answer.legs[0].id)
    (left,) = chains_of(half)
    assert left.transit == back.transit, "who has given back the way out asks for no train there"
