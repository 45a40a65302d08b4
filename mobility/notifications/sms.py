"""What fits into a text message: the GSM 7-bit alphabet and its segments (3GPP TS 23.038, sections 6.1.2.1 and 6.2.1)."""

from __future__ import annotations

import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("\f^{}\\[~]|€")
_PLAIN = {
    "„": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "…": "...",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ı": "i",
}
_ALONE = 160
_JOINED = 153


def gsm7(text: str) -> str:
    """The text in the GSM alphabet: accents it lacks are dropped (ş becomes s), other scripts become ``?``."""
    return "".join(_in_alphabet(char) for char in unicodedata.normalize("NFC", text))


def segments(text: str) -> int:
    """How many messages a text in the GSM alphabet takes: one of up to 160 septets, else parts of 153.

    Raises:
        ValueError: the text has a character outside the alphabet; see :func:`gsm7`.
    """
    widths = [_septets(char) for char in text]
    if sum(widths) <= _ALONE:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > _JOINED:  # an escaped character is never divided
            count, used = count + 1, 0
        used += width
    return count


def _septets(char: str) -> int:
    if char in _BASIC:
        return 1
    if char in _ESCAPED:
        return 2
    raise ValueError("the text has a character outside the GSM alphabet")


def _in_alphabet(char: str) -> str:
    if char in _BASIC or char in _ESCAPED:
        return char
    if char in _PLAIN:
        return _PLAIN[char]
    letters = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return letters if letters and all(part in _BASIC for part in letters) else "?"
