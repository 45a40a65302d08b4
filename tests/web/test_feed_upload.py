"""The agency uploads a feed: nothing is in use before somebody says so, and nothing that cannot be used changes anything."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.auth import COOKIE
from api.web.uploads import FEEDS
from gtfs.confinement import import_confined
from gtfs.importing import import_feed
from gtfs.limits import Limits
from mobility.actions import bring_feed
from mobility.actions.bring_feed import use_planned_feeds
from mobility.actions.context import Context
from mobility.domain.accounts import Role
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.office import LogbookKind
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, CountyFiles
from tests.county_web import NEIGHBOUR_AGENCY, Web, closing_client, open_web
from tests.gtfs.conftest import SMALL, pack

PLANTED = '<script>planted()</script>"><img src=x>'


def feed_zip(route_name: str = "Nachtbus", service: str = "week", keep: tuple[str, ...] = tuple(SMALL)) -> bytes:
    """A small sound feed, with a line's name or a trip's service changed, or of some files only."""
    files = {name: str(text) for name, text in SMALL.items() if name in keep}
    for file, before, after in (("routes.txt", "Nachtbus", route_name), ("trips.txt", "R,week,t1", f"R,{_quoted(service)},t1")):
        if file in files:
            files[file] = files[file].replace(before, _quoted(after) if file == "routes.txt" else after)
    return pack(dict(files))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a process of its own for every upload, which takes a second; one test has it."""
    monkeypatch.setattr(bring_feed, "import_confined", import_feed)


@pytest.fixture
def web(county_files: CountyFiles, tmp_path: Path) -> Iterator[Web]:
    """With a folder of its own for what is imported."""
    with closing_client(open_web(MemoryStore(), county_files)) as web:
        context: Context = replace(web.county.context, datasets=tmp_path)
        web.county.context = context
        web.app.state.context = context
        yield web


def upload(web: Web, content: bytes, name: str = "feed.zip", who: str = "agency") -> httpx.Response:
    headers = {"Cookie": f"{COOKIE}=token-of-{who}"}
    files = {"feed": (name, content, "application/zip")}
    return web.client.post(FEEDS, data={"csrf": web.proof(who)}, files=files, headers=headers)


def versions(web: Web) -> list[Dataset]:
    with web.county.context.store.transaction() as tx:
        return tx.list_datasets(web.county.desk, DatasetKind.FEED)


def in_use(web: Web) -> int:
    return next(one.version for one in versions(web) if one.in_use)


def left_over(web: Web) -> list[Path]:
    """Folders of imports that no version names."""
    known = {one.folder for one in versions(web)}
    folder = web.county.context.datasets / "feed"
    return [path for path in folder.iterdir() if f"feed/{path.name}" not in known] if folder.exists() else []


def test_a_feed_is_looked_at_first_and_used_when_somebody_says_so(web: Web) -> None:
    answer = upload(web, feed_zip())
    assert answer.status_code == 303
    assert in_use(web) == 1, "not yet"
    page = web.page("agency", "GET", answer.headers["location"]).text
    assert "noch nicht in Gebrauch" in page
    assert "Diesen Fahrplan jetzt verwenden" in page
    assert "„Bürgerbus Linie 1“ fährt nach der Linie buergerbus-1" in page, "a service would lose its line"
    used = web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:2/use", {})
    assert used.status_code == 303
    assert in_use(web) == 2
    newest = versions(web)[-1]
    assert (newest.imported_by, newest.used_by, newest.used_at) == ("agency", "agency", web.county.clock())
    with web.county.context.store.transaction() as tx:
        kinds = [entry.kind for entry in tx.list_logbook(replace(web.county.desk, role=Role.ADMIN), 9)]
    assert kinds.count(LogbookKind.FEED_UPLOADED) == kinds.count(LogbookKind.FEED_USED) == 1
    listed = web.page("agency", "GET", "/agency").text
    assert "früher in Gebrauch" in listed or "in Gebrauch" in listed


BROKEN = {
    "no zip at all": b"<!doctype html><html><title>404</title></html>",
    "half a zip": feed_zip()[:400],
    "a zip without a timetable": feed_zip(keep=("agency.txt",)),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_used_is_said_and_changes_nothing(web: Web, content: bytes) -> None:
    answer = upload(web, content)
    assert answer.status_code == 303
    page = web.page("agency", "GET", answer.headers["location"]).text
    assert "kann nicht verwendet werden" in page
    assert "abgewiesen" in page
    assert "jetzt verwenden" not in page
    refused = web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:2/use", {})
    assert refused.status_code == 422
    assert "bisherige bleibt" in refused.text
    assert in_use(web) == 1
    assert left_over(web) == []
    found = web.page("agency", "GET", f"{FEEDS}/{AGENCY}:feed:2/findings.csv")
    assert found.status_code == 200
    assert "reject" in found.text


def test_an_empty_file_and_none_are_said_at_the_form(web: Web) -> None:
    assert "Die Datei ist leer" in upload(web, b"").text
    nothing = web.page("agency", "POST", FEEDS, {})
    assert (nothing.status_code, "wählen Sie eine Datei" in nothing.text) == (422, True)
    assert [one.version for one in versions(web)] == [1]


def test_a_file_too_large_comes_back_to_the_form_unread(web: Web) -> None:
    headers = {"Cookie": f"{COOKIE}=token-of-agency", "Content-Length": "200000000"}
    answer = web.client.post(FEEDS, content=b"x", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{FEEDS}?too_large=1")
    page = web.page("agency", "GET", answer.headers["location"])
    assert (page.status_code, "größer als 100 MB" in page.text) == (422, True)


def test_the_small_limit_stays_for_everything_else(web: Web) -> None:
    form = {"csrf": web.proof("agency"), "x": "y" * 70_000}
    assert web.client.post("/sign-in", data=form).status_code == 413
    assert web.client.post(f"{FEEDS}/{AGENCY}:feed:1/use", data=form).status_code == 413


@pytest.mark.parametrize("who", ["rider", "driver", "provider", "desk", "nobody-known"])
def test_who_may_not_upload_is_told_before_the_file_is_read(web: Web, who: str) -> None:
    read = 0

    async def body() -> object:
        nonlocal read
        for _ in range(50):
            read += 1
            yield b"x" * 65_536

    headers = {"Cookie": f"{COOKIE}=token-of-{who}", "Content-Type": "multipart/form-data; boundary=b"}
    answer = web.client.request("POST", FEEDS, content=body(), headers=headers)
    assert answer.status_code in (303, 403)
    assert answer.headers.get("location", "/sign-in") == "/sign-in"
    assert read <= 1


def test_another_agencys_feed_does_not_exist(web: Web) -> None:
    upload(web, feed_zip())
    for method, tail in (("GET", ""), ("GET", "/findings.csv"), ("POST", "/use")):
        assert (
            web.page("foreign-agency", method, f"{FEEDS}/{AGENCY}:feed:2{tail}", {} if method == "POST" else None).status_code
            == 404
        )
    assert in_use(web) == 1
    with web.county.context.store.transaction() as tx:
        assert tx.list_datasets(replace(web.county.desk, agency_id=NEIGHBOUR_AGENCY), DatasetKind.FEED) == []


def test_the_streets_are_no_feed(web: Web) -> None:
    assert web.page("agency", "GET", f"{FEEDS}/{AGENCY}:streets:1").status_code == 404
    assert web.page("agency", "POST", f"{FEEDS}/{AGENCY}:streets:1/use", {}).status_code == 404


def test_what_a_feed_says_is_shown_as_text(web: Web) -> None:
    answer = upload(web, feed_zip(route_name=PLANTED, service=PLANTED), name=f"{PLANTED}.zip")
    for path in (answer.headers["location"], "/agency"):
        page = web.page("agency", "GET", path).text
        assert "script&gt;" in page
        assert "<script>planted" not in page
        assert "<img src=x" not in page


def test_findings_are_sorted_by_column(web: Web) -> None:
    location = upload(web, feed_zip(service="x")).headers["location"].partition("?")[0]
    for column in ("severity", "file", "row", "count", "message"):
        page = web.page("agency", "GET", f"{location}?sort={column}")
        assert page.status_code == 200
        assert "aria-sort" in page.text
    assert web.page("agency", "GET", f"{location}?sort=password").status_code == 422


def test_a_findings_table_holds_no_formula(web: Web) -> None:
    location = upload(web, feed_zip(service='=HYPERLINK("http://x","y")')).headers["location"].partition("?")[0]
    found = web.page("agency", "GET", f"{location}/findings.csv").text
    assert "\n=" not in found
    assert ",=" not in found
    assert ',"=' not in found


def test_what_would_hurt_is_read_in_a_process_of_its_own(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is ended by its limit; the page says so, and the timetable in use stays."""
    monkeypatch.setattr(bring_feed, "import_confined", import_confined)
    web.county.context = replace(web.county.context, feed_limits=Limits(memory_mib=4, memory_mib_per_mib=1))
    web.app.state.context = web.county.context
    page = web.page("agency", "GET", upload(web, feed_zip()).headers["location"]).text
    assert "MiB Speicher" in page or "mehr Speicher" in page
    assert "kann nicht verwendet werden" in page
    assert (in_use(web), left_over(web)) == (1, [])


def test_what_changes_is_seen_before_and_one_step_leads_back(web: Web) -> None:
    upload(web, feed_zip())
    web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:2/use", {})
    files = {name: str(text) for name, text in SMALL.items()}
    files["stops.txt"] = files["stops.txt"].replace("b,Markt,49.51,8.61", "b,Markt,49.52,8.61")
    files["routes.txt"] = files["routes.txt"].replace("N,A,N1", "X,A,X1")
    files["trips.txt"] = files["trips.txt"].replace("N,all", "X,all")
    page = web.page("agency", "GET", upload(web, pack(dict(files))).headers["location"]).text
    assert "Verglichen mit Version 2: 2 Linien ändern sich, 1 bleiben." in page
    assert "Haltestellen: 0 entfallen, 1 liegen woanders, 0 sind neu, 4 bleiben." in page
    assert "Markt: liegt 1112 m weiter" in page
    assert '<path class="moved"' in page
    assert "1 → 0" in page
    assert "0 → 1" in page
    web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:3/use", {})
    used = web.page("agency", "GET", f"{FEEDS}/{AGENCY}:feed:3").text
    assert "Zurück zur vorigen Version 2" in used
    assert f'action="{FEEDS}/{AGENCY}:feed:2/use"' in used
    web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:2/use", {})
    assert in_use(web) == 2


def test_a_timetable_is_put_into_use_when_its_day_begins(web: Web) -> None:
    upload(web, feed_zip())
    plan = f"{FEEDS}/{AGENCY}:feed:2/plan"
    today = web.county.clock().astimezone(ZoneInfo("Europe/Berlin")).date()
    tomorrow = today + timedelta(days=1)
    for wrong in (today.isoformat(), "31.12.2026"):
        refused = web.page("agency", "POST", plan, {"use_on": wrong})
        assert (refused.status_code, "der noch kommt" in refused.text) == (422, True)
    assert web.page("agency", "POST", plan, {"use_on": tomorrow.isoformat()}).status_code == 303
    assert "um 0 Uhr in Gebrauch" in web.page("agency", "GET", f"{FEEDS}/{AGENCY}:feed:2").text
    assert (use_planned_feeds(web.county.context), in_use(web)) == (0, 1), "not yet"
    context = replace(web.county.context, clock=lambda: datetime.combine(tomorrow, time(0, 0, 30), ZoneInfo("Europe/Berlin")))
    assert (use_planned_feeds(context), in_use(web)) == (1, 2)
    assert [one.use_on for one in versions(web)] == [None, None]
    assert (use_planned_feeds(context), in_use(web)) == (0, 2), "once"


def test_what_is_planned_can_be_taken_back_and_may_be_gone(web: Web) -> None:
    for _ in range(2):
        upload(web, feed_zip())
    later = (web.county.clock() + timedelta(days=9)).date().isoformat()
    web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:2/plan", {"use_on": later})
    web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:2/plan", {})
    assert all(one.use_on is None for one in versions(web))
    web.page("agency", "POST", f"{FEEDS}/{AGENCY}:feed:3/plan", {"use_on": later})
    shutil.rmtree(web.county.context.datasets / versions(web)[-1].folder)
    context = replace(web.county.context, clock=lambda: web.county.clock() + timedelta(days=10))
    assert (use_planned_feeds(context), in_use(web)) == (0, 1), "the timetable in use stays"
    assert all(one.use_on is None for one in versions(web))


OVERLAY = b'[[on_demand]]\nlines = ["700"]\ntelephone = "+49 3876 1234"\nminutes_ahead = 60\n'


@pytest.mark.parametrize(
    ("overlay", "says"), [(OVERLAY, "700 (3)"), (b"lines", "Beiblatt ist nicht nutzbar"), (b"\xff\xfe", "kein Text")]
)
def test_an_overlay_comes_with_the_feed(overlay: bytes, says: str, web: Web) -> None:
    headers = {"Cookie": f"{COOKIE}=token-of-agency"}
    files = {"feed": ("feed.zip", feed_zip(), "application/zip"), "overlay": ("rufbus.toml", overlay, "text/plain")}
    answer = web.client.post(FEEDS, data={"csrf": web.proof("agency")}, files=files, headers=headers)
    page = answer.text if answer.status_code != 303 else web.page("agency", "GET", answer.headers["location"]).text
    assert says in page
    assert in_use(web) == 1


def test_a_zip_is_kept_as_it_was_checked(web: Web) -> None:
    content = feed_zip()
    upload(web, content)
    folder = web.county.context.datasets / versions(web)[-1].folder
    assert (folder / "feed.zip").read_bytes() == content
    assert zipfile.is_zipfile(io.BytesIO(content))
