"""Sign-ins of an agency: add one, change its role, lock it, let its owner set a password. There is always an admin left."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import timedelta

from mobility.actions.context import Context, new_id
from mobility.actions.logbook import write_logbook
from mobility.actions.sign_in import RIDERS_OWN, hash_password
from mobility.domain.accounts import Account, Actor, Role
from mobility.domain.office import LogbookKind
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.files.people_schema import MIN_PASSWORD_LENGTH
from mobility.store.interface import Transaction

LINK_LASTS = timedelta(days=3)
NO_PASSWORD = "none yet"  # noqa: S105 - stands where a hash will
_MOST_PASSWORD = 200
_LINK = "password."
"""Begins the text that is signed: whatever else this service signs is no link."""


def list_accounts(context: Context, actor: Actor) -> list[Account]:
    """The agency's sign-ins by name; empty for whoever may not see them."""
    with context.store.transaction() as tx:
        return sorted(tx.list_accounts(actor), key=lambda account: account.name.casefold())


def add_account(context: Context, actor: Actor, name: str, role: Role, of: str = "") -> Account:
    """A sign-in without a password yet; ``of`` is the id of the rider, driver or provider whose things it sees.

    Raises:
        NotAllowedError: the actor is no admin.
        InvalidInputError: the name is empty or taken, or ``of`` names nobody of this agency.
    """
    _check_admin(actor)
    account = _as(Account(new_id(), actor.agency_id, name, role, NO_PASSWORD), role, of)
    with context.store.transaction() as tx:
        if not name:
            raise InvalidInputError(Problem("name", "is missing", "give a name to sign in with"))
        if name.startswith(RIDERS_OWN) or tx.find_account_by_name(name) is not None:
            raise InvalidInputError(Problem("name", "is taken already", "choose another name"))
        _check_own(tx, actor, role, of)
        tx.save_account(account)
        write_logbook(context, tx, actor, LogbookKind.ACCOUNT_ADDED, account.id, role.value)
    return account


def change_role(context: Context, actor: Actor, account_id: str, role: Role, of: str = "") -> Account:
    """Give another sign-in another role; it is signed out everywhere.

    Raises:
        NotAllowedError: the actor is no admin, or it is the actor's own.
        NotFoundError: no such sign-in here.
        InvalidInputError: ``of`` names nobody of this agency.
        ConflictError: no admin would be left.
    """
    with context.store.transaction() as tx:
        account = _of_others(tx, actor, account_id)
        _check_own(tx, actor, role, of)
        changed = _as(account, role, of)
        _save(tx, actor, changed)
        write_logbook(context, tx, actor, LogbookKind.ROLE_CHANGED, account.id, f"{account.role.value} -> {role.value}")
    return changed


def lock_account(context: Context, actor: Actor, account_id: str, *, locked: bool) -> Account:
    """Lock a sign-in (it is signed out at once) or unlock it.

    Raises:
        NotAllowedError: the actor is no admin, or it is the actor's own.
        NotFoundError: no such sign-in here.
        ConflictError: no admin would be left.
    """
    with context.store.transaction() as tx:
        changed = replace(_of_others(tx, actor, account_id), locked=locked)
        _save(tx, actor, changed)
        kind = LogbookKind.ACCOUNT_LOCKED if locked else LogbookKind.ACCOUNT_UNLOCKED
        write_logbook(context, tx, actor, kind, account_id)
    return changed


def make_password_link(context: Context, actor: Actor, account_id: str) -> str:
    """A token with which the password can be set once, for three days.

    Raises:
        NotAllowedError: the actor is no admin.
        NotFoundError: no such sign-in here.
    """
    _check_admin(actor)
    with context.store.transaction() as tx:
        account = _account(tx.list_accounts(actor), account_id)
        write_logbook(context, tx, actor, LogbookKind.PASSWORD_LINK_MADE, account.id)
    until = int((context.clock() + LINK_LASTS).timestamp())
    text = json.dumps([account.id, until, _mark(account)])
    return context.sign(_LINK + base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


def find_link_account(context: Context, token: str) -> Account:
    """Whose password a token sets.

    Raises:
        NotFoundError: it was not made here, has been used, has ended, or its sign-in is locked.
    """
    text = context.verify(token)
    if text is not None and text.startswith(_LINK):
        text = text.removeprefix(_LINK)
        account_id, until, mark = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        with context.store.transaction() as tx:
            account = tx.find_account(account_id)
        if account is not None and not account.locked and _mark(account) == mark and context.clock().timestamp() < until:
            return account
    raise NotFoundError("link: not found")


def set_password(context: Context, token: str, password: str) -> Account:
    """Set a password with a link's token; whoever was signed in with the old one is signed out.

    Raises:
        NotFoundError: the token does not serve (any more).
        InvalidInputError: the password is too short or too long.
    """
    if not MIN_PASSWORD_LENGTH <= len(password) <= _MOST_PASSWORD:
        mend = f"{MIN_PASSWORD_LENGTH} to {_MOST_PASSWORD} characters"
        raise InvalidInputError(Problem("password", "is too short or too long", mend))
    found = find_link_account(context, token)
    hashed = hash_password(password)
    who = Actor(found.id, found.agency_id, Role.ADMIN)  # to lock the row; the token is the proof
    with context.store.transaction() as tx:
        account = _account(tx.lock_accounts(who), found.id)
        if _mark(account) != _mark(found) or account.locked:
            raise NotFoundError("link: not found")
        tx.save_account(replace(account, password_hash=hashed))
        tx.delete_sessions_of(account.id)
        write_logbook(context, tx, who, LogbookKind.PASSWORD_SET, account.id)
    return account


def _mark(account: Account) -> str:
    """Changes with the password, so that a link serves once."""
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:16]


def _check_admin(actor: Actor) -> None:
    if actor.role is not Role.ADMIN:
        raise NotAllowedError("sign-ins are the admin's")


def _account(accounts: list[Account], account_id: str) -> Account:
    found = next((account for account in accounts if account.id == account_id), None)
    if found is None:
        raise NotFoundError("account: not found")
    return found


def _of_others(tx: Transaction, actor: Actor, account_id: str) -> Account:
    _check_admin(actor)
    account = _account(tx.lock_accounts(actor), account_id)
    if account.id == actor.account_id:
        raise NotAllowedError("nobody changes the role or the lock of the own sign-in")
    return account


def _save(tx: Transaction, actor: Actor, changed: Account) -> None:
    tx.save_account(changed)
    check_admin_left(tx.list_accounts(actor))
    tx.delete_sessions_of(changed.id)


def check_admin_left(accounts: list[Account]) -> None:
    """Somebody must be able to manage the sign-ins.

    Raises:
        ConflictError: nobody could.
    """
    if not any(
        account.role is Role.ADMIN and not account.locked and account.password_hash != NO_PASSWORD for account in accounts
    ):
        raise ConflictError("the last admin cannot be taken away")


def _as(account: Account, role: Role, of: str) -> Account:
    """The account in another role; of a rider, driver or provider only where the role is."""
    return replace(
        account,
        role=role,
        rider_id=of or None if role is Role.RIDER else None,
        driver_id=of if role is Role.DRIVER else None,
        provider_id=of if role is Role.PROVIDER else None,
    )


def _check_own(tx: Transaction, actor: Actor, role: Role, of: str) -> None:
    """The rider or driver exists here; a provider runs one of the services."""
    providers = {service.carrier.provider_id for service in tx.list_services(actor)}
    known = True
    try:
        if role is Role.RIDER:
            known = not of or bool(tx.get_rider(actor, of))  # without a rider: books for others who agree
        elif role is Role.DRIVER:
            tx.get_driver(actor, of)
        elif role is Role.PROVIDER:
            known = of in providers
    except NotFoundError:
        known = False
    if not known:
        raise InvalidInputError(Problem("of", f"no {role.value} of this id here", "choose one of the list"))
