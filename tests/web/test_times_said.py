"""Times as they are typed while somebody speaks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.times_said import read_time
from mobility.errors import InvalidInputError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 8, 9, 15, tzinfo=UTC)
"""Monday, 11:15 on the wall."""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", "2026-06-08 11:15"),
        ("14", "2026-06-08 14:00"),
        ("10", "2026-06-09 10:00"),
        ("11:15", "2026-06-08 11:15"),
        ("14:30", "2026-06-08 14:30"),
        ("14.30", "2026-06-08 14:30"),
        ("1430", "2026-06-08 14:30"),
        ("930", "2026-06-09 09:30"),
        ("14 30", "2026-06-08 14:30"),
        ("14 Uhr 30", "2026-06-08 14:30"),
        ("um 14 Uhr", "2026-06-08 14:00"),
        ("heute 10", "2026-06-08 10:00"),
        ("morgen 9", "2026-06-09 09:00"),
        ("Übermorgen 9:05", "2026-06-10 09:05"),
        ("fr 14", "2026-06-12 14:00"),
        ("Freitag, 14 Uhr", "2026-06-12 14:00"),
        ("mo 12", "2026-06-08 12:00"),
        ("mo 9", "2026-06-15 09:00"),
        ("24.12. 9", "2026-12-24 09:00"),
        ("am 3.2. 9:30", "2027-02-03 09:30"),
        ("3.2.27 9:30", "2027-02-03 09:30"),
        ("2026-07-01 8:00", "2026-07-01 08:00"),
        ("tomorrow 9", "2026-06-09 09:00"),
    ],
)
def test_what_is_said_is_what_is_meant(said: str, meant: str) -> None:
    found = read_time(said, NOW, BERLIN)
    assert (f"{found.moment:%Y-%m-%d %H:%M}", found.arrives) == (meant, False)


@pytest.mark.parametrize("said", ["bis 14", "an 14:00", "spätestens 14 Uhr", "by 14"])
def test_when_to_be_there(said: str) -> None:
    found = read_time(said, NOW, BERLIN)
    assert (f"{found.moment:%H:%M}", found.arrives) == ("14:00", True)


@pytest.mark.parametrize(
    "said", ["bald", "25", "10:70", "31.2. 9", "bis", "fr", "gestern 9", "9 10 11", "12345", "²", "-5", "10:3"]
)
def test_what_is_no_time_is_told_so(said: str) -> None:
    with pytest.raises(InvalidInputError, match="morgen"):
        read_time(said, NOW, BERLIN)


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_time_or_told_not_to_be(said: str) -> None:
    try:
        found = read_time(said, NOW, BERLIN)
    except InvalidInputError:
        return
    assert found.moment.tzinfo is not None


@given(st.integers(0, 23), st.integers(0, 59))
def test_without_a_day_it_is_the_next_such_time(hour: int, minute: int) -> None:
    moment = read_time(f"{hour}:{minute:02d}", NOW, BERLIN).moment
    assert 0 <= (moment - NOW).total_seconds() < 86_400
    assert (moment.hour, moment.minute) == (hour, minute)
