"""``make demo`` hands over to the service and ends with it; ``.ci/run`` fails when the tests fail."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
Program = Callable[[str, str], Path]

DEMO = """
import os, time
try:
    print("ready", os.environ.get("PORT"), os.environ["NUMBA_CACHE_DIR"], os.getpid(), flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.3)
    print("ended cleanly", flush=True)
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def installed(checkout: Path, surroundings: dict[str, str]) -> Path:
    """A checkout whose environment counts as installed, with a stand-in for the service."""
    subprocess.run([surroundings["PYTHON"], "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    version = subprocess.run(
        [checkout / ".venv/bin/python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    shutil.copy(checkout / "requirements.lock", checkout / ".venv" / f"installed-{version}.lock")
    (checkout / "mobility").mkdir()
    (checkout / "mobility" / "__main__.py").write_text(DEMO)
    return checkout


def test_ctrl_c_ends_the_demo_and_nothing_stays_behind(installed: Path, surroundings: dict[str, str]) -> None:
    make = subprocess.Popen(
        ["make", "-C", str(installed), "--no-print-directory", "demo", "PORT=8123"],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert make.stdout is not None
    word, port, *folder, pid = make.stdout.readline().split(" ")
    assert (word, port) == ("ready", "8123")
    assert " ".join(folder) == str(installed / "var" / "numba")
    os.killpg(make.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
    rest = make.stdout.read()
    make.stdout.close()
    make.wait(timeout=20)
    assert "ended cleanly" in rest
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_help_lists_every_target(checkout: Path, surroundings: dict[str, str]) -> None:
    run = subprocess.run(["make", "help"], cwd=checkout, env=surroundings, capture_output=True, text=True, check=True)
    assert {"demo", "test", "lock", "clean"} <= {line.split()[1] for line in run.stdout.splitlines()}


@pytest.fixture
def ci(checkout: Path, program: Program) -> Path:
    """``.ci/run`` in a small checkout, on a machine that has every package already."""
    (checkout / ".ci").mkdir()
    shutil.copy(CHECKOUT / ".ci" / "run", checkout / ".ci" / "run")
    program("dpkg-query", "printf installed")
    program("apt-get", 'echo "apt-get $*"; exit 1')
    return program("id", "echo 0").parent


def run_ci(checkout: Path, stand_ins: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / ".ci" / "run"],
        env={"PATH": f"{stand_ins}:/usr/bin:/bin", "CI": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("status", [0, 2])
def test_ci_ends_as_the_tests_end(checkout: Path, ci: Path, program: Program, status: int) -> None:
    program("make", f'echo "make $*: 3 passed"; exit {status}')
    run = run_ci(checkout, ci)
    assert run.returncode == status, run.stderr
    assert run.stdout.splitlines()[-1] == "make test: 3 passed"


def test_ci_without_rights_says_what_it_leaves_out_and_tests_all_the_same(checkout: Path, ci: Path, program: Program) -> None:
    program("id", "echo 1000")
    program("make", "echo tested")
    run = run_ci(checkout, ci)
    assert run.returncode == 0
    assert "skip and say so" in run.stdout
    assert "apt-get" not in run.stdout
    assert run.stdout.endswith("tested\n")
