"""Days on which school buses run: weekdays outside of public and (invented, but customary) school holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import holidays

LAND = "BB"
FEED_DAYS = 400


def public_holidays(start: date) -> set[date]:
    """Public holidays of the Land within the feed's validity."""
    years = range(start.year, start.year + 3)
    return {
        day for day in holidays.country_holidays("DE", subdiv=LAND, years=years) if start <= day < start + timedelta(FEED_DAYS)
    }


def days_from(start: date) -> Iterator[date]:
    """All days of the feed."""
    return (start + timedelta(days) for days in range(FEED_DAYS))


def school_days(start: date) -> list[date]:
    """Days of the feed on which there is school."""
    free = public_holidays(start)
    return [day for day in days_from(start) if day.weekday() < 5 and day not in free and not _is_school_holiday(day)]


def _is_school_holiday(day: date) -> bool:
    easter = _easter(day.year)
    spans = (
        (date(day.year, 1, 1), date(day.year, 1, 3)),
        (date(day.year, 2, 2), date(day.year, 2, 8)),
        (easter - timedelta(days=11), easter + timedelta(days=5)),
        (date(day.year, 7, 9), date(day.year, 8, 22)),
        (date(day.year, 10, 19), date(day.year, 10, 31)),
        (date(day.year, 12, 22), date(day.year, 12, 31)),
    )
    return any(first <= day <= last for first, last in spans)


def _easter(year: int) -> date:
    """Easter Sunday, two days after Good Friday."""
    german = holidays.country_holidays("DE", subdiv=LAND, years=year, language="en_US")
    return next(day for day, name in german.items() if "Good Friday" in name) + timedelta(days=2)
