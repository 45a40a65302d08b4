"""The planner's pages: for planners, the agency and its admin; another agency's see their own, which is empty."""

from __future__ import annotations

from tests.things import all_of, at, limited
from tests.web.page_rows import PageRow

PUBLIC: set[str] = set()


def for_planning(path: str, own: int = 200, foreign: int = 200, **form: str) -> PageRow:
    """A page of the planner's, the agency's and the admin's."""
    return PageRow(
        all_of(403, planner=own, agency=own, admin=own),
        limited(403),
        all_of(403, planner=foreign, agency=foreign, admin=foreign),
        at(path),
        form or None,
    )


SPAN = "first=2026-06-01&last=2026-06-08"

ROWS = {
    "GET /planner": for_planning("/planner"),
    "GET /planner/decisions": for_planning("/planner/decisions"),
    "GET /planner/decisions.csv": for_planning(f"/planner/decisions.csv?{SPAN}&by=village"),
}
