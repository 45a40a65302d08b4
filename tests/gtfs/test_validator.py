"""gtfs-guru beside our own checks: what it says in plain words, and that it can neither reject a feed nor hurt anybody."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gtfs import validator
from gtfs.checking import check_feed
from gtfs.confinement import check_confined
from gtfs.limits import Limits
from gtfs.outcomes import Outcome
from gtfs.rules import OWN_RULES, RULES
from gtfs.validator import validate
from gtfs.validator_rules import GAVE_UP, PASSED_OVER, VALIDATOR_RULES

gtfs_guru = pytest.importorskip("gtfs_guru")
Files = dict[str, str | bytes]
ZipOf = Callable[[Files | bytes], Path]
DAY = date(2026, 4, 27)


def test_every_notice_has_its_place_in_the_table() -> None:
    assert set(gtfs_guru.notice_codes()) <= PASSED_OVER | GAVE_UP | set(VALIDATOR_RULES)
    assert not PASSED_OVER & set(VALIDATOR_RULES)
    assert not set(OWN_RULES) & set(VALIDATOR_RULES)
    assert {rule.outcome for rule in VALIDATOR_RULES.values()} == {Outcome.ACCEPT}, "severity does not decide"
    for rule in VALIDATOR_RULES.values():
        assert rule.message != rule.message_de
        assert rule.message.count("{subject}") == rule.message_de.count("{subject}")


def test_a_vehicle_that_would_fly_is_told_with_file_and_row(small: Files, zip_of: ZipOf) -> None:
    small["stops.txt"] = str(small["stops.txt"]).replace("49.53,8.63", "52.53,13.63")
    found = {finding.code: finding for finding in validate(zip_of(small), DAY).to_list()}
    fast = found["fast_travel_between_consecutive_stops"]
    assert (fast.outcome, fast.file, fast.row) == (Outcome.ACCEPT, "stop_times.txt", 6)
    assert fast.count == 3
    assert "Fahrgäste" in fast.message_de


def test_what_our_own_checks_tell_is_not_told_twice(small: Files, zip_of: ZipOf) -> None:
    small["stops.txt"] = str(small["stops.txt"]).replace("0,S,", "0,T,")
    path = zip_of(small)
    assert [finding.code for finding in check_feed(path).findings] == ["parent_missing"]
    assert {finding.code for finding in validate(path, DAY).to_list()} <= {"unused_parent_station"}


def test_both_speak_in_one_report(small: Files, zip_of: ZipOf) -> None:
    small["routes.txt"] = str(small["routes.txt"]).replace("N1,Nachtbus", "700,Bahnhof–Wald")
    report = check_confined(zip_of(small), today=DAY)
    assert report.outcome is Outcome.ACCEPT
    assert "duplicate_route_name" in {finding.code for finding in report.findings}
    assert report.counts["stops"] == 5


def test_without_the_wheel_the_check_goes_on_and_says_so(small: Files, zip_of: ZipOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    report = check_confined(zip_of(small))
    assert [finding.code for finding in report.findings] == ["validator_absent"]
    assert report.outcome is Outcome.ACCEPT


def test_what_is_too_large_for_it_is_left_to_our_own_checks(small: Files, zip_of: ZipOf) -> None:
    with zipfile.ZipFile(path := zip_of(small)) as opened:
        assert sum(info.file_size for info in opened.infolist()) < 1 << 20
    assert validator.why_not(path, Limits()) is None
    reason = validator.why_not(path, Limits(validator_mib=0))
    assert reason is not None
    assert reason[0] == "validator_skipped"


def test_one_that_is_ended_by_its_limits_is_told_and_changes_nothing(small: Files, zip_of: ZipOf) -> None:
    report = check_confined(zip_of(small), limits=Limits(validator_memory_mib=1))
    assert [finding.code for finding in report.findings] == ["validator_failed"]
    assert RULES["validator_failed"].outcome is Outcome.ACCEPT
    assert report.counts["stops"] == 5
