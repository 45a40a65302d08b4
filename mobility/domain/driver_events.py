"""What drivers report from a run. Each report is kept as it came; the run's state follows from all of them in the order they happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    BOARDED = "boarded"
    ALIGHTED = "alighted"
    NO_SHOW = "no_show"
    PASSED = "passed"
    DELAYED = "delayed"
    WALK_UP = "walk_up"
    UNDO = "undo"
    PAID = "paid"


class EventProblem(StrEnum):
    """Why a report is kept and handed to the desk instead of changing the run."""

    NOT_ON_RUN = "not_on_run"
    NOT_BOARDED = "not_boarded"
    REPORTED_OTHERWISE = "reported_otherwise"
    TOO_EARLY = "too_early"
    NO_SUCH_HALT = "no_such_halt"
    RIDERS_LEFT = "riders_left"
    IMPOSSIBLE_TIME = "impossible_time"
    NOT_YOUR_RUN = "not_your_run"


LASTING = (EventProblem.IMPOSSIBLE_TIME, EventProblem.NOT_YOUR_RUN)
"""Problems that no other report can mend."""


@dataclass(frozen=True, slots=True)
class DriverEvent:
    """One report of one device. ``device_id`` and ``sequence`` are the device's own and make it unique on its run.

    ``at`` is when it happened by our clock. ``leg_id`` with BOARDED, ALIGHTED, NO_SHOW and PAID; ``halt`` (a visit's key) with PASSED and
    WALK_UP; ``delay_s`` with DELAYED; ``persons`` with WALK_UP, negative when they alight; ``undoes`` with UNDO: the sequence number
    of an earlier report of the same device; ``cents`` with PAID, which is what was taken from a leg's party. ``beats_cancellation``: the ride had been cancelled, the rider has boarded all the same.
    """

    id: str
    agency_id: str
    run_id: str
    device_id: str
    sequence: int
    kind: EventKind
    at: datetime
    received_at: datetime
    reported_by: str
    leg_id: str | None = None
    halt: str | None = None
    delay_s: int = 0
    persons: int = 0
    undoes: int | None = None
    problem: EventProblem | None = None
    beats_cancellation: bool = False
    cents: int = 0


def event_id(run_id: str, device_id: str, sequence: int) -> str:
    """The id of a report."""
    return f"{run_id}:{device_id}:{sequence}"
