"""Tables to take away. A spreadsheet must not take what somebody wrote for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from fastapi import Response

_BEGINS_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as a cell; what a spreadsheet would read as a formula gets an apostrophe before it (OWASP, "CSV injection")."""
    text = str(value)
    return f"'{text}" if text.startswith(_BEGINS_FORMULAS) and not _is_number(text) else text


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file ``name`` (ours, ASCII) in UTF-8 with a byte order mark, which Excel needs to read umlauts; RFC 4180."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([cell(one) for one in head])
    writer.writerows([cell(one) for one in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii()
