"""The workload rural8k in full: shares that must be reached, both judges, and what it takes (beside a piece of work that tells machines apart)."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mobility.simulation.order import SimulationOrder
from mobility.simulation.simulating import simulate
from mobility.simulation.workload import DAY, open_workload

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
CASES = ["20/1000/0.99", "20/2000/0.79", "5/500/0.57"]
"""Vehicles, requests, the share that a greedy insertion serves."""


@pytest.fixture(scope="session")
def rural8k(shared_data: Path) -> Path:
    folder = shared_data / "rural8k"
    if not (folder / "evaluate.py").is_file():
        pytest.skip("the workload rural8k is not among the test data")
    return folder


@pytest.mark.parametrize("every_s", [None, 300], ids=["insertion-alone", "re-optimised"])
@pytest.mark.parametrize("case", CASES)
def test_rural8k(rural8k: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str, every_s: int | None) -> None:
    vehicles, requests, least = case.split("/")
    files = f"requests_{requests}.csv", f"vehicles_{vehicles}.csv"
    with open_workload(rural8k, *files) as workload:
        order = SimulationOrder(
            workload.scene, DAY, workload.wishes, tmp_path / "out", divertible=True, reoptimise_every_s=every_s
        )
        started = time.process_time()
        result = simulate(order)
        cpu_s = time.process_time() - started
    measures = evaluated(rural8k, files, result.folder / "vehicle_events.csv")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with capsys.disabled():
        print(
            f"\n{vehicles}/{requests}: {measures}\n  {cpu_s:.1f} CPU s, {memory} MB, calibration {calibration_s() * 1000:.0f} ms"
        )
    assert (result.violations, measures["violations"]) == (0, {})
    assert measures["served_share"] >= float(least) - (0 if every_s else 0.01)


def evaluated(rural8k: Path, files: tuple[str, str], events: Path) -> dict[str, Any]:
    """What the workload's own checker says."""
    command = [sys.executable, str(rural8k / "evaluate.py"), *(str(rural8k / file) for file in files), str(events)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.stdout, done.stderr
    measures: dict[str, Any] = json.loads(done.stdout)
    return measures


def calibration_s() -> float:
    """CPU seconds of sorting ten million numbers."""
    numbers = np.random.default_rng(0).random(10_000_000)
    started = time.process_time()
    np.sort(numbers)
    return time.process_time() - started
