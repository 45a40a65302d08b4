"""A breakdown or a missing driver: see who is affected, declare it, and see to whoever is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import ContextDep
from api.fields import PathIdentifier
from api.web import dispatch_view as view
from api.web.dispatch import DeskDep
from api.web.forms import FormDep
from api.web.language import language_of, translator
from api.web.rendering import PageRoute, page
from mobility.actions.context import Context
from mobility.actions.declare_rescue import declare_rescue, preview_rescue
from mobility.actions.local_time import agency_zone
from mobility.actions.pick_ride import pick_ride
from mobility.actions.see_runs import DeskRun, names_of, see_day, see_run
from mobility.actions.settle_rescue import Left, Settled, list_left, settle_rescue
from mobility.domain.accounts import Actor
from mobility.domain.rescues import RescueCause
from mobility.errors import ConflictError, InvalidInputError, Problem

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_HOW = {"taxi": Settled.TAXI, "brought": Settled.BROUGHT, "called_off": Settled.CALLED_OFF}
_CAUSES = {cause.value: cause for cause in RescueCause}
Count = Annotated[int | None, Query(ge=0, le=999)]


@router.get("/desk/rescue")
def left_page(
    request: Request, context: ContextDep, actor: DeskDep, taken: Count = None, left: Count = None, done: Count = None
) -> Response:
    """Who is still to be seen to, and by whom."""
    return _show_left(request, context, actor, taken=taken, left_over=left, settled=done)


def _show_left(  # noqa: PLR0913
    request: Request,
    context: Context,
    actor: Actor,
    *,
    taken: int | None = None,
    left_over: int | None = None,
    settled: int | None = None,
    full: str | None = None,
) -> Response:
    rides, zone = list_left(context, actor), agency_zone(context, actor)
    days = {day: see_day(context, actor, day) for day in {_day(one, zone) for one in rides}}
    names = names_of(context, actor, [one.leg.id for one in rides])
    _ = translator(language_of(request))
    return page(
        request,
        "dispatch/rescue.html",
        409 if full else 200,
        rides=[(one, names.get(one.leg.id, "?"), _runs_for(one, days[_day(one, zone)], zone)) for one in rides],
        zone=zone,
        taken=taken,
        left_over=left_over,
        settled=settled,
        full=full,
        own=actor.account_id,
        now=context.clock(),
    )


def _day(left: Left, zone: ZoneInfo) -> date:
    return left.leg.pickup_window.earliest.astimezone(zone).date()


def _runs_for(left: Left, day: Sequence[DeskRun], zone: ZoneInfo) -> list[tuple[str, str]]:
    """Runs of the ride's day and service that it could be given to, with a name for each."""
    seen = [one for one in day if one.run.service_id == left.leg.service_id and not one.run.withdrawn]
    return [(one.run.id, f"{view.run_name(one.run, zone)}{', ' + one.driver.name if one.driver else ''}") for one in seen]


@router.get("/desk/rescue/{run_id}")
def rescue_page(request: Request, run_id: PathIdentifier, context: ContextDep, actor: DeskDep) -> Response:
    """Who is affected and what is proposed; nothing is changed yet."""
    seen, preview = see_run(context, actor, run_id), preview_rescue(context, actor, run_id)
    names = {leg: ride.rider for leg, ride in seen.rides.items()}
    zone = agency_zone(context, actor)
    vehicles = {one.run.id: view.run_name(one.run, zone) for one in see_day(context, actor, seen.run.day)}
    return page(
        request,
        "dispatch/rescue_preview.html",
        seen=seen,
        rides=[
            (ride, place, names[ride.leg.id], "" if place is None else vehicles[place.run.id]) for ride, place in preview.rides
        ],
        zone=zone,
        reached=view.reached_words(seen.run.reached_by, translator(language_of(request))),
    )


@router.post("/desk/rescue/{run_id}")
def declare(run_id: PathIdentifier, context: ContextDep, actor: DeskDep, form: FormDep) -> Response:
    """Withdraw the run; its riders find another one, or the desk."""
    cause = _CAUSES.get(form.text("cause"))
    if cause is None:
        raise InvalidInputError(Problem("cause", "is not a cause", "choose one"))
    rescue = declare_rescue(context, actor, run_id, cause)
    taken = sum(ride.run_id is not None for ride in rescue.rides)
    return RedirectResponse(f"/desk/rescue?taken={taken}&left={len(rescue.rides) - taken}", 303)


@router.post("/desk/rescue/{booking_id}/{leg_id}/settle")
def settle(
    request: Request,
    booking_id: PathIdentifier,
    leg_id: PathIdentifier,
    context: ContextDep,
    actor: DeskDep,
    form: FormDep,
) -> Response:
    """A taxi, somebody, nobody, or another run by hand."""
    how = form.text("how")
    if how == "run":
        try:
            pick_ride(context, actor, booking_id, leg_id, form.text("run"), agreed=form.text("agreed") == "yes")
        except ConflictError:
            return _show_left(request, context, actor, full=leg_id)
    elif how in _HOW:
        settle_rescue(context, actor, booking_id, leg_id, _HOW[how], form.text("note"))
    else:
        raise InvalidInputError(Problem("how", "is not a way", "choose one"))
    return RedirectResponse("/desk/rescue?done=1", 303)
