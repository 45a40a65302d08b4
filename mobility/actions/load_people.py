"""Put a people file into use: riders, drivers with their declared hours, sign-ins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.logbook import write_logbook
from mobility.actions.manage_accounts import check_admin_left
from mobility.actions.sign_in import RIDERS_OWN, hash_password, is_password_of
from mobility.actions.watch_credentials import close_runs
from mobility.domain.accounts import Account, Actor, system_actor
from mobility.domain.fleet import Shift
from mobility.domain.office import LogbookKind
from mobility.errors import InvalidInputError, Problem
from mobility.files.opening import kind_in_land
from mobility.files.people_file import AccountEntry, People, ShiftRule, read_people
from mobility.store.interface import Transaction

_SHIFTS_AHEAD_DAYS = 400
"""How far recurring hours are written out; as far ahead as a ride can be asked for."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much a people file brought."""

    riders: int
    drivers: int
    shifts: int
    accounts: int


def load_people(context: Context, agency_id: str, text: str, name: str, actor: Actor | None = None) -> Loaded:
    """Check a people file and add or replace what it names, all or nothing; whose sign-in it changes is signed out. From an ``actor``'s page it names no variables of this
    machine, and leaves an admin.

    Raises:
        InvalidInputError: the file is not right; every problem with its line, no personal value repeated.
    """
    people = read_people(text, name, agency_id, None if actor is None else {})
    with context.store.transaction() as tx:
        agency = tx.find_agency(agency_id)
        lands = {service.id: service.holidays for service in tx.list_services(system_actor(agency_id))}
        drivers = {driver.id for driver in tx.list_drivers(system_actor(agency_id))}
        known = {account.id: account for account in tx.list_accounts(system_actor(agency_id))}
    _check_shifts(people, lands, drivers | {driver.id for driver in people.drivers})
    zone = ZoneInfo("Europe/Berlin" if agency is None else agency.timezone)
    first = context.clock().astimezone(zone).date()
    shifts = [shift for rule in people.shifts for shift in _shifts(rule, agency_id, first, lands[rule.service_id])]
    accounts = [_account(entry, agency_id, known.get(f"{agency_id}.{entry.id}")) for entry in people.accounts]
    with context.store.transaction() as tx:
        loaded = _save(context, tx, people, shifts, accounts)
        if actor is not None:
            check_admin_left(tx.list_accounts(actor))
        note = f"{loaded.riders} riders, {loaded.drivers} drivers, {loaded.shifts} shifts, {loaded.accounts} sign-ins"
        write_logbook(context, tx, actor or system_actor(agency_id), LogbookKind.PEOPLE_LOADED, "people", note)
        return loaded


def _check_shifts(people: People, services: Collection[str], drivers: Collection[str]) -> None:
    problems = [
        Problem(f"{rule.where}: {key}", f"no such {key} here", "load it first, or correct the id")
        for rule in people.shifts
        for key, value, known in (("service", rule.service_id, services), ("driver", rule.driver_id, drivers))
        if value not in known
    ]
    if problems:
        raise InvalidInputError(*problems)


def _save(context: Context, tx: Transaction, people: People, shifts: list[Shift], accounts: list[Account]) -> Loaded:
    for account in accounts:
        other = tx.find_account_by_name(account.name)
        is_anothers = other is not None and (other.id, other.agency_id) != (account.id, account.agency_id)
        if is_anothers or account.name.startswith(RIDERS_OWN):
            raise InvalidInputError(Problem(f"account {account.id}", "its sign-in name is taken already", "choose another name"))
    agency_ids = sorted({rider.agency_id for rider in people.riders})
    known = {rider.id: rider for agency_id in agency_ids for rider in tx.list_riders(system_actor(agency_id))}
    for rider in people.riders:
        before = known.get(rider.id)
        tx.save_rider(replace(rider, quiet=None if before is None else before.quiet).with_consent_of(before))
    for driver in people.drivers:
        tx.save_driver(driver)
        close_runs(context, tx, driver)
    for shift in shifts:
        tx.save_shift(shift)
    for entry, account in zip(people.accounts, accounts, strict=True):
        old = tx.find_account(account.id)
        was_locked = old is not None and old.locked
        new = replace(account, locked=was_locked if entry.locked is None else entry.locked)
        if new != old:
            tx.save_account(new)
            tx.delete_sessions_of(new.id)
    return Loaded(len(people.riders), len(people.drivers), len(shifts), len(accounts))


def _account(entry: AccountEntry, agency_id: str, old: Account | None) -> Account:
    """The sign-in as the file has it; a password that is still the same keeps its hash."""
    kept = old.password_hash if old is not None and is_password_of(old, entry.password) else None
    return Account(
        id=f"{agency_id}.{entry.id}",
        agency_id=agency_id,
        name=entry.name,
        role=entry.role,
        password_hash=kept or hash_password(entry.password),
        rider_id=entry.rider_id,
        driver_id=entry.driver_id,
        provider_id=entry.provider_id,
    )


def _shifts(rule: ShiftRule, agency_id: str, first: date, land: str) -> list[Shift]:
    days = [rule.day] if rule.day is not None else [first + timedelta(days=ahead) for ahead in range(_SHIFTS_AHEAD_DAYS)]
    template = Shift("", agency_id, rule.service_id, rule.driver_id, first, rule.start_s, rule.end_s)
    return [
        replace(template, id=f"{agency_id}.{rule.service_id}.{rule.driver_id}.{rule.start_s // 60}.{day:%Y%m%d}", day=day)
        for day in days
        if rule.day is not None or kind_in_land(land, day) in rule.days
    ]
