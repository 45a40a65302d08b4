"""How to drive from one place to the next, in words."""

from __future__ import annotations

from functools import lru_cache

from mobility.domain.places import Place
from routing.streets.directions import Step
from routing.streets.streets import Streets

_WAYS_REMEMBERED = 2000


def steps_between(streets: Streets, origin: Place, destination: Place) -> tuple[Step, ...]:
    """The fastest way turn by turn; empty when there is none."""
    return _steps(streets, (origin.lon, origin.lat), (destination.lon, destination.lat))


@lru_cache(maxsize=_WAYS_REMEMBERED)
def _steps(streets: Streets, origin: tuple[float, float], destination: tuple[float, float]) -> tuple[Step, ...]:
    return tuple(streets.directions(origin, destination) or ())
