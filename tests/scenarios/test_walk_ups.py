"""Who boards without a booking takes the seats kept free for that; whoever comes beyond those takes seats that could be sold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.domain.bookings import Booking
from mobility.domain.requests import Reason, Rejection
from mobility.domain.runs import WalkUp
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, County, CountyFiles, local, open_county
from tests.integrity.last_seat import Contest


@pytest.fixture
def contest(county_files: CountyFiles) -> Contest:
    """A bus of four seats, of which one is kept free for walk-ups: three can be sold."""
    contest = Contest(open_county(MemoryStore(), county_files), seats=[4])
    run = contest.county.run(contest.offer.run_id)
    with contest.county.context.store.transaction() as tx:
        tx.save_run(replace(run, walk_up_seats=1, revision=run.revision + 1), run.revision)
    return contest


def _walk_up(contest: Contest, *persons: int) -> None:
    run = contest.county.run(contest.offer.run_id)
    events = tuple(WalkUp(local(9, 5 + number), "", each) for number, each in enumerate(persons))
    with contest.county.context.store.transaction() as tx:
        tx.save_run(replace(run, walk_ups=(*run.walk_ups, *events), revision=run.revision + 1), run.revision)


def _book(contest: Contest, clients: int) -> list[Booking | Rejection]:
    return [contest.book(offer, new_id()) for offer in contest.offers(clients)]


@pytest.mark.parametrize(("aboard", "sold"), [(0, 3), (1, 3), (2, 2), (4, 0)])
def test_only_walk_ups_beyond_the_seats_kept_free_take_seats_from_those_who_book(
    contest: Contest, aboard: int, sold: int
) -> None:
    _walk_up(contest, aboard)
    answers = _book(contest, 4)
    assert [isinstance(answer, Booking) for answer in answers] == [number < sold for number in range(4)]
    assert [answer.reason for answer in answers if isinstance(answer, Rejection)] == [Reason.TAKEN_MEANWHILE] * (4 - sold)


def test_when_they_have_alighted_their_seats_are_sold_again(contest: Contest) -> None:
    _walk_up(contest, 3, -2)
    assert sum(isinstance(answer, Booking) for answer in _book(contest, 4)) == 3


def test_a_bus_fuller_than_it_may_be_drives_on_and_takes_nobody_more(contest: Contest) -> None:
    """Three have booked, then three walk up: the plan goes on, nobody is thrown off it, a ride can still be cancelled."""
    county: County = contest.county
    booked = [answer for answer in _book(contest, 3) if isinstance(answer, Booking)]
    _walk_up(contest, 3)
    assert isinstance(_book(contest, 1)[0], Rejection)
    reoptimise_day(county.context, AGENCY, MONDAY, seconds=1.0, steps=50)
    run = county.run(contest.offer.run_id)
    assert set(run.leg_ids) == {booking.legs[0].id for booking in booked}
    cancel_booking(county.context, county.desk, booked[0].id)
    assert isinstance(_book(contest, 1)[0], Rejection), "the freed seat is taken already"
    _walk_up(contest, -2)
    assert isinstance(_book(contest, 1)[0], Booking)
