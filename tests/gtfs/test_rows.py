"""Text as real feeds have it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs import rows
from gtfs.archive import open_archive
from gtfs.cleaning import _seconds_of_plain, seconds_of_text
from gtfs.findings import ROW, Findings
from gtfs.rows import read_frames, read_table

Files = dict[str, str | bytes]
ZipOf = Callable[[Files], Path]


def table(zip_of: ZipOf, text: str | bytes, findings: Findings | None = None) -> pl.DataFrame:
    found = findings if findings is not None else Findings()
    with open_archive(zip_of({"stops.txt": text}), found) as archive:
        frame = read_table(archive, "stops.txt", found)
    assert frame is not None
    return frame


def codes(findings: Findings) -> list[str]:
    return [finding.code for finding in findings.to_list()]


def test_cells_are_stripped_and_empty_ones_null(zip_of: ZipOf) -> None:
    frame = table(zip_of, ' a , "b" ,c\n 1 ,"",  \n"x ""y"" z","q" ,"l1\nl2"\n')
    assert frame.rows() == [(2, "1", None, None), (3, 'x "y" z', "q", "l1\nl2")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends(ending: str, zip_of: ZipOf) -> None:
    assert table(zip_of, ending.join(["a,b", "1,2", "", "3,4"])).rows() == [(2, "1", "2"), (4, "3", "4")]


def test_ragged_rows(zip_of: ZipOf) -> None:
    findings = Findings()
    assert table(zip_of, "a,b,c\n1\n1,2\n1,2,3\n", findings).rows() == [
        (2, "1", None, None),
        (3, "1", "2", None),
        (4, "1", "2", "3"),
    ]
    assert codes(findings) == []
    assert table(zip_of, "a,b\n1,2,,\n1,2,3\n5,6\n", findings).rows() == [(2, "1", "2"), (3, "1", "2"), (4, "5", "6")]
    assert codes(findings) == ["ragged_rows"]
    assert findings.to_list()[0].row == 3


@pytest.mark.parametrize("text", ['a,b\n1,5" pipe\n2,x\n', 'a,b\n1,5 "inch" pipe\n2,x\n', 'a,b\n1,"Krone" Inn\n2,x\n'])
def test_stray_quotes_keep_the_rows(text: str, zip_of: ZipOf) -> None:
    frame = table(zip_of, text)
    assert frame["a"].to_list() == ["1", "2"]
    assert frame["b"][1] == "x"


def test_separators_and_headers(zip_of: ZipOf) -> None:
    findings = Findings()
    assert table(zip_of, "A;b\n1,5;2\n", findings).rows() == [(2, "1,5", "2")]
    assert table(zip_of, "a,b,a,\n1,2,3,4\n", findings).columns == [ROW, "a", "b"]
    assert codes(findings) == ["separator_converted", "column_twice"]


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8-sig", ""), ("utf-16", "UTF-16-LE"), ("cp1252", "Windows-1252 (Latin 1)"), ("cp850", "DOS code page 850"),
        ("mac_roman", "Mac Roman"), ("iso-8859-1", "Windows-1252 (Latin 1)"), ("utf-8", ""),
    ],
)  # fmt: skip
def test_encodings_are_found_named_and_converted(codec: str, name: str, zip_of: ZipOf) -> None:
    names = ["Mühlstraße", "Größlingen Süd", "Hjørundhølen bru", "Äußere Öhrenbachstraße", "Café Élysée"]
    findings = Findings()
    frame = table(zip_of, ("a,b\n" + "".join(f"{n},{text}\n" for n, text in enumerate(names))).encode(codec), findings)
    assert frame["b"].to_list() == names
    assert [finding.subject for finding in findings.to_list()] == ([name] if name else [])


def test_a_file_in_two_encodings(zip_of: ZipOf) -> None:
    frame = table(zip_of, "a\nMühle\n".encode() + "Straße\n".encode("cp1252"))
    assert frame["a"].to_list() == ["Mühle", "Straße"]


def test_nothing_in_it(zip_of: ZipOf) -> None:
    findings = Findings()
    with open_archive(zip_of({"stops.txt": "\n\n"}), findings) as archive:
        assert read_table(archive, "stops.txt", findings) is None
        assert read_table(archive, "absent.txt", findings) is None
    assert codes(findings) == ["file_empty"]
    assert table(zip_of, "a,b\n").columns == [ROW, "a", "b"]


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r=+-@\ufeff", exclude_categories=("Cs", "Cc"))
    | st.sampled_from(',"\n ;ä'),
    max_size=8,
)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=40), block=st.integers(120, 400), at_once=st.integers(3, 50)
)
def test_the_same_as_the_standard_library_whatever_the_block_size(
    cells: list[list[str]], block: int, at_once: int, zip_of: ZipOf
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *cells])
    expected = [[cell.strip() or None for cell in row] for row in cells]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "BLOCK_BYTES", block)
        patch.setattr(rows, "_CELLS_AT_ONCE", at_once)
        with open_archive(zip_of({"stops.txt": text.getvalue()}), Findings()) as archive:
            frame = pl.concat(read_frames(archive, "stops.txt", Findings()))
    numbered = [(n, *row) for n, row in enumerate(expected, start=2) if any(row)]
    assert frame.rows() == numbered


@given(
    st.lists(
        st.text("0123456789: -", min_size=8, max_size=8) | st.times().map(str).map(lambda text: text[:8]), min_size=1, max_size=4
    )
)
def test_clocks_are_read_quickly_as_they_are_read_slowly(texts: list[str]) -> None:
    """Where the quick way reads them at all."""
    quick = _seconds_of_plain(pl.Series(texts))
    slow = pl.DataFrame({"text": texts}).select(seconds_of_text("text")).to_series()
    assert quick is None or quick.to_list() == slow.to_list()
    assert quick is not None or not all(re.fullmatch(r"\d\d:[0-5]\d:[0-5]\d", text) for text in texts)
