"""Streets: speed as ratios and bounds of the same run (``pytest -m bench``)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from routing.streets.earth import COORDINATE_SCALE
from routing.streets.importing import import_streets
from routing.streets.streets import Streets

pytestmark = pytest.mark.bench


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
    return np.stack((edges.shape_x[points], edges.shape_y[points]), axis=1) * COORDINATE_SCALE


def cpu_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Least processor time of several runs: other people's load does not count."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def test_load_within_300_ms(folder: Path) -> None:
    assert cpu_seconds(lambda: Streets.load(folder)) < 0.3


def test_matrix_15_times_faster_than_scipy(folder: Path, streets: Streets) -> None:
    plain = Streets.load(folder, plain=True)
    everywhere = places(streets, 1000, 1)
    fast = cpu_seconds(lambda: streets.matrix(everywhere, everywhere))
    slow = cpu_seconds(lambda: plain.matrix(everywhere[:100], everywhere), 2) * 10
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


def test_single_snap_and_find(streets: Streets) -> None:
    home = places(streets, 200, 4) + 3e-4
    assert cpu_seconds(lambda: [streets.snap(lon, lat) for lon, lat in home.tolist()]) / 200 < 300e-6
    assert cpu_seconds(lambda: streets.find("hauptstr 5 neckargemuend")) < 0.010
