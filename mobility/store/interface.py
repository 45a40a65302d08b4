"""What every store can do. All reads take the actor and return only what that actor may see.

``transaction()`` is the unit of work: everything in it becomes visible at its end or, when an exception leaves it, not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from mobility.domain.accounts import Account, Actor, Agency, Session
from mobility.domain.bookings import Booking
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.driver_events import DriverEvent
from mobility.domain.favourites import Favourite
from mobility.domain.fleet import Driver, Leave, Shift
from mobility.domain.hand_actions import HandAction
from mobility.domain.notices import Notice
from mobility.domain.office import LogbookEntry, Simulation
from mobility.domain.requests import Decision
from mobility.domain.riders import Rider
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.store.changes import Tell, Topic

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer given under an idempotency key: fingerprint of the request body, and the booking it made (None: the
    rejection reason it gave).
    """

    fingerprint: str
    booking_id: str | None
    rejection_reason: str | None


class Transaction(Protocol):
    """One unit of work. ``get_`` raises :class:`mobility.errors.NotFoundError` (also for what the actor may not see), ``find_`` may return
    None, ``list_`` returns all, in id order unless said otherwise.
    """

    # tenants, accounts
    def add_agency(self, agency: Agency) -> None: ...
    def find_agency(self, agency_id: str) -> Agency | None: ...
    def list_agencies(self) -> list[Agency]: ...
    def save_account(self, account: Account) -> None: ...
    def find_account_by_name(self, name: str) -> Account | None: ...
    def find_account(self, account_id: str) -> Account | None: ...
    def lock_accounts(self, actor: Actor) -> list[Account]:
        """All accounts of the agency, in id order, locked until the end of the transaction."""
        ...

    def list_accounts(self, actor: Actor) -> list[Account]: ...
    def add_session(self, session: Session) -> None: ...
    def find_session(self, token_sha256: str) -> Session | None: ...
    def delete_session(self, token_sha256: str) -> None: ...
    def delete_sessions_of(self, account_id: str) -> None: ...

    # datasets
    def next_dataset_version(self, agency_id: str, kind: DatasetKind) -> int: ...
    def add_dataset(self, dataset: Dataset) -> None:
        """Add a dataset that is not in use."""
        ...

    def get_dataset(self, actor: Actor, dataset_id: str) -> Dataset: ...
    def activate_dataset(self, dataset: Dataset) -> None:
        """Add a complete dataset, or take the one of this id, and make it the one in use, retiring the one before, in one step."""
        ...

    def find_dataset(self, actor: Actor, kind: DatasetKind) -> Dataset | None:
        """The version in use."""
        ...

    def list_datasets(self, actor: Actor, kind: DatasetKind) -> list[Dataset]: ...

    # services, people
    def save_service(self, agency_id: str, service: Service, source_toml: str) -> None:
        """Add or replace; the earlier text is kept as a version."""
        ...

    def list_services(self, actor: Actor) -> list[Service]: ...
    def get_service(self, actor: Actor, service_id: str) -> Service: ...
    def get_service_source(self, actor: Actor, service_id: str) -> str: ...
    def list_service_sources(self, actor: Actor, service_id: str) -> list[str]:
        """Every text ever saved, the oldest (version 1) first."""
        ...

    def save_rider(self, rider: Rider) -> None: ...
    def get_rider(self, actor: Actor, rider_id: str) -> Rider: ...
    def list_riders(self, actor: Actor, telephone: str | None = None) -> list[Rider]: ...
    def save_favourite(self, favourite: Favourite) -> None: ...
    def list_favourites(self, actor: Actor, rider_id: str) -> list[Favourite]:
        """In the order of their names."""
        ...

    def delete_favourite(self, actor: Actor, favourite_id: str) -> None:
        """Raises :class:`mobility.errors.NotFoundError` when there is none that this actor may see."""
        ...

    def search_riders(self, actor: Actor, text: str, offset: int, limit: int) -> list[Rider]:
        """Riders whose name or telephone number holds ``text`` (capitals are the same), by name; all of them for an empty text."""
        ...

    def save_driver(self, driver: Driver) -> None: ...
    def get_driver(self, actor: Actor, driver_id: str) -> Driver: ...
    def list_drivers(self, actor: Actor) -> list[Driver]: ...
    def save_shift(self, shift: Shift) -> None: ...
    def delete_shift(self, actor: Actor, shift_id: str) -> None: ...
    def list_shifts(self, actor: Actor, day: date) -> list[Shift]: ...
    def list_shifts_of(self, actor: Actor, driver_id: str, first: date, last: date) -> list[Shift]:
        """One driver's shifts from the first day to the last, by day and start."""
        ...

    def save_leave(self, leave: Leave) -> None: ...
    def list_leaves(self, actor: Actor, first: date, last: date) -> list[Leave]:
        """Those that touch the days from first to last."""
        ...

    def delete_leave(self, actor: Actor, leave_id: str) -> None: ...

    # runs
    def add_run(self, run: Run) -> bool:
        """Add a run; False (and nothing done) when a run of this id exists already.

        Raises :class:`mobility.errors.ConflictError` when vehicle or driver already have a run that overlaps in time.
        """
        ...

    def get_run(self, actor: Actor, run_id: str) -> Run: ...
    def list_runs(self, actor: Actor, day: date, service_ids: Collection[str] | None = None) -> list[Run]: ...
    def lock_runs(self, run_ids: Collection[str]) -> list[Run]:
        """The runs as they are now, locked in id order until the end of the transaction. Unknown ids are left out."""
        ...

    def save_run(self, run: Run, expected_revision: int) -> None:
        """Replace a run and its visits.

        Raises :class:`mobility.errors.StaleRunError` when the stored revision is not ``expected_revision`` (nothing is changed), ConflictError as
        :meth:`add_run`.
        """
        ...

    def list_runs_of(self, actor: Actor, driver_id: str, first: date, last: date) -> list[Run]:
        """One driver's runs from the first day to the last, by start."""
        ...

    def save_driver_event(self, event: DriverEvent) -> None:
        """Add a report, or what has become of it."""
        ...

    def list_driver_events(self, actor: Actor, run_id: str) -> list[DriverEvent]:
        """What was reported from a run that the actor may see, in the order it happened."""
        ...

    # requests and bookings
    def add_decision(self, decision: Decision) -> None: ...
    def get_decision(self, actor: Actor, decision_id: str) -> Decision: ...
    def list_decisions(self, actor: Actor, since: datetime, until: datetime | None = None) -> list[Decision]:
        """Made at ``since`` or later, and before ``until``."""
        ...

    def add_booking(self, booking: Booking) -> None: ...
    def save_booking(self, booking: Booking) -> None:
        """Replace a booking, its legs and history; StaleRunError's sibling :class:`mobility.errors.StaleBookingError` when somebody else
        raised its revision meanwhile (stored revision must be ``booking.revision − 1``).
        """
        ...

    def get_booking(self, actor: Actor, booking_id: str) -> Booking: ...
    def lock_booking(self, actor: Actor, booking_id: str) -> Booking:
        """As :meth:`get_booking`, but whole, for it is about to be changed; locked until the end of the transaction. Runs are always
        locked before bookings.
        """
        ...

    def list_bookings(self, actor: Actor, rider_id: str | None = None) -> list[Booking]: ...
    def list_bookings_of_legs(self, actor: Actor, leg_ids: Collection[str]) -> list[Booking]: ...
    def list_bookings_nowhere(self, actor: Actor) -> list[Booking]:
        """Bookings with a leg that is in rescue or waits for somebody who drives."""
        ...

    def list_bookings_to_settle(self, before: datetime) -> list[Booking]:
        """Bookings of all agencies with a leg not closed (asked for, or on the self-pick list) whose ``answer_by`` is not after ``before``."""
        ...

    # the office: who changed what, simulations
    def add_logbook_entry(self, entry: LogbookEntry) -> None: ...
    def list_logbook(self, actor: Actor, limit: int, subject: str | None = None) -> list[LogbookEntry]:
        """Newest first."""
        ...

    def add_simulation(self, simulation: Simulation) -> None: ...
    def get_simulation(self, actor: Actor, simulation_id: str) -> Simulation: ...
    def lock_simulation(self, actor: Actor, simulation_id: str) -> Simulation:
        """As :meth:`get_simulation`, locked until the end of the transaction."""
        ...

    def save_simulation(self, simulation: Simulation) -> None: ...
    def delete_simulation(self, actor: Actor, simulation_id: str) -> None: ...
    def list_simulations(self, actor: Actor) -> list[Simulation]:
        """Newest first."""
        ...

    def lock_open_simulations(self) -> list[Simulation]:
        """Those of all agencies that wait or run, oldest first, locked so that only one worker looks at them at a time (others find
        none).
        """
        ...

    # the dispatcher's hand
    def save_hand_action(self, action: HandAction) -> None:
        """Add or replace."""
        ...

    def find_last_hand_action(self, actor: Actor) -> HandAction | None:
        """The newest one of the actor's own account."""
        ...

    # idempotency
    def claim_key(self, account_id: str, key: str, fingerprint: str) -> StoredAnswer | None:
        """None when the key is new (now claimed until the end of the transaction), else the stored answer; waits for a concurrent
        transaction that holds the key.
        """
        ...

    def store_answer(self, account_id: str, key: str, answer: StoredAnswer) -> None: ...

    # notices
    def add_notice(self, notice: Notice) -> None:
        """Add to the outbox; a notice with the same ``key`` is not added twice."""
        ...

    def take_unsent_notices(self, limit: int, after: tuple[datetime, str] | None = None) -> list[Notice]:
        """Oldest unsent notices, locked so that no second worker takes them (rows locked elsewhere are skipped); only those behind
        ``after``, the ``created_at`` and ``id`` of the last one of the page before.
        """
        ...

    def mark_notice(self, notice_id: str, sent_at: datetime | None) -> None:
        """Count one attempt; ``sent_at`` when it succeeded."""
        ...

    def list_notices(self, actor: Actor) -> list[Notice]:
        """Newest first."""
        ...


class Store(Protocol):
    """A place that keeps things."""

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def subscribe(self, topics: Collection[Topic], tell: Tell) -> Callable[[], None]:
        """Call ``tell``, from another thread, after a commit that changed one of ``topics``; the answer ends it."""
        ...

    def in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction and return its result; once more, up to a few times, after a deadlock or serialisation
        failure.
        """
        ...

    def close(self) -> None: ...
