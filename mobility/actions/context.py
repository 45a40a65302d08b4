"""What every action needs: the store, the network, the clock, a secret. No action reads the wall clock itself."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gtfs.limits import LIMITS, Limits
from mobility.actions.telling_live import LiveRules, tell_live
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.datasets import DatasetKind
from mobility.domain.privacy import Retention
from mobility.domain.riders import Channel
from mobility.domain.sign_in import OneTimeCode
from mobility.errors import NothingImportedError
from mobility.planning.network import Network, Networks
from mobility.store.interface import Store, Transaction


@dataclass(frozen=True, slots=True)
class Context:
    """Passed to every action. ``clock`` gives aware datetimes; a simulation passes its own.
    ``datasets`` is the folder of imports, ``offer_seconds`` how long an offer can be accepted, ``channels`` by what notices leave
    here (all others are told by the desk). ``residents_register``: who is not known may make an entry of their own,
    with a mobile number of one of ``code_countries`` (calling codes).
    ``public_url``: the address people use, to which passkeys are bound. ``feed_limits``: what reading an uploaded feed may cost.
    ``kept_feed_bytes``: what an agency's uploaded feeds may take on the disk together.
    ``retention``: how long what is known of riders is kept.
    ``live``: how old news of trips may be.
    ``call_secret``: what the telephone provider proves itself by when it tells of missed calls (None: none are taken).
    ``publish_positions``: buses that halt at stops alone may be seen by everybody.
    """

    store: Store
    networks: Networks
    clock: Callable[[], datetime]
    secret: bytes
    datasets: Path
    offer_seconds: int = 600
    channels: frozenset[Channel] = frozenset()
    residents_register: bool = True
    code_countries: frozenset[int] = frozenset({49})
    public_url: str = "http://localhost:8000"
    feed_limits: Limits = LIMITS
    publish_positions: bool = False
    kept_feed_bytes: int = 10_000_000_000
    retention: Retention = Retention()  # noqa: RUF009 - frozen
    live: LiveRules = LiveRules()  # noqa: RUF009 - frozen
    call_secret: str | None = None

    def network(self, tx: Transaction, actor: Actor) -> Network:
        """The streets and feeds in use for the actor's agency.

        Raises:
            NothingImportedError: no street graph has been imported yet.
        """
        system = system_actor(actor.agency_id)
        streets = tx.find_dataset(system, DatasetKind.STREETS)
        if streets is None:
            raise NothingImportedError("no streets imported yet: run python -m mobility import-streets EXTRACT")
        feeds = tx.list_datasets_in_use(system, DatasetKind.FEED)
        network = self.networks.load(streets, feeds, feed_rules(tx, actor.agency_id) if len(feeds) > 1 else "")
        tell_live(tx, network, actor.agency_id, self.clock(), self.live)
        return network

    def sign(self, text: str) -> str:
        """``text`` with a signature only this service can make."""
        return f"{text}.{self._signature(text)}"

    def verify(self, signed: str) -> str | None:
        """The text of a signed string, or None when it was not signed here."""
        text, _, signature = signed.rpartition(".")
        expected = self._signature(text)
        return text if hmac.compare_digest(signature.encode(), expected.encode()) else None

    def seal(self, text: str) -> str:
        """A signature of ``text`` that only this service can make, without the text."""
        return self._signature(text)

    def reveal(self, code: OneTimeCode) -> str | None:
        """The six figures of a one-time code, made anew from its id and the secret; None when it is over."""
        if code.used_at is not None or code.proof_sha256 is not None or code.expires_at <= self.clock():
            return None
        return f"{int(self._signature(f'one-time code:{code.id}'), 16) % 1_000_000:06d}"

    def _signature(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()[:32]


def feed_rules(tx: Transaction, agency_id: str) -> str:
    """The agency's rules for lines that several of its feeds deliver, as TOML; empty where there are none."""
    agency = tx.find_agency(agency_id)
    return "" if agency is None else agency.feed_rules


def new_id() -> str:
    """A random identifier of 96 bits that nobody can guess."""
    return secrets.token_hex(12)


def _write_secret(file: Path) -> None:
    """Appears whole or not at all, once: several processes may start at the same moment."""
    draft = file.with_name(f"{file.name}.{new_id()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as new:
        new.write(secrets.token_hex(32))
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        pass  # somebody else was quicker: theirs is the secret
    finally:
        draft.unlink()


def read_secret(configured: str | None, data: Path) -> bytes:
    """The configured secret, or the one kept in the data directory (made at first use, readable by its owner only)."""
    if configured is not None:
        return configured.encode()
    file = data / "secret"
    data.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        _write_secret(file)
    return file.read_text("ascii").encode()
