"""A small checkout with the real set-up files and stand-ins for what they start."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SET_UP = ("Makefile", "environment.sh", "requirements.lock", "requirements-dev.lock", "requirements-uv.lock")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The set-up files in a folder whose name has a space."""
    folder = tmp_path / "our county"
    folder.mkdir()
    for name in SET_UP:
        shutil.copy(CHECKOUT / name, folder / name)
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write an executable shell script into a folder of stand-ins."""
    folder = tmp_path / "stand-ins"
    folder.mkdir()

    def write(name: str, script: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        return path

    return write


@pytest.fixture
def surroundings() -> dict[str, str]:
    """A plain environment: nothing of the caller's Python, make or CI."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/"), "PYTHON": sys.executable}
