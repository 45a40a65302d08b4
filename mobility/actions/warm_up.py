"""Compile and load before the first caller waits for it."""

from __future__ import annotations

from mobility.actions.check_health import check_health
from mobility.actions.context import Context
from mobility.planning.stations import compile_ahead
from routing.dialaride.insertion import warm_up as warm_up_insertion


def warm_up(context: Context) -> None:
    """Load every agency's network and compile the engine's kernels (seconds the first time, cached on disk after). The journey search,
    which takes half a minute the first time, is compiled beside; until then answers are given without it.
    """
    compile_ahead()
    warm_up_insertion()
    check_health(context)
