"""The desk hands out what is known of a rider, and erases it."""

from __future__ import annotations

import json

from fastapi import APIRouter, Response
from fastapi.requests import Request
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.desk import DeskDep, card_answer
from api.web.forms import FormDep
from api.web.rendering import PageRoute
from mobility.actions.keep_privacy import erase_rider, export_rider
from mobility.actions.read_caller import read_caller
from mobility.errors import ConflictError

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/desk/riders/{rider_id}/data.json")
def data_file(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier) -> Response:
    """Everything that is held about a rider, to hand out."""
    held = json.dumps(export_rider(context, actor, rider_id), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="rider.json"', "Cache-Control": "no-store"}
    return Response(held, media_type="application/json", headers=headers)


@router.post("/desk/riders/{rider_id}/erase")
def erase_form(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Erase a rider, when that is wanted in earnest and no ride is open."""
    card = read_caller(context, actor, rider_id)
    if form.text("sure") != "1":
        return card_answer(request, context, actor, card, 422, wrong="erase-sure")
    try:
        erase_rider(context, actor, rider_id)
    except ConflictError:
        return card_answer(request, context, actor, card, 409, wrong="erase-open")
    return RedirectResponse("/desk?done=erased", 303)
