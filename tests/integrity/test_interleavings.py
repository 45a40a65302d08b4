"""Booking against cancelling against drivers' reports against re-optimisation: everything holds after every burst."""

from __future__ import annotations

import time
from random import Random

import pytest

from tests.county import DAYS, County
from tests.integrity.turmoil import Turmoil

SECONDS = 10.0


@pytest.mark.parametrize("seed", [1, 2])
def test_everything_holds_whoever_acts_at_once(county: County, seed: int) -> None:
    turmoil = Turmoil(county, Random(seed))
    turmoil.ask(8)
    until = time.monotonic() + SECONDS
    bursts = 0
    while time.monotonic() < until or bursts < 10:
        turmoil.ask(1)
        assert turmoil.burst(6) == [], f"seed {seed}, burst {bursts}"
        bursts += 1
        if bursts > 6:  # Tuesday passes: answers fall due, visits become imminent and happen
            quarter = min(bursts - 7, 50)
            county.clock.set(6 + quarter // 4, 15 * (quarter % 4), DAYS[1])
    print(bursts, turmoil.done)
    assert turmoil.done["book"] >= 10, turmoil.done
    assert turmoil.done["cancel"], turmoil.done
    assert turmoil.done["report"], turmoil.done
