"""Between domain dataclasses and rows: columns hold what is queried, constrained or ordered; JSONB holds nested values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

T = TypeVar("T")

Row = dict[str, Any]
Json = dict[str, Any]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 -- pydantic takes any type
    return TypeAdapter(kind)


@cache
def _columns(kind: Hashable, table: Table) -> tuple[tuple[str, bool], ...]:
    """Names of the fields that are columns too, and whether the column is JSONB."""
    names = [field.name for field in fields(cast("Any", kind)) if field.name in table.columns]
    return tuple((name, isinstance(table.columns[name].type, JSONB)) for name in names)


def document(value: object) -> Json:
    """The whole dataclass as JSON types."""
    whole: Json = _adapter(cast("Hashable", type(value))).dump_python(value, mode="json")
    return whole


def to_row(value: object, table: Table) -> Row:
    """The fields of a dataclass that ``table`` has columns for."""
    nested = document(value)
    return {
        name: nested[name] if is_json else getattr(value, name)
        for name, is_json in _columns(cast("Hashable", type(value)), table)
    }


def from_row(kind: type[T], row: Mapping[Any, Any]) -> T:
    """The dataclass of a row (columns that it has no field for are ignored).

    Raises:
        pydantic.ValidationError: the row was written by something else.
    """
    value: T = _adapter(cast("Hashable", kind)).validate_python(dict(row))
    return value
