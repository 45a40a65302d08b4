"""Which services run on which service day, and what a service-day time means on the clock.

A service day's times count from noon minus twelve hours (GTFS reference, "Service day" and the field type "Time"), so that a
departure written 08:00:00 is at eight on the clock also on the days when clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400
_DAYS_TO_LOOK = 366
_MASKS_KEPT = 64


def day_origin(day: date, zone: ZoneInfo) -> datetime:
    """The instant from which the service day's seconds count: noon of that day minus twelve hours (aware, UTC)."""
    noon = datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)
    return noon - timedelta(hours=12)


def moment(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    """The instant of a service-day time, on the zone's clock."""
    return (day_origin(day, zone) + timedelta(seconds=seconds)).astimezone(zone)


def seconds_of(at: datetime, day: date, zone: ZoneInfo) -> int:
    """The service-day time of an aware instant, seen from ``day`` (negative before its origin)."""
    return int((at - day_origin(day, zone)).total_seconds())


def origin_shift(day: date, other: date, zone: ZoneInfo) -> int:
    """Seconds from ``day``'s origin to ``other``'s: 24 hours a day, an hour more or less over a clock change."""
    return int((day_origin(other, zone) - day_origin(day, zone)).total_seconds())


@dataclass(frozen=True, eq=False)
class ServiceDays:
    """calendar.txt and calendar_dates.txt as arrays.

    ``ids``: service ids, the order of all masks. ``weekdays`` uint8[n], bit 0 Monday; ``first``, ``last`` int32[n] proleptic day
    ordinals. Exceptions, sorted by day: ``exception_day`` int32[m], ``exception_service`` int32[m], ``exception_added`` bool[m].
    """

    ids: list[str]
    weekdays: NDArray[np.uint8]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    exception_day: NDArray[np.int32]
    exception_service: NDArray[np.int32]
    exception_added: NDArray[np.bool_]
    _masks: dict[date, NDArray[np.bool_]] = field(default_factory=dict, repr=False)

    def mask(self, day: date) -> NDArray[np.bool_]:
        """bool[n]: which services run; read-only, kept for the days asked for lately."""
        mask = self._masks.get(day)
        if mask is None:
            if len(self._masks) >= _MASKS_KEPT:
                self._masks.clear()
            mask = self._masks[day] = self._make_mask(day)
        return mask

    def _make_mask(self, day: date) -> NDArray[np.bool_]:
        ordinal = day.toordinal()
        runs_that_weekday = (self.weekdays >> np.uint8(day.weekday())) & 1
        active: NDArray[np.bool_] = (runs_that_weekday == 1) & (self.first <= ordinal) & (self.last >= ordinal)
        begin, end = np.searchsorted(self.exception_day, (ordinal, ordinal + 1))
        active[self.exception_service[begin:end]] = self.exception_added[begin:end]
        active.setflags(write=False)
        return active

    def shifted(self, weeks: int) -> ServiceDays:
        """The same, so many weeks later; on the same days of the week."""
        days = np.int32(7 * weeks)
        regular = self.weekdays > 0
        return ServiceDays(
            self.ids,
            self.weekdays,
            np.where(regular, self.first + days, self.first).astype(np.int32),
            np.where(regular, self.last + days, self.last).astype(np.int32),
            self.exception_day + days,
            self.exception_service,
            self.exception_added,
        )

    def active(self, day: date) -> set[str]:
        """Ids of the services that run on this service day."""
        return {self.ids[index] for index in np.flatnonzero(self.mask(day))}

    def span(self) -> tuple[date, date] | None:
        """First and last day on which any service runs (looked for within a year of the calendars' ends); None if there is none."""
        regular = self.weekdays > 0
        added = self.exception_day[self.exception_added]
        starts = np.concatenate([self.first[regular], added])
        ends = np.concatenate([self.last[regular], added])
        if not starts.size:
            return None
        first, last = date.fromordinal(int(starts.min())), date.fromordinal(int(ends.max()))
        return self._next_active(first, +1) or first, self._next_active(last, -1) or last

    def _next_active(self, day: date, step: int) -> date | None:
        for distance in range(_DAYS_TO_LOOK):
            try:
                looked_at = day + timedelta(days=step * distance)
            except OverflowError:
                return None
            if self._make_mask(looked_at).any():
                return looked_at
        return None
