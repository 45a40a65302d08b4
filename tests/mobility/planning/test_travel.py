"""The travel table, however full, says what its source says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mobility.domain.places import Place
from mobility.planning.travel import TravelCache
from routing.travel import Matrix

PLACES = [Place(10 + number / 100, 50) for number in range(12)]


class Source:
    """Seconds and metres that tell from where to where."""

    def __init__(self) -> None:
        self.cells = 0

    def matrix(self, origins: NDArray[np.float64], destinations: NDArray[np.float64]) -> Matrix:
        self.cells += len(origins) * len(destinations)
        a, b = (np.rint((points[:, 0] - 10) * 100).astype(np.int32) for points in (origins, destinations))
        seconds = (100 * a[:, None] + b[None, :]).astype(np.int32)
        return Matrix(seconds, seconds * 10)


@given(st.lists(st.tuples(st.sets(st.integers(0, 11), max_size=5), st.sets(st.integers(0, 11), max_size=3)), max_size=12))
def test_it_says_what_its_source_says(asked: list[tuple[set[int], set[int]]]) -> None:
    cache = TravelCache(Source(), capacity=8)
    for visited, positions in asked:
        left = sorted(positions - visited)
        found = cache.matrix([PLACES[i] for i in sorted(visited)], [PLACES[i] for i in left], anywhere=True)
        rows, columns = [*sorted(visited), *left], sorted(visited)
        assert found.seconds.shape == (len(rows) + 1, len(rows) + 1)
        expected = [[100 * a + b for b in columns] for a in rows]
        assert found.seconds[: len(rows), : len(columns)].tolist() == expected
        assert found.metres[: len(rows), : len(columns)].tolist() == [[10 * cell for cell in row] for row in expected]
        assert not found.seconds[-1].any(), "from anywhere it takes no time"
        assert not found.seconds[:, len(columns) :].any(), "nor to anywhere"


def test_each_pair_is_asked_once() -> None:
    source = Source()
    cache = TravelCache(source)
    cache.matrix(PLACES[:5])
    assert source.cells == 25
    cache.matrix(PLACES[:5])
    cache.matrix(PLACES[2:4])
    assert source.cells == 25
    cache.matrix(PLACES[:6])
    assert source.cells == 36, "the new place's row and column, nothing twice"


def test_more_places_than_it_holds() -> None:
    with pytest.raises(ValueError, match="exceeds the travel table's 3"):
        TravelCache(Source(), capacity=3).matrix(PLACES[:4])
