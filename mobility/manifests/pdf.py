"""The manifest as a tagged PDF (PDF/UA-1, ISO 14289-1), set by Typst from ``manifest.typ``. No network, no fonts of the machine."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from importlib import resources
from itertools import batched

import segno
import typst

from mobility.manifests.manifest import Manifest
from mobility.manifests.page import page_of
from mobility.manifests.words import DEFAULT_LANGUAGE

_STANDARD: list[typst.PDFStandard] = ["ua-1"]
_LONGEST_TEXT = 300
_LONGEST_WORD = 24
_NO_GLYPH = "□"

Json = dict[str, object]


def manifest_pdf(manifest: Manifest, printed_at: datetime, language: str = DEFAULT_LANGUAGE) -> bytes:
    """The manifest for paper: A4, large type, a QR code with the ``geo:`` URI of each halt.

    Equal arguments give equal bytes. ``printed_at`` is an aware datetime. A character that no built-in font can draw is
    shown as □; texts are cut at 300 characters.
    """
    page = asdict(page_of(manifest, language, printed_at))
    for halt in page["halts"]:
        halt["qr"] = _qr_svg(halt["navigation_url"]) if halt["number"] else ""
    shown = _each_text(page, _shown)
    try:
        return _compile(_template(), shown, printed_at)
    except typst.TypstError:
        # PDF/UA forbids text without glyphs and the compiler names only the first, so look at each word; rare, some 10 ms a word
        return _compile(_template(), _each_text(shown, _drawable), printed_at)


def _compile(template: bytes, data: Json, printed_at: datetime) -> bytes:
    compiler = typst.Compiler(template, ignore_system_fonts=True, sys_inputs={"manifest": json.dumps(data)})
    pdf = compiler.compile(format="pdf", pdf_standards=_STANDARD, timestamp=int(printed_at.timestamp()))
    if not isinstance(pdf, bytes):
        raise TypeError("Typst gave no single PDF")
    return pdf


@lru_cache(maxsize=1)
def _template() -> bytes:
    return resources.files("mobility.manifests").joinpath("manifest.typ").read_bytes()


def _qr_svg(content: str) -> str:
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgns=True, border=2)
    return out.getvalue().decode()
