"""Guessing passwords is slow: failed sign-ins are counted for each name and address, in this process and for some minutes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from fastapi import Request

from mobility.errors import NotSignedInError, TooManyAttemptsError

MOST_FAILURES = 10
FORGOTTEN_AFTER = timedelta(minutes=15)
_MOST_REMEMBERED = 10_000


def address_of(request: Request) -> str:
    """Who asks, as far as the network tells: of IPv6 the network, for one household has 2⁶⁴ addresses (RFC 6177)."""
    host = "" if request.client is None else request.client.host
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if isinstance(found, IPv4Address):
        return host
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


class Attempts:
    """Failures by who tried (address and name together, so that nobody can lock out a person from elsewhere).

    Kept in memory: each web process counts for itself and starts from nothing. Names are kept as digests only.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def counted(self, address: str, name: str, now: datetime) -> Iterator[None]:
        """Around one attempt to sign in.

        Raises:
            TooManyAttemptsError: this address has failed with this name too often; the password is not even looked at.
        """
        who = hashlib.sha256(f"{address}\0{name.casefold()}".encode()).digest()
        self._count(who, now)  # before the password is checked: many at once shall not pass together
        try:
            yield
        except NotSignedInError:
            raise
        except BaseException:
            self._forget(who)
            raise
        self._forget(who)

    def _count(self, who: bytes, now: datetime) -> None:
        with self._lock:
            count, since = self._failures.pop(who, (0, now))
            if now - since > FORGOTTEN_AFTER:
                count, since = 0, now
            self._failures[who] = (min(count + 1, MOST_FAILURES + 1), since)
            if len(self._failures) > _MOST_REMEMBERED:
                self._failures.popitem(last=False)
        if count >= MOST_FAILURES:
            raise TooManyAttemptsError("too many failed attempts to sign in; try again in a quarter of an hour")

    def _forget(self, who: bytes) -> None:
        with self._lock:
            self._failures.pop(who, None)
