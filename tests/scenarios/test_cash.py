"""The driver collects, the desk and the county's cashier see what was due and what was taken."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mobility.actions.account_cash import account_days, account_run
from mobility.actions.take_driver_events import Reported, take_driver_events
from mobility.domain.bookings import Booking
from mobility.domain.driver_events import EventKind, EventProblem
from mobility.errors import InvalidInputError, NotAllowedError
from mobility.store.memory import MemoryStore
from tests.county import MONDAY, Clock, County, CountyFiles, local, open_county, wish


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    return open_county(MemoryStore(), county_files)


def on_the_bus(county: County) -> tuple[Booking, str]:
    """Somebody rides with the bus at ten; the run it is on."""
    surgery, rider = (
        county.place("Hausarztpraxis am Markt Auenfurt"),
        next(r for r in county.files.people.riders if r.home and not r.groups),
    )
    assert rider.home is not None
    offers = county.rides(wish(rider.home, surgery, arrive_by=local(10), rider_id=rider.id), "auental-bus")
    answer = county.book(offers[0])
    assert isinstance(answer, Booking)
    assert answer.legs[0].run_id is not None
    return answer, answer.legs[0].run_id


def test_what_is_due_and_what_was_taken(county: County) -> None:
    booking, run_id = on_the_bus(county)
    leg, clock = booking.legs[0], county.context.clock
    assert isinstance(clock, Clock)
    assert account_run(county.context, county.desk, run_id).legs == (), "nothing is due before somebody has boarded"
    at = leg.pickup_window.earliest
    clock.now = at + timedelta(minutes=1)

    def report(sequence: int, kind: EventKind, **more: int | str | None) -> EventProblem | None:
        what = Reported(sequence, kind, at + timedelta(seconds=sequence), **more)  # type: ignore[arg-type]
        return take_driver_events(county.context, county.desk, run_id, "phone", clock(), [what])[0].problem

    assert report(1, EventKind.BOARDED, leg_id=leg.id) is None
    cash = account_run(county.context, county.desk, run_id)
    assert (cash.due_cents, cash.taken_cents, cash.rides_that_differ) == (250, 0, 1), "not entered yet: the desk should ask"
    assert report(2, EventKind.PAID, leg_id=leg.id, cents=200) is None
    assert report(3, EventKind.PAID, leg_id=leg.id, cents=250) is None, "mended: the last entry counts"
    cash = account_run(county.context, county.desk, run_id)
    assert (cash.due_cents, cash.taken_cents, cash.rides_that_differ) == (250, 250, 0)
    report(4, EventKind.UNDO, undoes=3)
    assert account_run(county.context, county.desk, run_id).taken_cents == 200
    report(2, EventKind.PAID, leg_id=leg.id, cents=900)
    assert account_run(county.context, county.desk, run_id).taken_cents == 200, "sent twice it counts once"
    assert report(5, EventKind.PAID, leg_id="somebody else", cents=900) is EventProblem.NOT_ON_RUN
    (month,) = account_days(county.context, county.desk, MONDAY.replace(day=1), MONDAY.replace(day=30))
    assert (month.run_id, month.due_cents, month.taken_cents) == (run_id, 250, 200)


def test_who_may_see_it(county: County) -> None:
    booking, run_id = on_the_bus(county)
    with pytest.raises(NotAllowedError):
        account_run(county.context, county.resident(booking.rider_id), run_id)
    with pytest.raises(InvalidInputError):
        account_days(county.context, county.desk, MONDAY, MONDAY - timedelta(days=1))
