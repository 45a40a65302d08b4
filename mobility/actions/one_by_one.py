"""Many things, each in its turn: what goes wrong with one of them stops nobody else's.

What went wrong is logged without its text, which may hold what a person wrote (as the database's DETAIL does).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from mobility.actions.context import Context
from mobility.domain.notices import Notice
from mobility.errors import ConflictError, NotFoundError, UnavailableError

_log = logging.getLogger("worker")


@contextmanager
def in_its_turn(context: Context, what: str, task: Notice) -> Iterator[None]:
    """Work on one of many in here. Who has been erased meanwhile is passed over, and so is what somebody else was quicker with; any
    other error is logged as that of ``what`` (an id, never a name), and leaves ``task`` to the desk, for it will be there the next time too.

    Raises:
        UnavailableError: that is nobody's own trouble; the others would fare no better.
    """
    try:
        yield
    except (NotFoundError, ConflictError):
        return
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the others have their turn
        _log.error("%s failed: %s", what, told_plainly(error))
        with context.store.transaction() as tx:
            tx.add_notice(task)


def told_plainly(error: BaseException) -> str:
    """Its kind and where it happened, the innermost place first; nothing of what it says."""
    places = " < ".join(f"{at.filename}:{at.lineno} {at.name}" for at in reversed(traceback.extract_tb(error.__traceback__)))
    return f"{type(error).__qualname__} at {places}"
