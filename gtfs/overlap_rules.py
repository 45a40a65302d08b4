"""Overlap rules: which of an agency's feeds is taken at its word for a line that several deliver. One TOML file (docs/feeds.md)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from gtfs.nouns import Agency, Route

MAIN = ""
"""The feed whose ids stay as they are; in files and commands it is called :data:`MAIN_TOLD`."""
MAIN_TOLD = "main"
FEED_NAME = re.compile(r"[a-z][a-z0-9-]{2,19}")
"""Three letters at least: a DHID begins with the two letters of a country, so no name can be taken for one."""
MOST_BYTES = 100_000
_KEYS = frozenset({"agency", "lines", "from"})
_MOST_RULES = 500


def told_name(feed: str) -> str:
    """How a feed is called where people read it."""
    return feed or MAIN_TOLD


def known_name(told: str) -> str:
    """The feed somebody means.

    Raises:
        ValueError: no feed can be called so; says how one can.
    """
    name = told.strip()
    if name in (MAIN, MAIN_TOLD):
        return MAIN
    if not FEED_NAME.fullmatch(name):
        raise ValueError("a feed's name is 3 to 20 lower-case letters, digits and hyphens, a letter first, such as rail")
    return name


def plain(text: str) -> str:
    """For comparing names: letters' case and spaces do not count."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class LineRule:
    """Lines of a transport company (its id or name; ``lines``: ids or numbers, none: all of them) are taken from ``feed``, from no other."""

    agency: str
    lines: tuple[str, ...]
    feed: str

    def fits(self, route: Route, agency: Agency | None) -> bool:
        """Whether the rule speaks of this line, with the ids of its own feed."""
        if agency is None or plain(self.agency) not in (plain(agency.id), plain(agency.name)):
            return False
        return not self.lines or any(plain(line) in (plain(route.id), plain(route.short_name)) for line in self.lines)


@dataclass(frozen=True, slots=True)
class OverlapRules:
    """``order``: feeds, the one that comes first is taken at its word where no rule speaks; feeds not named follow, the main one first."""

    order: tuple[str, ...] = ()
    lines: tuple[LineRule, ...] = ()

    def rank(self, feed: str) -> tuple[int, str]:
        """The less, the more it counts."""
        return (self.order.index(feed) if feed in self.order else len(self.order), feed)


def read_overlap_rules(text: str) -> OverlapRules:
    """The rules of a file; an empty one has none.

    Raises:
        ValueError: it is no TOML, or says something that it cannot; which, and what is allowed.
    """
    try:
        if len(text) > MOST_BYTES:
            raise _refuse(f"more than {MOST_BYTES} letters")
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refuse(str(error)) from error
    lines, order = document.get("line", []), document.get("order", [])
    if set(document) - {"order", "line"} or not isinstance(lines, list) or len(lines) > _MOST_RULES:
        raise _refuse('it holds order = ["main", "rail"], [[line]], or both, and nothing else')
    if not isinstance(order, list) or not all(isinstance(one, str) for one in order):
        raise _refuse('order is a list of feeds, such as ["main", "rail"]')
    named = tuple(_feed(one, "order") for one in order)
    if len(set(named)) != len(named):
        raise _refuse("order: a feed is named twice")
    return OverlapRules(named, tuple(_rule(one, f"line {number}") for number, one in enumerate(lines, start=1)))


def _rule(rule: Any, place: str) -> LineRule:  # noqa: ANN401  whatever the file holds
    if not isinstance(rule, dict) or set(rule) - _KEYS or not {"agency", "from"} <= set(rule):
        raise _refuse(f"{place}: its keys are agency, from and, if not all lines are meant, lines")
    lines = rule.get("lines", [])
    if not isinstance(lines, list) or not all(isinstance(one, str) and one.strip() for one in lines):
        raise _refuse(f'{place}: lines is a list of texts, such as ["RB66", "RE3"]')
    texts = rule["agency"], rule["from"]
    if not all(isinstance(one, str) and one.strip() and one.isprintable() for one in texts):
        raise _refuse(f"{place}: agency and from are texts of one line")
    return LineRule(rule["agency"], tuple(lines), _feed(rule["from"], place))


def _feed(told: str, place: str) -> str:
    try:
        return known_name(told)
    except ValueError as error:
        raise _refuse(f"{place}: {error}") from error


def _refuse(what: str) -> ValueError:
    return ValueError(f"the overlap rules cannot be used: {what}")
