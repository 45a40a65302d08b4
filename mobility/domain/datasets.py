"""Imported street graphs and feeds: versioned, one in use at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DatasetKind(StrEnum):
    STREETS = "streets"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One complete import, kept in ``folder`` (below the data directory); ``in_use`` marks the active version of its kind."""

    id: str
    agency_id: str
    kind: DatasetKind
    version: int
    folder: str
    source: str
    sha256: str
    imported_at: datetime
    in_use: bool
