"""Sizes, overload, headers, and what a real server makes of requests that are not HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress

import httpx
import pytest
import uvicorn

from api.headers import ALWAYS
from api.limits import MAX_BODY_BYTES
from api.live import MOST_OF_ONE
from mobility.actions import offer_rides
from tests.county import local
from tests.county_web import HOME, RIDER, SURGERY, Web

SECRET = "Frau Geheim"
OFFER = {"from": {"address": HOME}, "to": {"address": SURGERY}, "arrive_by": local(10).isoformat(), "rider_id": RIDER}


async def in_pieces(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * size


@pytest.mark.parametrize("path", ["/offers", "/sessions", "/sign-in"])
@pytest.mark.parametrize(("size", "count"), [(MAX_BODY_BYTES + 1, 1), (1000, 70), (1, MAX_BODY_BYTES + 1)])
def test_a_body_that_does_not_say_how_long_it_is(web: Web, path: str, size: int, count: int) -> None:
    headers = web.headers("desk") | {"Content-Type": "application/json"}
    answer = web.client.request("POST", path, content=in_pieces(size, count), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_a_body_that_says_how_long_it_is(web: Web) -> None:
    headers = web.headers("desk") | {"Content-Type": "application/json"}
    most = b'{"from":' + b" " * (MAX_BODY_BYTES - 9) + b"}"
    assert web.client.post("/offers", content=most, headers=headers).status_code == 422
    assert web.client.post("/offers", content=most + b" ", headers=headers).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "²", "９", " ", "99999999999999999999", "0x10", "1, 2"])
def test_a_length_that_is_none(web: Web, length: str) -> None:
    headers: list[tuple[bytes, bytes]] = [(b"Content-Length", length.encode("utf-8")), (b"Content-Type", b"application/json")]
    request = web.client.pending.build_request("POST", "/offers", headers=headers)
    request.headers.raw[:] = headers
    assert web.client.together(request)[0].status_code == 413


def test_more_than_can_be_worked_on_is_told_to_come_back(make_web: Callable[[int], Web], monkeypatch: pytest.MonkeyPatch) -> None:
    web = make_web(2)
    both_are_in = threading.Barrier(2)
    check = offer_rides._check

    def slowly(*arguments: object) -> None:
        both_are_in.wait(10)
        time.sleep(0.3)
        check(*arguments)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(offer_rides, "_check", slowly)
    requests = [web.client.pending.build_request("POST", "/offers", json=OFFER, headers=web.headers("desk")) for _ in range(6)]
    answers = web.client.together(*requests)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503, 503]
    for answer in answers:
        if answer.status_code == 503:
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["content-type"] == "application/problem+json"
    monkeypatch.setattr(offer_rides, "_check", check)
    assert web.call("desk", "POST", "/offers", OFFER).status_code == 200, "the places are free again"


def test_a_refused_request_gives_its_place_back(make_web: Callable[[int], Web]) -> None:
    web = make_web(1)
    for _ in range(3):
        assert web.client.request("POST", "/offers", content=in_pieces(1000, 70)).status_code in (413, 415)
        assert web.call("desk", "POST", "/offers", {}).status_code == 422
    assert web.call("desk", "GET", "/services").status_code == 200


@pytest.mark.parametrize("path", ["/", "/services", "/sign-in", "/static/style.css", "/openapi.json", "/nothing", "/healthz"])
def test_every_answer_carries_the_headers(web: Web, path: str) -> None:
    answer = web.call("desk", "GET", path)
    kept = {"Cache-Control": "no-cache"} if path.startswith("/static") else {}  # holds nothing about anybody
    assert {name: answer.headers.get(name) for name in ALWAYS} == dict(ALWAYS) | kept


def test_our_own_mistake_is_written_down_without_what_it_says(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError(SECRET)

    web.app.add_api_route("/broken/{secret}", broken)
    answer = web.call("desk", "GET", "/broken/4711")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert {name: answer.headers.get(name) for name in ALWAYS} == dict(ALWAYS)
    assert "unexpected RuntimeError at /broken/{secret}" in caplog.text
    assert "in broken" in caplog.text, "where it happened"
    for told in (answer.text, caplog.text):
        assert "Geheim" not in told
        assert "4711" not in told


@pytest.mark.parametrize(
    ("path", "allowed"), [("/bookings", {"GET", "POST"}), ("/bookings/x", {"GET", "DELETE"}), ("/sessions", {"POST", "DELETE"})]
)
def test_a_wrong_method_is_told_the_right_ones(web: Web, path: str, allowed: set[str]) -> None:
    answer = web.call("desk", "PUT", path)
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, allowed)


# A real server


@pytest.fixture
def address(web: Web) -> Iterator[tuple[str, int]]:
    """The application behind uvicorn on a free port of this machine."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(web.app, log_level="critical", lifespan="off", timeout_keep_alive=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            for _ in range(100):
                if server.started:
                    break
                time.sleep(0.05)
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join(10)


def raw(address: tuple[str, int], sent: bytes, *, hang_up: bool = True) -> bytes:
    """What comes back for bytes sent as they are."""
    with socket.create_connection(address, timeout=10) as connection:
        with suppress(OSError):  # a server that has seen enough may have hung up already
            connection.sendall(sent)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            pass  # what came before it counts
        return received


AUTHORISED = b"Host: x\r\nAuthorization: Bearer token-of-desk\r\nContent-Type: application/json\r\n"
NO_HTTP = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00",
    "a header without colon": b"GET /services HTTP/1.1\r\nHost x\r\n\r\n",
    "NUL in a header": b"GET /services HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
    "two lengths": b"POST /offers HTTP/1.1\r\n" + AUTHORISED + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and pieces": b"POST /offers HTTP/1.1\r\n"
    + AUTHORISED
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "pieces that lie": b"POST /offers HTTP/1.1\r\n" + AUTHORISED + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    "an endless piece": b"POST /offers HTTP/1.1\r\n" + AUTHORISED + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}",
    "shorter than it says": b"POST /offers HTTP/1.1\r\n" + AUTHORISED + b"Content-Length: 100\r\n\r\n{}",
    "a huge header": b"GET /services HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200_000 + b"\r\n\r\n",
    "another version": b"GET /services HTTP/9.9\r\nHost: x\r\n\r\n",
    "a method nobody knows": b"BREW /services HTTP/1.1\r\n" + AUTHORISED + b"Connection: close\r\n\r\n",
    "an odd target": b"GET http://[::1 HTTP/1.1\r\n" + AUTHORISED + b"Connection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", sorted(NO_HTTP))
def test_what_is_not_http_is_refused_and_the_next_one_is_served(address: tuple[str, int], name: str) -> None:
    received = raw(address, NO_HTTP[name])
    assert received == b"" or received.split()[1][:1] == b"4", received[:80]
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"http://{address[0]}:{address[1]}/healthz").status_code == 200


def test_a_long_body_in_pieces_over_the_wire(address: tuple[str, int]) -> None:
    piece = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    one_more = b"1\r\n \r\n"
    received = raw(
        address,
        b"POST /offers HTTP/1.1\r\n" + AUTHORISED + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 4 + one_more,
        hang_up=False,
    )
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in received


def test_one_sign_in_does_not_take_all_streams(web: Web) -> None:
    booking = web.book(web.ride())

    def stream(who: str, seconds: int) -> httpx.Request:
        return web.client.pending.build_request(
            "GET", f"/live?topic=booking:{booking['id']}&seconds={seconds}", headers=web.headers(who)
        )

    answers = web.client.together(*(stream("desk", 1) for _ in range(MOST_OF_ONE + 2)), stream("rider", 1))
    assert sorted(answer.status_code for answer in answers[:-1]) == [200] * MOST_OF_ONE + [429] * 2
    assert answers[-1].status_code == 200, "somebody else's are not counted"
    assert web.client.together(stream("desk", 0))[0].status_code == 200, "those that have ended are free again"
