"""What trip planners fetch: the same for everybody, cheap to ask for again, and asked for at a pace."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from mobility.actions.gather_publication import gather_source
from mobility.domain.accounts import Agency
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, CountyFiles
from tests.county_web import NEIGHBOUR_AGENCY, Web, closing_client, open_web
from tests.things import ROLES

FEEDS = f"/feeds/{AGENCY}"
PLACES = "pickup_lat=53.0489&pickup_lon=12.2693&drop_off_lat=53.08&drop_off_lon=12.42"
ASKED = [f"{FEEDS}/gofs/{name}?{PLACES}" for name in ("wait_time", "realtime_booking")]


@pytest.fixture(scope="module")
def feeds(county_files: CountyFiles) -> Iterator[Web]:
    with closing_client(open_web(MemoryStore(), county_files)) as web:
        yield web


def names(web: Web) -> list[str]:
    return [one["name"] for one in web.client.get(FEEDS).json()]


def test_the_list_names_everything_and_everything_is_there(feeds: Web) -> None:
    listed = feeds.client.get(FEEDS).json()
    assert {"gtfs-flex.zip", "losses.txt", "trip-updates.pb", "vehicle-positions.pb", "service-alerts.pb"} < set(names(feeds))
    for one in listed:
        path = one["url"].removeprefix(feeds.county.context.public_url)
        answer = feeds.client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].split(";")[0] == one["media_type"]
        if one["version"]:
            assert answer.headers["etag"] == f'"{one["version"]}"'
    with zipfile.ZipFile(io.BytesIO(feeds.client.get(f"{FEEDS}/gtfs-flex.zip").content)) as archive:
        assert archive.testzip() is None


def test_gofs_names_addresses_that_answer(feeds: Web) -> None:
    listed = feeds.client.get(f"{FEEDS}/gofs/gofs.json").json()["data"]["de"]["feeds"]
    for one in listed:
        path = one["url"].removeprefix(feeds.county.context.public_url)
        asked = f"?{PLACES}" if one["name"] in ("wait_time", "realtime_booking") else ""
        assert feeds.client.get(path + asked).status_code == 200, path


def test_the_page_of_services_leads_programs_to_gofs(feeds: Web) -> None:
    """As the specification asks of the page that system_information.json names."""
    page = feeds.client.get("/rules").text
    assert f'<link rel="gofs" type="application/json" href="{FEEDS}/gofs/gofs.json">' in page
    told = feeds.client.get(f"{FEEDS}/gofs/system_information.json").json()["data"]["url"]
    assert told == f"{feeds.county.context.public_url}/rules"


def test_whoever_is_signed_in_gets_what_everybody_gets(feeds: Web) -> None:
    for path in (FEEDS, *(f"{FEEDS}/{name}" for name in names(feeds)), *ASKED):
        anybody = feeds.client.get(path)
        for who in (*ROLES, *(f"foreign-{role}" for role in ROLES)):
            answer = feeds.call(who, "GET", path)
            assert (answer.status_code, answer.content) == (200, anybody.content), (who, path)
        feeds.county.clock.now += timedelta(minutes=2)


def test_what_the_asker_has_is_not_sent_again(feeds: Web) -> None:
    for name in names(feeds):
        first = feeds.client.get(f"{FEEDS}/{name}")
        held = first.headers["etag"]
        head = feeds.client.request("HEAD", f"{FEEDS}/{name}")
        assert (head.status_code, head.headers["etag"], head.headers["content-length"]) == (200, held, str(len(first.content)))
        for header in (held, f'"other", W/{held}', "*"):
            again = feeds.client.get(f"{FEEDS}/{name}", headers={"If-None-Match": header})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", held)
        since = first.headers["last-modified"]
        assert feeds.client.get(f"{FEEDS}/{name}", headers={"If-Modified-Since": since}).status_code == 304
        before = format_datetime(feeds.county.clock() - timedelta(days=400), usegmt=True)
        for stale in ({"If-None-Match": '"other"'}, {"If-Modified-Since": before}, {"If-Modified-Since": "yesterday"}):
            assert feeds.client.get(f"{FEEDS}/{name}", headers=stale).content == first.content


def test_asking_all_day_long_makes_nothing_anew(feeds: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def counted(*things: Any) -> Any:
        made.append(things)
        return gather_source(*things)

    monkeypatch.setattr("mobility.actions.publish_feeds.gather_source", counted)
    for _ in range(20):
        assert feeds.client.get(f"{FEEDS}/gtfs-flex.zip").status_code == 200
        feeds.county.clock.now += timedelta(minutes=10)
    assert made == []


def test_a_changed_service_is_a_new_version(county_files: CountyFiles) -> None:
    with closing_client(open_web(MemoryStore(), county_files)) as web:
        before = {one["name"]: one["version"] for one in web.client.get(FEEDS).json()}
        service, text = county_files.services[0]
        with web.county.context.store.transaction() as tx:
            tx.save_service(AGENCY, replace(service, name="Anderer Name"), text)
        after = {one["name"]: one["version"] for one in web.client.get(FEEDS).json()}
        assert before["gtfs-flex.zip"] != after["gtfs-flex.zip"]


def test_other_sites_may_read_them(feeds: Web) -> None:
    for path in (f"{FEEDS}/gofs/zones.json", ASKED[0]):
        headers = feeds.client.get(path).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert feeds.client.get(f"{FEEDS}/gtfs-flex.zip").headers["cache-control"] == "public, max-age=300"
    assert feeds.client.get(ASKED[0]).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/nowhere",
        "/feeds/nowhere/gtfs-flex.zip",
        f"{FEEDS}/gtfs.zip",
        f"{FEEDS}/gofs/secrets.json",
        f"/feeds/{NEIGHBOUR_AGENCY}",
    ],
)
def test_what_is_not_there_is_a_plain_404(feeds: Web, path: str) -> None:
    answer = feeds.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["", "pickup_lat=53", "pickup_lat=53&pickup_lon=nan", "pickup_lat=153&pickup_lon=12", f"{PLACES}&brand_id=nobody",
              "pickup_lat=53&pickup_lon=12&drop_off_lat=53"],
)  # fmt: skip
def test_a_question_that_cannot_be_answered_is_refused_in_words(feeds: Web, query: str) -> None:
    feeds.county.clock.now += timedelta(minutes=2)
    answer = feeds.client.get(f"{FEEDS}/gofs/wait_time?{query}")
    assert answer.status_code == 422
    assert answer.json()["problems"]


def test_questions_have_a_pace_for_each_address(feeds: Web) -> None:
    feeds.county.clock.now += timedelta(minutes=2)
    codes = [feeds.client.get(ASKED[n % 2]).status_code for n in range(33)]
    assert codes == [200] * 30 + [429] * 3
    assert feeds.client.get(f"{FEEDS}/gofs/zones.json").status_code == 200, "files are not counted"
    feeds.county.clock.now += timedelta(minutes=2)
    assert feeds.client.get(ASKED[0]).status_code == 200


def test_an_agency_without_services_has_nothing_to_publish(feeds: Web) -> None:
    with feeds.county.context.store.transaction() as tx:
        tx.add_agency(Agency("leer", "Leerer Kreis"))
    answer = feeds.client.get("/feeds/leer/gtfs-flex.zip")
    assert answer.status_code == 404
    assert "nothing to publish" in answer.json()["detail"]
