"""Writes the sketch as a standard OpenStreetMap file (.osm, .osm.pbf): same sketch, same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way

from seed.sketch import Sketch, to_lon_lat

FIRST_ID = 900_000_000_001
"""Far above the ids of the real OpenStreetMap, so that the two can never be mistaken for each other."""

GENERATOR = "rural-mobility seed: an invented county, not OpenStreetMap data"
_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


def write_osm(sketch: Sketch, path: Path) -> None:
    """Writes nodes, ways and relations; the format follows from the suffix. An existing file is replaced.

    Raises:
        RuntimeError: the suffix names no OpenStreetMap format (pyosmium's own message), or the file cannot be written.
    """
    header = osmium.io.Header()
    header.set("generator", GENERATOR)
    header.set("osmosis_replication_timestamp", f"{_WRITTEN:%Y-%m-%dT%H:%M:%SZ}")
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for index, node in enumerate(sketch.nodes):
            writer.add_node(
                Node(id=FIRST_ID + index, location=to_lon_lat(node.at), tags=node.tags, version=1, timestamp=_WRITTEN)
            )
        for index, way in enumerate(sketch.ways):
            nodes = [FIRST_ID + node for node in way.nodes]
            writer.add_way(Way(id=FIRST_ID + index, nodes=nodes, tags=way.tags, version=1, timestamp=_WRITTEN))
        for index, relation in enumerate(sketch.relations):
            members = [(kind, FIRST_ID + number, role) for kind, number, role in relation.members]
            writer.add_relation(Relation(id=FIRST_ID + index, members=members, tags=relation.tags, version=1, timestamp=_WRITTEN))
