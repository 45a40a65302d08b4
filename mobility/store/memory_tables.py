"""The memory store's tables: dictionaries whose changes are written down until the transaction ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from mobility.domain.accounts import Account, Agency, Session
from mobility.domain.bookings import Booking
from mobility.domain.datasets import Dataset
from mobility.domain.driver_events import DriverEvent
from mobility.domain.favourites import Favourite
from mobility.domain.fleet import Driver, Leave, Shift
from mobility.domain.hand_actions import HandAction
from mobility.domain.holds import Hold
from mobility.domain.live_news import LiveSource, TripReport
from mobility.domain.notices import Notice
from mobility.domain.office import LogbookEntry, Simulation
from mobility.domain.requests import Decision
from mobility.domain.rescues import WhatIf
from mobility.domain.riders import Rider, RiderNote, RiderWish, SpokenPin
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.domain.sign_in import OneTimeCode, Passkey
from mobility.domain.standing_orders import StandingOrder, StandingRide
from mobility.domain.trust import ArrivalContact, BookingConsent
from mobility.domain.waiting import WaitingWish
from mobility.errors import ConflictError
from mobility.store.changes import Topic
from mobility.store.interface import StoredAnswer

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Ids = frozenset[str]


@dataclass(frozen=True, slots=True)
class SavedService:
    """A service with all its texts, the newest last."""

    service: Service
    sources: tuple[str, ...]


@dataclass(slots=True)
class Tables:
    """Everything kept, by id; below that, the indexes."""

    agencies: dict[str, Agency] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    services: dict[tuple[str, str], SavedService] = field(default_factory=dict)
    riders: dict[str, Rider] = field(default_factory=dict)
    favourites: dict[str, Favourite] = field(default_factory=dict)
    drivers: dict[str, Driver] = field(default_factory=dict)
    shifts: dict[str, Shift] = field(default_factory=dict)
    leaves: dict[str, Leave] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    driver_events: dict[str, DriverEvent] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    rider_notes: dict[str, RiderNote] = field(default_factory=dict)
    booking_consents: dict[str, BookingConsent] = field(default_factory=dict)
    arrival_contacts: dict[str, ArrivalContact] = field(default_factory=dict)
    rider_wishes: dict[str, RiderWish] = field(default_factory=dict)
    spoken_pins: dict[str, SpokenPin] = field(default_factory=dict)
    standing_orders: dict[str, StandingOrder] = field(default_factory=dict)
    standing_rides: dict[str, StandingRide] = field(default_factory=dict)
    waiting_wishes: dict[str, WaitingWish] = field(default_factory=dict)
    keys: dict[tuple[str, str], StoredAnswer] = field(default_factory=dict)
    codes: dict[str, OneTimeCode] = field(default_factory=dict)
    passkeys: dict[str, Passkey] = field(default_factory=dict)
    attempts: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    forgotten: dict[str, None] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    logbook: dict[str, LogbookEntry] = field(default_factory=dict)
    simulations: dict[str, Simulation] = field(default_factory=dict)
    hand_actions: dict[str, HandAction] = field(default_factory=dict)
    live_sources: dict[str, LiveSource] = field(default_factory=dict)
    live_messages: dict[str, bytes] = field(default_factory=dict)
    trip_reports: dict[str, TripReport] = field(default_factory=dict)
    what_ifs: dict[str, WhatIf] = field(default_factory=dict)

    account_by_name: dict[str, str] = field(default_factory=dict)
    events_of: dict[str, Ids] = field(default_factory=dict)
    shifts_on: dict[tuple[str, date], Ids] = field(default_factory=dict)
    runs_on: dict[tuple[str, date], Ids] = field(default_factory=dict)
    runs_with: dict[tuple[str, str, str | None], Ids] = field(default_factory=dict)
    bookings_of: dict[str, Ids] = field(default_factory=dict)
    booking_of_leg: dict[str, str] = field(default_factory=dict)
    awaiting: dict[str, None] = field(default_factory=dict)
    calling: dict[str, None] = field(default_factory=dict)
    journeys: dict[str, None] = field(default_factory=dict)
    hold_of_decision: dict[str, str] = field(default_factory=dict)
    notice_keys: dict[tuple[str, str], str] = field(default_factory=dict)
    unsent: dict[str, None] = field(default_factory=dict)


_ABSENT: Any = object()


class Journal:
    """What one transaction changed, so that it can be undone, and what it referred to, so that it can be checked at its end."""

    def __init__(self) -> None:
        self._before: list[tuple[dict[Any, Any], Any, Any]] = []
        self._references: list[tuple[dict[Any, Any], Any, str]] = []
        self.changed: set[Topic] = set()

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        self._before.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> None:
        if key in table:
            self._before.append((table, key, table.pop(key)))

    def add_member(self, index: dict[K, Ids], key: K, member: str) -> None:
        self.put(index, key, index.get(key, frozenset()) | {member})

    def drop_member(self, index: dict[K, Ids], key: K, member: str) -> None:
        self.put(index, key, index.get(key, frozenset()) - {member})

    def refer(self, table: dict[K, Any], key: K, what: str) -> None:
        """``key`` must be in ``table`` when the transaction ends."""
        self._references.append((table, key, what))

    def check_references(self) -> None:
        """Raise ConflictError when something referred to does not exist."""
        for table, key, what in self._references:
            if key not in table:
                raise ConflictError(f"refers to something that does not exist ({what})")

    def undo(self) -> None:
        for table, key, value in reversed(self._before):
            if value is _ABSENT:
                table.pop(key, None)
            else:
                table[key] = value
        self._before.clear()


class Rows:
    """What all nouns' rows share: the tables and the transaction's journal."""

    def __init__(self, tables: Tables, journal: Journal) -> None:
        self._tables = tables
        self._journal = journal

    def _save(self, table: dict[str, V], row: V, what: str) -> None:
        """Add a row or replace the one with its id; never one of another agency."""
        new: Any = row
        old: Any = table.get(new.id)
        if old is not None and old.agency_id != new.agency_id:
            raise ConflictError(f"{what}: this id belongs to another agency")
        self._journal.refer(self._tables.agencies, new.agency_id, f"{what}'s agency")
        self._journal.put(table, new.id, row)

    def _add_new(self, table: dict[str, V], row: V, what: str) -> None:
        if getattr(row, "id") in table:  # noqa: B009 -- rows are of many types
            raise ConflictError(f"{what}: exists already")
        self._save(table, row, what)


def in_id_order(rows: Iterable[V]) -> list[V]:
    """Sorted by id."""
    return sorted(rows, key=lambda row: getattr(row, "id"))  # noqa: B009 -- rows are of many types
