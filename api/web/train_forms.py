"""How late a train is, as a form says it."""

from __future__ import annotations

from api.web.forms import Form
from mobility.actions.report_trip import MOST_LATE_MIN
from mobility.errors import InvalidInputError, Problem

MINUTES = (5, 10, 15, 20, 30, 45, 60, 90, 120)
"""What can be chosen; and that it does not come, and that it is on time after all."""


def late_of(form: Form) -> int | None:
    """Minutes; None: it does not come.

    Raises:
        InvalidInputError: neither.
    """
    if form.text("late", 10) == "cancelled":
        return None
    minutes = form.number("late", 0, MOST_LATE_MIN)
    if minutes is None:
        raise InvalidInputError(Problem("late", "says neither minutes nor that it does not come", "choose one"))
    return minutes
