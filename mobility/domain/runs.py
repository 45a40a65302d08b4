"""Runs: one vehicle on one service day, the ordered visits it makes. The consistency boundary of the whole service."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from mobility.domain.fleet import Acceptance, ReachedBy, Vehicle
from mobility.domain.places import Place
from mobility.domain.riders import Company, Need, Party
from mobility.domain.services import LegalBasis


class VisitKind(StrEnum):
    START = "start"
    PICKUP = "pickup"
    DROPOFF = "dropoff"
    HALT = "halt"
    BREAK = "break"
    END = "end"


@dataclass(frozen=True, slots=True)
class Visit:
    """A run's halt.

    ``earliest``/``latest`` bound the start of service: the promised window of a pickup or drop-off, the published time of a halt.
    ``planned`` is when the plan expects service to start, ``actual`` when the driver reported it (``skipped``: a pickup
    where nobody came; its drop-off is taken out). ``not_before`` is observed lateness: it cannot happen earlier any more. ``max_ride_s`` is kept on the drop-off.
    ``pinned``: re-optimisation leaves it on this run and in this order.
    ``company``: with whom its rider wishes to ride, or never to; the store shows it to the desk alone.
    ``held_until``: nobody has booked this ride yet, its place is kept until then (:class:`mobility.domain.holds.Hold`).
    """

    kind: VisitKind
    place: Place
    earliest: datetime
    latest: datetime
    service_s: int
    planned: datetime
    leg_id: str | None = None
    party: Party | None = None
    needs: frozenset[Need] = frozenset()
    max_ride_s: int | None = None
    actual: datetime | None = None
    skipped: bool = False
    not_before: datetime | None = None
    pinned: bool = False
    held_until: datetime | None = None
    company: Company | None = None

    @property
    def is_done(self) -> bool:
        """True once the visit has happened or is known not to happen."""
        return self.actual is not None or self.skipped

    @property
    def key(self) -> str:
        """Names the visit within its run, whatever else changes."""
        if self.leg_id is not None:
            return f"{self.kind.value}:{self.leg_id}"
        return f"{self.kind.value}:{self.earliest.timestamp():.0f}:{self.place.lon * 1e5:.0f}:{self.place.lat * 1e5:.0f}"


@dataclass(frozen=True, slots=True)
class WalkUp:
    """People without a booking who boarded at a halt (a visit's key, or empty), or alighted (``persons`` negative)."""

    at: datetime
    halt: str
    persons: int


@dataclass(frozen=True, slots=True)
class ManifestIssue:
    """A manifest handed out on paper or by telephone: the run's revision then, and whether the driver has acknowledged it."""

    revision: int
    issued_at: datetime
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a vehicle says it is (or, at the next junction, will be in a moment), and when."""

    place: Place
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One vehicle on one service day: START, visits in order, END.

    ``delay_s`` is the lateness last reported (state, not a decision). Every save raises ``revision``.
    ``driver_id`` is None while the duty is unfilled. ``max_metres`` bounds the whole day's driving. ``equipment`` is that of
    the vehicle joined with the driver's abilities. ``plan_order`` are the keys of the visits as planned before anything was reported:
    what has happened comes first in ``visits``, and may have to be taken back. ``ends_anywhere``: nobody has to drive back at the end;
    the END's place is the base all the same. ``position`` is what the vehicle reported last (state; not part of a save, see
    ``Transaction.save_position``). ``former_driver_ids``: who had been given this run before; their telephones may still hold reports of it.
    ``closed``: it takes no new rides, for its driver may not drive on that day; the desk sees to those it has. ``legal_basis`` and what all
    passengers of a ride together may pay for a kilometre (None: there is no ceiling) are those of its service when it was opened.
    ``burden``: by how many per cent of their mean its volunteer has driven more than who has driven least, for what each offered.
    """

    id: str
    agency_id: str
    provider_id: str
    service_id: str
    day: date
    vehicle: Vehicle
    driver_id: str | None
    acceptance: Acceptance
    reached_by: ReachedBy
    starts_at: datetime
    ends_at: datetime
    visits: tuple[Visit, ...]
    equipment: frozenset[Need] = frozenset()
    walk_up_seats: int = 0
    max_metres: int | None = None
    only_if_booked: bool = False
    delay_s: int = 0
    revision: int = 0
    manifest: ManifestIssue | None = None
    withdrawn: bool = False
    plan_order: tuple[str, ...] = ()
    walk_ups: tuple[WalkUp, ...] = ()
    ends_anywhere: bool = False
    position: Position | None = None
    former_driver_ids: frozenset[str] = frozenset()
    closed: bool = False
    legal_basis: LegalBasis | None = None
    ceiling_cents_per_km: int | None = None
    burden: int = 0

    def last_day(self, zone: ZoneInfo) -> date:
        """The day on which it ends by the calendar."""
        return (self.ends_at - timedelta(seconds=1)).astimezone(zone).date()

    def without_driver(self) -> Run:
        """Its driver does not drive it after all."""
        left = set() if self.driver_id is None else {self.driver_id}
        return replace(self, driver_id=None, former_driver_ids=self.former_driver_ids | left, revision=self.revision + 1)

    @property
    def walk_ups_aboard(self) -> int:
        """Persons without a booking who are aboard."""
        aboard = 0
        for walk_up in self.walk_ups:
            aboard = max(0, aboard + walk_up.persons)
        return aboard

    @property
    def walk_ups_counted(self) -> int:
        """Persons without a booking who have boarded so far."""
        return sum(max(0, walk_up.persons) for walk_up in self.walk_ups)

    def with_visits(self, visits: tuple[Visit, ...]) -> Run:
        """The run with other visits and the next revision."""
        return replace(self, visits=visits, revision=self.revision + 1)

    def without_leg(self, leg_id: str) -> Run:
        """The run with a leg's pickup and drop-off taken out (visits already done stay)."""
        return self.with_visits(tuple(v for v in self.visits if v.leg_id != leg_id or v.is_done))

    def with_hold(self, leg_id: str, until: datetime | None) -> Run:
        """The run with one ride held ``until`` then (None: booked), of the same revision."""
        return replace(self, visits=tuple(replace(v, held_until=until) if v.leg_id == leg_id else v for v in self.visits))

    def with_company(self, leg_id: str, company: Company | None) -> Run:
        """The run with one ride marked with what its rider wishes of the company, of the same revision."""
        return replace(self, visits=tuple(replace(v, company=company) if v.leg_id == leg_id else v for v in self.visits))

    def without_holds(self) -> Run:
        """The run with what is booked only, as everybody but the desk sees it."""
        if all(visit.held_until is None for visit in self.visits):
            return self
        return replace(self, visits=tuple(visit for visit in self.visits if visit.held_until is None))

    @property
    def last_done(self) -> int:
        """Index of the last visit that has happened; 0 (the START) when none has. Visits done always come first."""
        return next((index for index in range(len(self.visits) - 1, 0, -1) if self.visits[index].is_done), 0)

    @property
    def leg_ids(self) -> tuple[str, ...]:
        """Legs on this run, in order of their first visit."""
        return tuple(dict.fromkeys(v.leg_id for v in self.visits if v.leg_id is not None))

    @property
    def carries_riders(self) -> bool:
        """True when at least one rider is booked; a run that drives only if booked stays at home otherwise."""
        return bool(self.leg_ids)
