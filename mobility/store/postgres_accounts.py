"""Agencies, accounts, sessions and datasets in PostgreSQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, update

from mobility.domain.accounts import Account, Actor, Agency, Session
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.errors import ConflictError
from mobility.store import tables as t
from mobility.store.codec import to_row
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun


class AccountRows(Rows):
    """Tenants and who may sign in."""

    def add_agency(self, agency: Agency) -> None:
        self._add_new(t.agency, to_row(agency, t.agency))

    def find_agency(self, agency_id: str) -> Agency | None:
        return self._find(Agency, select(t.agency).where(t.agency.c.id == agency_id))

    def save_feed_rules(self, agency_id: str, rules: str) -> None:
        with translated():
            self._connection.execute(update(t.agency).where(t.agency.c.id == agency_id).values(feed_rules=rules))

    def list_agencies(self) -> list[Agency]:
        return self._list(Agency, select(t.agency).order_by(t.agency.c.id))

    def save_account(self, account: Account) -> None:
        self._save(t.account, to_row(account, t.account))

    def find_account_by_name(self, name: str) -> Account | None:
        return self._find(Account, select(t.account).where(t.account.c.name == name))

    def find_account(self, account_id: str) -> Account | None:
        return self._find(Account, select(t.account).where(t.account.c.id == account_id))

    def lock_accounts(self, actor: Actor) -> list[Account]:
        own = select(t.account.c.id).where(visible(actor, Noun.ACCOUNT)).order_by(t.account.c.id)
        with translated():
            self._connection.execute(own.with_for_update(key_share=True)).all()
        return self.list_accounts(actor)

    def list_accounts(self, actor: Actor) -> list[Account]:
        return self._list(Account, select(t.account).where(visible(actor, Noun.ACCOUNT)).order_by(t.account.c.id))

    def add_session(self, session: Session) -> None:
        row = to_row(session, t.session)
        values = [literal(row[name], t.session.c[name].type) for name in row]
        source = select(*values, t.account.c.agency_id).where(t.account.c.id == session.account_id)
        with self._savepoint():
            done = self._connection.execute(insert(t.session).from_select([*row, "agency_id"], source))
        if done.rowcount == 0:
            raise ConflictError("session: no such account")

    def find_session(self, token_sha256: str) -> Session | None:
        return self._find(Session, select(t.session).where(t.session.c.token_sha256 == token_sha256))

    def delete_session(self, token_sha256: str) -> None:
        with translated():
            self._connection.execute(delete(t.session).where(t.session.c.token_sha256 == token_sha256))

    def delete_sessions_of(self, account_id: str) -> None:
        with translated():
            self._connection.execute(delete(t.session).where(t.session.c.account_id == account_id))


def _versions_of(agency_id: str, kind: DatasetKind, feed: str) -> ColumnElement[bool]:
    return (t.dataset.c.agency_id == agency_id) & (t.dataset.c.kind == kind) & (t.dataset.c.feed == feed)


class DatasetRows(Rows):
    """Imported street graphs and feeds."""

    def next_dataset_version(self, agency_id: str, kind: DatasetKind, feed: str = "") -> int:
        newest = select(func.coalesce(func.max(t.dataset.c.version), 0)).where(_versions_of(agency_id, kind, feed))
        with translated():
            return int(self._connection.execute(newest).scalar_one()) + 1

    def add_dataset(self, dataset: Dataset) -> None:
        self._add_new(t.dataset, to_row(dataset, t.dataset) | {"in_use": False})

    def get_dataset(self, actor: Actor, dataset_id: str) -> Dataset:
        wanted = select(t.dataset).where(visible(actor, Noun.DATASET), t.dataset.c.id == dataset_id)
        return self._get(Dataset, wanted, f"dataset {dataset_id}")

    def activate_dataset(self, dataset: Dataset) -> None:
        same_kind = _versions_of(dataset.agency_id, dataset.kind, dataset.feed)
        with translated():  # the agency's row is the turnstile: two activations at once would each retire only what they see
            self._connection.execute(
                select(t.agency.c.id).where(t.agency.c.id == dataset.agency_id).with_for_update(key_share=True)
            )
        with self._savepoint():
            self._connection.execute(update(t.dataset).where(same_kind, t.dataset.c.in_use).values(in_use=False))
            self._save(t.dataset, to_row(dataset, t.dataset) | {"in_use": True})

    def plan_dataset(self, dataset: Dataset) -> None:
        same_kind = _versions_of(dataset.agency_id, dataset.kind, dataset.feed)
        with translated():
            self._connection.execute(update(t.dataset).where(same_kind).values(use_on=None))
            self._connection.execute(update(t.dataset).where(t.dataset.c.id == dataset.id).values(use_on=dataset.use_on))

    def withdraw_dataset(self, dataset: Dataset) -> None:
        same_kind = _versions_of(dataset.agency_id, dataset.kind, dataset.feed)
        with translated():
            self._connection.execute(update(t.dataset).where(same_kind).values(in_use=False))

    def delete_dataset(self, dataset: Dataset) -> None:
        idle = ~t.dataset.c.in_use & t.dataset.c.use_on.is_(None)
        with translated():
            done = self._connection.execute(delete(t.dataset).where(t.dataset.c.id == dataset.id, idle))
        if done.rowcount == 0:
            raise ConflictError("dataset: in use or planned")

    def find_dataset(self, actor: Actor, kind: DatasetKind, feed: str = "") -> Dataset | None:
        own = visible(actor, Noun.DATASET), t.dataset.c.kind == kind, t.dataset.c.feed == feed
        return self._find(Dataset, select(t.dataset).where(*own, t.dataset.c.in_use))

    def list_datasets_in_use(self, actor: Actor, kind: DatasetKind) -> list[Dataset]:
        wanted = select(t.dataset).where(visible(actor, Noun.DATASET), t.dataset.c.kind == kind, t.dataset.c.in_use)
        return self._list(Dataset, wanted.order_by(t.dataset.c.id))

    def list_datasets(self, actor: Actor, kind: DatasetKind) -> list[Dataset]:
        wanted = select(t.dataset).where(visible(actor, Noun.DATASET), t.dataset.c.kind == kind)
        return self._list(Dataset, wanted.order_by(t.dataset.c.id))
