"""All invariants by name, and the inspector that asks them after every step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mobility.domain.bookings import Booking
from mobility.domain.runs import Run
from mobility.integrity.looks import Look, Ways
from mobility.integrity.states import OF_BOOKINGS, OF_LOOKS, OF_RUNS
from mobility.integrity.steps import OF_STEPS

INVARIANTS: dict[str, str] = {
    name: (check.__doc__ or "").splitlines()[0]
    for kind in (OF_RUNS, OF_BOOKINGS, OF_LOOKS, OF_STEPS)
    for name, check in kind.items()
}
"""Every invariant's name with what it says, as docs/invariants.md lists them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that must not be: which invariant, and what."""

    invariant: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}"


@dataclass
class Inspector:
    """Looks again and again; what has not changed since the last look is not reckoned anew, and what may only grow is compared with it."""

    ways: Ways
    last: Look | None = field(default=None)

    def findings(self, look: Look) -> list[Finding]:
        """Everything wrong now, or wrongly changed since the last look; empty when all holds."""
        found = [*self._of_state(look), *self._of_step(look)]
        self.last = look
        return found

    def _of_state(self, look: Look) -> Iterator[Finding]:
        runs, bookings = self._changed(look)
        for run in runs:
            for name, of_run in OF_RUNS.items():
                yield from (Finding(name, f"run {run.id}: {what}") for what in of_run(run, look, self.ways))
        for booking in bookings:
            for name, of_booking in OF_BOOKINGS.items():
                yield from (Finding(name, f"booking {booking.id}: {what}") for what in of_booking(booking, look, self.ways))
        for name, of_look in OF_LOOKS.items():
            yield from (Finding(name, what) for what in of_look(look, self.ways))

    def _of_step(self, look: Look) -> Iterator[Finding]:
        if self.last is not None:
            for name, of_step in OF_STEPS.items():
                yield from (Finding(name, what) for what in of_step(self.last, look, self.ways))

    def _changed(self, look: Look) -> tuple[list[Run], list[Booking]]:
        """Runs and bookings that are not as at the last look, with everything that belongs to them."""
        if self.last is None:
            return list(look.runs.values()), list(look.bookings.values())
        last = self.last
        runs = {run.id for run in look.runs.values() if last.runs.get(run.id) is not run}
        runs |= {run_id for run_id in look.runs if last.events_of(run_id) != look.events_of(run_id)}
        legs = {leg_id for run_id in runs for each in (last, look) if run_id in each.runs for leg_id in each.runs[run_id].leg_ids}
        touched = {look.legs[leg_id][0].id for leg_id in legs if leg_id in look.legs}
        touched |= {booking.id for booking in look.bookings.values() if last.bookings.get(booking.id) is not booking}
        return [look.runs[run_id] for run_id in sorted(runs)], [look.bookings[name] for name in sorted(touched)]
