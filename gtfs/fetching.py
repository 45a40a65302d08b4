"""Downloading a feed from an address a person named, without letting that address reach into the own network."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import httpx

from gtfs.errors import FeedError
from gtfs.limits import MIB

MOST_REDIRECTS = 5
_SILENCE_S = 10.0
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LONGEST_VALIDATOR = 500
_REDIRECTS = {301, 302, 303, 307, 308}
T = TypeVar("T")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server tells whether a file has changed since (RFC 9110, section 8.8); empty where it does not say."""

    etag: str = ""
    last_modified: str = ""

    def asked(self) -> dict[str, str]:
        """The request headers for "only if it has changed"."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}

    @classmethod
    def of(cls, headers: httpx.Headers) -> Validators:
        """Those of an answer; such as cannot be sent back count as none."""
        told = (headers.get(name, "") for name in ("etag", "last-modified"))
        return cls(
            *(value if len(value) <= _LONGEST_VALIDATOR and value.isprintable() and value.isascii() else "" for value in told)
        )


@dataclass(frozen=True, slots=True)
class _Pinned:
    """A checked URL and the addresses its host resolved to; only these are connected to."""

    url: httpx.URL
    addresses: list[Address]
    unless: Validators

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """The answer of the first address that can be reached, its body still to be read."""
        for address in self.addresses[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await client.send(self._request(client, address), stream=True)
        return await client.send(self._request(client, self.addresses[-1]), stream=True)

    def _request(self, client: httpx.AsyncClient, address: Address) -> httpx.Request:
        """The host goes by its address; Host header, TLS name and certificate check keep the name."""
        headers = {"Host": self.url.netloc.decode("ascii"), "Accept-Encoding": "identity", **self.unless.asked()}
        target = self.url.copy_with(host=str(address))
        return client.build_request("GET", target, headers=headers, extensions={"sni_hostname": self.url.host})


def fetch_feed(url: str, target: Path, max_bytes: int, timeout_s: float = 120.0, *, allow_private: bool = False) -> None:
    """Download ``url`` to ``target``: whole, or not at all (an existing file stays until the new one is complete).

    Only http and https, at most five redirects, each checked anew; the name is resolved once and every address it has must be
    public, then the connection goes to the checked address (no second look-up that could answer otherwise). Blocks, so it is for
    threads without an event loop. ``allow_private`` is for tests with a server on this machine.

    Raises:
        FeedError: the address is refused, or the download fails, is too large or takes longer than ``timeout_s`` in all.
    """
    fetch_if_changed(url, target, max_bytes, timeout_s, Validators(), allow_private=allow_private)


def fetch_if_changed(
    url: str, target: Path, max_bytes: int, timeout_s: float, unless: Validators, *, allow_private: bool = False
) -> Validators | None:
    """As :func:`fetch_feed`, but only if the file is another than that of ``unless``: its validators, None when it is the same (``target``
    stays as it is).

    Raises:
        FeedError: as :func:`fetch_feed`.
    """
    try:
        with _beside(target) as (stream, partial):
            found = asyncio.run(_within(timeout_s, _Download(stream, max_bytes, allow_private, unless).follow(url)))
            stream.close()
            if found is not None:
                partial.replace(target)
            return found
    except TimeoutError as error:
        raise FeedError("fetch_failed", subject="it takes too long") from error
    except httpx.HTTPError as error:
        raise FeedError("fetch_failed", subject=_plain_reason(error)) from error
    except OSError as error:
        raise FeedError("cannot_store", subject=error.strerror or "") from error


async def _within(seconds: float, work: Coroutine[None, None, T]) -> T:
    """The whole of ``work``, servers that trickle included, within a time limit."""
    async with asyncio.timeout(seconds):
        return await work


@dataclass(frozen=True, slots=True)
class _Download:
    stream: BinaryIO
    max_bytes: int
    allow_private: bool
    unless: Validators

    async def follow(self, url: str) -> Validators | None:
        """Fetch ``url``, through redirects, into the stream; None when it has not changed."""
        base: httpx.URL | None = None
        async with httpx.AsyncClient(trust_env=False, timeout=_SILENCE_S, follow_redirects=False) as client:
            for _ in range(MOST_REDIRECTS + 1):
                pinned = await self._checked(url, base)
                response = await pinned.send(client)
                try:
                    if response.status_code not in _REDIRECTS or "location" not in response.headers:
                        return await self._save(response)
                    url, base = response.headers["location"], pinned.url
                finally:
                    await response.aclose()
        raise FeedError("fetch_failed", subject=f"more than {MOST_REDIRECTS} redirects")

    async def _checked(self, location: str, base: httpx.URL | None) -> _Pinned:
        url = _web_address(location, base)
        addresses = await asyncio.to_thread(resolve, url.host, url.port or _PORTS[url.scheme])
        if not self.allow_private and not all(is_public(address) for address in addresses):
            raise FeedError("fetch_refused", subject=f"{url.host} is not a public address")
        return _Pinned(url, addresses, self.unless)

    async def _save(self, response: httpx.Response) -> Validators | None:
        """The body as it comes off the wire: nothing is unpacked here."""
        if response.status_code == httpx.codes.NOT_MODIFIED and self.unless.asked():
            return None
        if response.status_code != 200:
            raise FeedError("fetch_failed", subject=f"the server answered {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise FeedError("fetch_failed", subject="the server packs the file once more")
        size = 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > self.max_bytes:
                raise FeedError("fetch_failed", subject=f"it is larger than {self.max_bytes / MIB:.1f} MiB")
            self.stream.write(chunk)
        return Validators.of(response.headers)


def _web_address(location: str, base: httpx.URL | None) -> httpx.URL:
    try:
        url = httpx.URL(location) if base is None else base.join(location)
        host = url.host
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise FeedError("fetch_refused", subject="it is not a web address") from error
    if url.scheme not in _PORTS or not host:
        raise FeedError("fetch_refused", subject="only http and https are fetched")
    if url.userinfo:
        raise FeedError("fetch_refused", subject="it holds a user name or password")
    if base is not None and base.scheme == "https" and url.scheme == "http":
        raise FeedError("fetch_refused", subject="it leads from https to http")
    return url


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a host, in the order to try them; at least one.

    Raises:
        FeedError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    except (OSError, UnicodeError, ValueError) as error:
        raise FeedError("fetch_failed", subject=f"the host {host} is not known") from error


def is_public(address: Address) -> bool:
    """True for a unicast address of the public internet, also where IPv6 only wraps an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or address.is_site_local:
            return False
        wrapped = address.sixtofour
        if address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if wrapped is not None:
            return is_public(wrapped)
    closed = address.is_private or address.is_loopback or address.is_link_local or address.is_reserved
    return address.is_global and not address.is_multicast and not address.is_unspecified and not closed


@contextmanager
def _beside(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """An open new file beside ``target``, gone afterwards unless it was renamed."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream, Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _plain_reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "the server does not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection to the server"
    return "the connection broke off"
