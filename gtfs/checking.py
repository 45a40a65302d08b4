"""Checking a feed: may it be used as it is, after repairs, or not at all?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gtfs.findings import CheckReport, Findings
from gtfs.limits import LIMITS, Limits
from gtfs.options import NO_OPTIONS, Options
from gtfs.reading import Reading, examine_feed
from gtfs.rows import Progress


def check_feed(
    zip_path: Path,
    progress: Progress | None = None,
    limits: Limits = LIMITS,
    today: date | None = None,
    options: Options = NO_OPTIONS,
) -> CheckReport:
    """Read the whole feed and report what was found. Never raises for what is in the file.

    ``today``, where given, adds a warning for a timetable that has ended; that never rejects one.
    """
    return with_expiry(examine_feed(zip_path, progress, limits, options), today).report


def with_expiry(reading: Reading, today: date | None) -> Reading:
    """The reading with a warning when the feed's last day lies before ``today``."""
    days = reading.feed.days() if reading.feed is not None else None
    if today is None or days is None or days[1] >= today:
        return reading
    findings = Findings()
    findings.add("feed_expired", subject=days[1].isoformat())
    report = CheckReport((*reading.report.findings, *findings.to_list()), reading.report.counts)
    return Reading(reading.feed, report)
