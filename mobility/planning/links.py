"""Where rides could meet trains and buses: by service, the stations it can take this rider to and fetch him from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mobility.domain.places import Place
from mobility.domain.requests import RideRequest
from mobility.domain.services import Service
from mobility.planning.access import AccessPoint, access_points, comes_to_door
from mobility.planning.network import Network
from mobility.planning.offering import Ends
from mobility.planning.ordinary_lines import bookable_lines
from mobility.planning.rules import who_may_not
from mobility.planning.stations import Station, Timetabled, timetabled

_MOST_STATIONS = 12
"""On either side and by service: each further one costs a search."""
_MOST_TRIED = 400
_FARTHEST_M = 30_000
_MOST_WALK_M = 250
"""Between where a vehicle halts and the station it is to connect with."""


@dataclass(frozen=True, slots=True)
class Link:
    """A service's ride between the rider's end of the way and a station, at whatever time: ``to_station`` or from it."""

    service: Service
    station: Station
    ends: Ends
    to_station: bool


@dataclass(frozen=True, slots=True)
class Links:
    """All that could be ridden to or from trains and buses, for one rider and one pair of places. Holds for any time."""

    found: Timetabled | None
    links: tuple[Link, ...]

    @property
    def places(self) -> Mapping[str, Sequence[Place]]:
        """By service id, all places its rides could begin or end at."""
        by_service: dict[str, dict[Place, None]] = {}
        for link in self.links:
            by_service.setdefault(link.service.id, {}).update(dict.fromkeys(link.ends.places))
        return {service_id: list(places) for service_id, places in by_service.items()}


NO_LINKS = Links(None, ())


def find_links(services: Sequence[Service], network: Network, request: RideRequest) -> Links:
    """Look at every service's end points once. Nothing is held against who is in either case near the place asked for: the journey
    search finds out what is worth riding to.
    """
    found = timetabled(network, bookable_lines(services))
    if found is None:
        return NO_LINKS
    links = [
        link for service in services if who_may_not(service, request) is None for link in _of(service, found, network, request)
    ]
    return Links(found, tuple(links))


def _of(service: Service, found: Timetabled, network: Network, request: RideRequest) -> list[Link]:
    at_station = replace(request, max_walk_m=min(_MOST_WALK_M, request.max_walk_m or _MOST_WALK_M))
    links = []
    for to_station, end in ((True, request.origin), (False, request.destination)):
        own, _ = access_points(service, network, request, end, door=comes_to_door(service, origin=to_station))
        if not own:
            continue
        door = comes_to_door(service, origin=not to_station)
        links += [
            Link(service, station, _ends(own, halt, to_station=to_station), to_station)
            for station, halt in _reached(service, found, network, at_station, end, door=door)
        ]
    return links


def _reached(
    service: Service, found: Timetabled, network: Network, request: RideRequest, end: Place, *, door: bool
) -> Iterator[tuple[Station, AccessPoint]]:
    """Stations that the service reaches, the nearest first, each with a line that no nearer one has; and where its vehicles halt there."""
    known: set[int] = set()
    chosen = 0
    for station in found.near(end, _MOST_WALK_M, _FARTHEST_M)[:_MOST_TRIED]:
        lines = found.lines_at(station)
        if lines <= known:
            continue
        halts, _ = access_points(service, network, request, station.place, door=door)
        if halts:
            known |= lines
            chosen += 1
            yield station, halts[0]
        if chosen == _MOST_STATIONS:
            return


def _ends(own: Sequence[AccessPoint], halt: AccessPoint, *, to_station: bool) -> Ends:
    return Ends(tuple(own), (halt,)) if to_station else Ends((halt,), tuple(own))
