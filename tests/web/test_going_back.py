"""Going back in the browser, a second tab, a second press: a ride is booked once, and who has just been told is not rung up."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mobility.actions.call_backs import list_call_backs
from mobility.domain.bookings import Booking
from mobility.domain.notices import NoticeKind
from mobility.domain.riders import Channel
from tests.county_web import HOME, RIDER, SURGERY, Web, web

__all__ = ["web"]

WISH = {"origin": HOME, "to": SURGERY, "day": "2026-06-09", "time": "10:00", "meaning": "arrive", "seats": "1"}
CALL = {"from": HOME, "to": SURGERY, "when": "morgen 10"}


def bookings(web: Web) -> list[Booking]:
    with web.county.context.store.transaction() as tx:
        return tx.list_bookings(web.county.desk)


def told_later(web: Web) -> list[NoticeKind]:
    """What the desk has to ring somebody up for."""
    return [one.notice.kind for one in list_call_backs(web.county.context, web.county.desk) if one.telephone]


def resident_books(web: Web, offers: str) -> str:
    """From the page of the offer, as loaded now, to where booking it leads."""
    shown = web.page("rider", "GET", f"{offers}/0")
    assert "/ride/book" in shown.text
    return web.page("rider", "POST", "/ride/book", {"decision": offers.rpartition("/")[2], "number": "0"}).headers["location"]


def test_a_resident_who_goes_back_and_books_again_has_booked_once(web: Web) -> None:
    offers = web.page("rider", "POST", "/ride", WISH).headers["location"]
    first, second = resident_books(web, offers), resident_books(web, offers)
    assert first == second
    assert first.endswith("?done=booked")
    assert len(bookings(web)) == 1


def test_who_changes_the_wish_finds_it_filled_in(web: Web) -> None:
    wish = WISH | {"needs": "guide_dog", "seats": "2"}
    offers = web.page("rider", "POST", "/ride", wish).headers["location"]
    change = re.findall(r'href="(/ride\?change=\w+)"', web.page("rider", "GET", offers).text)[0]
    shown = web.page("rider", "GET", change).text
    assert 'value="2026-06-09"' in shown
    assert 'value="10:00"' in shown
    assert re.search(r'value="arrive"\s+checked', shown)
    assert re.search(r'value="guide_dog"\s+checked', shown)
    again = dict(re.findall(r'name="(origin|to|seats)"[^>]*value="([^"]*)"', shown))
    assert again["seats"] == "2"
    assert web.page("rider", "POST", "/ride", WISH | again).headers["location"].startswith("/ride/offers/")
    assert web.page("other-rider", "GET", change).status_code == 404


def test_what_was_given_back_is_not_said_to_be_booked(web: Web) -> None:
    offers = web.page("rider", "POST", "/ride", WISH).headers["location"]
    ride = resident_books(web, offers).partition("?")[0]
    web.page("rider", "POST", f"{ride}/cancel", {})
    assert resident_books(web, offers) == ride
    assert "Gebucht." not in web.page("rider", "GET", ride).text
    asked = web.page("desk", "POST", f"/desk/riders/{RIDER}/offers", CALL).headers["location"].partition("?")[0]
    booked = web.page("desk", "POST", f"{asked}/book", {"offer": "1"}).headers["location"]
    web.page("desk", "POST", f"/desk/riders/{RIDER}/bookings/{booked.rpartition('=')[2]}/cancel", {})
    assert web.page("desk", "POST", f"{asked}/book", {"offer": "1"}).headers["location"].endswith("?no=offer_expired")


@pytest.mark.parametrize(("channel", "in_writing"), [(Channel.CALL_BACK, False), (Channel.SMS, True)])
def test_the_desk_does_not_ring_up_who_was_on_the_line(web: Web, channel: Channel, *, in_writing: bool) -> None:
    """Booked and cancelled on the telephone; a text message goes out all the same."""
    context = replace(web.county.context, channels=frozenset({Channel.SMS}))
    web.county.context = web.app.state.context = context
    with context.store.transaction() as tx:
        tx.save_rider(replace(tx.get_rider(web.county.desk, RIDER), channel=channel, telephone="+491713920052"))
    asked = web.page("desk", "POST", f"/desk/riders/{RIDER}/offers", CALL).headers["location"].partition("?")[0]
    booked = web.page("desk", "POST", f"{asked}/book", {"offer": "1"}).headers["location"]
    assert "done=booked" in booked
    assert told_later(web) == []
    with context.store.transaction() as tx:
        assert [n.kind for n in tx.list_unsent_notices(web.county.desk) if n.to_rider_id] == [NoticeKind.BOOKED] * in_writing
    web.page("desk", "POST", f"/desk/riders/{RIDER}/bookings/{booked.rpartition('=')[2]}/cancel", {})
    assert told_later(web) == []


def test_who_books_on_the_web_and_wants_to_be_rung_up_is(web: Web) -> None:
    offers = web.page("rider", "POST", "/ride", WISH).headers["location"]
    resident_books(web, offers)
    assert told_later(web) == [NoticeKind.BOOKED]
