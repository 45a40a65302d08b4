"""Who travels, and what they need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mobility.domain.places import Place


class Need(StrEnum):
    """What a rider needs of vehicle or driver (CROW codes, TRIAS and OJP name the same things)."""

    WHEELCHAIR = "wheelchair"
    WALKING_FRAME = "walking_frame"
    FRONT_SEAT = "front_seat"
    DOOR_TO_DOOR = "door_to_door"
    BOARDING_HELP = "boarding_help"
    GUIDE_DOG = "guide_dog"
    CHILD_SEAT = "child_seat"


class Channel(StrEnum):
    """How a person is told something."""

    EMAIL = "email"
    SMS = "sms"
    CALL_BACK = "call_back"


@dataclass(frozen=True, slots=True)
class Party:
    """Who travels together: seats taken, and places for people who stay in their wheelchair (not counted as seats)."""

    seats: int = 1
    wheelchairs: int = 0


@dataclass(frozen=True, slots=True)
class Rider:
    """A person who rides. Needs are functional, never a diagnosis; ``needs_consent_at`` and ``needs_consent_by`` (an account id) record that
    the person has agreed that they are kept (GDPR Art. 9(2)(a)).
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
