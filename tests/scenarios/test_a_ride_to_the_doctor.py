"""The main job as residents, drivers and the desk would tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.hand_out_manifest import read_manifest
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.requests import OfferKind, Reason, Rejection
from mobility.domain.riders import Party
from mobility.errors import ConflictError, InvalidInputError, KeyReusedError, NotAllowedError, NotFoundError
from tests.county import MONDAY, County, local, wish

SURGERY = "Hausarztpraxis am Markt Auenfurt"
BUS = "auental-bus"
SUNDAY = MONDAY + timedelta(days=6)


def to_the_doctor(county: County, rider_id: str = "r-003", hour: int = 10) -> Booking:
    """r-003 lives in Nebelow and walks with a frame; the bus fetches her at the door."""
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(hour), rider_id=rider_id)
    booked = county.book(county.rides(request, BUS)[0])
    assert isinstance(booked, Booking)
    return booked


def notices(county: County) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return tx.list_notices(county.desk)


def test_i_ask_for_ten_and_am_promised_a_window_that_gets_me_there(county: County) -> None:
    booking = to_the_doctor(county)
    leg = booking.legs[0]
    assert leg.state is LegState.ON_RUN
    assert leg.dropoff_window.latest <= local(10)
    assert leg.dropoff_window.latest - leg.pickup_window.earliest <= timedelta(hours=1, minutes=15)
    assert leg.pickup_window.earliest < leg.pickup_window.latest
    assert booking.price_cents == 250
    assert [n.kind for n in notices(county)] == [NoticeKind.BOOKED]


def test_the_driver_finds_me_on_the_manifest_within_the_promise(county: County) -> None:
    booking = to_the_doctor(county)
    leg = booking.legs[0]
    run = county.run(leg.run_id)
    manifest = read_manifest(county.context, county.driver(run.driver_id or ""), run.id)
    halts = [h for h in manifest.halts if any(r.leg_id == leg.id for r in (*h.boarding, *h.alighting))]
    assert len(halts) == 2
    assert leg.pickup_window.earliest <= halts[0].planned <= leg.pickup_window.latest
    assert leg.dropoff_window.earliest <= halts[1].planned <= leg.dropoff_window.latest
    assert manifest.version == run.revision
    assert halts[1].way[0].german.startswith("Losfahren")
    assert halts[1].way[-1].german.startswith("Ziel")


def test_my_neighbour_rides_along_and_my_promise_stays(county: County) -> None:
    mine = to_the_doctor(county)
    neighbour = to_the_doctor(county, rider_id="r-004")
    assert neighbour.legs[0].run_id == mine.legs[0].run_id, "two from one house to one doctor share the bus"
    run = county.run(mine.legs[0].run_id)
    for booking in (mine, neighbour):
        leg = booking.legs[0]
        planned = {v.kind.value: v.planned for v in run.visits if v.leg_id == leg.id}
        assert leg.pickup_window.earliest <= planned["pickup"] <= leg.pickup_window.latest
        assert leg.dropoff_window.earliest <= planned["dropoff"] <= leg.dropoff_window.latest


def test_the_same_key_again_books_nothing_twice(county: County) -> None:
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(10), rider_id="r-003")
    offers = county.rides(request)
    first = county.book(offers[0], key="my click")
    assert county.book(offers[0], key="my click") == first
    with county.context.store.transaction() as tx:
        assert len(tx.list_bookings(county.desk)) == 1
    other = county.rides(replace(request, arrive_by=local(12)))[0]
    with pytest.raises(KeyReusedError):
        county.book(other, key="my click")


def test_i_cancel_and_the_seat_is_free_once(county: County) -> None:
    booking = to_the_doctor(county)
    before = county.run(booking.legs[0].run_id)
    cancelled = cancel_booking(county.context, county.resident("r-003"), booking.id)
    assert cancelled.legs[0].state is LegState.CLOSED
    assert cancelled.legs[0].outcome is Outcome.CANCELLED
    after = county.run(before.id)
    assert booking.legs[0].id not in after.leg_ids
    assert cancel_booking(county.context, county.resident("r-003"), booking.id) == cancelled
    assert county.run(before.id) == after


def test_an_old_offer_is_not_a_promise(county: County) -> None:
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(10), rider_id="r-003")
    offer = county.rides(request)[0]
    county.clock.set(6, 30)
    answer = county.book(offer)
    assert isinstance(answer, Rejection)
    assert answer.reason is Reason.OFFER_EXPIRED


def test_nobody_can_make_up_an_offer(county: County) -> None:
    offer = county.rides(wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(10)))[0]
    for forged in (offer.id[:-1] + ("0" if offer.id[-1] != "0" else "1"), "x.0.y", "", offer.id.replace(".0.", ".1.")):
        with pytest.raises(InvalidInputError):
            county.book(replace(offer, id=forged))


def test_another_resident_neither_sees_nor_cancels_my_ride(county: County) -> None:
    booking = to_the_doctor(county)
    stranger = county.resident("r-004")
    with pytest.raises(NotFoundError):
        cancel_booking(county.context, stranger, booking.id)
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(10), rider_id="r-003")
    with pytest.raises(NotAllowedError):
        county.ask(request, stranger)


@pytest.mark.parametrize(
    ("hour", "reason"), [(6, Reason.TOO_LATE), (3, Reason.TOO_LATE)], ids=["in a quarter of an hour", "three hours ago"]
)
def test_too_late_says_so_and_names_the_next_time(county: County, hour: int, reason: Reason) -> None:
    county.clock.set(6, 10)
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(hour, 30))
    decision = county.ask(request)
    assert decision.offers == ()
    assert decision.rejection is not None
    assert decision.rejection.reason is reason
    times = [a.depart_after for a in decision.rejection.alternatives if a.depart_after is not None]
    assert times
    assert min(times) > county.clock()
    assert any(a.kind == "telephone" for a in decision.rejection.alternatives)


def test_nobody_is_too_late_for_the_middle_of_the_night(county: County) -> None:
    """Volunteers want to know a day ahead, but at three in the morning nothing runs however early one asks."""
    county.clock.set(10)
    tomorrow = MONDAY + timedelta(days=1)
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), depart_after=local(3, 0, tomorrow))
    rejection = county.ask(request).rejection
    assert rejection is not None
    assert rejection.reason is Reason.NOT_OPEN


@pytest.mark.parametrize(
    ("day", "reason"),
    [(MONDAY + timedelta(days=200), Reason.TOO_EARLY), (MONDAY - timedelta(days=1), Reason.TOO_LATE), (SUNDAY, Reason.NOT_OPEN)],
    ids=["next Christmas", "yesterday", "on Sunday"],
)
def test_days_without_runs_say_why_and_are_not_opened(county: County, day: date, reason: Reason) -> None:
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(10, 0, day))
    rejection = county.ask(request).rejection
    assert rejection is not None
    assert rejection.reason is reason
    with county.context.store.transaction() as tx:
        assert tx.list_runs(county.desk, day) == []


def test_a_coach_party_is_too_large(county: County) -> None:
    request = wish(county.place("Kirschallee 10 Nebelow"), county.place(SURGERY), arrive_by=local(10), party=Party(seats=30))
    rejection = county.ask(request).rejection
    assert rejection is not None
    assert rejection.reason is Reason.PARTY_TOO_LARGE


def test_a_wheelchair_gets_the_bus_with_a_place_for_it(county: County) -> None:
    request = wish(
        county.place("Distelweg 8 Auenfurt"),
        county.place("Dialysezentrum Auenfurt"),
        arrive_by=local(11),
        party=Party(seats=0, wheelchairs=1),
        rider_id="r-007",
    )
    rides = county.rides(request)
    assert rides
    for ride in rides:
        assert county.run(ride.run_id).vehicle.wheelchair_places == 1


def test_the_ordinary_bus_is_shown_where_it_goes_anyway(county: County) -> None:
    """From stop to stop along bus line, at the time of a bus: who can walk is shown the bus, who cannot is fetched."""
    with county.context.store.transaction() as tx:
        feed = county.context.network(tx, county.desk).feed
    assert feed is not None
    bookable = {service.line.route_id for service, _ in county.files.services if service.line is not None}
    line = next(r for r in feed.routes if r.type == 3 and r.id not in bookable and len(feed.trips_of_route(r.id, MONDAY)) >= 4)
    trip = feed.trips_of_route(line.id, MONDAY)[1]
    first, last = (feed.find_stop(trip.halts[i][0]) for i in (0, -1))
    assert first is not None
    assert last is not None
    at = local(0) + timedelta(seconds=trip.halts[0][1])
    from_, to = county.place(first.name), county.place(last.name)
    from_, to = replace(from_, lon=first.lon, lat=first.lat), replace(to, lon=last.lon, lat=last.lat)
    county.clock.now = at - timedelta(hours=3)
    answer = county.ask(wish(from_, to, depart_after=at - timedelta(minutes=5)))
    assert answer.offers
    assert any(o.kind is OfferKind.ORDINARY_LINE for o in answer.offers)
    assert all(o.service_id != BUS for o in answer.offers if o.kind is OfferKind.RIDE)
    exempt = county.ask(wish(from_, to, depart_after=at - timedelta(minutes=5), rider_id="r-003"))
    assert any(o.service_id == BUS for o in exempt.offers), "a walking frame is a reason to be fetched all the same"


def test_once_aboard_it_is_too_late_to_cancel(county: County) -> None:
    from mobility.actions.report_progress import Progress, ProgressKind, report_progress

    booking = to_the_doctor(county)
    leg = booking.legs[0]
    county.clock.now = leg.pickup_window.earliest
    report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.BOARDED, county.clock(), leg.id))
    with pytest.raises(ConflictError):
        cancel_booking(county.context, county.desk, booking.id)
