"""The pages for everybody who is signed in."""

from __future__ import annotations

from tests.things import all_of, at, limited, of_the_run
from tests.web.page_rows import PageRow

PUBLIC = {"GET /", "POST /language", "GET /sign-in", "POST /sign-in"}
"""Pages that need no signing in; they have tests of their own."""

ROWS = {
    "GET /runs/today": PageRow(all_of(200), limited(200), all_of(200), at("/runs/today")),
    "GET /runs/{run_id}/manifest.html": PageRow(
        all_of(200, rider=403, planner=403), limited(404, rider=403), all_of(404, rider=403, planner=403), of_the_run("manifest.html")
    ),
    "POST /sign-out": PageRow(all_of(303), limited(303), all_of(303), at("/sign-out"), {}, ends_session=True),
}  # fmt: skip
