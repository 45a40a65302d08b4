"""The travel table, however full, says what its source says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mobility.domain.places import Place
from mobility.planning.travel import AVERAGE, TravelCache
from routing.travel import Matrix

PLACES = [Place(10 + number / 100, 50) for number in range(12)]


class Source:
    """Seconds and metres that tell from where to where, and seconds how slow the hour is."""

    def __init__(self, slow: int = 0) -> None:
        self.cells, self.slow, self.slower = 0, slow, {0: self}

    def slowest(self, hours: Iterable[int]) -> Source:
        slow = max({7: 2, 8: 1}.get(hour, 0) for hour in hours)
        return self.slower.setdefault(slow, Source(slow))

    def matrix(self, origins: NDArray[np.float64], destinations: NDArray[np.float64]) -> Matrix:
        self.cells += len(origins) * len(destinations)
        a, b = (np.rint((points[:, 0] - 10) * 100).astype(np.int32) for points in (origins, destinations))
        seconds = (100 * a[:, None] + b[None, :]).astype(np.int32)
        return Matrix(seconds + 10_000 * self.slow, seconds * 10)


def plain(places: Sequence[Place]) -> list[tuple[Place, int]]:
    return [(place, AVERAGE) for place in places]


Stops = st.dictionaries(st.integers(0, 11), st.sampled_from([12, 8, 7]), max_size=5)


@given(st.lists(st.tuples(Stops, st.sets(st.integers(0, 11), max_size=3)), max_size=12))
def test_it_says_what_its_source_says(asked: list[tuple[dict[int, int], set[int]]]) -> None:
    cache = TravelCache(Source(), capacity=8)
    for visited, positions in asked:
        left = sorted(positions - set(visited))
        stops = [(PLACES[i], cache.pace(datetime(2026, 9, 9, hour, tzinfo=UTC))) for i, hour in visited.items()]
        found = cache.matrix(stops, plain([PLACES[i] for i in left]), anywhere=True)
        rows, columns = [*visited, *left], list(visited)
        slow = {i: {7: 2, 8: 1}.get(visited.get(i, 12), 0) for i in rows}
        assert found.seconds.shape == (len(rows) + 1, len(rows) + 1)
        expected = [[10_000 * slow[a] + 100 * a + b for b in columns] for a in rows]
        assert found.seconds[: len(rows), : len(columns)].tolist() == expected
        assert found.metres[: len(rows), : len(columns)].tolist() == [[1000 * a + 10 * b for b in columns] for a in rows]
        assert not found.seconds[-1].any(), "from anywhere it takes no time"
        assert not found.seconds[:, len(columns) :].any(), "nor to anywhere"


def test_each_pair_is_asked_once() -> None:
    source = Source()
    cache = TravelCache(source)
    cache.matrix(plain(PLACES[:5]))
    assert source.cells == 25
    cache.matrix(plain(PLACES[:5]))
    cache.matrix(plain(PLACES[2:4]))
    assert source.cells == 25
    cache.matrix(plain(PLACES[:6]))
    assert source.cells == 36, "the new place's row and column, nothing twice"


def test_more_places_than_it_holds() -> None:
    with pytest.raises(ValueError, match="exceeds the travel table's 3"):
        TravelCache(Source(), capacity=3).matrix(plain(PLACES[:4]))


def test_a_span_of_hours_is_as_slow_as_its_slowest() -> None:
    cache = TravelCache(Source())

    def at(hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 9, 9, hour, minute, tzinfo=UTC)

    def drive_s(first: datetime, last: datetime | None = None) -> int:
        return cache.drive(PLACES[1], PLACES[2], cache.pace(first, last))[0]

    assert drive_s(at(12)) == drive_s(at(9), at(15)) == 102
    assert drive_s(at(8, 30)) == drive_s(at(8, 59), at(9, 1)) == 10_102
    assert drive_s(at(6, 59), at(7, 0)) == 20_102, "it may be left at seven"
    assert drive_s(at(6, 30), at(6, 59)) == 102
    assert drive_s(at(5), at(23)) == 20_102
    assert cache.pace(at(9)) == AVERAGE, "hours that are driven alike share a table"
    assert len(cache.usual_paces()) == 3
