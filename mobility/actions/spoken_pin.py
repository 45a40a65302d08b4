"""A PIN that a rider says on the telephone, as proof of who calls. Only its hash is kept; after five wrong tries none counts for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.riders import SpokenPin
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, Problem
from mobility.store.interface import Transaction

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
_SHORTEST, _LONGEST = 4, 8
_TOO_SIMPLE = "0123456789 9876543210"
_DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_pins = PasswordHash((Argon2Hasher(),))


def set_pin(context: Context, actor: Actor, rider_id: str, pin: str) -> None:
    """Give a rider a PIN, or another one.

    Raises:
        InvalidInputError: not four to eight figures, or one that everybody would guess first.
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor.
    """
    _check_desk(actor)
    if not (pin.isascii() and pin.isdigit() and _SHORTEST <= len(pin) <= _LONGEST):
        raise InvalidInputError(Problem("pin", "is not four to eight figures", "such as the end of an old telephone number"))
    if len(set(pin)) == 1 or pin in _TOO_SIMPLE:
        raise InvalidInputError(Problem("pin", "is guessed too easily", "choose another one"))
    hashed = _pins.hash(pin)

    def work(tx: Transaction) -> None:
        rider = tx.get_rider(actor, rider_id)
        tx.save_spoken_pin(SpokenPin(rider.id, rider.agency_id, hashed))

    context.store.in_transaction(work)


def check_pin(context: Context, actor: Actor, rider_id: str, pin: str) -> bool:
    """Whether the caller has said the rider's PIN. The try is counted before it is looked at: many at once do not pass together.

    Raises:
        ConflictError: too many wrong tries; none counts for a quarter of an hour.
        NotAllowedError: not the desk.
        NotFoundError: no such rider for this actor, or one without a PIN.
    """
    _check_desk(actor)
    counted = context.store.in_transaction(lambda tx: _counted(context, tx, actor, rider_id))
    if not _pins.verify(pin, counted.pin_hash):
        return False
    context.store.in_transaction(lambda tx: _forgiven(tx, actor, counted))
    return True


def _counted(context: Context, tx: Transaction, actor: Actor, rider_id: str) -> SpokenPin:
    tx.get_rider(actor, rider_id)
    kept = tx.find_spoken_pin(actor, rider_id)
    if kept is None:
        raise NotFoundError("this rider has no PIN")
    now = context.clock()
    if kept.locked_until is not None and now < kept.locked_until:
        raise ConflictError("too many wrong PINs; try again in a quarter of an hour")
    failures = kept.failures + 1 if kept.locked_until is None else 1
    until = now + LOCKED_FOR if failures >= MOST_FAILURES else None
    counted = replace(kept, failures=failures, locked_until=until)
    tx.save_spoken_pin(counted)
    return counted


def _forgiven(tx: Transaction, actor: Actor, counted: SpokenPin) -> None:
    kept = tx.find_spoken_pin(actor, counted.rider_id)
    if kept is not None and kept.pin_hash == counted.pin_hash:
        tx.save_spoken_pin(replace(kept, failures=0, locked_until=None))


def _check_desk(actor: Actor) -> None:
    if actor.role not in _DESK:
        raise NotAllowedError(f"the role {actor.role.value} does not ask for PINs")
