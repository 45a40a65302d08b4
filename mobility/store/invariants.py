"""What must hold whatever happens, checked before every write; the tables have the same rules as constraints."""

from __future__ import annotations

from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.fleet import Shift
from mobility.domain.runs import Run, VisitKind
from mobility.errors import ConflictError


def check_legs(booking: Booking) -> None:
    """Each leg is on a run, held on one, waiting, in rescue with an owner, or closed with an outcome.

    Raises:
        ConflictError: a leg contradicts its state.
    """
    for leg in booking.legs:
        lacking = _lacking(leg)
        if lacking is not None:
            raise ConflictError(f"leg {leg.id}: {leg.state} {lacking}")


def _lacking(leg: Leg) -> str | None:
    if leg.state in (LegState.ON_RUN, LegState.AWAITING_CONFIRMATION) and leg.run_id is None:
        return "without a run"
    if leg.state is LegState.IN_RESCUE and leg.owner is None:
        return "without an owner"
    if leg.state is LegState.CLOSED and leg.outcome is None:
        return "without an outcome"
    if leg.state is not LegState.CLOSED and leg.outcome is not None:
        return "with an outcome"
    return None


def check_run(run: Run) -> None:
    """A run ends after it starts, and its visits are somebody's exactly when somebody boards or alights. Only such a visit can be held, and
    none that has happened.

    Raises:
        ConflictError: it does not.
    """
    if run.starts_at >= run.ends_at:
        raise ConflictError(f"run {run.id}: ends before it starts")
    for visit in run.visits:
        if (visit.leg_id is not None) != (visit.kind in (VisitKind.PICKUP, VisitKind.DROPOFF)):
            raise ConflictError(f"run {run.id}: a {visit.kind} with{'' if visit.leg_id else 'out'} a leg")
        if visit.held_until is not None and (visit.leg_id is None or visit.is_done):
            raise ConflictError(f"run {run.id}: a {visit.kind} cannot be held")


def check_shift(shift: Shift) -> None:
    """A shift ends after it starts.

    Raises:
        ConflictError: it does not.
    """
    if shift.start_s >= shift.end_s:
        raise ConflictError(f"shift {shift.id}: ends before it starts")
