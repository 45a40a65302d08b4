"""Travel between places: what the street side answers and the planning side reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]

FOREVER = 2**30 - 1
"""A time later than all others, in seconds; the sum of two still fits a signed 32-bit integer."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """``seconds`` and ``metres`` of the fastest path from each row's place to each column's, both int32 of one shape.

    Unreachable is ``FOREVER`` in both.
    """

    seconds: IntArray
    metres: IntArray
