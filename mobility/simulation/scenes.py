"""A county as it stands now, and as it might be: other vehicles, more of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import Path

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.datasets import DatasetKind
from mobility.domain.fleet import Vehicle
from mobility.domain.places import Place
from mobility.domain.service_days import parse_time
from mobility.domain.services import DayKind, Duty, Service
from mobility.errors import InvalidInputError, NotFoundError, NothingImportedError, Problem
from mobility.files.opening import duties_on
from mobility.simulation.csv_rows import Row, parse_rows, read_rows, refuse_repeated
from mobility.simulation.order import Scene

_MOST_SEATS = 100


def scene_of(context: Context, agency_id: str, day: date, service_ids: Collection[str] = ()) -> Scene:
    """The agency's services (all, or those named), drivers, the day's shifts, streets and feed as they are in use now.

    Raises:
        NotFoundError: no such service, or no such agency.
        NothingImportedError: no streets imported yet.
    """
    system = system_actor(agency_id)
    with context.store.transaction() as tx:
        agency = tx.find_agency(agency_id)
        services = [tx.get_service(system, name) for name in service_ids] or tx.list_services(system)
        streets, feeds = tx.find_dataset(system, DatasetKind.STREETS), tx.list_datasets_in_use(system, DatasetKind.FEED)
        drivers, shifts = tx.list_drivers(system), tx.list_shifts(system, day)
    if agency is None:
        raise NotFoundError(f"agency {agency_id}: not found")
    if streets is None:
        raise NothingImportedError("no streets imported yet: run python -m mobility import-streets EXTRACT")
    known = {service.id for service in services}
    return Scene(
        agency=agency,
        services=tuple(services),
        networks=context.networks,
        datasets=(streets, *feeds),
        drivers=tuple(drivers),
        shifts=tuple(shift for shift in shifts if shift.service_id in known),
    )


def with_service(scene: Scene, service: Service) -> Scene:
    """With the service as given, instead of the one of the same id if there is one."""
    others = tuple(other for other in scene.services if other.id != service.id)
    return replace(scene, services=(*others, service))


def with_more_vehicles(scene: Scene, service_id: str, day: date, count: int) -> Scene:
    """With ``count`` further vehicles, each like one of the day's duties in turn (base, hours, seats), without a driver named.

    Raises:
        InvalidInputError: the service has no duties that day to be like.
    """
    service = _service(scene, service_id)
    patterns = duties_on(service, day)
    if not patterns:
        raise InvalidInputError(Problem(service_id, f"has no duties on {day}", "choose another day, or give a file of vehicles"))
    vehicles = {vehicle.id: vehicle for vehicle in service.vehicles}
    new = [(f"more-{number + 1}", patterns[number % len(patterns)]) for number in range(count)]
    more = replace(
        service,
        vehicles=(*service.vehicles, *(replace(vehicles[duty.vehicle_id], id=name, name=name) for name, duty in new)),
        duties=(*service.duties, *(replace(duty, id=name, vehicle_id=name) for name, duty in new)),
    )
    return with_service(scene, more)


def with_vehicles(scene: Scene, service_id: str, file: Path) -> Scene:
    """With the vehicles of a CSV file instead of the service's own: ``vehicle_id,lon,lat,shift_start,shift_end`` (times such as 08:30)
    and, if given, ``seats`` (8), ``wheelchair_places`` (0). They meet every need the service serves; nobody is named as driver.

    Raises:
        InvalidInputError: which row is wrong, and how to mend it.
    """
    service = _service(scene, service_id)
    rows = read_rows(file, ("vehicle_id", "lon", "lat", "shift_start", "shift_end"))
    refuse_repeated(rows, "vehicle_id")
    fleet = parse_rows(rows, lambda row: _vehicle(row, service))
    changed = replace(service, vehicles=tuple(vehicle for vehicle, _ in fleet), duties=tuple(duty for _, duty in fleet))
    others = tuple(shift for shift in scene.shifts if shift.service_id != service_id)
    return with_service(replace(scene, shifts=others), changed)


def _service(scene: Scene, service_id: str) -> Service:
    found = next((service for service in scene.services if service.id == service_id), None)
    if found is None:
        raise NotFoundError(f"service {service_id}: not found")
    return found


def _vehicle(row: Row, service: Service) -> tuple[Vehicle, Duty]:
    name = row.text("vehicle_id")
    seats, places = row.whole("seats", 1, _MOST_SEATS, 8), row.whole("wheelchair_places", 0, _MOST_SEATS, 0)
    start, end = (_time(row, column) for column in ("shift_start", "shift_end"))
    if start >= end:
        raise row.wrong("shift_end", "is not after shift_start", "mend one of the two; after midnight count on: 25:30")
    base = Place(row.number("lon", -180, 180), row.number("lat", -90, 90), name)
    return Vehicle(name, name, seats, places, 2 if places else 0, service.needs), Duty(
        name, name, frozenset(DayKind), start, end, base
    )


def _time(row: Row, column: str) -> int:
    try:
        return parse_time(row.text(column))
    except ValueError as error:
        raise row.wrong(column, str(error), "mend the cell") from None
