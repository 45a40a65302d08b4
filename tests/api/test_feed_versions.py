"""Timetables brought by a program: everything the agency's page can do, and nothing that it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth import COOKIE
from gtfs.importing import import_feed
from mobility.actions import bring_feed, import_data
from mobility.errors import InvalidInputError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, CountyFiles
from tests.county_web import Web, closing_client, open_web
from tests.gtfs.conftest import SMALL, pack

VERSIONS = "/timetables/versions"
OTHER = pack(dict(SMALL) | {"routes.txt": str(SMALL["routes.txt"]).replace("N1", "N7")})
WITHOUT_TRIPS = pack({name: text for name, text in SMALL.items() if name != "trips.txt"})


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (bring_feed, import_data):
        monkeypatch.setattr(module, "import_confined", import_feed)


@pytest.fixture
def web(county_files: CountyFiles, tmp_path: Path) -> Iterator[Web]:
    """With a folder of its own for what is imported."""
    with closing_client(open_web(MemoryStore(), county_files)) as web:
        web.county.context = web.app.state.context = replace(web.county.context, datasets=tmp_path)
        yield web


def send(web: Web, content: bytes, who: str = "agency", headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    files = {"feed": ("feed.zip", content, "application/zip")} | {
        name: (f"{name}.toml", text, "text/plain") for name, text in fields.items() if name == "overlay"
    }
    data = {name: text for name, text in fields.items() if name != "overlay"}
    return web.client.post(VERSIONS, files=files, data=data, headers=headers or web.headers(who))


def use(web: Web, version: dict[str, Any], **body: Any) -> httpx.Response:
    return web.call("agency", "POST", f"{VERSIONS}/{version['id']}/use", body)


def sent(web: Web, content: bytes, **fields: Any) -> dict[str, Any]:
    answer = send(web, content, **fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_uploaded_looked_at_used_and_one_step_back(web: Web) -> None:
    first, second = sent(web, pack(dict(SMALL))), sent(web, OTHER)
    assert (first["outcome"], first["in_use"], first["feed"]) == ("accept", False, "main")
    assert {found["file"] for found in first["findings"]} <= set(SMALL) | {""}
    assert use(web, first).json()["in_use"]
    preview = web.call("agency", "GET", f"{VERSIONS}/{second['id']}/preview").json()
    assert "N7" in [line["short_name"] for line in preview["lines"]]
    assert "N7" in [line["name"] for line in preview["changes"]["lines"]]
    assert use(web, second).json()["in_use"]
    back = web.call("agency", "POST", f"{VERSIONS}/{second['id']}/back")
    assert back.json()["id"] == first["id"]
    in_use = [one["id"] for one in web.call("agency", "GET", VERSIONS).json() if one["in_use"]]
    assert in_use == [first["id"]]


def test_planned_for_a_day_planned_no_longer_withdrawn_removed(web: Web) -> None:
    use(web, sent(web, pack(dict(SMALL))))
    rail = sent(web, pack(dict(SMALL)), name="rail")
    assert rail["feed"] == "rail"
    assert use(web, rail, on="2026-12-13").json()["use_on"] == "2026-12-13"
    path = f"{VERSIONS}/{rail['id']}"
    assert web.call("agency", "DELETE", f"{path}/use").status_code == 204
    assert web.call("agency", "GET", path).json()["use_on"] is None
    use(web, rail)
    assert web.call("agency", "DELETE", path).status_code == 409, "in use"
    assert web.call("agency", "DELETE", f"{path}/use").status_code == 204
    assert not web.call("agency", "GET", path).json()["in_use"]
    spare = sent(web, OTHER, name="rail")
    assert web.call("agency", "DELETE", f"{VERSIONS}/{spare['id']}").status_code == 204
    assert web.call("agency", "GET", f"{VERSIONS}/{spare['id']}").status_code == 404


def test_a_rejected_feed_is_answered_with_where_and_how_to_mend(web: Web) -> None:
    answer = send(web, WITHOUT_TRIPS)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    problems = answer.json()["problems"]
    assert problems[0]["where"] == "feed"
    assert any("trips.txt" in one["where"] + one["what"] and one["mend"] for one in problems[1:]), problems
    (kept,) = (one for one in web.call("agency", "GET", VERSIONS).json() if one["rejected"])
    assert kept["id"] in problems[0]["mend"]
    assert use(web, kept).status_code == 409
    assert web.call("agency", "GET", f"{VERSIONS}/{kept['id']}/preview").status_code == 409
    assert web.call("agency", "GET", f"{VERSIONS}/{kept['id']}").json()["outcome"] == "reject"


def test_what_is_no_upload_is_refused_and_nothing_is_kept(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    before = web.call("agency", "GET", VERSIONS).json()
    cookie = {"Cookie": f"{COOKIE}=token-of-agency"}
    json_sent = web.call("agency", "POST", VERSIONS, {"feed": "x"})
    broken = web.client.post(
        VERSIONS, content=b"--x\r\nbroken", headers=web.headers("agency") | {"Content-Type": "multipart/form-data"}
    )
    large = web.client.post(
        VERSIONS,
        content=b"x",
        headers=web.headers("agency") | {"Content-Type": "multipart/form-data", "Content-Length": str(10**9)},
    )
    refusals = {
        "a cookie, perhaps of another site": (send(web, OTHER, headers=cookie), 401),
        "no form": (json_sent, 422),
        "a broken form": (broken, 400),
        "announced too large": (large, 413),
        "no file": (web.client.post(VERSIONS, files={"other": ("x", b"x")}, headers=web.headers("agency")), 422),
        "an empty file": (send(web, b""), 422),
        "a name that cannot be": (send(web, OTHER, name="RAIL!"), 422),
        "an overlay that is no text": (send(web, OTHER, overlay=b"\xff\xfe"), 422),
        "two files": (web.client.post(VERSIONS, files=[("feed", ("a", OTHER))] * 3, headers=web.headers("agency")), 400),
    }
    for name, (answer, status) in refusals.items():
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), (name, answer.text)
    web.app.state.context = replace(web.county.context, kept_feed_bytes=10)
    answer = send(web, OTHER)
    assert (answer.status_code, "MOBILITY_KEPT_FEED_MEGABYTES" in answer.text) == (422, True)
    assert web.call("agency", "GET", VERSIONS).json() == before


@pytest.mark.parametrize("body", [{"on": "tomorrow"}, {"on": "2020-01-01"}, {"on": 5}, {"at": "2026-12-13"}, []])
def test_days_that_cannot_be(body: Any, web: Web) -> None:
    version = sent(web, OTHER)
    assert web.call("agency", "POST", f"{VERSIONS}/{version['id']}/use", body).status_code == 422


def test_rules_are_read_and_checked(web: Web) -> None:
    rules = '[[line]]\nagency = "Kreisbus"\nfrom = "rail"\n'
    assert web.call("agency", "POST", "/timetables/rules", {"rules": rules}).status_code == 200
    assert web.call("agency", "GET", "/timetables/rules").json() == {"rules": rules}
    assert web.call("agency", "POST", "/timetables/rules", {"rules": "[[line]]\nwrong"}).status_code == 422


def test_the_command_asks_for_room_on_the_disk_as_well(web: Web, tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(OTHER)
    full = replace(web.county.context, kept_feed_bytes=10)
    with pytest.raises(InvalidInputError, match="MOBILITY_KEPT_FEED_MEGABYTES"):
        import_data.import_feed(full, AGENCY, path)
