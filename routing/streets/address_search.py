"""Searching addresses that forgive typing: each word finds its nearest spellings, entries are ranked by what they explain."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import token_sort_ratio

from routing.streets.addresses import KINDS
from routing.streets.earth import COORDINATE_SCALE, degrees
from routing.streets.spelling import STREET, words_of
from routing.streets.storing import Arrays, Texts

_RERANKED = 48
_MOST_COMPLETIONS = 400
_MOST_CORRECTIONS = 60
_MOST_QUERY_WORDS = 12
_LEAST_COVERAGE = 0.35
_NAMED, _CALLED = 0.99, 0.97
_ADDRESS = KINDS.index("address")
_KIND_BONUS = np.array([0.0, 0.03, 0.05, 0.0])


@dataclass(frozen=True, slots=True)
class Address:
    """A find: ``label`` to show, where it is, ``kind`` (address, street, place, poi), ``score`` 0 … 1."""

    label: str
    lon: float
    lat: float
    kind: str
    score: float


class AddressIndex:
    """Search over the arrays of :func:`routing.streets.addresses.build_address_index`."""

    def __init__(self, arrays: Arrays) -> None:
        self._labels = Texts(arrays, "address_label")
        self._usual = Texts(arrays, "address_usual")
        self._stored_vocabulary = Texts(arrays, "vocabulary")
        self._x, self._y, self._kind = arrays["address_x"], arrays["address_y"], arrays["address_kind"]
        self._first, self._entries = arrays["posting_first"], arrays["posting_entry"]

    def __len__(self) -> int:
        return len(self._labels)

    def of_kind(self, kind: str) -> NDArray[np.int64]:
        """Numbers of the entries of a kind (address, street, place, poi), for :meth:`entry`."""
        return np.flatnonzero(self._kind == KINDS.index(kind))

    def positions(self) -> NDArray[np.float64]:
        """Where all entries are, (N, 2) lon/lat."""
        return degrees(self._x, self._y)

    def entry(self, number: int) -> Address:
        """The entry of this number, as sure as can be."""
        return self._address(number, 1.0)

    def find(self, text: str, near: tuple[float, float] | None = None, limit: int = 5) -> list[Address]:
        """Best entries first; nothing when the text has no word that resembles one of the index."""
        words = list(dict.fromkeys(words_of(text[:200])))[:_MOST_QUERY_WORDS]
        if not words or not len(self) or limit < 1:
            return []
        coverage = self._coverage(words)
        best = np.argpartition(-(coverage + self._plainness), min(_RERANKED, len(coverage)) - 1)[:_RERANKED]
        best = np.sort(best[coverage[best] >= _LEAST_COVERAGE])
        score = self._scores(words, best, coverage[best], near)
        ranked = best[np.lexsort((best, -score))][:limit]
        by_entry = dict(zip(best.tolist(), score.tolist(), strict=True))
        return [self._address(entry, by_entry[entry]) for entry in ranked.tolist()]

    def nearest(self, lon: float, lat: float, max_m: float) -> Address | None:
        """The nearest entry within ``max_m`` metres: an address or point of interest before a street, a street before a settlement."""
        if not (len(self) and np.isfinite((lon, lat)).all()):
            return None
        north = (self._y * COORDINATE_SCALE - lat) * 111_195.0
        east = (self._x * COORDINATE_SCALE - lon) * (111_195.0 * np.cos(np.radians(lat)))
        metres = np.hypot(east, north)
        near = np.flatnonzero(metres <= max_m)
        for kinds in (("address", "poi"), ("street",), ("place",)):
            of_kind = near[np.isin(self._kind[near], [KINDS.index(kind) for kind in kinds])]
            if len(of_kind):
                entry = int(of_kind[np.argmin(metres[of_kind])])
                return self._address(entry, 1.0 - float(metres[entry]) / max(max_m, 1e-9))
        return None

    @cached_property
    def settlements(self) -> list[Address]:
        """Towns and villages; what lies in one (hamlets, quarters, fields) only where the extract names nothing else."""
        places = [self._address(int(entry), 1.0) for entry in np.flatnonzero(self._kind == KINDS.index("place"))]
        return [place for place in places if ", " not in place.label] or places

    @cached_property
    def _vocabulary(self) -> list[str]:
        return list(self._stored_vocabulary)

    @cached_property
    def _long_words(self) -> tuple[list[str], NDArray[np.int64]]:
        """Words worth correcting, and their places in the vocabulary."""
        at = [i for i, word in enumerate(self._vocabulary) if len(word) > 2 and not word[0].isdigit()]
        return [self._vocabulary[i] for i in at], np.asarray(at, dtype=np.int64)

    @cached_property
    def _weight(self) -> NDArray[np.float64]:
        """How telling each word is (inverse document frequency)."""
        return np.log1p(len(self) / np.maximum(np.diff(self._first), 1))

    @cached_property
    def _plainness(self) -> NDArray[np.float64]:
        """Decides between entries that explain the query equally well: a town comes before all that is in it."""
        words = np.bincount(self._entries, minlength=len(self))
        return np.asarray(_KIND_BONUS[self._kind] + 0.1 / np.maximum(words, 1))

    def _coverage(self, words: list[str]) -> NDArray[np.float64]:
        """Share of the query's weight each entry explains."""
        total = 0.0
        explained = np.zeros(len(self))
        for word in words:
            found, likeness = self._spellings(word)
            weight = float(self._weight[found[np.argmax(likeness)]]) if len(found) else float(np.log1p(len(self)))
            # A house number nobody has mapped must not outweigh the street it is on.
            weight = min(weight, 1.5) if word[0].isdigit() else 0.5 if word == STREET else weight
            total += weight
            here = np.zeros(len(self))
            for vocable, like in zip(found.tolist(), likeness.tolist(), strict=True):
                entries = self._entries[self._first[vocable] : self._first[vocable + 1]]
                here[entries] = np.maximum(here[entries], like)
            explained += weight * here
        return explained / total

    def _spellings(self, word: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Vocabulary entries a typed word may mean, and how well they fit (0 … 1)."""
        low = bisect.bisect_left(self._vocabulary, word)
        high = min(bisect.bisect_left(self._vocabulary, word + "\x7f"), low + _MOST_COMPLETIONS)
        found = dict.fromkeys(range(low, high), 0.4 if word[0].isdigit() else 0.8) if len(word) > 1 or word.isdigit() else {}
        if low < len(self._vocabulary) and self._vocabulary[low] == word:
            found[low] = 1.0
        if len(word) > 2 and not word[0].isdigit():
            choices, at = self._long_words
            most = 1 if len(word) < 5 else 2 if len(word) < 8 else 3
            for _, distance, i in process.extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=_MOST_CORRECTIONS):
                vocable = int(at[i])
                found[vocable] = max(found.get(vocable, 0.0), 1.0 - 0.9 * distance / len(word) - 0.04) if distance else 1.0
        return np.array(list(found), dtype=np.int64), np.array(list(found.values()))

    def _scores(
        self, words: list[str], entries: NDArray[np.int64], coverage: NDArray[np.float64], near: tuple[float, float] | None
    ) -> NDArray[np.float64]:
        """Coverage, likeness of the whole text, what kind of thing it is, and how near."""
        likeness = np.array([self._likeness(words, entry) for entry in entries.tolist()])
        score = 0.68 * coverage + 0.2 * likeness + _KIND_BONUS[self._kind[entries]]
        if not any(word[0].isdigit() for word in words):
            score = score - 0.05 * (self._kind[entries] == _ADDRESS)
        if near is not None and np.isfinite(near).all():
            lon, lat = self._x[entries] * COORDINATE_SCALE, self._y[entries] * COORDINATE_SCALE
            east, north = (lon - near[0]) * np.cos(np.radians(lat)) * 111.2, (lat - near[1]) * 111.2
            score = score + 0.07 * np.exp(-np.hypot(east, north) / 15)
        return np.asarray(np.clip(score, 0.0, 1.0))

    def _likeness(self, words: list[str], entry: int) -> float:
        """How much the whole query resembles the entry's name, its full label, or what everybody calls it (0 … 1)."""
        query, label = " ".join(words), self._labels[entry]
        name, full = words_of(label.partition(",")[0]), words_of(label)
        usual = self._usual[entry].split()
        own = max(_NAMED * token_sort_ratio(query, " ".join(name)), token_sort_ratio(query, " ".join(full)))
        called = max(
            (token_sort_ratio(query, " ".join([one, *rest])) for one in usual for rest in ([], full[len(name) :])), default=0
        )
        # What is itself called "Bahnhof" comes before what people call so.
        likeness = max(own, _CALLED * called) / 100
        return likeness - (0.1 if STREET in full and STREET not in words else 0.0)

    def _address(self, entry: int, score: float) -> Address:
        lon, lat = float(self._x[entry]) * COORDINATE_SCALE, float(self._y[entry]) * COORDINATE_SCALE
        return Address(self._labels[entry], round(lon, 7), round(lat, 7), KINDS[self._kind[entry]], round(score, 3))
