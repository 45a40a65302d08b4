"""A place kept for an offer while the desk reads it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HELD_FOR = timedelta(minutes=3)
"""At most."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The place of one offer (``number`` of the decision) on a run, kept until ``expires_at``.

    Its two visits stand in the run under the hold's ``id``, with ``held_until``: the id of the leg that the ride becomes when it
    is booked. One for each decision.
    """

    id: str
    agency_id: str
    run_id: str
    decision_id: str
    number: int
    account_id: str
    expires_at: datetime
    rider_id: str | None = None
