"""Journeys on all of Berlin and Brandenburg beside nigiri: the same answers, and how quickly. Results stand in docs/benchmarks.md."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gtfs.feed import Feed
from gtfs.journeys.changes import Walks
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.nouns import Reach
from gtfs.reading import read_feed
from gtfs.service_days import day_origin
from tests.benchmarks.loading import FIRST, LAST, measure
from tests.benchmarks.nigiri import MINUTE, WALK_S, Asked, Nigiri, floored

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
DAY = date(2021, 6, 9)
MOST_CHANGES, HOURS = 5, 24


@pytest.fixture(scope="module")
def vbb(shared_data: Path) -> Path:
    path = shared_data / "gtfs" / "vbb_2021.zip"
    if not path.is_file():
        pytest.skip("vbb_2021.zip is not there")
    return path


@pytest.fixture(scope="module")
def copy(vbb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pynigiri", reason="the extra benchmark is not installed")
    return floored(vbb, tmp_path_factory.mktemp("floored") / "vbb.zip")


class Ours:
    """The planner, asked as nigiri is."""

    def __init__(self, feed: Feed) -> None:
        none = np.empty(0, np.int64)
        self.feed, self.planner = feed, JourneyPlanner(feed, Walks(none, none, none), within_s=HOURS * 3600)
        self.origin_s = int(day_origin(DAY, feed.timezone).timestamp())
        self.served = np.flatnonzero(np.diff(feed.timetable.stop_first) > 0).tolist()
        self.siblings: dict[str | None, list[str]] = {}
        for stop in feed.stops:
            self.siblings.setdefault(stop.parent, []).append(stop.id)

    def asked(self, count: int) -> list[Asked]:
        """Random stops, leaving between six and twenty o'clock."""
        drawn, begin = random.Random(7), self.origin_s // MINUTE
        ends = [[self.feed.stops[drawn.choice(self.served)].id for _ in range(2)] for _ in range(count)]
        return [Asked(origin, goal, begin + drawn.randrange(6 * 60, 20 * 60)) for origin, goal in ends]

    def query(self, asked: Asked) -> Query:
        goal = self.feed.find_stop(asked.goal)
        near = self.siblings[goal.parent] if goal is not None and goal.parent else []
        egress = [Reach(asked.goal, 0), *(Reach(stop, WALK_S) for stop in near if stop != asked.goal)]
        at_s = asked.minute * MINUTE - self.origin_s
        return Query([Reach(asked.origin, 0)], egress, DAY, at_s, at_s, most_changes=MOST_CHANGES)

    def route(self, query: Query) -> list[tuple[int, int]]:
        return sorted(((one.arrival_s + self.origin_s) // MINUTE, one.changes) for one in self.planner.journeys(query))


def milliseconds(work: Callable[[Any], object], query: Any) -> float:
    begin = time.process_time()
    work(query)
    return 1000 * (time.process_time() - begin)


def test_the_same_journeys_as_nigiri_in_less_time(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, nigiri = Ours(read_feed(copy)), Nigiri(copy, FIRST.isoformat(), LAST.isoformat())
    asked = ours.asked(1000)
    pairs = [(ours.query(one), nigiri.query(one, MOST_CHANGES, HOURS)) for one in asked]
    different = [one for one, (mine, theirs) in zip(asked, pairs, strict=True) if ours.route(mine) != list(nigiri.route(theirs))]
    first, best, peer = [], [], []
    for mine, theirs in pairs[:200]:  # turn by turn, so that whatever else this machine does hits all alike
        first.append(milliseconds(ours.planner.earliest_arrival, mine))
        best.append(milliseconds(ours.planner.journeys, mine))
        peer.append(milliseconds(nigiri.route, theirs))
    medians = [statistics.median(times) for times in (first, best, peer)]
    with capsys.disabled():
        print(f"\ndifferent: {len(different)} of {len(asked)} {different[:3]}")
        print("earliest arrival {:.1f} ms, best journeys {:.1f} ms, nigiri {:.1f} ms".format(*medians))
        print(f"ratios {medians[0] / medians[2]:.2f}, {medians[1] / medians[2]:.2f}")
    assert len(different) <= len(asked) // 1000
    assert medians[0] <= 0.5 * medians[2]  # wanted: 0.2
    assert medians[1] <= 1.0 * medians[2]  # wanted: 0.7


def test_loading_takes_little_more_than_nigiri_does(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measure("answering", copy)  # compiles
    mine, peer = measure("answering", copy), measure("nigiri", copy)
    with capsys.disabled():
        print(f"\nzip to journeys: {mine}, nigiri {peer}")
    assert mine["peak_mb"] <= 1.5 * peer["peak_mb"]  # wanted: 1.2
    assert mine["cpu_s"] <= 4 * peer["cpu_s"]  # wanted, in wall time: 1.2


def test_reading_block_by_block_saves_memory(vbb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, whole = measure("arrays", vbb), measure("whole", vbb)
    with capsys.disabled():
        print(f"\nzip to arrays: {mine}, read whole by polars {whole}")
    assert mine["peak_mb"] <= 0.35 * whole["peak_mb"]
    assert mine["cpu_s"] <= 2.5 * whole["cpu_s"]  # wanted: 0.7
