"""Riders, drivers and shifts, one at a time, as the admin's forms send them; many at once come as a people file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mobility.actions.context import Context, new_id
from mobility.actions.find_callers import end_of_number, is_number
from mobility.actions.logbook import write_logbook
from mobility.actions.open_runs import bookable_days, open_runs
from mobility.actions.watch_credentials import close_runs
from mobility.domain.accounts import Actor, Role
from mobility.domain.fleet import Driver, Shift
from mobility.domain.office import LogbookKind
from mobility.domain.riders import Rider
from mobility.domain.runs import Run
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError, NothingImportedError, Problem
from mobility.files.explanations import explain
from mobility.files.people_schema import DriverKeys, RiderKeys
from mobility.store.interface import Transaction

NEW = "new"
"""Stands for the id of somebody not added yet."""
_PAGE = 50
_DAY_S = 86_400

Model = TypeVar("Model", bound=BaseModel)
Fields = Mapping[str, Any]


def search_riders(context: Context, actor: Actor, text: str, number: int) -> tuple[list[Rider], bool]:
    """A page of riders by name (the first is 0), and whether there are more."""
    with context.store.transaction() as tx:
        found = tx.search_riders(actor, _searched(text), number * _PAGE, _PAGE + 1)
    return found[:_PAGE], len(found) > _PAGE


def search_drivers(context: Context, actor: Actor, text: str) -> list[Driver]:
    """Drivers by name whose name or number holds ``text``."""
    wanted = _searched(text).casefold()
    return [one for one in list_drivers(context, actor) if wanted in one.name.casefold() or wanted in one.telephone]


def _searched(text: str) -> str:
    """As it is; of a telephone number the figures, however it is written: numbers are kept with the country's code."""
    return end_of_number(text) if is_number(text) else text


def read_rider(context: Context, actor: Actor, rider_id: str) -> Rider:
    """Raises NotFoundError: no such rider here."""
    with context.store.transaction() as tx:
        return tx.get_rider(actor, rider_id)


def names_of_riders(context: Context, actor: Actor) -> dict[str, str]:
    """The name of each rider of the agency, by id."""
    with context.store.transaction() as tx:
        return {rider.id: rider.name for rider in tx.list_riders(actor)}


def list_drivers(context: Context, actor: Actor) -> list[Driver]:
    """By name."""
    with context.store.transaction() as tx:
        return sorted(tx.list_drivers(actor), key=lambda driver: driver.name.casefold())


def save_rider(context: Context, actor: Actor, rider_id: str, fields: Fields) -> Rider:
    """Add a rider (id ``new``) or change one; keys as in a people file. What the form does not ask for stays.

    Raises:
        NotAllowedError: the actor is no admin.
        NotFoundError: no such rider here.
        InvalidInputError: one Problem per field, ``where`` its name; no value is repeated.
    """
    _check_admin(actor)
    with context.store.transaction() as tx:
        old = None if rider_id == NEW else tx.get_rider(actor, rider_id)
        rider = _read(RiderKeys, {"id": new_id() if old is None else "kept", **fields}).noun(actor.agency_id)
        if old is not None:
            rider = replace(rider, id=old.id, home=old.home, groups=old.groups, quiet=old.quiet).with_consent_of(old)
        tx.save_rider(rider)
        write_logbook(context, tx, actor, LogbookKind.RIDER_SAVED, rider.id, "added" if old is None else "")
    return rider


def save_driver(context: Context, actor: Actor, driver_id: str, fields: Fields) -> Driver:
    """As :func:`save_rider`. An own car and where it stands come with a people file and stay as they are.

    Raises:
        NotAllowedError, NotFoundError, InvalidInputError: as there.
    """
    _check_admin(actor)
    with context.store.transaction() as tx:
        old = None if driver_id == NEW else _driver(tx, actor, driver_id)
        driver = _read(DriverKeys, {"id": new_id() if old is None else "kept", **fields}).noun(actor.agency_id)
        if driver.provider_id not in {service.carrier.provider_id for service in tx.list_services(actor)}:
            raise InvalidInputError(Problem("provider", "runs no service here", "choose one of the list"))
        if old is not None:
            driver = replace(driver, id=old.id, home=old.home, vehicle=old.vehicle)
        tx.save_driver(driver)
        close_runs(context, tx, driver)
        write_logbook(context, tx, actor, LogbookKind.DRIVER_SAVED, driver.id, "added" if old is None else "")
    return driver


def _driver(tx: Transaction, actor: Actor, driver_id: str) -> Driver:
    return tx.get_driver(actor, driver_id)


def list_shifts(context: Context, actor: Actor, day: date) -> list[Shift]:
    """A day's shifts by their start."""
    with context.store.transaction() as tx:
        return sorted(tx.list_shifts(actor, day), key=lambda shift: (shift.start_s, shift.id))


def add_shift(context: Context, actor: Actor, shift: Shift) -> None:
    """Declare hours of a driver; its ``id`` is made here.

    Raises:
        NotAllowedError: the actor is no admin.
        InvalidInputError: it ends before it starts, overlaps another one of the driver's, or driver or service are not of this agency.
    """
    _check_admin(actor)
    if not 0 <= shift.start_s < shift.end_s <= 2 * _DAY_S:
        raise InvalidInputError(Problem("end", "is not after the start", "correct one of the two"))
    with context.store.transaction() as tx:
        for field, look in (
            ("driver", lambda: tx.get_driver(actor, shift.driver_id)),
            ("service", lambda: tx.get_service(actor, shift.service_id)),
        ):
            try:
                look()
            except NotFoundError:
                raise InvalidInputError(Problem(field, "is not known here", "choose one of the list")) from None
        demanded = tx.get_service(actor, shift.service_id).driver_credentials
        if not tx.get_driver(actor, shift.driver_id).may_drive(demanded, shift.last_day):
            what = "has credentials that end before, or lacks one the service demands"
            raise InvalidInputError(Problem("driver", what, "enter the new ones first"))
        others = [one for one in tx.list_shifts(actor, shift.day) if one.driver_id == shift.driver_id]
        if any(one.start_s < shift.end_s and shift.start_s < one.end_s for one in others):
            raise InvalidInputError(Problem("start", "overlaps another shift of this driver", "correct the times"))
        name = f"{actor.agency_id}.{shift.service_id}.{shift.driver_id}.{shift.start_s // 60}.{shift.day:%Y%m%d}"
        tx.save_shift(replace(shift, id=name, agency_id=actor.agency_id))
        write_logbook(context, tx, actor, LogbookKind.SHIFT_ADDED, name)
        today, last = bookable_days(tx.list_services(actor), context.clock())
    if today <= shift.day <= last:
        with suppress(NothingImportedError):  # nothing imported yet
            open_runs(context, actor.agency_id, shift.day)


def end_shift(context: Context, actor: Actor, shift_id: str, day: date) -> None:
    """Take a shift back. Its run, if it carries nobody, is given up (a volunteer's) or left without a driver (a duty's).

    Raises:
        NotAllowedError: the actor is no admin.
        NotFoundError: no such shift that day.
        ConflictError: riders are booked on it; the desk declares the driver missing instead.
    """
    _check_admin(actor)
    with context.store.transaction() as tx:
        shift = next((one for one in tx.list_shifts(actor, day) if one.id == shift_id), None)
        if shift is None:
            raise NotFoundError("shift: not found")
        driver = tx.get_driver(actor, shift.driver_id)
        found = [run.id for run in tx.list_runs(actor, day, [shift.service_id]) if run.driver_id == driver.id]
        for run in tx.lock_runs(found):
            if run.carries_riders:
                raise ConflictError("riders are booked in this shift; declare the driver missing at the desk")
            tx.save_run(_without_driver(run, driver), run.revision)
        tx.delete_shift(actor, shift_id)
        write_logbook(context, tx, actor, LogbookKind.SHIFT_ENDED, shift_id)


def _without_driver(run: Run, driver: Driver) -> Run:
    own_car = driver.vehicle is not None and driver.vehicle.id == run.vehicle.id
    return replace(run, withdrawn=True, revision=run.revision + 1) if own_car else run.without_driver()


def _read(model: type[Model], fields: Fields) -> Model:
    """Fields as a file's section would give them."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value not in ("", None)})
    except ValidationError as error:
        found = [explain(model, one, personal=True) for one in error.errors(include_url=False)]
        raise InvalidInputError(*(Problem(str(one.path[0]) if one.path else "", one.what, one.mend) for one in found)) from None


def _check_admin(actor: Actor) -> None:
    if actor.role is not Role.ADMIN:
        raise NotAllowedError("people are the admin's to change")
