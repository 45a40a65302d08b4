"""Who may see and send which page: every page, every role, one's own, another's, another agency's; and only from our own forms."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

import tests.web.rows
from api.app import PAGES, ROUTERS, app
from api.web.rendering import PageRoute
from tests.county_web import Web, web
from tests.things import LIMITED, ROLES, Things, county_web, things
from tests.web.page_rows import PageRow

__all__ = ["county_web", "things", "web"]

_FACES = [importlib.import_module(f"tests.web.rows.{found.name}") for found in pkgutil.iter_modules(tests.web.rows.__path__)]
MATRIX: dict[str, PageRow] = {name: row for face in _FACES for name, row in face.ROWS.items()}
PUBLIC: set[str] = {name for face in _FACES for name in face.PUBLIC}
ENDING = [name for name, row in MATRIX.items() if row.ends_session]
CHANGING = [name for name in MATRIX if not name.startswith("GET ") and name not in ENDING]


def pages() -> Iterator[str]:
    for router in PAGES:
        for route in router.routes:
            assert isinstance(route, PageRoute), "a page without the checks that pages have"
            yield from (f"{method} {route.path}" for method in route.methods or ())


def test_every_page_has_a_row() -> None:
    assert set(pages()) == set(MATRIX) | PUBLIC
    assert set(MATRIX) & PUBLIC == set()


def test_nothing_is_answered_that_is_neither_described_nor_a_page() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    described = {route.path for route in routes if route.include_in_schema}
    hidden = [route for route in routes if not route.include_in_schema]
    assert [route for route in hidden if (route.methods, route.path in described) != ({"HEAD"}, True)] == []
    assert len(routes) == sum(len(router.routes) for router in ROUTERS)
    assert len(ROUTERS) + len(PAGES) == sum(type(route).__name__ == "_IncludedRouter" for route in app.routes)


def test_every_row_names_every_role() -> None:
    for name, row in MATRIX.items():
        assert (set(row.own), set(row.other), set(row.foreign)) == (set(ROLES), set(LIMITED), set(ROLES)), name


def answers(web: Web, things: Things, name: str, accounts: dict[str, str]) -> dict[str, int]:
    row, method = MATRIX[name], name.split(maxsplit=1)[0]
    found = {}
    for role, account in accounts.items():
        answer = web.page(account, method, row.path(things), row.sent(things))
        found[role] = answer.status_code
    return found


FIRST = ["POST /ride/book"]
"""Before others have booked the same bus full."""


@pytest.mark.parametrize("name", FIRST + [name for name in MATRIX if name not in (*FIRST, *ENDING)] + ENDING)
def test_who_may(county_web: Web, things: Things, name: str) -> None:
    row, method = MATRIX[name], name.split(maxsplit=1)[0]
    nobody = county_web.page(None, method, row.path(things), row.sent(things))
    assert (nobody.status_code, nobody.headers.get("location")) == (303, "/sign-in"), "nobody signed in"
    foreign = answers(county_web, things, name, {role: f"foreign-{role}" for role in ROLES})
    assert foreign == row.foreign, "another agency"
    other = answers(county_web, things, name, {role: f"other-{role}" for role in LIMITED})
    assert other == row.other, "somebody else's"
    assert answers(county_web, things, name, dict(things.own)) == row.own, "one's own"


@pytest.mark.parametrize("name", CHANGING)
def test_no_other_site_can_act_for_somebody(county_web: Web, things: Things, name: str) -> None:
    """Each form without its proof, with another session's, and from another site: refused before anything is looked at."""
    web = county_web
    web.sign_in_again("desk")
    method, path, form = name.split(maxsplit=1)[0], MATRIX[name].path(things), MATRIX[name].sent(things) or {}
    for wrong in ("", "x", web.proof("desk") + "0", web.proof("anna")):
        assert web.page("desk", method, path, form | {"csrf": wrong}).status_code == 403
    assert web.page("desk", method, path, form, Origin="https://elsewhere.example").status_code == 403
    assert web.page("desk", method, path, form, Origin="null").status_code == 403
    assert web.page("desk", method, path, form, Sec_Fetch_Site="cross-site").status_code == 403
