"""The documentation names every key and every word of the schema, and its error lines are real."""

from __future__ import annotations

import re
import typing
from enum import StrEnum

import pytest
from pydantic import BaseModel

from mobility.domain.accounts import Role
from mobility.domain.fleet import Acceptance, Employment, ReachedBy
from mobility.domain.riders import Channel, Need
from mobility.domain.services import Access, LegalBasis, ServiceForm
from mobility.errors import InvalidInputError
from mobility.files.people_schema import PeopleKeys
from mobility.files.service_file import read_service
from mobility.files.service_schema import ServiceKeys


def models_below(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in models_below(part)]


def sections_of(doc: str) -> dict[str, str]:
    """The tables of keys by section name; those at the top under ""."""
    parts = re.split(r"^### ", doc.split("## Every key")[1], flags=re.MULTILINE)[1:]
    found = {}
    for part in parts:
        name = re.match(r"`\[+(\w+)\]+`", part)
        found[name[1] if name else ""] = part
    return found


def undocumented(model: type[BaseModel], table: str) -> list[str]:
    missing = []
    for key, field in model.model_fields.items():
        if f"`{key}`" not in table and not re.search(rf"[{{ ,]{key}[ ,}}]", table):
            missing.append(key)
        for inner in models_below(field.annotation):
            missing += [f"{key}.{name}" for name in undocumented(inner, table)]
    return missing


@pytest.mark.parametrize(("model", "doc"), [(ServiceKeys, "service_doc"), (PeopleKeys, "people_doc")])
def test_every_key_is_in_the_table_of_its_section(model: type[BaseModel], doc: str, request: pytest.FixtureRequest) -> None:
    sections = sections_of(request.getfixturevalue(doc))
    for key, field in model.model_fields.items():
        inner = models_below(field.annotation)
        if inner:
            assert undocumented(inner[0], sections[key]) == []
        else:
            assert f"`{key}`" in sections[""], key


def test_no_table_names_a_key_that_is_not_there(service_doc: str) -> None:
    known = ServiceKeys.model_fields
    for section, table in sections_of(service_doc).items():
        fields = set(known) if not section else set(models_below(known[section].annotation)[0].model_fields)
        for row in re.findall(r"^\| (`[^|]*) \|", table.split("\n## ")[0], re.MULTILINE):
            assert set(re.findall(r"`(\w+)`", row)) <= fields


def test_every_allowed_word_is_documented(service_doc: str, people_doc: str) -> None:
    words: list[tuple[str, list[type[StrEnum]]]] = [
        (service_doc, [ServiceForm, Access, LegalBasis, Need, Acceptance]),
        (people_doc, [Need, Channel, Employment, Acceptance, ReachedBy, Role]),
    ]
    for doc, kinds in words:
        tables = doc.split("## Every key")[1]
        for word in (word for kind in kinds for word in kind):
            assert f"`{word}`" in tables or f'`"{word}"`' in tables, word


def test_the_errors_shown_are_the_errors_told(service_doc: str, examples: dict[str, str]) -> None:
    text = (
        examples["area"]
        .replace('form = "', 'from = "')
        .replace("[[8.70, 49.35]", "[[49.35, 8.70]")
        .replace("base_eur = 2.50", "base_eur = 2.505")
    )
    with pytest.raises(InvalidInputError) as caught:
        read_service(text, "rufbus.toml")
    told = [str(problem) for problem in caught.value.problems]
    shown = service_doc.split("## What an error looks like")[1].split("```")[1].strip().split("\n")
    assert set(shown) <= set(told)
