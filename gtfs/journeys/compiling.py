"""How the journey search is compiled. Import what is compiled late: numba takes a second to load."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def door(function: F) -> F:
    """Compile at the first call, kept on disk with all it calls; runs without the interpreter's lock."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def compiled(function: F) -> F:
    """Compile for callers compiled too: without the part that unpacks Python's objects."""
    njit = cast("Callable[..., Callable[[F], F]]", numba.njit)  # its types know nothing of these two options
    return njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
