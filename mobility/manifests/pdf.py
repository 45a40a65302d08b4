"""The manifest as a tagged PDF (PDF/UA-1, ISO 14289-1), set by Typst from ``manifest.typ``. No network, no fonts of the machine."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import segno
import typst

from mobility.manifests.manifest import Manifest
from mobility.manifests.page import page_of
from mobility.manifests.words import DEFAULT_LANGUAGE

_STANDARD: list[typst.PDFStandard] = ["ua-1"]
_LONGEST_TEXT = 300
_LONGEST_WORD = 24
_BREAK_HERE = "\u200b"
_PICTURE = "qr"
_NO_GLYPH = "□"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories never printed: controls, formatting (direction overrides), surrogates, private use, unassigned."""
_PROBE = b"""
#let d = json(bytes(sys.inputs.manifest))
#set document(title: "probe")
#set text(lang: "de", font: "Libertinus Serif")
#strong(d.text)
"""

Json = dict[str, Any]


def manifest_pdf(manifest: Manifest, printed_at: datetime, language: str = DEFAULT_LANGUAGE) -> bytes:
    """The manifest for paper: A4, large type, a QR code with the ``geo:`` URI of each halt.

    Equal arguments give equal bytes. ``printed_at`` is an aware datetime. A character that no built-in font can draw is
    shown as □; texts are cut at 300 characters.
    """
    return typeset("manifest", manifest_data(manifest, printed_at, language), printed_at)


def manifest_data(manifest: Manifest, printed_at: datetime, language: str) -> Json:
    """The texts of a manifest and the pictures of its halts, ready to be laid out."""
    data = asdict(page_of(manifest, language, printed_at))
    for halt in data["halts"]:
        halt[_PICTURE] = _qr_svg(halt["navigation_url"]) if halt["number"] else ""
    return data


def typeset(template: str, data: Json, printed_at: datetime) -> bytes:
    """A tagged PDF of one of this folder's templates; texts are made fit to be printed, pictures (``qr``) are left as they are."""
    texts = _each_text(data, _shown)
    try:
        return _compile(_template(template), texts, printed_at)
    except typst.TypstError:
        # PDF/UA forbids text without glyphs and the compiler names only the first, so every word is tried; rare, some 10 ms each
        return _compile(_template(template), _each_text(texts, _drawable), printed_at)


def _compile(template: bytes, data: Json, printed_at: datetime) -> bytes:
    """Typst's compiler sees nothing but the template and ``data`` as JSON text.

    Raises:
        typst.TypstError: a text has a character without a glyph.
    """
    compiler = typst.Compiler(template, ignore_system_fonts=True, sys_inputs={"manifest": json.dumps(data)})
    pdf = compiler.compile(format="pdf", pdf_standards=_STANDARD, timestamp=int(printed_at.timestamp()))
    if not isinstance(pdf, bytes):
        raise TypeError("Typst gave no single PDF")
    return pdf


@lru_cache
def _template(name: str) -> bytes:
    folder = resources.files("mobility.manifests")
    return folder.joinpath("parts.typ").read_bytes() + b"\n" + folder.joinpath(f"{name}.typ").read_bytes()


def _qr_svg(content: str) -> str:
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgns=True, border=2)
    return out.getvalue().decode()


def _each_text(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 -- JSON values in, the same shape out
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: item if key == _PICTURE else _each_text(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each_text(item, change) for item in value]
    return value


def _shown(text: str) -> str:
    """Text without control and direction-override characters, not endless, with places where a very long word may break."""
    plain = "".join(
        " " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char) not in _UNSEEN
    )
    if len(plain) > _LONGEST_TEXT:
        plain = plain[: _LONGEST_TEXT - 1] + "…"
    return " ".join(_breakable(word) for word in plain.split(" "))


def _breakable(word: str) -> str:
    """The word with a zero-width space wherever a line's worth is full (never before a combining mark)."""
    pieces: list[str] = []
    since_break = 0
    for char in word:
        if since_break >= _LONGEST_WORD and not unicodedata.combining(char):
            pieces.append(_BREAK_HERE)
            since_break = 0
        pieces.append(char)
        since_break += 1
    return "".join(pieces)


def _drawable(text: str) -> str:
    """Each word as it is when the built-in fonts can draw it, else character by character."""
    return " ".join(word if _can_draw(word) else _without_missing(word) for word in text.split(" "))


def _without_missing(word: str) -> str:
    mended = "".join(char if _can_draw(char) else _NO_GLYPH for char in word)
    # marks that no single font can join to their letter
    return mended if _can_draw(mended) else "".join(char if char.isascii() else _NO_GLYPH for char in mended)


def _can_draw(text: str) -> bool:
    if text.isascii():
        return True
    try:
        _compile(_PROBE, {"text": text}, datetime.fromtimestamp(0, UTC))
    except typst.TypstError:
        return False
    return True
