"""Kinds of columns that the tables are made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Text,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

Id = Text(collation="C")
"""Ids sort by code point, as Python sorts them, so that every store locks and lists in the same order."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime; read in UTC.

    Raises:
        ValueError: a datetime without time zone.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.utcoffset() is None:
            raise ValueError(f"a datetime needs a time zone, found {value.isoformat()}")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)


def refers(to: str, *, ondelete: str | None = None) -> ForeignKey:
    """A reference that is checked at commit."""
    return ForeignKey(to, deferrable=True, initially="DEFERRED", ondelete=ondelete)


def reference(name: str, to: str, *, nullable: bool = False, index: bool = False, ondelete: str | None = None) -> Column[Any]:
    """An id column that refers to another table."""
    return Column(name, Id, refers(to, ondelete=ondelete), nullable=nullable, index=index)


def of_agency() -> Column[Any]:
    return reference("agency_id", "agency.id")


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def check(name: str, rule: str) -> CheckConstraint:
    return CheckConstraint(rule, name=name)


def nested(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, JSONB(none_as_null=True), nullable=nullable)


def needed(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], default: FunctionElement[Any] | ColumnElement[Any] | None = None
) -> Column[Any]:
    """A column that is never null."""
    return Column(name, kind, nullable=False, server_default=default)


def of_service() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["agency_id", "service_id"], ["service.agency_id", "service.id"], deferrable=True, initially="DEFERRED"
    )


def no_overlap(column: str, name: str) -> ExcludeConstraint:
    """Nothing and nobody drives two runs at once."""
    return ExcludeConstraint(
        ("agency_id", "="),
        (column, "="),
        (literal_column("tstzrange(starts_at, ends_at)"), "&&"),
        where=text("NOT withdrawn"),
        using="gist",
        name=name,
    )
