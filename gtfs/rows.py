"""A feed's CSV file as polars frames of text, block by block: ragged rows, stray quotes and odd encodings are read as meant."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gtfs.archive import STREAMED, Archive
from gtfs.decoding import Decoder
from gtfs.errors import FeedError
from gtfs.findings import ROW, Findings
from gtfs.suspicions import refuse_formula_names, refuse_formulas

BLOCK_BYTES = 4 << 20
_CSV_SLICE = 20_000
_CELLS_AT_ONCE = 600_000
_LINE_FEED = 10
_QUOTE = ord('"')
_SIGNS = (b'"', b" ", b"\t", b"\v", b"\f", b"\x1c", b"\x1d", b"\x1e", b"\x1f")
_MARK = codecs.BOM_UTF8
Progress = Callable[[str, int, int], None]
"""Told while reading: file, bytes read, bytes in all."""


def read_frames(archive: Archive, name: str, findings: Findings, progress: Progress | None = None) -> Iterator[pl.DataFrame]:
    """The file's records as frames of stripped text (null where empty) with a ``_row`` column; at least one frame, maybe empty.

    A file without a header gives nothing at all.

    Raises:
        FeedError: zero bytes, too long a line, too many columns or cells, damaged zip.
    """
    reader = _Reader(archive, name, findings)
    decoder = Decoder()
    row = 2
    done = 0
    for block in _blocks(archive, name, decoder):
        for piece in reader.pieces(_without_marks(decoder.mend_lines(block), name, findings)):
            frame = reader.read(piece, row)
            row += frame.height
            if name not in STREAMED and row * len(reader.columns) > archive.limits.cells:
                raise FeedError("too_many_cells", name, subject=f"{archive.limits.cells:,}")
            if reader.columns:
                yield frame.filter(~pl.all_horizontal(pl.col(reader.columns).is_null()))
        done += len(block)
        if progress is not None:
            progress(name, min(done, archive.size(name)), archive.size(name))
    if not reader.columns:
        findings.add("file_empty", name)
    if decoder.encoding:
        findings.add("encoding_converted", name, subject=decoder.encoding)


def read_table(archive: Archive, name: str, findings: Findings) -> pl.DataFrame | None:
    """The whole file as one frame as of :func:`read_frames`; None when it is absent or empty."""
    if not archive.has(name):
        return None
    frames = list(read_frames(archive, name, findings))
    return pl.concat(frames) if frames else None


def _blocks(archive: Archive, name: str, decoder: Decoder) -> Iterator[bytes]:
    """Blocks of whole records: cut at a line end outside quotes."""
    rest = b""
    for chunk in _with_line_feeds(decoder.to_utf8(archive.chunks(name, BLOCK_BYTES))):
        text = rest + chunk
        _refuse_unreadable(text, name, archive.limits.line_bytes)
        cut = _last_record_end(text)
        if cut == 0 and len(text) > 2 * BLOCK_BYTES:  # a quote that is never closed: let the tolerant parser have it
            cut = text.rfind(b"\n") + 1
        block, rest = text[:cut], text[cut:]
        if block:
            yield block
    if rest:
        yield rest


def _without_marks(block: bytes, name: str, findings: Findings) -> bytes:
    """Files put one after the other bring byte-order marks into the middle."""
    if _MARK not in block:
        return block
    findings.add("mark_inside", name)
    return block.replace(_MARK, b"")


def _with_line_feeds(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines end with a line feed, also those of Windows and old Macs."""
    held = b""
    for read in chunks:
        chunk = held + read
        held = b"\r" if chunk.endswith(b"\r") else b""  # its line feed may come with the next chunk
        chunk = chunk[: len(chunk) - len(held)]
        if b"\r" not in chunk:
            yield chunk
        elif chunk.count(b"\r") == chunk.count(b"\r\n"):
            yield chunk.translate(None, b"\r")  # in a third of the time
        else:
            yield chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _refuse_unreadable(text: bytes, name: str, line_bytes: int) -> None:
    if b"\0" in text:
        raise FeedError("nul_bytes", name, row=text[: text.index(b"\0")].count(b"\n") + 1 if len(text) <= BLOCK_BYTES else None)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _LINE_FEED)
    longest = np.diff(ends, prepend=-1, append=len(text)).max(initial=0)
    if longest > line_bytes:
        raise FeedError("line_too_long", name, subject=str(line_bytes))


def _last_record_end(text: bytes) -> int:
    """Bytes up to the last line end with an even number of quotes before it; 0 when there is none."""
    end = text.rfind(b"\n") + 1
    if b'"' not in text[:end]:
        return end
    ends = _record_ends(text)
    return int(ends[-1]) if ends.size else 0


def _record_ends(text: bytes) -> NDArray[np.int64]:
    """Where records end: after line ends with an even number of quotes before them."""
    raw = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(raw == _LINE_FEED)
    quotes = np.searchsorted(np.flatnonzero(raw == _QUOTE), ends)
    outside: NDArray[np.int64] = ends[quotes % 2 == 0] + 1
    return outside


def _is_plain(block: bytes) -> bool:
    """True when no cell needs stripping or may be an empty pair of quotes."""
    return block.isascii() and not any(sign in block for sign in _SIGNS)


class _Reader:
    """Parses blocks of one file; learns the columns from the first."""

    def __init__(self, archive: Archive, name: str, findings: Findings) -> None:
        self.name = name
        self.columns: list[str] = []
        self._limits = archive.limits
        self._findings = findings
        self._separator = ","
        self._positions: list[int] = []
        self._width = 0

    def pieces(self, block: bytes) -> Iterator[bytes]:
        """The block, after the header, cut so that few bytes (empty lines, many columns) never make a huge frame."""
        if not self.columns:
            block = self._read_header(block)
        most = _CELLS_AT_ONCE // max(self._width, 1)
        if block.count(b"\n") <= most:
            yield block
            return
        start = 0
        for end in _record_ends(block)[most - 1 :: most].tolist():
            yield block[start:end]
            start = end
        yield block[start:]

    def read(self, block: bytes, first_row: int) -> pl.DataFrame:
        """The records of a block, in the file's columns, numbered from ``first_row``."""
        if not self.columns or not block:
            return self._frame(pl.DataFrame({str(n): [] for n in range(self._width)}), first_row)
        try:
            frame = pl.read_csv(
                io.BytesIO(self._numbered_header() + block),
                separator=self._separator,
                infer_schema=False,
                missing_columns="insert",
            )
            if frame.width != self._width:
                raise pl.exceptions.ComputeError("wider than the header")
        except pl.exceptions.PolarsError:
            frame = self._read_tolerantly(block, first_row)
        if b'"' in block:
            self._refuse_long_cells(frame)
        cells = self._frame(frame, first_row, plain=_is_plain(block))
        refuse_formulas(cells, block, self.name)
        return cells

    def _refuse_long_cells(self, frame: pl.DataFrame) -> None:
        """Lines are bounded before; a quoted cell may hold many lines."""
        longest = frame.select(pl.max_horizontal(pl.all().cast(pl.String).str.len_bytes().max())).item() if frame.height else None
        if (longest or 0) > self._limits.line_bytes:
            raise FeedError("line_too_long", self.name, subject=str(self._limits.line_bytes))

    def _numbered_header(self) -> bytes:
        return self._separator.join(str(n) for n in range(self._width)).encode() + b"\n"

    def _frame(self, frame: pl.DataFrame, first_row: int, *, plain: bool = False) -> pl.DataFrame:
        """The wanted columns by name, cells stripped, empty ones null; in ``plain`` text they are so already."""
        texts = {column: pl.col(str(at)).cast(pl.String) for at, column in zip(self._positions, self.columns, strict=True)}
        cells = [(text if plain else text.str.strip_chars().replace("", None)).alias(column) for column, text in texts.items()]
        return frame.select(pl.int_range(pl.len(), dtype=pl.Int64).add(first_row).alias(ROW), *cells)

    def _read_header(self, block: bytes) -> bytes:
        """Set the columns from the first line that is not empty; the rest of the block."""
        block = block.lstrip(b"\r\n\t ")
        line, _, rest = block.partition(b"\n")
        text = line.decode(errors="replace").strip().lstrip("\ufeff")
        if not text:
            return b""
        self._choose_separator(text)
        try:
            cells = next(csv.reader([text], delimiter=self._separator))
        except csv.Error as error:
            raise FeedError("line_too_long", self.name, 1, str(csv.field_size_limit())) from error
        names = [cell.strip().lower() for cell in cells]
        if len(names) > self._limits.columns:
            raise FeedError("too_many_columns", self.name, row=1, subject=str(len(names)))
        refuse_formula_names(names, self.name)
        self._width = len(names)
        for position, column in enumerate(names):
            if column in self.columns:
                self._findings.add("column_twice", self.name, 1, column)
            elif column:
                self.columns.append(column)
                self._positions.append(position)
        return rest

    def _choose_separator(self, header: str) -> None:
        for separator, label in ((";", "semicolons"), ("\t", "tabs")):
            if "," not in header and separator in header:
                self._separator = separator
                self._findings.add("separator_converted", self.name, 1, label)

    def _read_tolerantly(self, block: bytes, first_row: int) -> pl.DataFrame:
        """Row by row with the standard library; surplus cells and unclosed quotes are reported."""
        text = block.decode(errors="replace")
        records = csv.reader(_closing_quotes(text, self._report_quote), delimiter=self._separator)
        frames = []
        row = first_row
        try:
            while rows := list(islice(records, _CSV_SLICE)):
                frames.append(self._from_cells(rows, row))
                row += len(rows)
        except csv.Error as error:
            raise FeedError("line_too_long", self.name, row, str(csv.field_size_limit())) from error
        return pl.concat(frames)

    def _report_quote(self) -> None:
        self._findings.add("stray_quote", self.name)

    def _from_cells(self, rows: list[list[str]], first_row: int) -> pl.DataFrame:
        width = self._width
        for row, cells in enumerate(rows, start=first_row):
            if any(cell.strip() for cell in cells[width:]):
                self._findings.add("ragged_rows", self.name, row)
        columns = {str(n): [cells[n] if n < len(cells) else None for cells in rows] for n in range(width)}
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _closing_quotes(text: str, report: Callable[[], None]) -> Iterator[str]:
    """The lines of ``text``. Where quotes would swallow the rest of it, quotes of that line are dropped."""
    lines = io.StringIO(text, newline="\n")
    dangling = text.count('"') % 2 == 1
    for line in lines:
        if dangling and line.count('"') % 2 == 1:
            dangling = False
            report()
            yield line.replace('"', "")
        else:
            yield line
