"""What PostgreSQL says, in this package's own errors. Their texts name constraints, never values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mobility.errors import ConflictError, InvalidInputError, MobilityError, Problem, UnavailableError


class BusyError(UnavailableError):
    """Two transactions got in each other's way; the same work may succeed when it is tried again."""


_CONFLICTS = {
    "23P01": "vehicle or driver has another run at that time",
    "23505": "exists already",
    "23503": "refers to something that does not exist",
    "23514": "breaks a rule of the database",
    "23502": "lacks a value",
}
_BUSY = {"40001", "40P01"}
_SLOW = {
    "55P03": "waited too long for a lock (try again in a moment)",
    "57014": "took too long (try again in a moment)",
    "25P03": "was idle too long (try again in a moment)",
    "25P04": "took too long (try again in a moment)",
    "53100": "its disk is full (make room, then try again)",
}


def translation(error: Exception) -> Exception:
    """Our error for SQLAlchemy's; what we do not know stays as it is."""
    if isinstance(error, PoolTimeoutError):
        return UnavailableError("database: too many requests at once (try again in a moment)")
    if not isinstance(error, DBAPIError):
        bad_value = isinstance(error, StatementError) and isinstance(error.orig, ValueError)
        return InvalidInputError(Problem("value", "cannot be stored", "check time zones and characters")) if bad_value else error
    state: str | None = getattr(error.orig, "sqlstate", None)
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return _of_state(state, constraint, error)


def _of_state(state: str | None, constraint: str | None, error: DBAPIError) -> Exception:
    if state in _CONFLICTS:
        return ConflictError(_CONFLICTS[state] + (f" ({constraint})" if constraint else ""))
    if state in _BUSY:
        return BusyError("database: others were quicker (try again)")
    if state in _SLOW:
        return UnavailableError(f"database: {_SLOW[state]}")
    if (state is not None and state.startswith("22")) or type(error).__name__ == "DataError":
        return InvalidInputError(Problem("value", "cannot be stored", "check its length and characters"))
    if error.connection_invalidated or state is None or state.startswith(("08", "53", "57")):
        return UnavailableError("database: cannot be reached (is it running? check DATABASE_URL)")
    return error


@contextmanager
def translated() -> Iterator[None]:
    """Raise our errors instead of the driver's, without the driver's as their cause: PostgreSQL's DETAIL holds values."""
    try:
        yield
    except MobilityError:
        raise
    except UnicodeEncodeError:  # half a surrogate pair: the driver cannot send it
        raise InvalidInputError(Problem("value", "cannot be stored", "check its characters")) from None
    except (DBAPIError, StatementError, PoolTimeoutError) as error:
        ours = translation(error)
        if ours is error:
            raise
        raise ours from None
