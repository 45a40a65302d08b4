"""Compile and load before the first caller waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mobility.actions.check_health import check_health
from mobility.actions.context import Context
from mobility.planning.stations import compiled_ahead
from routing.dialaride.insertion import warm_up as warm_up_insertion


@contextmanager
def warmed_up(context: Context) -> Iterator[None]:
    """Load every agency's network and compile the engine's kernels (seconds the first time, cached on disk after). The journey search,
    which takes half a minute the first time, is compiled beside, and no longer than this is entered; until then answers are given without it.
    """
    with compiled_ahead():
        warm_up_insertion()
        check_health(context)
        yield
