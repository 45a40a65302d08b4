"""Streets: the targets, as ratios and bounds of the same run (``pytest -m bench``). What they gave stands in docs/streets.md."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import osmium
import pytest
from numpy.typing import NDArray

from routing.streets.address_search import AddressIndex
from routing.streets.addresses import build_address_index
from routing.streets.earth import COORDINATE_SCALE, degrees
from routing.streets.hierarchy import HierarchyTravelTimes
from routing.streets.importing import import_streets
from routing.streets.network import NO_WAY
from routing.streets.raw_places import RawPlace
from routing.streets.reading import RawExtract
from routing.streets.streets import Streets
from routing.streets.tables import StreetTables, write_tables
from routing.streets.traveltimes import Arcs, Seeds
from tests.edge_expanded import EdgeExpanded
from tests.exact_cells import cells
from tests.typed import hit_rate, unique_labels, with_slips

pytestmark = pytest.mark.bench

EXTRACTS = ("heidelberg", "north-bayreuth", "liechtenstein")


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("streets") / "heidelberg"
    import_streets(shared_data / "osm" / "heidelberg.osm.pbf", target)
    return target


@pytest.fixture(scope="module")
def streets(folder: Path) -> Streets:
    loaded = Streets.load(folder)
    loaded.warm_up()
    return loaded


def places(streets: Streets, count: int, seed: int) -> NDArray[np.float64]:
    edges = streets._edges
    points = edges.shape_first[np.random.default_rng(seed).choice(np.flatnonzero(edges.forward_ms >= 0), count)]
    return np.asarray(np.stack((edges.shape_x[points], edges.shape_y[points]), axis=1) * COORDINATE_SCALE)


def cpu_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Least processor time of several runs: other people's load does not count."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def tell(what: str, figure: str) -> None:
    """Figures for docs/streets.md; pytest shows them with ``-s``."""
    sys.stdout.write(f"\n{what}: {figure}")


def test_load_within_300_ms(folder: Path) -> None:
    taken = cpu_seconds(lambda: Streets.load(folder))
    tell("load", f"{1000 * taken:.0f} ms")
    assert taken < 0.3


def test_matrix_15_times_faster_than_scipy(folder: Path, streets: Streets) -> None:
    plain = Streets.load(folder, plain=True)
    everywhere = places(streets, 1000, 1)
    fast = cpu_seconds(lambda: streets.matrix(everywhere, everywhere))
    slow = cpu_seconds(lambda: plain.matrix(everywhere[:100], everywhere), 2) * 10
    tell("1000 x 1000", f"{fast:.3f} s, scipy {slow:.1f} s, {slow / fast:.0f} times")
    assert slow / fast >= 15, (slow, fast)


def test_new_place_against_250_stops_both_ways(streets: Streets) -> None:
    stops = places(streets, 250, 2)
    streets.matrix(stops, stops)
    homes = iter(places(streets, 10, 3))

    def both_ways() -> None:
        home = next(homes)[None, :]
        streets.matrix(home, stops)
        streets.matrix(stops, home)

    assert cpu_seconds(both_ways) < 0.030


def test_snap_within_100_us(streets: Streets) -> None:
    home = (places(streets, 500, 4) + 3e-4).tolist()
    taken = cpu_seconds(lambda: [streets.snap(lon, lat) for lon, lat in home]) / 500
    tell("single snap", f"{1e6 * taken:.0f} us")
    assert taken < 100e-6


@pytest.fixture(scope="module")
def large(streets: Streets) -> tuple[HierarchyTravelTimes, Arcs]:
    """At least 140 thousand nodes: the real graph many times side by side, neighbours joined at places drawn at random."""
    arcs, rng = streets._arcs, np.random.default_rng(6)
    tiles = -(-140_000 // arcs.nodes)
    lon_lat = degrees(streets._edges.node_x, streets._edges.node_y)[streets._driving_junction]
    width = float(np.ptp(lon_lat[:, 0])) * 1.05
    shift = np.repeat(np.arange(tiles), len(arcs.tail)) * arcs.nodes
    left, right = (
        rng.integers(0, arcs.nodes, (tiles - 1, 30)) + (np.arange(tiles - 1) + side)[:, None] * arcs.nodes for side in (0, 1)
    )
    tail = np.concatenate((np.tile(arcs.tail, tiles) + shift, left.ravel(), right.ravel()))
    head = np.concatenate((np.tile(arcs.head, tiles) + shift, right.ravel(), left.ravel()))
    joins = np.full(2 * left.size, int(arcs.cost[arcs.cost < NO_WAY].max()), dtype=np.int64)
    tiled = Arcs(
        arcs.nodes * tiles, tail.astype(np.int32), head.astype(np.int32), np.concatenate((np.tile(arcs.cost, tiles), joins))
    )
    at = np.concatenate([lon_lat + np.array([tile * width, 0.0]) for tile in range(tiles)])
    return HierarchyTravelTimes.build(tiled, at), tiled


def _at(node: int) -> Seeds:
    zero = np.zeros(1, dtype=np.int64)
    return Seeds(np.array([0, 1], dtype=np.int64), np.array([node], dtype=np.int32), zero, zero)


def test_route_within_a_tenth_of_a_millisecond(large: tuple[HierarchyTravelTimes, Arcs]) -> None:
    engine, arcs = large
    pairs = [(_at(a), _at(b)) for a, b in np.random.default_rng(7).integers(0, arcs.nodes, (300, 2)).tolist()]
    lengths = [len(path) for path in (engine.path(a, b) for a, b in pairs) if path is not None]
    taken = cpu_seconds(lambda: [engine.path(a, b) for a, b in pairs]) / len(pairs)
    tell("one route with its path", f"{1000 * taken:.3f} ms on {arcs.nodes} nodes, {np.mean(lengths):.0f} arcs on average")
    assert taken <= 0.1e-3


def test_recustomise_within_50_ms(large: tuple[HierarchyTravelTimes, Arcs]) -> None:
    engine, arcs = large
    after = arcs.cost.copy()
    after[np.random.default_rng(8).choice(len(after), 20, replace=False)] *= 3
    engine.with_costs(arcs.cost, after)
    partial = cpu_seconds(lambda: engine.with_costs(arcs.cost, after))
    whole = cpu_seconds(lambda: engine.with_costs(arcs.cost, arcs.cost + (1 << 40)))
    tell("re-customise", f"20 arcs {1000 * partial:.0f} ms, all arcs {1000 * whole:.0f} ms on {arcs.nodes} nodes")
    assert partial <= 0.050
    assert whole <= 0.050


@pytest.mark.parametrize("extract", EXTRACTS)
def test_no_cell_differs_from_the_edge_expanded_oracle(shared_data: Path, tmp_path: Path, extract: str) -> None:
    file = shared_data / "osm" / f"{extract}.osm.pbf"
    import_streets(file, tmp_path / "streets")
    ours, theirs = cells(Streets.load(tmp_path / "streets"), EdgeExpanded(file), 72, 5)
    tell(extract, f"{int((ours != theirs).sum())} of {ours.size} cells differ")
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("extract", EXTRACTS)
def test_a_thousand_addresses_with_slips(shared_data: Path, tmp_path: Path, extract: str) -> None:
    import_streets(shared_data / "osm" / f"{extract}.osm.pbf", tmp_path / "streets")
    streets, rng = Streets.load(tmp_path / "streets"), random.Random(1)
    labels = rng.sample(unique_labels(streets), 1000)
    rates = [hit_rate(streets, labels, slips, rng) for slips in (0, 1, 2)]
    tell(extract, "hit@1 " + ", ".join(f"{100 * rate:.1f} %" for rate in rates))
    assert rates[0] >= 0.99
    assert rates[1] >= 0.94
    assert rates[2] >= 0.88


def test_find_while_typing_at_ten_thousand_entries(streets: Streets) -> None:
    """Ten thousand house numbers on the streets of the extract, asked for letter by letter, with slips."""
    rng, index = random.Random(2), streets.addresses
    named = [index.entry(int(number)) for number in index.of_kind("street")]
    raw = RawExtract(street_names=list(streets._names))
    for number in range(10_000):
        street, _, town = named[number % len(named)].label.partition(", ")
        tags = {"addr:street": street, "addr:housenumber": str(1 + number // len(named)), "addr:city": town}
        raw.places.append(
            RawPlace(round(named[number % len(named)].lon * 1e7) + number, round(named[number % len(named)].lat * 1e7), tags)
        )
    large = AddressIndex(build_address_index(raw, streets._edges))
    assert len(large) >= 10_000
    queries = [with_slips(rng.choice(raw.places).tags["addr:street"], 1, rng) + " 3" for _ in range(40)]
    taken = []
    for query in queries:
        for length in range(3, len(query) + 1, 2):
            begin = time.process_time()
            large.find(query[:length])
            taken.append(time.process_time() - begin)
    tell("find while typing", f"median {1000 * np.median(taken):.1f} ms, p95 {1000 * np.quantile(taken, 0.95):.1f} ms")
    assert np.quantile(taken, 0.95) <= 0.010


_OURS = """
import sys; from pathlib import Path
from routing.streets.importing import import_streets
from routing.streets.streets import Streets
import_streets(Path(sys.argv[1]), Path(sys.argv[2])); Streets.load(Path(sys.argv[2])).warm_up()
"""
_OSMNX = """
import sys, osmnx
graph = osmnx.graph_from_xml(sys.argv[1])
osmnx.add_edge_speeds(graph, fallback=30)
"""


def _measured(code: str, *arguments: str) -> tuple[float, float]:
    """Processor seconds and megabytes of a process of its own, with all it loads."""
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code, *arguments])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


_STOPS = """
import sys, numpy as np; from pathlib import Path
from routing.streets.streets import Streets
streets = Streets.load(Path(sys.argv[1])); streets.warm_up()
west, south, east, north = streets.bounds
stops = np.random.default_rng(1).uniform((west, south), (east, north), (500, 2))
streets.matrix(stops, stops)
for home in np.random.default_rng(2).uniform((west, south), (east, north), (50, 1, 2)):
    streets.matrix(home, stops); streets.matrix(stops, home)
"""


def test_fifty_thousand_nodes_and_five_hundred_stops_in_512_mb(tmp_path: Path) -> None:
    """A lattice of 225 × 225 junctions 200 m apart, in a process of its own, with all it loads."""
    side = 225
    number = np.arange(side * side).reshape(side, side)
    tail = np.concatenate((number[:, :-1].ravel(), number[:-1].ravel()))
    head = np.concatenate((number[:, 1:].ravel(), number[1:].ravel()))
    row, column = np.divmod(np.arange(side * side), side)
    metres = np.full(len(tail), 200.0)
    seconds = np.random.default_rng(3).uniform(8, 30, len(tail))
    lon_lat = np.stack((12 + column * 0.003, 53 + row * 0.0018), axis=1)
    write_tables(StreetTables(lon_lat, tail, head, metres, seconds), tmp_path / "lattice", "lattice")
    taken, megabytes = _measured(_STOPS, str(tmp_path / "lattice"))
    tell(f"{side * side} nodes, 500 stops", f"{megabytes:.0f} MB, {taken:.1f} s with all that is loaded")
    assert megabytes <= 512


def test_ready_in_a_tenth_of_the_time_of_osmnx(shared_data: Path, tmp_path: Path) -> None:
    extract = shared_data / "osm" / "heidelberg.osm.pbf"
    with osmium.SimpleWriter(str(tmp_path / "heidelberg.osm")) as writer:
        for thing in osmium.FileProcessor(str(extract)):
            writer.add(thing)
    ours = _measured(_OURS, str(extract), str(tmp_path / "streets"))
    theirs = _measured(_OSMNX, str(tmp_path / "heidelberg.osm"))
    tell("pbf to ready", f"{ours[0]:.1f} s, {ours[1]:.0f} MB; osmnx {theirs[0]:.1f} s, {theirs[1]:.0f} MB")
    assert ours[0] <= theirs[0] / 10
    assert ours[1] <= theirs[1] / 3
