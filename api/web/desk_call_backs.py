"""Whom the desk rings, who has not been told yet, and rides that wait for somebody."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.desk import DeskDep
from api.web.desk_view import ride_lines
from api.web.forms import FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, page
from mobility.actions.call_backs import mark_told
from mobility.actions.list_desk_tasks import list_desk_tasks
from mobility.actions.local_time import agency_zone

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/desk/call-backs")
def call_backs_page(request: Request, context: ContextDep, actor: DeskDep) -> Response:
    """The list, oldest first."""
    _ = translator(language_of(request))
    tasks = list_desk_tasks(context, actor)
    waiting = [line for booking, leg in tasks.waiting for line in ride_lines([booking], _) if line.leg.id == leg.id]
    zone = agency_zone(context, actor)
    done = request.query_params.get("done") == "told"
    today = context.clock().astimezone(zone).date()
    return page(request, "desk/call_backs.html", tasks=tasks, waiting=waiting, zone=zone, today=today, done=done)


@router.post("/desk/call-backs/{notice_id}/told")
def told(context: ContextDep, actor: DeskDep, notice_id: PathIdentifier, form: FormDep) -> Response:
    """It has been told, or settled; back to the card or the list."""
    mark_told(context, actor, notice_id)
    rider_id = form.text("rider_id")
    plain = rider_id.replace("-", "").replace("_", "").replace(".", "")
    back = f"/desk/riders/{rider_id}" if plain.isascii() and plain.isalnum() else "/desk/call-backs"
    return RedirectResponse(f"{back}?done=told", 303)
