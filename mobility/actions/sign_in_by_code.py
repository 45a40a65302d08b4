"""Sign in with a telephone number and a code sent to it. Who asks learns nothing about who is known here.

Of a code only the id is kept; its figures are made from the id and the service's secret when it is sent and when it is checked. Tries,
codes and addresses are counted in the database, for all processes together, under keys that hold no number.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

import phonenumbers

from mobility.actions.context import Context, new_id
from mobility.actions.sign_in import RIDERS_OWN, SESSION_LASTS, open_session
from mobility.domain.accounts import Account, Role, system_actor
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.riders import Channel, Rider
from mobility.domain.sign_in import OneTimeCode
from mobility.errors import (
    InvalidInputError,
    NotAllowedError,
    NotSignedInError,
    Problem,
    TooManyAttemptsError,
    UnavailableError,
)
from mobility.files.explanations import FieldError
from mobility.files.field_types import telephone_number
from mobility.notifications.facts import is_mobile
from mobility.store.interface import Transaction

CODE_LASTS = timedelta(minutes=10)
MOST_TRIES = 5
STAYS = timedelta(days=30)
"""How long somebody stays signed in who asks for it."""
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class _Limit:
    """At most so many within a time."""

    what: str
    within: timedelta
    most: int


_CODES_TO_A_NUMBER = (_Limit("codes soon", timedelta(minutes=10), 3), _Limit("codes a day", timedelta(days=1), 10))
_CODES_FROM_AN_ADDRESS = _Limit("codes from", timedelta(hours=1), 30)
_ALL_CODES = _Limit("all codes", timedelta(hours=1), 300)
_CHECKS_FROM_AN_ADDRESS = _Limit("checks from", timedelta(hours=1), 60)
_ALL_CHECKS = _Limit("all checks", timedelta(hours=1), 900)
"""With six figures, 900 tries an hour are right once in six weeks of uninterrupted guessing by everybody together."""


def ask_for_code(context: Context, telephone: str, address: str, language: str) -> str:
    """Send a code to this number; the answer is the id to check it by, whoever the number belongs to.

    Known numbers get a text message, an e-mail or a call from the desk. An unknown one gets a text message when people may make an
    entry of their own with a number of that country (others cost what they like), else nothing; whoever asks cannot tell the
    difference.

    Raises:
        InvalidInputError: no telephone number.
        TooManyAttemptsError: too many codes for this number, this address, or all together.
    """
    number = _number(telephone)
    now = context.clock()

    def work(tx: Transaction) -> str:
        agency_id, riders = _riders_of(tx, number)
        for limit in _CODES_TO_A_NUMBER:
            _count(context, tx, agency_id, limit, number)
        _count(context, tx, agency_id, _CODES_FROM_AN_ADDRESS, address)
        _count(context, tx, agency_id, _ALL_CODES)
        tx.delete_codes(now - timedelta(days=1))
        tx.delete_attempts(now - timedelta(days=2))
        code = OneTimeCode(new_id(), agency_id, number, language, now, now + CODE_LASTS)
        tx.save_code(code)
        sent_at = None if riders or _may_register(context, number) else now  # the same work, and nothing leaves
        key = f"{NoticeKind.SIGN_IN_CODE.value}:{code.id}"
        tx.add_notice(Notice(new_id(), agency_id, key, NoticeKind.SIGN_IN_CODE, now, sent_at=sent_at, code_id=code.id))
        return code.id

    return context.store.in_transaction(work)


def check_code(context: Context, code_id: str, figures: str, address: str) -> str:
    """A proof that this browser holds the number, for :func:`list_people`, :func:`sign_in_as` and :func:`register`.

    Raises:
        NotSignedInError: wrong, over, used, or tried five times (the same answer for all).
        TooManyAttemptsError: too many tries from this address, or all together.
    """
    proof = secrets.token_urlsafe(32)
    if not context.store.in_transaction(lambda tx: _tried(context, tx, code_id, figures, (address, proof))):
        raise NotSignedInError("this code is not right, or no longer")
    return proof


def list_people(context: Context, proof: str) -> list[Rider]:
    """Whose number it is: often several people of one household; nobody when the number is unknown.

    Raises:
        NotSignedInError: no such proof, or no longer.
    """
    with context.store.transaction() as tx:
        return _riders_of(tx, _proven(context, tx, proof).telephone)[1]


def sign_in_as(context: Context, proof: str, rider_id: str, *, stays: bool = False) -> tuple[str, Account]:
    """A session of this rider; the proof is used up.

    Raises:
        NotAllowedError: the rider's sign-in has become somebody else's (:func:`account_of`).
        NotSignedInError: no such proof, or no longer, or the number is not this rider's.
    """

    def work(tx: Transaction) -> tuple[str, Account]:
        code = _proven(context, tx, proof)
        rider = next((one for one in _riders_of(tx, code.telephone)[1] if one.id == rider_id), None)
        if rider is None:
            raise NotSignedInError("this is not your number")
        return _signed_in(context, tx, code, rider, stays=stays)

    return context.store.in_transaction(work)


def register(context: Context, proof: str, name: str, *, stays: bool = False) -> tuple[str, Account]:
    """A new rider with this number, signed in; the proof is used up.

    Raises:
        InvalidInputError: no name.
        NotAllowedError: only the desk enters people here.
        NotSignedInError: no such proof, or no longer.
    """
    name = " ".join(name.split())
    if not context.residents_register:
        raise NotAllowedError("only the desk enters people here")
    if not (1 < len(name) <= _LONGEST_NAME and name.isprintable()):
        raise InvalidInputError(Problem("name", "is missing or too long", "first name and surname"))

    def work(tx: Transaction) -> tuple[str, Account]:
        code = _proven(context, tx, proof)
        channel = Channel.SMS if is_mobile(code.telephone) else Channel.CALL_BACK
        rider = Rider(new_id(), code.agency_id, name, code.telephone, language=code.language, channel=channel)
        tx.save_rider(rider)
        return _signed_in(context, tx, code, rider, stays=stays)

    return context.store.in_transaction(work)


def _tried(context: Context, tx: Transaction, code_id: str, figures: str, by: tuple[str, str]) -> bool:
    address, proof = by
    code = tx.lock_code(code_id)
    agency_id = _first_agency(tx) if code is None else code.agency_id
    _count(context, tx, agency_id, _CHECKS_FROM_AN_ADDRESS, address)
    _count(context, tx, agency_id, _ALL_CHECKS)
    right = None if code is None or code.tries >= MOST_TRIES else context.reveal(code)
    if code is None or right is None:
        return False
    is_right = hmac.compare_digest(right.encode(), "".join(figures.split()).encode())
    tx.save_code(replace(code, tries=code.tries + 1, proof_sha256=_digest(proof) if is_right else None))
    return is_right


def _proven(context: Context, tx: Transaction, proof: str) -> OneTimeCode:
    code = tx.lock_code_by_proof(_digest(proof))
    if code is None or code.used_at is not None or code.expires_at + CODE_LASTS <= context.clock():
        raise NotSignedInError("this code has been used, or is over")
    return code


def _signed_in(context: Context, tx: Transaction, code: OneTimeCode, rider: Rider, *, stays: bool) -> tuple[str, Account]:
    tx.save_code(replace(code, used_at=context.clock()))
    account = account_of(tx, rider)
    return open_session(context, tx, account, STAYS if stays else SESSION_LASTS), account


def account_of(tx: Transaction, rider: Rider) -> Account:
    """The account that belongs to a rider by itself; nobody signs in to it by password.

    Raises:
        NotAllowedError: it has been given to somebody else: a telephone number is no proof for other roles.
    """
    name = f"{RIDERS_OWN}{rider.id}"
    found = tx.find_account_by_name(name)
    if found is None:
        found = Account(new_id(), rider.agency_id, name, Role.RIDER, "none", rider_id=rider.id)
        tx.save_account(found)
    if (found.agency_id, found.role, found.rider_id) != (rider.agency_id, Role.RIDER, rider.id):
        raise NotAllowedError("this sign-in is not the rider's any more; ring the desk")
    return found


def _riders_of(tx: Transaction, number: str) -> tuple[str, list[Rider]]:
    """Everybody with this number, and the agency it is asked of: theirs, else the first."""
    found = [rider for agency in tx.list_agencies() for rider in tx.list_riders(system_actor(agency.id), number)]
    return (found[0].agency_id if found else _first_agency(tx)), found


def _first_agency(tx: Transaction) -> str:
    agencies = tx.list_agencies()
    if not agencies:
        raise UnavailableError("nothing has been set up yet")
    return agencies[0].id


def _may_register(context: Context, number: str) -> bool:
    able = context.residents_register and Channel.SMS in context.channels and is_mobile(number)
    return able and phonenumbers.parse(number).country_code in context.code_countries


def _count(context: Context, tx: Transaction, agency_id: str, limit: _Limit, whose: str = "") -> None:
    key = context.seal(f"attempt:{limit.what}:{whose}")
    if not tx.take_attempt(agency_id, key, context.clock(), limit.within, limit.most):
        raise TooManyAttemptsError("tried too often; try again later or ring the desk")


def _number(text: str) -> str:
    try:
        return telephone_number(text)
    except FieldError:
        raise InvalidInputError(
            Problem("telephone", "is not a telephone number", "with area code, such as 0171 3920052")
        ) from None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
