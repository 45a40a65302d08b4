"""Downloads: the address a person named cannot reach into the own network, and a file is whole or absent."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gtfs import fetching
from gtfs.errors import FeedError
from gtfs.fetching import fetch_feed, is_public


class Handler(BaseHTTPRequestHandler):
    """A small server with one path per misbehaviour."""

    hosts: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.hosts.append(self.headers["Host"])
        name, _, rest = self.path.strip("/").partition("/")
        getattr(self, f"answer_{name}")(rest)

    def answer_ok(self, _: str) -> None:
        self._head(200, {"Content-Length": "5"})
        self.wfile.write(b"hello")

    def answer_big(self, _: str) -> None:
        self._head(200, {})
        for _part in range(200):
            self.wfile.write(b"x" * 1000)

    def answer_hop(self, rest: str) -> None:
        self._head(302, {"Location": f"/hop/{int(rest) - 1}" if int(rest) else "/ok"})

    def answer_to(self, rest: str) -> None:
        self._head(302, {"Location": rest})

    def answer_missing(self, _: str) -> None:
        self._head(404, {})

    def answer_short(self, _: str) -> None:
        self._head(200, {"Content-Length": "500"})
        self.wfile.write(b"x")

    def answer_gzip(self, _: str) -> None:
        self._head(200, {"Content-Encoding": "gzip"})

    def answer_trickle(self, _: str) -> None:
        self._head(200, {})
        try:
            for _part in range(100):
                self.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            pass

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_feed_arrives_whole(server: str, tmp_path: Path) -> None:
    target = tmp_path / "feed.zip"
    fetch_feed(f"{server}/ok", target, 5, allow_private=True)
    assert target.read_bytes() == b"hello"
    fetch_feed(f"{server}/hop/4", target, 5, allow_private=True)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/big", "larger than"), ("/hop/5", "redirects"), ("/missing", "404"), ("/short", "broke off"),
        ("/gzip", "packs"), ("/trickle", "takes too long"), ("/to/file:///etc/passwd", "only http"),
        ("/to/gopher://x/", "only http"), ("/to/http://u:p@example.org/", "user name"),
    ],
)  # fmt: skip
def test_every_failure_is_one_line_and_leaves_the_old_file(path: str, says: str, server: str, tmp_path: Path) -> None:
    target = tmp_path / "feed.zip"
    target.write_bytes(b"old")
    with pytest.raises(FeedError, match=says) as caught:
        fetch_feed(server + path, target, 100_000, 1.5, allow_private=True)
    assert "\n" not in str(caught.value)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/x", "", "nonsense", "http://", "//example.org", "http://[::1", "http://127.0.0.1/",
        "http://localhost/", "http://0.0.0.0/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:8.8.8.8]/", "http://2130706433/", "http://0x7f.1/", "http://[fe80::1%25lo]/",
        "http://100.64.0.1/", "http://224.0.1.1/", "http://user:secret@example.org/", "http://exa mple.org/", "http://\x00/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fec0::1]/",
    ],
)  # fmt: skip
def test_addresses_that_are_not_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError) as caught:
        fetch_feed(url, tmp_path / "feed.zip", 100, 5)
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_is_checked_anew(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host counts as public, the one it leads to does not."""
    port = int(server.rpartition(":")[2])
    public = ipaddress.ip_address("127.0.0.1")
    monkeypatch.setattr(fetching, "is_public", lambda address: address == public)
    monkeypatch.setattr(
        fetching, "resolve", lambda host, _: [ipaddress.ip_address(host if host != "feeds.example" else "127.0.0.1")]
    )
    fetch_feed(f"http://feeds.example:{port}/ok", tmp_path / "feed.zip", 5)
    assert Handler.hosts[-1] == f"feeds.example:{port}"
    with pytest.raises(FeedError, match="not a public address"):
        fetch_feed(f"http://feeds.example:{port}/to/http://127.0.0.2:{port}/ok", tmp_path / "feed.zip", 5)


def test_the_name_is_looked_up_once_and_the_answer_kept(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a second look-up would lead elsewhere; there is none."""
    port = int(server.rpartition(":")[2])
    answers = iter(["127.0.0.1"])
    real = socket.getaddrinfo
    asked: list[str] = []

    def rebinding(host: str | bytes, *rest: Any, **more: Any) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        asked.append(name)
        return real(next(answers) if name == "feeds.example" else name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    fetch_feed(f"http://feeds.example:{port}/ok", tmp_path / "feed.zip", 5, allow_private=True)
    assert asked.count("feeds.example") == 1


def test_the_next_address_is_tried_when_one_cannot_be_reached(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on machines that know IPv6 names but have no IPv6 network: nothing listens on the first address."""
    port = int(server.rpartition(":")[2])
    monkeypatch.setattr(fetching, "resolve", lambda *_: [ipaddress.ip_address("::1"), ipaddress.ip_address("127.0.0.1")])
    fetch_feed(f"http://feeds.example:{port}/ok", tmp_path / "feed.zip", 5, allow_private=True)
    assert Handler.hosts[-1] == f"feeds.example:{port}"


def test_one_private_address_among_public_ones_is_enough_to_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "resolve", lambda *_: [ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("10.0.0.1")])
    with pytest.raises(FeedError, match="not a public address"):
        fetch_feed("http://feeds.example/", tmp_path / "feed.zip", 5)


def test_public_addresses() -> None:
    assert all(is_public(ipaddress.ip_address(text)) for text in ("8.8.8.8", "2a00:1450:4001:80b::200e", "64:ff9b::808:808"))
