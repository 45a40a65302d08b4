"""Where it is learnt how trips run in fact: sources of GTFS Realtime, and what people report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

_MAIN_FEED = "main"
_ENTRY = re.compile(r"(?:(?:(?P<agency>[^\s/=:]+)/)?(?P<feed>[a-z][a-z0-9-]{2,19})=)?(?P<address>https?://\S+|/\S+)")


@dataclass(frozen=True, slots=True)
class Configured:
    """A message to be asked for, which speaks of the feed called ``feed`` of an agency (empty: of every agency). ``address``: http(s), or a
    file's absolute path; it may hold a secret key.
    """

    feed: str
    address: str
    agency_id: str = ""

    @property
    def shown(self) -> str:
        """The address without what may be secret: the server's name, or the file's."""
        return urlsplit(self.address).hostname or self.address.rsplit("/", 1)[-1]


def read_configured(text: str) -> tuple[Configured, ...]:
    """The sources of a setting: addresses, each with ``FEED=`` or ``AGENCY/FEED=`` before it where it is not the main feed's.

    Raises:
        ValueError: says which entry cannot be read, by its number (an address may hold a secret).
    """
    found = []
    for number, entry in enumerate(text.split(), start=1):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise ValueError(
                f"entry {number} is no source: write ADDRESS, FEED=ADDRESS or AGENCY/FEED=ADDRESS, with http(s)://… or /path"
            )
        feed = "" if match["feed"] in (None, _MAIN_FEED) else match["feed"]
        found.append(Configured(feed, match["address"], match["agency"] or ""))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class LiveSource:
    """What is kept of a source. ``shown``: its address without secrets. ``checked_at``: when it was last asked; ``failures``: how often in a row
    in vain, and ``problem`` why (empty: it answered).

    The message last received speaks as of ``told_at`` (None: there is none) and is known by ``sha256``; ``etag`` and ``last_modified`` are
    what its server calls it. ``trips`` and ``alerts`` of it are kept, ``passed_over`` are of no use here.
    """

    id: str
    agency_id: str
    feed: str
    shown: str
    checked_at: datetime
    failures: int = 0
    problem: str = ""
    told_at: datetime | None = None
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""
    trips: int = 0
    alerts: int = 0
    passed_over: int = 0

    def is_fresh(self, now: datetime, max_age_s: int) -> bool:
        """Whether its message still says something about now."""
        return self.told_at is not None and now - self.told_at <= timedelta(seconds=max_age_s)


@dataclass(frozen=True, slots=True)
class TripReport:
    """A person's word about a trip of the timetable (its id as the agency's timetable has it) on one service day: so many minutes late, or
    (None) cancelled. It is forgotten after ``until``, when the day and the trip are over.
    """

    id: str
    agency_id: str
    trip_id: str
    day: date
    late_min: int | None
    by: str
    at: datetime
    until: datetime
