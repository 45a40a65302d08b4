"""Our driving times against those of OSRM's car profile: ``python -m tests.benchmarks.osrm PROGRAMS EXTRACT…``.

PROGRAMS is the folder of OSRM's programs and profiles as the wheel ``osrm-bindings`` holds them (``osrm/bin``, ``osrm/share``); they need no
Python of their own. Places are middles of named and nameless streets for cars, the same for both.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from numpy.typing import NDArray

from routing.streets.earth import COORDINATE_SCALE
from routing.streets.importing import import_streets
from routing.streets.streets import Streets
from routing.travel import FOREVER

_PORT = 5911
_LEAST_S = 60


@dataclass(frozen=True, slots=True)
class Ratios:
    """Ours divided by OSRM's over all pairs both can drive that take a minute or longer."""

    pairs: int
    median: float
    p10: float
    p90: float


def compare(programs: Path, extract: Path, places: int = 80, seed: int = 1) -> Ratios:
    """Ratios over ``places``² pairs."""
    with tempfile.TemporaryDirectory() as folder:
        import_streets(extract, Path(folder) / "streets")
        streets = Streets.load(Path(folder) / "streets")
        where = street_middles(streets, places, seed)
        ours = streets.matrix(where, where).seconds
        with _served(programs, extract, Path(folder)):
            theirs = _table(where)
    return ratios(ours, theirs)


def ratios(ours: NDArray[np.int32], theirs: NDArray[np.float64]) -> Ratios:
    """Ratios of two tables of seconds."""
    both = np.isfinite(theirs) & (theirs >= _LEAST_S) & (ours < FOREVER)
    ratio = ours[both] / theirs[both]
    p10, median, p90 = np.quantile(ratio, (0.1, 0.5, 0.9))
    return Ratios(int(both.sum()), float(median), float(p10), float(p90))


def street_middles(streets: Streets, count: int, seed: int) -> NDArray[np.float64]:
    """Middles of streets that cars may use both ways."""
    edges = streets._edges
    chosen = np.random.default_rng(seed).choice(np.flatnonzero((edges.forward_ms > 0) & (edges.backward_ms > 0)), count)
    at = (edges.shape_first[chosen] + edges.shape_first[chosen + 1] - 1) // 2
    return np.asarray(np.stack((edges.shape_x[at], edges.shape_y[at]), axis=1) * COORDINATE_SCALE)


@contextmanager
def _served(programs: Path, extract: Path, folder: Path) -> Iterator[None]:
    copy = folder / "osrm.osm.pbf"
    shutil.copyfile(extract, copy)
    graph = folder / "osrm.osrm"
    for step in (
        ["osrm-extract", "-t", "1", "-p", str(programs / "share/profiles/car.lua"), str(copy)],
        ["osrm-contract", "-t", "1", str(graph)],
    ):
        subprocess.run([str(programs / "bin" / step[0]), *step[1:]], check=True, capture_output=True)
    command = [str(programs / "bin/osrm-routed"), "-i", "127.0.0.1", "-p", str(_PORT), "-t", "1", "--max-table-size", "10000"]
    server = subprocess.Popen([*command, str(graph)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait()
        yield
    finally:
        server.terminate()
        server.wait()


def _wait() -> None:
    for _ in range(100):
        try:
            httpx.get(f"http://127.0.0.1:{_PORT}/")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("osrm-routed does not answer")


def _table(where: NDArray[np.float64]) -> NDArray[np.float64]:
    text = ";".join(f"{lon:.7f},{lat:.7f}" for lon, lat in where.tolist())
    answer = httpx.get(f"http://127.0.0.1:{_PORT}/table/v1/driving/{text}", timeout=120).json()
    return np.array([[np.nan if cell is None else cell for cell in row] for row in answer["durations"]], dtype=np.float64)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        found = compare(Path(sys.argv[1]), Path(name))
        sys.stdout.write(json.dumps({"extract": Path(name).name, **{k: getattr(found, k) for k in found.__slots__}}) + "\n")
