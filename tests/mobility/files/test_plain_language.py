"""The plain-language page: golden pages of the documented examples, and rules that hold for every sentence."""

from __future__ import annotations

import os
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.fleet import Acceptance
from mobility.domain.riders import Need
from mobility.domain.services import Access, DayKind, LegalBasis, Service, ServiceForm
from mobility.files import plain_words as words
from mobility.files.plain_language import Section, describe
from mobility.files.plain_texts import TEXTS, Language

GOLDEN = Path(__file__).parent / "golden"
FORMS = [str(form) for form in ServiceForm]
LANGUAGES: list[Language] = ["de", "en"]


def page(sections: list[Section]) -> str:
    return "\n".join("\n".join([f"# {section.heading}", *section.sentences, ""]) for section in sections)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_the_page_is_the_golden_page(services: dict[str, Service], form: str, language: Language) -> None:
    """``GOLDEN=write pytest …`` writes the pages anew; read them before committing."""
    file = GOLDEN / f"{form}.{language}.txt"
    told = page(describe(services[form], language))
    if os.environ.get("GOLDEN") == "write":
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def test_both_languages_say_the_same_things() -> None:
    fields = {
        language: {
            key: sorted(field for _, field, _, _ in string.Formatter().parse(text) if field) for key, text in texts.items()
        }
        for language, texts in TEXTS.items()
    }
    assert fields["de"] == fields["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_domain_can_be_told(services: dict[str, Service], language: Language) -> None:
    texts = TEXTS[language]
    told = [*ServiceForm, *LegalBasis, *Access, *Acceptance]
    assert all(str(word) in texts for word in told)
    assert words.needs(frozenset(Need), language).count(",") == len(Need) - 2
    assert words.people(frozenset(), language, frozenset(Need)).count(";") == len(Need) - 1


def test_sentences_are_short_and_complete(services: dict[str, Service]) -> None:
    for service in services.values():
        for language in LANGUAGES:
            for section in describe(service, language):
                for sentence in section.sentences:
                    assert sentence[-1] in ".?!"
                    assert "{" not in sentence
                    assert len(sentence.split()) <= 18, sentence


def test_a_change_of_a_rule_changes_the_page(services: dict[str, Service]) -> None:
    area = services["area"]

    def told(service: Service) -> str:
        return page(describe(service, "de"))

    assert "bis 60 Minuten vor der Fahrt buchen" in told(area)
    assert "bis 3 Tage vor der Fahrt buchen" in told(replace(area, booking=replace(area.booking, min_notice_s=259_200)))
    assert "Die Fahrt kostet nichts." in told(replace(area, tariff=replace(area.tariff, base_cents=0)))
    assert "Im Bus bleiben 3 Plätze frei" in told(replace(area, walk_up_seats=3))
    assert "Wenn schon ein Bus fährt" not in told(
        replace(area, parallel=replace(area.parallel, before_s=0, after_s=0, min_ride_m=0, lead_s=0)),
    )
    closed = told(replace(area, closed_on=frozenset(), hours=(replace(area.hours[0], days=frozenset(DayKind)),)))
    assert "Montag bis Sonntag und Feiertage: von 6:30 Uhr" in closed
    assert "fahren wir nicht" not in closed


@pytest.mark.parametrize(
    ("days", "german"),
    [
        ("mon tue wed thu fri", "Montag bis Freitag"),
        ("sat sun", "Samstag und Sonntag"),
        ("mon wed fri", "Montag, Mittwoch und Freitag"),
        ("fri sat sun holiday", "Freitag bis Sonntag und Feiertage"),
        ("sun holiday", "Sonntag und Feiertage"),
        ("holiday", "Feiertage"),
        ("mon tue thu fri sat", "Montag, Dienstag und Donnerstag bis Samstag"),
    ],
)
def test_days_are_joined(days: str, german: str) -> None:
    assert words.days(frozenset(DayKind(day) for day in days.split()), "de") == german


@pytest.mark.parametrize(
    ("seconds", "german", "english"),
    [
        (60, "1 Minute", "1 minute"),
        (61, "2 Minuten", "2 minutes"),
        (3600, "60 Minuten", "60 minutes"),
        (7200, "2 Stunden", "2 hours"),
        (86_400, "1 Tag", "1 day"),
        (172_800, "2 Tage", "2 days"),
        (9000, "150 Minuten", "150 minutes"),
        (0, "0 Minuten", "0 minutes"),
    ],
)
def test_durations(seconds: int, german: str, english: str) -> None:
    assert (words.duration(seconds, "de"), words.duration(seconds, "en")) == (german, english)


@given(st.integers(0, 50_000))
def test_prices_are_told_to_the_cent(cents: int) -> None:
    assert int(words.price(cents, "de").removesuffix(" Euro").replace(",", "")) == cents
    assert int(words.price(cents, "en").removesuffix(" euros").replace(".", "")) == cents


def test_names_with_braces_and_full_stops_stay_whole(services: dict[str, Service]) -> None:
    service = replace(services["area"], name="Bus {x}. Was? Ja!")
    assert describe(service, "de")[0].sentences[0] == "Bus {x}. Was? Ja! ist ein Rufbus."
