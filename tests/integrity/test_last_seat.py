"""Sixteen clients want the last seat at the same moment: as many get one as there are seats, the others hear so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from mobility.actions.hold_offer import hold_offer, release_lapsed_holds
from mobility.domain.bookings import Booking
from mobility.domain.holds import Hold
from mobility.domain.requests import Reason, Rejection
from mobility.errors import KeyReusedError
from tests.county import AGENCY, County
from tests.integrity.last_seat import CLIENTS, Contest, at_once
from tests.integrity.naive_stores import NaiveStore

ROUNDS = 4
"""Without the lock on the run, the first round already sells the seat more than once, or answers with a conflict."""


def play(contest: Contest, rounds: int) -> list[str]:
    """Rounds until one goes wrong; what was wrong with it."""
    offers = contest.offers()
    for number in range(rounds):
        played = contest.round(offers)
        complaints = played.complaints(contest.free)
        if complaints:
            return [f"round {number}", *complaints]
        contest.give_back(played.winners)
        if number % 10 == 0:
            assert contest.inspector.findings() == []
    return []


def test_the_last_seat_is_sold_once(county: County) -> None:
    assert play(Contest(county, seats=[1]), ROUNDS) == []


def test_nobody_is_refused_while_any_bus_has_a_seat(county: County) -> None:
    """All offers name the first bus; the others keep the same windows."""
    contest = Contest(county, seats=[2, 1, 2])
    offers = contest.offers()
    for _ in range(2):
        played = contest.round(offers)
        assert played.complaints(5) == []
        by_run = Counter(booking.legs[0].run_id for booking in played.winners)
        assert sorted(by_run.values()) == [1, 2, 2]
        contest.give_back(played.winners)


def test_the_same_on_postgis(postgis_county: County) -> None:
    assert play(Contest(postgis_county, seats=[1, 1]), 2) == []


@pytest.mark.parametrize("merges", [False, True], ids=["last write wins", "check, then insert"])
def test_the_contest_catches_a_naive_store(county: County, *, merges: bool) -> None:
    naive = replace(county, context=replace(county.context, store=NaiveStore(county.context.store, AGENCY, merges=merges)))
    complaints = play(Contest(naive, seats=[1]), 20)
    assert any("winners for 1 seats" in complaint for complaint in complaints), complaints
    wrong = "above what the vehicle takes" if merges else "is on []"
    assert any(wrong in complaint for complaint in complaints), f"sold twice, but the inspector saw only {complaints}"


def test_one_key_from_sixteen_clients_is_one_booking(county: County) -> None:
    contest = Contest(county, seats=[CLIENTS])
    for number, offer_id in enumerate(contest.offers()[:5]):
        played = contest.round([offer_id] * CLIENTS, keys=[f"key {number}"] * CLIENTS)
        assert played.findings == []
        assert played.winners == [played.winners[0]] * CLIENTS
        with county.context.store.transaction() as tx:
            assert len(tx.list_bookings(county.desk)) == number + 1


def test_one_key_with_different_bodies_books_for_the_first(county: County) -> None:
    contest = Contest(county, seats=[CLIENTS])
    offers = contest.offers()
    for number in range(3):
        played = contest.round(offers, keys=[f"key {number}"] * CLIENTS)
        assert played.findings == []
        assert len(played.winners) == 1
        refused = [answer for answer in played.answers if not isinstance(answer, Booking)]
        assert [type(answer) for answer in refused] == [KeyReusedError] * (CLIENTS - 1)


def test_a_no_is_the_same_no_when_it_is_asked_for_again(county: County) -> None:
    contest = Contest(county, seats=[1])
    first, *others = contest.offers()
    assert isinstance(contest.book(first, "first"), Booking)
    played = contest.round([others[0]] * CLIENTS, keys=["late"] * CLIENTS)
    assert set(played.answers) == {contest.book(others[0], "late")}
    assert isinstance(played.answers[0], Rejection)
    assert played.answers[0].reason is Reason.TAKEN_MEANWHILE


def test_a_held_seat_is_not_sold_and_an_expired_one_once(county: County) -> None:
    """One of sixteen has the seat held by the desk: nobody else gets it; when its time has passed, one does, and only one."""
    contest = Contest(county, seats=[1])
    offers = contest.offers()
    for _ in range(2):
        hold = hold_offer(county.context, county.desk, offers[0])
        assert isinstance(hold, Hold)
        assert contest.round(offers[1:]).complaints(0) == []
        county.clock.now = hold.expires_at
        played = contest.round(offers)
        assert played.complaints(1) == []
        contest.give_back(played.winners)
        release_lapsed_holds(county.context)
        assert contest.inspector.findings() == []


def test_of_sixteen_who_want_the_last_seat_held_one_gets_it(county: County) -> None:
    contest = Contest(county, seats=[1])
    desks = [replace(county.desk, account_id=f"desk {number}") for number in range(CLIENTS)]
    offers = contest.offers()
    for _ in range(2):
        asked = [partial(hold_offer, county.context, desk, offer) for desk, offer in zip(desks, offers, strict=True)]
        answers = at_once(asked)
        (won,) = [number for number, answer in enumerate(answers) if isinstance(answer, Hold)]
        assert all(isinstance(answer, Rejection) for number, answer in enumerate(answers) if number != won)
        played = contest.round(offers)
        assert played.complaints(1) == []
        assert isinstance(played.answers[won], Booking), "the one it was held for"
        contest.give_back(played.winners)
