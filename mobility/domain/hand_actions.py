"""What a dispatcher did to the plan by hand, kept so that it can be looked up, and undone while nothing has been built on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mobility.domain.bookings import Leg
from mobility.domain.runs import Run


class HandKind(StrEnum):
    """The ways in which a dispatcher changes a plan."""

    MOVE = "move"
    SWAP = "swap"
    PIN = "pin"
    UNPIN = "unpin"


@dataclass(frozen=True, slots=True)
class HandAction:
    """One change by hand: by which account, when, why (``reason`` is empty unless the judge's warning was overruled).

    ``runs`` and ``legs`` are as they were before it; ``run_revisions`` and ``booking_revisions`` those it left behind, by id.
    """

    id: str
    agency_id: str
    account_id: str
    at: datetime
    kind: HandKind
    reason: str
    runs: tuple[Run, ...]
    legs: tuple[Leg, ...]
    run_revisions: Mapping[str, int]
    booking_revisions: Mapping[str, int]
    undone_at: datetime | None = None
