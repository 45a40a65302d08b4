"""Steps every table goes through: rows without an id, ids that come twice, references to nothing, numbers that are none."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from gtfs.errors import FeedError
from gtfs.findings import ROW, Findings

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
_HOURS = 167

_CLOCK_BYTES = 8


def with_columns(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The frame with these columns, null where the file has none."""
    return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in names if name not in frame.columns)


def require_columns(frame: pl.DataFrame, file: str, *names: str) -> None:
    """Raise FeedError for the first column that is absent."""
    for name in names:
        if name not in frame.columns:
            raise FeedError("column_missing", file, 1, name)


def report(rows: pl.DataFrame, code: str, file: str, findings: Findings, subject: str | None = None) -> None:
    """One finding for all ``rows``, naming the first; ``subject`` is the column its sentence speaks of."""
    if rows.height:
        first = rows.row(0, named=True)
        findings.add(code, file, first.get(ROW), str(first[subject]) if subject else "", rows.height)


def unique_by(frame: pl.DataFrame, key: str, file: str, findings: Findings) -> pl.DataFrame:
    """The first row of every id; rows without one, and repetitions, are reported."""
    missing = frame.filter(pl.col(key).is_null())
    if missing.height:
        findings.add("id_missing", file, missing[ROW][0], key, missing.height)
        frame = frame.filter(pl.col(key).is_not_null())
    repeated = ~pl.col(key).is_first_distinct()
    report(frame.filter(repeated), "id_twice", file, findings, key)
    return frame.filter(~repeated)


def numbered(ids: pl.Series, key: str, number: str) -> pl.DataFrame:
    """Look-up table from id to its index (Int32)."""
    return pl.DataFrame({key: ids.cast(pl.String), number: pl.int_range(len(ids), dtype=pl.Int32, eager=True)})


def look_up(frame: pl.DataFrame, column: str, ids: pl.Series, number: str) -> pl.DataFrame:
    """The frame with ``number``, the index of its ``column`` in ``ids`` (null where unknown), rows in the same order."""
    return frame.join(numbered(ids, column, number), on=column, how="left", maintain_order="left")


def small_numbers(
    frame: pl.DataFrame, column: str, file: str, findings: Findings, allowed: tuple[int, int] = (0, 3)
) -> pl.DataFrame:
    """``column`` as Int32 within ``allowed``, 0 where empty; what is not allowed is reported and becomes 0."""
    plain = frame[column].cast(pl.Int32, strict=False)
    if plain.null_count() == frame[column].null_count() and plain.is_between(*allowed).all():  # nothing to report
        return frame.with_columns(plain.fill_null(0).alias(column))
    value = pl.col(column).cast(pl.Int32, strict=False)
    wrong = pl.col(column).is_not_null() & ~value.is_between(*allowed).fill_null(value=False)
    report(frame.filter(wrong), "value_unusable", file, findings, column)
    return frame.with_columns(pl.when(wrong).then(0).otherwise(value).fill_null(0).cast(pl.Int32).alias(column))


def parse_times(frame: pl.DataFrame, columns: list[str], file: str, findings: Findings) -> pl.DataFrame:
    """Times as H:MM:SS (hours may pass 24) to Int32 seconds, null where missing; what cannot be read is reported."""
    for column in columns:
        plain = _seconds_of_plain(frame[column])
        if plain is not None:
            frame = frame.with_columns(plain.alias(column))
            continue
        seconds = seconds_of_text(column)
        parsed = frame.select(seconds.alias("seconds"), pl.col(column), pl.col(ROW))
        report(parsed.filter(pl.col("seconds").is_null() & pl.col(column).is_not_null()), "time_unusable", file, findings, column)
        frame = frame.with_columns(parsed["seconds"].alias(column))
    return frame


def _seconds_of_plain(texts: pl.Series) -> pl.Series | None:
    """Int32 seconds where every text is HH:MM:SS, several times quicker than :func:`seconds_of_text`; None where one is not."""
    if texts.null_count() or not texts.len() or not (texts.str.len_bytes() == _CLOCK_BYTES).all():
        return None
    signs = np.frombuffer(texts.str.join("").item().encode(), np.uint8).reshape(-1, _CLOCK_BYTES)
    digits = signs[:, [0, 1, 3, 4, 6, 7]] - ord("0")  # uint8: what lies before "0" becomes large
    if (signs[:, [2, 5]] != ord(":")).any() or (digits > (9, 9, 5, 9, 5, 9)).any():
        return None
    return pl.Series((digits.astype(np.int32) @ np.array([36000, 3600, 600, 60, 10, 1], np.int32)).astype(np.int32))


def seconds_of_text(column: str) -> pl.Expr:
    """Int32 seconds of a text H:MM:SS up to a week, null if it is not one."""
    text = pl.col(column)
    parts = text.str.splitn(":", 3).struct
    hours = parts.field("field_0").cast(pl.Int32, strict=False)
    minutes = parts.field("field_1").cast(pl.Int32, strict=False)
    seconds = parts.field("field_2").cast(pl.Int32, strict=False)
    sound = hours.is_between(0, _HOURS) & minutes.is_between(0, 59) & seconds.is_between(0, 59)
    return pl.when(sound).then(hours * 3600 + minutes * 60 + seconds)


def parse_days(frame: pl.DataFrame, columns: list[str], file: str, findings: Findings, *, clamp: bool = False) -> pl.DataFrame:
    """Dates as YYYYMMDD to Int32 day ordinals; rows with one that cannot be read are left out and reported.

    ``clamp``: 00010101 and 99991231, written for "always", become the first or last day that is kept; otherwise they cannot be read.
    """
    for column in columns:
        day = pl.col(column).str.to_date("%Y%m%d", strict=False)
        if clamp:
            far = (~day.is_between(_FIRST_DAY, _LAST_DAY) & (pl.col(column).str.len_chars() == 8)).fill_null(value=False)
            report(frame.filter(far), "date_far", file, findings, column)
            frame = frame.with_columns(
                pl.when(far).then(day.clip(_FIRST_DAY, _LAST_DAY).dt.strftime("%Y%m%d")).otherwise(column).alias(column)
            )
        sound = (day.is_between(_FIRST_DAY, _LAST_DAY) & (pl.col(column).str.len_chars() == 8)).fill_null(value=False)
        report(frame.filter(~sound), "date_unusable", file, findings, column)
        ordinal = day.cast(pl.Int32) + 719_163  # days from 0001-01-01 to 1970-01-01, counted as date.toordinal() does
        frame = frame.filter(sound).with_columns(ordinal.alias(column))
    return frame
