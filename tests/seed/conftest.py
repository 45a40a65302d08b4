"""The demo county, written once for all tests of this folder."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from seed.county import County, make_county
from seed.writing import write_county

START = date(2026, 3, 2)


@pytest.fixture(scope="session")
def county() -> County:
    return make_county()


@pytest.fixture(scope="session")
def start() -> date:
    return START


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("county")
    write_county(path, START)
    return path


@pytest.fixture(scope="session")
def tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The feed's tables, read with nothing but the standard library."""
    with zipfile.ZipFile(folder / "county-gtfs.zip") as archive:
        return {name: list(csv.DictReader(io.StringIO(archive.read(name).decode()))) for name in archive.namelist()}
