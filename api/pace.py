"""Not more often than so: for what anybody may ask and what takes work to answer. Kept in memory, addresses as digests only."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from mobility.errors import TooManyAttemptsError

_MOST_REMEMBERED = 10_000


class Pace:
    """At most ``most`` questions from one address in each span of time; every web process counts for itself."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most, self._within = most, within
        self._asked: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: datetime) -> None:
        """Count one question.

        Raises:
            TooManyAttemptsError: this address has asked as often as one may.
        """
        who = hashlib.sha256(address.encode()).digest()
        with self._lock:
            count, since = self._asked.pop(who, (0, now))
            if now - since > self._within:
                count, since = 0, now
            self._asked[who] = (min(count + 1, self._most + 1), since)
            if len(self._asked) > _MOST_REMEMBERED:
                self._asked.popitem(last=False)
        if count >= self._most:
            raise TooManyAttemptsError("asked too often from one address; again in a minute")
