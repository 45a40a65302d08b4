"""The GSM alphabet, against the figures every telephone shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.notifications.sms import gsm7, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 5, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


def test_an_escaped_character_is_never_divided() -> None:
    assert segments("a" * 152 + "€" + "a" * 151) == 2
    assert segments("a" * 152 + "€" + "a" * 152) == 3  # 306 septets, but the euro sign moves to the second part


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Ärztehaus Größe ß", "Ärztehaus Größe ß"),
        ("Żółć Şahin", "Zólc Sahin".replace("ó", "o")),
        ("„Am Markt“ – heute…", '"Am Markt" - heute...'),
        ("Олена 😀", "????? ?"),
        ("[€~]", "[€~]"),
        ("a\u0308", "ä"),
    ],
)
def test_other_letters_become_the_nearest(text: str, sent: str) -> None:
    assert gsm7(text) == sent


def test_a_text_outside_the_alphabet_has_no_segments() -> None:
    with pytest.raises(ValueError, match="outside the GSM alphabet"):
        segments("ş")


@given(st.text())
def test_every_text_can_be_sent_and_a_second_pass_changes_nothing(text: str) -> None:
    sent = gsm7(text)
    assert segments(sent) >= 1
    assert gsm7(sent) == sent
