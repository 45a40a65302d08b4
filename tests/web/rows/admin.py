"""The admin's pages; another agency's people, services and sign-ins do not exist for its admin."""

from __future__ import annotations

from tests.things import all_of, at, limited
from tests.web.page_rows import PageRow

PUBLIC = {"GET /password/{token}", "POST /password/{token}"}
"""Whoever has the link; tests/web/test_admin.py."""


def for_admin(path: str, own: int, foreign: int, form: dict[str, str] | None = None) -> PageRow:
    """A page of the admin's."""
    return PageRow(all_of(403, admin=own), limited(403), all_of(403, admin=foreign), at(path), form)


RIDER = {"name": "Erna Beispiel", "telephone": "+49 30 23125 999", "channel": "call_back", "language": "de"}
SHIFT = {"driver": "d-none", "service": "auental-bus", "day": "2026-06-20", "start": "08:00", "end": "12:00"}

ROWS = {
    "GET /admin": for_admin("/admin", 200, 200),
    "GET /admin/logbook": for_admin("/admin/logbook", 200, 200),
    "GET /admin/services": for_admin("/admin/services", 200, 200),
    "GET /admin/services/{service_id}": for_admin("/admin/services/auental-bus", 200, 404),
    "GET /admin/services/{service_id}/versions/{number}": for_admin("/admin/services/auental-bus/versions/1", 200, 404),
    "POST /admin/services/check": for_admin("/admin/services/check", 422, 422, {"text": "id = 3"}),
    "POST /admin/services": for_admin("/admin/services", 422, 422, {"text": "id = 3"}),
    "GET /admin/riders": for_admin("/admin/riders", 200, 200),
    "POST /admin/riders": for_admin("/admin/riders", 303, 303, {"q": "zzzz"}),
    "GET /admin/riders/{rider_id}": for_admin("/admin/riders/r-003", 200, 404),
    "POST /admin/riders/{rider_id}": for_admin("/admin/riders/r-005", 303, 404, RIDER),
    "GET /admin/drivers": for_admin("/admin/drivers", 200, 200),
    "POST /admin/drivers": for_admin("/admin/drivers", 303, 303, {"q": "zzzz"}),
    "GET /admin/drivers/{driver_id}": for_admin("/admin/drivers/new", 200, 200),
    "POST /admin/drivers/{driver_id}": for_admin("/admin/drivers/nobody", 404, 404, RIDER),
    "GET /admin/shifts": for_admin("/admin/shifts", 200, 200),
    "POST /admin/shifts": for_admin("/admin/shifts", 422, 422, SHIFT),
    "POST /admin/shifts/{shift_id}/end": for_admin("/admin/shifts/none/end", 404, 404, {"day": "2026-06-08"}),
    "GET /admin/people": for_admin("/admin/people", 200, 200),
    "POST /admin/people": for_admin("/admin/people", 422, 422, {}),
    "GET /admin/accounts": for_admin("/admin/accounts", 200, 200),
    "POST /admin/accounts": for_admin("/admin/accounts", 422, 422, {"name": "", "role": "planner"}),
    "POST /admin/accounts/{account_id}/link": for_admin("/admin/accounts/anna/link", 200, 404, {}),
    "POST /admin/accounts/{account_id}/role": for_admin("/admin/accounts/anna/role", 303, 404, {"role": "dispatcher"}),
    "POST /admin/accounts/{account_id}/lock": for_admin("/admin/accounts/anna/lock", 303, 404, {"locked": "0"}),
}
