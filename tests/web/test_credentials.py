"""What drivers have shown, on the admin's page."""

from __future__ import annotations

from datetime import date

from mobility.domain.fleet import Credential, CredentialKind
from tests.county_web import Web, web

__all__ = ["web"]


def test_the_admin_enters_until_when_a_licence_holds(web: Web) -> None:
    here = "/admin/drivers/d-volunteer-1"
    page = web.page("admin", "GET", here).text
    assert "P-Schein" in page
    driver = next(driver for driver in web.county.files.people.drivers if driver.id == "d-volunteer-1")
    form = {
        "name": driver.name,
        "telephone": driver.telephone,
        "provider": driver.provider_id,
        "employment": "volunteer",
        "acceptance": "rostered",
        "reached_by": "live",
        "max_km_per_day": "",
        "until_licence": "2025-12-31",
        "until_first_aid": "2030-01-01",
    }
    assert web.page("admin", "POST", here, form).status_code == 303
    with web.county.context.store.transaction() as tx:
        saved = tx.get_driver(web.county.desk, driver.id)
    shown = {Credential(CredentialKind.FIRST_AID, date(2030, 1, 1)), Credential(CredentialKind.LICENCE, date(2025, 12, 31))}
    assert set(saved.credentials) == shown
    page = web.page("admin", "GET", here).text
    assert page.count("abgelaufen</strong>") == 1
    for nonsense in ("never", "2025-13-01", "99999"):
        wrong = web.page("admin", "POST", here, form | {"until_licence": nonsense})
        assert wrong.status_code == 422
        assert "Gespeichert ist noch nichts" in wrong.text
