"""How people write German addresses: one spelling for umlauts, ß, ``str.`` and house numbers."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_WORD = re.compile(r"[a-z]+|\d+[a-z]?(?![a-z])|\d+")
_NUMBER_LETTER = re.compile(r"\b(\d+)\s+([a-h])\b")
_STREET_ENDING = re.compile(r"(?<=[a-z]{2})(?:strase|str)$")
STREET = "strase"


def fold(text: str) -> str:
    """Lower case without accents; ä, ae and a become one, as do ß, ss and s."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("ss", "s")


def words_of(text: str) -> list[str]:
    """Folded words; street endings stand alone (``Hauptstr.`` gives ``haupt``, ``strase``), ``5 a`` becomes ``5a``."""
    words: list[str] = []
    for word in _WORD.findall(_NUMBER_LETTER.sub(r"\1\2", fold(text))):
        if word == "str":
            words.append(STREET)
        elif ending := _STREET_ENDING.search(word):
            words += [word[: ending.start()], STREET]
        else:
            words.append(word)
    return words


def joined_words(words: list[str]) -> list[str]:
    """Compounds of a word and the street ending that follows it, for slips inside the ending (``hauptstrsse``)."""
    return [first + second for first, second in pairwise(words) if second == STREET]
