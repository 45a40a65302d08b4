"""The way back in the same breath: both rides or neither, each with a promise and a price of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.domain.bookings import Booking, LegState, Outcome
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import Offer, Reason, Rejection, RideRequest
from mobility.domain.riders import Party
from mobility.errors import InvalidInputError, NotFoundError
from mobility.notifications.facts import message_of
from tests.county import AGENCY, MONDAY, County, local, wish
from tests.integrity.invariants import Inspector

BUS, SURGERY, HOME = "auental-bus", "Hausarztpraxis am Markt Auenfurt", "Kirschallee 10 Nebelow"


def there(county: County, rider_id: str = "r-003") -> RideRequest:
    return wish(county.place(HOME), county.place(SURGERY), arrive_by=local(10), rider_id=rider_id)


def back(county: County, rider_id: str = "r-003", hour: int = 11) -> RideRequest:
    return wish(county.place(SURGERY), county.place(HOME), depart_after=local(hour), rider_id=rider_id)


def offers(county: County, *wishes: RideRequest) -> list[Offer]:
    return [county.rides(one, BUS)[0] for one in wishes]


def book(county: County, pair: Sequence[Offer], key: str | None = None) -> Booking | Rejection:
    return book_ride(county.context, county.desk, pair[0].id, key or new_id(), return_offer_id=pair[1].id)


def booked(county: County, *, key: str | None = None) -> Booking:
    answer = book(county, offers(county, there(county), back(county)), key=key)
    assert isinstance(answer, Booking)
    return answer


def findings(county: County) -> list[str]:
    return Inspector(county.context, AGENCY, [MONDAY]).findings()


def test_i_am_brought_there_and_home_again(county: County) -> None:
    booking = booked(county)
    out, home = booking.legs
    assert out.dropoff_window.latest <= local(10)
    assert home.pickup_window.earliest >= local(11)
    assert (out.price_cents, home.price_cents, booking.price_cents) == (250, 250, 500)
    assert {leg.state for leg in booking.legs} == {LegState.ON_RUN}
    for leg in booking.legs:
        assert [visit.kind.value for visit in county.run(leg.run_id).visits if visit.leg_id == leg.id] == ["pickup", "dropoff"]
    assert findings(county) == []
    with county.context.store.transaction() as tx:
        (told,) = tx.list_notices(county.desk)
        message = message_of(tx, told, "de")
    assert told.kind is NoticeKind.BOOKED
    assert message is not None
    assert message.body.count("Hausarztpraxis") >= 2, "one message tells both ways"


def test_the_same_click_again_books_nothing_twice(county: County) -> None:
    pair = offers(county, there(county), back(county))
    first = book(county, pair, key="my click")
    assert book(county, pair, key="my click") == first
    with county.context.store.transaction() as tx:
        assert len(tx.list_bookings(county.desk)) == 1


def test_without_the_way_back_i_do_not_want_the_way_there(county: County) -> None:
    """No bus drives in the afternoon any more when I say yes: nothing is booked, and nothing is left on any run."""
    pair = offers(county, there(county), back(county, hour=15))
    with county.context.store.transaction() as tx:
        for run in tx.list_runs(county.desk, MONDAY, [BUS]):
            if run.id != pair[0].run_id:
                tx.save_run(replace(run, withdrawn=True, revision=run.revision + 1), run.revision)
        before = tx.list_runs(county.desk, MONDAY, [BUS])
    assert pair[1].run_id != pair[0].run_id
    answer = book(county, pair)
    assert isinstance(answer, Rejection)
    assert answer.reason is Reason.TAKEN_MEANWHILE
    with county.context.store.transaction() as tx:
        assert tx.list_runs(county.desk, MONDAY, [BUS]) == before
        assert tx.list_bookings(county.desk) == []


def test_i_keep_the_way_back_when_a_neighbour_takes_me_there(county: County) -> None:
    booking = booked(county)
    out, home = booking.legs
    rider = county.resident("r-003")
    cancelled = cancel_booking(county.context, rider, booking.id, out.id)
    assert [leg.outcome for leg in cancelled.legs] == [Outcome.CANCELLED, None]
    assert cancelled.price_cents == home.price_cents
    assert home.id in county.run(home.run_id).leg_ids
    assert out.id not in county.run(out.run_id).leg_ids
    assert cancel_booking(county.context, rider, booking.id, out.id) == cancelled
    with pytest.raises(NotFoundError):
        cancel_booking(county.context, rider, booking.id, "no-such-leg")
    assert findings(county) == []


def test_cancelling_the_whole_frees_both_seats_and_says_so_once(county: County) -> None:
    booking = booked(county)
    cancelled = cancel_booking(county.context, county.resident("r-003"), booking.id)
    assert not cancelled.is_open
    assert all(leg.id not in county.run(leg.run_id).leg_ids for leg in booking.legs)
    with county.context.store.transaction() as tx:
        told = [one.kind for one in tx.list_notices(county.desk) if one.to_rider_id is not None]
    assert sorted(told) == [NoticeKind.BOOKED, NoticeKind.CANCELLED]
    assert findings(county) == []


def test_who_was_not_at_the_door_is_still_fetched_for_the_way_back(county: County) -> None:
    """She may have gone with a neighbour; nobody has asked her yet."""
    booking = booked(county)
    out, home = booking.legs
    county.clock.now = out.pickup_window.latest + timedelta(minutes=5)
    report_progress(county.context, county.desk, out.run_id or "", Progress(ProgressKind.NO_SHOW, county.clock(), out.id))
    after = county.booking(booking.id)
    assert after.leg(out.id).outcome is Outcome.NO_SHOW
    assert after.leg(home.id).state is LegState.ON_RUN
    assert home.id in county.run(home.run_id).leg_ids


def test_re_optimising_keeps_both_promises(county: County) -> None:
    booking = booked(county)
    reoptimise_day(county.context, AGENCY, MONDAY, seconds=1)
    after = county.booking(booking.id)
    assert [leg.pickup_window for leg in after.legs] == [leg.pickup_window for leg in booking.legs]
    assert findings(county) == []


def test_what_is_no_way_back_is_refused_with_the_reason(county: County) -> None:
    out, home = offers(county, there(county), back(county))
    (early,) = offers(county, back(county, hour=8))
    (for_two,) = offers(county, replace(back(county), party=Party(2)))
    (neighbours,) = offers(county, back(county, rider_id="r-004"))
    for other, said in (
        (early, "begins before"),
        (for_two, "other people"),
        (neighbours, "other people"),
        (out, "begins before"),
    ):
        with pytest.raises(InvalidInputError, match=said):
            book(county, (out, other))
    with pytest.raises(InvalidInputError, match="not an offer"):
        book_ride(county.context, county.desk, out.id, new_id(), return_offer_id="not-signed-here")
    assert isinstance(book(county, (out, home)), Booking), "after all that both are still free"
