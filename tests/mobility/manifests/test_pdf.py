"""The printed manifest: accessible, complete, harmless whatever a rider is called."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.runs import VisitKind
from mobility.manifests.manifest import WayStep, with_ways
from mobility.manifests.pdf import manifest_pdf

PlaceAt = Callable[[int], Place]
PRINTED = datetime(2026, 8, 3, 5, tzinfo=UTC)


@pytest.fixture
def ride(story: Any, place: PlaceAt) -> Callable[[str], Any]:
    """The story with one rider of this name."""

    def named(name: str) -> Any:
        story.add(*story.ride(name, (place(1), "09:10"), (place(2), "09:30"), needs=[Need.WALKING_FRAME]))
        return story

    return named


def test_the_printed_page_names_rider_telephone_times_and_version(ride: Callable[[str], Any]) -> None:
    text = _text(_pdf(ride("Erna Müller")))
    for expected in (
        "Erna Müller",
        "06220 001",
        "09:10",
        "Bahnhof 1",
        "kommt mit Rollator",
        "Fassung 7",
        "Seite 1 von 1",
        "vernichten",
    ):
        assert expected in text


@pytest.mark.parametrize(("language", "title"), [("de", "Fahrauftrag"), ("en", "Driver's manifest")])
def test_it_is_tagged_and_says_its_language_and_title(ride: Callable[[str], Any], language: str, title: str) -> None:
    reader = PdfReader(io.BytesIO(_pdf(ride("Erna"), language)))
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith(title)
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_screen_readers_find_a_heading_for_each_halt_and_words_for_each_code(ride: Callable[[str], Any]) -> None:
    elements = list(_elements(PdfReader(io.BytesIO(_pdf(ride("Erna")))).root_object["/StructTreeRoot"]))
    kinds = [str(element.get("/S")) for element in elements]
    alternatives = [str(element["/Alt"]) for element in elements if "/Alt" in element]
    assert kinds.count("/H1") == 2
    assert alternatives == [
        "QR-Code: Bahnhof 1 in der Karten-App öffnen",
        "QR-Code: Seniorenheim Am Hang 2 in der Karten-App öffnen",
    ]


def test_thirty_halts_with_a_break_keep_their_order_over_several_pages(story: Any, place: PlaceAt) -> None:
    visits = []
    for number in range(15):
        clock = f"{9 + number // 6:02d}:{number % 6 * 10:02d}"
        visits += story.ride(
            f"Fahrgast-{number:02d}", (place(2 * number), clock), (place(2 * number + 1), clock), party=Party(1, 1)
        )
    pause = replace(story.visit(VisitKind.BREAK, place(30), "11:30"), service_s=1800)
    story.add(*visits, pause)
    pdf = _pdf(story)
    text = _text(pdf)
    pages = len(PdfReader(io.BytesIO(pdf)).pages)
    found = [text.index(f"Fahrgast-{number:02d}") for number in range(15)]
    assert found == sorted(found)
    assert f"Seite {pages} von {pages}" in text
    assert 3 <= pages <= 8
    assert "Pause" in text


def test_a_run_nobody_booked_says_do_not_drive(story: Any) -> None:
    story.run = replace(story.run, only_if_booked=True)
    assert "bitte nicht fahren" in _text(_pdf(story))


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")',
        "*a* _b_ `c` $x$ @d <e> = f",
        "\\u{41} \\n //",
        '"}]',
        "#import sys: inputs",
        "{page} {pages}",
        "-- ''",
        "http://x.y",
    ],
)
def test_names_are_text_never_markup(ride: Callable[[str], Any], name: str) -> None:
    flat = _text(_pdf(ride(name))).replace("\n", "").replace(" ", "")
    assert flat.count(name.replace(" ", "")) == 2


@pytest.mark.parametrize("name", ["Ünal Şahin", "Олена", "Ελένη", "Łukasz Żółć"])
def test_names_in_many_scripts_can_be_read(ride: Callable[[str], Any], name: str) -> None:
    assert name in _text(_pdf(ride(name)))


@pytest.mark.parametrize(
    "name", ["Zoë 😀", "Zoë 李小龙", "Zoë \x00\x1b", "Zoë \u202egnihton", "Zoë \ud800", "Zoë o\u0336\u20dd", "Zoë " + "W" * 5000]
)
def test_what_cannot_be_drawn_does_not_stop_the_bus(ride: Callable[[str], Any], name: str) -> None:
    text = _text(_pdf(ride(name)))
    assert "Zoë" in text
    assert "06220 001" in text


def test_equal_manifests_give_equal_bytes(ride: Callable[[str], Any]) -> None:
    told = ride("مريم الأحمد")
    assert _pdf(told) == _pdf(told)


def test_no_network_and_no_font_of_the_machine(ride: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr("socket.socket.connect", refuse)
    reader = PdfReader(io.BytesIO(_pdf(ride("Erna"))))
    fonts = {str(font["/BaseFont"]) for page in reader.pages for font in page["/Resources"]["/Font"].values()}  # type: ignore[index]
    assert all("Libertinus" in font or "DejaVuSansMono" in font for font in fonts)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40))
def test_any_name_at_all_can_be_printed(story: Any, place: PlaceAt, name: str) -> None:
    story.riders, story.bookings = [], []
    story.run = replace(story.run, visits=(story.run.visits[0], story.run.visits[-1]))
    story.add(*story.ride(name, (place(1), "09:10"), (place(2), "09:30")))
    assert "06220 001" in _text(_pdf(story))


def _pdf(story: Any, language: str = "de") -> bytes:
    return manifest_pdf(story.manifest(), PRINTED, language)


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def _elements(node: Any) -> Any:
    """Every structure element below a node, depth first."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from _elements(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        yield from _elements(node["/K"]) if "/K" in node else ()


def test_the_way_is_printed_turn_by_turn(ride: Callable[[str], Any]) -> None:
    """Whole, however long: nothing of it is cut off."""
    steps = tuple(WayStep(f"Links abbiegen auf Straße {n}", f"Turn left onto Straße {n}", 150 * n) for n in range(1, 25))
    manifest = with_ways(
        ride("Erna Müller").manifest(), lambda _here, _there: (*steps, WayStep("Ziel erreicht", "You have arrived", 0))
    )
    german = " ".join(_text(manifest_pdf(manifest, PRINTED)).split())
    assert "Weg: Links abbiegen auf Straße 1 (150 m)" in german
    assert "Links abbiegen auf Straße 24 (3,6 km) · Ziel erreicht" in german
    assert "Turn left onto Straße 24 (3.6 km) · You have arrived" in " ".join(
        _text(manifest_pdf(manifest, PRINTED, "en")).split()
    )
