"""Somebody rings the desk: found by number, name or PIN, or written down for the first time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.actions.call_backs import mark_told
from mobility.actions.find_callers import MOST, end_of_number, find_callers, folded, is_number
from mobility.actions.keep_rider import RiderEntry, keep_rider
from mobility.actions.list_desk_tasks import list_desk_tasks
from mobility.actions.read_caller import read_caller
from mobility.actions.rider_notes import add_note, delete_note
from mobility.actions.spoken_pin import LOCKED_FOR, MOST_FAILURES, check_pin, set_pin
from mobility.domain.bookings import Booking
from mobility.domain.riders import Channel, Need
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, County, CountyFiles, local, open_county, wish


def names(county: County, text: str) -> list[str]:
    return [rider.name for rider in find_callers(county.context, county.desk, text)]


@pytest.fixture
def called(county: County) -> County:
    """With people whose names are hard to hear."""
    for number, (name, telephone) in enumerate(
        (
            ("Jörg Müller-Lüdenscheidt", "+493023125901"),
            ("Käthe Groß", "+493023125902"),
            ("Karl Groß", "+493023125902"),
            ("Şükran Yıldız", "+4917139200999"),
        )
    ):
        rider = replace(county.files.people.riders[0], id=f"x-{number}", name=name, telephone=telephone)
        with county.context.store.transaction() as tx:
            tx.save_rider(rider)
    return county


@pytest.mark.parametrize(
    "said",
    [
        "+49 30 23125 901",
        "0049 (30) 23125901",
        "+49 (0)30 23125-901",
        "(0)30 23125901",
        "030/23125-901",
        "03023125901",
        "5901",
        "125901",
    ],
)
def test_a_number_in_any_notation(called: County, said: str) -> None:
    assert names(called, said) == ["Jörg Müller-Lüdenscheidt"]


def test_a_number_may_be_several_people(called: County) -> None:
    assert names(called, "030 23125902") == ["Käthe Groß", "Karl Groß"]


def test_the_demo_has_families_with_one_telephone(county: County) -> None:
    riders = {rider.id: rider for rider in county.files.people.riders}
    assert {r.id for r in find_callers(county.context, county.desk, riders["r-016"].telephone)} == {"r-015", "r-016"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("joerg muller", "Jörg Müller-Lüdenscheidt"),
        ("mueller", "Jörg Müller-Lüdenscheidt"),
        ("Lüdensch", "Jörg Müller-Lüdenscheidt"),
        ("lüdenscheid jörg", "Jörg Müller-Lüdenscheidt"),
        ("müler lüdenscheit", "Jörg Müller-Lüdenscheidt"),
        ("gross kä", "Käthe Groß"),
        ("Käte Gross", "Käthe Groß"),
        ("sukran yildiz", "Şükran Yıldız"),
    ],
)
def test_a_name_as_it_is_heard(called: County, said: str, meant: str) -> None:
    assert names(called, said)[0] == meant


def test_nothing_and_rubbish_find_nobody(called: County) -> None:
    assert names(called, "  ") == names(called, "…!") == names(called, "xqzvw") == names(called, "99999999") == []
    assert len(names(called, "a")) <= MOST


def test_only_the_desk_looks_people_up(county: County) -> None:
    rider = county.resident("r-001")
    for refused in (
        lambda: find_callers(county.context, rider, "5103"),
        lambda: read_caller(county.context, rider, "r-001"),
        lambda: list_desk_tasks(county.context, rider),
        lambda: add_note(county.context, rider, "r-001", "x"),
        lambda: check_pin(county.context, rider, "r-001", "1234"),
        lambda: keep_rider(county.context, rider, RiderEntry("X", "030 23125 900")),
    ):
        with pytest.raises(NotAllowedError):
            refused()


def test_somebody_new_is_written_down_and_found(county: County) -> None:
    entry = RiderEntry(
        "  Erna   Neu ", "030 / 23125 - 990", county.place("Kirschallee 10, Nebelow"), frozenset({Need.FRONT_SEAT})
    )
    rider = keep_rider(county.context, county.desk, entry)
    assert (rider.name, rider.telephone, rider.agency_id) == ("Erna Neu", "+493023125990", AGENCY)
    assert names(county, "erna neu") == ["Erna Neu"]
    changed = keep_rider(county.context, county.desk, replace(entry, max_walk_m=100), rider.id)
    assert read_caller(county.context, county.desk, rider.id).rider == changed
    assert changed == replace(rider, max_walk_m=100)


def test_everything_wrong_is_told_at_once(county: County) -> None:
    with pytest.raises(InvalidInputError) as refused:
        keep_rider(county.context, county.desk, RiderEntry(" ", "112", max_walk_m=-1, channel=Channel.EMAIL))
    assert [problem.where for problem in refused.value.problems] == ["name", "telephone", "max_walk_m", "email"]
    with pytest.raises(NotFoundError):
        keep_rider(county.context, county.desk, RiderEntry("X", "030 23125 900"), "nobody")


def test_notes_are_kept_and_taken_away(county: County) -> None:
    note = add_note(county.context, county.desk, "r-003", "  hört\n schlecht ")
    assert [each.text for each in read_caller(county.context, county.desk, "r-003").notes] == ["hört schlecht"]
    delete_note(county.context, county.desk, note.id)
    assert read_caller(county.context, county.desk, "r-003").notes == []
    for wrong in ("", " ", "x" * 501):
        with pytest.raises(InvalidInputError):
            add_note(county.context, county.desk, "r-003", wrong)


def test_a_pin_is_said_and_tries_are_limited(county: County) -> None:
    set_pin(county.context, county.desk, "r-003", "4711")
    assert read_caller(county.context, county.desk, "r-003").has_pin
    for wrong in ("0000", "", "4712"):
        assert not check_pin(county.context, county.desk, "r-003", wrong)
    assert check_pin(county.context, county.desk, "r-003", "4711")
    for _ in range(MOST_FAILURES):
        assert not check_pin(county.context, county.desk, "r-003", "9999")
    with pytest.raises(ConflictError):
        check_pin(county.context, county.desk, "r-003", "4711")
    county.clock.now += LOCKED_FOR
    assert check_pin(county.context, county.desk, "r-003", "4711")
    with pytest.raises(NotFoundError):
        check_pin(county.context, county.desk, "r-004", "4711")


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "1111", "1234", "4321", "²²²²"])
def test_a_pin_that_is_none_or_guessed_first_is_refused(county_files: CountyFiles, pin: str) -> None:
    county = open_county(MemoryStore(), county_files)
    with pytest.raises(InvalidInputError):
        set_pin(county.context, county.desk, "r-003", pin)


def test_the_card_shows_what_is_booked_and_what_is_still_to_be_told(county: County) -> None:
    home, surgery = county.place("Kirschallee 10, Nebelow"), county.place("Hausarztpraxis am Markt, Auenfurt")
    for hour in (15, 10):
        booking = county.book(county.rides(wish(home, surgery, arrive_by=local(hour), rider_id="r-003"))[0])
        assert isinstance(booking, Booking)
    card = read_caller(county.context, county.desk, "r-003")
    starts = [booking.legs[0].pickup_window.earliest for booking in card.bookings]
    assert starts == sorted(starts)
    assert len(starts) == 2
    assert [one.notice.to_rider_id for one in card.untold] == ["r-003", "r-003"]
    assert all((one.call_back and "09" in one.message.body) or "14" in one.message.body for one in card.untold)
    tasks = list_desk_tasks(county.context, county.desk)
    assert [one.notice.id for one in tasks.untold] == [one.notice.id for one in card.untold]
    assert set(tasks.riders) == {"r-003"}
    mark_told(county.context, county.desk, card.untold[0].notice.id)
    assert len(read_caller(county.context, county.desk, "r-003").untold) == 1


@given(st.text(alphabet="+0123456789 /()-.", max_size=30))
def test_any_notation_gives_figures_only(text: str) -> None:
    assert set(end_of_number(text)) <= set("0123456789")
    assert is_number(text) == (sum(char.isdigit() for char in text) >= 3)


@given(st.text(max_size=40))
def test_folding_a_name_twice_changes_nothing(text: str) -> None:
    once = folded(text)
    assert folded(" ".join(once)) == once
