"""Tables that people made, read strictly: which file, which row, what is wrong, how to mend it."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mobility.errors import InvalidInputError, Problem

T = TypeVar("T")

MAX_BYTES = 50_000_000
_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; ``where`` names file and row (the header is row 1), as spreadsheets count."""

    where: str
    values: dict[str, str]

    def has(self, column: str) -> bool:
        """Whether the column is there and not empty."""
        return bool(self.values.get(column, "").strip())

    def text(self, column: str) -> str:
        """The cell, which must not be empty."""
        value = self.values.get(column, "").strip()
        if not value:
            raise self.wrong(column, "is empty", "every row needs it")
        return value

    def number(self, column: str, least: float, most: float, default: float | None = None) -> float:
        """A finite number between the two."""
        if default is not None and not self.has(column):
            return default
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not least <= number <= most:
            raise self.wrong(column, f"{value!r} is not a number from {least:g} to {most:g}", "mend the cell")
        return number

    def whole(self, column: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number between the two."""
        number = self.number(column, least, most, default)
        if number != int(number):
            raise self.wrong(column, f"{self.text(column)!r} is not a whole number", "mend the cell")
        return int(number)

    def wrong(self, column: str, what: str, mend: str) -> InvalidInputError:
        """An error about one cell, to be raised."""
        return InvalidInputError(Problem(f"{self.where}, {column}", what, mend))


def read_rows(file: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a CSV file with a header; ``columns`` must be there, others may.

    Raises:
        InvalidInputError: no such file, too large, not a CSV in UTF-8, a column missing, no rows.
    """
    rows = list(_rows(file, columns))
    if not rows:
        raise InvalidInputError(Problem(file.name, "holds no rows", f"one row each, below the header {','.join(columns)}"))
    return rows


def parse_rows(rows: Collection[Row], parse: Callable[[Row], T]) -> list[T]:
    """Every row parsed; all that is wrong is told together, ten cells at most.

    Raises:
        InvalidInputError: with a problem for each cell that cannot be read.
    """
    parsed: list[T] = []
    problems: list[Problem] = []
    for row in rows:
        try:
            parsed.append(parse(row))
        except InvalidInputError as error:
            problems += error.problems
            if len(problems) >= _MOST_PROBLEMS:
                break
    if problems:
        raise InvalidInputError(*problems)
    return parsed


def refuse_repeated(rows: Sequence[Row], column: str) -> None:
    """Raise InvalidInputError when two rows have the same id."""
    first: dict[str, Row] = {}
    for row in rows:
        earlier = first.setdefault(row.text(column), row)
        if earlier is not row:
            raise row.wrong(column, f"{row.text(column)!r} is in {earlier.where.rpartition(' ')[2]} already", "every id once")


def _rows(file: Path, columns: Sequence[str]) -> Iterator[Row]:
    if not file.is_file():
        raise InvalidInputError(Problem(str(file), "no such file", "check the path"))
    if file.stat().st_size > MAX_BYTES:
        raise InvalidInputError(Problem(file.name, f"is larger than {MAX_BYTES // 1_000_000} MB", "simulate one day at a time"))
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            missing = [column for column in columns if column not in (reader.fieldnames or [])]
            if missing:
                raise InvalidInputError(
                    Problem(f"{file.name} row 1", f"no column {', '.join(missing)}", "the first row names the columns")
                )
            for number, values in enumerate(reader, start=2):
                where = f"{file.name} row {number}"
                if None in values or None in values.values():
                    raise InvalidInputError(Problem(where, "has more or fewer cells than the header", "mend the row"))
                yield Row(where, values)
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInputError(
            Problem(file.name, "is not a CSV file in UTF-8", "save it as CSV UTF-8, separated by commas")
        ) from None
