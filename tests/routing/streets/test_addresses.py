"""Addresses as people type them."""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from routing.streets.spelling import words_of
from routing.streets.streets import Streets


@pytest.fixture
def town(sketch: Any, imported: Callable[[Any], Streets]) -> Streets:
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10), (0, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2], highway="residential", name="Hauptstraße")
    sketch.way(2, [2, 3], highway="residential", name="Mühlenweg")
    sketch.way(3, [3, 4, 1], highway="residential", name="Bahnhofstraße")
    sketch.node(10, 5, 5, place="town", name="Pritzwalk")
    sketch.node(11, 400, 5, place="village", name="Groß Pankow")
    sketch.node(12, 2, 0.2, addr__street="Hauptstraße", addr__housenumber="5", addr__city="Pritzwalk", addr__postcode="16928")
    sketch.node(13, 3, 0.2, addr__street="Hauptstraße", addr__housenumber="51", addr__city="Pritzwalk")
    sketch.node(14, 400, 6, addr__place="Groß Pankow", addr__housenumber="7", addr__city="Groß Pankow")
    sketch.node(15, 401, 6, addr__street="Hauptstraße", addr__housenumber="5", addr__city="Groß Pankow")
    sketch.node(16, 6, 6, amenity="pharmacy", name="Löwen-Apotheke")
    sketch.node(17, 7, 6, railway="station", name="Pritzwalk Hbf")
    sketch.node(18, 8, 6, amenity="doctors", name="Dr. Muster")
    return imported(sketch)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("hauptstr 5 pritzwlak", "Hauptstraße 5, Pritzwalk"),
        ("Hauptstr. 5, Pritzwalk", "Hauptstraße 5, Pritzwalk"),
        ("HAUPTSTRASSE 5 gross pankow", "Hauptstraße 5, Groß Pankow"),
        ("haupt strase 51", "Hauptstraße 51, Pritzwalk"),
        ("hauptstr 99 pritzwalk", "Hauptstraße, Pritzwalk"),
        ("muhlenweg", "Mühlenweg, Pritzwalk"),
        ("muehlnweg", "Mühlenweg, Pritzwalk"),
        ("groß pankow 7", "Groß Pankow 7, Groß Pankow"),
        ("gross pankow", "Groß Pankow"),
        ("pritzw", "Pritzwalk"),
        ("apoteke", "Löwen-Apotheke, Pritzwalk"),
        ("bahnhof", "Pritzwalk Hbf, Pritzwalk"),
        ("arzt", "Dr. Muster, Pritzwalk"),
    ],
)
def test_what_people_type(town: Streets, typed: str, label: str) -> None:
    found = town.find(typed)
    assert found
    assert found[0].label.replace(", Groß Pankow", "") == label.replace(", Groß Pankow", "")
    if "ankow" in typed:
        assert found[0].lon > 12.3


def test_nearness_decides_between_equals(town: Streets) -> None:
    assert town.find("hauptstr 5", near=(12.0, 53.0))[0].label == "Hauptstraße 5, Pritzwalk"
    assert town.find("hauptstr 5", near=(12.4, 53.0))[0].label == "Hauptstraße 5, Groß Pankow"


@pytest.mark.parametrize(
    "typed", ["", "   ", "???", "\x00", "x" * 10_000, "5" * 5000, "ß", "🚌", "a b c d e f g h i j k l m n o p"]
)
def test_strange_texts_are_answered(town: Streets, typed: str) -> None:
    assert all(0 <= address.score <= 1 for address in town.find(typed))
    assert town.find(typed, limit=0) == []


def test_one_spelling_for_many() -> None:
    spellings = ("Große Hauptstraße 5a", "grosse hauptstr. 5 a", "GROSSE HAUPT STR 5A", "große Haupt-Strasse 5 A")
    assert len({tuple(words_of(text)) for text in spellings}) == 1


def test_typos_on_real_addresses(real_streets: Streets) -> None:
    """Entries named by their full label are found first: as they are, with umlauts dropped, with one and two slips."""
    index = real_streets.addresses
    labels = list(index._labels)
    unique = [text for text, count in Counter(" ".join(words_of(t)) for t in labels).items() if count == 1]
    of = {" ".join(words_of(label)): label for label in labels}
    rng = random.Random(1)
    sample = rng.sample(sorted(unique), min(150, len(unique)))
    for slips, least in ((0, 0.97), (1, 0.9), (2, 0.8)):
        answers = [real_streets.find(_slip(of[key].replace("ß", "ss"), slips, rng), limit=1) for key in sample]
        hits = sum(bool(found) and found[0].label == of[key] for key, found in zip(sample, answers, strict=True))
        assert hits >= least * len(sample), (slips, hits / len(sample))


def _slip(text: str, count: int, rng: random.Random) -> str:
    """Swap, drop, double or replace a letter inside words of at least five letters."""
    for _ in range(count):
        spots = [m.start() + i for m in re.finditer(r"[^\W\d]{5,}", text) for i in range(1, len(m.group()) - 1)]
        if not spots:
            return text
        at = rng.choice(spots)
        kind = rng.randrange(4)
        text = (
            (text[:at] + text[at + 1] + text[at] + text[at + 2 :])
            if kind == 0
            else (text[:at] + text[at + 1 :])
            if kind == 1
            else (text[:at] + text[at] + text[at:])
            if kind == 2
            else (text[:at] + rng.choice(string.ascii_lowercase) + text[at + 1 :])
        )
    return text
