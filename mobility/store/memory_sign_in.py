"""One-time codes, passkeys and counted attempts in memory."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.domain.sign_in import OneTimeCode, Passkey
from mobility.errors import NotFoundError
from mobility.store.memory_tables import Rows, in_id_order


class SignInRows(Rows):
    """Ways to sign in without a password."""

    def save_code(self, code: OneTimeCode) -> None:
        self._save(self._tables.codes, code, "one-time code")

    def find_code(self, code_id: str) -> OneTimeCode | None:
        return self._tables.codes.get(code_id)

    def lock_code(self, code_id: str) -> OneTimeCode | None:
        return self._tables.codes.get(code_id)

    def lock_code_by_proof(self, proof_sha256: str) -> OneTimeCode | None:
        return next((code for code in self._tables.codes.values() if code.proof_sha256 == proof_sha256), None)

    def delete_codes(self, expired_before: datetime) -> None:
        for code in [code for code in self._tables.codes.values() if code.expires_at < expired_before]:
            self._journal.drop(self._tables.codes, code.id)

    def take_attempt(self, agency_id: str, key: str, now: datetime, within: timedelta, most: int) -> bool:
        recent = tuple(at for at in self._tables.attempts.get(key, ()) if at > now - within)
        if len(recent) >= most:
            return False
        self._journal.refer(self._tables.agencies, agency_id, "attempt's agency")
        self._journal.put(self._tables.attempts, key, (*recent, now))
        return True

    def delete_attempts(self, before: datetime) -> None:
        for key in [key for key, times in self._tables.attempts.items() if max(times) < before]:
            self._journal.drop(self._tables.attempts, key)

    def add_passkey(self, passkey: Passkey) -> None:
        self._journal.refer(self._tables.accounts, passkey.account_id, "passkey's account")
        self._add_new(self._tables.passkeys, passkey, "passkey")

    def lock_passkey(self, passkey_id: str) -> Passkey | None:
        return self._tables.passkeys.get(passkey_id)

    def save_passkey(self, passkey: Passkey) -> None:
        self._save(self._tables.passkeys, passkey, "passkey")

    def list_passkeys(self, account_id: str) -> list[Passkey]:
        return in_id_order(one for one in self._tables.passkeys.values() if one.account_id == account_id)

    def delete_passkey(self, account_id: str, passkey_id: str) -> None:
        found = self._tables.passkeys.get(passkey_id)
        if found is None or found.account_id != account_id:
            raise NotFoundError("passkey: not found")
        self._journal.drop(self._tables.passkeys, passkey_id)
