"""Forms as no browser sends them are refused, never a mistake of ours; and what is signed for one thing is nothing else."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from starlette.requests import Request

from api.attempts import address_of
from api.auth import COOKIE
from mobility.actions.keep_favourites import keep_favourite
from mobility.actions.sign_in_by_code import account_of
from mobility.domain.accounts import Account, Role
from mobility.errors import NotAllowedError
from tests.county import AGENCY
from tests.county_web import HOME, NEIGHBOUR_AGENCY, RIDER, SURGERY, Web, database_web, web

__all__ = ["database_web", "web"]


def multipart(charset: str) -> dict[str, object]:
    """A field whose bytes are escapes of a lone surrogate, or nothing at all, in the encoding that is named."""
    names = ("name", "password", "telephone", "origin")
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n\\ud800-\r\n' % name.encode() for name in names)
    return {"content": parts + b"--x--\r\n", "headers": {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}}


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", '"idna"', "utf-16"])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/ride"])
def test_forms_are_utf_8(web: Web, path: str, charset: str) -> None:
    assert web.client.post(path, **multipart(charset)).status_code == 422
    assert web.client.post(path, **multipart("UTF-8")).status_code != 500


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "http://county.test@elsewhere.test", "//county.test/"])
def test_an_odd_origin_is_another_site(web: Web, origin: str) -> None:
    assert web.client.post("/sign-in", data={"name": "a", "password": "b"}, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("credential", ["[" * 9000, '{"a":' * 3000, '{"id": "\\u0000"}', '{"id": "\\ud800"}', '{"id": 5}', "5"])
def test_an_odd_passkey_is_none(database_web: Web, credential: str) -> None:
    answer = database_web.client.post("/sign-in/passkey", data={"credential": credential, "challenge": "x"})
    assert answer.status_code in {401, 422}


def test_years_nobody_means(web: Web) -> None:
    driver = web.driver_of(web.book(web.ride())["legs"][0]["run_id"])
    for path, form in (
        ("/drive/leave", {"first": "9999-12-31", "last": "9999-12-31"}),
        ("/drive/hours", {"day": "9999-12-31", "start": "10:00", "end": "12:00"}),
    ):
        assert web.page(driver, "POST", path, form).status_code == 422
    shift = {"driver": "d-none", "service": "auental-bus", "day": "0001-01-01", "start": "08:00", "end": "12:00"}
    assert web.page("admin", "POST", "/admin/shifts", shift).status_code == 422
    assert web.page("desk", "POST", "/desk/paper/handed-out", {"day": "0001-01-01"}).status_code == 422


def test_what_is_signed_for_a_wish_is_no_link_to_a_password(web: Web) -> None:
    for filling in ("", "x", "xx"):
        kept = web.client.post("/ride", data={"origin": HOME + filling, "to": SURGERY}).cookies["wish"].strip('"')
        assert web.client.get(f"/password/{quote(kept)}").status_code in {404, 422}
    web.client.cookies.clear()


def test_signing_out_leaves_no_wish_on_a_shared_telephone(web: Web) -> None:
    web.client.post("/ride", data={"origin": HOME, "to": SURGERY})
    assert HOME in web.client.get("/ride").text
    web.client.post("/sign-out")
    assert HOME not in web.client.get("/ride").text
    web.client.cookies.clear()


def test_the_language_is_changed_where_one_is(web: Web) -> None:
    page = web.client.get("/sign-in/code?ask=abc").text
    assert '<input type="hidden" name="back" value="/sign-in/code?ask=abc">' in page
    refused = web.client.post("/sign-in/code/check", data={"ask": "abc", "code": "1"})
    assert refused.status_code == 401
    assert 'action="/language"' not in refused.text, "there is no page to come back to"


def test_a_number_opens_the_rider_s_own_sign_in_only(web: Web) -> None:
    """Neither one that has another role by now, nor one that another agency named so."""
    for agency, role, rider in ((AGENCY, Role.ADMIN, None), (NEIGHBOUR_AGENCY, Role.RIDER, "n-001")):
        with web.county.context.store.transaction() as tx:
            name = f"rider:{RIDER}"
            tx.save_account(
                Account(
                    f"squatter-{agency}", agency, name if role is Role.ADMIN else f"rider:{'r-005'}", role, "none", rider_id=rider
                )
            )
            wanted = tx.get_rider(web.county.desk, RIDER if role is Role.ADMIN else "r-005")
            with pytest.raises(NotAllowedError):
                account_of(tx, wanted)


def test_nobody_takes_the_name_of_a_rider_s_own_sign_in(web: Web) -> None:
    form = {"name": "rider:r-009", "role": "admin", "of": ""}
    assert web.page("admin", "POST", "/admin/accounts", form).status_code == 422


def test_a_place_without_a_name_is_asked_about_where_it_stands(web: Web) -> None:
    favourite = keep_favourite(web.county.context, web.county.resident(RIDER), "Arzt", web.county.place(SURGERY))
    answer = web.page("rider", "POST", f"/my-places/{favourite.id}/name", {"name": " "})
    assert answer.status_code == 422
    assert 'value="Arzt" required maxlength="60" aria-invalid="true" aria-describedby="renaming-error"' in answer.text
    assert web.page("other-rider", "POST", f"/my-places/{favourite.id}/name", {"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"day": "9999-12-31"}, "Dieser Tag geht nicht."),
        ({"demand": "-1"}, "Bitte geben Sie 1 bis 2000 Wünsche an"),
        ({"service": ""}, "Dieses Angebot gibt es hier nicht."),
    ],
)
def test_a_simulation_is_refused_in_the_planner_s_language(web: Web, wrong: dict[str, str], says: str) -> None:
    form = {"day": "2026-06-09", "demand": "3", "seed": "1", "service": "auental-bus"}
    answer = web.page("planner", "POST", "/planner/simulations", form | wrong)
    assert answer.status_code == 422
    assert says in answer.text


def test_an_empty_file_of_wishes_is_not_taken_for_none(web: Web) -> None:
    form = {"day": "2026-06-09", "demand": "3", "seed": "1", "service": "auental-bus"}
    headers = {"Cookie": f"{COOKIE}=token-of-planner", "X-CSRF-Token": web.proof("planner")}
    answer = web.client.post("/planner/simulations", data=form, files={"wishes": ("w.csv", b"")}, headers=headers)
    assert (answer.status_code, "Die Datei ist leer." in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_household_is_one_address(host: str, counted_as: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == counted_as


def test_whoever_changes_address_within_a_network_is_still_counted(web: Web) -> None:
    def tried(last: int) -> int:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(web.app, client=(f"2001:db8::{last:x}", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://county.test") as client:
                return await client.post("/sessions", json={"name": "anna", "password": "guess"})

        return web.client._run(send()).status_code

    assert [tried(last) for last in range(1, 12)].count(429) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/no-such-page", 404, "Das gibt es nicht"),
        ("DELETE", "/rules", 405, "gehört zu einem Formular"),
        ("POST", "/sign-in", 413, "zu groß"),
        ("POST", "/sign-in/code", 400, "nicht zu lesen"),
    ],
)
def test_a_browser_is_refused_by_a_page_and_a_program_by_json(web: Web, method: str, path: str, status: int, says: str) -> None:
    content = {413: b"x" * 70_000, 400: b"--broken"}.get(status)
    kind = {"Content-Type": "multipart/form-data; boundary=x"} if content else {}
    shown = web.client.request(method, path, content=content, headers=kind | {"Accept": "text/html,*/*;q=0.8"})
    assert (shown.status_code, shown.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert says in shown.text
    assert "Content-Security-Policy" in shown.headers
    told = web.client.request(method, path, content=content, headers=kind)
    assert (told.status_code, told.headers["content-type"]) == (status, "application/problem+json")
    assert shown.headers.get("allow") == told.headers.get("allow")
