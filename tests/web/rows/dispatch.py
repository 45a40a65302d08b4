"""The dispatcher's pages: the desk of the run's agency and nobody else."""

from __future__ import annotations

from tests.things import Path, Things, all_of, at, limited
from tests.web.page_rows import PageRow

PUBLIC: set[str] = set()

_NOT = {"rider": 403, "driver": 403, "provider": 403, "planner": 403}


def _desk(path: Path, status: int, foreign: int, form: dict[str, str] | None = None) -> PageRow:
    return PageRow(all_of(status, **_NOT), limited(403), all_of(foreign, **_NOT), path, form)


def _run(tail: str = "") -> Path:
    return lambda things: f"/desk/runs/{things.run_id}{tail}"


def _ride(tail: str) -> Path:
    return lambda things: f"/desk/runs/{things.run_id}/rides/{things.booking['legs'][0]['id']}/{tail}"


def _settle(things: Things) -> str:
    return f"/desk/rescue/{things.booking['id']}/{things.booking['legs'][0]['id']}/settle"


ROWS = {
    "GET /desk/day": _desk(at("/desk/day?day=2026-06-08"), 200, 200),
    "GET /desk/cash": _desk(at("/desk/cash?month=2026-06"), 200, 200),
    "GET /desk/cash.csv": _desk(at("/desk/cash.csv?month=2026-06"), 200, 200),
    "POST /desk/day/undo": _desk(at("/desk/day/undo"), 409, 409, {}),
    "GET /desk/runs/{run_id}": _desk(_run(), 200, 404),
    "GET /desk/runs/{run_id}/rides/{leg_id}/move": _desk(_ride("move"), 200, 404),
    "POST /desk/runs/{run_id}/rides/{leg_id}/move": _desk(_ride("move"), 404, 404, {"to": "nothing"}),
    "GET /desk/runs/{run_id}/rides/{leg_id}/swap": _desk(_ride("swap"), 200, 404),
    "POST /desk/runs/{run_id}/rides/{leg_id}/swap": _desk(
        _ride("swap"), 404, 404, {"with_run": "nothing", "with_leg": "nothing"}
    ),
    "POST /desk/runs/{run_id}/rides/{leg_id}/pin": _desk(_ride("pin"), 303, 404, {"pinned": "no"}),
    "POST /desk/runs/{run_id}/rides/{leg_id}/answer": _desk(_ride("answer"), 409, 404, {"accepts": "yes"}),
    "POST /desk/runs/{run_id}/acknowledged": _desk(_run("/acknowledged"), 303, 404, {}),
    "GET /desk/runs/{run_id}/afterwards": _desk(_run("/afterwards"), 200, 404),
    "POST /desk/runs/{run_id}/afterwards": _desk(_run("/afterwards"), 409, 404, {"revision": "999"}),
    "GET /desk/rescue": _desk(at("/desk/rescue"), 200, 200),
    "GET /desk/rescue/{run_id}": _desk(lambda things: f"/desk/rescue/{things.run_id}", 200, 404),
    "POST /desk/rescue/{run_id}": _desk(lambda things: f"/desk/rescue/{things.run_id}", 422, 422, {"cause": "none"}),
    "POST /desk/rescue/{booking_id}/{leg_id}/settle": _desk(_settle, 409, 404, {"how": "taxi"}),
    "GET /desk/paper": _desk(at("/desk/paper?day=2026-06-08"), 200, 200),
    "GET /desk/paper/pack.pdf": _desk(at("/desk/paper/pack.pdf?day=2026-06-08"), 200, 200),
    "POST /desk/paper/handed-out": _desk(at("/desk/paper/handed-out"), 303, 303, {"day": "2026-06-08"}),
}
