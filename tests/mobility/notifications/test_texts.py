"""Every message in every language: complete, short enough, and about the right things."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.fleet import Credential, CredentialKind
from mobility.domain.notices import ABOUT_CREDENTIALS, ABOUT_DUTIES, ABOUT_WISHES, NoticeKind
from mobility.domain.requests import Window
from mobility.notifications.sms import gsm7, segments
from mobility.notifications.texts import NoticeFacts, RideFacts, WishFacts, text_of
from mobility.notifications.wordings import LANGUAGES

BERLIN = ZoneInfo("Europe/Berlin")
PICKUP = datetime(2026, 8, 4, 7, 10, tzinfo=UTC)


def _ride(pickup: str = "Rathaus", dropoff: str = "Bahnhof", start: datetime = PICKUP, odd_s: int = 0) -> RideFacts:
    odd = timedelta(seconds=odd_s)
    pickup_window = Window(start + odd, start + odd + timedelta(minutes=15))
    return RideFacts(pickup, dropoff, pickup_window, Window(start, start + timedelta(minutes=40) + odd))


def _facts(*rides: RideFacts, **more: Any) -> NoticeFacts:
    usual: dict[str, Any] = {"seats": 2, "wheelchairs": 1, "delay_s": 1170, "answer_by": PICKUP, "day": date(2026, 8, 4)}
    return NoticeFacts(BERLIN, "Bürgerbus e. V.", "+496221123456", "3FA9C1", rides or (_ride(),), **(usual | more))


OTHERS = (*ABOUT_WISHES, *ABOUT_CREDENTIALS, *ABOUT_DUTIES, NoticeKind.SIGN_IN_CODE, NoticeKind.ARRIVED)
ABOUT_RIDES = [kind for kind in NoticeKind if kind not in OTHERS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_arrived_is_told_with_the_time_and_never_the_place(language: str) -> None:
    body = text_of(NoticeKind.ARRIVED, language, _facts(who="Erna Müller", arrived=PICKUP)).body
    assert "Erna Müller" in body
    assert "09:10" in body
    assert "3FA9C1" in body
    assert not any(place in body for place in ("Rathaus", "Bahnhof"))
    long = text_of(NoticeKind.ARRIVED, language, _facts(who="Frau Dr. von und zu Ährenfeld " * 4, arrived=PICKUP)).body
    assert segments(gsm7(long)) <= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ABOUT_WISHES)
@pytest.mark.parametrize("when", [{"moment": PICKUP}, {"weekdays": (0, 3), "clock": "09:10"}])
def test_a_wish_is_told_with_its_days_and_fits_two_text_messages(kind: NoticeKind, language: str, when: dict[str, Any]) -> None:
    long = "Evangelisches Seniorenzentrum und Begegnungsstätte Am Philosophenweg " * 3
    body = text_of(kind, language, _facts(wish=WishFacts(long, "Bahnhof", **when))).body
    assert "09:10" in body
    assert "Bahnhof" in body
    assert "3FA9C1" in body
    assert not set("{}") & set(body)
    assert segments(gsm7(body)) <= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ABOUT_CREDENTIALS)
def test_a_credential_is_told_with_its_day_and_fits_two_text_messages(kind: NoticeKind, language: str) -> None:
    ending = tuple(Credential(each, date(2026, 9, 30)) for each in CredentialKind)[:2]
    body = text_of(kind, language, _facts(driver="Frau Dr. von und zu Ährenfeld " * 4, credentials=ending)).body
    assert "30.09.2026" in body
    assert "3FA9C1" in body
    assert not set("{}") & set(body)
    assert segments(gsm7(body)) <= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ABOUT_DUTIES)
def test_a_duty_is_told_with_its_hours_and_fits_two_text_messages(kind: NoticeKind, language: str) -> None:
    hours = Window(PICKUP, PICKUP + timedelta(hours=5))
    body = text_of(kind, language, _facts(service="Rufbus des Landkreises und seiner Gemeinden " * 4, hours=hours)).body
    assert "09:10" in body
    assert "14:10" in body
    assert "4.8." in body or "4 Aug" in body
    assert "3FA9C1" in body
    assert not set("{}") & set(body)
    assert segments(gsm7(body)) <= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_told_alone_and_fits_one_text_message(language: str) -> None:
    body = text_of(NoticeKind.SIGN_IN_CODE, language, _facts(code="012345")).body
    assert re.findall(r"\d+", body) == ["012345"]
    assert segments(gsm7(body)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ABOUT_RIDES)
def test_every_kind_has_a_complete_text_in_every_language(kind: NoticeKind, language: str) -> None:
    message = text_of(kind, language, _facts())
    assert message.subject
    assert message.body.strip()
    assert not set("{}") & set(message.subject + message.body)
    assert "None" not in message.body
    assert "3FA9C1" in message.body
    for_desk = (
        NoticeKind.DESK_TASK,
        NoticeKind.NO_CALL,
        NoticeKind.MISSED_CALL,
        NoticeKind.RETURN_UNCLEAR,
        NoticeKind.TIMETABLE_CHANGED,
    )
    if kind not in (*for_desk, NoticeKind.DRIVER_REPORT, NoticeKind.DRIVER_MISSING):
        assert {"de": "06221 123456", "en": "+49 6221 123456"}[language] in message.body
    if kind not in (NoticeKind.RUN_CHANGED, NoticeKind.DRIVER_REPORT, NoticeKind.DRIVER_MISSING):
        assert "Rathaus" in message.body
        assert "09:10-09:25" in message.body


@pytest.mark.parametrize("kind", ABOUT_RIDES)
def test_the_languages_differ_and_others_are_german(kind: NoticeKind) -> None:
    german, english = text_of(kind, "de", _facts()), text_of(kind, "en-GB", _facts())
    assert german.body != english.body
    assert german.subject != english.subject
    assert text_of(kind, "fr", _facts()) == german


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ABOUT_RIDES)
def test_no_text_needs_what_may_be_missing(kind: NoticeKind, language: str) -> None:
    bare = _facts(answer_by=None, delay_s=None, day=None)
    body = text_of(kind, language, bare).body
    assert "None" not in body
    assert "  " not in body


def test_booked_in_german_word_for_word() -> None:
    back = _ride("Bahnhof", "Rathaus", PICKUP + timedelta(hours=5))
    assert text_of(NoticeKind.BOOKED, "de", _facts(_ride(), back)).body == (
        "Ihre Fahrt ist gebucht.\n"
        "Di 4.8. 09:10-09:25 Uhr ab Rathaus, an Bahnhof bis 09:50 Uhr.\n"
        "Di 4.8. 14:10-14:25 Uhr ab Bahnhof, an Rathaus bis 14:50 Uhr.\n"
        "Fragen oder absagen: 06221 123456 (Bürgerbus e. V.). Nr. 3FA9C1"
    )


def test_delayed_in_english_word_for_word() -> None:
    assert text_of(NoticeKind.DELAYED, "en", _facts()).body == (
        "Your vehicle comes about 20 minutes later than promised. We had promised:\n"
        "Tue 4 Aug 09:10-09:25 from Rathaus, at Bahnhof by 09:50.\n"
        "Questions: +49 6221 123456 (Bürgerbus e. V.). Ref. 3FA9C1"
    )


def test_one_minute_is_one_minute() -> None:
    assert "etwa 1 Minute später" in text_of(NoticeKind.DELAYED, "de", _facts(delay_s=20)).body


def test_windows_are_rounded_outwards() -> None:
    body = text_of(NoticeKind.BOOKED, "de", _facts(_ride(odd_s=30))).body
    assert "09:10-09:26 Uhr" in body
    assert "bis 09:51 Uhr" in body


def test_times_are_the_agencys_also_in_winter() -> None:
    winter = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert "Fr 1.1. 00:30-00:45 Uhr" in text_of(NoticeKind.BOOKED, "de", _facts(_ride(start=winter))).body


def test_more_rides_than_fit_are_counted() -> None:
    body = text_of(NoticeKind.BOOKED, "de", _facts(*[_ride()] * 4)).body
    assert body.count("ab Rathaus") == 2
    assert "Dazu 2 weitere" in body


def test_long_places_are_shortened_short_ones_are_not() -> None:
    long = "Evangelisches Seniorenzentrum und Begegnungsstätte Am Philosophenweg " * 3
    body = text_of(NoticeKind.BOOKED, "de", _facts(_ride(pickup=long))).body
    assert "Evangelisches" in body
    assert "Bahnhof" in body
    assert ".." in body


_names = st.text(max_size=200)
_instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- bounds are naive there


@given(
    kind=st.sampled_from(ABOUT_RIDES),
    language=st.sampled_from(sorted(LANGUAGES)),
    places=st.lists(st.tuples(_names, _names, _instants), min_size=1, max_size=5),
    carrier=_names,
    reference=st.text("0123456789ABCDEF", min_size=6, max_size=6),
    numbers=st.tuples(st.integers(0, 5 * 3600), st.integers(0, 99), st.integers(0, 9)),
)
def test_whatever_the_places_are_called_it_fits_two_text_messages_and_stays_one_text(
    kind: NoticeKind,
    language: str,
    places: list[tuple[str, str, datetime]],
    carrier: str,
    reference: str,
    numbers: tuple[int, int, int],
) -> None:
    delay_s, seats, wheelchairs = numbers
    rides = tuple(_ride(pickup, dropoff, start) for pickup, dropoff, start in places)
    when = places[0][2]
    facts = NoticeFacts(BERLIN, carrier, "+49 6221 1234567890", reference, rides, when.date(), delay_s, when, seats, wheelchairs)
    message = text_of(kind, language, facts)
    assert segments(gsm7(message.body)) <= 2
    assert reference in message.body
    assert message.body.count("\n") <= 4
    assert all(line.isprintable() for line in message.body.split("\n"))


def test_braces_in_names_are_only_braces() -> None:
    body = text_of(NoticeKind.BOOKED, "de", _facts(_ride("{rides}", "{0.__class__}"))).body
    assert "ab {rides}, an {0.__class__} bis" in body
