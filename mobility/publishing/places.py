"""Where a service halts, as GTFS-Flex says it: stops, groups of stops, and areas that do not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from gtfs.nouns import Stop
from gtfs.writing import Row
from mobility.domain.places import Place, Zone
from mobility.domain.services import Access, Service
from mobility.publishing.sources import Offered

_STOP = 0


@dataclass(frozen=True, slots=True)
class Area:
    """One feature of locations.geojson: a zone, or zones that overlap joined to one."""

    id: str
    name: str
    polygon: BaseGeometry

    def feature(self) -> dict[str, object]:
        """As GeoJSON (RFC 7946): outer rings run against the clock."""
        geometry = mapping(shapely.orient_polygons(self.polygon))
        return {"type": "Feature", "id": self.id, "properties": {"stop_name": self.name}, "geometry": geometry}


def public_id(service: Service, name: str) -> str:
    """The id of a service's own thing in every feed; services of an agency have ids of their own, their zones and stops need not."""
    return f"{service.id}:{name}"


def stop_id_of(offered: Offered, stop: Place) -> str:
    """A stop that is the feed's, name and place included, keeps the feed's id; any other is the service's own."""
    same = next((known for known in offered.stops if known.id == stop.stop_id), None)
    if same is not None and (same.name, same.lon, same.lat) == (stop.name, stop.lon, stop.lat):
        return same.id
    return public_id(offered.service, stop.stop_id or "")


def group_members(offered: Offered) -> list[str]:
    """Ids of the stops at which riders board and alight when booked: its own, and the feed's that it uses, but for those of its line.
    None for rides from door to door.
    """
    if offered.service.access is Access.DOOR_TO_DOOR:
        return []
    own = [stop_id_of(offered, stop) for stop in offered.service.stops]
    named = {stop.stop_id for stop in offered.service.stops}
    used = [stop.id for stop in offered.stops if offered.service.use_feed_stops and stop.location_type == _STOP]
    on_line = {halt[0] for dated in offered.trips for halt in dated.trip.halts}
    return sorted({*own, *(stop for stop in used if stop not in named)} - on_line)


def stop_rows(offered: Sequence[Offered]) -> list[Row]:
    """stops.txt: what the services use, stations before their stops."""
    rows: dict[str, Row] = {}
    for each in offered:
        members = set(group_members(each))
        for own in each.service.stops:
            stop_id = stop_id_of(each, own)
            if stop_id in members:
                rows.setdefault(stop_id, {"stop_id": stop_id, "stop_name": own.name, "stop_lat": own.lat, "stop_lon": own.lon})
        needed = {*members, *(halt[0] for dated in each.trips for halt in dated.trip.halts)}
        for stop in _with_stations(each.stops, needed):
            rows[stop.id] = _feed_stop(stop)
    return sorted(rows.values(), key=lambda row: (not row.get("location_type"), str(row["stop_id"])))


def _with_stations(stops: Sequence[Stop], needed: set[str]) -> list[Stop]:
    parents = {stop.parent for stop in stops if stop.id in needed}
    return [stop for stop in stops if stop.id in needed or stop.id in parents]


def _feed_stop(stop: Stop) -> Row:
    boarding = None if stop.wheelchair is None else 1 if stop.wheelchair else 2
    return {
        "stop_id": stop.id,
        "stop_name": stop.name,
        "stop_lat": stop.lat,
        "stop_lon": stop.lon,
        "location_type": stop.location_type or None,
        "parent_station": stop.parent,
        "wheelchair_boarding": boarding,
    }


def areas_of(service: Service) -> list[Area]:
    """The service's zones; those that overlap become one, as flexible stop times of one trip may not overlap."""
    together: list[tuple[list[Zone], BaseGeometry]] = []
    for zone in service.zones:
        zones, shape = [zone], _shape(zone)
        apart = []
        for others, other in together:
            if _overlap(shape, other):
                zones, shape = [*others, *zones], shapely.union(shape, other)
            else:
                apart.append((others, other))
        together = [*apart, (zones, shape)]
    return [
        Area(public_id(service, "+".join(zone.id for zone in zones)), " / ".join(zone.name for zone in zones), shape)
        for zones, shape in together
    ]


def _shape(zone: Zone) -> BaseGeometry:
    return shapely.Polygon(zone.ring)


def _overlap(one: BaseGeometry, other: BaseGeometry) -> bool:
    """They share more than a border."""
    return bool(shapely.relate_pattern(one, other, "T********"))
