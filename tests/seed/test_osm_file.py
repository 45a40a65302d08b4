"""The written OpenStreetMap file, read back by pyosmium and judged by networkx and shapely."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import networkx as nx
import osmium
import pytest
from shapely import LineString, MultiPoint, Point, STRtree

from seed.county import County
from seed.land import Rank
from seed.osm_file import FIRST_ID, GENERATOR, write_osm

METRES_PER_DEGREE = 111_195.0
SQUEEZE = 0.601  # cosine of the latitude
ROADS = {"primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}


@dataclass
class Extract:
    at: dict[int, Point] = field(default_factory=dict)
    tags: dict[int, dict[str, str]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict[str, str]]] = field(default_factory=dict)
    relations: list[tuple[dict[str, str], list[tuple[str, int, str]]]] = field(default_factory=list)

    def roads(self) -> list[tuple[list[int], dict[str, str]]]:
        return [(nodes, tags) for nodes, tags in self.ways.values() if tags.get("highway") in ROADS]

    def line(self, nodes: list[int]) -> LineString:
        return LineString([self.at[node] for node in nodes])


@pytest.fixture(scope="module")
def extract(folder: Path) -> Extract:
    found = Extract()
    for item in osmium.FileProcessor(str(folder / "county.osm.pbf")):
        tags = {tag.k: tag.v for tag in item.tags}
        if isinstance(item, osmium.osm.Node):
            found.at[item.id] = Point(item.lon * METRES_PER_DEGREE * SQUEEZE, item.lat * METRES_PER_DEGREE)
            if tags:
                found.tags[item.id] = tags
        elif isinstance(item, osmium.osm.Way):
            found.ways[item.id] = [node.ref for node in item.nodes], tags
        elif isinstance(item, osmium.osm.Relation):
            found.relations.append((tags, [(member.type, member.ref, member.role) for member in item.members]))
    return found


def driving_graph(extract: Extract) -> nx.DiGraph[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    for nodes, tags in extract.roads():
        for a, b in pairwise(nodes):
            if tags.get("oneway") != "-1":
                graph.add_edge(a, b)
            if tags.get("oneway", "-1") == "-1":
                graph.add_edge(b, a)
    return graph


def test_size_and_honesty(extract: Extract, folder: Path) -> None:
    assert 6_000 <= len(extract.at) <= 15_000
    assert min(extract.at) >= FIRST_ID
    with osmium.io.Reader(str(folder / "county.osm.pbf")) as reader:
        assert reader.header().get("generator") == GENERATOR
    assert "invented" in GENERATOR


def test_every_reference_leads_somewhere(extract: Extract) -> None:
    assert all(node in extract.at for nodes, _ in extract.ways.values() for node in nodes)
    known = {"n": set(extract.at), "w": set(extract.ways)}
    assert all(ref in known[kind] for _, members in extract.relations for kind, ref, _ in members)
    assert all(len(nodes) >= 2 and all(a != b for a, b in pairwise(nodes)) for nodes, _ in extract.ways.values())


def test_every_road_can_be_reached_from_every_other(extract: Extract) -> None:
    assert nx.is_strongly_connected(driving_graph(extract))


def test_some_sixty_settlements_stand_on_roads(extract: Extract, county: County) -> None:
    inside = [tags for tags in extract.tags.values() if "place" in tags]
    assert len(inside) == len(county.settlements) + 4
    assert 55 <= len(county.settlements) <= 65
    roads = STRtree([extract.line(nodes) for nodes, _ in extract.roads()])
    for node, tags in extract.tags.items():
        if "place" in tags or "addr:housenumber" in tags or tags.get("highway") == "bus_stop":
            assert roads.query(extract.at[node], predicate="dwithin", distance=150).size, tags


def test_no_two_houses_share_an_address_or_stand_in_the_road(extract: Extract) -> None:
    houses = {node: tags for node, tags in extract.tags.items() if "addr:housenumber" in tags}
    addresses = Counter((tags["addr:city"], tags["addr:street"], tags["addr:housenumber"]) for tags in houses.values())
    assert len(houses) > 3_000
    assert max(addresses.values()) == 1
    roads = STRtree([extract.line(nodes) for nodes, _ in extract.roads()])
    assert not any(roads.query(extract.at[node], predicate="dwithin", distance=8).size for node in houses)


def test_every_street_of_an_address_is_on_the_map(extract: Extract) -> None:
    streets = {tags["name"] for _, tags in extract.roads() if "name" in tags}
    assert {tags["addr:street"] for tags in extract.tags.values() if "addr:street" in tags} <= streets


def test_lines_that_cross_meet_or_bridge(extract: Extract) -> None:
    lines, owners = [], []
    for nodes, tags in extract.ways.values():
        if "highway" in tags or "railway" in tags:
            lines.append(extract.line(nodes))
            owners.append((set(nodes), "bridge" in tags))
    for a, b in STRtree(lines).query(lines, predicate="crosses").T.tolist():
        if owners[a][1] or owners[b][1]:
            continue
        shared = MultiPoint([extract.at[node] for node in owners[a][0] & owners[b][0]])
        assert shared.buffer(0.1).covers(lines[a].intersection(lines[b])), (a, b)


def test_the_river_is_crossed_on_few_bridges_only(extract: Extract) -> None:
    river = next(extract.line(nodes) for nodes, tags in extract.ways.values() if tags.get("waterway") == "river")
    over = [tags for nodes, tags in extract.ways.values() if "highway" in tags and extract.line(nodes).intersects(river)]
    assert 3 <= len(over) <= 9
    assert all(tags.get("bridge") == "yes" for tags in over)


def test_the_town_has_what_makes_routing_hard(extract: Extract) -> None:
    kinds = Counter(tags["highway"] for _, tags in extract.ways.values() if "highway" in tags)
    assert all(kinds[kind] for kind in ROADS | {"track", "footway", "path"})
    assert any(tags.get("junction") == "roundabout" for _, tags in extract.roads())
    assert sum("oneway" in tags and "junction" not in tags for _, tags in extract.roads()) >= 4
    assert any(tags.get("railway") == "level_crossing" for tags in extract.tags.values())
    bans = [members for tags, members in extract.relations if tags.get("type") == "restriction"]
    assert len(bans) >= 2
    for members in bans:
        by_role = {role: ref for _, ref, role in members}
        for role in ("from", "to"):
            nodes = extract.ways[by_role[role]][0]
            assert by_role["via"] in (nodes[0], nodes[-1])


def test_people_find_a_doctor_a_shop_a_clinic_and_a_station(extract: Extract, county: County) -> None:
    amenities = Counter(tags.get("amenity", tags.get("shop", tags.get("railway", ""))) for tags in extract.tags.values())
    assert amenities["doctors"] >= 8
    assert amenities["hospital"] == 1
    assert amenities["supermarket"] >= 3
    assert amenities["station"] == 4
    assert sum(settlement.rank is Rank.VILLAGE for settlement in county.settlements) == amenities["grave_yard"]


def test_both_formats_say_the_same(county: County, folder: Path, tmp_path: Path) -> None:
    write_osm(county.sketch, tmp_path / "county.osm")
    for_xml, for_pbf = (
        [(type(item).__name__, item.id, dict(item.tags)) for item in osmium.FileProcessor(str(path))]
        for path in (tmp_path / "county.osm", folder / "county.osm.pbf")
    )
    assert for_xml == for_pbf
