"""What the agency's own people do with the service itself: who changed what, and simulations they ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class LogbookKind(StrEnum):
    """What was changed."""

    SERVICE_SAVED = "service_saved"
    RIDER_SAVED = "rider_saved"
    DRIVER_SAVED = "driver_saved"
    SHIFT_ADDED = "shift_added"
    SHIFT_ENDED = "shift_ended"
    PEOPLE_LOADED = "people_loaded"
    ACCOUNT_ADDED = "account_added"
    ROLE_CHANGED = "role_changed"
    PASSWORD_LINK_MADE = "password_link_made"  # noqa: S105 - a kind of entry
    PASSWORD_SET = "password_set"  # noqa: S105 - a kind of entry
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_UNLOCKED = "account_unlocked"
    FEED_UPLOADED = "feed_uploaded"
    FEED_USED = "feed_used"
    FEED_PLANNED = "feed_planned"
    FEED_WITHDRAWN = "feed_withdrawn"
    FEED_REMOVED = "feed_removed"
    FEED_RULES_SAVED = "feed_rules_saved"
    RIDER_EXPORTED = "rider_exported"
    RIDER_ERASED = "rider_erased"
    TRIP_REPORTED = "trip_reported"
    TRIP_REPORT_WITHDRAWN = "trip_report_withdrawn"


@dataclass(frozen=True, slots=True)
class LogbookEntry:
    """Who changed what when. ``by`` is an account id, ``subject`` the id of what was changed, ``note`` a few words without personal data."""

    id: str
    agency_id: str
    at: datetime
    by: str
    kind: LogbookKind
    subject: str
    note: str = ""


class SimulationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulation ordered from a page. Wishes are ``demand`` invented ones by ``seed``, or those of the uploaded ``wishes_file`` (its
    name as it was sent, the file itself lies in the simulation's folder). ``more_vehicles`` are added to the first service.

    ``total`` 0 means not known yet. ``seen_at`` is when the process that works on it last said so: a running one not heard of for long
    has died. ``problem`` says in a line why it failed.
    """

    id: str
    agency_id: str
    ordered_by: str
    ordered_at: datetime
    service_ids: tuple[str, ...]
    day: date
    demand: int
    seed: int
    wishes_file: str
    more_vehicles: int
    state: SimulationState = SimulationState.QUEUED
    done: int = 0
    total: int = 0
    started_at: datetime | None = None
    seen_at: datetime | None = None
    finished_at: datetime | None = None
    problem: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (SimulationState.QUEUED, SimulationState.RUNNING)
