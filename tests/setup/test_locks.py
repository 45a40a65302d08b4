"""Three lock files: the service, development (which holds all of the first), and the installer."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")


def pins(name: str) -> dict[str, set[str]]:
    """Each pinned requirement with its marker, and its hashes."""
    text = re.sub(r"#.*", "", (CHECKOUT / name).read_text(encoding="utf-8")).replace("\\\n", " ")
    found = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        requirement, *hashes = line.split("--hash=")
        found[requirement.strip()] = {part.strip() for part in hashes}
    return found


def names(name: str) -> set[str]:
    return {requirement.split("==")[0] for requirement in pins(name)}


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_pinned_and_hashed(name: str) -> None:
    assert pins(name)
    for requirement, hashes in pins(name).items():
        assert re.match(r"[a-z0-9-]+==[\w.+!]+( ; .+)?$", requirement)
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)


def test_the_development_lock_holds_all_of_the_service_lock() -> None:
    development = pins("requirements-dev.lock")
    different = {
        requirement for requirement, hashes in pins("requirements.lock").items() if development.get(requirement) != hashes
    }
    assert different == set()


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def asked(requirements: list[str]) -> set[str]:
        return {re.split(r"[\[<>=!;~ ]", requirement)[0].lower().replace("_", "-") for requirement in requirements}

    assert asked(project["dependencies"]) - names("requirements.lock") == set()
    assert asked(project["optional-dependencies"]["dev"]) - names("requirements-dev.lock") == set()
    assert not asked(project["optional-dependencies"]["dev"]) - asked(project["dependencies"]) & names("requirements.lock")
