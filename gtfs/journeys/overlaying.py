"""A day's layout with departures as they run in fact in place of those of the timetable, which stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np

from gtfs.journeys.arrays import Departures, Halts
from gtfs.journeys.basis import Basis
from gtfs.journeys.day_lines import Period, lay_out, lay_over, mirrored
from gtfs.journeys.layout import Layout
from gtfs.journeys.live_trips import Live, LiveTrip, halts_of
from gtfs.service_days import origin_shift
from gtfs.timetable import BoolArray

_DAYS_NEAR = 8


def lay_live_over(  # noqa: PLR0913, PLR0917  what a layout is kept by
    basis: Basis, layout: Layout, live: Live, day: date, period: Period, backwards: bool, wheelchair: bool  # noqa: FBT001
) -> Layout:  # fmt: skip
    """The departures of ``layout`` (of ``period``, counted from ``day``) as ``live`` knows them."""
    from gtfs.journeys.laying_out import number_patterns  # noqa: PLC0415  numba takes a second to import

    sign = -1 if backwards else 1
    shifts = {
        other: origin_shift(day, other, basis.feed.timezone)
        for other in {*live.instead, *live.more}
        if abs((other - day).days) <= _DAYS_NEAR
    }
    gone = [(trip, sign * (offset + shift)) for other, shift in shifts.items() for trip, offset in live.instead.get(other, ())]
    lines = layout.lines
    drop = np.isin(_keys(lines.trip, lines.offset), _keys(*np.array(gone, np.int64).reshape(-1, 2).T))
    dated = [
        (run, shift) for other, shift in shifts.items() for run in live.running(other) if not wheelchair or _takes(basis, run)
    ]
    halts = halts_of([run for run, _ in dated])
    halts = mirrored(halts) if backwards else halts
    shift_of = np.array([shift for _, shift in dated], np.int64)
    days = [(shift_of == shift, sign * shift) for shift in np.unique(shift_of).tolist()]
    once = Departures(np.arange(len(dated) + 1, dtype=np.int32), np.zeros(len(dated), np.int32))
    turned = Period(-period.end_s, -period.begin_s) if backwards else period
    more = lay_out(halts, number_patterns(halts), days, once, turned, basis.any_stop.size)
    _protect_alike(halts, layout.halts)
    laid = lay_over(lines, drop, more, layout.halts, halts)
    return replace(layout, lines=laid, live=halts, live_trips=[run for run, _ in dated])


def _protect_alike(halts: Halts, timetable: Halts) -> None:
    """Compiled code takes either for the other only if both may be written to, or neither: an import's arrays are mapped read-only."""
    arrays: Iterable[tuple[np.ndarray, np.ndarray]] = zip(halts, timetable, strict=True)
    for array, known in arrays:
        array.setflags(write=known.flags.writeable)


def _keys(trip: np.ndarray, offset: np.ndarray) -> np.ndarray:
    return trip.astype(np.int64) << 32 | (offset.astype(np.int64) & 0xFFFF_FFFF)


def _takes(basis: Basis, run: LiveTrip) -> bool:
    """Whether the feed says that a wheelchair can ride all the way."""
    says: BoolArray = basis.feed.trip_table["wheelchair"].to_numpy() == 1
    return all(isinstance(part, int) and bool(says[part]) for part in run.parts)
