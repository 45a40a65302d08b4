"""Reading a people file (``docs/people-file.md`` describes every key). Errors name line and key, never what stands there."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from mobility.domain.accounts import Role
from mobility.domain.fleet import Driver
from mobility.domain.riders import Rider
from mobility.domain.services import DayKind
from mobility.files.explanations import Finding
from mobility.files.field_types import all_days
from mobility.files.people_schema import MIN_PASSWORD_LENGTH, AccountKeys, PeopleKeys, ShiftKeys
from mobility.files.service_checks import repeated_ids, span_findings
from mobility.files.toml_reading import Document, check, parse

MAX_PEOPLE_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class ShiftRule:
    """Hours a driver declares for one service: on one ``day``, or weekly on ``days`` (the other of the two is empty).

    Service-day seconds. ``where`` says file and line, for what can only be checked against the store.
    """

    driver_id: str
    service_id: str
    days: frozenset[DayKind]
    day: date | None
    start_s: int
    end_s: int
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """A sign-in to be made; the password is still plain and is never shown in a ``repr``. ``locked`` is None where the file does not say."""

    id: str
    name: str
    role: Role
    password: str = field(repr=False)
    rider_id: str | None = None
    driver_id: str | None = None
    provider_id: str | None = None
    locked: bool | None = None
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class People:
    """What a people file says."""

    riders: tuple[Rider, ...]
    drivers: tuple[Driver, ...]
    shifts: tuple[ShiftRule, ...]
    accounts: tuple[AccountEntry, ...]


def read_people(text: str, name: str, agency_id: str = "", environment: Mapping[str, str] | None = None) -> People:
    """The riders, drivers, shifts and accounts a TOML text describes.

    ``name`` is the file name told in errors, ``agency_id`` the tenant the people belong to; ``environment`` (the process's own by
    default) holds the passwords that accounts name with ``password_env``.

    Raises:
        mobility.errors.InvalidInputError: one Problem for everything wrong. None repeats a value of the file.
    """
    document = parse(text, name, MAX_PEOPLE_BYTES, personal=True)
    keys = check(document, PeopleKeys, personal=True)
    environment = os.environ if environment is None else environment
    document.refuse([*_id_findings(keys), *_link_findings(keys), *_shift_findings(keys), *_password_findings(keys, environment)])
    return People(
        riders=tuple(rider.noun(agency_id) for rider in keys.riders),
        drivers=tuple(driver.noun(agency_id) for driver in keys.drivers),
        shifts=tuple(_shift_rule(shift, document, index) for index, shift in enumerate(keys.shifts)),
        accounts=tuple(_account(account, document, index, environment) for index, account in enumerate(keys.accounts)),
    )


def _id_findings(keys: PeopleKeys) -> Iterator[Finding]:
    yield from repeated_ids("riders", [rider.id for rider in keys.riders])
    yield from repeated_ids("drivers", [driver.id for driver in keys.drivers])
    yield from repeated_ids("accounts", [account.id for account in keys.accounts])
    names: set[str] = set()
    for index, account in enumerate(keys.accounts):
        if account.name.casefold() in names:
            yield Finding(
                ("accounts", index, "name"), "another account has this name", "names are typed at the sign-in: make them differ"
            )
        names.add(account.name.casefold())
    vehicles: set[str] = set()
    for index, driver in enumerate(keys.drivers):
        if driver.vehicle is not None and driver.vehicle.id in vehicles:
            yield Finding(("drivers", index, "vehicle", "id"), "another driver's vehicle has this id", "give each its own id")
        vehicles.update({driver.vehicle.id} if driver.vehicle else ())


def _link_findings(keys: PeopleKeys) -> Iterator[Finding]:
    """Links to riders and drivers that this file should hold; a file without any relies on those loaded earlier."""
    riders, drivers = {rider.id for rider in keys.riders}, {driver.id for driver in keys.drivers}
    for index, shift in enumerate(keys.shifts):
        if drivers and shift.driver not in drivers:
            yield Finding(("shifts", index, "driver"), "no driver of this id in this file", "correct it or add the driver")
    for index, account in enumerate(keys.accounts):
        if riders and account.rider is not None and account.rider not in riders:
            yield Finding(("accounts", index, "rider"), "no rider of this id in this file", "correct it or add the rider")
        if drivers and account.driver is not None and account.driver not in drivers:
            yield Finding(("accounts", index, "driver"), "no driver of this id in this file", "correct it or add the driver")


def _shift_findings(keys: PeopleKeys) -> Iterator[Finding]:
    by_day: dict[tuple[str, date | DayKind], list[tuple[int, int, int]]] = defaultdict(list)
    for index, shift in enumerate(keys.shifts):
        yield from span_findings(("shifts", index), shift.start, shift.end)
        # a date and a weekday are not compared, as the Land's holidays decide which weekday a date is
        for day in [shift.date] if shift.date is not None else all_days(shift.days or []):
            by_day[shift.driver, day].append((shift.start, shift.end, index))
    overlaps = {pair for spans in by_day.values() for pair in _overlaps(sorted(spans))}
    for second, first in sorted(overlaps):
        yield Finding(("shifts", second), f"overlaps shifts[{first}] of the same driver", "correct days or times")


def _overlaps(spans: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Indexes (later in the file, earlier in the file) of spans that begin before one before them has ended."""
    open_until, longest = 0, -1
    for start, end, index in spans:
        if start < open_until:
            yield max(longest, index), min(longest, index)
        if end > open_until:
            open_until, longest = end, index


def _password_findings(keys: PeopleKeys, environment: Mapping[str, str]) -> Iterator[Finding]:
    for index, account in enumerate(keys.accounts):
        if account.password_env is None:
            continue
        password = environment.get(account.password_env)
        if password is None:
            what = "the environment has no such variable"
            yield Finding(("accounts", index, "password_env"), what, "set it before loading the file")
        elif len(password) < MIN_PASSWORD_LENGTH:
            what = "the password in this variable is too short"
            yield Finding(("accounts", index, "password_env"), what, f"at least {MIN_PASSWORD_LENGTH} characters")


def _shift_rule(shift: ShiftKeys, document: Document, index: int) -> ShiftRule:
    return ShiftRule(
        driver_id=shift.driver,
        service_id=shift.service,
        days=all_days(shift.days or []),
        day=shift.date,
        start_s=shift.start,
        end_s=shift.end,
        where=document.where(("shifts", index)),
    )


def _account(account: AccountKeys, document: Document, index: int, environment: Mapping[str, str]) -> AccountEntry:
    password = account.password.get_secret_value() if account.password else environment[account.password_env or ""]
    return AccountEntry(
        id=account.id,
        name=account.name,
        role=account.role,
        password=password,
        rider_id=account.rider,
        driver_id=account.driver,
        provider_id=account.provider,
        locked=account.locked,
        where=document.where(("accounts", index)),
    )
