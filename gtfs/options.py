"""What whoever brings a feed wants done with it besides reading it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gtfs.errors import FeedError
from gtfs.outcomes import Outcome
from gtfs.rules import OWN_RULES


@dataclass(frozen=True, slots=True)
class Options:
    """``without``: codes of repairs that are not made; a feed that needs one is rejected. ``shift_to``: move a timetable that has ended by
    whole weeks, so that it runs on this day; for demonstrations, holidays come out wrong. ``overlay``: the text of an overlay file
    (:mod:`gtfs.overlay`), ``overlay_name`` what it is called.
    """

    without: frozenset[str] = frozenset()
    shift_to: date | None = None
    overlay: str = ""
    overlay_name: str = "overlay.toml"

    def to_json(self) -> dict[str, Any]:
        """As it is handed to another process."""
        return {
            "without": sorted(self.without),
            "shift_to": self.shift_to.isoformat() if self.shift_to else None,
            "overlay": self.overlay,
            "overlay_name": self.overlay_name,
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Options:
        """What :meth:`to_json` made."""
        day = date.fromisoformat(told["shift_to"]) if told["shift_to"] else None
        return cls(frozenset(told["without"]), day, told["overlay"], told["overlay_name"])


NO_OPTIONS = Options()
REPAIRS = frozenset(code for code, rule in OWN_RULES.items() if rule.outcome is Outcome.REPAIR)


def options_from(without: str, shift_to: date | None, overlay: Path | None) -> Options:
    """The options of a command: codes with commas between, a day, a file.

    Raises:
        FeedError: a code is no repair's, or the file cannot be read.
    """
    return Options(known_repairs(without), shift_to, *_text_and_name(overlay))


def known_repairs(codes: str) -> frozenset[str]:
    """The codes of a list with commas between.

    Raises:
        FeedError: one is no repair's.
    """
    wanted = frozenset(filter(None, (code.strip() for code in codes.split(","))))
    for code in sorted(wanted - REPAIRS):
        raise FeedError("repair_unknown", subject=code)
    return wanted


def _text_and_name(file: Path | None) -> tuple[str, str]:
    """Text and name of an overlay file; none at all without one."""
    if file is None:
        return "", ""
    try:
        return file.read_text("utf-8"), file.name
    except (OSError, UnicodeDecodeError) as error:
        raise FeedError("overlay_unusable", file.name, subject=getattr(error, "strerror", None) or "not text in UTF-8") from error
