"""Every hostile upload through the real command: the right answer, within ten seconds and 256 MB (``pytest -m bench``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gtfs.hostile import content, structure
from tests.gtfs.hostile.cases import CASES, Case

pytestmark = pytest.mark.bench

MOST_CPU_S = 10
MOST_RSS_KIB = 256 * 1024
assert content, structure  # both put their cases on the list


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_upload(case: Case, tmp_path: Path) -> None:
    """CPU is that of the command and its child together; memory the larger peak of the two (wait4 tells both: getrusage(2), RUSAGE_BOTH)."""
    feed, told, wrong = tmp_path / "feed.zip", tmp_path / "out", tmp_path / "err"
    feed.write_bytes(case.make())
    with told.open("wb") as out, wrong.open("wb") as err:
        process = subprocess.Popen([sys.executable, "-m", "gtfs", "check", feed, "--json"], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    answer = json.loads(told.read_bytes())
    cpu_s = usage.ru_utime + usage.ru_stime
    print(f"{case.name}: {answer['outcome']}, {cpu_s:.2f} s, {usage.ru_maxrss // 1024} MiB")
    assert answer["outcome"] in case.outcome
    assert process.returncode == (1 if answer["outcome"] == "reject" else 0)
    assert wrong.read_bytes() == b""
    assert not case.code or case.code in {finding["code"] for finding in answer["findings"]}
    assert cpu_s <= MOST_CPU_S
    assert usage.ru_maxrss <= MOST_RSS_KIB
