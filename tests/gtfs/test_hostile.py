"""Uploads that would hurt are refused and odd ones are not; each by the reading itself, and some by the command with its limits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gtfs.archive import open_archive
from gtfs.checking import check_feed
from gtfs.confinement import check_confined, import_confined
from gtfs.errors import FeedError
from gtfs.findings import Findings
from gtfs.limits import Limits
from gtfs.rules import Outcome
from tests.gtfs.conftest import Files, pack
from tests.gtfs.hostile import content, structure
from tests.gtfs.hostile.cases import CASES, Case

assert content, structure  # both put their cases on the list
LIGHT = [case for case in CASES.values() if not case.heavy]


def test_there_are_many() -> None:
    assert len(CASES) > 300
    assert {next(iter(case.outcome)) for case in CASES.values()} == {"accept", "repair", "reject"}


@pytest.mark.parametrize("case", LIGHT, ids=lambda case: case.name)
def test_outcome(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(case.make())
    report = check_feed(path)
    assert report.outcome.value in case.outcome, report.findings
    assert not case.code or case.code in {finding.code for finding in report.findings}
    assert "not_readable" not in {finding.code for finding in report.findings}
    for finding in report.findings:
        assert str(finding).isprintable()
        assert len(str(finding)) < 600


SOME = ("bomb-in-stop_times.txt", "areas-nested-deeply", "calendar-for-millennia")


@pytest.mark.parametrize("name", SOME)
def test_the_command_says_so_too(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = tmp_path / "feed.zip"
    path.write_bytes(case.make())
    done = subprocess.run([sys.executable, "-m", "gtfs", "check", path, "--json"], capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    assert answer["outcome"] in case.outcome
    assert done.returncode == (1 if answer["outcome"] == "reject" else 0)
    assert done.stderr == ""


def test_reading_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    """The limit is met in the child, which is ended by it; who asked goes on."""
    path = tmp_path / "feed.zip"
    path.write_bytes(CASES["a-hundred-thousand-dates"].make())
    (finding,) = check_confined(path, limits=Limits(memory_mib=8, memory_mib_per_mib=1)).findings
    assert finding.code == "too_heavy"
    assert "MiB of memory" in finding.message
    assert "MiB Speicher" in finding.message_de
    assert check_confined(path).outcome is not Outcome.REJECT


def test_reading_that_takes_too_long_is_refused(small: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feed.zip"
    rows = "".join(f"ghost{n},8:00:00,8:00:00,a,1,,\n" for n in range(1_000_000))
    path.write_bytes(pack(small | {"stop_times.txt": str(small["stop_times.txt"]) + rows}))
    monkeypatch.setattr("gtfs.confinement._WALL_PER_CPU", 1)
    (finding,) = check_confined(path, limits=Limits(cpu_s=1, cpu_s_per_mib=0, ratio=10_000, total_ratio=10_000)).findings
    assert (finding.code, finding.subject) == ("too_heavy", "more than 1 seconds")


def test_an_import_that_is_ended_leaves_nothing(small: Files, tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(CASES["a-hundred-thousand-dates"].make())
    with pytest.raises(FeedError, match="more than a feed of this size"):
        import_confined(path, tmp_path / "feeds" / "1", limits=Limits(memory_mib=8, memory_mib_per_mib=1))
    assert list((tmp_path / "feeds").iterdir()) == []
    path.write_bytes(pack(small))
    seen: list[tuple[str, int, int]] = []
    report = import_confined(path, tmp_path / "feeds" / "1", lambda *step: seen.append(step))
    assert report.outcome is Outcome.ACCEPT
    assert seen
    with pytest.raises(FeedError, match="exists already"):
        import_confined(path, tmp_path / "feeds" / "1")


def test_nobody_reads_twice_what_was_checked_once(small: Files, tmp_path: Path) -> None:
    """A file that is replaced while it is open is read as it was."""
    path = tmp_path / "feed.zip"
    path.write_bytes(pack(small))
    with open_archive(path, Findings()) as archive:
        path.unlink()
        path.write_bytes(b"something else")
        assert b"".join(archive.chunks("stops.txt", 100)).decode() == small["stops.txt"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("ratio", "whole number"), ("ratio=-1", "whole number"), ("speed=3", "no limit"), ("ratio=1e9", "whole number")],
)
def test_limits_that_are_none(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Limits().changed(text)


def test_limits_are_changed_by_name() -> None:
    changed = Limits().changed("ratio = 300, members=2000,")
    assert (changed.ratio, changed.members, changed.columns) == (300, 2000, Limits().columns)
