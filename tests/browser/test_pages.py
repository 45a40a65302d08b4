"""The pages for everybody in a browser: signing in, a manifest, the language, nothing from elsewhere, nobody shut out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Served, Watched
from tests.county_web import PASSWORD, RIDER


def test_from_the_front_page_to_a_manifest_and_out_again(watched: Watched, served: Served) -> None:
    booking = served.web.book(served.web.ride())
    rider = next(rider for rider in served.web.county.files.people.riders if rider.id == RIDER)
    page = watched.page
    page.goto(watched.address)
    watched.look("front")
    page.get_by_role("link", name="Anmelden").first.click()
    watched.look("sign-in")
    watched.sign_in()
    page.goto(f"{watched.address}/runs/today")
    expect(page.get_by_role("heading", level=1)).to_contain_text("8. Juni 2026")
    watched.look("runs")
    page.locator(f"a[href*='{booking['legs'][0]['run_id']}/manifest.html']").click()
    expect(page.get_by_text(rider.name).first).to_be_visible()
    watched.look("manifest")
    watched.open_menu()
    page.get_by_role("button", name="Abmelden").click()
    page.goto(f"{watched.address}/runs/today")
    assert page.url.endswith("/sign-in"), "signed out"
    assert watched.complaints == []


def test_a_wrong_password_is_said_in_words(watched: Watched) -> None:
    watched.sign_in(password="not it")
    expect(watched.page.get_by_role("alert")).to_be_visible()
    watched.look("wrong")
    assert [complaint for complaint in watched.complaints if "401" not in complaint] == []


def test_what_is_not_there_is_said_in_words(watched: Watched) -> None:
    watched.sign_in()
    watched.page.goto(f"{watched.address}/runs/nothing/manifest.html")
    expect(watched.page.get_by_role("heading", level=1)).to_be_visible()
    watched.look("refusal")


def test_the_language_is_chosen_and_remembered(at_desk: Watched) -> None:
    page = at_desk.page
    page.goto(f"{at_desk.address}/sign-in")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.url.endswith("/sign-in")
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(at_desk.address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Rural rides")
    assert at_desk.complaints == []


def test_the_watch_sees_a_script_and_a_picture_from_elsewhere(at_desk: Watched) -> None:
    """The policy is in force, and what it stops is noticed."""
    at_desk.page.goto(at_desk.address)
    at_desk.page.evaluate(
        """() => { const s = document.createElement('script'); s.textContent = 'window.planted = 1'; document.body.append(s);
        const i = document.createElement('img'); i.src = 'http://127.0.0.2:9/x.png'; document.body.append(i); }"""
    )
    at_desk.page.wait_for_timeout(300)
    assert at_desk.page.evaluate("window.planted") is None
    assert len(at_desk.complaints) >= 2


@pytest.mark.parametrize(
    "planted",
    [
        "i = document.createElement('input'); document.body.append(i)",
        "document.body.style.color = '#bbb'",
        "document.body.style.width = '3000px'",
    ],
    ids=["a field without a name", "pale writing", "a page too wide"],
)
def test_the_watch_sees_what_shuts_people_out(at_desk: Watched, planted: str) -> None:
    at_desk.page.goto(at_desk.address)
    at_desk.look("front")
    at_desk.page.evaluate(planted)
    with pytest.raises(AssertionError):
        at_desk.look("planted")


def test_it_can_be_used_by_keyboard_alone(at_desk: Watched) -> None:
    page = at_desk.page
    page.goto(f"{at_desk.address}/sign-in")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt")).to_be_focused()
    page.get_by_label("Name").focus()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Abmelden")).to_be_visible()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "one sees where one is"
