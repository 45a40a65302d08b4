"""The driver's pages: nobody else drives, and nobody another's run."""

from __future__ import annotations

from tests.things import Path, Things, all_of, at, limited
from tests.web.page_rows import PageRow

PUBLIC = {"GET /drive/worker.js", "GET /drive/app.webmanifest", "GET /drive/offline"}
"""They hold nothing of anybody's: ``tests/browser/test_drive.py`` uses them."""


def of_my_run(tail: str = "") -> Path:
    return lambda things: f"/drive/runs/{things.run_id}{tail}"


def of_a_ride(booking: str, tail: str) -> Path:
    def path(things: Things) -> str:
        of = getattr(things, booking)
        return f"/drive/rides/{of['id']}/{of['legs'][0]['id']}/{tail}"

    return path


def _only(driver: int) -> dict[str, int]:
    return all_of(403, driver=driver)


UNDO = {"kind": "undo", "sequence": "1", "undoes": "9"}

OWN = _only(200)
SENT = _only(303)
HOURS = {"service": "nachbarschaftsfahrten", "day": "2026-06-08", "start": "8:00", "end": "8:10"}
AWAY = {"first": "2026-06-30", "last": "2026-06-29"}

ROWS = {
    "GET /drive/rides": PageRow(OWN, limited(403, driver=200), OWN, at("/drive/rides")),
    "POST /drive/rides/{booking_id}/{leg_id}/answer": PageRow(
        _only(409), limited(403, driver=404), _only(404), of_a_ride("booking", "answer"), {"accepts": "yes"}
    ),
    "POST /drive/rides/{booking_id}/{leg_id}/pick": PageRow(
        _only(404), limited(403, driver=404), _only(404), of_a_ride("booking", "pick"), {"run_id": "none"}
    ),
    "GET /drive/hours": PageRow(OWN, limited(403, driver=404), _only(404), at("/drive/hours")),
    "POST /drive/hours": PageRow(_only(422), limited(403, driver=404), _only(404), at("/drive/hours"), HOURS),
    "POST /drive/hours/{shift_id}/back": PageRow(
        _only(404), limited(403, driver=404), _only(404), at("/drive/hours/none/back"), {"day": "2026-06-08"}
    ),
    "POST /drive/duties/{run_id}/take": PageRow(
        _only(404), limited(403, driver=404), _only(404), at("/drive/duties/none/take"), {}
    ),
    "POST /drive/leave": PageRow(_only(422), limited(403, driver=404), _only(404), at("/drive/leave"), AWAY),
    "POST /drive/leave/{leave_id}/end": PageRow(_only(404), limited(403, driver=404), _only(404), at("/drive/leave/none/end"), {}),
    "GET /drive/kilometres": PageRow(OWN, limited(403, driver=404), _only(404), at("/drive/kilometres")),
    "GET /drive/kilometres.csv": PageRow(OWN, limited(403, driver=404), _only(404), at("/drive/kilometres.csv")),
    "GET /drive": PageRow(_only(200), limited(403, driver=200), _only(200), at("/drive")),
    "GET /drive/runs/{run_id}": PageRow(_only(200), limited(403, driver=404), _only(404), of_my_run()),
    "POST /drive/runs/{run_id}/report": PageRow(_only(303), limited(403, driver=404), _only(404), of_my_run("/report"), UNDO),
    "POST /drive/runs/{run_id}/seen": PageRow(_only(303), limited(403, driver=404), _only(404), of_my_run("/seen"), {}),
    "POST /drive/runs/{run_id}/train": PageRow(
        _only(422), limited(403, driver=404), _only(404), of_my_run("/train"), {"trip_id": "none", "late": "20"}
    ),
    "POST /drive/runs/{run_id}/rescue": PageRow(
        _only(200), limited(403, driver=404), _only(404), of_my_run("/rescue"), {"cause": "breakdown", "sure": "yes"}
    ),
}  # fmt: skip
