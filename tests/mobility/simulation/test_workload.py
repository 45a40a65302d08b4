"""The workload rural8k by its base rules; its own evaluate.py is the oracle."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from mobility.simulation.order import SimulationOrder
from mobility.simulation.simulating import simulate
from mobility.simulation.workload import DAY, open_workload
from tests.mobility.simulation.test_bad_files import write

FIRST = 120


@pytest.fixture(scope="session")
def rural8k(shared_data: Path) -> Path:
    folder = shared_data / "rural8k"
    if not (folder / "evaluate.py").is_file():
        pytest.skip("the workload rural8k is not among the test data")
    return folder


def evaluate(rural8k: Path, requests: Path, events: Path, cache: Path) -> dict[str, object]:
    command = [sys.executable, str(rural8k / "evaluate.py"), str(requests), str(rural8k / "vehicles_20.csv"), str(events)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "RURAL8K_CACHE": str(cache)})
    assert done.stdout, done.stderr
    measures: dict[str, object] = json.loads(done.stdout)
    assert done.returncode == 0, measures
    return measures


def test_rural8k_keeps_all_its_rules(rural8k: Path, tmp_path: Path) -> None:
    lines = (rural8k / "requests_1000.csv").read_text().splitlines()[: FIRST + 1]
    (tmp_path / "requests.csv").write_text("\n".join(lines) + "\n")
    with open_workload(rural8k, "requests_1000.csv", "vehicles_20.csv") as workload:
        result = simulate(SimulationOrder(workload.scene, DAY, workload.wishes[:FIRST], tmp_path / "out", divertible=True))
    assert (result.violations, result.kpis["wishes"]) == (0, FIRST)
    _seed_cache(rural8k, tmp_path)
    measures = evaluate(rural8k, tmp_path / "requests.csv", tmp_path / "out" / "vehicle_events.csv", tmp_path)
    assert measures["violations"] == {}
    assert measures["served"] == result.kpis["served"] >= 0.99 * FIRST
    assert measures["wait_mean_min"] == pytest.approx(result.kpis["wait_mean_min"], abs=0.02)
    assert measures["ride_over_direct"] == pytest.approx(result.kpis["detour_factor"], abs=0.002)


def _seed_cache(rural8k: Path, cache: Path) -> None:
    """What evaluate.py would work out for all pairs, for the nodes that are asked about only: seconds instead of half a minute."""
    nodes, edges = (np.loadtxt(rural8k / f"{name}.csv", delimiter=",", skiprows=1) for name in ("nodes", "edges"))
    asked = {0, *(int(line.split(",")[1]) for line in (rural8k / "vehicles_20.csv").read_text().splitlines()[1:])}
    for line in (rural8k / "requests_1000.csv").read_text().splitlines()[1 : FIRST + 1]:
        asked |= {int(cell) for cell in line.split(",")[2:4]}
    weight = edges[:, 3] * 1e6 + np.round(edges[:, 2] * 10)
    graph = csr_array((weight, (edges[:, 0].astype(int), edges[:, 1].astype(int))), shape=(len(nodes),) * 2)
    rows = sorted(asked)
    both = dijkstra(graph, indices=rows)
    seconds = np.lib.format.open_memmap(cache / "time_s.npy", "w+", np.uint16, (len(nodes),) * 2)
    metres = np.lib.format.open_memmap(cache / "metres.npy", "w+", np.float32, (len(nodes),) * 2)
    seconds[rows] = whole = np.floor_divide(both, 1e6)
    metres[rows] = (both - whole * 1e6) / 10


def test_streets_from_tables_are_the_tables_streets(rural8k: Path) -> None:
    """Seconds and metres of the fastest ways between nodes, against scipy's Dijkstra on the same tables."""
    nodes, edges = (np.loadtxt(rural8k / f"{name}.csv", delimiter=",", skiprows=1) for name in ("nodes", "edges"))
    chosen = np.random.default_rng(1).integers(0, len(nodes), 60)
    ends = edges[:, 0].astype(int), edges[:, 1].astype(int)
    with open_workload(rural8k, "requests_500.csv", "vehicles_5.csv") as workload:
        streets = workload.scene.networks.load(workload.scene.datasets[0], ()).streets
        found = streets.matrix(nodes[chosen, 3:5], nodes[chosen, 3:5])
        shortest = streets.by_distance().matrix(nodes[chosen, 3:5], nodes[chosen, 3:5]).metres
    both = dijkstra(csr_array((edges[:, 3] * 1e6 + np.round(edges[:, 2] * 10), ends)), indices=chosen)[:, chosen]
    assert (found.seconds == np.floor_divide(both, 1e6)).all()
    assert np.abs(found.metres - np.mod(both, 1e6) / 10).max() <= 0.5
    by_metres = dijkstra(csr_array((edges[:, 2], ends)), indices=chosen)[:, chosen]
    assert np.abs(shortest - by_metres).max() <= 0.6


def test_a_vehicle_on_its_way_is_sent_elsewhere_at_the_next_node(tmp_path: Path) -> None:
    """A chain of nodes a minute apart: on its way to the far end the only vehicle picks somebody up who asks for it on the way."""
    count = 21
    nodes = "node_id,x_m,y_m,lon,lat,settlement\n" + "".join(f"{n},0,0,{12 + n / 100:.2f},52.0,0\n" for n in range(count))
    pairs = [(n, n + 1) for n in range(count - 1)] + [(n + 1, n) for n in range(count - 1)]
    edges = "from,to,length_m,time_s\n" + "".join(f"{a},{b},685,60\n" for a, b in pairs)
    requests = "request_id,t_s,origin,destination\nfar,0,20,10\nnear,330,8,18\n"
    folder = write(tmp_path, nodes=nodes, edges=edges, requests=requests)
    for divertible in (True, False):
        out = tmp_path / f"out-{divertible}"
        with open_workload(folder, "requests.csv", "vehicles.csv") as workload:
            order = SimulationOrder(workload.scene, DAY, workload.wishes, out, divertible=divertible)
            assert simulate(order).violations == 0
        with (out / "vehicle_events.csv").open() as opened:
            log = [(row["request_id"], row["action"], int(row["time_s"])) for row in csv.DictReader(opened)]
        if divertible:
            assert log[0] == ("near", "pickup", 480), "node 8 lies on the way"
            assert ("far", "pickup", 1200) in log, "and costs nobody a second"
        else:
            assert log[0] == ("far", "pickup", 1200)


def test_the_workload_is_the_same_twice(tmp_path: Path) -> None:
    folder = write(tmp_path)
    results = []
    for name in ("one", "two"):
        with open_workload(folder, "requests.csv", "vehicles.csv") as workload:
            order = SimulationOrder(workload.scene, DAY, workload.wishes, tmp_path / name, divertible=True)
            results.append(simulate(replace(order)))
    assert results[0].kpis == results[1].kpis
    assert results[0].kpis["served"] == 2
