"""A bus to the train, the train, and home again: booked at once, given back at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.book_open_return import book_open_return
from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.hold_offer import hold_offer
from mobility.actions.offer_rides import offer_rides
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.lines import LineJourney
from mobility.domain.places import Place
from mobility.domain.requests import Offer, OfferKind, Reason, Rejection
from mobility.errors import InvalidInputError
from tests.county import AGENCY, County, local, wish

RIDER = "r-003"


def station(county: County, name: str) -> Place:
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    return next(
        Place(one.lon, one.lat, one.name, one.id) for one in feed.stops if one.name.startswith(name) and "(Zug)" in one.name
    )


def journey(county: County) -> Offer:
    """From the door in Nebelow to Prunitz, which lies outside the county."""
    request = wish(county.place("Kirschallee 10, Nebelow"), station(county, "Prunitz"), depart_after=local(8), rider_id=RIDER)
    offers = county.ask_all(request)
    return next(offer for offer in offers if offer.kind is OfferKind.JOURNEY)


def test_to_where_no_ride_goes_the_train_goes_and_a_ride_to_the_train(county: County) -> None:
    request = wish(county.place("Kirschallee 10, Nebelow"), station(county, "Prunitz"), depart_after=local(8), rider_id=RIDER)
    assert county.ask(request).offers == ()
    offer = journey(county)
    assert offer.ride_to is not None
    assert offer.ride_from is None
    assert [leg.line for leg in offer.transit] == ["RB 999"]
    assert offer.transit[0].board.name == "Auenfurt, Bahnhof (Zug)"
    assert offer.transit[-1].alight.name == "Prunitz, Bahnhof (Zug)"
    assert offer.ride_to.dropoff_window.latest + timedelta(minutes=5) <= offer.transit[0].departs
    booking = county.book(offer)
    assert isinstance(booking, Booking)
    assert [leg.state for leg in booking.legs] == [LegState.ON_RUN]
    assert booking.transit == offer.transit
    assert booking.price_cents == offer.price_cents == 250
    assert county.booking(booking.id) == booking
    assert booking.legs[0].id in county.run(booking.legs[0].run_id).leg_ids


def test_both_rides_or_none(county: County) -> None:
    """Fetched at the door, by train, and fetched at the other station; the second place is gone when it is booked."""
    offer = both_ways(county)
    assert offer.ride_to is not None
    assert offer.ride_from is not None
    key = new_id()
    fill(county, offer.ride_from)
    answer = book_ride(county.context, county.desk, offer.id, key)
    assert isinstance(answer, Rejection), "there was room for the second ride"
    assert answer.reason is Reason.TAKEN_MEANWHILE
    with county.context.store.transaction() as tx:
        assert tx.list_bookings(county.desk, RIDER) == []
        run = tx.get_run(county.desk, offer.ride_to.run_id or "")
    assert run.leg_ids == ()
    assert book_ride(county.context, county.desk, offer.id, key) == answer, "asked again it is the same no"


def joined(one: Offer, other: Offer) -> LineJourney:
    """Their trains, one after the other."""
    assert one.line is not None
    return replace(one.line, rides=(*one.transit, *other.transit))


def both_ways(county: County) -> Offer:
    """A journey with a ride at either end, made of two that are there."""
    there = journey(county)
    back = next(
        offer
        for offer in county.ask_all(
            wish(station(county, "Prunitz"), county.place("Kirschallee 10, Nebelow"), depart_after=local(11), rider_id=RIDER)
        )
        if offer.ride_from is not None
    )
    assert back.ride_from is not None
    context = county.context
    with context.store.transaction() as tx:
        decision = tx.get_decision(county.desk, context.verify(there.id).rpartition(".")[0])  # type: ignore[union-attr]
        whole = replace(there, id="", line=joined(there, back), ride_from=replace(back.ride_from, id=""))
        known = replace(decision, id=new_id(), offers=(whole,))
        known = replace(known, offers=(replace(whole, id=context.sign(f"{known.id}.0")),))
        tx.add_decision(known)
    return known.offers[0]


def fill(county: County, ride: Offer) -> None:
    """No run has room any more at that time."""
    with county.context.store.transaction() as tx:
        for run in tx.list_runs(county.desk, ride.pickup_window.earliest.date(), [ride.service_id]):
            if run.id == ride.run_id or run.starts_at <= ride.pickup_window.latest <= run.ends_at:
                tx.save_run(replace(run, withdrawn=True, revision=run.revision + 1), run.revision)


def test_given_back_as_one(county: County) -> None:
    offer = both_ways(county)
    booking = county.book(offer)
    assert isinstance(booking, Booking)
    assert len(booking.legs) == 2
    assert booking.price_cents == 500
    runs = {leg.run_id for leg in booking.legs}
    cancelled = cancel_booking(county.context, county.resident(RIDER), booking.id)
    assert {leg.outcome for leg in cancelled.legs} == {Outcome.CANCELLED}
    for run_id in runs:
        assert not set(county.run(run_id).leg_ids) & {leg.id for leg in booking.legs}
    assert cancel_booking(county.context, county.resident(RIDER), booking.id) == cancelled


def test_booked_twice_is_booked_once(county: County) -> None:
    offer, key = journey(county), new_id()
    first = county.book(offer, key)
    assert county.book(offer, key) == first


def test_what_journeys_are_not_made_for_is_said(county: County) -> None:
    offer = journey(county)
    assert hold_offer(county.context, county.desk, offer.id) is None
    with pytest.raises(InvalidInputError, match="door to door"):
        book_open_return(county.context, county.desk, offer.id, new_id())


def test_a_planner_sees_no_door_and_no_id_in_a_journey(county: County) -> None:
    request = wish(county.place("Kirschallee 10, Nebelow"), station(county, "Prunitz"), depart_after=local(8), rider_id=RIDER)
    offer_rides(county.context, county.desk, request, combines=True)
    with county.context.store.transaction() as tx:
        seen = tx.list_decisions(Actor("a-planner", AGENCY, Role.PLANNER), county.clock() - timedelta(days=1))
    text = str(seen)
    assert "Prunitz" in text
    assert "Kirschallee" not in text
    assert all(offer.id == "" and (offer.ride_to is None or offer.ride_to.id == "") for one in seen for offer in one.offers)
