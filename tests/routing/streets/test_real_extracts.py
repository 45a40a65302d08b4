"""Real extracts against independent engines."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import routingkit_cch
from numpy.typing import NDArray

from routing.streets.earth import COORDINATE_SCALE, degrees
from routing.streets.importing import import_streets
from routing.streets.network import COST_BITS
from routing.streets.streets import Streets
from routing.streets.traveltimes import Seeds
from routing.travel import FOREVER


def random_places(streets: Streets, count: int, seed: int, spread: float = 3e-4) -> NDArray[np.float64]:
    """Places on and beside drivable streets."""
    edges = streets._edges
    drivable = np.flatnonzero((edges.forward_ms >= 0) | (edges.backward_ms >= 0))
    rng = np.random.default_rng(seed)
    points = edges.shape_first[rng.choice(drivable, count)]
    places = np.stack((edges.shape_x[points], edges.shape_y[points]), axis=1) * COORDINATE_SCALE
    return np.asarray(places + rng.normal(0, spread, (count, 2)))


def test_hierarchy_and_dijkstra_agree_on_every_cell(real_folder: Path, real_streets: Streets) -> None:
    plain = Streets.load(real_folder, plain=True)
    origins, destinations = random_places(real_streets, 90, 1), random_places(real_streets, 120, 2)
    fast, slow = real_streets.matrix(origins, destinations), plain.matrix(origins, destinations)
    assert (fast.seconds < FOREVER).mean() > 0.9
    np.testing.assert_array_equal(fast.seconds, slow.seconds)
    np.testing.assert_array_equal(fast.metres, slow.metres)


def test_routes_agree_with_the_matrix(real_folder: Path, real_streets: Streets) -> None:
    plain = Streets.load(real_folder, plain=True)
    places = random_places(real_streets, 40, 3)
    matrix = real_streets.matrix(places[:20], places[20:])
    for i in range(20):
        origin, destination = (tuple(places[k].tolist()) for k in (i, 20 + i))
        route = real_streets.route(origin, destination)
        if matrix.seconds[i, i] >= FOREVER:
            assert route is None
            continue
        assert route is not None
        assert (route.seconds, route.metres) == (matrix.seconds[i, i], matrix.metres[i, i])
        assert route == plain.route(origin, destination)
        assert _length(route.geometry) == pytest.approx(route.metres, rel=0.002, abs=5)


def _length(line: list[tuple[float, float]]) -> float:
    from osmnx.distance import great_circle

    points = np.array(line)
    return float(np.sum(great_circle(points[:-1, 1], points[:-1, 0], points[1:, 1], points[1:, 0])))


def test_routingkit_agrees_on_times(real_streets: Streets) -> None:
    """The 1 MB wheel whose order we use, with its own contraction and queries, on milliseconds."""
    arcs = real_streets._arcs
    tail, head = arcs.tail.tolist(), arcs.head.tolist()
    cch = routingkit_cch.CCH(routingkit_cch.compute_order_degree(arcs.nodes, tail, head), tail, head, False)
    query = routingkit_cch.CCHQuery(routingkit_cch.CCHMetric(cch, (arcs.cost >> COST_BITS).tolist()))
    rng = np.random.default_rng(4)
    for origin, destination in rng.integers(0, arcs.nodes, (60, 2)).tolist():
        path = real_streets.travel_times.path(_seed(origin), _seed(destination))
        assert path is not None
        assert query.run(origin, destination).distance == int((arcs.cost[path] >> COST_BITS).sum())


def _seed(node: int) -> Seeds:
    zero = np.zeros(1, dtype=np.int64)
    return Seeds(np.array([0, 1], dtype=np.int64), np.array([node], dtype=np.int32), zero, zero)


def test_networkx_agrees_between_junctions(real_folder: Path, real_streets: Streets) -> None:
    """Without turn restrictions in its graph networkx may only be faster; where it is not, the way is the same length of time."""
    graph = real_streets.to_networkx()
    assert graph.graph["crs"] == "epsg:4326"
    rng = np.random.default_rng(5)
    nodes = sorted(graph.nodes)
    same = 0
    for source in rng.choice(nodes, 3).tolist():
        reached = nx.single_source_dijkstra_path_length(graph, source, weight="travel_time")
        targets = [t for t in rng.choice(nodes, 30).tolist() if t in reached and t != source]
        at = np.array([[graph.nodes[n]["x"], graph.nodes[n]["y"]] for n in [source, *targets]])
        ours = real_streets.matrix(at[:1], at[1:]).seconds[0]
        theirs = np.array([reached[t] for t in targets])
        assert (ours >= theirs - 1.5).all()
        same += int((np.abs(ours - theirs) <= 1.5).sum())
    assert same >= 45


def test_same_edge_and_triangles(real_streets: Streets) -> None:
    places = random_places(real_streets, 60, 6, spread=0.0)
    seconds = real_streets.matrix(places, places).seconds.astype(np.int64)
    assert (np.diag(seconds) == 0).all()
    finite = seconds[:, :20]
    through = (seconds[:, :, None] + finite[None, :, :]).min(axis=1)
    # A stop at a junction ends one drive and begins another, for which a ban that was under way counts no more.
    assert (finite <= through).mean() > 0.9
    assert (finite <= through + 60).all()


def test_short_hops_along_one_edge(real_streets: Streets) -> None:
    """Between two places on one two-way edge a car drives straight: never longer than the edge, and additive."""
    edges = real_streets._edges
    both = np.flatnonzero((edges.forward_ms > 4000) & (edges.backward_ms > 0) & (edges.tail != edges.head))
    for edge in np.random.default_rng(7).choice(both, 25).tolist():
        ends = [real_streets._finder.position(edge, fraction) for fraction in (0.2, 0.5, 0.8)]
        snaps = [real_streets.snap(*end) for end in ends]
        matrix = real_streets.matrix(np.array(ends), np.array(ends))
        assert all(snap is not None and snap.metres < 0.5 for snap in snaps)
        assert matrix.metres[0, 2] <= edges.decimetres[edge] / 10 + 1
        assert abs(int(matrix.metres[0, 1]) + int(matrix.metres[1, 2]) - int(matrix.metres[0, 2])) <= 2


def test_same_extract_same_arrays(shared_data: Path, real_folder: Path, tmp_path: Path) -> None:
    import_streets(shared_data / "osm" / f"{real_folder.name}.osm.pbf", tmp_path / "again")
    files = sorted(file.name for file in real_folder.iterdir())
    assert files == sorted(file.name for file in (tmp_path / "again").iterdir())
    for name in files:
        assert (real_folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_walking_agrees_with_networkx(real_streets: Streets) -> None:
    edges = real_streets._edges
    graph: nx.Graph[int] = nx.Graph()
    for edge in np.flatnonzero(edges.foot).tolist():
        tail, head, metres = int(edges.tail[edge]), int(edges.head[edge]), float(edges.decimetres[edge]) / 10
        if not graph.has_edge(tail, head) or graph[tail][head]["metres"] > metres:
            graph.add_edge(tail, head, metres=metres)
    rng = np.random.default_rng(8)
    for source in rng.choice(sorted(graph.nodes), 5).tolist():
        reached = nx.single_source_dijkstra_path_length(graph, source, cutoff=1200, weight="metres")
        nodes = [*reached, *rng.choice(sorted(graph.nodes), 20).tolist()]
        at = degrees(edges.node_x[nodes], edges.node_y[nodes])
        ours = real_streets.walk_metres(at[0], at, max_m=1000)
        for node, metres in zip(nodes, ours.tolist(), strict=True):
            theirs = reached.get(node, np.inf)
            assert abs(metres - theirs) <= 1.5 if theirs < 998 else metres >= 998 or metres == FOREVER
