"""The agency's pages: for it and its admin; another agency's feed does not exist for them."""

from __future__ import annotations

from tests.things import all_of, at, limited
from tests.web.page_rows import PageRow

PUBLIC: set[str] = set()
FEED = "/agency/feeds/auental:feed:1"


def for_agency(path: str, own: int, foreign: int, form: dict[str, str] | None = None) -> PageRow:
    """A page of the agency's and the admin's."""
    return PageRow(all_of(403, agency=own, admin=own), limited(403), all_of(403, agency=foreign, admin=foreign), at(path), form)


ROWS = {
    "GET /agency": for_agency("/agency", 200, 200),
    "GET /agency/feeds": for_agency("/agency/feeds?too_large=1", 422, 422),
    "POST /agency/feeds": for_agency("/agency/feeds", 422, 422, {}),
    "GET /agency/feeds/{dataset_id}": for_agency(FEED, 200, 404),
    "GET /agency/feeds/{dataset_id}/findings.csv": for_agency(f"{FEED}/findings.csv", 200, 404),
    "POST /agency/feeds/{dataset_id}/use": for_agency(f"{FEED}/use", 303, 404, {}),
    "POST /agency/feeds/{dataset_id}/withdraw": for_agency("/agency/feeds/auental:feed:nowhere:1/withdraw", 404, 404, {}),
    "POST /agency/feeds/{dataset_id}/remove": for_agency(f"{FEED}/remove", 422, 404, {}),
    "POST /agency/feed-rules": for_agency("/agency/feed-rules", 303, 303, {"rules": ""}),
    "POST /agency/feeds/{dataset_id}/plan": for_agency(f"{FEED}/plan", 303, 404, {}),
}
