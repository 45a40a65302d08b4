"""Who is on the telephone? By the number or its last figures, or by a name as it sounds.

A number is a hint, never proof: a family shares one, and several people may be found.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.riders import Rider
from mobility.errors import NotAllowedError
from mobility.store.interface import Transaction

MOST = 9
LEAST_FIGURES = 3
_NUMBER = re.compile(r"[\d\s+/().-]+")
_LEAST_LIKE = 72.0
"""Names less alike (``rapidfuzz``, 0 … 100) are others, not misspelt."""
_SPELLINGS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ø": "oe", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"}
)


def find_callers(context: Context, actor: Actor, text: str) -> list[Rider]:
    """At most nine riders whose number ends so, or whose name is meant; the likeliest first, none for too little text.

    Raises:
        NotAllowedError: not the desk.
    """
    if actor.role not in (Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError(f"the role {actor.role.value} does not look riders up")
    wanted = text.strip()
    with context.store.transaction() as tx:
        if is_number(wanted):
            return tx.list_riders_by_telephone_end(actor, end_of_number(wanted), MOST)
        return _by_name(tx, actor, wanted)


def is_number(text: str) -> bool:
    """Whether this is (the end of) a telephone number."""
    return bool(_NUMBER.fullmatch(text)) and sum(char.isdigit() for char in text) >= LEAST_FIGURES


def end_of_number(text: str) -> str:
    """The figures by which a number is found whatever notation it is in: without country code and leading zeros."""
    text = text.replace("(0)", "")  # as in +49 (0) 30: only without the country code it is dialled
    figures = "".join(char for char in text if char.isdigit())
    if text.lstrip().startswith("+"):
        return figures
    if figures.startswith("00"):
        return figures[2:]
    return figures.removeprefix("0")


def _by_name(tx: Transaction, actor: Actor, text: str) -> list[Rider]:
    words = folded(text)
    if not words:
        return []
    names = {rider_id: folded(name) for rider_id, name in tx.list_rider_names(actor)}
    begin_so = [rider_id for rider_id, parts in names.items() if all(any(p.startswith(w) for p in parts) for w in words)]
    found = sorted(begin_so, key=lambda rider_id: (_rank(words, names[rider_id]), names[rider_id]))[:MOST] or _alike(words, names)
    return [tx.get_rider(actor, rider_id) for rider_id in found]


def _rank(words: tuple[str, ...], parts: tuple[str, ...]) -> int:
    """Whole words before beginnings."""
    return sum(word not in parts for word in words)


def _alike(words: tuple[str, ...], names: dict[str, tuple[str, ...]]) -> list[str]:
    """Names misspelt like it: every word said must be like a word of the name, or like its beginning."""
    likeness = {rider_id: min(_likeness(word, parts) for word in words) for rider_id, parts in names.items()}
    alike = [rider_id for rider_id, score in likeness.items() if score >= _LEAST_LIKE]
    return sorted(alike, key=lambda rider_id: (-likeness[rider_id], names[rider_id]))[:MOST]


def _likeness(word: str, parts: tuple[str, ...]) -> float:
    return max((max(fuzz.ratio(word, part), fuzz.ratio(word, part[: len(word)])) for part in parts), default=0.0)


@lru_cache(maxsize=50_000)
def folded(text: str) -> tuple[str, ...]:
    """The words of a name without capitals, umlauts and accents: ``Jörg Müller-Lüdenscheidt`` → ``joerg mueller luedenscheidt``."""
    plain = unicodedata.normalize("NFC", text).casefold().translate(_SPELLINGS)
    plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    return tuple(re.findall(r"[a-z0-9]+", plain))
