"""Booking against cancelling against drivers' reports against re-optimisation: everything holds after every burst."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from tests.county import DAYS, County
from tests.integrity.turmoil import Turmoil

BURSTS, SEED = 32, 1
"""The soak plays as many days as one likes, with its clients on a stage; here they are threads."""


def test_everything_holds_whoever_acts_at_once(county: County) -> None:
    turmoil = Turmoil(county, Random(SEED))
    for bursts in range(BURSTS):
        if bursts == 8:
            county.clock.set(7, 0, DAYS[1])
        if bursts > 8:  # Tuesday passes: answers fall due, visits become imminent and happen
            county.clock.now += timedelta(minutes=11)
            turmoil.offers.clear()  # they have expired
        turmoil.ask(2)
        assert turmoil.burst(6) == [], f"burst {bursts}"
    seen_often = turmoil.done["book"] >= 10 and turmoil.done["cancel"] and turmoil.done["report"] >= 5
    assert seen_often, f"too little happened to mean anything: {turmoil.done}, refused {turmoil.refused}"
