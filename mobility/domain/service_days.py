"""Service days: the timetable's day, whose times may pass 24:00.

Times are seconds since *noon minus twelve hours* (GTFS reference, "service day"), which is midnight except on the two nights
of the clock change, so a bus at 10:00 leaves at ten by the clock on the wall on those days too.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def day_origin(day: date, zone: ZoneInfo) -> datetime:
    """The instant from which a service day's seconds are counted, in UTC."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return noon.astimezone(ZoneInfo("UTC")) - timedelta(hours=12)


def at(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a service-day time."""
    return day_origin(day, zone) + timedelta(seconds=seconds)


def seconds_of(instant: datetime, day: date, zone: ZoneInfo) -> int:
    """Service-day seconds of an instant; negative before the day's origin."""
    return round((instant - day_origin(day, zone)).total_seconds())


def parse_time(text: str) -> int:
    """Seconds of ``"HH:MM"`` or ``"HH:MM:SS"``; hours may reach 47.

    Raises:
        ValueError: the text is not such a time.
    """
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(p.isascii() and p.isdigit() and len(p) <= 2 for p in parts):
        raise ValueError(f"expected a time such as 08:30, found {text!r}")
    hours, minutes, seconds = (int(p) for p in (*parts, "0")[:3])
    if hours > 47 or minutes > 59 or seconds > 59:
        raise ValueError(f"expected a time such as 08:30, found {text!r}")
    return hours * 3600 + minutes * 60 + seconds


def format_time(seconds: int) -> str:
    """``"HH:MM"`` of service-day seconds (rounded down to the minute)."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
