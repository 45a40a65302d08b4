"""The desk sees which duties are free and what an ill driver would mean; a driver takes a duty with one press."""

from __future__ import annotations

from datetime import timedelta

from mobility.actions.answer_ride import answer_ride
from mobility.actions.fill_duties import list_open_duties
from mobility.actions.open_runs import open_runs
from mobility.actions.reckon_what_if import list_what_ifs, reckon_what_ifs
from mobility.actions.share_rides import weigh_volunteers
from mobility.domain.accounts import Role
from mobility.domain.fleet import Acceptance
from mobility.domain.services import Fairness
from tests.county import AGENCY, MONDAY
from tests.county_web import BUS, Web, web
from tests.scenarios.test_volunteers import booked, volunteer_offer
from tests.scenarios.test_volunteers_share import reckons

__all__ = ["web"]

FRIDAY = MONDAY + timedelta(days=4)


def test_a_free_duty_is_seen_by_the_desk_and_taken_by_a_driver(web: Web) -> None:
    context, desk = web.county.context, web.county.desk
    open_runs(context, AGENCY, FRIDAY)
    duty = next(one for one in list_open_duties(context, desk, 1) if one.day == FRIDAY and one.planned.service.id == BUS)
    assert "niemand wird von selbst gefragt" in web.page("desk", "GET", "/desk/duties").text
    assert "nobody is asked by itself" in web.page("desk", "GET", "/desk/duties", accept_language="en").text
    web.account("driver-bus", Role.DRIVER, driver_id="d-bus-1")
    take = f"/drive/duties/{duty.run_id}/take"
    assert take in web.page("driver-bus", "GET", "/drive/hours").text
    for told in ("taken", "gone"):
        assert web.page("driver-bus", "POST", take, {}).headers["location"] == f"/drive/hours?done={told}"
    assert web.county.run(duty.run_id).driver_id == "d-bus-1"
    assert take not in web.page("driver-bus", "GET", "/drive/hours").text
    assert duty.run_id not in {one["run_id"] for one in web.call("desk", "GET", "/duties").json()}


def test_the_desk_sees_who_has_driven_more_than_the_others(web: Web) -> None:
    county = web.county
    booking, leg = booked(county, volunteer_offer(county, Acceptance.ASK_FIRST))
    web.account("second-desk", Role.DISPATCHER)  # the story may have begun before anybody signed in
    reckons(county, Fairness.KM)
    answer_ride(county.context, county.driver(county.run(leg.run_id).driver_id or ""), booking.id, leg.id, accepts=True)
    assert weigh_volunteers(county.context) > 0
    assert "Prozent weiter weg" in web.page("second-desk", "GET", "/desk/duties").text
    assert "per cent farther away" in web.page("second-desk", "GET", "/desk/duties", accept_language="en").text


def test_what_if_names_who_would_be_left(web: Web) -> None:
    web.book(web.ride())
    web.county.clock.set(5, 0)
    assert reckon_what_ifs(web.county.context) > 0
    seen = list_what_ifs(web.county.context, web.county.desk)
    page = web.page("desk", "GET", "/desk/duties").text
    assert all(one.driver in page for one in seen)
    assert ("ohne Ersatz" in page) == any(one.left for one in seen)
    assert "könnte jemand anders übernehmen" in page
