"""The demo county's feed, and two validators that are not ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import gtfs_guru
import pytest
from gtfs_validator.notices import NoticeContainer
from gtfs_validator.pipeline import run_validation
from gtfs_validator.report import build_report

from gtfs.feed import Feed
from mobility.actions.gather_publication import offered_of
from mobility.domain.services import Service
from mobility.publishing.sources import Source
from tests.county import CountyFiles
from tests.mobility.publishing.drawn import FIRST, LAST

EXPLAINED = {
    "duplicate_route_name": "two services have the same name, as their files say",
    "mixed_case_recommended_field": "a name is written in capitals, as the file says",
    "feed_expiration_date30_days": "the timetable in use ends within a month",
    "fast_travel_between_consecutive_stops": "the imported timetable's own times and places",
    "fast_travel_between_far_stops": "the imported timetable's own times and places",
    "expired_calendar": "every day of a service lies behind: the timetable in use has ended, or only public holidays are driven",
    "trip_coverage_not_active_for_next7_days": "nothing is driven within a week: only public holidays are, or the timetable has ended",
}
"""Warnings that the validators may tell of our feeds, and why; the table in docs/publishing.md."""
URL = "https://rides.example.org"
TODAY = date(2026, 6, 8)
Codes = set[tuple[str, str]]


@pytest.fixture(scope="session")
def county_feed(county_files: CountyFiles) -> Feed:
    return Feed.load(county_files.datasets / "feed" / "1")


def source_of(services: list[Service], feed: Feed | None) -> Source:
    offered = tuple(offered_of(service, feed, (FIRST, LAST), None) for service in services)
    return Source("auental", "Landkreis Auental (erfunden)", offered, FIRST, LAST, URL)


def by_guru(path: Path, today: date = TODAY) -> Codes:
    """Severity and code of what gtfs-guru has to say; INFO is no complaint."""
    notices = gtfs_guru.validate(str(path), date=today.isoformat()).notices
    return {(notice.severity, notice.code) for notice in notices if notice.severity != "INFO"}


def by_canonical_rules(path: Path, today: date = TODAY) -> Codes:
    """The same by gtfs-validator, which follows the canonical validator's rules."""
    found, failed = NoticeContainer(), NoticeContainer()
    _, opened = run_validation(path, found, failed, validation_date=today)
    assert opened
    assert build_report(failed)["notices"] == []
    return {(one["severity"], one["code"]) for one in build_report(found)["notices"] if one["severity"] != "INFO"}


def unexplained(codes: Codes) -> Codes:
    return {(severity, code) for severity, code in codes if severity == "ERROR" or code not in EXPLAINED}


@pytest.fixture
def packed(tmp_path: Path) -> Callable[[bytes], Path]:
    def pack(content: bytes) -> Path:
        path = tmp_path / "flex.zip"
        path.write_bytes(content)
        return path

    return pack
