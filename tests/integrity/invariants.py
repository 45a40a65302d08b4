"""The invariants of :mod:`mobility.integrity`, asked of a county in a test's hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.actions.look_at_all import StreetWays, look_at_all
from mobility.domain.accounts import system_actor
from mobility.integrity.inspecting import Inspector as Asking
from mobility.integrity.looks import Look

Seen = Look


@dataclass
class Inspector:
    """Looks at one agency's days again and again; remembers the last look, because some things may only grow.

    Prices are not held against the tariff: some tests make their own offers.
    """

    context: Context
    agency_id: str
    days: Sequence[date]
    _asking: Asking | None = field(default=None)

    def look(self) -> Look:
        """What is there now."""
        return replace(look_at_all(self.context, self.agency_id, self.days), groups={})

    def findings(self) -> list[str]:
        """Everything that is wrong now, or has become wrong since the last look; empty when all holds."""
        if self._asking is None:
            with self.context.store.transaction() as tx:
                self._asking = Asking(
                    StreetWays(self.context.network(tx, system_actor(self.agency_id)), ZoneInfo("Europe/Berlin"))
                )
        return [str(finding) for finding in self._asking.findings(self.look())]
