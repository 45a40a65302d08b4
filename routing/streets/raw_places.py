"""What of an extract an address search can find, and places drawn as multipolygons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import osmium
from osmium.osm import Relation, Way

PLACE_KEYS = (
    *("place", "amenity", "shop", "healthcare", "tourism", "public_transport"),
    *("leisure", "office", "landuse", "historic", "social_facility", "craft"),
)
_FOUND_WITHOUT_NAME = {
    "amenity": frozenset(
        {
            "doctors",
            "dentist",
            "pharmacy",
            "hospital",
            "grave_yard",
            "townhall",
            "post_office",
            "nursing_home",
            "police",
            "fire_station",
            "fuel",
            "clinic",
        }
    ),
    "landuse": frozenset({"cemetery"}),
    "railway": frozenset({"station", "halt"}),
}
MOST_X, MOST_Y = 1_800_000_000, 900_000_000
"""Nodes that the extract lacks have coordinates beyond these."""


@dataclass(frozen=True, slots=True)
class RawPlace:
    """Something an address search can find, with its tags; coordinates in 1e-7 degrees. ``ref`` is the id of a node, else 0."""

    x: int
    y: int
    tags: dict[str, str]
    ref: int = 0


def is_place(tags: Mapping[str, str]) -> bool:
    if "addr:housenumber" in tags:
        return True
    if "name" in tags and tags.get("highway", "bus_stop") == "bus_stop" and any(key in tags for key in PLACE_KEYS):
        return True
    return any(tags.get(key) in values for key, values in _FOUND_WITHOUT_NAME.items())


def places_of_relations(extract: Path) -> list[RawPlace]:
    """Places drawn as multipolygons (castles, hospitals, farms with a yard), each in the middle of its outer ways' corners.

    Two more passes over the file, the second only when there are any.
    """
    tags_of: dict[int, dict[str, str]] = {}
    ways_of: dict[int, list[int]] = {}
    drawn = osmium.filter.TagFilter(("type", "multipolygon"))
    for relation in osmium.FileProcessor(str(extract), osmium.osm.RELATION).with_filter(drawn):
        tags = dict(relation.tags)
        if isinstance(relation, Relation) and is_place(tags):
            tags_of[relation.id] = tags
            for member in relation.members:
                if member.type == "w" and member.role in ("outer", ""):
                    ways_of.setdefault(member.ref, []).append(relation.id)
    corners = _corners(extract, ways_of) if ways_of else {}
    return [RawPlace(sum(x) // len(x), sum(y) // len(y), tags_of[number]) for number, (x, y) in corners.items()]


def _corners(extract: Path, ways_of: dict[int, list[int]]) -> dict[int, tuple[list[int], list[int]]]:
    """X and y of the known nodes of each relation's ways; relations without any are left out."""
    corners: dict[int, tuple[list[int], list[int]]] = {}
    stream = osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY).with_locations("flex_mem")
    ways = stream.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.IdFilter(list(ways_of)))
    for way in ways:
        if not isinstance(way, Way):
            continue
        for at in (node.location for node in way.nodes):
            if abs(at.x) <= MOST_X and abs(at.y) <= MOST_Y:
                for number in ways_of[way.id]:
                    x, y = corners.setdefault(number, ([], []))
                    x.append(at.x)
                    y.append(at.y)
    return corners
