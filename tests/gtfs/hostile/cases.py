"""Uploads that would hurt, and odd ones that would not: each with the outcome that the check must come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.gtfs.conftest import SMALL
from tests.gtfs.hostile.zips import Member, build

ACCEPT, REPAIR, REJECT = frozenset({"accept"}), frozenset({"repair"}), frozenset({"reject"})
HARMLESS = ACCEPT | REPAIR


@dataclass(frozen=True)
class Case:
    """``code``: the finding that must be there ("" where only the outcome counts). ``heavy``: takes long to make or to check."""

    name: str
    make: Callable[[], bytes]
    outcome: frozenset[str]
    code: str = ""
    heavy: bool = False


CASES: dict[str, Case] = {}


def case(
    name: str, outcome: frozenset[str], code: str = "", *, heavy: bool = False
) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Puts the function below it on the list."""

    def add(make: Callable[[], bytes]) -> Callable[[], bytes]:
        put(name, make, outcome, code, heavy=heavy)
        return make

    return add


def put(name: str, make: Callable[[], bytes], outcome: frozenset[str], code: str = "", *, heavy: bool = False) -> None:
    assert name not in CASES, name
    CASES[name] = Case(name, make, outcome, code, heavy)


def text_of(name: str) -> str:
    return str(SMALL[name])


def members(**changed: str | bytes | None) -> list[Member]:
    """The small sound feed with files changed, added or (None) left out; ``stops`` means stops.txt."""
    files: dict[str, str | bytes | None] = dict(SMALL)
    for key, text in changed.items():
        files[f"{key}.geojson" if key == "locations" else f"{key}.txt"] = text
    return [Member(name, text.encode() if isinstance(text, str) else text) for name, text in files.items() if text is not None]


def feed(**changed: str | bytes | None) -> bytes:
    return build(members(**changed))


def with_extra(*more: Member) -> bytes:
    """The small sound feed and more files."""
    return build([*members(), *more])


def replaced(file: str, old: str, new: str) -> bytes:
    """The small sound feed with a text replaced once."""
    before = text_of(f"{file}.txt")
    assert old in before, (file, old)
    return feed(**{file: before.replace(old, new, 1)})
