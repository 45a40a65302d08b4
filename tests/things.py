"""Things of a county to ask about, each role's own, and the words in which tests say who is answered what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mobility.actions.keep_favourites import keep_favourite
from mobility.actions.keep_standing_order import StandingWish, make_standing_order
from mobility.domain.accounts import Role
from mobility.domain.fleet import Acceptance
from mobility.domain.services import DayKind
from mobility.store.memory import MemoryStore
from tests.county import MONDAY, CountyFiles
from tests.county_web import HOME, RIDER, SURGERY, Web, closing_client, open_web

DESK = ("desk", "agency", "admin")
ROLES = (*DESK, "rider", "driver", "provider", "planner")
LIMITED = ("rider", "driver", "provider")
"""The roles that see only their own."""


@dataclass(frozen=True)
class Things:
    """What is asked for: a ride of ``RIDER`` on a bus, one that waits for a volunteer's answer, and the accounts concerned."""

    booking: dict[str, Any]
    asked: dict[str, Any]
    waiting: dict[str, Any]
    notice_id: str
    own: dict[str, str]
    """The account of each role whose things these are."""
    decision_id: str
    favourite_id: str
    spare: dict[str, Any]
    """Another ride of ``RIDER``, to be given back."""
    standing_order_id: str

    @property
    def run_id(self) -> str:
        return str(self.booking["legs"][0]["run_id"])


@pytest.fixture(scope="module")
def county_web(county_files: CountyFiles) -> Iterator[Web]:
    with closing_client(open_web(MemoryStore(), county_files)) as web:
        yield web


@pytest.fixture(scope="module")
def things(county_web: Web) -> Things:
    web = county_web
    booking, asked, waiting = web.book(web.ride()), web.neighbour(Acceptance.ASK_FIRST), web.neighbour(Acceptance.SELF_PICK)
    provider = web.county.run(booking["legs"][0]["run_id"]).provider_id
    web.account("own-provider", Role.PROVIDER, provider_id=provider)
    own = {role: role for role in (*DESK, "planner", "rider")} | {"provider": "own-provider"}
    with web.county.context.store.transaction() as tx:
        notice_id = tx.list_notices(web.county.desk)[-1].id
    own |= {"driver": web.driver_of(booking["legs"][0]["run_id"])}
    spare = web.book(web.ride())
    context, resident = web.county.context, web.county.resident(RIDER)
    favourite = keep_favourite(context, resident, "Tochter", web.county.place("Markt 8, Auenfurt"))
    order = make_standing_order(context, resident, _every_friday(web))
    decision_id = web.county.booking(booking["id"]).decision_id
    return Things(booking, asked, waiting, notice_id, own, decision_id, favourite.id, spare, order.id)


def _every_friday(web: Web) -> StandingWish:
    home, surgery = web.county.place(HOME), web.county.place(SURGERY)
    return StandingWish(home, surgery, frozenset({DayKind.FRIDAY}), 10 * 3600, MONDAY, arrives=True)


Path = Callable[[Things], str]


def all_of(status: int, **but: int) -> dict[str, int]:
    """The same answer for every role, but for those named."""
    return dict.fromkeys(ROLES, status) | dict.fromkeys(DESK, but.pop("desk", status)) | but


def limited(status: int, **but: int) -> dict[str, int]:
    """As :func:`all_of` for the three roles that see only their own."""
    return dict.fromkeys(LIMITED, status) | but


def of_the_run(tail: str) -> Path:
    return lambda things: f"/runs/{things.run_id}/{tail}"


def of_a_leg(booking: str, tail: str) -> Path:
    def path(things: Things) -> str:
        of = getattr(things, booking)
        return f"/bookings/{of['id']}/legs/{of['legs'][0]['id']}/{tail}"

    return path


def at(path: str) -> Path:
    return lambda _: path


def booking(things: Things) -> str:
    return f"/bookings/{things.booking['id']}"
