"""The overlay file: what a feed does not say of its lines, told beside it. One TOML file (docs/feeds.md), kept with the version.

So far it marks lines that are delivered as ordinary buses and run only when somebody has called: their halts become such as one has to book
(pickup_type 2, GTFS reference, stop_times.txt), by the booking rule told there.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.findings import Findings
from gtfs.timetable import NO_PICKUP

ON_DEMAND_LINES = "on_demand_lines"
"""Table of a feed: route_id and the booking rule that an overlay has given it."""

_MUST_BOOK = 2
_TEXTS = ("telephone", "message", "info_url", "booking_url")
_KEYS = frozenset({"lines", "minutes_ahead", "days_ahead", "until", *_TEXTS})
MOST_BYTES = 200_000
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/-]{4,30}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class OnDemandLines:
    """Lines (ids or numbers) and how one books them: ``minutes_ahead`` of the departure, or ``days_ahead`` ``until`` that time of day."""

    lines: tuple[str, ...]
    telephone: str
    minutes_ahead: int | None
    days_ahead: int | None
    until: str
    message: str
    info_url: str
    booking_url: str

    def booking_rule(self, identifier: str) -> dict[str, str | None]:
        """A row of booking_rules.txt."""
        return {
            "booking_rule_id": identifier,
            "booking_type": "2" if self.days_ahead else "1" if self.minutes_ahead else "0",
            "prior_notice_duration_min": str(self.minutes_ahead) if self.minutes_ahead else None,
            "prior_notice_last_day": str(self.days_ahead) if self.days_ahead else None,
            "prior_notice_last_time": f"{self.until}:00" if self.until else None,
            "message": self.message or None,
            "phone_number": self.telephone,
            "info_url": self.info_url or None,
            "booking_url": self.booking_url or None,
        }


def read_overlay(text: str, name: str) -> tuple[OnDemandLines, ...]:
    """The groups of lines of an overlay file.

    Raises:
        FeedError: it is no TOML, or says something that it cannot; which, and what is allowed.
    """
    try:
        if len(text) > MOST_BYTES:
            raise FeedError("overlay_unusable", name, subject=f"more than {MOST_BYTES} letters")
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FeedError("overlay_unusable", name, subject=str(error)) from error
    groups = document.get("on_demand")
    if set(document) != {"on_demand"} or not isinstance(groups, list) or not groups:
        raise FeedError("overlay_unusable", name, subject="it holds one or more [[on_demand]] and nothing else")
    return tuple(_group(group, f"on_demand {number}", name) for number, group in enumerate(groups, start=1))


def _group(group: Any, place: str, name: str) -> OnDemandLines:  # noqa: ANN401  whatever the file holds
    def refuse(what: str) -> FeedError:
        return FeedError("overlay_unusable", name, subject=f"{place}: {what}")

    if not isinstance(group, dict) or set(group) - _KEYS:
        raise refuse(f"its keys are {', '.join(sorted(_KEYS))}")
    lines = group.get("lines")
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) and line.strip() for line in lines):
        raise refuse('lines is a list of texts, such as ["975", "976"]')
    texts = {key: group.get(key, "") for key in (*_TEXTS, "until")}
    if not all(isinstance(one, str) and one.isprintable() and len(one) <= 500 for one in texts.values()):
        raise refuse("telephone, message, until and addresses are texts of one line")
    if not _TELEPHONE.fullmatch(texts["telephone"]):
        raise refuse('telephone is needed, as "+49 3876 1234"')
    if not all(not texts[key] or texts[key].startswith(("https://", "http://")) for key in ("info_url", "booking_url")):
        raise refuse("addresses begin with https://")
    minutes, days = group.get("minutes_ahead"), group.get("days_ahead")
    if not all(one is None or (type(one) is int and 0 < one <= most) for one, most in ((minutes, 1440), (days, 30))):
        raise refuse("minutes_ahead is 1 to 1440, days_ahead 1 to 30")
    if (minutes is not None and days is not None) or bool(texts["until"]) != (days is not None):
        raise refuse('either minutes_ahead, or days_ahead and until = "16:00"')
    if texts["until"] and not _CLOCK.fullmatch(texts["until"]):
        raise refuse('until is a time of day, as "16:00"')
    return OnDemandLines(tuple(line.strip() for line in lines), minutes_ahead=minutes, days_ahead=days, **texts)


def with_overlay(feed: Feed, groups: tuple[OnDemandLines, ...], findings: Findings, name: str) -> Feed:
    """The feed with what the overlay says of its lines; what was applied and what fits no line is reported."""
    pickup = feed.timetable.halt_pickup.copy()
    line_of_halt = feed.trip_table["route"].to_numpy()[feed.timetable.halt_trip]
    rules: list[dict[str, str | None]] = []
    marked: list[dict[str, str]] = []
    applied: list[str] = []
    for number, group in enumerate(groups, start=1):
        identifier = f"overlay:{number}"
        rules.append(group.booking_rule(identifier))
        for line in group.lines:
            routes = _routes(feed, line)
            halts = np.isin(line_of_halt, routes)
            if not halts.any():
                findings.add("overlay_line_unknown", name, subject=line)
                continue
            applied.append(f"{line} ({np.unique(feed.timetable.halt_trip[halts]).size})")
            pickup[halts & (pickup != NO_PICKUP)] = _MUST_BOOK
            marked += [{"route_id": feed.routes[route].id, "booking_rule_id": identifier} for route in routes]
    findings.add("overlay_applied", name, subject=", ".join(applied), count=len(applied))
    known = feed.tables.get("booking_rules.txt", pl.DataFrame())
    tables = {
        **feed.tables,
        "booking_rules.txt": pl.concat([known, pl.DataFrame(rules)], how="diagonal_relaxed"),
        ON_DEMAND_LINES: pl.DataFrame(marked, schema={"route_id": pl.String, "booking_rule_id": pl.String}),
    }
    return replace(feed, timetable=replace(feed.timetable, halt_pickup=pickup), tables=tables)


def _routes(feed: Feed, line: str) -> list[int]:
    """Rows of the lines of this id; of this number where no id is so."""
    by_id = [row for row, route in enumerate(feed.routes) if route.id == line]
    return by_id or [row for row, route in enumerate(feed.routes) if route.short_name == line]
