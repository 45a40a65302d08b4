"""An open return on the pages: a tick at the desk, a choice and a button for the resident."""

from __future__ import annotations

import re

from mobility.domain.bookings import Booking
from tests.county import MONDAY
from tests.county_web import RIDER, Web, web

__all__ = ["web"]


def only_booking(web: Web) -> Booking:
    with web.county.context.store.transaction() as tx:
        (booking,) = tx.list_bookings(web.county.desk, RIDER)
    return booking


def decision_of(web: Web) -> str:
    web.offers(who="rider")
    with web.county.context.store.transaction() as tx:
        return tx.list_decisions(web.county.desk, web.county.clock())[-1].id


def test_a_resident_books_it_and_presses_the_button(web: Web) -> None:
    decision = decision_of(web)
    number = next(n for n in range(5) if web.page("rider", "GET", f"/ride/offers/{decision}/{n}").status_code == 200)
    form = {"decision": decision, "number": str(number), "back": "open"}
    there = [web.page("rider", "POST", "/ride/book", form).headers["location"] for _ in range(2)]
    assert there[0] == there[1], "pressed twice"
    home = only_booking(web).legs[1]
    page = web.page("rider", "GET", there[0]).text
    assert "Ich bin fertig" in page
    assert re.search(rf'name="leg" value="{home.id}"', page)
    web.county.clock.set(11, day=MONDAY)
    done = web.page("rider", "POST", f"/rides/{only_booking(web).id}/call", {"leg": home.id})
    assert done.headers["location"].endswith("done=called")
    assert "Ich bin fertig" not in web.page("rider", "GET", done.headers["location"]).text
    assert only_booking(web).legs[1].pickup_window.earliest < home.pickup_window.earliest


def test_the_desk_books_it_and_brings_it_forward(web: Web) -> None:
    web.offers()
    with web.county.context.store.transaction() as tx:
        decision = tx.list_decisions(web.county.desk, web.county.clock())[-1]
    number = next(n for n, offer in enumerate(decision.offers, start=1) if offer.kind == "ride")
    here = f"/desk/riders/{RIDER}"
    booked = web.page("desk", "POST", f"{here}/offers/{decision.id}/book", {"offer": str(number), "back": "open"})
    assert "done=booked" in booked.headers["location"]
    home = only_booking(web).legs[1]
    web.county.clock.set(11, day=MONDAY)
    assert "Will jetzt heim" in web.page("desk", "GET", here).text
    done = web.page("desk", "POST", f"{here}/bookings/{only_booking(web).id}/call", {"leg": home.id})
    assert done.headers["location"].endswith("done=called")
    assert only_booking(web).legs[1].open_return is False


def test_by_program_it_is_one_or_the_other(web: Web) -> None:
    offer = web.ride()
    body = {"offer_id": offer["id"], "open_return": True}
    assert web.call("desk", "POST", "/bookings", body | {"return_offer_id": offer["id"]}, Idempotency_Key="a").status_code == 422
    legs = web.call("desk", "POST", "/bookings", body, Idempotency_Key="b").json()["legs"]
    assert [leg["open_return"] for leg in legs] == [False, True]
    assert legs[1]["call_by"] < legs[1]["pickup_window"]["earliest"]
