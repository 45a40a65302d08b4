"""A passkey is made after signing in and signs in from then on, in every role; Chromium's virtual authenticator holds it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served, watch

_AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


def with_authenticator(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})


@pytest.mark.parametrize("who", ["rider", "desk"])
def test_a_passkey_is_made_and_signs_in_until_it_is_deleted(browser: Browser, served: Served, who: str) -> None:
    address = served.address.replace("127.0.0.1", "localhost")
    served.web.app.state.context = replace(served.web.county.context, public_url=address)
    with closing(browser.new_context(viewport={"width": 320, "height": 640}, locale="de-DE")) as context:
        watched = watch(context, address)
        page = watched.page
        with_authenticator(page)
        watched.sign_in_as(who)
        page.goto(f"{address}/access")
        watched.look("access-none")
        page.get_by_label("Name des Geräts").fill("Handy")
        page.get_by_role("button", name="Passkey anlegen").click()
        expect(page.get_by_role("heading", name="Handy")).to_be_visible()
        watched.look("access")
        watched.open_menu()
        page.get_by_role("button", name="Abmelden").click()
        page.get_by_role("button", name="Mit Passkey anmelden").click()
        expect(page.get_by_role("button", name="Abmelden", include_hidden=True)).to_have_count(1)
        watched.open_menu()
        expect(page.get_by_role("button", name="Abmelden")).to_be_visible()
        page.goto(f"{address}/access")
        page.get_by_role("button", name="Löschen Handy").click()
        expect(page.get_by_text("Sie haben noch keinen Passkey.")).to_be_visible()
        watched.open_menu()
        page.get_by_role("button", name="Abmelden").click()
        page.get_by_role("button", name="Mit Passkey anmelden").click()
        expect(page.get_by_text("Dieser Passkey passt nicht.")).to_be_visible()
        assert [one for one in watched.complaints if "401" not in one] == []
