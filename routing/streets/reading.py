"""One streaming pass over an OSM extract with pyosmium: only what streets and addresses need is kept, in flat arrays."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import osmium
from osmium.osm import Node, Relation, Way

from routing.streets.access import Tags, Vehicle, blocks_vehicles, use_of_way
from routing.streets.errors import StreetsError

Progress = Callable[[str, int, int], None]

_STREET_KEYS = ("highway", "route", "barrier")
_PLACE_KEYS = (
    *("place", "amenity", "shop", "healthcare", "tourism", "public_transport"),
    *("leisure", "office", "landuse", "historic", "social_facility"),
)
_FOUND_WITHOUT_NAME = {
    "amenity": frozenset({"doctors", "dentist", "pharmacy", "hospital", "grave_yard", "townhall", "post_office", "nursing_home"}),
    "landuse": frozenset({"cemetery"}),
    "railway": frozenset({"station", "halt"}),
}
_UNDEFINED = 2**31 - 1
_REPORT_EVERY = 20_000


@dataclass(slots=True)
class RawWays:
    """Stretches of way with known coordinates, one after the other.

    Stretch ``i`` owns nodes ``first[i]`` to ``first[i + 1]`` of ``refs``, ``x``, ``y`` (1e-7 degrees).
    """

    first: array[int] = field(default_factory=lambda: array("q", [0]))
    refs: array[int] = field(default_factory=lambda: array("q"))
    x: array[int] = field(default_factory=lambda: array("i"))
    y: array[int] = field(default_factory=lambda: array("i"))
    way_ids: array[int] = field(default_factory=lambda: array("q"))
    classes: array[int] = field(default_factory=lambda: array("b"))
    names: array[int] = field(default_factory=lambda: array("i"))
    forward_kph: array[float] = field(default_factory=lambda: array("d"))
    backward_kph: array[float] = field(default_factory=lambda: array("d"))
    durations: array[int] = field(default_factory=lambda: array("i"))
    foot: array[int] = field(default_factory=lambda: array("b"))
    roundabout: array[int] = field(default_factory=lambda: array("b"))


@dataclass(frozen=True, slots=True)
class RawRestriction:
    """A ``type=restriction`` relation; ``via_ways`` in the order of the relation, empty when ``via_node`` is set."""

    only: bool
    from_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RawPlace:
    """Something an address search can find, with its tags; coordinates in 1e-7 degrees."""

    x: int
    y: int
    tags: dict[str, str]


@dataclass(slots=True)
class RawExtract:
    """All that was read from one extract."""

    ways: RawWays = field(default_factory=RawWays)
    street_names: list[str] = field(default_factory=lambda: [""])
    blocked_nodes: list[int] = field(default_factory=list)
    restrictions: list[RawRestriction] = field(default_factory=list)
    places: list[RawPlace] = field(default_factory=list)
    date: str = ""
    ways_cut: int = 0
    name_numbers: dict[str, int] = field(default_factory=lambda: {"": 0})


def read_extract(extract: Path, vehicle: Vehicle, progress: Progress) -> RawExtract:
    """Read streets, restrictions and places.

    Raises:
        StreetsError: the file is missing, empty, truncated or no OSM file.
    """
    raw = RawExtract()
    try:
        for seen, thing in enumerate(_open(extract, raw)):
            if isinstance(thing, Node):
                _read_node(thing, raw, vehicle)
            elif isinstance(thing, Way):
                _read_way(thing, raw, vehicle)
            elif isinstance(thing, Relation):
                _read_relation(thing, raw, vehicle)
            if seen % _REPORT_EVERY == 0:
                progress("reading", seen, 0)
    except (RuntimeError, UnicodeDecodeError) as error:
        what = f"not a complete OSM file: {' '.join(str(error).split())}"
        raise StreetsError(extract.name, what, "download the extract again; .osm.pbf and .osm are read") from None
    return raw


def _open(extract: Path, raw: RawExtract) -> Iterator[object]:
    if not extract.is_file():
        raise StreetsError(extract.name, "no such file", "name an .osm.pbf or .osm file")
    if extract.stat().st_size == 0:
        raise StreetsError(extract.name, "the file is empty", "download the extract again")
    if not extract.name.endswith((".pbf", ".osm", ".osm.bz2", ".osm.gz", ".xml")):
        raise StreetsError(extract.name, "unknown kind of file", "name an .osm.pbf or .osm file")
    stream = osmium.FileProcessor(str(extract)).with_locations("flex_mem")
    raw.date = stream.header.get("osmosis_replication_timestamp") or stream.header.get("timestamp") or ""
    wanted = osmium.filter.KeyFilter(*_STREET_KEYS, *_PLACE_KEYS, "addr:housenumber", "railway", "type")
    return iter(stream.with_filter(wanted))


def _read_node(node: Node, raw: RawExtract, vehicle: Vehicle) -> None:
    tags = {tag.k: tag.v for tag in node.tags}
    if ("barrier" in tags or "highway" in tags) and blocks_vehicles(tags, vehicle):
        raw.blocked_nodes.append(node.id)
    if _is_place(tags) and node.location.valid():
        raw.places.append(RawPlace(node.location.x, node.location.y, tags))


def _read_way(way: Way, raw: RawExtract, vehicle: Vehicle) -> None:
    tags = {tag.k: tag.v for tag in way.tags}
    use = use_of_way(tags, vehicle)
    if use is not None:
        runs = list(_known_runs(way))
        raw.ways_cut += len(runs) != 1 or len(runs[0]) != len(way.nodes)
        for run in runs:
            _add_stretch(raw.ways, run)
            raw.ways.way_ids.append(way.id)
            raw.ways.classes.append(use.road_class)
            raw.ways.names.append(_name_number(raw, tags))
            raw.ways.forward_kph.append(use.forward_kph)
            raw.ways.backward_kph.append(use.backward_kph)
            raw.ways.durations.append(use.duration_s)
            raw.ways.foot.append(use.foot)
            raw.ways.roundabout.append(tags.get("junction") in ("roundabout", "circular"))
    if _is_place(tags):
        _add_area(way, tags, raw)


def _add_area(way: Way, tags: dict[str, str], raw: RawExtract) -> None:
    points = [point for run in _known_runs(way) for point in run]
    if points:
        middle_x = sum(x for _, x, _ in points) // len(points)
        middle_y = sum(y for _, _, y in points) // len(points)
        raw.places.append(RawPlace(middle_x, middle_y, tags))


def _known_runs(way: Way) -> Iterator[list[tuple[int, int, int]]]:
    """Runs of ≥ 2 consecutive nodes that are in the extract, as (ref, x, y); an extract's border cuts ways."""
    run: list[tuple[int, int, int]] = []
    for node in way.nodes:
        location = node.location
        if location.x != _UNDEFINED and location.valid():
            run.append((node.ref, location.x, location.y))
        else:
            if len(run) > 1:
                yield run
            run = []
    if len(run) > 1:
        yield run


def _add_stretch(ways: RawWays, run: list[tuple[int, int, int]]) -> None:
    for ref, x, y in run:
        ways.refs.append(ref)
        ways.x.append(x)
        ways.y.append(y)
    ways.first.append(len(ways.refs))


def _name_number(raw: RawExtract, tags: Tags) -> int:
    name = tags.get("name") or tags.get("ref") or ""
    number = raw.name_numbers.setdefault(name, len(raw.street_names))
    if number == len(raw.street_names):
        raw.street_names.append(name)
    return number


def _is_place(tags: Tags) -> bool:
    if "addr:housenumber" in tags:
        return True
    if "name" in tags and tags.get("highway", "bus_stop") == "bus_stop" and any(key in tags for key in _PLACE_KEYS):
        return True
    return any(tags.get(key) in values for key, values in _FOUND_WITHOUT_NAME.items())


def _read_relation(relation: Relation, raw: RawExtract, vehicle: Vehicle) -> None:
    tags = {tag.k: tag.v for tag in relation.tags}
    if tags.get("type") != "restriction":
        return
    kind = next((tags[key] for key in (*(f"restriction:{k}" for k in vehicle.value), "restriction") if key in tags), "")
    if not kind.startswith(("no_", "only_")) or set(tags.get("except", "").split(";")) & set(vehicle.value):
        return
    members = [(member.role, member.type, member.ref) for member in relation.members]
    via_nodes = [ref for role, kind, ref in members if role == "via" and kind == "n"]
    restriction = RawRestriction(
        only=kind.startswith("only_"),
        from_ways=tuple(ref for role, kind, ref in members if role == "from" and kind == "w"),
        to_ways=tuple(ref for role, kind, ref in members if role == "to" and kind == "w"),
        via_node=via_nodes[0] if via_nodes else None,
        via_ways=tuple(ref for role, kind, ref in members if role == "via" and kind == "w"),
    )
    if restriction.from_ways and restriction.to_ways and (restriction.via_node is not None or restriction.via_ways):
        raw.restrictions.append(restriction)
