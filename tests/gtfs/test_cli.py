"""``python -m gtfs check``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from gtfs.cli import app

Files = dict[str, str | bytes]
ZipOf = Callable[[Files | bytes], Path]


def test_json_of_a_feed_that_needs_repair(small: Files, zip_of: ZipOf) -> None:
    small["stops.txt"] = str(small["stops.txt"]).replace("0,S,", "0,Ü,")
    result = CliRunner().invoke(app, ["check", str(zip_of(small)), "--json"])
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert answer["outcome"] == "repair"
    finding = next(finding for finding in answer["findings"] if finding["code"] == "parent_missing")
    assert finding.keys() >= {"code", "severity", "file", "row", "message", "mend"}
    assert (finding["file"], finding["row"], finding["severity"]) == ("stops.txt", 3, "warning")
    assert "Ü" in result.stdout


def test_plain_words_and_exit_status(small: Files, zip_of: ZipOf) -> None:
    result = CliRunner().invoke(app, ["check", str(zip_of(small))])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "accept"
    rejected = CliRunner().invoke(app, ["check", str(zip_of(b"nonsense"))])
    assert rejected.exit_code == 1
    assert rejected.stdout.splitlines()[-1] == "reject"


def test_no_such_file_is_one_line_and_status_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gtfs", "check", str(tmp_path / "none.zip")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "no such file" in done.stderr
