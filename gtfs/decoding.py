"""Bytes of a feed's file as UTF-8, whatever encoding it came in."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CANDIDATES = {"cp1252": "Windows-1252 (Latin 1)", "cp850": "DOS code page 850", "mac_roman": "Mac Roman"}
_LETTERS = frozenset("äöüßÄÖÜéèêëàâáåæøñçîïíôóõúûÉÈÀÅÆØÇÑãÁÍÓÚ")


@dataclass(slots=True)
class Decoder:
    """Turns one file's chunks into UTF-8 without byte-order mark. ``encoding`` names what was converted ("" while nothing was)."""

    encoding: str = ""
    _codec: str = ""

    def to_utf8(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """UTF-8 chunks; only those with an encoding wider than a byte are re-cut."""
        first = next(chunks, b"")
        for mark, codec in _BOMS:
            if first.startswith(mark):
                yield from self._decode_marked(first[len(mark) :], chunks, codec)
                return
        yield first
        yield from chunks

    def _decode_marked(self, first: bytes, chunks: Iterator[bytes], codec: str) -> Iterator[bytes]:
        if codec == "utf-8":
            yield first
            yield from chunks
            return
        self.encoding = codec.upper()
        decoder = codecs.getincrementaldecoder(codec)(errors="replace")
        yield decoder.decode(first).encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()

    def mend_lines(self, block: bytes) -> bytes:
        """A block of whole lines as UTF-8: lines that are not are converted, each file in one encoding."""
        try:
            block.decode()
        except UnicodeDecodeError:
            self._codec = self._codec or _guess(block)
            self.encoding = _CANDIDATES[self._codec]
            return b"".join(_line_to_utf8(line, self._codec) for line in block.splitlines(keepends=True))
        return block


def _line_to_utf8(line: bytes, codec: str) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode(codec, errors="replace").encode()
    return line


def _guess(block: bytes) -> str:
    """The single-byte encoding in which most of the non-ASCII bytes are letters of European names."""
    raw = bytes(byte for byte in block if byte > 127)[:20_000]

    def score(codec: str) -> int:
        return sum(letter in _LETTERS for letter in raw.decode(codec, errors="replace"))

    return max(_CANDIDATES, key=score)
