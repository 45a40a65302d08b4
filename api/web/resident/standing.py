"""My regular rides: what is ordered for every week, letting it rest while away, ending it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.forms import FormDep
from api.web.language import language_of
from api.web.rendering import PageRoute, page
from api.web.resident.booking import RiderDep
from api.web.standing_view import shown_orders
from mobility.actions.context import Context
from mobility.actions.keep_standing_order import (
    end_standing_order,
    pause_standing_order,
    read_standing_order,
    resume_standing_order,
)
from mobility.actions.local_time import agency_zone
from mobility.actions.read_services import list_services
from mobility.domain.accounts import Actor
from mobility.domain.standing_orders import Pause
from mobility.errors import ConflictError, InvalidInputError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

Done = Annotated[Literal["paused", "resumed", "ended", ""], Query()]


@router.get("/standing")
def standing_page(request: Request, context: ContextDep, actor: RiderDep, done: Done = "") -> Response:
    """What I have ordered."""
    return _page(request, context, actor, done=done)


@router.post("/standing/{order_id}/pause")
def pause(request: Request, context: ContextDep, actor: RiderDep, order_id: PathIdentifier, form: FormDep) -> Response:
    """Nobody is to come on these days."""
    read_standing_order(context, actor, order_id)
    try:
        pause_standing_order(context, actor, order_id, Pause(form.day("first_day"), form.day("last_day")))
    except (InvalidInputError, ConflictError):
        return _page(request, context, actor, wrong=order_id)
    return RedirectResponse("/standing?done=paused", 303)


@router.post("/standing/{order_id}/resume")
def resume(context: ContextDep, actor: RiderDep, order_id: PathIdentifier, form: FormDep) -> Response:
    """They may come after all."""
    resume_standing_order(context, actor, order_id, form.day("first_day"))
    return RedirectResponse("/standing?done=resumed", 303)


@router.post("/standing/{order_id}/end")
def end(context: ContextDep, actor: RiderDep, order_id: PathIdentifier) -> Response:
    """I do not need it any more."""
    end_standing_order(context, actor, order_id)
    return RedirectResponse("/standing?done=ended", 303)


def _page(request: Request, context: Context, actor: Actor, *, done: str = "", wrong: str = "") -> Response:
    today = context.clock().astimezone(agency_zone(context, actor)).date()
    orders = shown_orders(context, actor, actor.rider_id, language_of(request), today)
    numbers = dict.fromkeys((service.carrier.name, service.carrier.telephone) for service in list_services(context, actor))
    return page(
        request,
        "resident/standing.html",
        422 if wrong else 200,
        orders=orders,
        numbers=list(numbers)[:1],
        today=today,
        done=done,
        wrong=wrong,
    )
