"""Rides with neighbours: rostered hours are consent, others are asked first, some pick for themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from mobility.actions.answer_ride import answer_ride
from mobility.actions.pick_ride import list_rides_to_pick, pick_ride
from mobility.actions.read_bookings import read_booking
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.settle_unanswered import settle_unanswered
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Offer
from mobility.errors import ConflictError, NotAllowedError
from tests.county import AGENCY, DAYS, County, local, wish
from tests.kept import begin_with

SERVICE = "nachbarschaftsfahrten"


def volunteer_offer(county: County, acceptance: Acceptance) -> Offer:
    """A ride with a neighbour tomorrow or the day after, of the kind wanted. A story begins with it."""
    return begin_with(county.context.store, f"searched for {acceptance.value}", partial(_searched, county, acceptance))


def _searched(county: County, acceptance: Acceptance) -> Offer:
    """Whole days are searched, village by village."""
    riders = [rider for rider in county.files.people.riders if rider.home is not None and not rider.needs]
    doctor = county.place("Hausarztpraxis am Markt Auenfurt")
    for day in DAYS[1:]:
        for hour in (9, 11, 14, 16, 18):
            for rider in riders:
                assert rider.home is not None
                request = wish(rider.home, doctor, depart_after=local(hour, 0, day), rider_id=rider.id)
                for offer in county.rides(request, SERVICE):
                    if offer.acceptance is acceptance:
                        return offer
    pytest.fail(f"the county has no {acceptance} volunteer to offer")


def booked(county: County, offer: Offer) -> tuple[Booking, Leg]:
    answer = county.book(offer)
    assert isinstance(answer, Booking)
    return answer, answer.legs[0]


def kinds_of_notices(county: County) -> list[NoticeKind]:
    with county.context.store.transaction() as tx:
        return [n.kind for n in reversed(tx.list_notices(county.desk))]


def test_a_rostered_neighbour_is_promised_at_once(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    assert offer.answer_by is None
    assert offer.driver_kind == "volunteer"
    _, leg = booked(county, offer)
    assert leg.state is LegState.ON_RUN


def test_asked_first_the_place_is_held_and_the_yes_makes_the_promise(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.ASK_FIRST)
    assert offer.answer_by is not None
    booking, leg = booked(county, offer)
    assert leg.state is LegState.AWAITING_CONFIRMATION
    run = county.run(leg.run_id)
    assert leg.id in run.leg_ids, "the place is held while he thinks"
    with pytest.raises(NotAllowedError):
        answer_ride(county.context, county.resident(booking.rider_id), booking.id, leg.id, accepts=True)
    agreed = answer_ride(county.context, county.driver(run.driver_id or ""), booking.id, leg.id, accepts=True)
    assert agreed.legs[0].state is LegState.ON_RUN
    assert kinds_of_notices(county)[-3:] == [
        NoticeKind.AWAITING_CONFIRMATION,
        NoticeKind.RIDE_ASKED,
        NoticeKind.CONFIRMED,
    ] or set(kinds_of_notices(county)) >= {NoticeKind.AWAITING_CONFIRMATION, NoticeKind.RIDE_ASKED, NoticeKind.CONFIRMED}
    with pytest.raises(ConflictError):
        answer_ride(county.context, county.desk, booking.id, leg.id, accepts=False)


def test_no_goes_to_the_next_neighbour_and_at_last_to_the_desk(county: County) -> None:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ASK_FIRST))
    asked = []
    while leg.state is LegState.AWAITING_CONFIRMATION:
        assert leg.run_id not in asked, "nobody is asked twice"
        asked.append(leg.run_id)
        held = leg.run_id
        booking = answer_ride(county.context, county.desk, booking.id, leg.id, accepts=False)
        leg = booking.legs[0]
        assert leg.id not in county.run(held).leg_ids, "his place is free again"
    assert (leg.state, leg.owner, leg.run_id) == (LegState.WAITING_LIST, "desk", None)
    assert NoticeKind.DESK_TASK in kinds_of_notices(county)


def test_silence_is_a_no(county: County) -> None:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ASK_FIRST))
    assert leg.answer_by is not None
    assert settle_unanswered(county.context) == 0, "he still has time"
    for _ in range(10):
        county.clock.now = leg.answer_by + timedelta(seconds=1)
        assert settle_unanswered(county.context) == 1
        leg = county.booking(booking.id).legs[0]
        if leg.answer_by is None:
            break
    assert (leg.state, leg.owner) == (LegState.WAITING_LIST, "desk")
    assert settle_unanswered(county.context) == 0


def test_self_pick_waits_on_the_list_until_somebody_takes_it(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.SELF_PICK)
    booking, leg = booked(county, offer)
    assert (leg.state, leg.run_id) == (LegState.WAITING_LIST, None)
    run = county.run(offer.run_id)
    driver = county.driver(run.driver_id or "")
    assert [(b.id, waiting.id) for b, waiting in list_rides_to_pick(county.context, driver)] == [(booking.id, leg.id)]
    taken = pick_ride(county.context, driver, booking.id, leg.id, run.id)
    assert taken.legs[0].state is LegState.ON_RUN
    assert taken.rider_id == "", "who it is he learns near the ride"
    county.clock.now = leg.pickup_window.earliest - timedelta(hours=12)
    known = read_booking(county.context, county.driver(run.driver_id or ""), booking.id)
    assert (known.legs[0].pickup, known.legs[0].dropoff) == (leg.pickup, leg.dropoff), "who drives knows the door"
    with pytest.raises(ConflictError):
        pick_ride(county.context, driver, booking.id, leg.id, run.id)


def test_drivers_choose_by_neighbourhood_the_desk_sees_the_door(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.SELF_PICK)
    _, leg = booked(county, offer)
    assert leg.pickup.stop_id is None, "a door"
    driver = county.driver(county.run(offer.run_id).driver_id or "")
    ((anonymous, shown),) = list_rides_to_pick(county.context, driver)
    assert (anonymous.rider_id, anonymous.history) == ("", ())
    for blurry, exact in ((shown.pickup, leg.pickup), (shown.dropoff, leg.dropoff)):
        if exact.stop_id is not None:
            assert blurry == exact, "stops are public"
            continue
        assert (blurry.name, blurry.lon, blurry.lat) == (exact.village, round(exact.lon, 3), round(exact.lat, 3))
        assert (blurry.lon, blurry.lat) != (exact.lon, exact.lat)
    assert replace(shown, pickup=leg.pickup, dropoff=leg.dropoff, price_parts=leg.price_parts) == leg, "all else as it is"
    assert [waiting for _, waiting in list_rides_to_pick(county.context, county.desk)] == [leg]


def test_a_driver_does_not_pick_what_the_desk_sees_to(county: County) -> None:
    offer = volunteer_offer(county, Acceptance.SELF_PICK)
    booking, leg = booked(county, offer)
    assert leg.answer_by is not None
    driver = county.driver(county.run(offer.run_id).driver_id or "")
    county.clock.now = leg.answer_by + timedelta(seconds=1)
    assert settle_unanswered(county.context) == 1
    assert list_rides_to_pick(county.context, driver) == []
    with pytest.raises(ConflictError, match="the desk sees to it"):
        pick_ride(county.context, driver, booking.id, leg.id, offer.run_id or "")
    assert leg.id not in county.run(offer.run_id).leg_ids
    assert [waiting.id for _, waiting in list_rides_to_pick(county.context, county.desk)] == [leg.id]
    taken = pick_ride(county.context, county.desk, booking.id, leg.id, offer.run_id or "", agreed=True).legs[0]
    assert (taken.state, taken.owner) == (LegState.ON_RUN, None)


def test_the_desk_gives_nobody_a_ride_without_his_yes(county: County) -> None:
    """As with every change by hand: without the yes the ride waits for it, and the volunteer is asked."""
    offer = volunteer_offer(county, Acceptance.SELF_PICK)
    booking, leg = booked(county, offer)
    asked = pick_ride(county.context, county.desk, booking.id, leg.id, offer.run_id or "").legs[0]
    assert (asked.state, asked.run_id) == (LegState.AWAITING_CONFIRMATION, offer.run_id)
    assert asked.answer_by is not None
    assert {NoticeKind.RIDE_ASKED, NoticeKind.AWAITING_CONFIRMATION} <= set(kinds_of_notices(county))
    driver = county.driver(county.run(offer.run_id).driver_id or "")
    assert answer_ride(county.context, driver, booking.id, leg.id, accepts=True).legs[0].state is LegState.ON_RUN


def test_nobody_picks_it_and_the_desk_takes_over(county: County) -> None:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.SELF_PICK))
    assert leg.answer_by is not None
    county.clock.now = leg.answer_by + timedelta(seconds=1)
    assert settle_unanswered(county.context) == 1
    assert county.booking(booking.id).legs[0].owner == "desk"
    assert settle_unanswered(county.context) == 0


def test_reoptimisation_leaves_rides_with_neighbours_who_were_asked(county: County) -> None:
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ASK_FIRST))
    agreed = answer_ride(county.context, county.desk, booking.id, leg.id, accepts=True).legs[0]
    before = county.run(agreed.run_id)
    for day in DAYS:
        reoptimise_day(county.context, AGENCY, day, seconds=1.0)
    assert county.run(before.id) == before
