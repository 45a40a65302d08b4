"""Every German sentence of the pages has its English one, and none is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api.web.language import FOLDER, translations

WEB = FOLDER.parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}}

Text = str | tuple[str, ...]


@cache
def written() -> dict[Text, str]:
    """All sentences of templates and modules, and where they stand."""
    found = extract_from_dir(WEB, METHODS, OPTIONS, KEYWORDS)
    return {message: f"{file}:{line}" for file, line, message, _, _ in found if message}


def translated() -> Iterator[tuple[Path, Message]]:
    for file in sorted((FOLDER / "en").glob("*.po")):
        with file.open("rb") as opened:
            yield from ((file, message) for message in read_po(opened, locale="en", abort_invalid=True) if message.id)


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    sentences = {_id(message): file.name for file, message in translated() if all(_strings(message))}
    missing = {text: where for text, where in written().items() if text not in sentences}
    assert missing == {}, "write them into api/web/locale/en"
    assert {text: file for text, file in sentences.items() if text not in written()} == {}, "nobody says this any more"


def test_no_sentence_is_translated_twice_differently() -> None:
    seen: dict[Text, tuple[str, ...]] = {}
    for file, message in translated():
        assert seen.setdefault(_id(message), _strings(message)) == _strings(message), f"{file.name}: {message.id}"


@pytest.mark.parametrize("placeholder", [r"%\((\w+)\)s", r"\{(\w+)\}"])
def test_translations_name_the_same_things(placeholder: str) -> None:
    wrong = [
        f"{file.name}: {english}"
        for file, message in translated()
        for english in _strings(message)
        if not set(re.findall(placeholder, english)) <= set(re.findall(placeholder, str(message.id)))
    ]
    assert wrong == []


def test_a_per_cent_sign_of_its_own_breaks_no_sentence() -> None:
    """Templates fill in ``%(name)s`` by formatting: any other per cent sign would stop the page."""
    for file, message in translated():
        for text in (str(message.id), *_strings(message)):
            names = dict.fromkeys(re.findall(r"%\((\w+)\)", text), "7")
            assert not names or "%" not in text % names, f"{file.name}: {text}"


def test_the_translations_are_used() -> None:
    assert translations("en").gettext("Abmelden") == "Sign out"
    assert translations("de").gettext("Abmelden") == "Abmelden"


def _id(message: Message) -> Text:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (str(message.string),)
