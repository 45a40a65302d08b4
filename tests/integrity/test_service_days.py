"""A few of the soak's bad days; `make soak` plays as many as one likes."""

from __future__ import annotations

from contextlib import closing

import pytest

from mobility.store.postgres import PostgresStore
from tests.county import CountyFiles
from tests.integrity.service_day import SPECIAL, BrokenError, ServiceDay
from tests.integrity.soak import play

A_FEW = range(1, 7)


def test_everything_holds_on_bad_days(county_files: CountyFiles) -> None:
    days = [play(seed, county_files) for seed in A_FEW]
    acts = sum((day.done for day in days), days[0].done)
    seldom = [name for name in ("book done", "report done", "cancel done", "hold done", "narrow done") if acts[name] < 2]
    assert not seldom, f"too little happened to mean anything: {acts}"
    assert {day.day for day in days} & set(SPECIAL)
    assert any(name.endswith("CrashError") for name in acts)


def test_a_day_can_be_played_again(county_files: CountyFiles) -> None:
    assert play(2, county_files).log == play(2, county_files).log


def test_everything_holds_in_postgresql(county_files: CountyFiles, database_url: str) -> None:
    """The same day, statement by statement: what one store does, the other does."""
    with closing(PostgresStore(database_url, pool_size=2)) as store:
        day = ServiceDay(3, county_files, store)
        day.run()
    assert day.log == play(3, county_files).log


def test_what_is_broken_is_told_with_the_way_to_see_it_again(county_files: CountyFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def complain(day: ServiceDay) -> None:
        raise BrokenError("planted: a fault")

    monkeypatch.setattr(ServiceDay, "inspect", complain)
    with pytest.raises(AssertionError, match=r"planted: a fault(.|\n)*again: make soak SEED=7"):
        play(7, county_files)
