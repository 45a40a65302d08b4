"""Every hostile upload through the real command: the right answer, within ten seconds and 256 MB (``pytest -m bench``)."""

from __future__ import annotations

import json
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


MEASURING = """
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "gtfs", "check", sys.argv[1], "--json"], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stdout, done.stderr, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_upload(case: Case, tmp_path: Path) -> None:
    """CPU is that of the command and its child together, memory the larger peak of the two (getrusage(2), RUSAGE_CHILDREN). A small process
    measures: what a large one starts inherits its peak (execve keeps ru_maxrss).
    """
    feed = tmp_path / "feed.zip"
    feed.write_bytes(case.make())
    told = subprocess.run([sys.executable, "-c", MEASURING, feed], capture_output=True, text=True, check=True).stdout
    status, out, err, cpu_s, rss_kib = json.loads(told)
    answer = json.loads(out)
    print(f"{case.name}: {answer['outcome']}, {cpu_s:.2f} s, {rss_kib // 1024} MiB")
    assert answer["outcome"] in case.outcome
    assert status == (1 if answer["outcome"] == "reject" else 0)
    assert err == ""
    assert not case.code or case.code in {finding["code"] for finding in answer["findings"]}
    assert cpu_s <= MOST_CPU_S
    assert rss_kib <= MOST_RSS_KIB
