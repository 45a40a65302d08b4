"""Services, riders, drivers and shifts in PostgreSQL."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select

from mobility.domain.accounts import Actor
from mobility.domain.favourites import Favourite
from mobility.domain.fleet import Driver, Leave, Shift
from mobility.domain.privacy import NOBODY
from mobility.domain.riders import Rider
from mobility.domain.services import Service
from mobility.errors import NotFoundError
from mobility.store import tables as t
from mobility.store.codec import document, from_row, to_row
from mobility.store.invariants import check_shift
from mobility.store.postgres_errors import translated
from mobility.store.postgres_rows import Rows
from mobility.store.postgres_visibility import visible
from mobility.store.visibility import Noun, scope, shown_rider


class ServiceRows(Rows):
    """Services as data, with their earlier texts."""

    def save_service(self, agency_id: str, service: Service, source_toml: str) -> None:
        key = {"agency_id": agency_id, "id": service.id}
        content = {"provider_id": service.carrier.provider_id, "form": service.form, "document": document(service)}
        self._save(t.service, key | content | {"source_toml": source_toml})  # locks the row: versions are counted one by one
        versions = (t.service_version.c.agency_id == agency_id) & (t.service_version.c.service_id == service.id)
        newest = select(t.service_version).where(versions).order_by(t.service_version.c.version.desc()).limit(1)
        with translated():
            last = self._connection.execute(newest).first()
            if last is None or last.source_toml != source_toml:
                version = 1 if last is None else last.version + 1
                row = {"agency_id": agency_id, "service_id": service.id, "version": version, "source_toml": source_toml}
                self._connection.execute(insert(t.service_version).values(row))

    def list_services(self, actor: Actor) -> list[Service]:
        wanted = select(t.service.c.document).where(visible(actor, Noun.SERVICE)).order_by(t.service.c.id)
        with translated():
            return [from_row(Service, row) for row in self._connection.execute(wanted).scalars()]

    def get_service(self, actor: Actor, service_id: str) -> Service:
        return from_row(Service, self._get_of_service(actor, service_id, t.service.c.document))

    def get_service_source(self, actor: Actor, service_id: str) -> str:
        return str(self._get_of_service(actor, service_id, t.service.c.source_toml))

    def list_service_sources(self, actor: Actor, service_id: str) -> list[str]:
        self.get_service_source(actor, service_id)  # not found for whom it is not
        versions = (t.service_version.c.agency_id == actor.agency_id) & (t.service_version.c.service_id == service_id)
        wanted = select(t.service_version.c.source_toml).where(versions).order_by(t.service_version.c.version)
        with translated():
            return list(self._connection.execute(wanted).scalars())

    def _get_of_service(self, actor: Actor, service_id: str, column: Any) -> Any:  # noqa: ANN401 -- one column's value
        with translated():
            found = self._connection.execute(
                select(column).where(visible(actor, Noun.SERVICE), t.service.c.id == service_id)
            ).first()
        if found is None:
            raise NotFoundError(f"service {service_id}: not found")
        return found[0]


class PeopleRows(Rows):
    """Riders, drivers and the hours drivers declared."""

    def save_rider(self, rider: Rider) -> None:
        self._save(t.rider, to_row(rider, t.rider))

    def get_rider(self, actor: Actor, rider_id: str) -> Rider:
        found = self._get(Rider, _riders(actor).where(t.rider.c.id == rider_id), f"rider {rider_id}")
        return shown_rider(found, scope(actor, Noun.RIDER))

    def list_riders(self, actor: Actor, telephone: str | None = None) -> list[Rider]:
        wanted = _riders(actor).where(_is_somebody()).order_by(t.rider.c.id)
        found = self._list(Rider, wanted if telephone is None else wanted.where(t.rider.c.telephone == telephone))
        return [shown_rider(rider, scope(actor, Noun.RIDER)) for rider in found]

    def save_favourite(self, favourite: Favourite) -> None:
        self._save(t.favourite, to_row(favourite, t.favourite))

    def list_favourites(self, actor: Actor, rider_id: str) -> list[Favourite]:
        wanted = select(t.favourite).where(visible(actor, Noun.FAVOURITE), t.favourite.c.rider_id == rider_id)
        return sorted(self._list(Favourite, wanted), key=lambda favourite: (favourite.name, favourite.id))

    def delete_favourite(self, actor: Actor, favourite_id: str) -> None:
        gone = delete(t.favourite).where(visible(actor, Noun.FAVOURITE), t.favourite.c.id == favourite_id)
        with translated():
            done = self._connection.execute(gone)
        if done.rowcount == 0:
            raise NotFoundError(f"favourite {favourite_id}: not found")

    def search_riders(self, actor: Actor, text: str, offset: int, limit: int) -> list[Rider]:
        holds = t.rider.c.name.icontains(text, autoescape=True) | t.rider.c.telephone.icontains(text, autoescape=True)
        wanted = _riders(actor).where(_is_somebody()) if not text else _riders(actor).where(_is_somebody(), holds)
        return self._list(Rider, wanted.order_by(func.lower(t.rider.c.name), t.rider.c.id).offset(offset).limit(limit))

    def save_driver(self, driver: Driver) -> None:
        self._save(t.driver, to_row(driver, t.driver))

    def get_driver(self, actor: Actor, driver_id: str) -> Driver:
        wanted = select(t.driver).where(visible(actor, Noun.DRIVER), t.driver.c.id == driver_id)
        return self._get(Driver, wanted, f"driver {driver_id}")

    def list_drivers(self, actor: Actor) -> list[Driver]:
        return self._list(Driver, select(t.driver).where(visible(actor, Noun.DRIVER)).order_by(t.driver.c.id))

    def save_shift(self, shift: Shift) -> None:
        check_shift(shift)
        self._save(t.shift, to_row(shift, t.shift))

    def delete_shift(self, actor: Actor, shift_id: str) -> None:
        with translated():
            done = self._connection.execute(delete(t.shift).where(visible(actor, Noun.SHIFT), t.shift.c.id == shift_id))
        if done.rowcount == 0:
            raise NotFoundError(f"shift {shift_id}: not found")

    def list_shifts(self, actor: Actor, day: date) -> list[Shift]:
        wanted = select(t.shift).where(visible(actor, Noun.SHIFT), t.shift.c.day == day)
        return self._list(Shift, wanted.order_by(t.shift.c.id))

    def list_shifts_of(self, actor: Actor, driver_id: str, first: date, last: date) -> list[Shift]:
        own = select(t.shift).where(visible(actor, Noun.SHIFT), t.shift.c.driver_id == driver_id)
        wanted = own.where(t.shift.c.day.between(first, last))
        return self._list(Shift, wanted.order_by(t.shift.c.day, t.shift.c.start_s, t.shift.c.id))

    def save_leave(self, leave: Leave) -> None:
        self._save(t.leave, to_row(leave, t.leave))

    def list_leaves(self, actor: Actor, first: date, last: date) -> list[Leave]:
        within = (t.leave.c.first_day <= last) & (t.leave.c.last_day >= first)
        return self._list(Leave, select(t.leave).where(visible(actor, Noun.LEAVE), within).order_by(t.leave.c.id))

    def delete_leave(self, actor: Actor, leave_id: str) -> None:
        with translated():
            done = self._connection.execute(delete(t.leave).where(visible(actor, Noun.LEAVE), t.leave.c.id == leave_id))
        if done.rowcount == 0:
            raise NotFoundError(f"leave {leave_id}: not found")


def _is_somebody() -> ColumnElement[bool]:
    """Not the one who stands for all who were forgotten."""
    return ~t.rider.c.id.endswith(NOBODY)


def _riders(actor: Actor) -> Select[Any]:
    return select(t.rider).where(visible(actor, Noun.RIDER))
