"""Imported street graphs and feeds: versioned; of the streets, and of each feed of an agency, one in use at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DatasetKind(StrEnum):
    STREETS = "streets"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One complete import, kept in ``folder`` (below the data directory); ``in_use`` marks the active version of its kind.

    ``imported_by`` and ``used_by`` are account ids (empty: a command), ``used_at`` when it was last put into use, ``use_on`` the
    day on which it is to be. A ``rejected`` one was
    looked at and cannot be used: its folder holds it as it came and what was found. ``feed`` names which of the agency's feeds it is a
    version of; the main one's name is empty, as that of streets.
    """

    id: str
    agency_id: str
    kind: DatasetKind
    version: int
    folder: str
    source: str
    sha256: str
    imported_at: datetime
    in_use: bool
    imported_by: str = ""
    rejected: bool = False
    used_at: datetime | None = None
    used_by: str = ""
    use_on: date | None = None
    feed: str = ""
