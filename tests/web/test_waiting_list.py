"""Waiting for a place, on the pages and by program."""

from __future__ import annotations

import re

from mobility.actions.offer_rides import offer_rides
from tests.county import County
from tests.county_web import RIDER, Web, web
from tests.scenarios.test_waiting_list import asks, full_bus

__all__ = ["web"]


def refusal(county: County) -> str:
    full_bus(county)
    return offer_rides(county.context, county.resident(RIDER), asks(county, RIDER)).id


def test_a_resident_waits_and_waits_no_more(web: Web) -> None:
    decision = refusal(web.county)
    assert "Auf die Warteliste" in web.page("rider", "GET", f"/ride/offers/{decision}").text
    for _ in range(2):
        sent = web.page("rider", "POST", "/ride/wait", {"decision": decision})
    rides = web.page("rider", "GET", sent.headers["location"]).text
    assert rides.count("Nicht mehr warten") == 1
    (stop,) = re.findall(r'action="(/rides/waiting/[^"]+)"', rides)
    assert web.page("rider", "POST", stop, {}).status_code == 303
    assert "Nicht mehr warten" not in web.page("rider", "GET", "/rides").text


def test_the_desk_puts_somebody_on_the_list(web: Web) -> None:
    decision, here = refusal(web.county), f"/desk/riders/{RIDER}"
    assert "Auf die Warteliste setzen" in web.page("desk", "GET", f"{here}/offers/{decision}").text
    assert web.page("desk", "POST", f"{here}/offers/{decision}/wait", {}).headers["location"].endswith("done=waiting")
    (stop,) = re.findall(r'action="(/desk/riders/[^"]+/stop)"', web.page("desk", "GET", here).text)
    assert web.page("desk", "POST", stop, {}).headers["location"].endswith("done=not-waiting")


def test_by_program(web: Web) -> None:
    decision = refusal(web.county)
    waiting = web.call("rider", "POST", "/waiting-list", {"decision_id": decision})
    assert (waiting.status_code, waiting.json()["state"]) == (201, "waiting")
    assert [one["id"] for one in web.call("desk", "GET", "/waiting-list").json()] == [decision]
    assert web.call("other-rider", "DELETE", f"/waiting-list/{decision}").status_code == 404
    assert web.call("rider", "DELETE", f"/waiting-list/{decision}").json()["state"] == "withdrawn"
