"""Service days as calendars: weekdays that hold for most weeks, and the dates that do not follow them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from mobility.domain.services import DayKind, Service
from mobility.files.opening import day_kind

_WEEK = [kind for kind in DayKind if kind is not DayKind.HOLIDAY]
_KINDS = list(DayKind)


@dataclass(frozen=True, slots=True)
class Calendar:
    """``weekdays`` 0 Monday to 6 Sunday, from ``first`` to ``last``, with single days ``added`` and ``removed``."""

    id: str
    weekdays: tuple[int, ...]
    first: date
    last: date
    added: tuple[date, ...]
    removed: tuple[date, ...]

    def dates(self) -> frozenset[date]:
        """All days it stands for."""
        regular = {day for day in days_between(self.first, self.last) if day.weekday() in self.weekdays}
        return frozenset((regular - set(self.removed)) | set(self.added))


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def calendar_of(calendar_id: str, dates: Collection[date], first: date, last: date) -> Calendar:
    """The shortest calendar for these dates: a weekday is regular when it is driven on more than half of its days."""
    days = days_between(first, last)
    driven = frozenset(dates)
    weekdays = tuple(
        weekday
        for weekday in range(7)
        if 2 * sum(day in driven for day in days if day.weekday() == weekday) > sum(day.weekday() == weekday for day in days)
    )
    regular = {day for day in days if day.weekday() in weekdays}
    return Calendar(calendar_id, weekdays, first, last, tuple(sorted(driven - regular)), tuple(sorted(regular - driven)))


def open_dates(service: Service, kinds: Collection[DayKind], first: date, last: date) -> frozenset[date]:
    """Service days of these kinds on which the service is not closed."""
    return frozenset(day for day in days_between(first, last) if day_kind(service, day) in kinds)


def days_key(kinds: Collection[DayKind]) -> str:
    """Kinds of days in the words of the service file: ``mon-fri``, ``sat.sun.holiday``."""
    parts: list[list[DayKind]] = []
    for kind in sorted(kinds, key=_KINDS.index):
        if parts and kind is not DayKind.HOLIDAY and _KINDS.index(parts[-1][-1]) == _KINDS.index(kind) - 1:
            parts[-1].append(kind)
        else:
            parts.append([kind])
    spans = [[f"{part[0]}-{part[-1]}"] if len(part) > 2 else [str(kind) for kind in part] for part in parts]
    return ".".join(word for span in spans for word in span)


def kinds_of(
    dates: Collection[date], holidays: Collection[date], closed: Collection[date], first: date, last: date
) -> frozenset[DayKind]:
    """Which kinds of days these dates are, the other way round; ``holidays`` and ``closed`` among all days. A kind of which no open day
    lies in the span is taken as not meant.
    """
    found = set()
    for day in days_between(first, last):
        if day in dates and day not in closed:
            found.add(DayKind.HOLIDAY if day in holidays else _WEEK[day.weekday()])
    return frozenset(found)
