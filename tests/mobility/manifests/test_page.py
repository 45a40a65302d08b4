"""The manifest's lines in German and English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.runs import VisitKind
from mobility.manifests.manifest import ManifestNote
from mobility.manifests.page import ManifestPage, page_of
from mobility.manifests.words import WORDS, words_in

PlaceAt = Callable[[int], Place]
PRINTED = datetime(2026, 8, 3, 5, tzinfo=UTC)


def test_german_lines(story: Any, place: PlaceAt) -> None:
    pickup, dropoff = story.ride("Erna", (place(1), "09:10"), (place(2), "09:30"), party=Party(2, 1), needs=[Need.WHEELCHAIR])
    story.add(pickup, dropoff)
    page = _page(story)
    halt = page.halts[0]
    assert page.title == "Fahrauftrag Bürgerbus Neckartal, Montag, 3. August 2026"
    assert page.printed == "Gedruckt Montag, 3. August 2026, 07:00 Uhr"
    assert halt.hints == ("spätestens da sein 09:20", "nicht abfahren vor 09:10")
    assert halt.boarding[0].load == "2 Personen auf Sitzplätzen und 1 Rollstuhl"
    assert halt.boarding[0].details == ("bleibt im Rollstuhl sitzen", "nichts zu kassieren")
    assert halt.aboard == "Danach an Bord: 2 Personen auf Sitzplätzen und 1 Rollstuhl"
    assert page.halts[1].aboard == "Danach an Bord: niemand"
    assert page.halts[1].hints == ("spätestens da sein 09:40",)


def test_english_lines(story: Any, place: PlaceAt) -> None:
    pause = replace(story.visit(VisitKind.BREAK, place(2), "09:35"), service_s=1800)
    story.add(*story.ride("", (place(1), "09:10"), (place(2), "09:30")), pause)
    page = _page(story, "en-GB")
    assert page.language == "en"
    assert page.title == "Driver's manifest Bürgerbus Neckartal, Monday 3 August 2026"
    assert page.halts[0].boarding[0].name == "name not known – please call the control desk"
    assert page.halts[2].place == "Break – Seniorenheim Am Hang 2"
    assert page.halts[2].hints == ("30 minutes, until 10:05",)
    assert page.halts[2].number == ""


def test_printed_minutes_keep_the_promised_seconds(story: Any, place: PlaceAt) -> None:
    pickup, dropoff = story.ride("A", (place(1), "09:10"), (place(2), "09:30"))
    odd = timedelta(seconds=30)
    story.add(replace(pickup, earliest=pickup.earliest + odd, latest=pickup.latest + odd), dropoff)
    assert _page(story).halts[0].hints == ("spätestens da sein 09:20", "nicht abfahren vor 09:11")


def test_times_after_midnight_say_so(story: Any, place: PlaceAt) -> None:
    pickup, dropoff = story.ride("A", (place(1), "23:50"), (place(2), "23:55"))
    late = timedelta(minutes=30)
    after = replace(dropoff, planned=dropoff.planned + late, latest=dropoff.latest + late)
    story.add(pickup, after)
    late_halt = _page(story).halts[1]
    assert (late_halt.time, late_halt.day_note, late_halt.hints) == (
        "00:25",
        "Folgetag",
        ("spätestens da sein 00:35 (Folgetag)",),
    )


def test_a_break_across_the_clock_change_ends_by_the_clock_on_the_wall(story: Any, place: PlaceAt) -> None:
    night = date(2026, 10, 25)  # 03:00 becomes 02:00
    pause = replace(story.visit(VisitKind.BREAK, place(1), "09:00"), planned=story.at("01:50", night), service_s=3600)
    story.run = replace(story.run, day=night)
    story.add(pause)
    assert _page(story).halts[0].hints == ("60 Minuten, bis 02:50",)


def test_an_unknown_language_is_answered_in_german() -> None:
    assert words_in("fr") is words_in("de")
    assert words_in("EN") is WORDS["en"]


@pytest.mark.parametrize("language", WORDS)
def test_each_language_has_words_for_everything(language: str) -> None:
    words = WORDS[language]
    assert set(words.needs) == set(Need)
    assert set(words.notes) == set(ManifestNote)
    assert all(getattr(words, field.name) for field in fields(words))
    assert len(words.weekdays.split()) == 7
    assert len(words.months.split()) == 12


@pytest.mark.parametrize("language", WORDS)
def test_no_template_is_left_unfilled(story: Any, place: PlaceAt, language: str) -> None:
    pickup, dropoff = story.ride("A", (place(1), "09:10"), (place(2), "09:30"), needs=list(Need))
    pause = replace(story.visit(VisitKind.BREAK, place(2), "09:35"), service_s=1800)
    story.add(replace(pickup, actual=story.at("09:12")), dropoff, pause, story.visit(VisitKind.HALT, place(3), "11:00"))
    page = replace(_page(story, language), page_of="")  # that one is filled by the page counter
    assert "{" not in repr([page, *page.halts])


def _page(story: Any, language: str = "de") -> ManifestPage:
    return page_of(story.manifest(), language, PRINTED)
