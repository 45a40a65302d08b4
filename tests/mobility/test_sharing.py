"""Burdens: who has driven least for what he offered weighs nothing, whatever the unit, and nobody more than three means."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.services import Fairness
from mobility.domain.volunteering import Share, burdens

DRIVEN = st.integers(0, 500)
SHARES = st.lists(st.tuples(DRIVEN, st.integers(0, 400_000)), min_size=1, max_size=6).map(
    lambda drawn: [Share(f"d-{n}", "s", rides, rides * 7_000, rides * 900, offered) for n, (rides, offered) in enumerate(drawn)]
)
RECKONED = st.sampled_from([Fairness.RIDES, Fairness.KM, Fairness.HOURS])


def share(rides: int, hours: int, name: str = "a") -> Share:
    return Share(name, "s", rides, rides * 10_000, rides * 1800, hours * 3600)


@given(SHARES, RECKONED)
def test_the_least_driven_weighs_nothing_and_more_never_weighs_less(shares: list[Share], by: Fairness) -> None:
    weighs = burdens(shares, by)
    assert set(weighs) == {one.driver_id for one in shares if one.offered_s}
    assert all(0 <= weight <= 300 and weight % 10 == 0 for weight in weighs.values())
    ratio = {one.driver_id: Fraction(one.driven(by), one.offered_s) for one in shares if one.offered_s}
    assert not weighs or min(weighs.values()) == 0
    for one, other in ((a, b) for a in ratio for b in ratio if ratio[a] <= ratio[b]):
        assert weighs[one] <= weighs[other]


@given(SHARES, RECKONED)
def test_it_is_the_same_in_every_unit_and_off_weighs_nobody(shares: list[Share], by: Fairness) -> None:
    assert burdens(shares, by) == burdens(shares, Fairness.RIDES)
    assert set(burdens(shares, Fairness.OFF).values()) <= {0}


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([share(4, 10, "a"), share(4, 10, "b")], {"a": 0, "b": 0}),
        ([share(2, 10, "a"), share(6, 10, "b")], {"a": 0, "b": 100}),
        ([share(6, 30, "a"), share(6, 10, "b")], {"a": 0, "b": 130}),
        ([share(5, 0, "a"), share(5, 10, "b")], {"b": 0}),
    ],
)
def test_by_hand(shares: list[Share], expected: dict[str, int]) -> None:
    assert burdens(shares, Fairness.HOURS) == expected
