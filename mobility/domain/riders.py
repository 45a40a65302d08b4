"""Who travels, and what they need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mobility.domain.places import Place


class Need(StrEnum):
    """What a rider needs of vehicle or driver, in the terms of NeTEx (docs/needs.md)."""

    WHEELCHAIR = "wheelchair"
    WALKING_FRAME = "walking_frame"
    FRONT_SEAT = "front_seat"
    DOOR_TO_DOOR = "door_to_door"
    BOARDING_HELP = "boarding_help"
    GUIDE_DOG = "guide_dog"
    CHILD_SEAT = "child_seat"
    FOLDABLE_WHEELCHAIR = "foldable_wheelchair"
    ELECTRIC_WHEELCHAIR = "electric_wheelchair"
    MOBILITY_SCOOTER = "mobility_scooter"
    STEP_FREE = "step_free"
    HELP_TO_DOOR = "help_to_door"
    LOW_VISION = "low_vision"
    LOW_HEARING = "low_hearing"
    ORIENTATION_HELP = "orientation_help"
    INFANT_SEAT = "infant_seat"
    BOOSTER_SEAT = "booster_seat"
    PUSHCHAIR = "pushchair"


LARGE_CHAIRS = frozenset({Need.ELECTRIC_WHEELCHAIR, Need.MOBILITY_SCOOTER})
"""Who sits in one of these stays in it, on a wheelchair place that is large enough."""

STAYING_SEATED = LARGE_CHAIRS | {Need.WHEELCHAIR}
"""Kinds of wheelchairs in which somebody rides."""

STOWED = frozenset({Need.FOLDABLE_WHEELCHAIR, Need.WALKING_FRAME, Need.PUSHCHAIR})
"""What is folded and put into the boot; its rider takes a seat."""


class Channel(StrEnum):
    """How a person is told something."""

    EMAIL = "email"
    SMS = "sms"
    CALL_BACK = "call_back"


@dataclass(frozen=True, slots=True)
class Fellow:
    """Somebody who travels with the rider, as far as it matters for the price: an age in years, or a ``group`` that tariffs name."""

    age: int | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Who travels together: seats taken, and places for people who stay in their wheelchair (not counted as seats).

    ``assistants`` of those on seats come along to help somebody and ride free where the tariff says so. ``stowed`` are things in the
    boot (walking frames, folded wheelchairs, pushchairs), where they are more than the needs tell: one of each kind. ``fellows`` are those
    beside the rider who may pay less; nobody has to be described.
    """

    seats: int = 1
    wheelchairs: int = 0
    assistants: int = 0
    stowed: int = 0
    fellows: tuple[Fellow, ...] = ()

    @property
    def persons(self) -> int:
        """Everybody who rides."""
        return self.seats + self.wheelchairs

    @property
    def assists_somebody(self) -> bool:
        """Whether every assistant has a seat and somebody else to help."""
        return self.assistants <= self.seats and 2 * self.assistants <= self.persons

    @property
    def describes_no_stranger(self) -> bool:
        """Whether everybody described is somebody who rides, beside the rider and the assistants."""
        return not self.fellows or len(self.fellows) < self.persons - self.assistants


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Every day from ``start_s`` to ``end_s`` (seconds of the day on the agency's clock) somebody wants to be left in peace; over midnight
    where the end is not after the start.
    """

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Rider:
    """A person who rides. Needs are functional, never a diagnosis; ``needs_consent_at`` and ``needs_consent_by`` (an account id) record that
    the person has agreed that they are kept (GDPR Art. 9(2)(a)). In ``quiet`` hours nobody is told what can wait.
    """

    id: str
    agency_id: str
    name: str
    telephone: str
    email: str = ""
    language: str = "de"
    channel: Channel = Channel.CALL_BACK
    needs: frozenset[Need] = frozenset()
    groups: frozenset[str] = frozenset()
    max_walk_m: int | None = None
    home: Place | None = None
    needs_consent_at: datetime | None = None
    needs_consent_by: str = ""
    quiet: QuietHours | None = None

    def with_consent_of(self, old: Rider | None) -> Rider:
        """With the consent that was recorded, as far as it covers these needs."""
        if old is None or not self.needs or not self.needs <= old.needs:
            return replace(self, needs_consent_at=None, needs_consent_by="")
        return replace(self, needs_consent_at=old.needs_consent_at, needs_consent_by=old.needs_consent_by)


@dataclass(frozen=True, slots=True)
class RiderNote:
    """What the desk wrote down about a rider, for the desk alone: ``by`` is an account id."""

    id: str
    agency_id: str
    rider_id: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SpokenPin:
    """A rider's PIN, said on the telephone as proof; only its hash is kept.

    After too many wrong tries (``failures``) none is accepted before ``locked_until``.
    """

    rider_id: str
    agency_id: str
    pin_hash: str
    failures: int = 0
    locked_until: datetime | None = None


class WishKind(StrEnum):
    """What somebody wishes of the company on a ride. Familiar driver: preferred, where it costs others little. Never together: the two
    are never aboard at the same time.
    """

    FAMILIAR_DRIVER = "familiar_driver"
    NEVER_TOGETHER = "never_together"


@dataclass(frozen=True, slots=True)
class RiderWish:
    """With whom a rider wishes to ride, or never to: a ``driver_id`` or an ``other_rider_id``. For the desk alone: neither the other rider nor
    drivers learn of it; ``by`` is an account id.
    """

    id: str
    agency_id: str
    rider_id: str
    kind: WishKind
    by: str
    at: datetime
    driver_id: str | None = None
    other_rider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What wishes mean for one ride: no two rides with a mark of ``apart`` in common are aboard at the same time; drivers of ``familiar`` are
    preferred. Marks are ids of wishes, the same for both riders, and name nobody.
    """

    apart: frozenset[str] = frozenset()
    familiar: frozenset[str] = frozenset()


def company_of(rider_id: str, wishes: Iterable[RiderWish]) -> Company | None:
    """What a rider's own wishes, and others' about the rider, mean; None when there are none."""
    found = list(wishes)
    apart = frozenset(
        one.id for one in found if one.kind is WishKind.NEVER_TOGETHER and rider_id in (one.rider_id, one.other_rider_id)
    )
    familiar = frozenset(one.driver_id for one in found if one.rider_id == rider_id and one.driver_id is not None)
    return Company(apart, familiar) if apart or familiar else None
