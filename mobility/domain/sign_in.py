"""Ways to sign in without a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """Six figures sent to a telephone number, to be typed within minutes and once.

    The figures are nowhere kept: they are made from ``id`` and the service's secret. ``tries`` counts what has been typed.
    ``proof_sha256`` is set when the right figures came: its token shows that this browser holds the number. ``used_at``: somebody has
    signed in with it.
    """

    id: str
    agency_id: str
    telephone: str
    language: str
    made_at: datetime
    expires_at: datetime
    tries: int = 0
    proof_sha256: str | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passkey:
    """A public key whose private half never leaves somebody's telephone or computer (W3C WebAuthn). ``id`` is the credential's id, base64url;
    ``public_key`` is its COSE key, base64url; ``uses`` is the authenticator's own count, which never falls.
    """

    id: str
    agency_id: str
    account_id: str
    name: str
    public_key: str
    uses: int
    made_at: datetime
    used_at: datetime | None = None
