"""The ordinary bus respected, as residents, the desk and the planner would tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mobility.actions.book_ride import book_ride
from mobility.actions.context import new_id
from mobility.actions.count_decisions import FEW, LED, LINE, count_decisions
from mobility.actions.local_time import agency_zone
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.offer_rides import consider_rides
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, LegState
from mobility.domain.datasets import DatasetKind
from mobility.domain.lines import LineJourney
from mobility.domain.places import Place
from mobility.domain.requests import Decision, Offer, OfferKind, RideRequest
from mobility.files.line_words import line_told
from mobility.planning.standing_days import nearest_ride
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, Clock, County, CountyFiles, local, open_county, wish

BUS = "auental-bus"


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    """These stories do not touch how things are stored."""
    return open_county(MemoryStore(), county_files, Clock())


def line_of(county: County) -> tuple[Place, Place, RideRequest]:
    """Both ends of an ordinary bus, and a wish to ride from one to the other when it leaves."""
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    bookable = {service.line.route_id for service, _ in county.files.services if service.line is not None}
    line = next(r for r in feed.routes if r.type == 3 and r.id not in bookable and len(feed.trips_of_route(r.id, MONDAY)) >= 4)
    trip = feed.trips_of_route(line.id, MONDAY)[1]
    stops = [feed.find_stop(trip.halts[end][0]) for end in (0, -1)]
    first, last = (Place(stop.lon, stop.lat, stop.name) for stop in stops if stop is not None)
    at = local(0) + timedelta(seconds=trip.halts[0][1])
    county.clock.now = at - timedelta(hours=3)
    return first, last, wish(first, last, depart_after=at - timedelta(minutes=5))


def change_rule(county: County, **keys: object) -> None:
    """For the community bus; the other services say nothing of lines here and are closed."""
    with county.context.store.transaction() as tx:
        for service, text in county.files.services:
            rule = replace(service.parallel, **keys) if service.id == BUS else service.parallel  # type: ignore[arg-type]
            hours = service.hours if service.id == BUS else ()
            tx.save_service(AGENCY, replace(service, parallel=rule, hours=hours), text)


def kinds(decision: Decision) -> set[OfferKind]:
    return {offer.kind for offer in decision.offers}


def only(decision: Decision, kind: OfferKind) -> Offer:
    return next(offer for offer in decision.offers if offer.kind is kind)


def test_a_new_timetable_takes_no_booked_ride_away(county: County) -> None:
    """I booked when no bus ran; now one does. My ride stands: narrowed, planned anew, and as it was."""
    change_rule(county)
    *_, asked = line_of(county)
    with county.context.store.transaction() as tx:
        feed = tx.find_dataset(county.desk, DatasetKind.FEED)
        assert feed is not None
        tx.withdraw_dataset(feed)
    booked = county.book(only(county.ask(replace(asked, rider_id="r-001")), OfferKind.RIDE))
    assert isinstance(booked, Booking)
    with county.context.store.transaction() as tx:
        tx.activate_dataset(feed)
    assert kinds(county.ask(asked)) == {OfferKind.ORDINARY_LINE}, "who asks today is sent to the bus"
    reoptimise_day(county.context, AGENCY, MONDAY, steps=50)
    county.clock.now = booked.legs[0].pickup_window.earliest - timedelta(minutes=100)
    assert narrow_promises(county.context)
    (leg,) = county.booking(booked.id).legs
    assert leg.state is LegState.ON_RUN
    assert booked.legs[0].pickup_window.earliest <= leg.pickup_window.earliest
    assert leg.pickup_window.latest <= booked.legs[0].pickup_window.latest
    assert leg.id in county.run(leg.run_id).leg_ids


def test_an_agreed_way_back_is_driven_although_a_bus_runs(county: County) -> None:
    """What is called for has been agreed before; the rule is not asked again."""
    change_rule(county)
    *_, asked = line_of(county)
    assert OfferKind.RIDE not in kinds(consider_rides(county.context, county.desk, asked))
    assert OfferKind.RIDE in kinds(consider_rides(county.context, county.desk, asked, called=True))


def far_from_the_stop(county: County) -> RideRequest:
    """From a house that is too far from the bus for who can hardly walk, to a stop of the bus."""
    first, last, asked = line_of(county)
    home = Place(first.lon, first.lat + 0.001, "zu Hause")
    county.clock.now -= timedelta(hours=1)
    return replace(asked, origin=home, destination=last, max_walk_m=20, rider_id="r-001", depart_after=_earlier(asked))


def _earlier(asked: RideRequest) -> datetime:
    assert asked.depart_after is not None
    return asked.depart_after - timedelta(minutes=40)


def test_i_am_taken_to_the_bus_i_cannot_walk_to(county: County) -> None:
    change_rule(county, lead_s=3600)
    decision = county.ask(far_from_the_stop(county))
    assert kinds(decision) == {OfferKind.RIDE_TO_LINE, OfferKind.ORDINARY_LINE}
    ride, bus = only(decision, OfferKind.RIDE_TO_LINE), only(decision, OfferKind.ORDINARY_LINE)
    assert isinstance(bus.line, LineJourney)
    assert ride.dropoff == bus.pickup
    assert ride.dropoff_window.latest + timedelta(minutes=5) <= bus.line.first.departs
    assert "Dorthin fahren wir Sie." in line_told(bus.line, "de", agency_zone(county.context, county.desk))
    booked = book_ride(county.context, county.desk, ride.id, new_id())
    assert isinstance(booked, Booking)
    assert booked.legs[0].dropoff.stop_id == bus.pickup.stop_id
    assert nearest_ride(decision) is None, "no standing order ends at a bus stop by itself"


def test_where_no_ride_to_the_bus_fits_the_whole_ride_is_offered(county: County) -> None:
    """Notice is too short for the ride to the stop, not for one that comes later."""
    change_rule(county, lead_s=3600)
    asked = far_from_the_stop(county)
    with county.context.store.transaction() as tx:
        service = tx.get_service(county.desk, BUS)
        nowhere = replace(service.zones[0], ring=_around(asked.origin, asked.destination))
        tx.save_service(AGENCY, replace(service, zones=(nowhere,)), "")
    assert kinds(county.ask(asked)) == {OfferKind.RIDE_TO_LINE, OfferKind.ORDINARY_LINE}
    county.clock.now = only(county.ask(asked), OfferKind.RIDE_TO_LINE).pickup_window.latest - timedelta(minutes=50)
    assert kinds(county.ask(asked)) == {OfferKind.RIDE}


def _around(*places: Place) -> tuple[tuple[float, float], ...]:
    west, east = min(p.lon for p in places) - 0.05, max(p.lon for p in places) + 0.05
    south, north = min(p.lat for p in places) - 0.05, max(p.lat for p in places) + 0.05
    return ((west, south), (east, south), (east, north), (west, north))


def test_the_planner_sees_which_line_stood_in_for_a_ride(county: County) -> None:
    change_rule(county, lead_s=3600)
    *_, asked = line_of(county)
    for _ in range(7):
        county.ask(asked)
    county.ask(far_from_the_stop(county))
    planner = Actor("a-planner", AGENCY, Role.PLANNER)
    county.clock.now = local(9, day=MONDAY.replace(month=7))
    report = count_decisions(county.context, planner, MONDAY)
    shown = only(county_decision(county), OfferKind.ORDINARY_LINE)
    rows = {row.key: row for row in report.by_line}
    assert rows[f"{shown.service_name}, {shown.pickup.name}"].asked == "8"
    assert {row.key: row.asked for row in report.by_reason} | {LED: FEW} == {LINE: "–", LED: FEW}


def county_decision(county: County) -> Decision:
    with county.context.store.transaction() as tx:
        return tx.list_decisions(Actor("a-planner", AGENCY, Role.PLANNER), local(0), local(23))[0]
