"""The telephone desk: for dispatchers, the agency and its admin; of another agency's riders nothing is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.county_web import RIDER
from tests.things import Path, Things, all_of, at, limited
from tests.web.page_rows import PageRow

PUBLIC: set[str] = set()


def desk(status: int, foreign: int) -> tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]]:
    """Refused to everybody but the desk; ``foreign`` is what another agency's desk is answered."""
    return all_of(403, desk=status), limited(403), all_of(403, desk=foreign)


def of_rider(tail: str = "") -> Path:
    return at(f"/desk/riders/{RIDER}{tail}")


def of_offers(tail: str = "") -> Path:
    return lambda things: f"/desk/riders/{RIDER}/offers/{things.decision_id}{tail}"


def of_notice(tail: str) -> Path:
    return lambda things: f"/desk/call-backs/{things.notice_id}{tail}"


def of_booking(tail: str) -> Path:
    return lambda things: f"/desk/riders/{RIDER}/bookings/{things.spare['id']}{tail}"


def row(status: int, foreign: int, path: Path | Callable[[Things], str], form: dict[str, str] | None = None) -> PageRow:
    own, other, elsewhere = desk(status, foreign)
    return PageRow(own, other, elsewhere, path, form)


def of_standing(tail: str) -> Path:
    return lambda things: f"/desk/riders/{RIDER}/standing/{things.standing_order_id}/{tail}"


REST = {"first_day": "2026-06-12", "last_day": "2026-06-12"}
ASK = {"from": "1", "to": "Hausarztpraxis am Markt, Auenfurt", "when": "10"}

ROWS = {
    "GET /desk": row(200, 200, at("/desk")),
    "POST /desk": row(303, 303, at("/desk"), {"q": "zzzz"}),
    "POST /desk/riders/{rider_id}/bookings/{booking_id}/proposal": row(409, 404, of_booking("/proposal"), {}),
    "GET /desk/trains": row(200, 200, at("/desk/trains")),
    "POST /desk/trains": row(422, 503, at("/desk/trains"), {"trip_id": "none", "day": "2026-06-08", "late": "20"}),
    "POST /desk/trains/{report_id}/withdraw": row(404, 404, at("/desk/trains/none/withdraw"), {}),
    "GET /desk/callers/new": row(200, 200, at("/desk/callers/new")),
    "POST /desk/callers": row(422, 422, at("/desk/callers"), {"name": ""}),
    "GET /desk/riders/{rider_id}": row(200, 404, of_rider()),
    "GET /desk/riders/{rider_id}/edit": row(200, 404, of_rider("/edit")),
    "POST /desk/riders/{rider_id}/edit": row(422, 404, of_rider("/edit"), {"name": ""}),
    "POST /desk/riders/{rider_id}/notes": row(303, 404, of_rider("/notes"), {"text": "laut sprechen"}),
    "POST /desk/riders/{rider_id}/notes/{note_id}/delete": row(303, 303, of_rider("/notes/none/delete"), {}),
    "POST /desk/riders/{rider_id}/pin": row(303, 404, of_rider("/pin"), {"pin": "4711"}),
    "POST /desk/riders/{rider_id}/pin/check": row(404, 404, at("/desk/riders/r-009/pin/check"), {"pin": "4711"}),
    "POST /desk/riders/{rider_id}/favourites": row(303, 404, of_rider("/favourites"), {"name": "Ich", "place": "Kirschallee 10, Nebelow"}),
    "POST /desk/riders/{rider_id}/favourites/{favourite_id}/delete": row(404, 404, of_rider("/favourites/none/delete"), {}),
    "POST /desk/riders/{rider_id}/bookings/{booking_id}/cancel": row(303, 404, of_booking("/cancel"), {}),
    "POST /desk/riders/{rider_id}/bookings/{booking_id}/call": row(404, 404, of_booking("/call"), {"leg": "none"}),
    "POST /desk/riders/{rider_id}/waiting/{wish_id}/stop": row(404, 404, of_rider("/waiting/none/stop"), {}),
    "POST /desk/riders/{rider_id}/offers/{decision_id}/wait": row(409, 404, of_offers("/wait"), {}),
    "POST /desk/riders/{rider_id}/offers": row(303, 404, of_rider("/offers"), ASK),
    "GET /desk/riders/{rider_id}/offers/{decision_id}": row(200, 404, of_offers()),
    "POST /desk/riders/{rider_id}/offers/{decision_id}/group": row(422, 404, of_offers("/group"), {}),
    "POST /desk/riders/{rider_id}/bookings/{booking_id}/cancel-group": row(404, 404, of_rider("/bookings/none/cancel-group"), {}),
    "POST /desk/riders/{rider_id}/offers/{decision_id}/hold": row(303, 404, of_offers("/hold"), {"offer": "1"}),
    "POST /desk/riders/{rider_id}/offers/{decision_id}/book": row(303, 404, of_offers("/book"), {"offer": "1"}),
    "POST /desk/riders/{rider_id}/offers/{decision_id}/hang-up": row(303, 404, of_offers("/hang-up"), {}),
    "POST /desk/riders/{rider_id}/offers/{decision_id}/again": row(303, 404, of_offers("/again"), {"minutes": "30"}),
    "GET /desk/riders/{rider_id}/standing": row(200, 404, of_rider("/standing")),
    "POST /desk/riders/{rider_id}/standing": row(422, 404, of_rider("/standing"), {"from": "1"}),
    "POST /desk/riders/{rider_id}/standing/{order_id}/pause": row(303, 404, of_standing("pause"), REST),
    "POST /desk/riders/{rider_id}/standing/{order_id}/resume": row(404, 404, of_standing("resume"), {"first_day": "2026-01-02"}),
    "POST /desk/riders/{rider_id}/standing/{order_id}/end": row(303, 404, of_standing("end"), {}),
    "GET /desk/riders/{rider_id}/trust": row(200, 404, of_rider("/trust")),
    "POST /desk/riders/{rider_id}/consents": row(422, 404, of_rider("/consents"), {"helper": ""}),
    "POST /desk/riders/{rider_id}/consents/{consent_id}/withdraw": row(404, 404, of_rider("/consents/none/withdraw"), {}),
    "POST /desk/riders/{rider_id}/contacts": row(422, 404, of_rider("/contacts"), {"name": ""}),
    "POST /desk/riders/{rider_id}/contacts/{contact_id}/delete": row(404, 404, of_rider("/contacts/none/delete"), {}),
    "GET /desk/riders/{rider_id}/data.json": row(200, 404, of_rider("/data.json")),
    "POST /desk/riders/{rider_id}/erase": row(422, 404, of_rider("/erase"), {}),
    "GET /desk/riders/{rider_id}/company": row(200, 404, of_rider("/company")),
    "POST /desk/riders/{rider_id}/company": row(422, 404, of_rider("/company"), {"other": "zzzz"}),
    "POST /desk/riders/{rider_id}/company/{wish_id}/delete": row(303, 404, of_rider("/company/none/delete"), {}),
    "GET /desk/duties": row(200, 200, at("/desk/duties")),
    "GET /desk/call-backs": row(200, 200, at("/desk/call-backs")),
    "POST /desk/call-backs/{notice_id}/told": row(303, 404, of_notice("/told"), {}),
}  # fmt: skip
