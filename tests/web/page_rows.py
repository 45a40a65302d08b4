"""What a row of the pages' matrix says. Each face has a file of rows in ``tests/web/rows``: ``ROWS`` and ``PUBLIC``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.things import Path, Things


@dataclass(frozen=True)
class PageRow:
    """A page or form. ``own``, ``other`` and ``foreign`` are as in ``tests/api/test_roles.py``: the status for each role asking about its
    own things, about somebody else's, and from another agency. ``form`` is what is sent, perhaps made from the things
    (None: the page is read).

    Whoever is not signed in is led to the sign-in. ``ends_session``: signing out, which nobody is there for afterwards.
    """

    own: Mapping[str, int]
    other: Mapping[str, int]
    foreign: Mapping[str, int]
    path: Path
    form: dict[str, str] | Callable[[Things], dict[str, str]] | None = None
    ends_session: bool = False

    def sent(self, things: Things) -> dict[str, str] | None:
        """The form's fields."""
        return self.form(things) if callable(self.form) else self.form
