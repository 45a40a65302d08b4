"""The departure board as data and as pages, for anybody: what it says, and what it never says."""

from __future__ import annotations

import re

import pytest

from tests.county_web import Web
from tests.things import county_web

__all__ = ["county_web"]
DATA = "/departures/auental"
PAGE = "/board/auental"


def test_next_departures_as_geojson(county_web: Web) -> None:
    answer = county_web.client.get(DATA, params={"place": "Nebelow"})
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert (told["type"], told["name"]) == ("FeatureCollection", "Nebelow")
    stop = max(told["features"], key=lambda feature: len(feature["properties"]["departures"]))
    lon, lat = stop["geometry"]["coordinates"]
    assert (int(lon), int(lat)) == (12, 52)
    times = [one["planned"] for one in stop["properties"]["departures"]]
    assert len(times) > 3
    assert times == sorted(times)
    assert times[0] >= told["made_at"]
    by_id = county_web.client.get(DATA, params={"stop_id": stop["id"]}).json()
    assert stop in by_id["features"]
    rides = {one["id"]: one for one in told["services"]}
    assert rides["auental-bus"]["telephone"] == "+493023125500"
    assert "Sie können bis 60 Minuten vor der Fahrt buchen." in rides["auental-bus"]["told"]["de"]
    assert "rufbus" not in rides, "its trips do not halt there"
    realtime = told["links"]["realtime"][0].rpartition("/feeds")[2]
    assert county_web.client.get(f"/feeds{realtime}").status_code == 200


def test_the_same_minute_is_the_same_version(county_web: Web) -> None:
    first = county_web.client.get(DATA, params={"place": "Nebelow"})
    held = {"If-None-Match": first.headers["etag"]}
    assert county_web.client.get(DATA, params={"place": "Nebelow"}, headers=held).status_code == 304
    assert county_web.client.get(DATA, params={"place": "Auenfurt"}, headers=held).status_code == 200
    assert first.headers["cache-control"] == "public, max-age=30"
    head = county_web.client.request("HEAD", DATA, params={"place": "Nebelow"})
    assert (head.headers["etag"], head.content) == (first.headers["etag"], b"")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"place": "Timbuktu"}, 404),
        ({"stop_id": "nothing"}, 404),
        ({"stop_id": "'; DROP TABLE stop; --"}, 404),
        ({}, 422),
        ({"place": "Nebelow", "stop_id": "x"}, 422),
        ({"place": ""}, 422),
        ({"place": "x" * 201}, 422),
    ],
)
def test_what_is_not_there_is_said(county_web: Web, query: dict[str, str], status: int) -> None:
    answer = county_web.client.get(DATA, params=query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert county_web.client.get("/departures/nobody", params=query).status_code in (404, 422)


def test_nobody_s_ride_is_on_it(county_web: Web) -> None:
    """Booking a ride from there changes nothing that is told."""
    before = county_web.client.get(DATA, params={"place": "Nebelow"}).content
    county_web.book(county_web.ride())
    assert county_web.client.get(DATA, params={"place": "Nebelow"}).content == before
    keys = set(re.findall(r'"(\w+)":', before.decode()))
    assert not {key for key in keys if re.search(r"vehicle|driver|run_|position|seat|rider", key)}


def test_the_pages_need_no_script(county_web: Web) -> None:
    client = county_web.client
    assert f'href="{PAGE}"' in client.get("/board").text
    board = client.get(PAGE, params={"place": "Nebelow"}).text
    assert "<h1>Nebelow</h1>" in board
    assert "Wer jetzt bestellt, kann heute ab 7:00 Uhr fahren, wenn Platz ist." in board
    assert 'href="tel:+493023125500"' in board
    english = client.get(PAGE, params={"place": "Nebelow"}, headers={"Accept-Language": "en"}).text
    assert "Who orders now can ride today from 07:00" in english or "Who orders now can ride today from 7:00" in english
    sheet = client.get(f"{PAGE}/week", params={"place": "Nebelow", "first": "2026-06-08"}).text
    assert "Mo. 8.6. bis Fr. 12.6." in sheet
    unknown = client.get(PAGE, params={"place": "Nebelo"})
    assert unknown.status_code == 404
    assert "place=Nebelow" in unknown.text, "what may have been meant"
    assert client.get("/board/nobody", params={"place": "Nebelow"}).status_code == 404
    assert client.get(f"{PAGE}/week").status_code == 422
