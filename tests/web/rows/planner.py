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


MONTH = "month=2026-06"

SIMULATION = "/planner/simulations/nothing"

ROWS = {
    "GET /planner": for_planning("/planner"),
    "GET /planner/decisions": for_planning("/planner/decisions"),
    "GET /planner/simulations": for_planning("/planner/simulations"),
    "POST /planner/simulations": for_planning("/planner/simulations", 422, 422, day="x"),
    "GET /planner/simulations/compare": for_planning("/planner/simulations/compare", 422, 422),
    "GET /planner/simulations/{simulation_id}": for_planning(SIMULATION, 404, 404),
    "GET /planner/simulations/{simulation_id}/files/{name}": for_planning(f"{SIMULATION}/files/kpis.json", 404, 404),
    "POST /planner/simulations/{simulation_id}/cancel": for_planning(f"{SIMULATION}/cancel", 404, 404, x=""),
    "POST /planner/simulations/{simulation_id}/again": for_planning(f"{SIMULATION}/again", 404, 404, x=""),
    "POST /planner/simulations/{simulation_id}/delete": for_planning(f"{SIMULATION}/delete", 404, 404, x=""),
    "GET /planner/decisions.csv": for_planning(f"/planner/decisions.csv?{MONTH}&by=village"),
}
