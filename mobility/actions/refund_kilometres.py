"""What a volunteer has driven in a month in his own car, and what he gets back for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from mobility.actions.context import Context
from mobility.actions.read_drive import check_drives
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.runs import Run, VisitKind
from mobility.planning.travel import TravelCache


@dataclass(frozen=True, slots=True)
class DrivenRun:
    """One run as it was driven: metres from the door to the door, cents for them, and how many rides it carried."""

    day: date
    service: str
    rides: int
    metres: int
    cents: int


def refund_of_month(context: Context, actor: Actor, month: date) -> list[DrivenRun]:
    """The driver's own runs of the month of ``month`` on which something was driven, by start. The metres are those of the fastest way
    from halt to halt in the order reported, at the service's ``cents_per_km``.

    Raises:
        NotAllowedError: not a driver's account.
        UnavailableError: no streets have been imported.
    """
    driver_id = check_drives(actor)
    first = month.replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    system = system_actor(actor.agency_id)
    with context.store.transaction() as tx:
        own_car = tx.get_driver(actor, driver_id).vehicle
        runs = [seen for seen in tx.list_runs_of(system, driver_id, first, last) if own_car and seen.vehicle.id == own_car.id]
        services = {service.id: service for service in tx.list_services(system)}
        travel = context.network(tx, system).travel
    found = []
    for run in runs:
        service = services.get(run.service_id)
        metres = driven_metres(run, travel)
        if metres and service is not None and service.volunteers is not None:
            cents = round(metres * service.volunteers.cents_per_km / 1000)
            found.append(DrivenRun(run.day, service.name, _performed(run), metres, cents))
    return found


def driven_metres(run: Run, travel: TravelCache) -> int:
    """Metres from the start over every halt that was reported, and back; 0 when none was."""
    done = [visit.place for visit in run.visits[1:-1] if visit.is_done and visit.kind is not VisitKind.BREAK]
    if not done:
        return 0
    places = [run.visits[0].place, *done, run.visits[-1].place]
    return sum(travel.drive(origin, destination)[1] for origin, destination in pairwise(places))


def _performed(run: Run) -> int:
    return sum(visit.kind is VisitKind.DROPOFF and visit.is_done for visit in run.visits)
