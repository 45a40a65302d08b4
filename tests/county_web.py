"""The county behind its web interface, with somebody of every role signed in."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar

import httpx
import pytest
from fastapi import FastAPI

from api.app import make_app
from api.auth import COOKIE
from mobility.actions.sign_in import hash_password
from mobility.domain.accounts import Account, Agency, Role, Session
from mobility.domain.fleet import Acceptance
from mobility.store.interface import Store
from mobility.store.memory import MemoryStore
from tests.conftest import Cluster
from tests.county import AGENCY, DAYS, County, CountyFiles, local, open_county

T = TypeVar("T")

RIDER, OTHER_RIDER = "r-003", "r-004"
BUS, NEIGHBOURS = "auental-bus", "nachbarschaftsfahrten"
NEIGHBOUR_AGENCY = "nachbarkreis"
SURGERY = "Hausarztpraxis am Markt, Auenfurt"
HOME = "Kirschallee 10, Nebelow"
PASSWORD = "a password of the tests"


class Client:
    """An HTTP client of the application itself, without a network; keeps cookies, follows no redirects.

    What the application raises is not raised here: it is answered with 500, as a server would.
    """

    def __init__(self, app: FastAPI) -> None:
        self._runner = asyncio.Runner()
        self._thread = ThreadPoolExecutor(1)  # of its own: a browser's loop may be running in the test's
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.pending = httpx.AsyncClient(transport=transport, base_url="http://county.test")
        self.cookies = self.pending.cookies

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """One request, answered."""
        return self._run(self.pending.request(method, url, **more))

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)

    def delete(self, url: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", url, **more)

    def together(self, *requests: httpx.Request) -> list[httpx.Response]:
        """Several requests at the same time."""

        async def all_at_once() -> list[httpx.Response]:
            return await asyncio.gather(*(self.pending.send(request) for request in requests))

        return self._run(all_at_once())

    def close(self) -> None:
        self._run(self.pending.aclose())
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._thread.submit(self._runner.run, work).result()


@dataclass
class Web:
    """The application with the county behind it."""

    app: FastAPI
    county: County
    client: Client

    def headers(self, who: str) -> dict[str, str]:
        """The header of a signed-in account, by its id."""
        return {"Authorization": f"Bearer token-of-{who}"}

    def call(self, who: str | None, method: str, path: str, json: Any = None, **more: str) -> httpx.Response:
        """A request; ``more`` are headers."""
        headers = ({} if who is None else self.headers(who)) | {name.replace("_", "-"): value for name, value in more.items()}
        return self.client.request(method, path, json=json, headers=headers)

    def page(self, who: str | None, method: str, path: str, form: dict[str, str] | None = None, **more: str) -> httpx.Response:
        """A page asked for by a browser that ``who`` is signed in on (``token-of-…`` as the cookie), with the proof that its forms carry;
        ``more`` are headers.
        """
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if who is None:
            return self.client.request(method, path, data=form, headers=headers)
        headers["Cookie"] = f"{COOKIE}=token-of-{who}"
        data = {"csrf": self.proof(who)} | form if form is not None else None
        return self.client.request(method, path, data=data, headers=headers)

    def proof(self, who: str) -> str:
        """What the forms of this account's session carry."""
        return self.county.context.seal(f"csrf:{hashlib.sha256(f'token-of-{who}'.encode()).hexdigest()}")

    def account(self, name: str, role: Role, agency: str = AGENCY, **own: str) -> None:
        """An account signed in under its own id."""
        with self.county.context.store.transaction() as tx:
            tx.save_account(replace(Account(name, agency, name, role, "no password"), **own))  # type: ignore[arg-type] # ids of whose things
            digest = hashlib.sha256(f"token-of-{name}".encode()).hexdigest()
            tx.add_session(Session(digest, name, self.county.clock() + timedelta(hours=12)))

    def sign_in_again(self, who: str) -> None:
        """For an account that a test before has signed out."""
        digest = hashlib.sha256(f"token-of-{who}".encode()).hexdigest()
        with self.county.context.store.transaction() as tx:
            if tx.find_session(digest) is None:
                tx.add_session(Session(digest, who, self.county.clock() + timedelta(hours=12)))

    def driver_of(self, run_id: str | None) -> str:
        """The run's driver, signed in."""
        driver_id = self.county.run(run_id).driver_id
        assert driver_id is not None
        self.account(f"driver-{driver_id}", Role.DRIVER, driver_id=driver_id)
        return f"driver-{driver_id}"

    def offers(self, who: str = "desk", **request: Any) -> list[dict[str, Any]]:
        """Offers for the ordinary ride to the doctor, or another one; ``origin`` and ``to`` are places."""
        origin = request.pop("origin", {"address": HOME})
        body = {"from": origin, "to": {"address": SURGERY}, "rider_id": RIDER} | request
        if "depart_after" not in body:
            body.setdefault("arrive_by", local(10).isoformat())
        answer = self.call(who, "POST", "/offers", body)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["offers"]
        return found

    def ride(self, who: str = "desk", service: str = BUS, **request: Any) -> dict[str, Any]:
        """The first ride offered by a service."""
        rides = [offer for offer in self.offers(who, **request) if offer["kind"] == "ride" and offer["service_id"] == service]
        assert rides, "the county offers no such ride"
        return rides[0]

    def book(self, offer: dict[str, Any], who: str = "desk", key: str | None = None) -> dict[str, Any]:
        """The booking of an offer."""
        answer = self.call(who, "POST", "/bookings", {"offer_id": offer["id"]}, Idempotency_Key=key or offer["id"][-40:])
        assert answer.status_code == 201, answer.text
        booked: dict[str, Any] = answer.json()
        return booked

    def neighbour(self, acceptance: Acceptance) -> dict[str, Any]:
        """A booked ride with a volunteer of this kind, tomorrow or later."""
        return self.book(self._neighbours_offer(acceptance))

    def _neighbours_offer(self, acceptance: Acceptance) -> dict[str, Any]:
        riders = [rider for rider in self.county.files.people.riders if rider.home is not None and not rider.needs]
        for day in DAYS[1:]:
            for hour in (9, 11, 14, 16, 18):
                for rider in riders:
                    assert rider.home is not None
                    origin = {"lon": rider.home.lon, "lat": rider.home.lat}
                    when = local(hour, 0, day).isoformat()
                    for offer in self.offers(origin=origin, depart_after=when, rider_id=rider.id):
                        if offer["service_id"] == NEIGHBOURS and offer["acceptance"] == acceptance.value:
                            return offer
        pytest.fail(f"the county has no {acceptance} volunteer to offer")


@lru_cache
def _hashed(password: str) -> str:
    return hash_password(password)


def open_web(store: Store, files: CountyFiles, most_at_once: int = 32) -> Web:
    """The application on a store, everybody signed in; two agencies."""
    county = open_county(store, files)
    app = make_app(county.context, most_at_once)
    web = Web(app, county, Client(app))
    with store.transaction() as tx:
        tx.add_agency(Agency(NEIGHBOUR_AGENCY, "Nachbarkreis"))
        tx.save_rider(replace(files.people.riders[0], id="n-001", agency_id=NEIGHBOUR_AGENCY))
        tx.save_account(Account("anna", AGENCY, "anna", Role.DISPATCHER, _hashed(PASSWORD)))
    for role in (Role.AGENCY, Role.PLANNER, Role.ADMIN):
        web.account(role.value, role)
        web.account(f"foreign-{role.value}", role, NEIGHBOUR_AGENCY)
    for name, agency, rider in (("", AGENCY, RIDER), ("other-", AGENCY, OTHER_RIDER), ("foreign-", NEIGHBOUR_AGENCY, "n-001")):
        web.account(f"{name}rider", Role.RIDER, agency, rider_id=rider)
        web.account(f"{name}desk", Role.DISPATCHER, agency)
        web.account(f"{name}provider", Role.PROVIDER, agency, provider_id=f"{name}nobody")
        web.account(f"{name}driver", Role.DRIVER, agency, driver_id=f"{name}nobody")
    return web


@pytest.fixture
def web(county_files: CountyFiles) -> Iterator[Web]:
    """In memory."""
    yield from _closed(open_web(MemoryStore(), county_files))


@pytest.fixture
def database_web(embedded_cluster: Cluster, county_files: CountyFiles) -> Iterator[Web]:
    """In PostgreSQL."""
    with embedded_cluster.fresh_store() as store:
        yield from _closed(open_web(store, county_files))


@pytest.fixture
def make_web(county_files: CountyFiles) -> Iterator[Callable[[int], Web]]:
    """In memory, with another limit of requests at once."""
    with ExitStack() as opened:
        yield lambda most_at_once: opened.enter_context(closing_client(open_web(MemoryStore(), county_files, most_at_once)))


@contextmanager
def closing_client(web: Web) -> Iterator[Web]:
    """Closes the client in the end."""
    try:
        yield web
    finally:
        web.client.close()


def _closed(web: Web) -> Iterator[Web]:
    with closing_client(web):
        yield web
