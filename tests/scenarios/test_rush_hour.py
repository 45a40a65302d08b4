"""In the late afternoon the road is full: the bus needs longer then, and the promise knows it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mobility.domain.accounts import system_actor
from mobility.domain.bookings import Booking
from mobility.domain.runs import Run
from tests.county import AGENCY, County, local, wish
from tests.integrity.invariants import Inspector

BUS, SURGERY, HOME = "auental-bus", "Hausarztpraxis am Markt Auenfurt", "Kirschallee 10 Nebelow"


def booked(county: County, hour: int, minute: int = 0, rider_id: str = "r-003") -> tuple[Booking, Run]:
    request = wish(county.place(SURGERY), county.place(HOME), depart_after=local(hour, minute), rider_id=rider_id)
    booking = county.book(county.rides(request, BUS)[0])
    assert isinstance(booking, Booking)
    return booking, county.run(booking.legs[0].run_id)


def driven_s(run: Run, booking: Booking) -> int:
    """Planned seconds from leaving the pickup to the drop-off."""
    pickup, dropoff = (visit for visit in run.visits if visit.leg_id == booking.legs[0].id)
    return round((dropoff.planned - pickup.planned).total_seconds()) - pickup.service_s


def street_s(county: County, booking: Booking, hour: int) -> int:
    with county.context.store.transaction() as tx:
        streets = county.context.network(tx, system_actor(AGENCY)).streets
    ends = [np.array([[place.lon, place.lat]]) for place in (booking.legs[0].pickup, booking.legs[0].dropoff)]
    return int(streets.at_hour(hour).matrix(*ends).seconds[0, 0])


@pytest.mark.parametrize("hour", [10, 16])
def test_the_ride_takes_what_the_street_takes_at_that_hour(county: County, hour: int) -> None:
    booking, run = booked(county, hour, 20)
    assert driven_s(run, booking) == street_s(county, booking, hour)
    assert booking.price_cents == 250, "the hour does not change the price"


def test_the_road_home_is_slower_at_four(county: County) -> None:
    morning, _ = booked(county, 10, 20)
    afternoon, run = booked(county, 16, 20)
    assert street_s(county, morning, 16) == driven_s(run, afternoon) > street_s(county, morning, 10)


def test_a_window_over_the_hour_holds_at_both_speeds(county: County) -> None:
    """I may be fetched at five to four or at five past: the plan takes the slower way of the two."""
    booking, run = booked(county, 15, 50)
    window = booking.legs[0].pickup_window
    assert window.earliest < local(16) < window.latest
    assert driven_s(run, booking) == street_s(county, booking, 16)


def test_waiting_until_the_road_is_full_breaks_no_promise(county: County) -> None:
    """The bus stands still over the full hour: whatever it is asked meanwhile, those who were promised come in time."""
    booked(county, 15, 10)
    booked(county, 16, 10, "r-001")
    inspector = Inspector(county.context, AGENCY, [local(12).date()])
    for before, after in pairwise(range(14 * 60 + 50, 17 * 60, 7)):
        county.clock.set(*divmod(after, 60))
        assert not inspector.findings(), f"after {before // 60}:{before % 60:02d}"
