"""The departure board of a stop or a village: public, the same for everybody, and nothing in it of anybody's ride."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.look_at_day import find_network
from mobility.actions.publish_feeds import feeds_url
from mobility.domain.accounts import Agency, system_actor
from mobility.domain.services import Service
from mobility.errors import InvalidInputError, NotFoundError, Problem
from mobility.planning.departure_board import (
    BoardPlace,
    DaysAlike,
    Leaving,
    RidesHere,
    find_named,
    find_stop,
    leaving,
    rides_here,
    week,
)
from mobility.planning.network import Network


@dataclass(frozen=True, slots=True)
class Board:
    """What leaves from ``place``, as of ``made_at`` (whole minutes: whoever asks within one gets the same). ``feeds_url`` is where the published
    feeds lie, those of GTFS Realtime among them.
    """

    agency: Agency
    zone: ZoneInfo
    place: BoardPlace
    made_at: datetime
    leaving: tuple[Leaving, ...]
    rides: tuple[RidesHere, ...]
    feeds_url: str


@dataclass(frozen=True, slots=True)
class WeekSheet:
    """What leaves in a week by timetable, to be printed and hung up: from ``first`` on."""

    agency: Agency
    zone: ZoneInfo
    place: BoardPlace
    first: date
    days: tuple[DaysAlike, ...]
    rides: tuple[RidesHere, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    agency: Agency
    network: Network | None
    services: list[Service]
    place: BoardPlace


def look_at_board(context: Context, agency_id: str, stop_id: str | None = None, name: str | None = None) -> Board:
    """What leaves next from the stop of this id, or from the village or stop of this name.

    Raises:
        InvalidInputError: neither or both are given.
        NotFoundError: no such agency, or no such stop or village in it.
    """
    asked = _find(context, agency_id, stop_id, name)
    now = context.clock().replace(second=0, microsecond=0)
    found = [] if asked.network is None else leaving(asked.network, asked.services, asked.place, now)
    return Board(
        agency=asked.agency,
        zone=ZoneInfo(asked.agency.timezone),
        place=asked.place,
        made_at=now,
        leaving=tuple(found),
        rides=tuple(rides_here(asked.network, asked.services, asked.place, now)),
        feeds_url=feeds_url(context, agency_id),
    )


def make_week_sheet(
    context: Context, agency_id: str, stop_id: str | None = None, name: str | None = None, first: date | None = None
) -> WeekSheet:
    """What leaves in the week from ``first`` (None: today), to hang up.

    Raises:
        InvalidInputError: neither or both of stop and name are given.
        NotFoundError: no such agency, or no such stop or village in it.
    """
    asked = _find(context, agency_id, stop_id, name)
    zone, now = ZoneInfo(asked.agency.timezone), context.clock()
    begins = first or now.astimezone(zone).date()
    days = [] if asked.network is None else week(asked.network, asked.services, asked.place, begins)
    rides = rides_here(asked.network, asked.services, asked.place, now)
    return WeekSheet(asked.agency, zone, asked.place, begins, tuple(days), tuple(rides))


def list_board_agencies(context: Context) -> list[Agency]:
    """Whose boards there are."""
    with context.store.transaction() as tx:
        return tx.list_agencies()


def list_villages(context: Context, agency_id: str) -> list[str]:
    """Villages and towns of an agency's streets, to choose from, by name.

    Raises:
        NotFoundError: no such agency.
    """
    with context.store.transaction() as tx:
        if tx.find_agency(agency_id) is None:
            raise NotFoundError("no such agency")
        network = find_network(context, tx, system_actor(agency_id))
    return [] if network is None else sorted({one.label for one in network.streets.settlements})


def _find(context: Context, agency_id: str, stop_id: str | None, name: str | None) -> _Asked:
    if (stop_id is None) == (name is None):
        raise InvalidInputError(Problem("stop_id, place", "give exactly one of them", "name a stop's id, or a village or stop"))
    system = system_actor(agency_id)
    with context.store.transaction() as tx:
        agency = tx.find_agency(agency_id)
        services = tx.list_services(system) if agency is not None else []
        network = find_network(context, tx, system) if agency is not None else None
    if agency is None:
        raise NotFoundError("no such agency")
    found = find_stop(network, services, stop_id) if stop_id is not None else find_named(network, services, name or "")
    if found is None:
        raise NotFoundError("no stop or village of this name or id in this agency's timetable; POST /places finds stops by name")
    return _Asked(agency, network, services, found)
