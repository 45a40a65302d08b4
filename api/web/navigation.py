"""Where each role begins, and the ways it finds at the top of every page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mobility.domain.accounts import Role

Texts = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Way:
    """A link at the top."""

    href: str
    label: str


_HOMES: dict[Role, str] = {
    Role.RIDER: "/ride",
    Role.PLANNER: "/planner",
    Role.DRIVER: "/drive",
    Role.DISPATCHER: "/desk",
    Role.AGENCY: "/agency",
    Role.ADMIN: "/admin",
}


def home_of(role: Role) -> str:
    """The page a role begins at."""
    return _HOMES.get(role, "/runs/today")


def ways_of(role: Role, _: Texts) -> list[Way]:
    """The links for a role, in its language."""
    runs = Way("/runs/today", _("Touren"))
    planning = Way("/planner", _("Planung"))
    desk = [
        Way("/desk", _("Telefon")),
        Way("/desk/call-backs", _("Rückrufe")),
        Way("/desk/trains", _("Züge")),
        Way("/desk/day", _("Tagesplan")),
    ]
    feeds = Way("/agency", _("Fahrplan"))
    ways = {
        Role.RIDER: [
            Way("/ride", _("Fahrt buchen")),
            Way("/rides", _("Meine Fahrten")),
            Way("/my-places", _("Meine Orte")),
            Way("/about-me", _("Über mich")),
        ],
        Role.DRIVER: [Way("/drive", _("Meine Tour")), Way("/drive/rides", _("Anfragen")), Way("/drive/hours", _("Meine Zeiten"))],
        Role.PROVIDER: [runs],
        Role.DISPATCHER: [*desk, runs],
        Role.AGENCY: [feeds, planning, *desk, runs],
        Role.PLANNER: [planning, runs],
        Role.ADMIN: [Way("/admin", _("Verwaltung")), feeds, planning, *desk, runs],
    }
    return ways[role]
