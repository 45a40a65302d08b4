"""The private environment: made once, filled by hash, and in plain words when something is missing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Program = Callable[[str, str], Path]

# An interpreter that notes what it is asked to do. "-m venv … .venv" puts a copy of itself into .venv/bin/python.
RECORDING = """
case "$*" in
    *'import sys; v ='*) exit 0 ;;
    *'print("%d.%d"'*) echo 3.11; exit 0 ;;
    *'import ensurepip, venv'*|*'import pip'*) exit 0 ;;
    *'uv cache dir'*) exit 1 ;;
    --version) echo Python 3.11; exit 0 ;;
esac
echo "$*" >> calls.txt
case "$*" in
    '-m venv'*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *'-m uv pip sync'*) [ ! -e uv-fails ] ;;
    *'-m pip install'*'requirements-uv.lock'*) [ ! -e no-uv ] ;;
    *'-m pip install'*) [ ! -e pip-fails ] ;;
esac
"""


def install(checkout: Path, python: Path, lock: str = "requirements.lock") -> tuple[int, str, list[str]]:
    """Exit status, what was said, and what the interpreter was asked to do this time."""
    calls = checkout / "calls.txt"
    calls.unlink(missing_ok=True)
    run = subprocess.run(
        ["sh", str(checkout / "environment.sh"), lock],
        cwd=checkout.parent,
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return run.returncode, run.stderr, calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def python(program: Program) -> Path:
    return program("python3", RECORDING)


def test_first_start_installs_by_hash_and_the_second_does_nothing(checkout: Path, python: Path) -> None:
    status, _, calls = install(checkout, python)
    assert status == 0
    assert [call.split(" .venv")[0] for call in calls[:1]] == ["-m venv --clear"]
    assert calls[-1].endswith("--require-hashes requirements.lock")
    assert all("--require-hashes" in call for call in calls[1:])
    assert install(checkout, python) == (0, "", [])


def test_a_changed_lock_is_installed_into_the_same_environment(checkout: Path, python: Path) -> None:
    install(checkout, python)
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# newer\n")
    _, _, calls = install(checkout, python)
    assert len(calls) == 2
    assert not any("venv --clear" in call for call in calls)


def test_the_development_environment_serves_the_demo_too(checkout: Path, python: Path) -> None:
    install(checkout, python)
    _, _, calls = install(checkout, python, "requirements-dev.lock")
    assert calls[-1].endswith("requirements-dev.lock")
    assert install(checkout, python)[2] == []


def test_an_install_that_broke_off_is_taken_up_again(checkout: Path, python: Path) -> None:
    for name in ("uv-fails", "pip-fails"):
        (checkout / name).touch()
    status, said, _ = install(checkout, python)
    assert status == 1
    assert "did not succeed" in said
    for name in ("uv-fails", "pip-fails"):
        (checkout / name).unlink()
    assert install(checkout, python)[2][-1].endswith("requirements.lock")


@pytest.mark.parametrize("trouble", ["no-uv", "uv-fails"])
def test_pip_takes_over_where_uv_cannot(checkout: Path, python: Path, trouble: str) -> None:
    (checkout / trouble).touch()
    status, said, calls = install(checkout, python)
    assert status == 0
    assert "pip, which is slower" in said
    assert calls[-1].startswith("-m pip install")
    assert calls[-1].endswith("--require-hashes -r requirements.lock")


def test_an_environment_of_another_python_version_is_filled_anew(checkout: Path, python: Path) -> None:
    install(checkout, python)
    inside = checkout / ".venv" / "bin" / "python"
    inside.write_text(inside.read_text().replace("echo 3.11", "echo 3.12"))
    assert len(install(checkout, python)[2]) == 2


def test_a_missing_venv_part_is_said_in_plain_words(checkout: Path, program: Program) -> None:
    python = program("python3", "case \"$*\" in *ensurepip*) exit 1 ;; *'v ='*) exit 0 ;; esac; exit 1")
    status, said, _ = install(checkout, python)
    assert status == 1
    assert "apt install python3-venv" in said


def test_an_old_python_is_refused_by_name(checkout: Path, program: Program) -> None:
    status, said, _ = install(checkout, program("python3", "exit 1"))
    assert status == 1
    assert "3.11" in said
    assert "stand-ins/python3" in said


def test_the_newest_tested_python_is_found_when_the_usual_one_is_old(checkout: Path, python: Path, program: Program) -> None:
    python.rename(python.with_name("python3.12"))
    for name in ("python3", "python3.13", "python3.11"):
        program(name, "exit 1")
    run = subprocess.run(
        ["sh", "environment.sh", "requirements.lock"],
        cwd=checkout,
        env={"PATH": f"{python.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (checkout / ".venv" / "bin" / "python").read_text() == python.with_name("python3.12").read_text()


def test_without_any_python_one_line_says_what_to_do(checkout: Path, program: Program) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        stand_in = program(name, "exit 127")
    run = subprocess.run(
        ["sh", "environment.sh", "requirements.lock"],
        cwd=checkout,
        env={"PATH": f"{stand_in.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "Python 3.11 or newer is needed" in run.stderr
