"""The documented examples are the test data: what the documentation shows is what is tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mobility.domain.services import Service
from mobility.files.service_file import read_service

DOCS = Path(__file__).resolve().parents[3] / "docs"
ENVIRONMENT = {"DESK_PASSWORD": "a long password", "ERNA_PASSWORD": "another password"}


@pytest.fixture(scope="session")
def service_doc() -> str:
    return (DOCS / "service-file.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def people_doc() -> str:
    return (DOCS / "people-file.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def examples(service_doc: str) -> dict[str, str]:
    """The text of the documented example of each form."""
    texts = re.findall(r"```toml\n(.*?)```", service_doc, re.DOTALL)
    found = {re.findall(r'^form = "(\w+)"', text, re.MULTILINE)[0]: text for text in texts}
    assert len(found) == 4
    return found


@pytest.fixture(scope="session")
def services(examples: dict[str, str]) -> dict[str, Service]:
    return {form: read_service(text, f"{form}.toml") for form, text in examples.items()}


@pytest.fixture(scope="session")
def people_text(people_doc: str) -> str:
    return str(re.findall(r"```toml\n(.*?)```", people_doc, re.DOTALL)[0])


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    return dict(ENVIRONMENT)
