"""One streaming pass over an OSM extract with pyosmium: only what streets and addresses need is kept, in flat arrays."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import osmium
from osmium.osm import Node, Relation, Way

from routing.streets.access import Tags, Use, Vehicle, blocks_vehicles, use_of_way
from routing.streets.calibration import Calibration
from routing.streets.errors import StreetsError
from routing.streets.interpolating import NumberLine
from routing.streets.raw_places import MOST_X, MOST_Y, PLACE_KEYS, RawPlace, is_place, places_of_relations

Progress = Callable[[str, int, int], None]

_STREET_KEYS = ("highway", "route", "barrier", "addr:interpolation")
_Point = tuple[int, int, int]
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


@dataclass(slots=True)
class RawExtract:
    """All that was read from one extract."""

    ways: RawWays = field(default_factory=RawWays)
    street_names: list[str] = field(default_factory=lambda: [""])
    blocked_nodes: list[int] = field(default_factory=list)
    restrictions: list[RawRestriction] = field(default_factory=list)
    places: list[RawPlace] = field(default_factory=list)
    number_lines: list[NumberLine] = field(default_factory=list)
    date: str = ""
    ways_cut: int = 0
    name_numbers: dict[str, int] = field(default_factory=lambda: {"": 0})


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads for one vehicle at the speeds of one calibration."""

    vehicle: Vehicle
    calibration: Calibration

    def read(self, extract: Path, progress: Progress) -> RawExtract:
        """Streets, restrictions and places of an extract.

        Raises:
            StreetsError: the file is missing, empty, truncated or no OSM file.
        """
        raw = RawExtract()
        _check(extract)
        try:
            for seen, thing in enumerate(_open(extract, raw)):
                if isinstance(thing, Node):
                    self._read_node(thing, raw)
                elif isinstance(thing, Way):
                    self._read_way(thing, raw)
                elif isinstance(thing, Relation):
                    self._read_relation(thing, raw)
                if seen % _REPORT_EVERY == 0:
                    progress("reading", seen, 0)
            raw.places += places_of_relations(extract)
        except (RuntimeError, UnicodeDecodeError) as error:
            what = f"not a complete OSM file: {' '.join(str(error).split())}"
            raise StreetsError(extract.name, what, "download the extract again; .osm.pbf and .osm are read") from None
        return raw

    def _read_node(self, node: Node, raw: RawExtract) -> None:
        tags = dict(node.tags)
        if ("barrier" in tags or "highway" in tags) and blocks_vehicles(tags, self.vehicle):
            raw.blocked_nodes.append(node.id)
        if is_place(tags) and node.location.valid():
            raw.places.append(RawPlace(node.location.x, node.location.y, tags, node.id))

    def _read_way(self, way: Way, raw: RawExtract) -> None:
        tags = dict(way.tags)
        use = use_of_way(tags, self.vehicle, self.calibration)
        if use is not None:
            runs = _known_runs(way)
            raw.ways_cut += len(runs) != 1 or len(runs[0]) != len(way.nodes)
            for run in runs:
                _add_stretch(raw, run, way.id, use, tags)
        if "addr:interpolation" in tags:
            raw.number_lines += [NumberLine(tuple(run), tags) for run in _known_runs(way)]
        elif is_place(tags):
            _add_area(way, tags, raw)

    def _read_relation(self, relation: Relation, raw: RawExtract) -> None:
        tags = dict(relation.tags)
        keys = self.vehicle.value
        if tags.get("type") != "restriction" or set(tags.get("except", "").split(";")) & set(keys):
            return
        kind = next((tags[key] for key in (*(f"restriction:{k}" for k in keys), "restriction") if key in tags), "")
        members = [(member.role, member.type, member.ref) for member in relation.members]
        via_nodes = [ref for role, kind, ref in members if role == "via" and kind == "n"]
        restriction = RawRestriction(
            only=kind.startswith("only_"),
            from_ways=tuple(ref for role, kind, ref in members if role == "from" and kind == "w"),
            to_ways=tuple(ref for role, kind, ref in members if role == "to" and kind == "w"),
            via_node=via_nodes[0] if via_nodes else None,
            via_ways=tuple(ref for role, kind, ref in members if role == "via" and kind == "w"),
        )
        complete = restriction.from_ways and restriction.to_ways and (via_nodes or restriction.via_ways)
        if kind.startswith(("no_", "only_")) and complete:
            raw.restrictions.append(restriction)


def _check(extract: Path) -> None:
    if not extract.is_file():
        raise StreetsError(extract.name, "no such file", "name an .osm.pbf or .osm file")
    if extract.stat().st_size == 0:
        raise StreetsError(extract.name, "the file is empty", "download the extract again")
    if not extract.name.endswith((".pbf", ".osm", ".osm.bz2", ".osm.gz", ".xml")):
        raise StreetsError(extract.name, "unknown kind of file", "name an .osm.pbf or .osm file")


def _open(extract: Path, raw: RawExtract) -> Iterator[object]:
    stream = osmium.FileProcessor(str(extract)).with_locations("flex_mem")
    raw.date = stream.header.get("osmosis_replication_timestamp") or stream.header.get("timestamp") or ""
    wanted = osmium.filter.KeyFilter(*_STREET_KEYS, *PLACE_KEYS, "addr:housenumber", "railway", "type")
    return iter(stream.with_filter(wanted))


def _add_area(way: Way, tags: dict[str, str], raw: RawExtract) -> None:
    points = [point for run in _known_runs(way) for point in run]
    if points:
        middle_x = sum(x for _, x, _ in points) // len(points)
        middle_y = sum(y for _, _, y in points) // len(points)
        raw.places.append(RawPlace(middle_x, middle_y, tags))


def _known_runs(way: Way) -> list[list[_Point]]:
    """Runs of ≥ 2 consecutive nodes that are in the extract, as (ref, x, y); an extract's border cuts ways."""
    points = [(node.ref, node.x, node.y) for node in way.nodes]
    if all(abs(x) <= MOST_X and abs(y) <= MOST_Y for _, x, y in points):
        return [points] if len(points) > 1 else []
    runs: list[list[_Point]] = [[]]
    for point in points:
        if abs(point[1]) <= MOST_X and abs(point[2]) <= MOST_Y:
            runs[-1].append(point)
        else:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _add_stretch(raw: RawExtract, run: list[_Point], way_id: int, use: Use, tags: Tags) -> None:
    ways = raw.ways
    refs, x, y = zip(*run, strict=True)
    ways.refs.extend(refs)
    ways.x.extend(x)
    ways.y.extend(y)
    ways.first.append(len(ways.refs))
    ways.way_ids.append(way_id)
    ways.classes.append(use.road_class)
    ways.names.append(_name_number(raw, tags))
    ways.forward_kph.append(use.forward_kph)
    ways.backward_kph.append(use.backward_kph)
    ways.durations.append(use.duration_s)
    ways.foot.append(use.foot)
    ways.roundabout.append(tags.get("junction") in ("roundabout", "circular"))


def _name_number(raw: RawExtract, tags: Tags) -> int:
    name = tags.get("name") or tags.get("ref") or ""
    number = raw.name_numbers.setdefault(name, len(raw.street_names))
    if number == len(raw.street_names):
        raw.street_names.append(name)
    return number
