"""One-time codes, passkeys and counted attempts in PostgreSQL."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from mobility.domain.sign_in import OneTimeCode, Passkey
from mobility.errors import NotFoundError
from mobility.store import tables as t
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows


class SignInRows(Rows):
    """Ways to sign in without a password."""

    def save_code(self, code: OneTimeCode) -> None:
        self._save(t.one_time_code, to_row(code, t.one_time_code))

    def find_code(self, code_id: str) -> OneTimeCode | None:
        return self._find(OneTimeCode, select(t.one_time_code).where(t.one_time_code.c.id == code_id))

    def lock_code(self, code_id: str) -> OneTimeCode | None:
        return self._find(OneTimeCode, select(t.one_time_code).where(t.one_time_code.c.id == code_id).with_for_update())

    def lock_code_by_proof(self, proof_sha256: str) -> OneTimeCode | None:
        wanted = select(t.one_time_code).where(t.one_time_code.c.proof_sha256 == proof_sha256)
        return self._find(OneTimeCode, wanted.with_for_update())

    def delete_codes(self, expired_before: datetime) -> None:
        with translated():
            self._connection.execute(delete(t.one_time_code).where(t.one_time_code.c.expires_at < expired_before))

    def take_attempt(self, agency_id: str, key: str, now: datetime, within: timedelta, most: int) -> bool:
        recent = select(func.count()).where(t.attempt.c.key == key, t.attempt.c.at > now - within)
        with translated():  # the key is a turnstile: two at once would each count only what they see
            self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
            if self._connection.execute(recent).scalar_one() >= most:
                return False
            row = {"id": secrets.token_hex(12), "agency_id": agency_id, "key": key, "at": now}
            self._connection.execute(insert(t.attempt).values(row))
            return True

    def delete_attempts(self, before: datetime) -> None:
        with translated():
            self._connection.execute(delete(t.attempt).where(t.attempt.c.at < before))

    def add_passkey(self, passkey: Passkey) -> None:
        self._add_new(t.passkey, to_row(passkey, t.passkey))

    def lock_passkey(self, passkey_id: str) -> Passkey | None:
        return self._find(Passkey, select(t.passkey).where(t.passkey.c.id == passkey_id).with_for_update())

    def save_passkey(self, passkey: Passkey) -> None:
        self._save(t.passkey, to_row(passkey, t.passkey))

    def list_passkeys(self, account_id: str) -> list[Passkey]:
        return self._list(Passkey, select(t.passkey).where(t.passkey.c.account_id == account_id).order_by(t.passkey.c.id))

    def delete_passkey(self, account_id: str, passkey_id: str) -> None:
        gone = delete(t.passkey).where(t.passkey.c.account_id == account_id, t.passkey.c.id == passkey_id)
        with translated():
            done = self._connection.execute(gone)
        if done.rowcount == 0:
            raise NotFoundError("passkey: not found")
