"""Vehicles, drivers and the hours in which they are there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mobility.domain.places import Place
from mobility.domain.riders import Need


class Acceptance(StrEnum):
    """How a driver comes to a ride.

    Rostered: the declared hours are consent, the promise is instant. Ask first: each ride is asked for, the promise follows the
    yes. Self-pick: the driver takes rides from a list.
    """

    ROSTERED = "rostered"
    ASK_FIRST = "ask_first"
    SELF_PICK = "self_pick"


class Employment(StrEnum):
    EMPLOYED = "employed"
    ASSOCIATION = "association"
    VOLUNTEER = "volunteer"


class ReachedBy(StrEnum):
    """How a driver learns of changes; a printed or read-out manifest changes only with a recorded acknowledgement."""

    LIVE = "live"
    TELEPHONE = "telephone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A bus or a car. ``wheelchair_places`` each take ``seats_per_wheelchair`` folding seats when used; ``large_wheelchair_places`` of
    them (None: all) take an electric wheelchair or a mobility scooter. ``stowage_places`` is how many walking frames, folded wheelchairs
    and pushchairs the boot takes (None: it is never the boot that is too small).
    """

    id: str
    name: str
    seats: int
    wheelchair_places: int = 0
    seats_per_wheelchair: int = 0
    equipment: frozenset[Need] = frozenset()
    large_wheelchair_places: int | None = None
    stowage_places: int | None = None


class CredentialKind(StrEnum):
    """What a driver, or the own car, has to have to carry riders."""

    LICENCE = "licence"
    LICENCE_D1 = "licence_d1"
    LICENCE_D = "licence_d"
    PASSENGER_LICENCE = "passenger_licence"
    FIRST_AID = "first_aid"
    INSURANCE = "insurance"
    INSPECTION = "inspection"


_INCLUDED_IN = {
    CredentialKind.LICENCE: (CredentialKind.LICENCE_D1, CredentialKind.LICENCE_D),
    CredentialKind.LICENCE_D1: (CredentialKind.LICENCE_D,),
}
"""A licence that others include: who may drive a large bus may drive a small one, and a car (directive 2006/126/EC, article 6)."""


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that was shown and holds until a day, that day included. After it no run is given to the driver."""

    kind: CredentialKind
    valid_until: date


@dataclass(frozen=True, slots=True)
class Driver:
    """A person who drives; volunteers usually bring their own ``vehicle``. ``credentials``: one of each kind at most. Who is on
    ``stand_by`` is asked when nobody holds a duty.
    """

    id: str
    agency_id: str
    provider_id: str
    name: str
    telephone: str
    employment: Employment = Employment.EMPLOYED
    acceptance: Acceptance = Acceptance.ROSTERED
    reached_by: ReachedBy = ReachedBy.LIVE
    home: Place | None = None
    vehicle: Vehicle | None = None
    abilities: frozenset[Need] = frozenset()
    max_metres_per_day: int | None = None
    credentials: tuple[Credential, ...] = ()
    stand_by: bool = False

    def ended_by(self, day: date) -> tuple[Credential, ...]:
        """What does not hold on ``day`` any more; with any of these he drives nobody on that day."""
        return tuple(one for one in self.credentials if one.valid_until < day)

    def without(self, demanded: Collection[CredentialKind], day: date) -> tuple[CredentialKind, ...]:
        """What a service demands and he has not shown, or only something that ends before ``day``; with any of these he does not drive
        for it on that day. A larger licence includes the smaller ones.
        """
        held = {one.kind for one in self.credentials if one.valid_until >= day}
        return tuple(kind for kind in sorted(demanded) if not held & {kind, *_INCLUDED_IN.get(kind, ())})

    def may_drive(self, demanded: Collection[CredentialKind], day: date) -> bool:
        """Whether all he has shown holds on ``day``, and is all that is ``demanded``."""
        return not self.ended_by(day) and not self.without(demanded, day)


@dataclass(frozen=True, slots=True)
class BreakRule:
    """A break of ``duration_s`` that begins within [earliest_s, latest_s], service-day seconds, with nobody aboard."""

    earliest_s: int
    latest_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Leave:
    """Service days on which a driver is away, first and last included: no shift of his counts then."""

    id: str
    agency_id: str
    driver_id: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Shift:
    """A driver's declared hours for one service on one service day (seconds from the day's origin)."""

    id: str
    agency_id: str
    service_id: str
    driver_id: str
    day: date
    start_s: int
    end_s: int

    @property
    def last_day(self) -> date:
        """The day on which it ends by the calendar: the next one when it passes midnight."""
        return self.day + timedelta(days=max(0, self.end_s - 1) // 86_400)
