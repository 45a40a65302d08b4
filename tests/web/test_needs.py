"""Needs on the pages: what most people need at once, the rest when somebody looks for it."""

from __future__ import annotations

from mobility.domain.requests import RideRequest
from mobility.domain.riders import Need, Party
from tests.county_web import HOME, RIDER, SURGERY, Web, web

__all__ = ["web"]


def _last_request(web: Web) -> RideRequest:
    with web.county.context.store.transaction() as tx:
        return tx.list_decisions(web.county.desk, web.county.clock())[-1].request


def test_the_resident_finds_what_is_rarer_and_her_helper_is_counted(web: Web) -> None:
    page = web.page("rider", "GET", "/ride").text
    assert page.index("Rollator dabei") < page.index("<summary>Noch etwas?") < page.index("Elektromobil")
    typed = {"origin": HOME, "to": SURGERY, "day": "2026-06-08", "time": "10:00", "meaning": "arrive"}
    form = typed | {"seats": "2", "wheelchairs": "0", "assistants": "1", "needs": "low_vision"}
    assert web.page("rider", "POST", "/ride", form).status_code == 303
    asked = _last_request(web)
    assert asked.party == Party(2, 0, 1)
    assert Need.LOW_VISION in asked.needs
    wrong = web.page("rider", "POST", "/ride", form | {"seats": "1"})
    assert wrong.status_code == 422
    assert "hilft jemandem" in wrong.text
    assert 'value="low_vision" checked' in wrong.text
    assert "<details open>" in wrong.text


def test_the_desk_asks_for_one_ride_with_more_than_usual(web: Web) -> None:
    here = f"/desk/riders/{RIDER}"
    assert "Nur bei dieser Fahrt" in web.page("desk", "GET", here).text
    form = {"from": HOME, "to": SURGERY, "when": "bis 10", "seats": "3", "assistants": "1", "stowed": "2", "needs": "child_seat"}
    answer = web.page("desk", "POST", f"{here}/offers", form)
    assert answer.status_code == 303
    asked = _last_request(web)
    assert asked.party == Party(3, 0, 1, 2)
    assert Need.CHILD_SEAT in asked.needs
    shown = web.page("desk", "GET", answer.headers["location"]).text
    assert "davon 1 Begleitperson" in shown
    assert "braucht einen Kindersitz" in shown
    wrong = web.page("desk", "POST", f"{here}/offers", form | {"assistants": "3"})
    assert wrong.status_code == 422
    assert 'id="assistants-error"' in wrong.text
    assert 'value="child_seat" checked' in wrong.text


def test_a_program_says_the_same(web: Web) -> None:
    body = {
        "from": {"address": HOME},
        "to": {"address": SURGERY},
        "arrive_by": "2026-06-08T10:00:00",
        "party": {"seats": 2, "assistants": 1, "stowed": 1},
        "needs": ["walking_frame"],
        "rider_id": RIDER,
    }
    offers = [one for one in web.call("desk", "POST", "/offers", body).json()["offers"] if one["kind"] == "ride"]
    booked = web.call("desk", "POST", "/bookings", {"offer_id": offers[0]["id"]}, Idempotency_Key="needs").json()
    assert (booked["seats"], booked["assistants"], booked["stowed"]) == (2, 1, 1)
    nonsense = web.call("desk", "POST", "/offers", body | {"party": {"seats": 1, "assistants": 1}})
    assert nonsense.status_code == 422
    assert "assistants" in nonsense.text
