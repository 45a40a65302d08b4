"""What leaves from a stop or a village, as GeoJSON (RFC 7946); public, the same for everybody."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.handing_out import HeldDep, handed_out
from mobility.actions.look_at_board import Board, look_at_board
from mobility.actions.publish_feeds import NOW, Published
from mobility.files.plain_language import describe
from mobility.files.plain_texts import TEXTS
from mobility.planning.departure_board import Leaving, RidesHere

router = APIRouter(tags=["feeds"])

GEOJSON = "application/geo+json"
_HOLDS_S = 30
Wanted = Annotated[str | None, Query(min_length=1, max_length=200)]
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {GEOJSON: {}}},
    304: {"description": "the asker has it already"},
    404: {"description": "no such agency, stop or village"},
}


@router.head("/departures/{agency_id}", include_in_schema=False)
@router.get("/departures/{agency_id}", response_class=Response, responses=_ANSWERS)
def get_departures(
    agency_id: PathIdentifier, context: ContextDep, held: HeldDep, stop_id: Wanted = None, place: Wanted = None
) -> Response:
    """The next departures of a stop (``stop_id``) or of a village or stop by name (``place``): buses and trains as they run, and when on-demand rides
    can be had there. A feature for each stop; nothing of anybody's ride or of where vehicles are.
    """
    board = look_at_board(context, agency_id, stop_id, place)
    body = json.dumps(_document(board, context.public_url), ensure_ascii=False, separators=(",", ":")).encode()
    return handed_out(Published.of(body, board.made_at), held, GEOJSON, _HOLDS_S)


def _document(board: Board, public_url: str) -> dict[str, object]:
    """Foreign members (section 6.1) say what holds for all stops together."""
    return {
        "type": "FeatureCollection",
        "name": board.place.name,
        "agency": board.agency.name,
        "made_at": _instant(board.made_at),
        "services": [_service(one) for one in board.rides],
        "links": {
            "page": f"{public_url}/board/{board.agency.id}",
            "realtime": [f"{board.feeds_url}/{name}" for name in NOW],
        },
        "features": [
            {
                "type": "Feature",
                "id": stop.stop_id,
                "geometry": {"type": "Point", "coordinates": [round(stop.lon, 6), round(stop.lat, 6)]},
                "properties": {
                    "stop_id": stop.stop_id,
                    "name": stop.name,
                    "departures": [_departure(one) for one in board.leaving if one.stop.stop_id == stop.stop_id],
                },
            }
            for stop in board.place.stops
        ],
    }


def _departure(one: Leaving) -> dict[str, object]:
    return {
        "line": one.line,
        "route_type": one.route_type,
        "headsign": one.headsign,
        "planned": _instant(one.planned),
        "expected": None if one.expected is None else _instant(one.expected),
        "runs": one.runs,
        "must_be_booked": one.to_book,
        "telephone": one.telephone or None,
        "wheelchair": one.wheelchair,
    }


def _service(one: RidesHere) -> dict[str, object]:
    service = one.service
    return {
        "id": service.id,
        "name": service.name,
        "carrier": service.carrier.name,
        "telephone": service.carrier.telephone,
        "open_next": [{"from": _instant(window.earliest), "until": _instant(window.latest)} for window in one.open_next],
        "bookable_from": None if one.soonest is None else _instant(one.soonest),
        "told": {
            language: [
                sentence for part in describe(service, language, ("who", "when", "booking")) for sentence in part.sentences
            ]
            for language in TEXTS
        },
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
