"""Who is sent to the ordinary bus is told how to ride it: in the API, on the resident's page and on the desk's."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mobility.domain.requests import RideRequest
from tests.county_web import RIDER, Web
from tests.scenarios.test_parallel_lines import change_rule, line_of
from tests.things import county_web

__all__ = ["county_web"]


@pytest.fixture(scope="module")
def asked(county_web: Web) -> RideRequest:
    change_rule(county_web.county)
    return line_of(county_web.county)[2]


def body(asked: RideRequest) -> dict[str, Any]:
    ends = {"from": asked.origin, "to": asked.destination}
    places = {name: {"lon": place.lon, "lat": place.lat} for name, place in ends.items()}
    assert asked.depart_after is not None
    return {**places, "depart_after": asked.depart_after.isoformat()}


def test_the_answer_names_line_stop_times_and_walk(county_web: Web, asked: RideRequest) -> None:
    answer = county_web.call("desk", "POST", "/offers", body(asked)).json()
    told = next(offer["told"] for offer in answer["offers"] if offer["kind"] == "ordinary_line")
    assert re.search(r"Der Bus \S+ Richtung .+ fährt um \d+:\d\d Uhr ab „.+“ und ist um \d+:\d\d Uhr an „.+“\.", told["de"])
    assert re.search(r"The bus \S+ towards .+ leaves “.+” at \d\d:\d\d and reaches “.+” at \d\d:\d\d\.", told["en"])
    assert all(offer["kind"] != "ride" for offer in answer["offers"])


def test_the_figures_are_the_planner_s_and_the_agency_s(county_web: Web, asked: RideRequest) -> None:
    for _ in range(5):
        county_web.call("desk", "POST", "/offers", body(asked))
    told = county_web.call("planner", "GET", "/line-refusals?month=2026-06").json()
    assert told["running"]
    (line,) = told["lines"]
    assert line["sent"] in {"5", "10"}, "in steps of five while the month runs"
    assert county_web.call("planner", "GET", "/line-refusals?month=2026-13").status_code == 422
    assert county_web.call("desk", "GET", "/line-refusals").status_code == 403
    assert RIDER not in str(told)
