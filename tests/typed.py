"""What people might type for an address: umlauts dropped, letters slipped."""

from __future__ import annotations

import random
import re
import string
from collections import Counter

import numpy as np

from routing.streets.address_search import Address
from routing.streets.earth import great_circle_metres
from routing.streets.spelling import words_of
from routing.streets.streets import Streets

_SAME_M = 300.0
_PLAIN = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "Ä": "A", "Ö": "O", "Ü": "U", "ß": "s"})


def without_umlauts(text: str) -> str:
    """``Mühlenstraße`` as ``Muhlenstrase``: the dots left out, ß as s."""
    return text.translate(_PLAIN)


def with_slips(text: str, count: int, rng: random.Random) -> str:
    """Letters swapped, dropped, doubled or replaced, anywhere in words of at least four letters."""
    for _ in range(count):
        spots = [m.start() + i for m in re.finditer(r"[^\W\d_]{4,}", text) for i in range(len(m.group()))]
        if not spots:
            return text
        at = rng.choice(spots)
        last = at + 1 == len(text) or not text[at + 1].isalpha()
        text = rng.choice(
            [
                text[:at] + text[at + 1] + text[at] + text[at + 2 :] if not last else text[:at] + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text[:at] + text[at] + text[at:],
                text[:at] + rng.choice(string.ascii_lowercase) + text[at + 1 :],
            ]
        )
    return text


def unique_labels(streets: Streets) -> list[str]:
    """Labels that no other entry has, spelling aside; house numbers, streets, places and points of interest."""
    index = streets.addresses
    labels = list(index._labels)
    alike = Counter(" ".join(sorted(words_of(label))) for label in labels)
    return [label for label in labels if alike[" ".join(sorted(words_of(label)))] == 1]


def hit_rate(streets: Streets, labels: list[str], slips: int, rng: random.Random) -> float:
    """Share of labels found first when typed without umlauts (``slips`` 0) or with so many slips."""
    return 1 - len(misses(streets, labels, slips, rng)) / len(labels)


def _metres(one: Address, other: Address) -> float:
    return float(great_circle_metres(np.array([one.lon, other.lon]), np.array([one.lat, other.lat]))[0])


def misses(streets: Streets, labels: list[str], slips: int, rng: random.Random) -> list[tuple[str, str, str]]:
    """(label, what was typed, what was found). What lies within 300 m of the entry is no miss: a hamlet and its only street share a name."""
    found = []
    number_of = {label: number for number, label in enumerate(streets.addresses._labels)}
    for label in labels:
        typed = without_umlauts(label.replace(",", "")) if slips == 0 else with_slips(label.replace(",", ""), slips, rng)
        first = next(iter(streets.find(typed, limit=1)), None)
        meant = streets.addresses.entry(number_of[label])
        if first is None or (first.label != label and _metres(first, meant) > _SAME_M):
            found.append((label, typed, "" if first is None else first.label))
    return found
