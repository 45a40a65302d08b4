"""What is wrong with a file is told in German on German pages: every sentence that the files' checks can say."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from api.web.file_problems import GERMAN, in_german, told
from mobility.errors import Problem
from tests.test_architecture import CHECKOUT

SAYING = ("FieldError", "Finding", "Problem")


def said(node: ast.expr) -> str | None:
    """A sentence as it is written, what is put into it as x."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return None


def sentences() -> Iterator[str]:
    """All that ``mobility/files`` says is wrong, and how to mend it; with what is kept in a variable first."""
    for file in sorted((CHECKOUT / "mobility" / "files").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            found: list[ast.expr] = []
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYING:
                where = 0 if node.func.id == "FieldError" else 1  # type: ignore[attr-defined]  # a name, as has been seen
                found = [one for one in node.args[where:] if not isinstance(one, ast.Call | ast.Tuple)]
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("what", "mend"):
                found = [node.value]
            yield from (text for text in map(said, found) if text)


def test_every_sentence_has_its_german_one() -> None:
    all_of_them = set(sentences())
    assert len(all_of_them) > 80
    assert sorted(text for text in all_of_them if in_german(text) == text) == []


def test_no_german_sentence_says_more_or_less_than_the_english_one() -> None:
    assert [english for english, german in GERMAN.items() if english.count("{}") != german.count("{}")] == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("too small, found 3", "zu klein, gefunden: 3"),
        ("did you mean hours?", "gemeint ist vielleicht hours?"),
        ('role = "driver" needs the key driver', 'role = "driver" braucht den Schlüssel driver'),
        ("at least 10 characters", "mindestens 10 Zeichen"),
        ("something nobody has thought of", "something nobody has thought of"),
    ],
)
def test_what_the_file_says_is_kept(english: str, german: str) -> None:
    assert in_german(english) == german


def test_lines_are_told_too() -> None:
    problem = Problem("rufbus.toml, line 12: hours[0].start", "not a time, found 'x'", "write a text")
    assert (
        str(told(problem, "de")) == "rufbus.toml, Zeile 12: hours[0].start: keine Uhrzeit, gefunden: 'x' (einen Text schreiben)"
    )
    assert told(problem, "en") is problem
