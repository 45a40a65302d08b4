"""With whom somebody rides gladly, and with whom never: noted on the telephone, seen by the desk alone."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web.desk import DeskDep
from api.web.forms import Form, FormDep
from api.web.rendering import PageRoute, page
from mobility.actions.context import Context
from mobility.actions.find_callers import find_callers
from mobility.actions.local_time import agency_zone
from mobility.actions.read_bookings import read_booking
from mobility.actions.rider_wishes import TogetherError, delete_wish, keep_wish, list_wishes
from mobility.domain.accounts import Actor
from mobility.domain.bookings import Leg
from mobility.domain.riders import WishKind
from mobility.errors import ConflictError, InvalidInputError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_STATUS = {"": 200, "together": 409, "known": 409, "whom": 422}
"""What is wrong, and how it is answered."""


@router.get("/desk/riders/{rider_id}/company")
def company_page(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier) -> Response:
    """The wishes and the forms for another one."""
    return _page(request, context, actor, rider_id)


def _page(request: Request, context: Context, actor: Actor, rider_id: str, wrong: str = "", legs: Sequence[Leg] = ()) -> Response:
    return page(
        request,
        "desk/company.html",
        _STATUS[wrong],
        seen=list_wishes(context, actor, rider_id),
        wrong=wrong,
        legs=sorted(legs, key=lambda leg: (leg.pickup_window.earliest, leg.id)),
        zone=agency_zone(context, actor),
        done=request.query_params.get("done", ""),
    )


@router.post("/desk/riders/{rider_id}/company")
def new_wish(request: Request, context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, form: FormDep) -> Response:
    """Note a wish down: a driver from the list, or another rider by name or number."""
    try:
        kind, whom = _wished(context, actor, form)
        keep_wish(context, actor, rider_id, kind, whom)
    except TogetherError as error:
        legs = [read_booking(context, actor, booking_id).leg(leg_id) for booking_id, leg_id in error.legs]
        return _page(request, context, actor, rider_id, "together", legs)
    except ConflictError:
        return _page(request, context, actor, rider_id, "known")
    except InvalidInputError:
        return _page(request, context, actor, rider_id, "whom")
    return RedirectResponse(f"/desk/riders/{rider_id}/company?done=kept", 303)


def _wished(context: Context, actor: Actor, form: Form) -> tuple[WishKind, str]:
    if form.text("driver"):
        return WishKind.FAMILIAR_DRIVER, form.text("driver")
    text = form.text("other")
    found = find_callers(context, actor, text) if text else []
    return WishKind.NEVER_TOGETHER, found[0].id if len(found) == 1 else ""


@router.post("/desk/riders/{rider_id}/company/{wish_id}/delete")
def remove_wish(context: ContextDep, actor: DeskDep, rider_id: PathIdentifier, wish_id: PathIdentifier) -> Response:
    """Take a wish back."""
    list_wishes(context, actor, rider_id)  # nobody else's rider
    delete_wish(context, actor, rider_id, wish_id)
    return RedirectResponse(f"/desk/riders/{rider_id}/company?done=deleted", 303)
