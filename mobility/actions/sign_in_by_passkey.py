"""Sign in with a passkey (W3C Web Authentication, level 3): every role, nothing to remember, nothing that can be asked out of anybody.

A challenge is signed by us, lasts five minutes and is taken once, by whichever process; nothing of it is kept until then. Passkeys are bound to the
host of ``public_url``, never to what a request calls itself. ``webauthn`` is imported when somebody uses a passkey: it takes a quarter of a
second, and every process would wait for it.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from mobility.actions.context import Context
from mobility.actions.sign_in import open_session
from mobility.domain.accounts import Account, Actor
from mobility.domain.sign_in import Passkey
from mobility.errors import ConflictError, InvalidInputError, NotSignedInError, Problem
from mobility.store.interface import Transaction

CHALLENGE_LASTS = timedelta(minutes=5)
MOST = 10
_NAME = "Rural mobility"
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}")


def begin_registering(context: Context, actor: Actor) -> tuple[dict[str, Any], str]:
    """What the browser needs to make a passkey for this account, and the challenge to send back with it."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415
    from webauthn.helpers.structs import (  # noqa: PLC0415
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    with context.store.transaction() as tx:
        known = tx.list_passkeys(actor.account_id)
        name = _shown_name(tx, actor)
    challenge, signed = _challenge(context, f"register {actor.account_id}")
    options = generate_registration_options(
        rp_id=_host(context),
        rp_name=_NAME,
        user_id=actor.account_id.encode(),
        user_name=name,
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(one.id)) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return json.loads(options_to_json(options)), signed


def register(context: Context, actor: Actor, credential: dict[str, Any], signed: str, name: str) -> Passkey:
    """Keep the public key of a passkey that the browser has made.

    Raises:
        ConflictError: the account has ten already, or the passkey is known.
        InvalidInputError: not made for this challenge, this address or this account.
    """
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    name = " ".join(name.split())[:60] or "Passkey"

    def work(tx: Transaction) -> Passkey:
        challenge = _taken(context, tx, signed, f"register {actor.account_id}", actor.agency_id)
        if challenge is None or len(tx.list_passkeys(actor.account_id)) >= MOST:
            raise ConflictError("begin again, or delete a passkey first")
        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=_host(context),
                expected_origin=context.public_url,
                require_user_verification=True,
            )
        except WebAuthnException:
            raise InvalidInputError(Problem("passkey", "was not made for this page", "begin again")) from None
        key_id, key = bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key)
        passkey = Passkey(key_id, actor.agency_id, actor.account_id, name, key, made.sign_count, context.clock())
        tx.add_passkey(passkey)
        return passkey

    return context.store.in_transaction(work)


def begin_signing_in(context: Context) -> tuple[dict[str, Any], str]:
    """What the browser needs to sign in with a passkey of this address, whoever's; and the challenge to send back."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

    challenge, signed = _challenge(context, "sign in")
    options = generate_authentication_options(
        rp_id=_host(context), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return json.loads(options_to_json(options)), signed


def sign_in(context: Context, credential: dict[str, Any], signed: str) -> tuple[str, Account]:
    """A new session's token and the account the passkey belongs to.

    Raises:
        NotSignedInError: an unknown passkey, or not signed for this challenge and address (the same answer for all).
    """
    key_id = str(credential.get("id", ""))

    def work(tx: Transaction) -> tuple[str, Account] | None:
        passkey = tx.lock_passkey(key_id) if _KEY_ID.fullmatch(key_id) else None
        account = None if passkey is None else tx.find_account(passkey.account_id)
        if passkey is None or account is None:
            return None
        challenge = _taken(context, tx, signed, "sign in", passkey.agency_id)
        uses = None if challenge is None else _verified(context, passkey, credential, challenge)
        if uses is None:
            return None
        tx.save_passkey(replace(passkey, uses=uses, used_at=context.clock()))
        return open_session(context, tx, account), account

    entered = context.store.in_transaction(work)
    if entered is None:
        raise NotSignedInError("this passkey does not fit")
    return entered


def list_passkeys(context: Context, actor: Actor) -> list[Passkey]:
    """The account's own."""
    with context.store.transaction() as tx:
        return tx.list_passkeys(actor.account_id)


def delete_passkey(context: Context, actor: Actor, passkey_id: str) -> None:
    """Forget a passkey of one's own.

    Raises:
        NotFoundError: the account has no such passkey.
    """
    with context.store.transaction() as tx:
        tx.delete_passkey(actor.account_id, passkey_id)


def _shown_name(tx: Transaction, actor: Actor) -> str:
    """What the device shows beside the passkey: a rider's own name, for that sign-in's is no word of theirs."""
    if actor.rider_id is not None:
        return tx.get_rider(actor, actor.rider_id).name
    account = tx.find_account(actor.account_id)
    return actor.account_id if account is None else account.name


def _verified(context: Context, passkey: Passkey, credential: dict[str, Any], challenge: bytes) -> int | None:
    """The authenticator's new count, or None when the signature does not hold."""
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(context),
            expected_origin=context.public_url,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.uses,
            require_user_verification=True,
        ).new_sign_count
    except WebAuthnException:
        return None


def _challenge(context: Context, purpose: str) -> tuple[bytes, str]:
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415

    challenge = secrets.token_bytes(32)
    over = int((context.clock() + CHALLENGE_LASTS).timestamp())
    return challenge, context.sign(f"{purpose}|{over}|{bytes_to_base64url(challenge)}")


def _taken(context: Context, tx: Transaction, signed: str, purpose: str, agency_id: str) -> bytes | None:
    """The challenge, the first time it comes back and while it lasts; else None."""
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    said, over, challenge = [*(context.verify(signed) or "").split("|"), "", "", ""][:3]
    now = context.clock()
    if said != purpose or not over or datetime.fromtimestamp(int(over), UTC) <= now:
        return None
    if not tx.take_attempt(agency_id, context.seal(f"challenge:{challenge}"), now, 2 * CHALLENGE_LASTS, 1):
        return None
    return base64url_to_bytes(challenge)


def _host(context: Context) -> str:
    return urlsplit(context.public_url).hostname or "localhost"
