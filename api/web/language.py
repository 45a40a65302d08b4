"""The language of pages: German is written in the templates, English stands in ``locale/en/*.po`` (gettext)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import Translations
from fastapi import Request

from mobility.files import plain_words

Language = Literal["de", "en"]
COOKIE = "language"
FOLDER = Path(__file__).parent / "locale"


def language_of(request: Request) -> Language:
    """What the person chose last, else what the browser prefers (RFC 9110, Accept-Language), else German."""
    chosen = request.cookies.get(COOKIE)
    if chosen in ("de", "en"):
        return "en" if chosen == "en" else "de"
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> Language:
    """The first of our languages that the header names: browsers send theirs in order of preference."""
    for part in header[:200].split(","):
        wanted = part.split(";")[0].strip().lower()[:2]
        if wanted in ("de", "en"):
            return "en" if wanted == "en" else "de"
    return "de"


@cache
def translations(language: Language) -> Translations:
    """All texts of a language; for German none, the templates hold them."""
    found = Translations()
    for file in sorted((FOLDER / language).glob("*.po")):
        compiled = BytesIO()
        with file.open("rb") as opened:
            write_mo(compiled, read_po(opened, locale=language))
        compiled.seek(0)
        found.add(Translations(compiled))
    return found


def translator(language: Language) -> Callable[[str], str]:
    """What turns German sentences written in Python into those of ``language``; called ``_``, so that they are found."""
    return translations(language).gettext


def day(value: date, language: Language) -> str:
    """``Montag, 8. Juni 2026`` or ``Monday, 8 June 2026``."""
    return str(format_date(value, "EEEE, d. MMMM y" if language == "de" else "EEEE, d MMMM y", locale=language))


def month(value: date, language: Language) -> str:
    """``Juni 2026`` or ``June 2026``."""
    return str(format_date(value, "LLLL y", locale=language))


def clock(value: datetime, language: Language, zone: ZoneInfo) -> str:
    """``9:05`` on the wall of ``zone``."""
    return str(format_time(value.astimezone(zone), "H:mm", locale=language))


def telephone(value: str, language: Language) -> str:
    """``030 23125103`` or ``+49 30 23125103``: as one dials it, or as one reads it."""
    return plain_words.telephone(value, language)


def euros(cents: int, language: Language) -> str:
    """``2,50 €`` or ``€2.50``."""
    return str(format_currency(cents / 100, "EUR", locale=language))


def number(value: float, language: Language) -> str:
    """``1.234,5`` or ``1,234.5``."""
    return str(format_decimal(value, locale=language))
