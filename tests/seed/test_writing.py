"""``python -m seed write``: same bytes every time, plain words when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from seed.cli import app
from seed.county import make_county

CHECKOUT = Path(__file__).resolve().parents[2]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_another_process_writes_the_same_bytes(folder: Path, start: object, tmp_path: Path) -> None:
    """With another hash seed, so that no order depends on a set."""
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    command = [sys.executable, "-m", "seed", "write", str(tmp_path / "again"), "--start", str(start)]
    subprocess.run(command, check=True, cwd=CHECKOUT, env=environment, capture_output=True, timeout=120)
    assert contents(tmp_path / "again") == contents(folder)


def test_writes_what_the_readme_lists(folder: Path) -> None:
    assert set(contents(folder)) == {
        "README.md",
        "county-gtfs.zip",
        "county.osm.pbf",
        "people.toml",
        *(f"services/{name}.toml" for name in ("auental-bus", "buergerbus-linie", "nachbarschaftsfahrten", "rufbus")),
    }


def test_another_number_gives_another_county_of_the_same_kind() -> None:
    county = make_county(1)
    assert len(county.settlements) == len(make_county().settlements)
    assert county.settlements != make_county().settlements


def test_a_wrong_day_is_told_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["write", str(tmp_path / "x"), "--start", "tomorrow"])
    assert result.exit_code == 2
    assert result.stderr.splitlines() == ["--start: not a day: 'tomorrow' (write it as 2026-06-01)"]
    assert not (tmp_path / "x").exists()


def test_a_file_in_the_way_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    result = CliRunner().invoke(app, ["write", str(tmp_path / "x"), "--start", "2026-06-01"])
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "cannot be written to" in result.stderr
