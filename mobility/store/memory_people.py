"""Agencies, accounts, datasets, services, riders, drivers and shifts in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from mobility.domain.accounts import Account, Actor, Agency, Session
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.favourites import Favourite
from mobility.domain.fleet import Driver, Leave, Shift
from mobility.domain.privacy import is_nobody
from mobility.domain.riders import Rider
from mobility.domain.services import Service
from mobility.errors import ConflictError, NotFoundError
from mobility.store.invariants import check_shift
from mobility.store.memory_tables import Rows, SavedService, in_id_order
from mobility.store.memory_visibility import seen
from mobility.store.visibility import Noun, Sight, scope, shown_rider


class AccountRows(Rows):
    """Tenants and who may sign in."""

    def add_agency(self, agency: Agency) -> None:
        if agency.id in self._tables.agencies:
            raise ConflictError("agency: exists already")
        self._journal.put(self._tables.agencies, agency.id, agency)

    def find_agency(self, agency_id: str) -> Agency | None:
        return self._tables.agencies.get(agency_id)

    def save_feed_rules(self, agency_id: str, rules: str) -> None:
        found = self._tables.agencies.get(agency_id)
        if found is not None:
            self._journal.put(self._tables.agencies, agency_id, replace(found, feed_rules=rules))

    def list_agencies(self) -> list[Agency]:
        return in_id_order(self._tables.agencies.values())

    def save_account(self, account: Account) -> None:
        names = self._tables.account_by_name
        if names.get(account.name, account.id) != account.id:
            raise ConflictError("exists already (account_name_key)")
        old = self._tables.accounts.get(account.id)
        self._save(self._tables.accounts, account, "account")
        if old is not None:
            self._journal.drop(names, old.name)
        self._journal.put(names, account.name, account.id)

    def find_account_by_name(self, name: str) -> Account | None:
        account_id = self._tables.account_by_name.get(name)
        return None if account_id is None else self._tables.accounts[account_id]

    def find_account(self, account_id: str) -> Account | None:
        return self._tables.accounts.get(account_id)

    def lock_accounts(self, actor: Actor) -> list[Account]:
        return self.list_accounts(actor)

    def list_accounts(self, actor: Actor) -> list[Account]:
        return in_id_order(seen(self._tables, actor, Noun.ACCOUNT, self._tables.accounts.values()))

    def add_session(self, session: Session) -> None:
        if session.account_id not in self._tables.accounts:
            raise ConflictError("session: no such account")
        if session.token_sha256 in self._tables.sessions:
            raise ConflictError("session: exists already")
        self._journal.put(self._tables.sessions, session.token_sha256, session)

    def find_session(self, token_sha256: str) -> Session | None:
        return self._tables.sessions.get(token_sha256)

    def delete_session(self, token_sha256: str) -> None:
        self._journal.drop(self._tables.sessions, token_sha256)

    def delete_sessions_of(self, account_id: str) -> None:
        for token in [token for token, session in self._tables.sessions.items() if session.account_id == account_id]:
            self._journal.drop(self._tables.sessions, token)


class DatasetRows(Rows):
    """Imported street graphs and feeds."""

    def next_dataset_version(self, agency_id: str, kind: DatasetKind, feed: str = "") -> int:
        return max((dataset.version for dataset in self._of_kind(agency_id, kind) if dataset.feed == feed), default=0) + 1

    def add_dataset(self, dataset: Dataset) -> None:
        if any(other.version == dataset.version for other in self._versions_of(dataset)):
            raise ConflictError("exists already (dataset_agency_id_kind_feed_version_key)")
        self._add_new(self._tables.datasets, replace(dataset, in_use=False), "dataset")

    def get_dataset(self, actor: Actor, dataset_id: str) -> Dataset:
        found = self._tables.datasets.get(dataset_id)
        if found is None or not seen(self._tables, actor, Noun.DATASET, [found]):
            raise NotFoundError(f"dataset {dataset_id}: not found")
        return found

    def activate_dataset(self, dataset: Dataset) -> None:
        others = [other for other in self._versions_of(dataset) if other.id != dataset.id]
        if any(other.version == dataset.version for other in others):
            raise ConflictError("exists already (dataset_agency_id_kind_feed_version_key)")
        for other in others:
            if other.in_use:
                self._journal.put(self._tables.datasets, other.id, replace(other, in_use=False))
        self._save(self._tables.datasets, replace(dataset, in_use=True), "dataset")

    def _of_kind(self, agency_id: str, kind: DatasetKind) -> list[Dataset]:
        return [dataset for dataset in self._tables.datasets.values() if (dataset.agency_id, dataset.kind) == (agency_id, kind)]

    def plan_dataset(self, dataset: Dataset) -> None:
        for other in self._versions_of(dataset):
            planned = dataset.use_on if other.id == dataset.id else None
            self._journal.put(self._tables.datasets, other.id, replace(other, use_on=planned))

    def _versions_of(self, dataset: Dataset) -> list[Dataset]:
        return [other for other in self._of_kind(dataset.agency_id, dataset.kind) if other.feed == dataset.feed]

    def withdraw_dataset(self, dataset: Dataset) -> None:
        for other in self._versions_of(dataset):
            self._journal.put(self._tables.datasets, other.id, replace(other, in_use=False))

    def delete_dataset(self, dataset: Dataset) -> None:
        found = self._tables.datasets.get(dataset.id)
        if found is None or found.in_use or found.use_on is not None:
            raise ConflictError("dataset: in use or planned")
        self._journal.drop(self._tables.datasets, dataset.id)

    def find_dataset(self, actor: Actor, kind: DatasetKind, feed: str = "") -> Dataset | None:
        return next((dataset for dataset in self.list_datasets_in_use(actor, kind) if dataset.feed == feed), None)

    def list_datasets_in_use(self, actor: Actor, kind: DatasetKind) -> list[Dataset]:
        return [dataset for dataset in self.list_datasets(actor, kind) if dataset.in_use]

    def list_datasets(self, actor: Actor, kind: DatasetKind) -> list[Dataset]:
        return in_id_order(seen(self._tables, actor, Noun.DATASET, self._of_kind(actor.agency_id, kind)))


class ServiceRows(Rows):
    """Services as data, with their earlier texts."""

    def save_service(self, agency_id: str, service: Service, source_toml: str) -> None:
        self._journal.refer(self._tables.agencies, agency_id, "service's agency")
        key = (agency_id, service.id)
        saved = self._tables.services.get(key)
        sources = saved.sources if saved is not None else ()
        if sources[-1:] != (source_toml,):
            sources = (*sources, source_toml)
        self._journal.put(self._tables.services, key, SavedService(service, sources))

    def list_services(self, actor: Actor) -> list[Service]:
        own = (saved.service for (agency_id, _), saved in self._tables.services.items() if agency_id == actor.agency_id)
        return in_id_order(service for service in own if _sees_service(actor, service))

    def get_service(self, actor: Actor, service_id: str) -> Service:
        return self._get_saved(actor, service_id).service

    def get_service_source(self, actor: Actor, service_id: str) -> str:
        return self._get_saved(actor, service_id).sources[-1]

    def list_service_sources(self, actor: Actor, service_id: str) -> list[str]:
        return list(self._get_saved(actor, service_id).sources)

    def _get_saved(self, actor: Actor, service_id: str) -> SavedService:
        saved = self._tables.services.get((actor.agency_id, service_id))
        if saved is None or not _sees_service(actor, saved.service):
            raise NotFoundError(f"service {service_id}: not found")
        return saved


def _sees_service(actor: Actor, service: Service) -> bool:
    what = scope(actor, Noun.SERVICE)
    return what.sight is Sight.ALL or (what.sight is Sight.OWN_PROVIDER and service.carrier.provider_id == what.own_id)


class PeopleRows(Rows):
    """Riders, drivers and the hours drivers declared."""

    def save_rider(self, rider: Rider) -> None:
        self._save(self._tables.riders, rider, "rider")

    def get_rider(self, actor: Actor, rider_id: str) -> Rider:
        rider = self._tables.riders.get(rider_id)
        if rider is None or not seen(self._tables, actor, Noun.RIDER, [rider]):
            raise NotFoundError(f"rider {rider_id}: not found")
        return shown_rider(rider, scope(actor, Noun.RIDER))

    def list_riders(self, actor: Actor, telephone: str | None = None) -> list[Rider]:
        somebody = (rider for rider in self._tables.riders.values() if not is_nobody(rider.id))
        wanted = (rider for rider in somebody if telephone is None or rider.telephone == telephone)
        what = scope(actor, Noun.RIDER)
        return [shown_rider(rider, what) for rider in in_id_order(seen(self._tables, actor, Noun.RIDER, wanted))]

    def save_favourite(self, favourite: Favourite) -> None:
        self._save(self._tables.favourites, favourite, "favourite")
        self._journal.refer(self._tables.riders, favourite.rider_id, "favourite's rider")

    def list_favourites(self, actor: Actor, rider_id: str) -> list[Favourite]:
        wanted = (favourite for favourite in self._tables.favourites.values() if favourite.rider_id == rider_id)
        return sorted(seen(self._tables, actor, Noun.FAVOURITE, wanted), key=lambda favourite: (favourite.name, favourite.id))

    def delete_favourite(self, actor: Actor, favourite_id: str) -> None:
        favourite = self._tables.favourites.get(favourite_id)
        if favourite is None or not seen(self._tables, actor, Noun.FAVOURITE, [favourite]):
            raise NotFoundError(f"favourite {favourite_id}: not found")
        self._journal.drop(self._tables.favourites, favourite_id)

    def search_riders(self, actor: Actor, text: str, offset: int, limit: int) -> list[Rider]:
        wanted = text.lower()
        found = [one for one in self.list_riders(actor) if wanted in one.name.lower() or wanted in one.telephone.lower()]
        return sorted(found, key=lambda one: (one.name.lower(), one.id))[offset : offset + limit]

    def save_driver(self, driver: Driver) -> None:
        self._save(self._tables.drivers, driver, "driver")

    def get_driver(self, actor: Actor, driver_id: str) -> Driver:
        driver = self._tables.drivers.get(driver_id)
        if driver is None or not seen(self._tables, actor, Noun.DRIVER, [driver]):
            raise NotFoundError(f"driver {driver_id}: not found")
        return driver

    def list_drivers(self, actor: Actor) -> list[Driver]:
        return in_id_order(seen(self._tables, actor, Noun.DRIVER, self._tables.drivers.values()))

    def save_shift(self, shift: Shift) -> None:
        check_shift(shift)
        old = self._tables.shifts.get(shift.id)
        self._save(self._tables.shifts, shift, "shift")
        self._journal.refer(self._tables.drivers, shift.driver_id, "shift's driver")
        self._journal.refer(self._tables.services, (shift.agency_id, shift.service_id), "shift's service")
        if old is not None:
            self._journal.drop_member(self._tables.shifts_on, (old.agency_id, old.day), old.id)
        self._journal.add_member(self._tables.shifts_on, (shift.agency_id, shift.day), shift.id)

    def delete_shift(self, actor: Actor, shift_id: str) -> None:
        found = self._tables.shifts.get(shift_id)
        if found is None or not seen(self._tables, actor, Noun.SHIFT, [found]):
            raise NotFoundError(f"shift {shift_id}: not found")
        self._journal.drop(self._tables.shifts, shift_id)
        self._journal.drop_member(self._tables.shifts_on, (found.agency_id, found.day), shift_id)

    def list_shifts(self, actor: Actor, day: date) -> list[Shift]:
        on_day = (self._tables.shifts[shift_id] for shift_id in self._tables.shifts_on.get((actor.agency_id, day), ()))
        return in_id_order(seen(self._tables, actor, Noun.SHIFT, on_day))

    def list_shifts_of(self, actor: Actor, driver_id: str, first: date, last: date) -> list[Shift]:
        own = (s for s in self._tables.shifts.values() if s.driver_id == driver_id and first <= s.day <= last)
        return sorted(seen(self._tables, actor, Noun.SHIFT, own), key=lambda shift: (shift.day, shift.start_s, shift.id))

    def save_leave(self, leave: Leave) -> None:
        self._save(self._tables.leaves, leave, "leave")
        self._journal.refer(self._tables.drivers, leave.driver_id, "leave's driver")

    def list_leaves(self, actor: Actor, first: date, last: date) -> list[Leave]:
        within = (leave for leave in self._tables.leaves.values() if leave.first_day <= last and leave.last_day >= first)
        return in_id_order(seen(self._tables, actor, Noun.LEAVE, within))

    def delete_leave(self, actor: Actor, leave_id: str) -> None:
        found = self._tables.leaves.get(leave_id)
        if found is None or not seen(self._tables, actor, Noun.LEAVE, [found]):
            raise NotFoundError(f"leave {leave_id}: not found")
        self._journal.drop(self._tables.leaves, leave_id)
