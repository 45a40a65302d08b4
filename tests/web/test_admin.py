"""The admin's forms: what cannot be used is said, the last admin stays, a link serves once, nothing typed becomes more than text."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from api.auth import COOKIE
from mobility.domain.accounts import Role
from mobility.domain.office import LogbookKind
from mobility.files.plain_words import telephone
from tests.county import AGENCY, MONDAY
from tests.county_web import BUS, RIDER, Web, web

__all__ = ["web"]

PLANTED = '<script>planted()</script>"><img src=x>'
A_PASSWORD = "drei kleine Wörter"


def found(web: Web, path: str, text: str) -> str:
    """The page after a search."""
    return web.page("admin", "GET", web.page("admin", "POST", path, {"q": text}).headers["location"]).text


def log(web: Web) -> list[LogbookKind]:
    with web.county.context.store.transaction() as tx:
        return [entry.kind for entry in tx.list_logbook(replace(web.county.desk, role=Role.ADMIN), 50)]


def link_in(page: str) -> str:
    found = re.search(r'href="http://localhost:8000(/password/[^"]+)"', page)
    assert found is not None
    return found.group(1)


def test_a_new_dispatcher_sets_a_password_once_and_signs_in(web: Web) -> None:
    added = web.page("admin", "POST", "/admin/accounts", {"name": "berta", "role": "dispatcher", "of": ""})
    link = link_in(added.text)
    assert web.page(None, "GET", link).status_code == 200
    assert web.page(None, "POST", link, {"password": "kurz", "again": "kurz"}).status_code == 422
    assert web.page(None, "POST", link, {"password": A_PASSWORD, "again": "anders"}).status_code == 422
    assert web.page(None, "POST", link, {"password": A_PASSWORD, "again": A_PASSWORD}).headers["location"] == "/sign-in"
    assert web.page(None, "POST", link, {"password": A_PASSWORD + "!", "again": A_PASSWORD + "!"}).status_code == 404, "once"
    signed_in = web.page(None, "POST", "/sign-in", {"name": "berta", "password": A_PASSWORD})
    assert signed_in.status_code == 303
    assert {LogbookKind.ACCOUNT_ADDED, LogbookKind.PASSWORD_LINK_MADE, LogbookKind.PASSWORD_SET} <= set(log(web))
    web.client.cookies.clear()


def test_a_link_ends_and_cannot_be_made_up(web: Web) -> None:
    link = link_in(web.page("admin", "POST", "/admin/accounts/anna/link", {}).text)
    assert web.page(None, "GET", link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 404
    web.page("admin", "POST", "/admin/accounts/anna/lock", {"locked": "1"})
    assert web.page(None, "GET", link).status_code == 404, "locked"
    web.page("admin", "POST", "/admin/accounts/anna/lock", {"locked": "0"})
    assert web.page(None, "GET", link).status_code == 200
    web.county.clock.set(12, day=MONDAY.replace(day=12))
    assert web.page(None, "GET", link).status_code == 404, "after three days"


def test_who_is_locked_is_out_at_once_and_stays_out(web: Web) -> None:
    assert web.page("planner", "GET", "/planner").status_code == 200
    web.page("admin", "POST", "/admin/accounts/planner/lock", {"locked": "1"})
    assert web.page("planner", "GET", "/planner").headers["location"] == "/sign-in"
    assert web.call("planner", "GET", "/services").status_code == 401


def test_the_last_admin_cannot_be_taken_away_and_nobody_changes_the_own_role(web: Web) -> None:
    web.account("second-admin", Role.ADMIN)
    own = web.page("admin", "POST", "/admin/accounts/admin/role", {"role": "planner"})
    assert (own.status_code, "Die eigene Anmeldung" in own.text) == (422, True)
    assert web.page("admin", "POST", "/admin/accounts/second-admin/lock", {"locked": "1"}).status_code == 303
    web.account("second-admin", Role.ADMIN)  # is back, with the first one locked behind its back
    with web.county.context.store.transaction() as tx:
        first = tx.find_account("admin")
        assert first is not None
        tx.save_account(replace(first, locked=True))
    assert web.page("admin", "POST", "/admin/accounts/second-admin/lock", {"locked": "1"}).headers["location"] == "/sign-in"
    refused = web.page("second-admin", "POST", "/admin/accounts/admin/role", {"role": "planner"})
    assert refused.status_code == 303, "one admin is left: herself"


def test_roles_that_see_their_own_need_whose(web: Web) -> None:
    for role in ("rider", "driver", "provider"):
        answer = web.page("admin", "POST", "/admin/accounts", {"name": f"x-{role}", "role": role, "of": "n-001"})
        assert answer.status_code == 422
        assert "wrong-of" in answer.text
    assert web.page("admin", "POST", "/admin/accounts", {"name": "x", "role": "rider", "of": RIDER}).status_code == 200
    assert web.page("admin", "POST", "/admin/accounts", {"name": "x", "role": "planner"}).status_code == 422, "taken"


def test_a_service_is_read_in_plain_words_before_it_is_saved(web: Web) -> None:
    with web.county.context.store.transaction() as tx:
        text = tx.get_service_source(web.county.desk, BUS)
    changed = text.replace('name = "Auental-Bus"', "name = '" + PLANTED + "'", 1)
    assert changed != text
    shown = web.page("admin", "POST", "/admin/services/check", {"text": changed})
    assert (shown.status_code, "Noch ist nichts gespeichert" in shown.text) == (200, True)
    assert "<script>planted" not in shown.text
    with web.county.context.store.transaction() as tx:
        assert tx.get_service(web.county.desk, BUS).name == "Auental-Bus"
    saved = web.page("admin", "POST", "/admin/services", {"text": changed})
    assert saved.headers["location"] == f"/admin/services/{BUS}"
    for path in (
        f"/admin/services/{BUS}",
        "/admin/services",
        f"/admin/services/{BUS}/versions/1",
        "/admin/shifts",
        "/planner",
        "/admin",
    ):
        page = web.page("admin", "GET", path)
        assert page.status_code == 200
        assert "<script>planted" not in page.text
        assert "<img src=x" not in page.text
    assert web.page("admin", "GET", f"/admin/services/{BUS}/versions/3").status_code == 404
    assert LogbookKind.SERVICE_SAVED in log(web)


def test_what_is_wrong_with_a_service_stands_at_its_line(web: Web) -> None:
    with web.county.context.store.transaction() as tx:
        text = tx.get_service_source(web.county.desk, BUS)
    number = next(at for at, line in enumerate(text.strip().split("\n"), start=1) if line.startswith("access"))
    wrong = text.replace('access = "', 'access = "x', 1)
    for path in ("/admin/services/check", "/admin/services"):
        answer = web.page("admin", "POST", path, {"text": wrong})
        assert answer.status_code == 422
        marked = re.findall(r'<li class="wrong"><span class="number">(\d+)</span>', answer.text)
        assert marked == [str(number)]
    assert web.page("admin", "POST", "/admin/services", {"text": "  "}).status_code == 422


def test_a_rider_is_changed_and_what_the_form_does_not_ask_stays(web: Web) -> None:
    before = next(rider for rider in web.county.files.people.riders if rider.id == RIDER)
    form = {"name": PLANTED, "telephone": "030 23125 888", "channel": "sms", "language": "en", "needs": "walking_frame"}
    assert web.page("admin", "POST", f"/admin/riders/{RIDER}", form).status_code == 303
    with web.county.context.store.transaction() as tx:
        after = tx.get_rider(web.county.desk, RIDER)
    assert (after.name, after.home, after.groups, after.language) == (PLANTED, before.home, before.groups, "en")
    assert "<script>planted" not in web.page("admin", "GET", f"/admin/riders/{RIDER}").text
    assert "<script>planted" not in found(web, "/admin/riders", "planted")
    wrong = web.page("admin", "POST", f"/admin/riders/{RIDER}", form | {"telephone": "12", "max_walk_m": "weit"})
    assert wrong.status_code == 422
    assert 'id="wrong-telephone"' in wrong.text
    assert 'id="wrong-max_walk_m"' in wrong.text
    assert 'value="weit"' in wrong.text, "what was typed is still there"


def test_riders_are_found_and_turned_over_in_pages(web: Web) -> None:
    rider = web.county.files.people.riders[4]
    for text in (rider.name[:6].upper(), rider.telephone, telephone(rider.telephone, "de")):
        assert rider.name in found(web, "/admin/riders", text)
    assert "Niemand gefunden" in found(web, "/admin/riders", "nobody%")
    driver = web.county.files.people.drivers[2]
    for text in (driver.name[:4], telephone(driver.telephone, "de")):
        assert driver.name in found(web, "/admin/drivers", text)


def test_an_address_says_nothing_about_whom_was_searched_for(web: Web) -> None:
    """A proxy's log holds addresses; what was typed is read by this service alone, for as long as a sign-in lasts."""
    for path in ("/admin/riders", "/admin/drivers", "/desk"):
        first, second = (web.page("admin", "POST", path, {"q": "Beispielperson"}).headers["location"] for _ in range(2))
        assert first != second, "the same name cannot be told by its looks"
        assert "eispiel" not in first + base64.b64decode(first.partition("asked=")[2] + "==", b"-_").decode("latin-1")
        assert 'value="Beispielperson"' in web.page("admin", "GET", first).text
        assert 'value="Beispielperson"' not in web.page("admin", "GET", first[:-2] + "xx").text
        assert web.page("admin", "POST", path, {"q": " "}).headers["location"] == path
    web.county.clock.now += timedelta(hours=11)
    assert web.page("admin", "GET", "/desk/callers/new?asked=forged").status_code == 200


def test_a_shift_is_added_and_ended_but_not_under_booked_riders(web: Web) -> None:
    booking = web.book(web.ride())
    driver = web.county.run(booking["legs"][0]["run_id"]).driver_id
    with web.county.context.store.transaction() as tx:
        shift = next(one for one in tx.list_shifts(web.county.desk, MONDAY) if one.driver_id == driver)
    refused = web.page("admin", "POST", f"/admin/shifts/{shift.id}/end", {"day": str(MONDAY)})
    assert (refused.status_code, "Fahrgäste gebucht" in refused.text) == (422, True)
    form = {"driver": str(driver), "service": BUS, "day": "2026-06-20", "start": "08:00", "end": "12:00"}
    assert web.page("admin", "POST", "/admin/shifts", form).status_code == 303
    again = web.page("admin", "POST", "/admin/shifts", form | {"start": "11:00", "end": "13:00"})
    assert (again.status_code, "wrong-start" in again.text) == (422, True)
    for wrong in ({"start": "8 Uhr"}, {"end": "07:00"}, {"day": "2026-13-40"}, {"service": "none"}):
        assert web.page("admin", "POST", "/admin/shifts", form | wrong).status_code == 422
    with web.county.context.store.transaction() as tx:
        (added,) = tx.list_shifts(web.county.desk, MONDAY.replace(day=20))
    assert web.page("admin", "POST", f"/admin/shifts/{added.id}/end", {"day": "2026-06-20"}).status_code == 303
    assert {LogbookKind.SHIFT_ADDED, LogbookKind.SHIFT_ENDED} <= set(log(web))


def send_people(web: Web, text: str) -> httpx.Response:
    headers = {"Cookie": f"{COOKIE}=token-of-admin"}
    files = {"file": ("people.toml", text.encode(), "application/toml")}
    return web.client.post("/admin/people", data={"csrf": web.proof("admin")}, files=files, headers=headers)


def test_a_people_file_is_all_or_nothing_and_reads_nothing_of_this_machine(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    rider = '[[riders]]\nid = "r-900"\nname = "Erna Neu"\ntelephone = "+49 30 23125 777"\n'
    assert "Geladen: 1 Fahrgäste" in send_people(web, rider).text
    monkeypatch.setenv("PLANTED_SECRET", "a secret of this machine")
    account = '[[accounts]]\nid = "x"\nname = "x"\nrole = "planner"\npassword_env = "PLANTED_SECRET"\n'
    refused = send_people(web, rider.replace("r-900", "r-901") + account)
    assert refused.status_code == 422
    with web.county.context.store.transaction() as tx:
        known = {one.id for one in tx.list_riders(web.county.desk)}
        assert tx.find_account_by_name("x") is None
    assert "r-900" in known
    assert "r-901" not in known
    assert send_people(web, "name = ").status_code == 422


def test_a_people_file_that_changes_a_sign_in_ends_its_sessions_and_no_other(web: Web) -> None:
    def loaded(password: str, role: str = "planner") -> None:
        both = (("kept", A_PASSWORD, "planner"), ("one", password, role))
        entry = '[[accounts]]\nid = "{0}"\nname = "{0}"\nrole = "{2}"\npassword = "{1}"\n'
        assert send_people(web, "".join(entry.format(*values) for values in both)).status_code == 200

    def signed_in(name: str, password: str) -> str:
        return str(web.call(None, "POST", "/sessions", {"name": name, "password": password}).json()["token"])

    def status(token: str) -> int:
        return web.client.get("/services", headers={"Authorization": f"Bearer {token}"}).status_code

    loaded(A_PASSWORD)
    kept, one = signed_in("kept", A_PASSWORD), signed_in("one", A_PASSWORD)
    loaded(A_PASSWORD)
    assert (status(kept), status(one)) == (200, 200), "nothing has changed"
    loaded(A_PASSWORD + "!")
    assert (status(kept), status(one)) == (200, 401), "another password"
    one = signed_in("one", A_PASSWORD + "!")
    loaded(A_PASSWORD + "!", "agency")
    assert (status(kept), status(one)) == (200, 401), "another role"


def test_a_people_file_takes_a_sign_in_away_and_gives_it_back(web: Web) -> None:
    entry = f'[[accounts]]\nid = "gone"\nname = "gone"\nrole = "planner"\npassword = "{A_PASSWORD}"\n'

    def sign_in() -> httpx.Response:
        return web.call(None, "POST", "/sessions", {"name": "gone", "password": A_PASSWORD})

    assert send_people(web, entry).status_code == 200
    headers = {"Authorization": f"Bearer {sign_in().json()['token']}"}
    assert web.client.get("/services", headers=headers).status_code == 200
    assert send_people(web, entry + "locked = true\n").status_code == 200
    assert web.client.get("/services", headers=headers).status_code == 401, "at once"
    assert send_people(web, entry).status_code == 200
    assert sign_in().status_code == 401, "a file that does not say leaves it as it is"
    assert send_people(web, entry + "locked = false\n").status_code == 200
    assert sign_in().status_code == 201
    assert send_people(web, entry + 'locked = "yes"\n').status_code == 422


def test_a_people_file_leaves_an_admin(web: Web) -> None:
    with web.county.context.store.transaction() as tx:
        admin = tx.find_account("admin")
        assert admin is not None
        tx.save_account(replace(admin, id=f"{AGENCY}.chief", name="chief"))
        tx.save_account(replace(admin, locked=False))
    gone = f'[[accounts]]\nid = "chief"\nname = "chief"\nrole = "planner"\npassword = "{A_PASSWORD}"\n'
    assert send_people(web, gone).status_code == 200, "another one is left"
    with web.county.context.store.transaction() as tx:
        tx.save_account(replace(admin, id=f"{AGENCY}.chief", name="chief"))
        tx.save_account(replace(admin, role=Role.PLANNER))
    web.account("chief-admin", Role.ADMIN)
