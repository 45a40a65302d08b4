"""Addresses as people type them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from routing.streets.spelling import words_of
from routing.streets.streets import Streets
from tests.typed import hit_rate, unique_labels


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


@pytest.mark.parametrize(("slips", "least"), [(0, 0.99), (1, 0.94), (2, 0.88)])
def test_slips_on_real_addresses(real_streets: Streets, slips: int, least: float) -> None:
    """Entries named by their label are found first: umlauts dropped, with one and two slips."""
    rng = random.Random(1)
    labels = unique_labels(real_streets)
    assert hit_rate(real_streets, rng.sample(labels, 120), slips, rng) >= least


def test_numbers_between_those_that_are_mapped(sketch: Any, imported: Callable[[Any], Streets]) -> None:
    """A line of even numbers from 2 to 8; 6 is mapped on its own, elsewhere; a slip of the mapper (1 to 100001) adds nothing."""
    town = {"addr__street": "Dorfstraße", "addr__city": "Wust"}
    sketch.node(1, 0, 0, addr__housenumber="2", **town)
    sketch.node(2, 6, 0, addr__housenumber="8", **town)
    sketch.node(3, 4, 1, addr__housenumber="6", **town)
    sketch.node(4, 0, 2, addr__housenumber="1", **town)
    sketch.node(5, 6, 2, addr__housenumber="100001", **town)
    sketch.node(6, 8, 2)
    sketch.way(1, [1, 2], addr__interpolation="even")
    sketch.way(2, [4, 5], addr__interpolation="odd")
    sketch.way(3, [5, 6], highway="residential", name="Dorfstraße")
    streets = imported(sketch)
    found = {one.label: one for one in (streets.find(f"dorfstr {number}")[0] for number in (2, 4, 6, 8))}
    assert sorted(found) == [f"Dorfstraße {number}, Wust" for number in (2, 4, 6, 8)]
    assert found["Dorfstraße 4, Wust"].lon == pytest.approx(12.002)
    assert found["Dorfstraße 6, Wust"].lat == pytest.approx(53.001)
    assert len(streets.addresses.of_kind("address")) == 6


def test_a_place_drawn_as_a_multipolygon(sketch: Any, imported: Callable[[Any], Streets]) -> None:
    for ref, (column, row) in enumerate([(0, 0), (4, 0), (4, 4), (0, 4)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3, 4, 1], highway="residential")
    sketch.way(2, [1, 2, 3])
    sketch.way(3, [3, 4, 1])
    sketch.relations.append(
        '<relation id="7" version="1"><member type="way" ref="2" role="outer"/><member type="way" ref="3" role="outer"/>'
        '<tag k="type" v="multipolygon"/><tag k="amenity" v="hospital"/><tag k="name" v="Kreisklinik"/></relation>'
    )
    first = imported(sketch).find("krankenhaus")[0]
    assert (first.label, round(first.lon, 3), round(first.lat, 3)) == ("Kreisklinik", 12.002, 53.002)


def test_what_is_called_so_comes_before_what_people_call_so(sketch: Any, imported: Callable[[Any], Streets]) -> None:
    sketch.node(1, 0, 0)
    sketch.node(2, 10, 0)
    sketch.way(1, [1, 2], highway="residential")
    sketch.node(3, 1, 1, railway="station", name="Wust Nord")
    sketch.node(4, 5, 1, railway="station", name="Wust Bahnhof")
    sketch.node(5, 5, 2, place="village", name="Wust")
    sketch.node(6, 5, 2.2, tourism="information", name="Wust")
    streets = imported(sketch)
    assert streets.find("wust bahnhof")[0].label == "Wust Bahnhof, Wust"
    assert [one.kind for one in streets.find("wust", limit=1)] == ["place"]
