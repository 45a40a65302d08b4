"""Who acts, and in which role: decided on every read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    AGENCY = "agency"
    PROVIDER = "provider"
    DISPATCHER = "dispatcher"
    DRIVER = "driver"
    RIDER = "rider"
    PLANNER = "planner"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Agency:
    """A transit authority or county: the tenant. All other rows belong to exactly one. ``feed_rules`` says, as TOML, which of its feeds counts
    for lines that several deliver.
    """

    id: str
    name: str
    timezone: str = "Europe/Berlin"
    feed_rules: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A sign-in. ``rider_id``, ``driver_id`` or ``provider_id`` says whose things the account may see. Nobody gets in to a ``locked`` one."""

    id: str
    agency_id: str
    name: str
    role: Role
    password_hash: str
    rider_id: str | None = None
    driver_id: str | None = None
    provider_id: str | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: passed to every reading method of the store.

    ``now`` is the moment of asking. Drivers see who rides, and at which door, only near the ride: without a moment never.
    """

    account_id: str
    agency_id: str
    role: Role
    rider_id: str | None = None
    driver_id: str | None = None
    provider_id: str | None = None
    now: datetime | None = None


def system_actor(agency_id: str) -> Actor:
    """The service itself (worker, import): sees its agency as a dispatcher does."""
    return Actor(account_id="system", agency_id=agency_id, role=Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in account; only the token's SHA-256 is stored."""

    token_sha256: str
    account_id: str
    expires_at: datetime
