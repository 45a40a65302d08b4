"""What a failed check of the schema means in plain words, and how to mend it."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mobility.files.toml_lines import Path


class Finding(NamedTuple):
    """Something wrong at a key path of a file; ``line_path`` where the line is that of another key than the one told."""

    path: Path
    what: str
    mend: str = ""
    line_path: Path | None = None


class FieldError(ValueError):
    """What is wrong with one value (never repeating it), and how to mend it."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "date_type": "a date",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
    "frozen_set_type": "a list",
}
_EXAMPLES = {
    "string_type": 'write it in quotes, such as "text"',
    "int_type": "write digits without quotes and decimal places, such as 15",
    "bool_type": "write true or false without quotes",
    "list_type": 'write it in brackets, such as ["one", "two"]',
    "date_type": "write it without quotes, such as 2026-12-24",
}


def suggest(word: object, allowed: Iterable[str]) -> str:
    """The allowed word that is near, as "did you mean …?", else the list of all that are allowed."""
    choices = list(allowed)
    near = _nearest(word, choices)
    if near:
        return f"did you mean {near}?"
    return f"allowed: {', '.join(choices)}" if choices else ""


def explain(model: type[BaseModel], error: ErrorDetails, *, personal: bool) -> Finding:
    """One pydantic error as a finding; ``personal``: never repeats what the file says."""
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        return _unknown_key(model, path, personal=personal)
    what, mend = _what_and_mend(error)
    if error["type"] != "missing" and not personal:
        what += _found(error["input"])
    return Finding(path, what, mend)


def _what_and_mend(error: ErrorDetails) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if isinstance(context.get("error"), FieldError):
        return context["error"].what, context["error"].mend
    if kind == "missing":
        return "is missing", f"add the key {error['loc'][-1]}"
    if kind in {"enum", "literal_error"}:
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        return "not one of the allowed words", suggest(error["input"], allowed)
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}", _EXAMPLES.get(kind, "")
    return _broken_bound(kind, context)


def _broken_bound(kind: str, context: dict[str, Any]) -> tuple[str, str]:
    bounds = {
        "greater_than_equal": ("too small", "at least {ge}"),
        "less_than_equal": ("too large", "at most {le}"),
        "too_short": ("too few entries", "at least {min_length}"),
        "too_long": ("too many entries", "at most {max_length}"),
        "string_too_short": ("empty or too short", "at least {min_length} characters"),
        "string_too_long": ("too long", "at most {max_length} characters"),
        "string_unicode": ("not valid Unicode text", "save the file as UTF-8"),
    }
    if context.get("field_type") == "Value":  # a secret text counts characters, too
        kind = f"string_{kind}"
    what, mend = bounds.get(kind, ("not usable", "compare with the documented examples"))
    return what, mend.format(**context)


def _unknown_key(model: type[BaseModel], path: Path, *, personal: bool) -> Finding:
    *parents, key = path
    table = _model_at(model, parents)
    known = list(table.model_fields) if table else []
    near = _nearest(key, known)
    if near:
        mend = f"did you mean {near}?"
    elif parents and key in model.model_fields:
        mend = f"{key} belongs at the top of the file, before the first [section]"
    else:
        mend = f"allowed here: {', '.join(known)}"
    # an unknown key of a people file might be a name: then only its line is told
    shown = path if near or key in model.model_fields or not personal else (*parents, "?")
    return Finding(shown, "unknown key", mend, line_path=path)


def _model_at(model: type[BaseModel], path: Iterable[str | int]) -> type[BaseModel] | None:
    """The model that describes the table at a path."""
    annotation: object = model
    for key in path:
        if isinstance(key, str):
            if not (isinstance(annotation, type) and issubclass(annotation, BaseModel) and key in annotation.model_fields):
                return None
            annotation = annotation.model_fields[key].annotation
        annotation = _inner(annotation)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _inner(annotation: object) -> object:
    """What a list or an optional value holds."""
    while typing.get_origin(annotation) in {list, types.UnionType, typing.Union, typing.Annotated}:
        annotation = next(part for part in typing.get_args(annotation) if part is not types.NoneType)
    return annotation


def _nearest(word: object, choices: list[str]) -> str | None:
    if not isinstance(word, str):
        return None
    by_lower = {choice.lower(): choice for choice in choices}
    near = get_close_matches(word[:60].strip().lower(), by_lower, n=1, cutoff=0.65)
    return by_lower[near[0]] if near else None


def _found(value: object) -> str:
    """What the file says there, where it can be told in a few words."""
    if isinstance(value, bool):
        return f", found {str(value).lower()}"
    if isinstance(value, str):
        return f", found {value[:40]!r}" + ("…" if len(value) > 40 else "")
    if isinstance(value, int) and abs(value) > 10**18:
        return ", found a very long number"
    if isinstance(value, int | Decimal | date | datetime | time):
        return f", found {str(value)[:40]}"
    return ""
