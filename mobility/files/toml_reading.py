"""From a TOML text to a checked model, with every problem told by file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mobility.errors import InvalidInputError, Problem
from mobility.files.explanations import Finding, explain
from mobility.files.toml_lines import KEY_PART, Path, key_lines

MAX_PROBLEMS = 100
_LINE = re.compile(r" ?\(at line (\d+), column \d+\)$")
# tomllib takes time with the square of a dotted key's parts: half a million of them would hold a server for an hour
_ENDLESS_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{KEY_PART}[ \t]*\.[ \t]*){{50}}")
_QUOTED = re.compile(r"\(?['\"].*['\"],?\)?", re.DOTALL)
_MENDS = {
    "Invalid value": "texts and times stand in quotes, numbers do not; no leading zeros",
    "Expected newline or end of document after a statement": "texts and times stand in quotes; one key on a line",
    "Illegal character '\\n'": "close the text with a quotation mark on the same line",
    "Expected '=' after a key in a key/value pair": 'write key = value, texts in quotes: name = "Rufbus"',
    "Cannot overwrite a value": "each key may stand there once only",
    "Unclosed array": "close the list with ]",
    "Unclosed inline table": "close the table with }",
}

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """A TOML text that was read: its data (decimals exact) and the line of every key."""

    name: str
    data: dict[str, Any]
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a key; of the nearest table around it when the key is not there."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def problem(self, finding: Finding) -> Problem:
        where = self.where(finding.path, finding.line_path)
        return Problem(where, finding.what, finding.mend)

    def where(self, path: Path, line_path: Path | None = None) -> str:
        """Such as ``rufbus.toml, line 12: hours[0].start``."""
        place = f"{self.name}, line {self.line_of(path if line_path is None else line_path)}"
        return f"{place}: {key_text(path)}" if path else place

    def refuse(self, findings: Iterable[Finding], *, untold: int = 0) -> None:
        """Raise what was found, in the order of the lines; nothing found, nothing raised. ``untold``: how many more there are.

        Raises:
            InvalidInputError: there is at least one finding.
        """
        ordered = sorted(findings, key=lambda finding: self.line_of(finding.line_path or finding.path))
        if not ordered:
            return
        problems = [self.problem(finding) for finding in ordered[:MAX_PROBLEMS]]
        untold += len(ordered) - len(problems)
        if untold:
            problems.append(Problem(self.name, f"and {untold} more problems"))
        raise InvalidInputError(*problems)


def key_text(path: Path) -> str:
    """``hours[0].start`` for ``("hours", 0, "start")``."""
    parts: list[str] = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        else:
            shown = key if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", key) else repr(key[:60])
            parts.append(f".{shown}" if parts else shown)
    return "".join(parts)


def read_text_file(file: FilePath, max_bytes: int) -> str:
    """A small UTF-8 text file.

    Raises:
        InvalidInputError: not readable, larger than ``max_bytes``, or not UTF-8.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable file name"
        raise InvalidInputError(Problem(repr(str(file)), f"cannot be read: {reason}", "check the file's name")) from None
    if len(content) > max_bytes:
        raise InvalidInputError(_too_large(file.name, max_bytes))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            Problem(f"{file.name}, line {line}", "not UTF-8 text", 'save the file with the encoding "UTF-8"')
        ) from None


def parse(text: str, name: str, max_bytes: int, *, personal: bool) -> Document:
    """Read TOML syntax. ``personal``: errors never repeat what the file says.

    Raises:
        InvalidInputError: too large, or not TOML; one problem with its line.
    """
    if len(text) > max_bytes:
        raise InvalidInputError(_too_large(name, max_bytes))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    endless = _ENDLESS_KEY.search(text)
    if endless:
        line = text.count("\n", 0, endless.start()) + 1
        raise InvalidInputError(
            Problem(f"{name}, line {line}", "a key of more than fifty parts", "write [section] lines instead of dots")
        )
    try:
        data = tomllib.loads(text, parse_float=_decimal)
        return Document(name, data, key_lines(text))
    except RecursionError:
        raise InvalidInputError(
            Problem(name, "lists or tables are nested too deeply", "compare with the documented examples")
        ) from None
    except ValueError as error:
        raise InvalidInputError(_syntax_problem(str(error), text, name, personal=personal)) from None


def check(document: Document, model: type[Model], *, personal: bool) -> Model:
    """The document as a model.

    Raises:
        InvalidInputError: every problem found, with its line.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        errors = sorted(error.errors(include_url=False), key=lambda found: document.line_of(found["loc"]))
    findings = [explain(model, found, personal=personal) for found in errors[:MAX_PROBLEMS]]
    document.refuse(findings, untold=len(errors) - len(findings))
    raise AssertionError("a validation error without errors")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds: as refused as infinity, and then with its line
        return Decimal("Infinity")


def _too_large(name: str, max_bytes: int) -> Problem:
    return Problem(name, f"larger than {max_bytes // 1000} kB", "is it the right file? simplify the outlines of zones")


def _syntax_problem(message: str, text: str, name: str, *, personal: bool) -> Problem:
    found = _LINE.search(message)
    line = int(found.group(1)) if found else text.count("\n") + (not text.endswith("\n"))
    what = _LINE.sub("", message).removesuffix(" (at end of document)")
    mend = _MENDS.get(what, "see https://toml.io")
    if personal and what not in _MENDS:
        what = _QUOTED.sub("…", what)
    if "limit" in what:  # Python's guard against endless digits, which knows no line
        return Problem(name, "a number has too many digits", "shorten it")
    return Problem(f"{name}, line {max(line, 1)}", f"not valid TOML: {what}", mend)
