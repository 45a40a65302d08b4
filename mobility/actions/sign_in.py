"""Sign in, be recognised, sign out. Passwords are argon2id; of a session's token only the SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from mobility.actions.context import Context
from mobility.domain.accounts import Account, Actor, Session
from mobility.errors import NotSignedInError
from mobility.store.interface import Transaction

SESSION_LASTS = timedelta(hours=12)
RIDERS_OWN = "rider:"
"""The names of riders' own sign-ins begin so, and no other's."""
_passwords = PasswordHash((Argon2Hasher(),))


@cache
def _nobody() -> str:
    """Checked for unknown names, so that the answer takes as long as for known ones."""
    return _passwords.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """A password as it is stored."""
    return _passwords.hash(password)


def sign_in(context: Context, name: str, password: str) -> tuple[str, Account]:
    """A new session's token and the account.

    Raises:
        NotSignedInError: unknown name or wrong password (the same answer for both).
    """
    with context.store.transaction() as tx:
        account = tx.find_account_by_name(name)
    right = _passwords.verify(password, _nobody() if account is None or not _has_password(account) else account.password_hash)
    if account is None or not right or account.locked:
        raise NotSignedInError("name or password is wrong")
    with context.store.transaction() as tx:
        return open_session(context, tx, account), account


def open_session(context: Context, tx: Transaction, account: Account, lasts: timedelta = SESSION_LASTS) -> str:
    """The token of a new session, which nobody has known before."""
    token = secrets.token_urlsafe(32)
    tx.add_session(Session(_digest(token), account.id, context.clock() + lasts))
    return token


def _has_password(account: Account) -> bool:
    """False for an account that nobody signs in to by password."""
    return account.password_hash.startswith("$argon2id$")


def is_password_of(account: Account, password: str) -> bool:
    """Whether this is the account's password."""
    return _has_password(account) and _passwords.verify(password, account.password_hash)


def find_actor(context: Context, token: str) -> Actor:
    """Who holds this token.

    Raises:
        NotSignedInError: the token is unknown or has ended.
    """
    with context.store.transaction() as tx:
        session = tx.find_session(_digest(token))
        account = None if session is None else tx.find_account(session.account_id)
    now = context.clock()
    if session is None or account is None or account.locked or session.expires_at <= now:
        raise NotSignedInError("your sign-in has ended; sign in again")
    return Actor(account.id, account.agency_id, account.role, account.rider_id, account.driver_id, account.provider_id, now)


def sign_out(context: Context, token: str) -> None:
    """End a session; nothing happens when there is none."""
    with context.store.transaction() as tx:
        tx.delete_session(_digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
