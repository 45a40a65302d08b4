"""The departure board of a stop or a village, and the sheet to hang up there; for everybody, without JavaScript."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier, QueryDay
from api.web.board_view import days_told, leaving_told, rides_told
from api.web.language import language_of
from api.web.rendering import AnyoneDep, PageRoute, page
from mobility.actions.context import Context
from mobility.actions.find_places import find_places
from mobility.actions.look_at_board import list_board_agencies, list_villages, look_at_board, make_week_sheet
from mobility.domain.accounts import system_actor
from mobility.errors import NotFoundError, UnavailableError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Wanted = Annotated[str | None, Query(max_length=200)]


@router.get("/board")
def boards_page(request: Request, context: ContextDep, _: AnyoneDep) -> Response:
    """Whose departures; with one agency only, straight to it."""
    agencies = list_board_agencies(context)
    if len(agencies) == 1:
        return RedirectResponse(f"/board/{agencies[0].id}", 303)
    return page(request, "board/agencies.html", agencies=agencies)


@router.get("/board/{agency_id}")
def board_page(
    request: Request, context: ContextDep, _: AnyoneDep, agency_id: PathIdentifier, stop: Wanted = None, place: Wanted = None
) -> Response:
    """What leaves next; without a stop or place, which there are."""
    stop, place = _asked(stop, place)
    if stop is None and place is None:
        return _choose(request, context, agency_id)
    try:
        board = look_at_board(context, agency_id, stop, place)
    except NotFoundError:
        return _choose(request, context, agency_id, unknown=place or stop or "")
    language = language_of(request)
    return page(
        request,
        "board/board.html",
        board=board,
        asked=_query(stop, place),
        leaving=leaving_told(board.leaving, language, board.zone),
        rides=rides_told(board.rides, board.made_at, language),
        zone=board.zone,
        several=len({one.name for one in board.place.stops}) > 1,
    )


@router.get("/board/{agency_id}/week")
def week_page(
    request: Request,
    context: ContextDep,
    _: AnyoneDep,
    agency_id: PathIdentifier,
    stop: Wanted = None,
    place: Wanted = None,
    first: QueryDay | None = None,
) -> Response:
    """A week by timetable, to print and hang up."""
    stop, place = _asked(stop, place)
    sheet = make_week_sheet(context, agency_id, stop, place, first)
    language = language_of(request)
    return page(
        request,
        "board/week.html",
        sheet=sheet,
        asked=_query(stop, place),
        days=days_told(sheet.days, language, sheet.zone),
        rides=rides_told(sheet.rides, None, language),
        several=len({one.name for one in sheet.place.stops}) > 1,
    )


def _asked(stop: str | None, place: str | None) -> tuple[str | None, str | None]:
    """The stop's id counts before a name; a field left empty is not asked."""
    stop, place = (stop or "").strip() or None, (place or "").strip() or None
    return stop, None if stop else place


def _query(stop: str | None, place: str | None) -> dict[str, str]:
    return {"stop": stop} if stop else {"place": place or ""}


def _choose(request: Request, context: Context, agency_id: str, unknown: str = "") -> Response:
    """The form, and all villages; for a name that is not known, what may have been meant."""
    villages = list_villages(context, agency_id)
    try:
        meant = find_places(context, system_actor(agency_id), unknown) if unknown else []
    except UnavailableError:
        meant = []
    return page(
        request,
        "board/choose.html",
        404 if unknown else 200,
        agency_id=agency_id,
        villages=villages,
        unknown=unknown,
        meant=[
            (one.label, {"stop": one.place.stop_id} if one.place.stop_id else {"place": one.label})
            for one in meant
            if one.kind == "stop" or one.label in villages
        ],
    )
